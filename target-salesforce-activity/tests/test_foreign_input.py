"""What other taps may send: a record that is wrong stops only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Pipeline

STATE = {"type": "STATE", "value": {"bookmarks": {"conversations": {"seen": 1}}}}
SCHEMA = {
    "type": "SCHEMA",
    "stream": "conversations",
    "schema": {
        "type": "object",
        "properties": {name: {} for name in ("service_id", "contact_id", "date", "messages")},
    },
    "key_properties": ["service_id", "contact_id", "date"],
}


def record(contact_id: str = "bad", **changes: Any) -> dict[str, Any]:
    """A day of a guest with Jane's phone, without any constraint of the schema."""
    message = {"id": "1", "at": "2026-02-27T10:00:00Z", "direction": "inbound", "body": "fine"}
    return {
        "service_id": "s1",
        "contact_id": contact_id,
        "date": "2026-02-27",
        "messages": [{**message, **changes.pop("message", {})}],
        "phones": ["+18585551212"],
        **changes,
    }


def feed(pipeline: Pipeline, *records: object, **config: Any) -> list[str]:
    """Run the target on records, and say what became of them."""
    rows = [{"type": "RECORD", "stream": "conversations", "record": each} for each in records]
    pipeline.target([SCHEMA, *rows, STATE], **config)
    return sorted("/".join(filter(None, (each.kind, each.reason))) for each in pipeline.outcomes)


@pytest.fixture
def jane(pipeline: Pipeline) -> Pipeline:
    """A pipeline into an org where the guest is known."""
    pipeline.person(Phone="858-555-1212")
    return pipeline


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (record(message={"body": 123}), "messages[0].body"),
        (record(message={"direction": None}), "messages[0].direction"),
        (record(message={"direction": "sideways"}), "messages[0].direction"),
        (record(message={"is_failed": "perhaps"}), "messages[0].is_failed"),
        (record(message={"attachments": "https://f/x"}), "messages[0].attachments"),
        (record(message={"at": "9999-12-31T23:59:59Z"}), "messages[0].at"),
        (record(first_name={"x": 1}), "first_name"),
        (record(phones="+18585551212"), "phones"),
        (record(service_features=7), "service_features"),
        (record(date="0001-01-01"), "date"),
        (record(time_zone=5), "time_zone"),
        (record(messages=[[]]), "messages[0]"),
        (record(messages="none"), "messages"),
        (record(contact_id="a\nb"), "contact_id"),
        ({}, "line 2"),
        ([], ""),
        ("a day", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_malformed_record_beside_a_good_one(
    jane: Pipeline, bad: dict[str, Any], path: str
) -> None:
    """The bad one is rejected with the path, the good one written, and the state moves on."""
    assert ["created", "rejected/invalid_record"] == feed(jane, bad, record("good"))
    (error,) = [each.error for each in jane.outcomes if each.error]
    assert error.message.startswith(path)
    assert jane.state == STATE["value"]


@pytest.mark.parametrize("direction", ["INBOUND", "Inbound", "inbound"])
def test_the_guests_words_stay_the_guests(jane: Pipeline, direction: str) -> None:
    """The spelling of a direction does not turn a guest's message into the hotel's."""
    feed(jane, record(message={"direction": direction}))

    (task,) = jane.tasks()
    assert "1 message: 1 in, 0 out" in task["Description"]


@pytest.mark.parametrize(
    "features", ["hipaa", "HIPAA", ["Hipaa"], {"hipaa": True}, "teams,hipaa", [["hipaa"]]]
)
def test_health_services_keep_their_texts_whatever_their_features_look_like(
    jane: Pipeline, features: object
) -> None:
    """A feature list of an unknown shape that names hipaa keeps every text out of Salesforce."""
    secret = {"body": "Secretword", "sender": "Secretword", "translated_body": "Secretword"}
    fields = {"CallDisposition": "{contact_name}"}
    feed(
        jane,
        record(message=secret, service_features=features, first_name="Secretword"),
        subject="{contact_name} {date}",
        extra_fields=fields,
    )

    (task,) = jane.tasks()
    assert "Secretword" not in str(task)


def test_ids_of_other_systems_never_mix(jane: Pipeline) -> None:
    """Two guests whose ids differ by a colon, a quote or a case have a Task each."""
    guests = [("a:b", "c"), ("a", "b:c"), ("a'", "b\\"), ("A", "b:c"), ("%3A", "c")]

    assert ["created"] * 5 == feed(jane, *(record(two, service_id=one) for one, two in guests))
    assert ["unchanged"] * 5 == feed(jane, *(record(two, service_id=one) for one, two in guests))
    assert len(jane.tasks()) == 5


@pytest.mark.parametrize("body", ["see you soon \ud83d", "\udc4d", "a\x00b", "a\u2028b\u2029c"])
def test_odd_characters_cost_nobody_a_task(jane: Pipeline, body: str) -> None:
    """Half an emoji or a control character is left out, and the rest is written once."""
    assert ["created"] == feed(jane, record(message={"body": body}))
    assert ["unchanged"] == feed(jane, record(message={"body": body}))


@pytest.mark.parametrize("batch", [1, 2, 1_000])
@pytest.mark.parametrize("order", [1, -1])
def test_each_day_is_matched_by_its_own_phones(pipeline: Pipeline, batch: int, order: int) -> None:
    """Where a contact is a room, or gets a phone later, no day goes by the phones of another."""
    ann, bob = pipeline.person(Phone="858-555-1201"), pipeline.person(Email="bob@hotel.com")
    days: list[tuple[str, dict[str, Any], str | None]] = [
        ("2026-02-22", {"phones": []}, None),
        ("2026-02-23", {"phones": ["+18585551201"]}, ann),
        ("2026-02-24", {"phones": [], "emails": ["bob@hotel.com"]}, bob),
        ("2026-02-25", {"phones": ["+18585551299"]}, None),
        ("2026-02-26", {"phones": ["+18585551201"]}, ann),
    ]
    records = [record("room-7", date=date, **keys) for date, keys, _ in days]
    feed(pipeline, *records[::order], checkpoint_records=batch)

    expected = {date: who for date, _, who in days if who}
    assert expected == {task["ActivityDate"]: task["WhoId"] for task in pipeline.tasks()}
