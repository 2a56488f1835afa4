"""Whoever waits for somebody else: nobody is passed by, whatever the order, the cap or the end."""

from __future__ import annotations

import itertools
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from conftest import Make, Result, World

PHONE, OTHER = "+18585551212", "+18585551313"


def cut_off(world: World, lines: list[dict[str, Any]], **settings: Any) -> Result:
    """A run whose input breaks off behind these lines."""
    with pytest.raises(ConnectionResetError) as cut:
        world.listen(lines, breaks=ConnectionResetError("lost"), **settings)
    return cut.value.result


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize("creates", [0, 500])
def test_state_passes_nobody_without_an_outcome(
    world: World, make: Make, lookup: str, creates: int
) -> None:
    """Who is skipped for a sharer is in the log before STATE moves past."""
    holder, sharer = make.person(1), make.person(2, MobilePhone=PHONE)
    world.contact(phones=[PHONE], external_id=holder["Id"])
    lines = make.messages("contacts", make.schema(make.contact_fields), [sharer])
    lines.append({"type": "STATE", "value": {"bookmarks": {"contacts": {"seen": 3}}}})

    first = cut_off(world, lines, checkpoint_records=1, max_creates_per_run=creates, lookup=lookup)

    assert {sharer["Id"]: "skipped/shared_channel"} == first.kinds()
    assert first.states


def test_state_waits_for_whoever_has_no_outcome(world: World, make: Make) -> None:
    """Somebody who may still turn out to be another record's heir holds STATE back."""
    world.contact(phones=[PHONE], external_id=make.lead(1)["Id"])
    lines = make.messages(
        "contacts", make.schema(make.contact_fields), [make.person(2, MobilePhone=OTHER)]
    )

    first = cut_off(world, lines, checkpoint_records=1)

    assert ({}, []) == (first.kinds(), first.states)


def test_an_heir_of_the_same_run_gets_the_guest(world: World, make: Make) -> None:
    """The first outcome is improved when the holder turns out to be gone."""
    holder, sharer = make.person(1), make.person(2, MobilePhone=PHONE)
    guest = world.contact(phones=[PHONE], external_id=holder["Id"])
    schema = make.schema(make.contact_fields)
    lines = [
        *make.messages("contacts", schema, [sharer]),
        *make.messages("contacts", schema, [{**holder, "IsDeleted": True}]),
    ]

    result = world.listen(lines, checkpoint_records=1)

    kinds = [o.kind for o in result.outcomes if o.source_key == sharer["Id"]]
    assert (["skipped", "updated"], guest) == (kinds, result.of(sharer["Id"]).target_id)
    assert sharer["Id"] == world.contacts()[guest]["external_id"]


def test_a_newer_row_replaces_the_one_that_was_left_out(world: World, make: Make) -> None:
    """Who was left out and came again is settled by the newer row alone."""
    holder, sharer = make.person(1), make.person(2, MobilePhone=PHONE, FirstName="Old")
    world.contact(phones=[PHONE], external_id=holder["Id"])
    newer = {**sharer, "MobilePhone": OTHER, "FirstName": "New"}
    schema = make.schema(make.contact_fields)
    lines = [
        line
        for record in (sharer, newer, {**holder, "IsDeleted": True})
        for line in make.messages("contacts", schema, [record])
    ]

    world.listen(lines, checkpoint_records=1)

    names = {c["external_id"]: c["first_name"] for c in world.contacts().values()}
    assert "New" == names[sharer["Id"]]
    assert "Old" not in names.values()


TAKERS = {
    "converted": ("00Q", lambda make, heir: make.lead(
        1, IsConverted=True, ConvertedContactId=heir["Id"], MobilePhone=PHONE)),
    "merged": ("003", lambda make, heir: make.person(
        1, IsDeleted=True, MasterRecordId=heir["Id"], MobilePhone=PHONE)),
}  # fmt: skip


@pytest.mark.parametrize("fate", TAKERS)
@pytest.mark.parametrize("heir_first", [True, False])
@pytest.mark.parametrize("creates", [0, 1, 500, 5000])
@pytest.mark.parametrize("checkpoint", [1, 1000])
@pytest.mark.parametrize("lookup", ["index", "per_record"])
def test_who_takes_anothers_place_takes_the_guest(  # noqa: PLR0917 - parameters
    world: World, make: Make, fate: str, heir_first: bool, creates: int, checkpoint: int,
    lookup: str,
) -> None:  # fmt: skip
    """One guest stays one guest, whatever comes first, whatever the limit and the borders."""
    heir = make.person(2, MobilePhone=OTHER, Email="ann2@harbor-guests.net")
    prefix, taker = TAKERS[fate]
    guest = world.contact(phones=[PHONE], external_id=make.salesforce_id(prefix, 1))
    gone = taker(make, heir)
    stream = "leads" if fate == "converted" else "contacts"
    fields = make.lead_fields if fate == "converted" else make.contact_fields
    batches = [
        make.messages("contacts", make.schema(make.contact_fields), [heir]),
        make.messages(stream, make.schema(fields), [gone]),
    ]
    lines = list(itertools.chain(*(batches if heir_first else reversed(batches))))
    how = {
        "max_creates_per_run": creates,
        "checkpoint_records": checkpoint,
        "lookup": lookup,
    }

    announced = world.listen(lines, dry_run=True, **how)
    result = world.listen(lines, **how)
    again = world.listen(lines, **how)

    assert [guest] == list(world.contacts())
    assert heir["Id"] == world.contacts()[guest]["external_id"]
    assert ("linked", guest) == (result.of(gone["Id"]).kind, result.of(heir["Id"]).target_id)
    assert "would_link" == announced.of(gone["Id"]).kind
    assert 0 == again.writes


def test_a_first_load_goes_on_by_portions(world: World, make: Make) -> None:
    """Where nobody is linked yet nobody can inherit, so that STATE moves as people are created."""
    schema = make.schema(make.contact_fields)
    lines = [
        line
        for number in range(1, 4)
        for line in make.messages(
            "contacts", schema, [make.person(number, MobilePhone=f"+1858555{number:04}")]
        )
    ]

    first = cut_off(world, lines, checkpoint_records=1)

    assert 3 == len(world.contacts())
    assert first.states


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("checkpoint", [1, 1000])
@pytest.mark.parametrize(
    "guard", [{"locked_by_source": "pms"}, {"optin_status": "opted-out"}, {"link": False}]
)
def test_rivals_for_a_guest_who_cannot_be_linked_are_judged_alike(
    world: World, make: Make, order: tuple[int, ...], checkpoint: int, guard: dict[str, Any]
) -> None:
    """Order, batch and run do not decide who holds a guest that cannot be linked."""
    how: dict[str, Any] = {"checkpoint_records": checkpoint}
    guard = dict(guard)
    if "link" in guard:
        how["link_matched"] = guard.pop("link")
    fields = {**make.contact_fields, "Company__c": "string"}
    how["contact_mapping"] = {"contacts": {"fields": {"Company": "Company__c"}}}
    mails = ["guest3@inbox-hotel.net", "guest2@inbox-hotel.net"]
    guest = world.contact(emails=mails, **guard)
    people = [
        make.person(2, MobilePhone="+18585551104", Email=mails[1]),
        make.person(3, Phone="+18585551104"),
        make.person(4, Email=mails[1], Company__c="Acme"),
    ]
    lines = [
        line
        for place in order
        for line in make.messages("contacts", make.schema(fields), [people[place]])
    ]

    world.listen(lines, **how)
    after = world.contacts()
    again = world.listen(lines, **how)

    assert "Acme" in after[guest]["fields"].values()
    assert (0, after) == (again.writes, world.contacts())


@pytest.mark.parametrize("how", ["ignore", "label:VIP"])
@pytest.mark.parametrize("lookup", ["index", "per_record"])
def test_an_heir_of_a_later_run_gets_the_guest(
    world: World, make: Make, how: str, lookup: str
) -> None:
    """Whose record went in an earlier run is free for whoever shares the phone, and kept alive."""
    settings = {"on_source_delete": how, "lookup": lookup}
    holder, sharer = make.person(1), make.person(2, MobilePhone=PHONE)
    guest = world.contact(phones=[PHONE], external_id=holder["Id"])
    early = world.sync([sharer], **settings)
    world.sync([{**holder, "IsDeleted": True}], **settings)

    late = world.sync([sharer], **settings)

    assert early.of(sharer["Id"]).kept
    assert guest == late.of(sharer["Id"]).target_id
    assert sharer["Id"] == world.contacts()[guest]["external_id"]


@pytest.mark.parametrize("fate", TAKERS)
@pytest.mark.parametrize("link", [True, False])
@pytest.mark.parametrize("lookup", ["index", "per_record"])
def test_links_that_v1_does_not_show_are_waited_for(
    world: World, make: Make, fate: str, lookup: str, link: bool
) -> None:
    """An heir that comes first waits for the row that ended, also where no link can be seen."""
    world.running.sandbox.choose_profile({"v1_external_id_key": "absent"})
    heir = make.person(2, MobilePhone=OTHER)
    prefix, taker = TAKERS[fate]
    guest = world.contact(phones=[PHONE], external_id=make.salesforce_id(prefix, 1))
    ended = taker(make, heir)
    people, leads = ([heir, ended], []) if fate == "merged" else ([heir], [ended])

    result = world.sync(people, leads, lookup=lookup, link_matched=link, checkpoint_records=1)

    assert [guest] == list(world.contacts())
    assert guest == result.of(heir["Id"]).target_id
    assert heir["Id"] == world.contacts()[guest]["external_id"]


@pytest.mark.parametrize("fate", TAKERS)
@pytest.mark.parametrize("patch", ["merge", "absent"])
@pytest.mark.parametrize("locked", [None, "pms"])
def test_an_heir_without_a_key_gets_the_guest_of_a_later_row(
    world: World, make: Make, fate: str, patch: str, locked: str | None
) -> None:
    """Who has neither phone nor e-mail may yet become somebody: a second run has nothing to do."""
    prefix, taker = TAKERS[fate]
    old = make.salesforce_id(prefix, 1)
    guest = world.contact(phones=[PHONE], external_id=old, locked_by_source=locked)
    world.running.sandbox.set_options({"zingle_v2_patch": patch})
    heir = make.person(2)
    ended = taker(make, heir)
    people, leads = ([heir, ended], []) if fate == "merged" else ([heir], [ended])

    first = world.sync(people, leads, checkpoint_records=1)
    again = world.sync(people, leads)

    assert guest == first.of(heir["Id"]).target_id
    assert (0, guest) == (again.writes, again.of(heir["Id"]).target_id)


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize("reading", ["present", "absent"])
@pytest.mark.parametrize("fate", TAKERS)
def test_an_heir_of_a_later_run_finds_a_guest_by_no_key_of_its_own(
    world: World, make: Make, fate: str, reading: str, lookup: str
) -> None:
    """The guest of a record that went earlier, and could not be handed on, is not created again."""
    prefix, taker = TAKERS[fate]
    old = make.salesforce_id(prefix, 1)
    guest = world.contact(phones=[PHONE], external_id=old, locked_by_source="pms")
    world.running.sandbox.set_options({"zingle_v2_patch": "absent"})
    world.running.sandbox.choose_profile({"v1_external_id_key": reading})
    heir = make.person(2, MobilePhone=OTHER)
    ended = {"contacts" if fate == "merged" else "leads": [taker(make, heir)]}
    world.sync(**ended, lookup=lookup)

    late = world.sync([heir], lookup=lookup)

    assert ("unchanged", guest) == ((o := late.of(heir["Id"])).kind, o.target_id)
    assert 0 == late.writes


@pytest.mark.parametrize(
    "back", [{"MailingCountryCode": "XX"}, {"LastName": "x" * 300}], ids=["left out", "unreadable"]
)
@pytest.mark.parametrize("together", [True, False])
def test_a_record_that_came_back_lives_whether_or_not_it_is_written(
    world: World, make: Make, back: dict[str, Any], *, together: bool
) -> None:
    """Nobody inherits from a living record that a condition leaves out, or that is rejected."""
    how = {"contact_mapping": {"contacts": {"when": "MailingCountryCode != 'XX'"}}}
    holder, rival = make.person(1, MobilePhone=PHONE), make.person(2, MobilePhone=PHONE)
    world.sync([holder], **how)
    before = world.contacts()
    world.sync([{**holder, "IsDeleted": True}], **how)

    came = [{**holder, **back}, rival]
    for people in [came] if together else [[one] for one in came]:
        result = world.sync(people, **how)

    assert "skipped/shared_channel" == result.kinds()[rival["Id"]]
    assert before == world.contacts()


@pytest.mark.parametrize("last", ["left out", "unreadable", "living"])
@pytest.mark.parametrize(("creates", "checkpoint"), [(0, 1000), (500, 1), (500, 1000)])
def test_the_newest_row_counts_also_where_it_writes_nothing(
    world: World, make: Make, last: str, creates: int, checkpoint: int
) -> None:
    """Nobody is created for an older row whose record a condition leaves out by now."""
    how = {"contact_mapping": {"contacts": {"when": "MailingCountryCode != 'XX'"}}}
    living = make.person(1, MobilePhone=PHONE)
    rows = {
        "left out": {**living, "MailingCountryCode": "XX"},
        "unreadable": {**living, "LastName": "x" * 300},
        "living": {**living, "FirstName": "Newest"},
    }
    came = [row for word, row in rows.items() if word != last] + [rows[last]]
    schema = make.schema(make.contact_fields)
    lines = [line for row in came for line in make.messages("contacts", schema, [row])]

    how |= {"max_creates_per_run": creates, "checkpoint_records": checkpoint}
    result = world.listen(lines, **how)

    names = [contact["first_name"] for contact in world.contacts().values()]
    assert (["Newest"] if last == "living" else []) == names
    told = {outcome.reason for outcome in result.outcomes}
    assert {"superseded", "filtered", "overflow"} >= told - {None}


def test_a_record_that_came_back_keeps_its_guest(world: World, make: Make) -> None:
    """An undeleted record is nobody's legacy any more."""
    holder, sharer = make.person(1, MobilePhone=PHONE), make.person(2, MobilePhone=PHONE)
    guest = world.contact(phones=[PHONE], external_id=holder["Id"])
    world.sync([{**holder, "IsDeleted": True}])
    world.sync([holder])

    assert "skipped/shared_channel" == world.sync([sharer]).kinds()[sharer["Id"]]
    assert holder["Id"] == world.contacts()[guest]["external_id"]


def _kept(world: World) -> dict[str, Any]:
    """The records that wait for replay, by key."""
    with sqlite3.connect(world.running.state_dir / "log.db") as log:
        return {
            key: json.loads(payload)
            for key, payload in log.execute("SELECT source_key, payload FROM rejected")
        }


@pytest.mark.parametrize("checkpoint", [1, 1000])
def test_who_was_left_out_is_kept_whole_for_replay(
    world: World, make: Make, checkpoint: int
) -> None:
    """The daily replay needs the record itself, whenever it was left out; a better end erases it."""
    holder = make.person(1)
    world.contact(phones=[PHONE], external_id=holder["Id"])
    world.contact(emails=["a@inbox-hotel.net"])
    world.contact(emails=["b@inbox-hotel.net"])
    schema = make.schema(make.contact_fields)
    sharer, heir = make.person(2, MobilePhone=PHONE), make.person(3, MobilePhone=OTHER)
    rival = make.person(4, MobilePhone=OTHER)
    lines = [
        line
        for record in (sharer, heir, rival)
        for line in make.messages("contacts", schema, [record])
    ]

    world.listen(lines, checkpoint_records=checkpoint)

    kept = _kept(world)
    assert {sharer["Id"], rival["Id"]} == set(kept)
    assert [PHONE, OTHER] == [kept[one["Id"]]["MobilePhone"] for one in (sharer, rival)]
    world.sync([{**holder, "IsDeleted": True}])
    world.sync([sharer])
    assert {rival["Id"]} == set(_kept(world))


@pytest.mark.parametrize("checkpoint", [1, 1000])
@pytest.mark.parametrize("creates", [0, 500])
@pytest.mark.parametrize("linked", [True, False])
def test_streams_about_one_person_are_all_heard(
    world: World, make: Make, *, linked: bool, creates: int, checkpoint: int
) -> None:
    """Who waits as a Contact keeps the name when an Opportunity of the same person comes."""
    if linked:
        world.contact(phones=[OTHER], external_id=make.person(9)["Id"])
    ann = make.person(1, MobilePhone=PHONE, Email="ann1@harbor-guests.net")
    deal = {"Id": make.salesforce_id("006", 1), "Contact": ann["Id"], "Phone": PHONE, "Room": "12"}
    schema = make.schema(dict.fromkeys(deal, "string"))
    lines = [
        *make.messages("contacts", make.schema(make.contact_fields), [ann]),
        *make.messages("deals", schema, [deal]),
    ]
    mapping = {"deals": {"external_id": "Contact", "phones": ["Phone"], "fields": {"Room": "Room"}}}
    how = {
        "contact_mapping": mapping,
        "max_creates_per_run": creates,
        "checkpoint_records": checkpoint,
    }

    announced = world.listen(lines, dry_run=True, **how)
    result = world.listen(lines, **how)
    again = world.listen(lines, **how)

    assert {ann["Id"]: "would_create", deal["Id"]: "would_update"} == announced.kinds()
    assert [None, None] == [outcome.target_id for outcome in announced.outcomes]
    assert {ann["Id"]: "created", deal["Id"]: "updated"} == result.kinds()
    (guest,) = [one for one in world.contacts().values() if one["external_id"] == ann["Id"]]
    channels = [channel[0] for channel in guest["channels"]]
    assert ("Ann1", [PHONE, ann["Email"]]) == (guest["first_name"], channels)
    assert "12" in guest["fields"].values()
    assert 0 == again.writes


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize("checkpoint", [1, 1000])
def test_who_has_no_key_is_heard_once_the_person_is_known(
    world: World, make: Make, lookup: str, checkpoint: int
) -> None:
    """An Opportunity without a phone comes before the Contact that it belongs to."""
    ann = make.person(1, MobilePhone=PHONE)
    deal = {"Id": make.salesforce_id("006", 1), "Contact": ann["Id"], "Phone": None, "Room": "12"}
    lines = [
        *make.messages("deals", make.schema(dict.fromkeys(deal, "string")), [deal]),
        *make.messages("contacts", make.schema(make.contact_fields), [ann]),
    ]
    mapping = {"deals": {"external_id": "Contact", "phones": ["Phone"], "fields": {"Room": "Room"}}}

    how = {"contact_mapping": mapping, "checkpoint_records": checkpoint, "lookup": lookup}
    result = world.listen(lines, **how)

    assert ("updated", "created") == (result.of(deal["Id"]).kind, result.of(ann["Id"]).kind)
    assert ["12"] == [*next(iter(world.contacts().values()))["fields"].values()]


STAYS = {
    "stay": "string",
    "guest": "string",
    "name": "string",
    "phone": "string",
    "mail": "string",
    "room": "string",
    "company": "string",
}
STAY_MAPPING = {
    "external_id": "guest",
    "last_name": "name",
    "phones": ["phone"],
    "emails": ["mail"],
    "fields": {
        "Room": {"from": "room", "on_null": "clear"},
        "Company": {"from": "company", "write": "if_blank"},
    },
    "labels": [{"name": "VIP", "when": "room == '12'"}],
}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "guest": st.sampled_from(["G-7", "G-8"]),
                "name": st.sampled_from(["Lima", "Lima-Cruz", None]),
                "mail": st.sampled_from(["", "7"]),
                "phone": st.sampled_from([1, 2]),
                "room": st.sampled_from(["12", "14", None]),
                "company": st.sampled_from(["Acme", "Zenith", None]),
            }
        ),
        min_size=2,
        max_size=5,
    ),
    st.sampled_from([0, 500]),
)
def test_records_about_one_guest_end_alike_wherever_a_batch_ends(
    world: World, make: Make, stays: list[dict[str, Any]], creates: int
) -> None:
    """What one stay alone says of a guest is kept, and nothing is written to be overwritten."""
    rows = [
        {
            **stay,
            "stay": str(place),
            "mail": stay["mail"] and f"{stay['guest']}@harbor-guests.net".lower(),
            "phone": f"+1858555{stay['guest'][-1]}00{stay['phone']}",
        }
        for place, stay in enumerate(stays)
    ]
    ends = []
    for size in (1, len(rows)):
        world.reset()
        batches = [rows[place : place + size] for place in range(0, len(rows), size)]
        lines = []
        for batch in batches:
            schema, *rest = make.messages("stays", make.schema(STAYS, hints=False), batch)
            lines += [{**schema, "key_properties": ["stay"]}, *rest]
        how = {
            "contact_mapping": {"stays": STAY_MAPPING},
            "max_creates_per_run": creates,
            "checkpoint_records": 1,
        }
        world.listen(lines, **how)
        guests = sorted(world.contacts().values(), key=lambda guest: str(guest["external_id"]))
        ends.append(
            [
                {
                    **guest,
                    "channels": sorted(channel[0] for channel in guest["channels"]),
                    "fields": {key: text for key, text in guest["fields"].items() if text},
                }
                for guest in guests
            ]
        )

    assert ends[0] == ends[1]
    assert 0 == world.listen(lines, **how).writes
