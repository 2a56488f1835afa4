"""What a run learnt about a service, the next one knows; and whose change a difference is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from target_zingle.known.refusals import Refusals
from zingle_sandbox.faults import FaultRule
from zingle_sync.zingle import Zingle

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Make, World

PHONES = ["+18585551212", "+18585551313", "+18585551414"]


def links(world: World) -> int:
    """How many complete records were written since the journal was cleared."""
    return sum(call.method == "PUT" and "/v2/" in call.path for call in world.running.journal())


def test_a_service_where_linking_does_harm_is_not_tried_again(world: World, make: Make) -> None:
    """The first run links one contact too many, later ones none, whatever the settings."""
    world.running.sandbox.set_options({"zingle_v2_patch": "absent"})
    world.running.sandbox.choose_profile({"v2_put_channels": "recreate"})
    for phone in PHONES:
        world.contact(phones=[phone], first="Ann", last="Lee")
    people = [make.person(n, MobilePhone=phone) for n, phone in enumerate(PHONES, 1)]
    first = world.sync(people[:2])
    assert 1 == links(world)

    second = world.sync(people[1:])
    world.sync(people[2:], ignore_emails=["desk@inbox-hotel.net"])

    assert 1 == links(world)
    assert second.facts["linking_stopped"]
    left_out = [
        o for o in (*first.outcomes, *second.outcomes) if "not_linked:stopped" in o.warnings
    ]
    assert left_out
    assert all(outcome.kept for outcome in left_out)


@pytest.mark.parametrize("way", ["set_external_id", "replace_contact_v2"])
@pytest.mark.parametrize("edited", ["name", "field", "channel"])
def test_somebody_elses_edit_does_not_stop_linking(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, edited: str, way: str
) -> None:
    """A front desk that edits a guest between the write and the look is not taken for a loss."""
    if way == "replace_contact_v2":
        world.running.sandbox.set_options({"zingle_v2_patch": "absent"})
    for phone in PHONES:
        world.contact(phones=[phone], first="Ann", last="Lee", fields={"Room": "12"})
    write, fields = getattr(Zingle, way), {}
    done: list[str] = []

    def write_and_edit(client: Zingle, service: str, contact: str, what: object) -> None:
        write(client, service, contact, what)
        if done:
            return
        done.append(contact)
        for item in client.service(service)["contact_custom_fields"]:
            fields[item["display_name"]] = item["id"]
        if edited == "channel":
            channel_type = client.service(service)["channel_types"]
            (phone,) = [t["id"] for t in channel_type if t["type_class"] == "PhoneNumber"]
            body = {
                "channel_type_id": phone,
                "value": "+18585559999",
                "country": "US",
                "is_default_for_type": True,
            }
            client.add_channel(service, contact, body)
            return
        name, value = ("First Name", "Anne") if edited == "name" else ("Room", "14")
        values = [{"custom_field_id": fields[name], "value": value}]
        client.update_contact(service, contact, {"custom_field_values": values})

    monkeypatch.setattr(Zingle, way, write_and_edit)
    people = [make.person(n, MobilePhone=phone) for n, phone in enumerate(PHONES, 1)]

    result = world.sync([{**one, "FirstName": None, "LastName": None} for one in people])

    assert {"linked"} == {outcome.kind for outcome in result.outcomes}
    assert not result.facts["linking_stopped"]
    held = world.contacts()[done[0]]
    assert {
        "name": "Anne" == held["first_name"],
        "field": "14" in held["fields"].values(),
        "channel": "+18585559999" in [channel[0] for channel in held["channels"]],
    }[edited]


def test_a_lock_that_zingle_enforces_is_learnt(world: World, make: Make) -> None:
    """`own_sources` may name a lock that holds for us, too: it is refused once, not in every run."""
    guest = world.contact(
        phones=PHONES[:1], first="Old", locked_by_source="pms", external_id=make.person(1)["Id"]
    )
    record = make.person(1, MobilePhone=PHONES[0])
    world.sync([record], own_sources=["pms"])

    again = world.sync([record], own_sources=["pms"])

    assert (0, "unchanged") == (again.writes, again.of(record["Id"]).kind)
    assert "locked_fields_skipped" in again.of(record["Id"]).warnings
    assert "Old" == world.contacts()[guest]["first_name"]


def test_an_external_id_that_somebody_else_takes_is_decided_again(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run that creates the same person a moment earlier costs nobody a rejection."""
    create = Zingle.create_contact
    first: list[str] = []

    def taken(client: Zingle, service: str, body: dict[str, Any]) -> str:
        if not first:
            other = {**body, "channels": [{"type": "phone_number", "value": PHONES[2]}]}
            first.append(create(client, service, other))
        return create(client, service, body)

    monkeypatch.setattr(Zingle, "create_contact", taken)
    record = make.person(1, MobilePhone=PHONES[0])

    for lookup in ("index", "per_record"):
        result = world.sync([record], lookup=lookup)
        assert first[0] == result.of(record["Id"]).target_id
        assert result.of(record["Id"]).kind in {"updated", "unchanged"}

    assert 1 == len(world.contacts())


FIELDS = {"Room": "Room__c", "Company": "Company__c", "Checkin Date": "Arrival__c"}
STAY = {"Room__c": "string", "Company__c": "string", "Arrival__c": "date"}


@pytest.mark.parametrize("locked", ["Room", "Room, Checkin Date", "Room, Checkin Date, Company"])
@pytest.mark.parametrize("name", ["Ann1", None])
def test_what_a_lock_leaves_free_arrives(
    world: World, make: Make, locked: str, name: str | None
) -> None:
    """After a refusal the fields are written one by one, and a later run is refused nothing."""
    world.running.sandbox.set_options({"zingle_locked_fields": locked})
    record = make.person(
        1, MobilePhone=PHONES[0], FirstName=name, Room__c="12", Company__c="Acme",
        Arrival__c="2026-03-05",
    )  # fmt: skip
    guest = world.contact(
        phones=PHONES[:1], first="Old", locked_by_source="pms", external_id=record["Id"]
    )
    fields = {**make.contact_fields, **STAY}

    world.stream("contacts", fields, [record], mapping={"fields": FIELDS})
    again = world.stream("contacts", fields, [record], mapping={"fields": FIELDS})

    held = [value for value in world.contacts()[guest]["fields"].values() if value]
    free = 3 - len(locked.split(", "))
    assert free == sum(value in {"Acme", "12"} or str(value).isdigit() for value in held)
    assert 0 == again.writes
    assert "unchanged" == again.of(record["Id"]).kind


@pytest.mark.parametrize("patch", ["merge", "absent", "ignored"])
def test_a_service_whose_links_lock_loses_one_guest_at_most(
    world: World, make: Make, patch: str
) -> None:
    """Linking that locks contacts is learnt once, not once in every run."""
    world.running.sandbox.set_options({"zingle_v2_put_locks": True, "zingle_v2_patch": patch})
    for phone in PHONES:
        world.contact(phones=[phone], first="Ann", last="Lee")
    people = [make.person(n, MobilePhone=phone) for n, phone in enumerate(PHONES, 1)]

    for _ in range(3):
        world.sync(people)

    assert 1 == sum(contact["locked"] is not None for contact in world.contacts().values())


def test_a_field_that_zingle_does_not_clear_is_not_cleared_again(world: World, make: Make) -> None:
    """The same refused clearing is not sent in every run."""
    world.running.sandbox.set_options({"zingle_ignores_clearing": True})
    record = make.person(1, MobilePhone=PHONES[0], Room__c=None, Company__c="Acme")
    world.contact(phones=PHONES[:1], external_id=record["Id"], fields={"Room": "12"})
    fields = {**make.contact_fields, **STAY}
    mapping = {"fields": {**FIELDS, "Room": {"from": "Room__c", "on_null": "clear"}}}

    first = world.stream("contacts", fields, [record], mapping=mapping)
    again = world.stream("contacts", fields, [record], mapping=mapping)

    assert any(word.startswith("cannot_clear:") for word in first.of(record["Id"]).warnings)
    assert any(word.startswith("cannot_clear:") for word in again.of(record["Id"]).warnings)
    assert 0 == again.writes


def sent(world: World, method: str = "POST") -> int:
    """How many calls that write were sent, refused ones too, since the journal was cleared."""
    return sum(call.method == method for call in world.running.journal())


def masked(world: World) -> None:
    """Somebody whom Zingle shows without the end of the phone."""
    world.running.sandbox.set_options({"zingle_masked_phones": True})
    world.contact(phones=PHONES[:1], first="Mo", last="Ray")


def refusing(world: World) -> None:
    """A service that refuses every new contact's phone."""
    world.running.sandbox.faults.add(
        FaultRule("status", system="zingle", status=400, code="2606", method="POST", path="/v2/*")
    )


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize(("refuses", "reason"), [(masked, "conflict"), (refusing, "refused")])
def test_a_refused_create_is_not_sent_again(
    world: World, make: Make, refuses: Callable[[World], None], reason: str, lookup: str
) -> None:
    """A phone that nobody shows, or that Zingle does not take, is refused in one run only."""
    refuses(world)
    record = make.person(1, MobilePhone=PHONES[0], Email="ann@inbox-hotel.net")
    first = world.sync([record], lookup=lookup).of(record["Id"])
    assert ("rejected", reason) == (first.kind, first.reason)
    assert sent(world)

    world.running.clear_journal()
    again = [world.sync([record], lookup=lookup).of(record["Id"]) for _ in range(2)]

    assert [("rejected", reason, first.error.code)] * 2 == [
        (outcome.kind, outcome.reason, outcome.error.code) for outcome in again
    ]
    assert 0 == sent(world)


@pytest.mark.parametrize(
    "changed",
    [
        {"MobilePhone": PHONES[1]},
        {"MobilePhone": None},
        {"Email": "lee@inbox-hotel.net"},
        {"LastName": "Low"},
        {"Salutation": "Dr."},
        {"HomePhone": PHONES[2]},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.parametrize("refuses", [masked, refusing])
def test_a_changed_record_is_sent_again(
    world: World, make: Make, refuses: Callable[[World], None], changed: dict[str, Any]
) -> None:
    """Whatever of a refused record changes, Zingle is asked anew."""
    refuses(world)
    record = make.person(1, MobilePhone=PHONES[0], Email="ann@inbox-hotel.net")
    world.sync([record])
    world.running.clear_journal()

    world.sync([{**record, **changed}])

    assert sent(world)


@pytest.mark.parametrize("changes", [{"ignore_emails": ["desk@inbox-hotel.net"]}, {}])
def test_changed_settings_and_other_people_are_not_refused(
    world: World, make: Make, changes: dict[str, Any]
) -> None:
    """What was refused holds for one record under one configuration."""
    masked(world)
    record = make.person(1, MobilePhone=PHONES[0], Email="ann@inbox-hotel.net")
    world.sync([record])
    world.running.clear_journal()

    world.sync([record if changes else {**record, "Id": make.person(2)["Id"]}], **changes)

    assert sent(world)


def test_a_holder_who_is_shown_by_now_is_matched(world: World, make: Make) -> None:
    """A log-in that sees phones again finds whom the refused create stood against."""
    masked(world)
    record = make.person(1, MobilePhone=PHONES[0], Email="ann@inbox-hotel.net")
    world.sync([record])
    world.running.sandbox.set_options({"zingle_masked_phones": False})

    assert "updated" == world.sync([record]).of(record["Id"]).kind
    assert 1 == len(world.contacts())


@pytest.mark.parametrize("refusal", ["taken", "invalid"])
def test_a_refused_phone_of_a_contact_is_not_sent_again(
    world: World, make: Make, refusal: str
) -> None:
    """The warning stays, the call does not; another phone is added."""
    record = make.person(1, MobilePhone=PHONES[0], Email="ann@inbox-hotel.net")
    world.contact(emails=["ann@inbox-hotel.net"], external_id=record["Id"])
    if refusal == "taken":
        masked(world)
    else:
        rule = {"status": 400, "code": "2606", "method": "POST", "path": "*/channels"}
        world.running.sandbox.faults.add(FaultRule("status", system="zingle", **rule))
    first = world.sync([record]).of(record["Id"])

    world.running.clear_journal()
    again = world.sync([record]).of(record["Id"])

    (word,) = [word for word in first.warnings if word.startswith("channel_not_added")]
    assert word in again.warnings
    assert ("unchanged", 0) == (again.kind, sent(world))
    world.running.sandbox.faults.clear()
    assert (
        "phone"
        in world.sync([{**record, "MobilePhone": PHONES[1]}]).of(record["Id"]).changed_fields
    )


def test_a_refusal_holds_for_a_week() -> None:
    """Who was in the way may be gone without a word, so that the same is tried again one day."""
    then = date(2026, 3, 1)
    refusals = Refusals(then)
    refusals.note("write", "conflict", "3104")
    stored = json.loads(json.dumps(refusals.stored("settings")))

    held = [
        Refusals.read(stored, "settings", then + timedelta(days=days)).of("write")
        for days in range(9)
    ]

    assert [("conflict", "3104")] * 7 + [None] * 2 == held
    assert Refusals.read(stored, "others", then).of("write") is None
    assert Refusals.read(None, "settings", then).of("write") is None
