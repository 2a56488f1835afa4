from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import zingle
from zingle_sandbox.odd_texts import ODD_TEXTS
from zingle_sandbox.zingle import AGENT_IDS

if TYPE_CHECKING:
    from .conftest import Api


NULL_USER = dict.fromkeys(
    ("id", "username", "title", "email", "first_name", "last_name", "avatar_uri")
)


@pytest.fixture
def guest(api: Api) -> str:
    """A contact with a phone and an e-mail."""
    return api.insert(
        channels=[
            {"type": "phone", "value": "+14155550132", "country": "US"},
            {"type": "email", "value": "ann@hotel.example"},
        ]
    )


def test_a_message_has_every_field_and_no_contact_id(api: Api, guest: str, clean: None) -> None:
    """The v1 message names its contact only as sender or recipient."""
    message_id = api.insert_message(guest, 1000)

    message = api.result("GET", f"/messages/{message_id}")

    assert {
        "id", "body", "template_id", "created_at", "updated_at", "read_at", "deleted_by_contact_at",
        "triggered_by_user_id", "triggered_by_user", "sender_type", "sender", "recipient_type",
        "recipient", "communication_direction", "attachments", "is_delayed", "execute_at",
        "executed_at", "body_language_code", "translated_body", "translated_body_language_code",
        "statuses", "forwarded_by_service_id", "display_name",
    } == message.keys()  # fmt: skip
    assert ("contact", guest) == (message["sender_type"], message["sender"]["id"])
    assert ("service", api.service_id) == (message["recipient_type"], message["recipient"]["id"])
    assert "+14155550132" == message["sender"]["channel"]["value"]
    assert "PhoneNumber" == message["sender"]["channel"]["type_class"]
    assert message["recipient"]["channel"]["type_class"] is None
    assert "id" not in message["recipient"]["channel"]
    assert ("inbound", 0, None, [], []) == (
        message["communication_direction"],
        message["execute_at"],
        message["executed_at"],
        message["attachments"],
        message["statuses"],
    )


def test_an_outbound_message_names_its_user(api: Api, guest: str, clean: None) -> None:
    """The service sends, the contact receives; the user is there by id and whole."""
    api.insert_message(guest, direction="outbound", triggered_by_user_id=AGENT_IDS[0])

    message = api.result("GET", "/messages")[0]

    assert ("service", "contact", guest) == (
        message["sender_type"],
        message["recipient_type"],
        message["recipient"]["id"],
    )
    assert AGENT_IDS[0] == message["triggered_by_user_id"] == message["triggered_by_user"]["id"]
    assert "Ana" == message["triggered_by_user"]["first_name"]


def test_nobody_is_shown_in_two_ways(api: Api, guest: str, clean: None) -> None:
    """Without a user, triggered_by_user is {} in one row and all nulls in the next."""
    for at in range(4):
        api.insert_message(guest, 1000 + at)

    users = [
        m["triggered_by_user"] for m in api.result("GET", "/messages", params={"sort_fields": "id"})
    ]

    assert [{}, NULL_USER, {}, NULL_USER] == users


def test_scheduled_translated_deleted_failed_and_attached_messages(
    api: Api, guest: str, clean: None
) -> None:
    """The list holds delayed, contact-deleted and failed messages with what tells them."""
    url = "https://media.example/1.jpg"
    for at, row in enumerate(
        (
            {"is_delayed": True, "execute_at": 5000},
            {"is_delayed": True, "execute_at": 5000, "executed_at": 5001, "updated_at": 5001},
            {
                "translated_body": "Hallo",
                "body_language_code": "en",
                "translated_body_language_code": "de",
            },
            {"deleted_by_contact_at": 6000},
            {"attachments": [url], "failed": True},
        )
    ):
        api.insert_message(guest, 1000 + at, **row)

    rows = api.result("GET", "/messages", params={"sort_fields": "created_at asc,id asc"})

    assert [(True, 5000, None), (True, 5000, 5001)] == [
        (m["is_delayed"], m["execute_at"], m["executed_at"]) for m in rows[:2]
    ]
    assert ("en", "Hallo", "de") == (
        rows[2]["body_language_code"],
        rows[2]["translated_body"],
        rows[2]["translated_body_language_code"],
    )
    assert 6000 == rows[3]["deleted_by_contact_at"]
    assert [url, None] == rows[4]["attachments"]
    assert ["failed"] == [status["type"] for status in rows[4]["statuses"]]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"contact_id": "guest"}, [1, 2, 3]),
        ({"contact_id": "00000000-0000-4000-8000-000000000000"}, []),
        ({"communication_direction": "outbound"}, [2]),
        ({"template_id": "welcome"}, [2]),
        ({"contact_channel_value": "ann@hotel.example"}, [3]),
        ({"contact_channel_id": "phone"}, [1, 2]),
        ({"created_at": "greater_than(1002)"}, [3, 4]),
        ({"created_at": "greater_than(1001),less_than(1004)"}, [2, 3]),
        ({"created_at": "1003"}, [3]),
        ({"created_at": "yesterday"}, []),
        ({"created_at": "greater_than(1000)", "contact_id": "guest"}, [1, 2, 3]),
    ],
)
def test_each_filter_finds_its_messages(
    api: Api, guest: str, params: dict[str, Any], expected: list[Any], clean: None
) -> None:
    """Filters of the message list; times are epoch seconds and bounds are excluded by default."""
    other = api.insert()
    api.insert_message(guest, 1001)
    api.insert_message(guest, 1002, direction="outbound", template_id="welcome")
    api.insert_message(guest, 1003, channel_value="ann@hotel.example")
    api.insert_message(other, 1004)
    names = {"guest": guest, "phone": api.contact(guest)["channels"][0]["id"]}
    params = {key: names.get(value, value) for key, value in params.items()}

    found = api.result(
        "GET", "/messages", params={**params, "sort_fields": "created_at asc,id asc"}
    )

    assert [1000 + at for at in expected] == [message["created_at"] for message in found]


def test_messages_sort_by_update_time_for_the_second_pass(
    api: Api, guest: str, clean: None
) -> None:
    """updated_at desc puts the latest change first; null comes last."""
    api.insert_message(guest, 1001, updated_at=9000)
    api.insert_message(guest, 1002, updated_at=None)
    api.insert_message(guest, 1003)

    rows = api.result("GET", "/messages", params={"sort_fields": "updated_at desc,id desc"})

    assert [9000, 1003, None] == [row["updated_at"] for row in rows]


def test_a_message_outlives_its_contact_and_channel(api: Api, guest: str, clean: None) -> None:
    """After the contact is gone, the message still names its id, with an empty channel."""
    api.insert_message(guest)
    api.v1("DELETE", f"/contacts/{guest}")

    sender = api.result("GET", "/messages")[0]["sender"]

    assert (guest, None) == (sender["id"], sender["channel"]["value"])


def test_only_an_unsent_delayed_message_can_be_deleted(api: Api, guest: str) -> None:
    """DELETE takes a scheduled message; a sent one is 3600, and so is an unknown one."""
    waiting = api.insert_message(guest, is_delayed=True, execute_at=9_000_000_000)
    sent = api.insert_message(guest)

    assert 200 == api.v1("DELETE", f"/messages/{waiting}").status_code
    for path in (f"/messages/{sent}", f"/messages/{waiting}"):
        response = api.v1("DELETE", path)
        assert (404, 3600) == (response.status_code, api.code(response))


def test_events_embed_what_they_are_about(api: Api, guest: str, clean: None) -> None:
    """An event has its contact, user, automation and message; absent ones are empty objects."""
    message = api.insert_message(guest)
    zingle.insert_events(
        api.running.sandbox,
        [
            {"contact_id": guest, "event_type": "message", "created_at": 10, "message_id": message},
            {"contact_id": guest, "event_type": "message", "created_at": 11, "message_id": message},
            {
                "contact_id": guest,
                "event_type": "workflow_started",
                "created_at": 12,
                "automation": "Welcome text",
            },
            {
                "contact_id": guest,
                "event_type": "note",
                "created_at": 13,
                "body": "VIP",
                "triggered_by_user_id": AGENT_IDS[1],
            },
        ],
    )

    lame, whole, started, note = api.result(
        "GET", "/events", params={"sort_fields": "created_at asc,id asc"}
    )

    assert ("Hello", False, False) == (
        lame["message"]["body"],
        "id" in lame["message"],
        "created_at" in lame["message"],
    )
    assert message == whole["message"]["id"]
    assert ("Welcome text", {}) == (started["automation"]["display_name"], started["message"])
    assert ("VIP", "Ben", {}) == (
        note["body"],
        note["triggered_by_user"]["first_name"],
        note["automation"],
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"event_type": "note,feed_closed"}, [11, 12]),
        ({"triggered_by_user_id": AGENT_IDS[1]}, [12]),
        ({"created_at": "greater_than(11)"}, [12, 13]),
        ({"automation_id": "Welcome text"}, [13]),
        ({"communication_direction": "inbound"}, [10]),
        ({"template_id": "welcome"}, []),
        ({"contact_channel_id": "phone"}, [10]),
        ({"contact_id": "guest"}, [10, 11, 12, 13]),
    ],
)
def test_each_filter_finds_its_events(
    api: Api, guest: str, params: dict[str, Any], expected: list[Any], clean: None
) -> None:
    """Filters of the event list, those of the embedded message included."""
    zingle.insert_events(
        api.running.sandbox,
        [
            {
                "contact_id": guest,
                "event_type": "message",
                "created_at": 10,
                "message_id": api.insert_message(guest),
            },
            {"contact_id": guest, "event_type": "feed_closed", "created_at": 11},
            {
                "contact_id": guest,
                "event_type": "note",
                "created_at": 12,
                "triggered_by_user_id": AGENT_IDS[1],
            },
            {
                "contact_id": guest,
                "event_type": "workflow_started",
                "created_at": 13,
                "automation": "Welcome text",
            },
        ],
    )
    automation = api.result("GET", "")["automations"][0]["id"]
    names = {
        "guest": guest,
        "Welcome text": automation,
        "phone": api.contact(guest)["channels"][0]["id"],
    }
    params = {key: names.get(value, value) for key, value in params.items()}

    found = api.result("GET", "/events", params={**params, "sort_fields": "created_at asc,id asc"})

    assert expected == [event["created_at"] for event in found]


@pytest.mark.parametrize("name", sorted(ODD_TEXTS))
def test_odd_texts_arrive_as_they_were_sent(api: Api, clean: None, name: str) -> None:
    """Whatever a phone sends comes out of the lists again, half an emoji included."""
    contact = api.insert(fields={"First Name": ODD_TEXTS[name] or None})
    message = api.insert_message(contact, body=ODD_TEXTS[name])

    assert ODD_TEXTS[name] == api.result("GET", f"/messages/{message}")["body"]
    assert (ODD_TEXTS[name] or None) == api.contact(contact)["first_name"]


def test_scheduled_messages_are_sent_by_the_clock(api: Api, guest: str, clean: None) -> None:
    """A message written now and scheduled for weeks keeps its instant and is sent in its time."""
    api.option(sends_scheduled=True)
    now = int(api.running.sandbox.clock.timestamp())
    later = now + 21 * 86_400
    message = api.insert_message(guest, now, is_delayed=True, execute_at=later)

    before = api.result("GET", f"/messages/{message}")
    api.running.sandbox.clock.advance(22 * 86_400)
    after = api.result("GET", "/messages")[0]

    assert (True, None) == (before["is_delayed"], before["executed_at"])
    assert (False, later, later, now) == (
        after["is_delayed"],
        after["executed_at"],
        after["updated_at"],
        after["created_at"],
    )


def test_retention_deletes_at_the_head(api: Api, guest: str, clean: None) -> None:
    """Messages older than the retention vanish while the clock goes on."""
    now = int(api.running.sandbox.clock.timestamp())
    old, young = (api.insert_message(guest, now - days * 86_400) for days in (8, 3))
    api.option(retention_days=10)

    both = api.result("GET", "/messages", params={"sort_fields": "created_at asc"})
    api.running.sandbox.clock.advance(3 * 86_400)

    assert [old, young] == [row["id"] for row in both]
    assert [young] == [row["id"] for row in api.result("GET", "/messages")]
    assert 404 == api.v1("GET", f"/messages/{old}").status_code
