"""Whole worlds: people and contacts in every relation, under every reading of the API."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zingle_sandbox.zingle import PROFILES

if TYPE_CHECKING:
    from conftest import Make, Result, World


PHONES = [f"+1858555{n:04}" for n in range(1101, 1107)]
EMAILS = [f"guest{n}@inbox-hotel.net" for n in range(1, 5)]
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"

single = [{name: value} for name, values in PROFILES.items() for value in values[1:]]
_random = random.Random(20260302)
mixes = [{name: _random.choice(values) for name, values in PROFILES.items()} for _ in range(10)]
# `make test` takes every reading alone and two mixes, the deep run all of them with more worlds.
READINGS: list[dict[str, str]] = [{}, *single, *(mixes if DEEP else mixes[:2])]
# Whole records are written only where there is no PATCH.
ABSENT, IGNORED = {"zingle_v2_patch": "absent"}, {"zingle_v2_patch": "ignored"}
READINGS += [ABSENT, IGNORED, {**ABSENT, "v2_put": "replace"}, {**IGNORED, "v2_put": "replace"}]
READINGS += [{**ABSENT, "v2_put_channels": "recreate"}, {**ABSENT, **mixes[0]}]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Existing contacts, whose channels are unique, and Salesforce people around them."""
    channels = draw(st.permutations([*PHONES, *EMAILS]))
    contacts: list[dict[str, Any]] = []
    people_count = draw(st.integers(1, 5))
    for number in range(draw(st.integers(0, 3))):
        mine = [channels.pop() for _ in range(draw(st.integers(1, 2)))]
        contacts.append(
            {
                "phones": [value for value in mine if value.startswith("+")],
                "emails": [value for value in mine if "@" in value],
                "first": draw(st.sampled_from(["Ann1", "Bob"])),
                "last": "Lee",
                "linked_to": draw(st.one_of(st.none(), st.integers(1, people_count + 1))),
                "locked_by_source": draw(st.sampled_from([None, None, None, "pms"])),
                "optin_status": draw(st.sampled_from([None, None, "opted-in", "opted-out"])),
                "fields": {"Room": "12", "Company": draw(st.sampled_from(["", "Old"]))},
                "labels": draw(st.sampled_from([[], ["VIP"]])),
                "number": number,
            }
        )
    linked = [contact["linked_to"] for contact in contacts]
    for contact, link in zip(contacts, linked, strict=True):
        if linked.count(link) > 1:
            contact["linked_to"] = None
    people = [
        {
            "number": number,
            "MobilePhone": draw(st.one_of(st.none(), st.sampled_from(PHONES))),
            "Phone": draw(st.one_of(st.none(), st.none(), st.sampled_from(PHONES))),
            "Email": draw(st.one_of(st.none(), st.sampled_from(EMAILS))),
            "Company__c": draw(st.sampled_from([None, "Acme", "Zenith"])),
            "IsDeleted": draw(st.sampled_from([False, False, False, False, True])),
            "MasterRecordId": draw(st.one_of(st.none(), st.integers(1, people_count))),
        }
        for number in range(1, people_count + 1)
    ]
    return contacts, people


MAPPING = {"fields": {"Company": "Company__c"}}


def _build(world: World, make: Make, contacts: list[dict[str, Any]]) -> None:
    for contact in contacts:
        row = dict(contact)
        link = row.pop("linked_to")
        row.pop("number")
        if link is not None:
            row["external_id"] = make.salesforce_id("003", link)
        world.contact(**row)


def _records(make: Make, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    records = []
    for person in people:
        values = {key: value for key, value in person.items() if key != "number"}
        master = values["MasterRecordId"]
        deleted = values["IsDeleted"] and master != person["number"]
        values["IsDeleted"] = deleted
        values["MasterRecordId"] = make.salesforce_id("003", master) if deleted and master else None
        records.append(make.person(person["number"], **values))
    return records


def _sync(world: World, make: Make, records: list[dict[str, Any]], lookup: str) -> Result:
    fields = {**make.contact_fields, "Company__c": "string"}
    return world.stream("contacts", fields, records, mapping=MAPPING, lookup=lookup)


def _essence(contacts: dict[str, Any]) -> list[str]:
    """The world without ids and without the order in which contacts were created."""
    return sorted(json.dumps(contact, sort_keys=True) for contact in contacts.values())


def _check_nothing_lost(before: dict[str, Any], after: dict[str, Any]) -> None:
    for contact_id, old in before.items():
        new = after[contact_id]
        values = {channel[0] for channel in new["channels"]}
        assert {channel[0] for channel in old["channels"]} <= values
        assert set(old["labels"]) <= set(new["labels"])
        assert (old["flags"], old["optin"], old["locked"], old["notes"]) == (
            new["flags"],
            new["optin"],
            new["locked"],
            new["notes"],
        )
        for key, value in old["fields"].items():
            assert value in {None, ""} or new["fields"].get(key) not in {None, ""}
        if old["locked"]:
            assert (old["first_name"], old["channels"]) == (new["first_name"], new["channels"])


@pytest.mark.parametrize(
    "reading", READINGS, ids=lambda r: ",".join(f"{k}={v}" for k, v in r.items()) or "default"
)
def test_worlds(world: World, make: Make, reading: dict[str, str]) -> None:
    """Nobody is duplicated, nothing is lost or stolen, and a second run writes nothing."""
    # Every run may link one more contact where linking damages channels: it stops, mended.
    options = {name: value for name, value in reading.items() if name.startswith("zingle_")}
    profile = {name: value for name, value in reading.items() if name not in options}
    stops_linking = profile.get("v2_put_channels") == "recreate" and bool(options)

    @settings(
        max_examples=int(os.environ.get("WORLDS", "40" if DEEP else "6")),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(worlds(), st.sampled_from(["auto", "index", "per_record"]), st.randoms())
    def check(drawn: object, lookup: str, rng: object) -> None:
        contacts, people = drawn
        world.reset()
        world.running.sandbox.choose_profile(profile)
        world.running.sandbox.set_options(options)
        _build(world, make, contacts)
        before = world.contacts()
        records = _records(make, people)

        first = _sync(world, make, records, lookup=lookup)
        middle = world.contacts()
        second = _sync(world, make, rng.sample(records, len(records)), lookup=lookup)

        after = world.contacts()
        assert sorted(r["Id"] for r in records) == sorted(o.source_key for o in first.outcomes)
        values = [
            channel[0].lower() for contact in after.values() for channel in contact["channels"]
        ]
        assert len(values) == len(set(values))
        external = [c["external_id"] for c in after.values() if c["external_id"]]
        assert len(external) == len(set(external))
        _check_nothing_lost(before, middle)
        assert [] == world.running.violations()
        if stops_linking:
            return
        assert 0 == second.writes, (first.kinds(), second.kinds())
        assert middle == after
        world.running.reset()
        world.running.sandbox.choose_profile(profile)
        world.running.sandbox.set_options(options)
        _build(world, make, contacts)
        _sync(world, make, rng.sample(records, len(records)), lookup)
        assert _essence(after) == _essence(world.contacts()), "the order of records matters"

    check()
