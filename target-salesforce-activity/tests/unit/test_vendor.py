"""Which Tasks the vendor's connector wrote, and which of them may become ours."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.languages import WORDS
from target_salesforce_activity.vendor import (
    Place,
    adoptions,
    home_of,
    is_at_work,
    last_day,
    reads_as_messages,
    standing_of,
)

KEYS = ("Zingle_Conversation_Key__c", "CallObject")
TASK: dict[str, Any] = {
    "Id": "00T000000000001AAA",
    "Subject": "Zingle Conversation",
    "Description": "9:41 AM Jane: two towels, please",
    "WhoId": "003000000000001AAA",
    "ActivityDate": "2026-03-02",
    "CreatedDate": "2026-03-02T18:00:00.000+0000",
    "CreatedById": "005000000000001AAA",
    "LastModifiedById": "005000000000001AAA",
    "Zingle_Conversation_Key__c": None,
    "CallObject": None,
}


@pytest.mark.parametrize(
    "title", ["Zingle Conversation", "zingle conversation ", "Zingle Conversation."]
)
def test_a_task_with_the_vendors_title_and_text_is_the_vendors(title: str) -> None:
    """The title counts as a reader sees it."""
    assert standing_of({**TASK, "Subject": title}, KEYS) == "adoptable"


@pytest.mark.parametrize(
    "other",
    [
        {"Subject": "Call"},
        {"Subject": "Re: Zingle Conversation"},
        {"Subject": None},
        {"Zingle_Conversation_Key__c": "zgl:s:c:2026-03-02"},
        {"CallObject": "zgl:s:c:2026-03-02"},
        {"CallObject": "0123456789abcdef0123456789abcdef"},
        {"CallObject": "a telephone system's own"},
        {"Description": "Asked for two towels; Ana brings them up."},
    ],
    ids=str,
)
def test_any_other_task_is_not_the_vendors(other: dict[str, Any]) -> None:
    """Other titles, keys of ours, fields that others fill, and notes that people type."""
    assert standing_of({**TASK, **other}, KEYS) is None


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_task_of_an_earlier_setup_of_ours_is_not_the_vendors(language: str) -> None:
    """Its text says whose it is, in whatever language, also where its key stands elsewhere."""
    text = f"Jane Doe\r\n\r\n[9:41 AM] Jane Doe > towels\r\n\r\n{WORDS[language].ownership}"

    assert standing_of({**TASK, "Description": text}) is None


def test_a_task_that_somebody_else_edited_is_not_adopted() -> None:
    """What a person has added to it would be lost."""
    assert standing_of({**TASK, "LastModifiedById": "005000000000002AAA"}, KEYS) == "edited"


def test_a_task_without_text_has_nothing_to_lose() -> None:
    """An empty text may be replaced."""
    assert standing_of({**TASK, "Description": None}, KEYS) == "adoptable"


@pytest.mark.parametrize(
    "text",
    [
        "[9:41 AM] Jane: hi",
        "09:41 - Jane Doe - hi",
        "03/02/2026 9:41 AM Jane: hi",
        "2026-03-02 09:41:22 UTC Jane: hi",
        "2026-03-02T09:41:22Z Jane: hi",
        "Mar 2, 2026, 9:41 am\nJane: hi",
        "Monday, 2 March 2026 at 21:41 | inbound | hi",
        "Jane Doe (03/02/2026 09:41 AM): hi",
        "Harbor Lights [2026-03-02 09:41] hi",
        "Conversation with Jane\n\nGuest: hi\nHarbor Lights: welcome",
        "Inbound > hi",
        "Outgoing (Ana Lopez): welcome",
        "02.03.2026 9.41 Jane: hi",
    ],
)
def test_a_list_of_messages_is_known_in_many_forms(text: str) -> None:
    """Times, names with times, or sides at the beginning of lines."""
    assert reads_as_messages(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Called back at 9:41, nobody answered.",
        "Jane wants a late check-out at 13:00; ask again.",
        "Towels for 214, done.",
        "To do: call Jane",
        "Room 1041 - 3 nights",
        "Guest was happy.",
        "Sent up two towels",
    ],
)
def test_a_note_is_no_list_of_messages(text: str) -> None:
    """What people type about a guest is theirs."""
    assert not reads_as_messages(text)


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1,", "mon ", "(", "x", "a [", "guest ", "\n", " \n1 "]
)
def test_long_texts_are_read_at_once(piece: str) -> None:
    """Whatever fills a description, it takes no longer than its length."""
    assert not reads_as_messages(piece * 32_000)


UTC_ZONE = ZoneInfo("UTC")
DATES = ["2026-03-02", "2026-03-03"]
NOW = datetime(2026, 3, 3, 18, tzinfo=UTC)


@pytest.mark.parametrize(("age", "at_work"), [(0, True), (23.9, True), (24.1, False), (700, False)])
def test_the_vendor_is_at_work_for_a_day_after_its_last_task(age: float, at_work: bool) -> None:
    """Its rows hold 24 hours: one that is older may have been the last."""
    begun = (NOW - timedelta(hours=age)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    assert is_at_work([{**TASK, "CreatedDate": begun}], NOW, KEYS) is at_work


def test_an_edited_task_is_the_vendors_work_too() -> None:
    """Who edits it does not matter for who began it."""
    task = {**TASK, "CreatedDate": "2026-03-03T17:00:00.000+0000", "LastModifiedById": "other"}

    assert is_at_work([task], NOW, KEYS)
    assert not is_at_work([{**task, "CallObject": "zgl:s:c:2026-03-02"}], NOW, KEYS)


def test_the_last_day_is_that_of_the_vendors_tasks_only() -> None:
    """Later Tasks of people, and Tasks without a date, say nothing."""
    others = [{**TASK, "ActivityDate": "2026-03-09", "Subject": "Call"}]
    undated = [{**TASK, "ActivityDate": None}]

    assert (
        last_day([*others, *undated, TASK, {**TASK, "ActivityDate": "2026-02-01"}]) == "2026-03-02"
    )
    assert last_day([*others, *undated]) is None


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(DATES), st.integers(0, 9), st.booleans()),
        max_size=12,
    ),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(DATES)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_each_task_is_adopted_once_or_told_once(
    rows: list[tuple[str, str, int, bool]], places: list[tuple[str, str]], rng: random.Random
) -> None:
    """Of the person and date of a day, unedited, oldest first, in whatever order rows come."""
    tasks = [
        {
            **TASK,
            "Id": str(number),
            "WhoId": who,
            "ActivityDate": date,
            "CreatedDate": f"2026-03-0{age + 1 if age < 9 else 9}T00:00:00.000+0000",
            "LastModifiedById": "other" if edited else TASK["CreatedById"],
        }
        for number, (who, date, age, edited) in enumerate(rows)
    ]
    days = {f"day{number}": Place(*place, UTC_ZONE) for number, place in enumerate(places)}
    found = adoptions(days, tasks, KEYS)
    rng.shuffle(tasks)

    assert found == adoptions(days, tasks, KEYS)
    by_id = {task["Id"]: task for task in tasks}
    taken = [each.task["Id"] for each in found.values() if each.task]
    left = [task_id for each in found.values() for task_id in each.left]
    near = [t["Id"] for t in tasks if (t["WhoId"], home_of(t, UTC_ZONE)) in places]
    assert sorted(taken + left) == sorted(near)
    for key, adoption in found.items():
        theirs = [
            by_id[task_id]
            for task_id in (*adoption.left, *([adoption.task["Id"]] if adoption.task else []))
        ]
        assert all((t["WhoId"], home_of(t, UTC_ZONE), UTC_ZONE) == days[key] for t in theirs)
        if adoption.task:
            assert standing_of(adoption.task, KEYS) == "adoptable"
            open_ = [by_id[i] for i in adoption.left if standing_of(by_id[i]) == "adoptable"]
            assert all(t["CreatedDate"] >= adoption.task["CreatedDate"] for t in open_)


def test_a_task_that_salesforce_kept_from_us_is_left() -> None:
    """The next one of the day is taken instead, if there is one."""
    second = {**TASK, "Id": "00T000000000002AAA"}
    place = {"day": Place(TASK["WhoId"], TASK["ActivityDate"], UTC_ZONE)}

    found = adoptions(place, [TASK, second], KEYS, {TASK["Id"]})["day"]

    assert (second, (TASK["Id"],)) == (found.task, found.left)


@pytest.mark.parametrize(
    ("zone", "begun", "dated", "home"),
    [
        # In the evening of California it is the next day in UTC.
        ("America/Los_Angeles", "2026-03-03T01:30:00.000+0000", "2026-03-03", "2026-03-02"),
        ("America/Los_Angeles", "2026-03-03T01:30:00.000+0000", "2026-03-02", "2026-03-02"),
        ("America/Los_Angeles", "2026-03-03T08:00:00.000+0000", "2026-03-03", "2026-03-03"),
        # A row that ends, or is due, a day after it was begun.
        ("UTC", "2026-03-02T09:00:00.000+0000", "2026-03-03", "2026-03-02"),
        # One that was begun when the conversation was over, or brought over from elsewhere.
        ("Asia/Tokyo", "2026-03-02T23:00:00.000+0000", "2026-03-02", "2026-03-02"),
        ("UTC", "2026-05-01T09:00:00.000+0000", "2026-03-02", "2026-03-02"),
        # Planned by somebody.
        ("UTC", "2026-03-02T09:00:00.000+0000", "2026-03-09", "2026-03-09"),
        ("UTC", "2026-03-02T09:00:00.000+0000", None, None),
    ],
)
def test_a_task_tells_of_no_day_that_was_still_to_come(
    zone: str, begun: str, dated: str | None, home: str | None
) -> None:
    """Dated the day after it was begun, it holds what was said on the day on which it was begun."""
    task = {**TASK, "CreatedDate": begun, "ActivityDate": dated}

    assert home == home_of(task, ZoneInfo(zone))
