"""From messages to conversation days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_zingle.conversations import (
    ContactDetails,
    DayKey,
    activity_time,
    contact_details,
    contact_of,
    conversation_record,
    days_of,
    effective_time,
    message_content,
    parse_key,
    sent_message,
    service_features,
)
from tap_zingle.local_days import ZoneHistory
from zingle_sync.zingle.pages import seconds_of

NOON = 1_772_452_800  # 2026-03-02T12:00:00Z
UTC = ZoneHistory.of("UTC")


def message(**changes: Any) -> dict[str, Any]:
    """An inbound message of contact c1, at noon."""
    return {
        "id": "m1",
        "body": "Hello",
        "created_at": NOON,
        "updated_at": NOON,
        "communication_direction": "inbound",
        "sender_type": "contact",
        "sender": {"id": "c1", "channel": {"type_class": "PhoneNumber"}},
        "recipient_type": "service",
        "recipient": {"id": "s1", "channel": {"type_class": None}},
        "triggered_by_user": {},
        "attachments": [],
        "is_delayed": False,
        "execute_at": 0,
        "executed_at": None,
        **changes,
    }


def outbound(**changes: Any) -> dict[str, Any]:
    """A message to contact c1, at noon."""
    return message(
        **{
            "communication_direction": "outbound",
            "sender_type": "service",
            "sender": {"id": "s1"},
            "recipient_type": "contact",
            "recipient": {"id": "c1", "channel": {"type_class": "EmailAddress"}},
            **changes,
        }
    )


def test_an_ordinary_message_was_sent_when_it_was_recorded() -> None:
    """Without a schedule the time of a message is its created_at."""
    assert effective_time(message()) == NOON


@pytest.mark.parametrize("is_delayed", [True, False])
def test_a_scheduled_message_belongs_to_the_time_it_was_sent(is_delayed: bool) -> None:
    """What was scheduled counts when it was executed, whether the flag stays or not."""
    scheduled = message(is_delayed=is_delayed, execute_at=NOON + 90_000, executed_at=NOON + 90_060)

    assert effective_time(scheduled) == NOON + 90_060


def test_a_waiting_message_is_not_part_of_a_conversation() -> None:
    """A scheduled message that has not been sent belongs to no day."""
    assert sent_message(message(is_delayed=True, execute_at=NOON + 90_000)) is None


@pytest.mark.parametrize("value", [0, None, "", "x", 0.0])
def test_zero_and_null_are_no_time(value: object) -> None:
    """Zingle writes 0 or null where there is no time."""
    assert seconds_of(value) is None


def test_activity_is_the_latest_known_change() -> None:
    """A translation, an execution or a deletion makes a message active again."""
    assert activity_time(message(updated_at=NOON + 5, deleted_by_contact_at=NOON + 9)) == NOON + 9
    assert activity_time(message(updated_at=None)) == NOON


def test_the_contact_is_the_end_that_is_a_contact() -> None:
    """Inbound messages come from the contact, outbound ones go to it, broadcasts have none."""
    assert contact_of(message()) == "c1"
    assert contact_of(outbound()) == "c1"
    assert contact_of(outbound(recipient_type="label", recipient={"id": "l1"})) is None


@pytest.mark.parametrize("user", [{}, None, {"id": None, "first_name": None}])
def test_without_a_user_an_outbound_message_is_automated(user: object) -> None:
    """An empty user and a user of nulls both mean that nobody pressed send."""
    content = message_content(outbound(triggered_by_user=user), NOON)

    assert (None, True) == (content["sender"], content["is_automated"])


def test_a_user_is_named() -> None:
    """Who sent a message is named by first and last name, else by login."""
    named = {"id": "u1", "first_name": "Ana", "last_name": "Lopez"}
    nameless = {"id": "u1", "first_name": None, "username": "ana"}

    assert message_content(outbound(triggered_by_user=named), NOON)["sender"] == "Ana Lopez"
    assert message_content(outbound(triggered_by_user=nameless), NOON)["sender"] == "ana"


@pytest.mark.parametrize("user", [{}, None, {"id": None, "first_name": None}])
def test_a_user_who_is_named_by_id_alone_pressed_send(user: object) -> None:
    """Where the user's own object is empty, the id beside it says that somebody wrote."""
    sent = outbound(triggered_by_user=user, triggered_by_user_id="u1")
    content = message_content(sent, NOON)

    assert ("u1", False) == (content["sender"], content["is_automated"])


@pytest.mark.parametrize("statuses", [["failed"], [{"type": "Failed"}], "failed"], ids=repr)
def test_a_failure_is_one_in_every_form(statuses: object) -> None:
    """A bare word is a status like any other."""
    assert message_content(outbound(statuses=statuses), NOON)["is_failed"]


def test_the_channel_is_the_one_at_the_contacts_end() -> None:
    """The service's end may not know its channel."""
    assert message_content(message(), NOON)["channel"] == "PhoneNumber"
    assert message_content(outbound(), NOON)["channel"] == "EmailAddress"


def test_flags_of_a_message_are_kept() -> None:
    """Failed, deleted and empty attachments are told apart."""
    content = message_content(
        message(
            statuses=[{"type": "sent"}, {"type": "failed"}],
            deleted_by_contact_at=NOON,
            attachments=["https://files/1.jpg", None],
        ),
        NOON,
    )

    assert content["is_failed"]
    assert content["is_deleted_by_contact"]
    assert content["attachments"] == ["https://files/1.jpg"]


MESSAGES = st.lists(
    st.builds(
        lambda number, contact, created, delay: message(
            id=f"m{number}",
            sender={"id": f"c{contact}"},
            created_at=NOON + created,
            executed_at=NOON + created + delay if delay else None,
            is_delayed=bool(delay),
        ),
        st.integers(0, 200),
        st.integers(0, 3),
        st.integers(-300_000, 300_000),
        st.sampled_from([0, 0, 3_600, 90_000]),
    ),
    max_size=40,
)


@given(
    MESSAGES,
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"]),
)
def test_every_message_is_on_exactly_one_day_in_order(
    rows: list[dict[str, Any]], zone: str
) -> None:
    """Days hold each message once, on its own local day, in the order of sending."""
    zones = ZoneHistory.of(zone)
    sent = [each for row in rows if (each := sent_message(row))]

    days = days_of(sent, zones)

    seen = [each.id for messages in days.values() for each in messages]
    assert len(seen) == len(set(seen))
    assert {each.id for each in sent} == set(seen)
    for key, messages in days.items():
        assert {key.contact_id} == {each.contact_id for each in messages}
        assert {key.day} == {zones.local_date(each.sent_at) for each in messages}
        assert sorted(messages, key=lambda each: (each.sent_at, each.id)) == messages


def test_a_record_tells_the_whole_day() -> None:
    """Counts, participants and times of a record come from all its messages."""
    rows = [
        message(),
        outbound(
            id="m2",
            created_at=NOON + 60,
            updated_at=NOON + 600,
            triggered_by_user={"id": "u", "first_name": "Ana", "last_name": None},
        ),
        outbound(id="m3", created_at=NOON + 120),
    ]
    (key, messages), *_ = days_of(
        (each for row in rows if (each := sent_message(row))), UTC
    ).items()

    record = conversation_record(
        {"id": "s1", "display_name": "Hotel", "features": ["Hipaa"]},
        key,
        "UTC",
        messages,
        ContactDetails("003", "Jane", "Doe", ("+18585551212",), ("a@b.co",)),
    )

    assert record["key"] == "s1:c1:2026-03-02"
    assert record["service_features"] == ["hipaa"]
    assert (3, 1, 2, 1) == tuple(
        record[f"{name}_count"] for name in ("message", "inbound", "outbound", "automated")
    )
    assert record["participants"] == ["Ana"]
    assert record["started_at"] == "2026-03-02T12:00:00Z"
    assert record["last_activity_at"] == "2026-03-02T12:10:00Z"
    assert [each["id"] for each in record["messages"]] == ["m1", "m2", "m3"]


def test_features_come_as_text_or_objects() -> None:
    """Both shapes of a feature give its code in lower case."""
    features = ["HIPAA", {"code": "teams"}, {"display_name": "Calendar"}, None, {}]

    assert service_features({"features": features}) == ["calendar", "hipaa", "teams"]


@pytest.mark.parametrize(
    "features",
    [
        {"teams": True, "hipaa": True},
        {"0": "teams", "2": "HIPAA"},
        [{"code": "f-12", "display_name": "HIPAA compliance"}],
        [{"feature": {"code": "hipaa"}}],
        [["hipaa"]],
        "teams, hipaa",
    ],
    ids=str,
)
def test_hipaa_is_seen_in_whatever_shape(features: object) -> None:
    """A service that names it keeps its texts private; one that says no does not."""
    assert any("hipaa" in each for each in service_features({"features": features}))
    for others in ({"teams": True, "hipaa": False}, ["teams"], {}, None):
        assert not any("hipaa" in each for each in service_features({"features": others}))


CONTACT = {
    "id": "c1",
    "external_id": "003A",
    "first_name": "Jane",
    "last_name": None,
    "channels": [
        {"value": "+18585551212", "channel_type": {"type_class": "PhoneNumber"}},
        {"value": "jane@b.co", "channel_type": {"type_class": "EmailAddress"}},
        {"value": "fb", "channel_type": {"type_class": "FacebookChannel"}},
        {"value": None, "channel_type": None},
    ],
    "custom_field_values": [
        {"value": "003B", "custom_field": {"display_name": "salesforce id"}},
        {"value": None, "custom_field": None},
    ],
}


def test_contact_details_come_from_channels() -> None:
    """Phones and e-mails are channels, the external id is the contact's own."""
    assert contact_details(CONTACT) == ContactDetails(
        "003A", "Jane", None, ("+18585551212",), ("jane@b.co",), is_opted_out=False
    )


def test_the_external_id_may_be_in_a_contact_field() -> None:
    """With custom_field storage the id comes from the field of that name, in any case."""
    assert contact_details(CONTACT, external_id_field="Salesforce ID").external_id == "003B"
    assert contact_details(CONTACT, external_id_field="Other").external_id is None


@pytest.mark.parametrize("value", ["s:c:2026-03-02", "s:c:2026-03-02:3", "zgl:s:c:2026-03-02"])
def test_keys_of_records_and_tasks_name_the_same_day(value: str) -> None:
    """A record's key, a further part's key and a Task's key all lead to the day."""
    assert parse_key(value) == ("s", DayKey(date(2026, 3, 2), "c"))


@pytest.mark.parametrize("value", ["", "s:c", "s:c:today", ":c:2026-03-02", "s::2026-03-02"])
def test_a_malformed_key_is_refused(value: str) -> None:
    """What names no day is an error, not an empty read."""
    with pytest.raises(ValueError, match="not a key"):
        parse_key(value)
