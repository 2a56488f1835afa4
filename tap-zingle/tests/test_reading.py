"""What the tap reads of Zingle, and with how many calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.zingle import ServiceSeed, insert_contacts, insert_messages, insert_services
from zingle_sync.zingle import ConfigurationError

if TYPE_CHECKING:
    from conftest import Tap

HOUR, DAY = 3_600, 86_400
OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"
NO_SERVICE = "99999999-2222-4333-8444-555555555555"
ROWS = ("messages", "events")


def keys(records: list[dict[str, Any]]) -> list[str]:
    """Contact number and day of each record, in order."""
    return [record["date"] for record in records]


def test_a_quiet_run_costs_next_to_nothing(tap: Tap) -> None:
    """Without news a run asks for the services, late changes and the last days, nothing else."""
    guest = tap.guest()
    insert_messages(
        tap.sandbox.sandbox,
        (
            {
                "contact_id": guest,
                "direction": "inbound",
                "body": "x",
                "created_at": tap.now - 6 * DAY + 60 * number,
            }
            for number in range(1_200)
        ),
    )
    tap.read()
    tap.wait(2 * HOUR)
    tap.sandbox.clear_journal()

    assert tap.read() == []
    assert tap.calls() == 2 + 3
    assert tap.calls("/contacts/") == 0


def test_every_touched_contact_is_asked_for_once(tap: Tap) -> None:
    """Contacts with several days cost one call each, whatever happens on these days."""
    for number in range(3):
        guest = tap.guest(external_id=f"id-{number}")
        for day in range(4):
            tap.message(guest, created_at=tap.now - day * DAY)

    records = tap.read()

    assert len(records) == 12
    assert {record["contact_external_id"] for record in records} == {"id-0", "id-1", "id-2"}
    assert tap.calls("/contacts/") == 3


def test_many_contacts_are_read_as_a_list(tap: Tap) -> None:
    """Above 500 touched contacts the list is cheaper."""
    ids = insert_contacts(
        tap.sandbox.sandbox,
        ({"external_id": f"id-{number}", "channels": []} for number in range(700)),
    )
    insert_messages(
        tap.sandbox.sandbox,
        (
            {"contact_id": each, "direction": "inbound", "body": "x", "created_at": tap.now}
            for each in ids
        ),
    )

    records = tap.read()

    assert len({record["contact_external_id"] for record in records}) == 700
    assert tap.calls("/contacts") == 3


@pytest.mark.parametrize("count", [2, 700])
def test_external_ids_are_found_in_v2(tap: Tap, count: int) -> None:
    """Where v1 does not show the external id, v2 does."""
    tap.sandbox.sandbox.choose_profile({"v1_external_id_key": "absent"})
    ids = insert_contacts(
        tap.sandbox.sandbox,
        ({"external_id": f"id-{number}", "channels": []} for number in range(count)),
    )
    for each in ids[:2]:
        tap.message(each)

    assert {record["contact_external_id"] for record in tap.read()} == {"id-0", "id-1"}


@pytest.mark.parametrize("hidden", ["channels", "custom_field_values", "external_id"])
@pytest.mark.parametrize("storage", ["native", "custom_field"])
def test_what_the_list_of_contacts_leaves_out_is_asked_for(
    tap: Tap, hidden: str, storage: str
) -> None:
    """Rows of a list may be shorter than a contact: nobody loses an address or the link by it."""
    tap.sandbox.sandbox.faults.add(
        kind="rewrite", path="/v1/services/*/contacts", remove=(f"result.*.{hidden}",)
    )
    for number in range(25):
        email = {"type": "email", "value": f"guest{number}@example.com"}
        link = {"external_id": "id"} if storage == "native" else {"fields": {"Company": "id"}}
        tap.message(tap.guest(channels=[email], **link))

    records = tap.read(external_id_storage=storage, external_id_field="Company")

    assert {"id"} == {record["contact_external_id"] for record in records}
    assert all(record["emails"] for record in records)


def test_an_instance_without_v2_costs_nothing_else(tap: Tap) -> None:
    """Where no v2 shows an external id either, the record has the rest of the contact."""
    tap.sandbox.sandbox.choose_profile({"v1_external_id_key": "absent"})
    tap.sandbox.sandbox.faults.add(kind="status", status=404, path="/v2/*", system="zingle")
    tap.message(tap.guest(channels=[{"type": "email", "value": "ann@example.com"}]))

    (record,) = tap.read()

    assert (None, ["ann@example.com"]) == (record["contact_external_id"], record["emails"])


def test_external_ids_may_be_in_a_contact_field(tap: Tap) -> None:
    """With custom_field storage the id comes from the named field."""
    tap.message(tap.guest(fields={"Company": "003A"}))

    (record,) = tap.read(external_id_storage="custom_field", external_id_field="company")

    assert record["contact_external_id"] == "003A"


def test_a_deleted_contact_keeps_its_conversation(tap: Tap) -> None:
    """A contact that is gone has a record without details, not an error."""
    guest = tap.guest(external_id="x")
    tap.message(guest)
    tap.sandbox.sandbox.set_options({"zingle_delete_after_read": 1})
    tap.message(tap.guest())
    records = tap.read()

    assert len(records) == 2
    tap.state = None
    later = tap.read()
    assert len(later) >= 1


def test_days_come_oldest_first_with_a_bookmark_after_each(tap: Tap) -> None:
    """A backfill can be stopped after any day and goes on with the next."""
    guest = tap.guest()
    for day in range(5):
        tap.message(guest, created_at=tap.now - day * DAY)
    whole = keys(tap.read())
    bookmarks = [line["value"] for line in tap.lines if line["type"] == "STATE"]
    assert sorted(whole) == whole

    tap.state = bookmarks[1]
    assert whole[2:] == keys(tap.read())


def test_a_day_between_two_runs_is_given_out_whole(tap: Tap) -> None:
    """A new message brings its whole day again, and only that day."""
    guest = tap.guest()
    first = [tap.message(guest, created_at=tap.now - hours * HOUR) for hours in (30, 3, 2)]
    tap.wait(HOUR)
    tap.read()
    tap.wait(HOUR)
    last = tap.message(guest)
    (record,) = tap.read()

    assert [*first[1:], last] == [message["id"] for message in record["messages"]]


def test_a_scheduled_message_is_on_the_day_it_was_sent(tap: Tap) -> None:
    """What was scheduled is nowhere until it is sent, then on that day."""
    guest = tap.guest()
    tap.message(
        guest,
        direction="outbound",
        is_delayed=True,
        execute_at=tap.now + 2 * DAY,
    )
    assert tap.read() == []
    tap.wait(2 * DAY)
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET is_delayed = 0, executed_at = ?, updated_at = ?",
        (tap.now, tap.now),
    )

    assert keys(tap.read()) == ["2026-03-04"]


@pytest.mark.parametrize("late_changes", [True, False])
def test_late_changes_bring_their_day_again(tap: Tap, late_changes: bool) -> None:
    """A change on an earlier day is found by its updated_at, unless that is turned off."""
    guest = tap.guest()
    for day in (9, 9, 8):
        tap.message(guest, created_at=tap.now - day * DAY)
    tap.read()
    tap.wait(DAY)
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET translated_body = 'x', updated_at = ? WHERE number = 1", (tap.now,)
    )
    records = tap.read(late_changes=late_changes)

    assert [2] * late_changes == [record["message_count"] for record in records]


def test_many_late_changes_are_read_from_the_list(tap: Tap) -> None:
    """When more contacts are touched than the list has pages, the list is read instead."""
    for _ in range(60):
        guest = tap.guest()
        for day in (9, 9, 8):
            tap.message(guest, created_at=tap.now - day * DAY)
    tap.read()
    tap.wait(DAY)
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET read_at = 1, updated_at = ? WHERE number % 3 = 1", (tap.now,)
    )
    tap.sandbox.clear_journal()
    records = tap.read()

    assert [2] * 60 == [record["message_count"] for record in records]
    assert tap.calls("contact_id=") == 0


def test_a_message_sent_later_than_scheduled_days_is_not_lost(tap: Tap) -> None:
    """A delay longer than scheduled_days is found by its change."""
    guest = tap.guest()
    tap.message(guest, direction="outbound", is_delayed=True, execute_at=tap.now + 20 * DAY)
    tap.read()
    tap.wait(20 * DAY)
    tap.message(guest)
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET is_delayed = 0, executed_at = ?, updated_at = ? WHERE number = 1",
        (tap.now, tap.now),
    )
    (record,) = tap.read()

    assert record["message_count"] == 2


def test_without_updated_at_new_days_still_come(tap: Tap) -> None:
    """Where Zingle names no updated_at, only late changes are missed."""
    guest = tap.guest()
    insert_messages(
        tap.sandbox.sandbox,
        (
            {
                "contact_id": guest,
                "direction": "inbound",
                "body": "x",
                "created_at": tap.now - 10 * DAY,
                "updated_at": None,
            }
            for _ in range(600)
        ),
    )
    tap.read()
    tap.wait(DAY)
    tap.message(guest, updated_at=None)

    assert keys(tap.read()) == ["2026-03-03"]


READINGS = [
    {"filter_unit": "milliseconds"},
    {"greater_than": "inclusive"},
    {"tie_order": "stable"},
    {"page_drift": "insert_between_pages"},
    {"error_code_type": "string"},
    {"page_size_1000": "refused"},
    {"id_sort": "refused"},
    {"unknown_query": "lenient"},
]


@pytest.mark.parametrize("profile", READINGS, ids=lambda each: next(iter(each.items())))
def test_every_reading_of_the_api_gives_the_same_days(tap: Tap, profile: dict[str, str]) -> None:
    """Whatever public sources leave open, each message is on its day, once."""
    tap.sandbox.sandbox.choose_profile(profile)
    guest = tap.guest()
    rows = [
        {
            "contact_id": guest,
            "direction": "inbound",
            "body": "x",
            "created_at": tap.now - 20 * DAY + 40 * 60 * number,
        }
        for number in range(700)
    ]
    ids = insert_messages(tap.sandbox.sandbox, rows)[:]

    records = [each for each in tap.read() if each["contact_id"] == guest]

    got = [message["id"] for record in records for message in record["messages"]]
    assert ids == got
    assert len(records) == len({record["date"] for record in records})
    assert tap.sandbox.violations() == []


def test_one_failing_service_holds_back_no_other(tap: Tap) -> None:
    """A service that does not exist fails the run, after the others have been read and kept."""
    tap.message(tap.guest())
    tap.wait(HOUR)
    services = [NO_SERVICE, tap.sandbox.service_id]
    with pytest.raises(ConfigurationError, match="service was not found"):
        tap.read(service_ids=services)
    tap.wait(HOUR)
    tap.sandbox.clear_journal()
    with pytest.raises(ConfigurationError):
        tap.read(service_ids=services)

    assert [line["type"] for line in tap.lines if line["type"] == "RECORD"] == []


def test_services_have_bookmarks_and_zones_of_their_own(tap: Tap) -> None:
    """Each service is cut in its own zone and remembered by itself."""
    insert_services(tap.sandbox.sandbox, [ServiceSeed(OTHER_SERVICE, "Spa", "Asia/Tokyo")])
    tap.message(tap.guest())
    tap.message(tap.guest(service_id=OTHER_SERVICE), service_id=OTHER_SERVICE)
    records = tap.read()

    assert {
        (tap.sandbox.service_id, "2026-03-02", "America/Los_Angeles"),
        (OTHER_SERVICE, "2026-03-03", "Asia/Tokyo"),
    } == {(each["service_id"], each["date"], each["time_zone"]) for each in records}
    partitions = tap.state["bookmarks"]["conversations"]["partitions"]
    assert {"America/Los_Angeles", "Asia/Tokyo"} == {
        zone["zone"] for part in partitions for zone in part["zones"]
    }


def test_the_zone_may_be_set(tap: Tap) -> None:
    """time_zone overrides the service's own."""
    tap.message(tap.guest())

    (record,) = tap.read(time_zone="Asia/Tokyo")

    assert ("2026-03-03", "Asia/Tokyo") == (record["date"], record["time_zone"])


def test_a_service_in_an_unknown_zone_fails(tap: Tap) -> None:
    """Days are never silently cut in UTC."""
    tap.sandbox.sandbox.store.execute("UPDATE zg_services SET time_zone = 'Mars/Olympus'")
    with pytest.raises(ConfigurationError, match="Mars/Olympus"):
        tap.read()


def test_some_days_are_no_first_load(tap: Tap) -> None:
    """Whoever reads days by their keys says with a state that these are not all."""
    guest = tap.guest()
    tap.message(guest)

    tap.read(only_keys=[f"{tap.sandbox.service_id}:{guest}:2026-03-02"])

    assert ("STATE", True) == (tap.lines[0]["type"], bool(tap.lines[0]["value"]["bookmarks"]))


def test_only_keys_reads_single_days_and_leaves_the_bookmark(tap: Tap) -> None:
    """A replay reads the days that it names, and nothing moves."""
    guest, other = tap.guest(), tap.guest()
    for day in range(3):
        tap.message(guest, created_at=tap.now - day * DAY)
        tap.message(other, created_at=tap.now - day * DAY)
    tap.read()
    before = tap.state
    prefix = f"{tap.sandbox.service_id}:{guest}"
    wanted = [f"{prefix}:2026-03-01:2", f"{prefix}:2026-02-28"]
    records = tap.read("conversations", "messages", "users", only_keys=wanted)

    assert [(guest, "2026-02-28"), (guest, "2026-03-01")] == [
        (each["contact_id"], each["date"]) for each in records
    ]
    assert (
        before["bookmarks"]["conversations"]["partitions"]
        == tap.state["bookmarks"]["conversations"]["partitions"]
    )


def test_messages_are_read_once_and_again_when_changed(tap: Tap) -> None:
    """The messages stream gives out new and changed messages, waiting ones included."""
    guest = tap.guest()
    old = tap.message(guest, created_at=tap.now - 20 * DAY)
    waiting = tap.message(guest, is_delayed=True, execute_at=tap.now + DAY)
    tap.wait(HOUR)
    assert [old, waiting] == [each["id"] for each in tap.read("messages")]
    tap.wait(HOUR)
    assert tap.read("messages") == []
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET read_at = ?, updated_at = ? WHERE number = 1", (tap.now, tap.now)
    )
    (record,) = tap.read("messages")

    assert (old, "2026-03-02T22:00:00Z") == (record["id"], record["read_at"])


def test_a_backfill_of_messages_can_be_resumed(tap: Tap) -> None:
    """After each day there is a bookmark to go on from."""
    guest = tap.guest()
    ids = [tap.message(guest, created_at=tap.now - day * DAY) for day in (4, 3, 2, 1)]
    tap.read("messages")
    tap.state = [line["value"] for line in tap.lines if line["type"] == "STATE"][1]

    assert ids[2:] == [each["id"] for each in tap.read("messages")]


def test_lists_are_read_whole(tap: Tap) -> None:
    """Contacts, their fields, services and users come completely, every time."""
    guest = tap.guest(
        external_id="003A",
        channels=[{"type": "phone", "value": "+18585551212", "country": "US"}],
        fields={"First Name": "Jane", "Room": "101"},
        labels=["VIP"],
    )
    streams = ("contacts", "contact_fields", "services", "users")
    records = tap.read(*streams)
    by_stream = {
        name: [
            line["record"]
            for line in tap.lines
            if line["type"] == "RECORD" and line["stream"] == name
        ]
        for name in streams
    }

    assert len(records) == sum(map(len, by_stream.values()))
    (contact,) = by_stream["contacts"]
    assert (guest, "003A", "Jane") == (contact["id"], contact["external_id"], contact["first_name"])
    assert [("PhoneNumber", "+18585551212")] == [
        (each["type_class"], each["value"]) for each in contact["channels"]
    ]
    assert "101" in {each["value"] for each in contact["fields"]}
    assert [tap.sandbox.service_id] == [each["id"] for each in by_stream["services"]]
    assert "Room" in {each["display_name"] for each in by_stream["contact_fields"]}
    assert {36} == {len(each["id"]) for each in by_stream["users"]}


def test_events_are_read_incrementally(tap: Tap) -> None:
    """Events come once."""
    from zingle_sandbox.zingle import insert_events  # noqa: PLC0415 - used here alone

    guest = tap.guest()
    insert_events(
        tap.sandbox.sandbox,
        [{"contact_id": guest, "event_type": "note", "body": "vip", "created_at": tap.now}],
    )
    tap.wait(HOUR)
    (event,) = tap.read("events")
    tap.wait(HOUR)

    assert ("note", guest) == (event["event_type"], event["contact_id"])
    assert tap.read("events") == []


def test_nothing_personal_is_logged(tap: Tap, caplog: pytest.LogCaptureFixture) -> None:
    """Names, phones and texts never reach the log."""
    guest = tap.guest(
        fields={"First Name": "Zaphod"},
        channels=[{"type": "phone", "value": "+18585551212", "country": "US"}],
    )
    tap.message(guest, body="forty-two")
    with caplog.at_level("DEBUG"):
        tap.read()

    assert [] == [word for word in ("Zaphod", "8585551212", "forty-two") if word in caplog.text]
