"""Linking a contact that was found by phone or e-mail: one PATCH of the external id alone."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from target_zingle.known import index
from target_zingle.known.linking import LINKING, Linking
from zingle_sandbox.faults import FaultRule
from zingle_sync.outcomes.database import connect
from zingle_sync.outcomes.tables import facts
from zingle_sync.zingle import LockedError, Zingle

if TYPE_CHECKING:
    from conftest import Make, World

PHONES = [f"+1858555{n:04}" for n in range(1501, 1520)]
PROTECTED: dict[str, dict[str, Any]] = {
    "locked": {"locked_by_source": "pms"},
    "opted_out": {"optin_status": "opted-out"},
    "blocked": {"block": True},
}


def guest(world: World, phone: str, *, block: bool = False, **more: Any) -> str:
    """A contact with everything that a link might lose."""
    channel = {"type": "phone", "value": phone, "country": "US", "block_outbound": block}
    row: dict[str, Any] = {
        "first": "Ann", "last": "Lee", "notes": "Likes the sea", "labels": ["VIP"],
        "fields": {"Room": "12"}, "channels": [channel],
    }  # fmt: skip
    return world.contact(**{**row, **more})


def person(make: Make, number: int, phone: str, **more: Any) -> dict[str, Any]:
    """A record with the guest's own name, so that nothing but the link is to be written."""
    return make.person(number, MobilePhone=phone, **{"FirstName": "Ann", **more})


def about(world: World, contact: str) -> list[str]:
    """The calls about one contact since the journal was cleared: version and method."""
    return [
        f"{call.path[1:3]} {call.method}"
        for call in world.running.journal()
        if call.path.endswith(f"/contacts/{contact}")
    ]


def methods(world: World) -> set[str]:
    """How contacts were written through v2 since the journal was cleared."""
    return {
        call.method
        for call in world.running.journal()
        if "/v2/" in call.path and call.method not in {"GET", "POST"}
    }


def known(world: World) -> Linking:
    """What the sync log says about linking."""
    engine = connect(f"sqlite:///{world.running.state_dir}/log.db")
    with engine.connect() as connection:
        rows = connection.execute(facts.select().where(facts.c.name == LINKING)).all()
    engine.dispose()
    return Linking.read(rows[0].value if rows else None)


def without_link(contacts: dict[str, Any]) -> dict[str, Any]:
    """Contacts, apart from whose they are."""
    return {key: {**one, "external_id": None} for key, one in contacts.items()}


def lose(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """From here on a PATCH takes something else away."""
    write = Zingle.set_external_id

    def losing(client: Zingle, service: str, contact: str, external_id: str | None) -> None:
        write(client, service, contact, external_id)
        record = dict(client.contact_v2(service, contact))
        record |= {
            "label": {"tags": []}, "field": {"contactFields": []},
            "channel": {"channels": []}, "name": {"firstName": None},
        }[what]  # fmt: skip
        client.replace_contact_v2(service, contact, record)

    monkeypatch.setattr(Zingle, "set_external_id", losing)


def plain(contacts: dict[str, Any]) -> dict[str, Any]:
    """Contacts, apart from whose they are and the order of their channels."""
    return {
        key: {**one, "channels": sorted(channel[:3] for channel in one["channels"])}
        for key, one in without_link(contacts).items()
    }


def prove(world: World, make: Make) -> None:
    """A first run that links an ordinary guest."""
    guest(world, PHONES[-1])
    world.sync([person(make, 99, PHONES[-1])])
    world.running.clear_journal()


@pytest.mark.parametrize("lookup", ["index", "per_record"])
def test_a_link_is_one_patch_and_one_read(world: World, make: Make, lookup: str) -> None:
    """Two calls link a guest; the first link of a service is read before, too, as the proof."""
    first, later = (guest(world, phone) for phone in PHONES[:2])
    before = world.contacts()

    world.sync([person(make, 1, PHONES[0])], lookup=lookup)
    proof = about(world, first)
    result = world.sync([person(make, 2, PHONES[1])], lookup=lookup)

    assert ["v1 GET", "v2 PATCH", "v1 GET"] == proof
    assert ["v2 PATCH", "v1 GET"] == about(world, later)
    assert "linked" == result.of(make.person(2)["Id"]).kind
    assert {
        first: {**before[first], "external_id": make.person(1)["Id"]},
        later: {**before[later], "external_id": make.person(2)["Id"]},
    } == world.contacts()


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize(
    ("number", "more", "kind", "calls"),
    [
        (1, {}, "linked", ["v2 PATCH", "v1 GET"]),
        (2, {"FirstName": "Bea"}, "updated", ["v2 PATCH", "v1 GET", "v1 PUT"]),
        (3, {"FirstName": "Bea"}, "updated", ["v1 PUT"]),
        (4, {}, "unchanged", []),
    ],
)
def test_what_a_record_costs(  # noqa: PLR0917 - parameters
    world: World, make: Make, lookup: str, number: int, more: dict[str, Any], kind: str,
    calls: list[str],
) -> None:  # fmt: skip
    """Linked 2 calls, linked and updated 3, updated 1, unchanged none, looking it up aside."""
    prove(world, make)
    record = person(make, number, PHONES[number], **more)
    link = {"external_id": record["Id"]} if number in {3, 4} else {}
    contact = guest(world, PHONES[number], **link)

    result = world.sync([record], lookup=lookup)

    assert (kind, calls) == (result.of(record["Id"]).kind, about(world, contact))
    assert record["Id"] == world.contacts()[contact]["external_id"]


def test_a_patch_says_nothing_but_the_external_id(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No full record is written on an instance that has PATCH, and no channel is ever sent."""
    sent: list[tuple[str, str, object]] = []
    send = Zingle._send

    def noting(client: Zingle, method: str, path: str, *args: Any, **how: Any) -> Any:  # noqa: ANN401 - as the real one
        if "/v2/" in path and method != "GET":
            sent.append((method, path.rpartition("/")[2], how.get("body")))
        return send(client, method, path, *args, **how)

    monkeypatch.setattr(Zingle, "_send", noting)
    ids = [guest(world, phone) for phone in PHONES[:3]]
    people = [person(make, n, phone) for n, phone in enumerate(PHONES[:3], 1)]

    world.sync(people)

    assert [
        ("PATCH", contact, {"externalId": one["Id"]})
        for contact, one in sorted(zip(ids, people, strict=True))
    ] == sorted(sent)


@pytest.mark.parametrize("v2_put", ["merge", "replace"])
@pytest.mark.parametrize("protection", PROTECTED)
@pytest.mark.parametrize(
    "patch",
    [
        {"zingle_v2_patch": "merge"},
        {"zingle_v2_patch": "replaces_channels"},
        {"zingle_v2_patch": "ignored"},
        *({"zingle_v2_patch": "absent", "zingle_v2_patch_absent": n} for n in (404, 405, 501)),
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_every_instance_links_what_is_safe_there(
    world: World, make: Make, patch: dict[str, Any], protection: str, v2_put: str
) -> None:
    """Ordinary guests are linked everywhere, protected ones where PATCH was proved; none changes."""
    world.running.sandbox.set_options(patch)
    world.running.sandbox.choose_profile({"v2_put": v2_put})
    plain = guest(world, PHONES[0])
    kept = guest(world, PHONES[1], **PROTECTED[protection])
    before = world.contacts()
    people = [person(make, n, phone) for n, phone in ((2, PHONES[1]), (1, PHONES[0]))]
    proves = patch["zingle_v2_patch"] in {"merge", "replaces_channels"}

    first = world.sync(people)
    world.running.clear_journal()
    again = world.sync(people)

    now = world.contacts()
    ids = {one["Id"]: o for one in people for o in [first.of(one["Id"])]}
    assert people[1]["Id"] == now[plain]["external_id"]
    assert (people[0]["Id"] if proves else None) == now[kept]["external_id"]
    assert without_link(before) == without_link(now)
    outcome = ids[people[0]["Id"]]
    assert (() if proves else (f"not_linked:{protection}",)) == outcome.warnings
    assert ("linked" if proves else "unchanged") == outcome.kind
    # What the instance can was learnt: the next run does not ask again.
    assert (0, set(), now) == (again.writes, methods(world), world.contacts())
    assert [] == world.running.violations()


@pytest.mark.parametrize("protection", PROTECTED)
def test_protected_guests_alone_wait_for_a_proof(world: World, make: Make, protection: str) -> None:
    """Nobody protected is tried on: a later run with an ordinary guest brings the proof."""
    kept = guest(world, PHONES[0], **PROTECTED[protection])
    protected, ordinary = person(make, 1, PHONES[0]), person(make, 2, PHONES[1])

    alone = world.sync([protected])
    untouched = about(world, kept)
    plain = guest(world, PHONES[1])
    world.sync([ordinary])
    result = world.sync([protected])

    assert (f"not_linked:{protection}",) == alone.of(protected["Id"]).warnings
    assert [] == untouched
    assert "linked" == result.of(protected["Id"]).kind
    assert [protected["Id"], ordinary["Id"]] == [
        world.contacts()[one]["external_id"] for one in (kept, plain)
    ]


@pytest.mark.parametrize("known_by", ["created", "linked"])
def test_a_guest_of_ours_proves_it_for_protected_ones(
    world: World, make: Make, known_by: str
) -> None:
    """Where nobody ordinary is to be linked, one who is linked already is written once more."""
    other = person(make, 2, PHONES[1])
    if known_by == "linked":
        guest(world, PHONES[1], external_id=other["Id"])
    kept = guest(world, PHONES[0], locked_by_source="pms")
    people = [person(make, 1, PHONES[0]), other]

    world.sync(people)
    again = world.sync(people)

    assert people[0]["Id"] == world.contacts()[kept]["external_id"]
    assert 0 == again.writes


def test_a_dry_run_proves_nothing(world: World, make: Make) -> None:
    """A dry run writes no link, not even one that is there already."""
    other = person(make, 2, PHONES[1])
    guest(world, PHONES[1], external_id=other["Id"])
    guest(world, PHONES[0], locked_by_source="pms")

    result = world.sync([person(make, 1, PHONES[0]), other], dry_run=True)

    assert (0, set()) == (result.writes, methods(world))


@pytest.mark.parametrize("log", [True, False])
def test_without_a_sync_log_each_run_proves_it_anew(world: World, make: Make, log: bool) -> None:
    """What a run learnt is in its log; where there is none, the first link is compared again."""
    where = {} if log else {"sync_log_url": "sqlite:////proc/no/log.db"}
    guest(world, PHONES[0])
    world.sync([person(make, 1, PHONES[0])], **where)
    second = guest(world, PHONES[1])

    world.sync([person(make, 2, PHONES[1])], **where)

    assert ([] if log else ["v1 GET"]) + ["v2 PATCH", "v1 GET"] == about(world, second)


def test_a_link_that_locks_is_the_last_whatever_the_settings(world: World, make: Make) -> None:
    """One guest is harmed at most, and told of; only a probe or a person begins again."""
    world.running.sandbox.set_options({"zingle_v2_put_locks": True})
    ids = [guest(world, phone) for phone in PHONES[:4]]
    people = [person(make, n, phone) for n, phone in enumerate(PHONES[:4], 1)]

    first = world.sync(people[:2])
    again = world.sync(people)
    other = world.sync(people, ignore_emails=["desk@inbox-hotel.net"], retention_days=1)

    locked = [one for one in ids if world.contacts()[one]["locked"]]
    assert 1 == len(locked)
    assert [f"link_not_verified:{locked[0]}"] == [
        word for o in first.outcomes for word in o.warnings if word.startswith("link_not")
    ]
    assert all(run.facts["linking_stopped"] for run in (first, again, other))
    assert Linking("untried", stopped=True) == known(world)
    left = [o for o in other.outcomes if "not_linked:stopped" in o.warnings]
    assert 3 == len(left)
    assert all(outcome.kept for outcome in left)


@pytest.mark.parametrize("loses", ["label", "field", "channel", "name"])
def test_what_a_patch_takes_away_is_written_back(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, loses: str
) -> None:
    """The first difference is mended as far as v1 can, and ends linking."""
    ids = [guest(world, phone) for phone in PHONES[:2]]
    before = world.contacts()
    lose(monkeypatch, loses)
    world.running.sandbox.choose_profile({"v2_put": "replace"})

    result = world.sync([person(make, n, phone) for n, phone in enumerate(PHONES[:2], 1)])

    assert result.facts["linking_stopped"]
    now = world.contacts()
    linked = [one for one in ids if now[one]["external_id"]]
    assert 1 == len(linked)
    if loses != "name":  # a name is an edit's to say: it is told, not guessed
        mended = {**now[linked[0]], "external_id": None}
        assert json.dumps(before[linked[0]]) == json.dumps(mended)


def test_an_edit_between_reading_and_linking_does_not_end_linking(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest whom the front desk edits meanwhile makes the next link the proof again."""
    prove(world, make)
    ids = [guest(world, phone) for phone in PHONES[:3]]
    label = world.running.sandbox.store.value("SELECT id FROM zg_labels WHERE display_name = 'VIP'")
    write, edited = Zingle.set_external_id, itertools.count()

    def edit_first(client: Zingle, service: str, contact: str, external_id: str | None) -> None:
        if next(edited) == 0:
            path = f"/v1/services/{service}/contacts/{contact}/labels/{label}"
            client._send("DELETE", path)
        write(client, service, contact, external_id)

    monkeypatch.setattr(Zingle, "set_external_id", edit_first)

    result = world.sync(
        [person(make, n, phone) for n, phone in enumerate(PHONES[:3], 1)], concurrency=1
    )

    assert not result.facts["linking_stopped"]
    assert Linking("safe") == known(world)
    now = [world.contacts()[one] for one in ids]
    assert [[], ["VIP"], ["VIP"]] == sorted(one["labels"] for one in now)
    assert all(one["external_id"] for one in now)


@pytest.mark.parametrize("loses", ["label", "field", "channel"])
def test_an_instance_that_came_to_do_harm_is_seen_and_mended(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, loses: str
) -> None:
    """What was proved once is not taken on trust: the second difference ends linking."""
    prove(world, make)
    # The record's own phone comes back with its update; what is not the record's must, too.
    ids = [
        guest(world, phone, channels=[
            {"type": "phone", "value": phone, "country": "US", "display_name": "MOBILE"},
            {"type": "phone", "value": f"+1415555{n:04}", "country": "US"},
            {"type": "email", "value": f"guest{n}@inbox-hotel.net"},
        ])
        for n, phone in enumerate(PHONES[:4], 1900)
    ]  # fmt: skip
    before = world.contacts()
    lose(monkeypatch, loses)
    world.running.sandbox.choose_profile({"v2_put": "replace"})

    result = world.sync(
        [person(make, n, phone) for n, phone in enumerate(PHONES[:4], 1)], concurrency=1
    )

    assert result.facts["linking_stopped"]
    now = world.contacts()
    assert 2 == sum(now[one]["external_id"] is not None for one in ids)
    assert plain(before) == plain(now)


@pytest.mark.parametrize("fresh", [index.FRESH, -1.0])
def test_a_contact_that_was_read_long_ago_is_read_before_it_is_linked(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, fresh: float
) -> None:
    """Somebody else's link of the meantime is not overwritten: the record is matched again."""
    prove(world, make)
    contact = guest(world, PHONES[0])
    monkeypatch.setattr(index, "FRESH", fresh)

    world.sync([person(make, 1, PHONES[0])])

    read_before = ["v1 GET"] if fresh < 0 else []
    assert [*read_before, "v2 PATCH", "v1 GET"] == about(world, contact)


def test_somebody_elses_link_is_never_overwritten_by_one_that_reads_before(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest who is linked while the run looks elsewhere stays the other's."""
    contact = guest(world, PHONES[0])
    read, other = Zingle.contact, make.person(7)["Id"]

    def linked_meanwhile(client: Zingle, service: str, contact_id: str) -> Any:  # noqa: ANN401 - a row
        client.set_external_id(service, contact_id, other)
        return read(client, service, contact_id)

    monkeypatch.setattr(Zingle, "contact", linked_meanwhile)

    result = world.sync([person(make, 1, PHONES[0])])

    assert "skipped/shared_channel" == result.kinds()[make.person(1)["Id"]]
    assert other == world.contacts()[contact]["external_id"]


def test_locks_that_refuse_a_patch_are_learnt(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a lock protects the external id, too, it is refused once, not in every run."""
    prove(world, make)
    contact = guest(world, PHONES[0], locked_by_source="pms")
    refused: list[str] = []

    def refuse(_client: Zingle, _service: str, contact_id: str, _link: str | None) -> None:
        refused.append(contact_id)
        raise LockedError("another source owns the contact", status=400, code="3011")

    monkeypatch.setattr(Zingle, "set_external_id", refuse)
    record = person(make, 1, PHONES[0])

    runs = [world.sync([record]) for _ in range(2)]

    assert [contact] == refused
    assert [("not_linked:locked",)] * 2 == [run.of(record["Id"]).warnings for run in runs]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("checkpoint", [1, 1000])
def test_what_is_known_about_linking_does_not_decide_who_is_whose(
    world: World, make: Make, first: int, proven: bool, checkpoint: int
) -> None:
    """Who matches a protected guest comes last, whether or not that one may be linked by now."""
    if proven:
        prove(world, make)
    mail = "guest4@inbox-hotel.net"
    free = guest(world, PHONES[1])
    kept = guest(world, "", channels=[{"type": "email", "value": mail}], locked_by_source="pms")
    people = [
        person(make, 1, PHONES[2], Email=mail),
        person(make, 2, PHONES[1], Phone=PHONES[2]),
    ]
    lines = [
        line
        for one in (people[first], people[1 - first])
        for line in make.messages("contacts", make.schema(make.contact_fields), [one])
    ]

    world.listen(lines, checkpoint_records=checkpoint)
    after = world.contacts()
    again = world.listen(lines, checkpoint_records=checkpoint)

    assert (people[1]["Id"], None) == tuple(after[one]["external_id"] for one in (free, kept))
    assert (0, after) == (again.writes, world.contacts())


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "answer",
    [{"status": 404}, {"status": 405}, {"status": 501}, {"status": 200, "body": "{}"}],
    ids=lambda answer: str(answer["status"]),
)
def test_one_stray_answer_says_nothing_about_the_instance(
    world: World, make: Make, answer: dict[str, Any], place: int
) -> None:
    """The PATCH is sent once more before a Zingle counts as having none, proved or not."""
    phones = PHONES[:3]
    ids = [guest(world, phone) for phone in phones[:2]]
    kept = guest(world, phones[2], locked_by_source="pms")
    people = [person(make, n, phone) for n, phone in enumerate(phones, 1)]
    rule = {"method": "PATCH", "skip": place, "times": 1, **answer}
    world.running.sandbox.faults.add(FaultRule("status", system="zingle", **rule))

    world.sync(people, concurrency=1)
    world.running.sandbox.faults.clear()
    world.sync(people)

    assert [one["Id"] for one in people] == [
        world.contacts()[one]["external_id"] for one in (*ids, kept)
    ]
    assert Linking("safe") == known(world)
    assert {"PATCH"} == methods(world)


@pytest.mark.parametrize("loses", ["label", "field", "channel", "name"])
def test_a_patch_that_is_sent_once_more_is_compared_too(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, loses: str
) -> None:
    """Behind a first answer that something in between made up, harm is seen and mended as ever."""
    world.running.sandbox.choose_profile({"v2_put": "replace"})
    guest(world, PHONES[0])
    before = world.contacts()
    lose(monkeypatch, loses)
    write, made_up = Zingle.set_external_id, ["once"]

    def stray(client: Zingle, service: str, contact: str, external_id: str | None) -> None:
        if made_up:
            made_up.clear()
        else:
            write(client, service, contact, external_id)

    monkeypatch.setattr(Zingle, "set_external_id", stray)

    result = world.sync([person(make, 1, PHONES[0])])

    assert result.facts["linking_stopped"]
    assert plain(before) == plain(world.contacts())
