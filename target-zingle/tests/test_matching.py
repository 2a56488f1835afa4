from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Make, World


def test_new_people_are_created_with_external_id_names_and_channels(
    world: World, make: Make
) -> None:
    """A person that nobody in Zingle is becomes a contact that carries the Salesforce id."""
    record = make.person(
        Phone="(858) 555-1212", Email="Ann@Example-Hotel.com", MailingCountryCode="US"
    )

    result = world.sync([record])

    assert {record["Id"]: "created"} == result.kinds()
    (contact,) = world.contacts().values()
    assert record["Id"] == contact["external_id"]
    assert ("Ann1", "Lee") == (contact["first_name"], contact["last_name"])
    assert ["+18585551212", "ann@example-hotel.com"] == [c[0] for c in contact["channels"]]


def test_a_second_run_writes_nothing(world: World, make: Make) -> None:
    """Nothing differs after the first run, so the second writes nothing."""
    records = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 40)]
    world.sync(records)

    again = world.sync(records)

    assert 0 == again.writes
    assert {"unchanged"} == set(again.kinds().values())


def test_a_contact_with_the_same_phone_is_linked_not_duplicated(world: World, make: Make) -> None:
    """Another spelling of the phone finds the contact, which then carries the external id."""
    contact_id = world.contact(phones=["+18585551212"], first="Ann1", last="Lee")
    record = make.person(Phone="858.555.1212", MailingCountryCode="US")

    result = world.sync([record])

    assert ("linked", "phone", contact_id) == (
        result.of(record["Id"]).kind,
        result.of(record["Id"]).matched_on,
        result.of(record["Id"]).target_id,
    )
    assert [contact_id] == list(world.contacts())
    assert record["Id"] == world.contacts()[contact_id]["external_id"]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"locked_by_source": "pms"}, "locked"),
        ({"optin_status": "opted-out"}, "opted_out"),
    ],
)
def test_protected_contacts_are_matched_but_never_linked(
    world: World, make: Make, state: object, reason: object
) -> None:
    """Locked and opted-out contacts stay matched by phone, and the outcome says why."""
    contact_id = world.contact(phones=["+18585551212"], first="Ann1", last="Lee", **state)
    before = world.contacts()

    outcome = world.sync([make.person(Phone="+18585551212")]).of(make.person()["Id"])

    assert (contact_id, "phone", (f"not_linked:{reason}",)) == (
        outcome.target_id,
        outcome.matched_on,
        outcome.warnings,
    )
    assert before == world.contacts()


def test_a_changed_phone_is_added_as_default_and_the_old_one_stays(
    world: World, make: Make
) -> None:
    """Channels are only ever added; the new first choice becomes the default of its kind."""
    world.sync([make.person(MobilePhone="+18585551212")])

    outcome = world.sync([make.person(MobilePhone="+18585559999")]).of(make.person()["Id"])

    assert ("updated", ("phone",)) == (outcome.kind, outcome.changed_fields)
    (contact,) = world.contacts().values()
    assert [("+18585551212", 0), ("+18585559999", 1)] == [
        (channel[0], channel[3]) for channel in contact["channels"]
    ]


def test_sharers_of_a_phone_never_flap(world: World, make: Make) -> None:
    """Exactly one sharer is linked, the oldest; the others are skipped, in every run."""
    one = make.person(1, Phone="+18585551212", CreatedDate="2026-01-02T00:00:00.000Z")
    two = make.person(2, Phone="+18585551212", CreatedDate="2026-01-01T00:00:00.000Z")

    first, again = world.sync([one, two]), world.sync([one, two])

    assert {one["Id"]: "skipped/shared_channel", two["Id"]: "created"} == first.kinds()
    assert {one["Id"]: "skipped/shared_channel", two["Id"]: "unchanged"} == again.kinds()
    assert 0 == again.writes


def test_two_contacts_behind_one_person_are_refused_with_their_ids(
    world: World, make: Make
) -> None:
    """Never the first of several: what cannot be told apart is rejected, naming all."""
    ids = {world.contact(phones=[phone]) for phone in ("+18585551212", "+18585551313")}

    outcome = world.sync([make.person(Phone="+18585551212", MobilePhone="+18585551313")]).of(
        make.person()["Id"]
    )

    assert "ambiguous" == outcome.reason
    assert all(contact_id in outcome.error.message for contact_id in ids)


def test_the_email_of_somebody_else_stays_there(world: World, make: Make) -> None:
    """Phone wins over e-mail; the e-mail stays with its contact, and the outcome names it."""
    phone_owner = world.contact(phones=["+18585551212"], first="Ann1", last="Lee")
    email_owner = world.contact(emails=["ann@inbox-hotel.net"])

    outcome = world.sync([make.person(Phone="+18585551212", Email="ann@inbox-hotel.net")]).of(
        make.person()["Id"]
    )

    assert (phone_owner, "phone", (f"email_belongs_to:{email_owner}",)) == (
        outcome.target_id,
        outcome.matched_on,
        outcome.warnings,
    )


def test_a_converted_lead_hands_its_contact_over(world: World, make: Make) -> None:
    """The contact linked to the Lead is linked to the Contact that the Lead became."""
    prospect = make.lead(Phone="+18585551212")
    world.sync(leads=[prospect])
    heir = make.person(Phone="+18585551212")
    converted = {**prospect, "IsConverted": True, "ConvertedContactId": heir["Id"]}

    result = world.sync([heir], [converted])

    (contact,) = world.contacts().values()
    assert heir["Id"] == contact["external_id"]
    assert "relink_conversion" in {outcome.matched_on for outcome in result.outcomes}
    assert 0 == world.sync([heir], [converted]).writes


def test_a_merged_record_hands_its_contact_to_the_master(world: World, make: Make) -> None:
    """The contact of the losing record follows to the master, through several merges."""
    loser = make.person(1, Phone="+18585551212")
    world.sync([loser])
    middle, master = make.person(2), make.person(3, Phone="+18585551212")
    gone = {**loser, "IsDeleted": True, "MasterRecordId": middle["Id"]}
    gone_too = {**middle, "IsDeleted": True, "MasterRecordId": master["Id"]}

    world.sync([gone, gone_too, master])

    (contact,) = world.contacts().values()
    assert master["Id"] == contact["external_id"]


def test_a_dry_run_writes_nothing_and_emits_no_state(world: World, make: Make) -> None:
    """A dry run decides like a real one, but changes nothing, not even the bookmark."""
    world.contact(phones=["+18585551212"])
    people = [make.person(1, Phone="+18585551212"), make.person(2, Phone="+18585551313")]

    result = world.sync(people, dry_run=True)

    assert ["would_update", "would_create"] == list(result.kinds().values())
    assert (0, []) == (result.writes, result.states)


def test_more_creates_than_allowed_stop_the_run_before_the_first(world: World, make: Make) -> None:
    """The cap counts the whole run first: nothing is created, and STATE stays."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 31)]

    with pytest.raises(Exception, match="30 contacts would be created") as caught:
        world.sync(people, max_creates_per_run=20, checkpoint_records=1)

    assert ({}, []) == (world.contacts(), caught.value.result.states)


def test_creates_within_the_cap_are_made(world: World, make: Make) -> None:
    """A run below the cap creates everybody and emits its STATE."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 21)]

    result = world.sync(people, max_creates_per_run=20)

    assert 20 == len(world.contacts())
    assert {"created"} == set(result.kinds().values())
    assert [{"bookmarks": {"contacts": {"seen": 20}}}] == result.states
