"""What a record of any tap must be to become a conversation day."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.days import (
    Day,
    InvalidDayError,
    day_from_record,
    is_conversation_schema,
    key_of,
    source_key,
)

MESSAGE: dict[str, Any] = {
    "id": "1",
    "at": "2026-03-02T12:00:00Z",
    "direction": "inbound",
    "sender": "Ana",
    "channel": "PhoneNumber",
    "body": "Hi",
    "translated_body": "Hola",
    "translated_language": "es",
    "attachments": ["https://f/x.pdf"],
    "is_automated": False,
    "is_failed": False,
    "is_deleted_by_contact": False,
}
RECORD: dict[str, Any] = {
    "service_id": "s",
    "contact_id": "c",
    "date": "2026-03-02",
    "messages": [MESSAGE],
    "service_name": "Grand Hotel",
    "service_features": ["teams"],
    "service_country": "US",
    "time_zone": "America/New_York",
    "contact_external_id": "0038d000003PNoQAAW",
    "first_name": "Jane",
    "last_name": "Doe",
    "phones": ["+18585551212"],
    "emails": ["jane@hotel.com"],
    "is_opted_out": False,
}
DEEP: list[Any] = ["hipaa"]
for _ in range(50_000):
    DEEP = [DEEP]
REQUIRED = ("service_id", "contact_id", "date", "messages")
TEXTS = ("service_name", "service_country", "contact_external_id", "first_name", "last_name")
MESSAGE_TEXTS = ("sender", "channel", "body", "translated_body", "translated_language")
FLAGS = ("is_automated", "is_failed", "is_deleted_by_contact")
# JSON of any shape.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def read(**changes: Any) -> Day:
    """The day of a record that differs in these properties."""
    return day_from_record({**RECORD, **changes})


def read_message(**changes: Any) -> Day:
    """The day of a record whose second message differs in these properties."""
    return read(messages=[MESSAGE, {**MESSAGE, "id": "2", **changes}])


def problem(record: object) -> str:
    """Why a record is no day."""
    with pytest.raises(InvalidDayError) as caught:
        day_from_record(record)
    return str(caught.value)


@contextmanager
def suppress_named(*paths: str) -> Iterator[None]:
    """Let a refusal pass that names one of these paths."""
    try:
        yield
    except InvalidDayError as error:
        if not str(error).startswith(paths):
            raise


def test_a_record_is_read_in_order_each_message_once() -> None:
    """Any tap may send messages unsorted or twice."""
    later = {**MESSAGE, "id": "2", "at": "2026-03-02T12:00:05Z"}

    assert ["1", "2"] == [
        message.id for message in read(messages=[later, MESSAGE, MESSAGE]).messages
    ]


@given(name=st.sampled_from(sorted(RECORD)), value=ANYTHING)
def test_any_value_of_a_record_is_read_or_named(name: str, value: object) -> None:
    """Whatever stands in a property, the record is a day, or invalid with the path and no value."""
    with suppress_named(name, "messages["):
        assert isinstance(read(**{name: value}).date, date)


@given(name=st.sampled_from(sorted(MESSAGE)), value=ANYTHING)
def test_any_value_of_a_message_is_read_or_named(name: str, value: object) -> None:
    """Whatever stands in a message, it is read, or its record invalid with the path to it."""
    with suppress_named(f"messages[1].{name}"):
        assert len(read_message(**{name: value}).messages) in {1, 2}


@given(record=ANYTHING)
def test_whatever_is_no_day_is_named(record: object) -> None:
    """A record of any shape is refused in a sentence, and has a key for the log."""
    assert problem(record)
    assert len(key_of(record)) < 4_000


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", " "])
def test_what_a_day_needs_is_missed_by_name(name: str, value: object) -> None:
    """Ids, the date and the messages have to be there."""
    assert problem({**RECORD, name: value}).startswith(name)
    assert problem({key: RECORD[key] for key in RECORD if key != name}).startswith(name)


@pytest.mark.parametrize("name", ["id", "at", "direction"])
def test_what_a_message_needs_is_missed_by_path(name: str) -> None:
    """The id, the time and the direction of every message have to be there."""
    messages = [MESSAGE, {key: MESSAGE[key] for key in MESSAGE if key != name}]

    assert problem({**RECORD, "messages": messages}) == f"messages[1].{name} is missing"


@pytest.mark.parametrize("value", [5, True, ["x"], {"x": 1}, 1.5])
@pytest.mark.parametrize("name", [*TEXTS, "time_zone", "date"])
def test_texts_are_texts(name: str, value: object) -> None:
    """Another type than a text is never taken for its letters."""
    assert problem({**RECORD, name: value}) == f"{name} is not a text"


@pytest.mark.parametrize("value", [5, True, ["x"], {"x": 1}, 1.5])
@pytest.mark.parametrize("name", [*MESSAGE_TEXTS, "at", "direction"])
def test_texts_of_messages_are_texts(name: str, value: object) -> None:
    """Another type than a text is never taken for its letters, in any message."""
    messages = [MESSAGE, {**MESSAGE, name: value}]

    assert problem({**RECORD, "messages": messages}) == f"messages[1].{name} is not a text"


@pytest.mark.parametrize(
    ("words", "inbound"),
    [
        (("inbound", "incoming"), True),
        (("outbound", "outgoing", "outbound-api", "outbound-reply"), False),
    ],
)
@pytest.mark.parametrize("change", [str, str.upper, str.title, " {}".format])
def test_directions_are_known_by_what_messengers_call_them(
    words: tuple[str, ...], inbound: bool, change: Callable[[str], str]
) -> None:
    """Both directions are known in any case, as other systems write them."""
    for word in words:
        assert read_message(direction=change(word)).messages[1].inbound == inbound


@pytest.mark.parametrize("written", ["sideways", "in", "inbound,outbound", "received"])
def test_an_unknown_direction_is_nobodys(written: str) -> None:
    """Who wrote a message is not guessed."""
    messages = [{**MESSAGE, "direction": written}]

    assert "messages[0].direction" in problem({**RECORD, "messages": messages})


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("true", True),
        ("FALSE", False),
        (" True ", True),
        (1, True),
        (0, False),
        ("No", False),
        ("1", True),
    ],
)
def test_flags_are_read_as_what_they_say(name: str, written: object, expected: bool) -> None:
    """A flag may come as a text in any case; the text `false` is not true."""
    message = read_message(**{name: written}).messages[1]
    attribute = name.removesuffix("_by_contact")

    assert expected == getattr(message, attribute)


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("written", ["maybe", "", "2", 2, -1, 0.5, ["true"], {}])
def test_flags_that_say_something_else_are_refused(name: str, written: object) -> None:
    """What is neither true nor false is not taken for either."""
    messages = [{**MESSAGE, name: written}]

    assert (
        problem({**RECORD, "messages": messages}) == f"messages[0].{name} is neither true nor false"
    )


@pytest.mark.parametrize("name", ["phones", "emails"])
@pytest.mark.parametrize(
    ("value", "path"), [("+18585551212", ""), ({"a": "b"}, ""), ([5], "[0]"), (["x", []], "[1]")]
)
def test_lists_are_lists_of_texts(name: str, value: object, path: str) -> None:
    """A text is not taken for the list of its letters."""
    assert problem({**RECORD, name: value}).startswith(f"{name}{path} is not a")


@pytest.mark.parametrize(
    "features",
    [
        ["hipaa"],
        ["teams", "HIPAA"],
        "hipaa",
        "teams, Hipaa",
        ["hipaa_enabled"],
        [{"name": "HIPAA"}],
        {"hipaa": True},
        {"features": ["hi-paa"]},
        [["hipaa"]],
        [DEEP],
        "\uff28\uff29\uff30\uff21\uff21",
    ],
)
def test_hipaa_is_recognised_in_every_form(features: object) -> None:
    """Whatever shape the features come in, texts of health services stay out."""
    assert read(service_features=features).is_private


@pytest.mark.parametrize("features", [["teams"], [], None, "teams", "", ["assignment", None]])
def test_other_features_hide_nothing(features: object) -> None:
    """Services without that feature have their texts written."""
    assert not read(service_features=features).is_private


@pytest.mark.parametrize("features", [5, True, [5], {"teams": True}, [["teams"]]])
def test_features_that_are_not_understood_are_refused(features: object) -> None:
    """Where nobody can say whether texts are private, nothing is written."""
    assert problem({**RECORD, "service_features": features}).startswith("service_features")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-02", "2026-03-02"),
        ("20260302", "2026-03-02"),
        ("2026-03-02T00:00:00", "2026-03-02"),
        ("2026-03-02T23:30:00-09:00", "2026-03-02"),
        ("2026-03-02T00:30:00+09:00", "2026-03-02"),
    ],
)
def test_a_date_is_the_day_that_is_written(written: str, expected: str) -> None:
    """A time behind the date, or its offset, does not move the day."""
    assert read(date=written).date.isoformat() == expected


@pytest.mark.parametrize(
    "written",
    ["soon", "2026-02-30", "2026-13-01", "0001-01-01", "1699-12-31", "9999-12-31", "2026-03-02x"],
)
def test_impossible_dates_are_refused(written: str) -> None:
    """Days that no calendar has, or that Salesforce can't hold, are no days."""
    assert problem({**RECORD, "date": written}).startswith("date")


@pytest.mark.parametrize(
    "written",
    [
        "noon",
        "2026-02-30T10:00:00Z",
        "2026-03-02T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
        "1000-01-01T00:00:00Z",
    ],
)
def test_impossible_times_are_refused(written: str) -> None:
    """Times at the ends of the calendar break nothing later."""
    messages = [{**MESSAGE, "at": written}]

    assert problem({**RECORD, "messages": messages}).startswith("messages[0].at")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "America", "a\x00b", "\ud800"])
def test_impossible_zones_are_refused(zone: str) -> None:
    """A zone that nobody knows is not taken for UTC."""
    assert problem({**RECORD, "time_zone": zone}) == "time_zone is not an IANA zone"


IDS = st.text(st.sampled_from("ab:%é"), min_size=1, max_size=4)


@given(one=st.tuples(IDS, IDS), other=st.tuples(IDS, IDS))
def test_two_guests_never_share_a_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever stands in the ids, the keys of two guests differ."""
    assert (one == other) == (source_key(*one) == source_key(*other))


def test_keys_of_ordinary_ids_are_plain() -> None:
    """Zingle's own ids stand in the key as they are."""
    assert read(service_id="f0-e1", contact_id="9c").source_key == "f0-e1:9c:2026-03-02"
    assert read(service_id=7).source_key == key_of({**RECORD, "service_id": 7}) == "7:c:2026-03-02"


def test_a_problem_never_quotes_a_value() -> None:
    """The path is told, what stands there is not."""
    text = json.dumps({"body": ["Secret"], "at": "Secret", "direction": "Secret"})
    problems = [
        problem({**RECORD, "messages": [{**MESSAGE, name: value}]})
        for name, value in json.loads(text).items()
    ]

    assert not any("Secret" in each for each in problems)


def test_streams_are_told_by_their_schema() -> None:
    """A stream with the needed properties is ours, whatever its name."""
    properties = {name: {} for name in ("service_id", "contact_id", "date", "messages", "x")}

    assert is_conversation_schema({"properties": properties})
    assert not is_conversation_schema({"properties": {"id": {}}})
    assert not is_conversation_schema({})
