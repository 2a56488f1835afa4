"""A dry run says what the run says, word for word, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Make, Result, World
    from zingle_sync.outcomes import Outcome

P = [f"+1858555{n:04}" for n in range(1601, 1610)]
MAIL = "ann@inbox-hotel.net"
WOULD = {"created": "would_create", "updated": "would_update", "linked": "would_link"}


def told(result: Result) -> list[tuple[Any, ...]]:
    """What a run says of each record, apart from ids of contacts that a dry run cannot know."""
    said = []
    for one in sorted({o.source_key: o for o in result.outcomes}.values(), key=_key):
        kind = WOULD.get(one.kind, one.kind)
        words = [word.partition(":")[0] for word in one.warnings]
        changed = () if kind == "would_create" else one.changed_fields
        said.append((one.source_key, kind, one.reason, one.matched_on, changed, words))
    return said


def _key(outcome: Outcome) -> str:
    return outcome.source_key


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize(
    "case",
    [
        "new phone of a known guest is another's only phone",
        "new mail of a known guest is another's",
        "a phone that goes to a guest and is shared by two more",
        "unlinked, and somebody new with the phone",
        "labelled as deleted",
        "a value that Zingle does not clear",
        "a link in a contact field",
    ],
)
def test_it_says_what_the_run_does(world: World, make: Make, case: str, lookup: str) -> None:
    """Kind, reason, key, changed fields and warnings are the run's own."""
    settings: dict[str, Any] = {"lookup": lookup}
    fields = {**make.contact_fields, "Room__c": "string"}
    one, two, three = (make.person(n) for n in (1, 2, 3))
    known: dict[str, Any] = {"external_id": one["Id"], "first": "Ann1", "last": "Lee"}
    match case:
        case "new phone of a known guest is another's only phone":
            world.contact(phones=P[:1], **known)
            people = [{**one, "MobilePhone": P[0], "Phone": P[1]}, {**two, "MobilePhone": P[1]}]
        case "new mail of a known guest is another's":
            world.contact(phones=P[:1], **known)
            people = [
                {**one, "MobilePhone": P[0], "Email": MAIL},
                {**two, "MobilePhone": P[1], "Email": MAIL},
            ]
        case "a phone that goes to a guest and is shared by two more":
            world.contact(phones=P[:1], first="Old")
            people = [
                {**one, "MobilePhone": P[0], "Phone": P[1]},
                {**two, "MobilePhone": P[1]},
                {**three, "MobilePhone": P[1], "Email": MAIL},
            ]
        case "unlinked, and somebody new with the phone":
            world.contact(phones=P[:1], **known)
            people = [{**one, "MobilePhone": P[0], "IsDeleted": True}, {**two, "MobilePhone": P[0]}]
            settings["on_source_delete"] = "unlink"
        case "labelled as deleted":
            world.contact(phones=P[:1], **known)
            people = [{**one, "MobilePhone": P[0], "IsDeleted": True}]
            settings["on_source_delete"] = "label:VIP"
        case "a value that Zingle does not clear":
            world.running.sandbox.set_options({"zingle_ignores_clearing": True})
            guest = {"phones": P[:1], "fields": {"Room": "9"}, **known}
            world.contact(**guest)
            people = [{**one, "MobilePhone": P[0], "Room__c": None}]
            settings["mapping"] = {"fields": {"Room": {"from": "Room__c", "on_null": "clear"}}}
            world.stream("contacts", fields, people, **settings)
        case _:
            world.contact(phones=P[:1], first="Ann1", last="Lee")
            people = [{**one, "MobilePhone": P[0]}]
            settings |= {"external_id_storage": "custom_field", "external_id_field": "Company"}

    dry = world.stream("contacts", fields, people, dry_run=True, **settings)
    real = world.stream("contacts", fields, people, **settings)

    assert (0, []) == (dry.writes, dry.states)
    assert told(real) == told(dry)
