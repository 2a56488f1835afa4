"""What each name in braces says about a day, in the subject and in further fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.days import Day, Message
from target_salesforce_activity.fields import FieldShape, fitted
from target_salesforce_activity.rules import TaskRules
from target_salesforce_activity.settings import settings_from
from target_salesforce_activity.task import wishes
from target_salesforce_activity.templates import (
    NUMBER_NAMES,
    PRIVATE_NAMES,
    TEMPLATE_NAMES,
    field_problem,
    filled,
    template_problems,
    template_values,
)
from target_salesforce_activity.text import units

SHAPES = {
    "Subject": FieldShape("combobox", 255),
    "Short__c": FieldShape("string", 40),
    "Long__c": FieldShape("textarea", 255),
    "Count__c": FieldShape("double", scale=0),
    "Phone__c": FieldShape("phone", 40),
}


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the day."""
    return datetime(2026, 3, 2, hour, minute, second, tzinfo=UTC)


GUEST = Message("1", at(9, 0, 30), inbound=True, channel="PhoneNumber", body="Two towels?")
AUTO = Message(
    "2", at(9, 1), inbound=False, channel="PhoneNumber", body="Hello!", is_automated=True
)
ANA = Message("3", at(9, 12, 29), inbound=False, channel="PhoneNumber", sender="Ana", body="Soon.")
BOB = Message("4", at(9, 20), inbound=False, channel="EmailAddress", sender="Bob", body="Done?")
THANKS = Message("5", at(10), inbound=True, channel="WhatsApp", body="Thanks\nall!")
EARLIER = replace(ANA, id="0", at=at(8))
DAY = Day(
    "s-1",
    "c-1",
    date(2026, 3, 2),
    (GUEST, AUTO, ANA, BOB, ANA, THANKS),
    service_name="Harbor Lights",
    time_zone="Europe/Berlin",
    first_name="Jane",
    last_name="Doe",
    phones=("+14155550100", "+14155550111"),
)
FULL: dict[str, Any] = {
    "channels": "text message, e-mail, WhatsApp",
    "contact_id": "c-1",
    "contact_name": "Jane Doe",
    "date": "2026-03-02",
    "direction": "Inbound",
    "first_message": "Two towels?",
    "inbound_count": 2,
    "last_message": "Thanks\nall!",
    "message_count": 6,
    "outbound_count": 4,
    "part": 1,
    "participants": "Ana, Bob",
    "phone": "+14155550100",
    "response_minutes": 11,
    "service_id": "s-1",
    "service_name": "Harbor Lights",
    "time_zone": "Europe/Berlin",
}
EMPTY = {
    **dict.fromkeys(FULL, ""),
    "contact_id": "c-1",
    "date": "2026-03-02",
    "service_id": "s-1",
    "time_zone": "UTC",
    "inbound_count": 0,
    "message_count": 0,
    "outbound_count": 0,
    "part": 1,
}


def values(day: Day, **config: Any) -> dict[str, object]:
    """What the names say."""
    return template_values(day, 1, settings_from(config).transcript)


def written(day: Day, template: str, field: str = "Subject", **config: Any) -> object:
    """What a field of the day's Task gets."""
    extra = {} if field == "Subject" else {field: template}
    subject = template if field == "Subject" else "Chat"
    rules = TaskRules("CallObject", upsert=False, extra_fields=extra, shapes=SHAPES)
    (wish,) = wishes(day, ("text",), None, rules, settings_from({"subject": subject, **config}))
    return wish.fields[field]


def test_every_name_is_in_the_tables_below() -> None:
    """A new name gets a value and a test."""
    assert FULL.keys() == EMPTY.keys() == TEMPLATE_NAMES


@pytest.mark.parametrize("name", sorted(TEMPLATE_NAMES))
def test_each_name_says_what_the_readme_says(name: str) -> None:
    """Of a day with everything, and of one with nothing."""
    assert FULL[name] == values(DAY)[name]
    assert EMPTY[name] == values(Day("s-1", "c-1", date(2026, 3, 2), ()))[name]


@pytest.mark.parametrize("name", sorted(TEMPLATE_NAMES))
def test_each_name_reaches_subject_and_fields(name: str) -> None:
    """On one line in the subject and in texts, with its lines in text areas, null where empty."""
    shown = " ".join(str(FULL[name]).split())
    nothing = Day("s-1", "c-1", date(2026, 3, 2), ())

    assert f"<{shown}>" == written(DAY, f"<{{{name}}}>")
    assert shown == written(DAY, f"{{{name}}}", "Short__c")
    assert str(FULL[name]) == written(DAY, f"{{{name}}}", "Long__c")
    assert (str(EMPTY[name]) or None) == written(nothing, f"{{{name}}}", "Short__c")
    # Without a subject nobody could open the Task from a list.
    assert (str(EMPTY[name]) or "2026-03-02") == written(nothing, f"{{{name}}}")


@pytest.mark.parametrize("name", sorted(NUMBER_NAMES))
def test_numbers_are_numbers_in_fields_of_numbers(name: str) -> None:
    """An empty one is null, not 0."""
    nothing = Day("s-1", "c-1", date(2026, 3, 2), ())

    assert FULL[name] == written(DAY, f"{{{name}}}", "Count__c")
    assert (None if EMPTY[name] == "" else EMPTY[name]) == written(
        nothing, f"{{{name}}}", "Count__c"
    )


@pytest.mark.parametrize("name", sorted(TEMPLATE_NAMES))
@pytest.mark.parametrize("config", [{"message_bodies": "none"}, {}], ids=["none", "hipaa"])
def test_private_names_are_empty_where_texts_stay_out(name: str, config: dict[str, Any]) -> None:
    """Who, what and from where are left out; when and how many stay."""
    day = DAY if config else replace(DAY, is_private=True)

    assert values(day, **config)[name] == ("" if name in PRIVATE_NAMES else FULL[name])


@pytest.mark.parametrize(
    ("messages", "minutes"),
    [
        ([GUEST], ""),
        ([ANA], ""),
        ([AUTO, BOB], ""),
        ([GUEST, AUTO], ""),  # an automation is nobody's answer
        ([EARLIER, GUEST], ""),  # what was said before is no answer
        ([EARLIER, GUEST, BOB], 19),
        ([GUEST, THANKS, replace(BOB, at=at(11))], 119),
        ([GUEST, replace(ANA, at=GUEST.at)], 0),
        ([GUEST, replace(ANA, at=at(9, 1, 29))], 0),
        ([GUEST, replace(ANA, at=at(9, 1, 30))], 1),
    ],
)
def test_minutes_run_from_the_guests_first_to_a_persons_next(
    messages: list[Message], minutes: object
) -> None:
    """Whole minutes, not rounded up; empty without both."""
    assert minutes == values(replace(DAY, messages=tuple(messages)))["response_minutes"]


@pytest.mark.parametrize(
    ("messages", "direction"), [([], ""), ([ANA, GUEST], "Outbound"), ([THANKS, AUTO], "Inbound")]
)
def test_the_direction_is_that_of_who_wrote_first(messages: list[Message], direction: str) -> None:
    """An automation counts as the hotel."""
    assert direction == values(replace(DAY, messages=tuple(messages)))["direction"]


@pytest.mark.parametrize(
    ("bodies", "first", "last"),
    [
        (["a", "b"], "a", "b"),
        ([None, "b", None], "b", "b"),
        (["", "  ", "\u200b"], "", ""),
        (["\x00a\u2028b"], "a\nb", "a\nb"),
        (["half \ud83d emoji"], "half \ufffd emoji", "half \ufffd emoji"),
    ],
)
def test_first_and_last_message_are_those_with_words(
    bodies: list[str | None], first: str, last: str
) -> None:
    """Attachments alone and blanks are passed over; odd characters are taken out."""
    messages = tuple(replace(GUEST, id=str(n), body=body) for n, body in enumerate(bodies))
    found = values(replace(DAY, messages=messages))

    assert (first, last) == (found["first_message"], found["last_message"])


def test_what_the_guest_deleted_is_not_quoted() -> None:
    """Neither as the first nor as the last message."""
    gone = replace(GUEST, is_deleted=True, body="secret")
    found = values(replace(DAY, messages=(gone, ANA, replace(THANKS, is_deleted=True))))

    assert ("Soon.", "Soon.") == (found["first_message"], found["last_message"])


@pytest.mark.parametrize(
    ("setting", "expected"), [("original", "Hola"), ("translated", "Hello"), ("both", "Hola")]
)
def test_a_translated_message_is_quoted_as_the_setting_says(setting: str, expected: str) -> None:
    """`both` quotes what was written."""
    message = replace(GUEST, body="Hola", translated_body="Hello")

    found = values(replace(DAY, messages=(message,)), translation=setting)

    assert expected == found["first_message"]


def test_channels_are_in_the_language_of_the_transcript() -> None:
    """Each once, unknown ones as they are called, on one line."""
    odd = replace(GUEST, channel="We\nChat")
    day = replace(DAY, messages=(GUEST, BOB, GUEST, odd, replace(ANA, channel=None)))

    assert "Textnachricht, E-Mail, We Chat" == values(day, transcript_language="de")["channels"]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [(None, None, ""), ("Jane", None, "Jane"), (None, "Doe", "Doe"), ("", "Doe", "Doe")],
)
def test_a_name_is_as_much_as_is_known(first: str | None, last: str | None, name: str) -> None:
    """Without blanks where a part is missing."""
    assert name == values(replace(DAY, first_name=first, last_name=last))["contact_name"]


@given(
    st.sampled_from(["contact_name", "service_name", "participants", "first_message", "channels"]),
    st.text(min_size=1, max_size=400),
    st.sampled_from(["Subject", "Short__c", "Long__c", "Phone__c"]),
)
def test_any_text_fits_its_field(name: str, text: str, field: str) -> None:
    """Braces of data stay data; too long is cut; one line where the field has one."""
    message = replace(GUEST, body=text, channel=text)
    day = replace(
        DAY,
        messages=(message, replace(ANA, sender=text)),
        first_name=text,
        last_name=None,
        service_name=text,
    )

    value = written(day, f"{{{name}}}", field)

    shape = SHAPES[field]
    assert value is None or (isinstance(value, str) and value == value.strip() and value)
    assert units(str(value or "")) <= shape.length
    assert shape.type == "textarea" or "\n" not in str(value)
    str(value).encode()


@pytest.mark.parametrize(
    "template", ["{message_count:{guests}}", "{part:{}}", "{part:{0}}", "{message_count:c}"]
)
def test_what_no_day_could_fill_is_a_problem_of_its_setting(template: str) -> None:
    """Also where it stands in the format of another name, or only fits small numbers."""
    (problem,) = template_problems("subject", template)

    assert problem.startswith("subject: ")


@pytest.mark.parametrize("spec", ["", ":d", ":03", ":_", ":,", ":x", ":.2f", ":{part}"])
@given(count=st.integers(0, 10**6), part=st.integers(1, 10**3))
def test_a_number_that_is_accepted_fits_whatever_the_day(spec: str, count: int, part: int) -> None:
    """A format that a field of numbers can't take from a busy day is refused before the first."""
    template, shape = f"{{message_count{spec}}}", FieldShape("double", scale=2)

    if field_problem("Count__c", template, shape) is None:
        assert count == fitted(filled(template, {"message_count": count, "part": part}), shape)
