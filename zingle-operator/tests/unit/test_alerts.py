from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_operator.status.alerts import alert_of, as_told, words_of
from zingle_sync.status.facts import Status, Word

HARBOR = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
PLACE = ("contacts", HARBOR)
WORDS: tuple[Word, ...] = ("Connected", "Needs Attention", "Never run")


@pytest.mark.parametrize(
    ("before", "now", "title"),
    [
        (None, "Connected", None),
        (None, "Never run", None),
        (None, "Needs Attention", "Salesforce and Zingle: Needs Attention"),
        ("Connected", "Connected", None),
        ("Connected", "Needs Attention", "Salesforce and Zingle: Needs Attention"),
        ("Needs Attention", "Needs Attention", None),
        ("Needs Attention", "Connected", "Salesforce and Zingle: Connected"),
        ("Never run", "Connected", "Salesforce and Zingle: Connected"),
    ],
)
def test_people_are_told_of_changes_and_recoveries_alone(
    before: str | None, now: Word, title: str | None
) -> None:
    """What was told before is not told again; a first look tells only of trouble."""
    told = None if before is None else {f"contacts/{HARBOR}": before}

    alert = alert_of(told, {PLACE: Status(now, "Why.", todo="Do it.")}, {HARBOR: "Harbor Lights"})

    assert title == (alert and alert.title)
    if alert:
        assert f"{now}: contacts, Harbor Lights ({HARBOR}). Why. Do it." == alert.text


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(*2 * [st.sampled_from(WORDS)])))
def test_what_is_remembered_is_not_told_twice(places: dict[str, tuple[Word, Word]]) -> None:
    """Whatever changed at once is in one alert, and after it nothing is left to tell."""
    before = {("p", name): Status(words[0], "") for name, words in places.items()}
    now = {("p", name): Status(words[1], "") for name, words in places.items()}

    alert = alert_of(words_of(before), now, {})

    changed = sum(first != second for first, second in places.values())
    assert changed == (len(alert.text.splitlines()) if alert else 0)
    assert alert_of(words_of(now), now, {}) is None


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["", "a", "b"]), st.sampled_from(WORDS), min_size=1),
        min_size=2,
    )
)
def test_no_trouble_and_no_recovery_is_lost_whatever_places_come_and_go(
    looks: list[dict[str, Word]],
) -> None:
    """A pipeline may stand alone first, then serve services, then have trouble with none."""
    told: dict[str, str] | None = None
    troubled = False
    for look in looks:
        now = {("p", place): Status(word, "") for place, word in look.items()}
        before = None if told is None else as_told(told, now)
        alert = alert_of(before, now, {})
        trouble = "Needs Attention" in look.values()
        if trouble != troubled:
            assert alert is not None
            assert trouble == alert.title.endswith("Needs Attention")
        troubled = trouble
        told = {**(before or {}), **words_of(now)}
        assert alert_of(as_told(told, now), now, {}) is None


def test_a_pipeline_that_was_not_looked_at_is_remembered() -> None:
    """`--pipeline` tells of one, and takes nothing of what was told of another."""
    before = {"other/x": "Needs Attention", f"contacts/{HARBOR}": "Connected"}

    assert before == as_told(before, {PLACE: Status("Connected", "")})
