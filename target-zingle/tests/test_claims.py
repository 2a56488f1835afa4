"""A guest who cannot be linked stays the one's whose it is, also for rivals of later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_zingle.known import claims as claims_module
from target_zingle.known.claims import Claims

if TYPE_CHECKING:
    from conftest import Make, World

PHONE, OTHER = "+18585551701", "+18585551702"
MAIL = "guest@inbox-hotel.net"
UNLINKABLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "locked": ({"locked_by_source": "pms"}, {}),
    "opted_out": ({"optin_status": "opted-out"}, {}),
    "blocked": (
        {"channels": [{"type": "phone", "value": PHONE, "country": "US", "block_inbound": True}]},
        {},
    ),
    "link_matched": ({}, {"link_matched": False}),
}


@pytest.fixture(autouse=True)
def old_instance(world: World) -> None:
    """Protected guests are never linked where there is no PATCH."""
    world.running.sandbox.set_options({"zingle_v2_patch": "absent"})


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize("why", UNLINKABLE)
def test_a_rival_of_a_later_run_does_not_get_the_guest(
    world: World, make: Make, why: str, lookup: str
) -> None:
    """Who had the guest first has it, at no call more; the rival is told whose it is."""
    row, how = UNLINKABLE[why]
    guest = world.contact(**{"phones": [PHONE], "fields": {"Room": "1"}, **row})
    first = make.person(2, MobilePhone=PHONE, FirstName="First")
    # An older record, which would win among rivals of one run.
    rival = make.person(1, MobilePhone=PHONE, FirstName="Rival")
    world.sync([first], lookup=lookup, **how)
    before = world.contacts()

    late = world.sync([rival], lookup=lookup, **how)
    both = world.sync([rival, first], lookup=lookup, **how)

    assert ("skipped", "shared_channel", guest, (f"shared_phone:{first['Id']}",)) == (
        (o := late.of(rival["Id"])).kind, o.reason, o.target_id, o.warnings,
    )  # fmt: skip
    assert o.kept
    assert ("unchanged", guest) == ((o := both.of(first["Id"])).kind, o.target_id)
    assert (0, 0, before) == (late.writes, both.writes, world.contacts())


@pytest.mark.parametrize("fate", ["deleted", "other phone", "no phone", "merged"])
def test_a_guest_whose_record_goes_or_moves_is_free(world: World, make: Make, fate: str) -> None:
    """What is remembered ends with the record, or with what led it to the guest."""
    guest = world.contact(phones=[PHONE], locked_by_source="pms")
    first, rival = make.person(1, MobilePhone=PHONE), make.person(2, MobilePhone=PHONE)
    world.sync([first])
    world.sync(
        [
            {
                "deleted": {**first, "IsDeleted": True},
                "other phone": {**first, "MobilePhone": OTHER},
                "no phone": {**first, "MobilePhone": None},
                "merged": {**first, "IsDeleted": True, "MasterRecordId": rival["Id"]},
            }[fate]
        ]
    )

    late = world.sync([rival]).of(rival["Id"])

    assert (guest, "phone") == (late.target_id, late.matched_on)


def test_the_heir_of_a_record_has_its_guest(world: World, make: Make) -> None:
    """Who takes another's place takes the guest, and no rival does."""
    guest = world.contact(phones=[PHONE], locked_by_source="pms")
    first, heir, rival = (make.person(n, MobilePhone=PHONE) for n in (3, 2, 1))
    world.sync([first])
    world.sync([{**first, "IsDeleted": True, "MasterRecordId": heir["Id"]}])

    late = world.sync([rival]).of(rival["Id"])

    assert ("shared_channel", guest) == (late.reason, late.target_id)
    assert guest == world.sync([heir]).of(heir["Id"]).target_id


def test_who_is_linked_by_somebody_else_is_theirs(world: World, make: Make) -> None:
    """A real link says more than what is remembered."""
    guest = world.contact(phones=[PHONE], locked_by_source="pms")
    first, rival = make.person(1, MobilePhone=PHONE), make.person(2, MobilePhone=PHONE)
    world.sync([first])
    world.running.sandbox.store.execute(
        "UPDATE zg_contacts SET external_id = ?, locked_by_source = NULL", (rival["Id"],)
    )

    late = world.sync([first, rival])

    assert ("shared_channel", guest) == (
        late.of(first["Id"]).reason,
        late.of(rival["Id"]).target_id,
    )


def test_a_guest_that_carries_the_id_of_a_record_that_is_gone_is_its_heirs(
    world: World, make: Make
) -> None:
    """Who took an unlinkable guest after its record went has it, though another id stands there."""
    gone, first, rival = (make.person(n, MobilePhone=PHONE) for n in (3, 2, 1))
    guest = world.contact(phones=[PHONE], external_id=gone["Id"], locked_by_source="pms")
    world.sync([{**gone, "IsDeleted": True}])
    world.sync([first])

    late = world.sync([rival]).of(rival["Id"])

    assert (f"shared_phone:{first['Id']}",) == late.warnings
    assert guest == world.sync([first]).of(first["Id"]).target_id


def test_a_guest_that_is_linked_at_last_needs_no_memory(world: World, make: Make) -> None:
    """Once it carries the record's id nothing but that is looked at."""
    guest = world.contact(phones=[PHONE], locked_by_source="pms")
    first = make.person(1, MobilePhone=PHONE)
    world.sync([first])
    world.running.sandbox.store.execute("UPDATE zg_contacts SET locked_by_source = NULL")

    linked = world.sync([first])

    assert "phone" == linked.of(first["Id"]).matched_on
    assert first["Id"] == world.contacts()[guest]["external_id"]


def test_a_dry_run_claims_nothing(world: World, make: Make) -> None:
    """What would be is not remembered as if it were."""
    world.contact(phones=[PHONE], locked_by_source="pms")
    world.sync([make.person(1, MobilePhone=PHONE)], dry_run=True)

    assert "skipped" != world.sync([make.person(2, MobilePhone=PHONE)]).outcomes[0].kind


def test_claims_are_one_to_one_bounded_and_not_personal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record has one contact, a contact one record; e-mails and phones are not kept."""
    monkeypatch.setattr(claims_module, "MOST", 2)
    claims = Claims()
    claims.note("a", "1")
    claims.note("b", "1")
    claims.note("b", "2")
    claims.note("ann@inbox-hotel.net", "3")
    claims.note("c", "4")
    claims.note("d", "5")

    assert {"b": "2", "c": "4"} == claims.stored()
    assert ("b", None, "4") == (
        claims.holder("2"),
        claims.holder("1"),
        Claims.read(claims.stored()).contact_of("c"),
    )
    assert not Claims.read(["unknown"])
