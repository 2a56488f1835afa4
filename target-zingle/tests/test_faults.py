"""Lost answers, races, refusals and sudden death: never a duplicate, always the same end."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.faults import FaultRule
from zingle_sync.http import Wire
from zingle_sync.zingle import ConfigurationError, Zingle, ZingleError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Make, World

PHONE = "+18585551212"
CONTACTS = "/v?/services/*/contacts"


def fault(world: World, kind: str, **rule: Any) -> None:
    """Make the sandbox fail."""
    world.running.sandbox.faults.add(FaultRule(kind, system="zingle", **rule))  # type: ignore[arg-type]  # a word of its list


def external_ids(world: World) -> set[str]:
    """Whose contacts are there."""
    return {contact["external_id"] for contact in world.contacts().values()}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't really wait between tries."""
    real = Zingle.from_settings.__func__
    monkeypatch.setattr(
        Zingle,
        "from_settings",
        classmethod(lambda cls, *given, **more: real(cls, *given, **more, sleep=lambda _: None)),
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "drop_after"},
        {"kind": "status", "status": 500, "after_effect": True},
        {"kind": "status", "status": 502, "after_effect": True, "body": "<html>"},
        {"kind": "truncate"},
    ],
    ids=lambda rule: "-".join(map(str, rule.values())),
)
@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.usefixtures("quick")
def test_an_answer_lost_after_a_create_makes_no_duplicate(
    world: World, make: Make, rule: dict[str, Any], lookup: str
) -> None:
    """The contact is looked up by every key before anything is sent again."""
    fault(world, **rule, method="POST", path=CONTACTS, times=1)

    outcome = world.sync([make.person(Phone=PHONE)], lookup=lookup).of(make.person()["Id"])

    assert ("created", 1) == (outcome.kind, len(world.contacts()))


@pytest.mark.parametrize("kind", ["drop_before", "status"])
@pytest.mark.usefixtures("quick")
def test_a_create_that_never_arrived_is_sent_again(world: World, make: Make, kind: str) -> None:
    """The lookup finds nobody, so the second create is right."""
    fault(world, kind, method="POST", path=CONTACTS, times=1)

    assert "created" == world.sync([make.person(Phone=PHONE)]).of(make.person()["Id"]).kind
    assert 1 == len(world.contacts())


@pytest.mark.usefixtures("quick")
def test_reads_and_updates_survive_a_bad_quarter_of_an_hour(world: World, make: Make) -> None:
    """One call in four fails, and the world is as if none had."""
    world.contact(phones=["+18585550001"], first="Old")
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 31)]
    # One call at a time: whether six in a row fail is then the seed's decision, not the threads'.
    fault(world, "status", status=503, probability=0.25, seed=7)

    world.sync(people, concurrency=1)

    assert {person["Id"] for person in people} == external_ids(world)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.usefixtures("quick")
def test_whom_a_bad_hour_leaves_out_is_told_and_comes_with_the_next_run(
    world: World, make: Make, seed: int
) -> None:
    """Two writes in three fail, at once and in any order: absent is failed, and never doubled."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 31)]
    fault(world, "status", method="POST", path=CONTACTS, status=503, probability=0.66, seed=seed)

    told = world.sync(people, concurrency=4, max_error_rate=1).kinds()
    absent = {person["Id"] for person in people} - external_ids(world)
    world.running.sandbox.faults.clear()
    world.sync(people, concurrency=4)

    assert absent == {key for key, kind in told.items() if kind != "created"}
    assert sorted(person["Id"] for person in people) == sorted(
        contact["external_id"] for contact in world.contacts().values()
    )


@pytest.mark.usefixtures("quick")
def test_a_rate_limit_is_obeyed_and_slows_the_run_down(world: World, make: Make) -> None:
    """429 answers cost time, no record."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 41)]
    fault(world, "status", status=429, retry_after=1, every=5, times=20)

    result = world.sync(people, concurrency=8)

    assert {"created"} == set(result.kinds().values())


def test_a_race_for_one_person_makes_no_duplicate(world: World, make: Make, tmp_path: Path) -> None:
    """Two runs at once with the same people end with each person once."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 31)]

    processes = [world.start(people, tmp_path / f"{number}.json") for number in range(2)]
    codes = [process.wait(timeout=240) for process in processes]

    assert [0, 0] == codes
    assert 30 == len(world.contacts())
    assert len(world.values()) == len(set(world.values()))


@pytest.mark.usefixtures("quick")
def test_a_contact_created_by_somebody_faster_is_matched(world: World, make: Make) -> None:
    """3104 on a create means: look again, the contact exists by now."""
    fault(world, "status", status=400, code="3104", method="POST", path="/v2/*", times=1)

    outcome = world.sync([make.person(Phone=PHONE)]).of(make.person()["Id"])

    assert ("created", 2) == (outcome.kind, outcome.attempts)


@pytest.mark.usefixtures("quick")
def test_a_channel_that_nobody_shows_is_told_apart(world: World, make: Make) -> None:
    """When every create is refused and no lookup finds the holder, the record says so."""
    fault(world, "status", status=400, code="3104", method="POST", path="/v2/*")

    outcome = world.sync([make.person(Phone=PHONE)]).of(make.person()["Id"])

    assert ("rejected", "conflict", "3104") == (
        outcome.kind,
        outcome.reason,
        outcome.error.code,
    )
    assert "no lookup shows" in outcome.error.message


def test_a_contact_deleted_between_match_and_write_is_created(world: World, make: Make) -> None:
    """The match is gone, so the person is matched anew."""
    world.contact(phones=[PHONE], first="Old")
    world.running.sandbox.set_options({"zingle_delete_after_read": 1})

    outcome = world.sync([make.person(Phone=PHONE)]).of(make.person()["Id"])

    assert "created" == outcome.kind
    assert [make.person()["Id"]] == [c["external_id"] for c in world.contacts().values()]


def test_a_lock_that_appears_between_read_and_write_is_respected(world: World, make: Make) -> None:
    """Names and channels are left out, the rest is written."""
    world.contact(phones=["+18585550000"], external_id=make.person()["Id"], first="Old")
    world.running.sandbox.set_options({"zingle_lock_after_read": 1})
    fields = {**make.contact_fields, "Company__c": "string"}

    outcome = world.stream(
        "contacts",
        fields,
        [make.person(Phone="+18585550000", Company__c="Acme")],
        mapping={"fields": {"Company": "Company__c"}},
        lookup="per_record",
    ).of(make.person()["Id"])

    (contact,) = world.contacts().values()
    assert ("Old", ("Company",)) == (contact["first_name"], outcome.changed_fields)
    assert "locked_fields_skipped" in outcome.warnings


def test_masked_phones_are_not_matched(world: World, make: Make) -> None:
    """Where Contact Privacy hides digits, phones say nothing, and the outcome says so."""
    world.contact(phones=[PHONE], emails=["ann@inbox-hotel.net"])
    world.running.sandbox.set_options({"zingle_masked_phones": True})

    result = world.sync([make.person(1, Phone=PHONE), make.person(2, Email="ann@inbox-hotel.net")])

    assert {
        make.person(1)["Id"]: "rejected/no_usable_key",
        make.person(2)["Id"]: "updated",
    } == result.kinds()
    assert "phones_masked" in result.of(make.person(1)["Id"]).warnings


class Killed(BaseException):
    """The process is gone, between two instructions."""


def small_world(world: World, make: Make) -> list[dict[str, Any]]:
    """One of each: create, link with changes, update, add a channel, convert, skip."""
    world.reset()
    world.contact(phones=["+18585550001"], first="Twin", labels=["VIP"], fields={"Room": "1"})
    world.contact(phones=["+18585550002"], external_id=make.person(2)["Id"], first="Old")
    world.contact(emails=["ann@inbox-hotel.net"], first="Ann3", last="Lee")
    return [
        make.person(1, Phone="+18585550001"),
        make.person(2, Phone="+18585550022"),
        make.person(3, Email="ann@inbox-hotel.net", Phone="+18585550003"),
        make.person(4, Phone="+18585550004", Email="four@inbox-hotel.net"),
        make.person(5, Phone="+18585550004"),
    ]


def essence(world: World) -> list[Any]:
    """The world without ids."""
    return sorted(world.contacts().values(), key=lambda contact: str(contact["external_id"]))


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_sudden_death_at_any_request_changes_nothing_in_the_end(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch, moment: str, lookup: str
) -> None:
    """Killed before or after any of its requests, a second run ends in the same world."""
    # What a first run learns about the service costs it a call that later ones save.
    world.sync(small_world(world, make), lookup=lookup)
    records = small_world(world, make)
    total = world.sync(records, lookup=lookup, concurrency=1).calls
    expected = essence(world)
    real = Wire.send
    for fatal in range(1, total + 1):
        records = small_world(world, make)
        sent: list[int] = []

        def dying(self: Any, request: Any, header: Any) -> Any:  # noqa: ANN401 - the real one's types
            sent.append(1)  # noqa: B023 - called in this round
            if len(sent) == fatal and moment == "before":  # noqa: B023 - called in this round
                raise Killed
            response = real(self, request, header)
            if len(sent) == fatal:  # noqa: B023 - called in this round
                response.close()
                raise Killed
            return response

        monkeypatch.setattr(Wire, "send", dying)
        with pytest.raises(Killed):
            world.sync(records, lookup=lookup, concurrency=1)
        monkeypatch.setattr(Wire, "send", real)

        world.sync(records, lookup=lookup)

        assert expected == essence(world), f"killed {moment} request {fatal} of {total}"


def test_kill_minus_nine_while_an_answer_arrives(world: World, make: Make, tmp_path: Path) -> None:
    """The real process, really killed during a write, leaves nothing that a rerun cannot end."""
    records = small_world(world, make)
    world.sync(records)
    expected = essence(world)
    for skip in range(0, 9, 2):
        records = small_world(world, make)
        fault(world, "slow_body", method="POST,PUT", skip=skip, times=1, seconds=30.0)
        process = world.start(records, tmp_path / "config.json")
        while process.poll() is None and not world.running.sandbox.faults.active()[0][2]:
            time.sleep(0.02)
        process.kill()
        process.wait(timeout=30)
        world.running.sandbox.faults.clear()

        world.sync(records)

        assert expected == essence(world), f"killed in write {skip + 1}"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"zingle_suspended": True}, "the service is not available to this log-in"),
        ({"zingle_denied": "3018"}, "lacks a privilege"),
    ],
)
def test_what_a_person_must_change_stops_the_run(
    world: World, make: Make, options: dict[str, Any], sentence: str
) -> None:
    """Rights and accounts are nobody's record: the run stops, and its STATE with it."""
    world.running.sandbox.set_options(options)

    with pytest.raises(ConfigurationError, match=sentence) as caught:
        world.sync([make.person(Phone=PHONE)])

    assert [] == caught.value.result.states  # type: ignore[attr-defined]  # added by `World.listen`


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"password": "wrong"}, "log-in was refused"),
        ({"service_id": "00000000-0000-4000-8000-000000000000"}, "check service_id"),
        ({"api_url": "http://127.0.0.1:9"}, "Zingle is not available"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_wrong_settings_end_in_one_clear_sentence(
    world: World, make: Make, settings: dict[str, Any], sentence: str
) -> None:
    """The error names what to look at, and nothing was written."""
    with pytest.raises(ZingleError, match=sentence):
        world.sync([make.person(Phone=PHONE)], **settings)

    assert {} == world.contacts()


@pytest.mark.parametrize(
    ("code", "reason", "klass"),
    [
        ("2606", "refused", "RecordError"),
        ("3107", "refused", "RecordError"),
        ("9999", "refused", "UnknownCodeError"),
        ("invalid_email_format", "refused", "RecordError"),
        ("3011", "locked", "LockedError"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_refused_record_does_not_stop_the_others(
    world: World, make: Make, code: str, reason: str, klass: str
) -> None:
    """The record is rejected with Zingle's code; the run goes on and STATE moves."""
    fault(world, "status", status=400, code=code, method="POST", path="/v2/*", times=1)
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 4)]

    result = world.sync(people, concurrency=1)

    rejected = [one for one in result.outcomes if one.kind == "rejected"]
    assert [(reason, klass, code)] == [
        (one.reason, one.error.klass, one.error.code) for one in rejected if one.error
    ]
    assert (2, 1) == (len(world.contacts()), len(result.states))


@pytest.mark.usefixtures("quick")
def test_a_record_that_keeps_failing_is_rejected_as_temporary(world: World, make: Make) -> None:
    """One contact whose updates fail is rejected after six tries; everybody else is written."""
    contact_id = world.contact(phones=["+18585550001"], external_id=make.person(1)["Id"])
    fault(world, "status", status=500, method="PUT", path=f"/v1/*{contact_id}*")
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 4)]

    result = world.sync(people)

    assert ("rejected", "temporary") == (result.outcomes[0].kind, result.outcomes[0].reason)
    assert 2 == sum(outcome.kind == "created" for outcome in result.outcomes)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "code": "2606"},
        {"status": 400, "code": "9999"},
        {"status": 500},
        {"status": 503, "body": "<html>"},
    ],
    ids=lambda answer: "-".join(map(str, answer.values())),
)
@pytest.mark.usefixtures("quick")
def test_a_search_that_fails_for_one_number_stops_nobody(
    world: World, make: Make, answer: dict[str, Any]
) -> None:
    """A number that Zingle does not search for ends no run, and its guest is found all the same."""
    world.contact(phones=["+18585550002"], first="Ann2", last="Lee")
    fault(world, "status", method="GET", path="re:channel_value=%2B18585550002", **answer)
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in (1, 2, 3)]

    told = world.sync(people, lookup="per_record").kinds()

    assert ["created", "linked", "created"] == [told[person["Id"]] for person in people]
    assert {person["Id"] for person in people} == external_ids(world)


@pytest.mark.parametrize("answer", [{"status": 400, "code": "9999"}, {"status": 500}])
@pytest.mark.usefixtures("quick")
def test_a_search_for_an_external_id_that_fails_doubles_nobody(
    world: World, make: Make, answer: dict[str, Any]
) -> None:
    """Not found because it was not looked for: the list tells that the guest is there."""
    world.contact(phones=["+18585550009"], external_id=make.person(2)["Id"])
    fault(world, "status", method="GET", path="re:external_id=", **answer)
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in (1, 2, 3)]

    told = world.sync(people, lookup="per_record").kinds()

    assert ["created", "updated", "created"] == [told[person["Id"]] for person in people]
    assert 3 == len(world.contacts())


@pytest.mark.usefixtures("quick")
def test_an_outage_stops_the_run_instead_of_rejecting_everybody(world: World, make: Make) -> None:
    """When nothing answers any more the state stays, so that nothing is skipped."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 30)]
    fault(world, "drop_before", skip=10)

    with pytest.raises(ZingleError, match="not available"):
        world.sync(people)


def test_a_signal_ends_the_run_honestly(world: World, make: Make, tmp_path: Path) -> None:
    """SIGTERM: exit code 143, STATE for settled records only, and a rerun ends the work."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 201)]
    # From the fiftieth create on they take so long that no machine is too slow to send the signal.
    fault(world, "latency", method="POST", path=CONTACTS, skip=50, seconds=3)
    process = world.start(people, tmp_path / "config.json", state_every=20, checkpoint_records=20)
    told = tmp_path / "config.out"

    while process.poll() is None and not told.read_text(encoding="utf-8"):
        time.sleep(0.05)
    process.terminate()
    code = process.wait(timeout=120)

    settled = json.loads(told.read_text(encoding="utf-8").splitlines()[-1])["n"]
    assert 143 == code
    assert 0 < settled <= len(world.contacts()) < 200
    world.running.sandbox.faults.clear()
    world.sync(people)
    assert 200 == len(world.contacts())


def test_each_service_may_have_its_own_mapping(world: World, make: Make) -> None:
    """A mapping below a service replaces the common one for that service."""
    services = [
        {
            "service_id": world.service_id,
            "contact_mapping": {"contacts": {"first_name": "LastName", "last_name": "FirstName"}},
        }
    ]

    world.sync([make.person(Phone=PHONE)], service_id=None, services=services)

    (contact,) = world.contacts().values()
    assert ("Lee", "Ann1") == (contact["first_name"], contact["last_name"])
