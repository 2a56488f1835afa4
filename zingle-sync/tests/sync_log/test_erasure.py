from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.outcomes.erasure import erase, find_person, forget_fact
from zingle_sync.outcomes.queries import OutcomeFilter, kept_rejects, list_outcomes, open_log
from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.outcomes.tables import facts, runs

ANA, BEN, CY = "003Zs00000000G9IAI", "003Zs00000000GAIAY", "003Zs00000000GBIAY"
ANA_Z, BEN_Z = "82f00113-459b-4c2c-a4ef-bbddbc0b022f", "7a26e370-0137-4373-8b8f-5deeeda42ed4"


@pytest.fixture
def log(any_url: str) -> Engine:
    """Three people: Ana is synced and texted, Ben shares Ana's phone, Cy was rejected."""
    log = SyncLog.open(any_url)
    log.start_run("target-zingle").record(
        [
            Outcome("contacts", "svc", ANA, "created", target_id=ANA_Z),
            Outcome(
                "contacts",
                "svc",
                BEN,
                "updated",
                target_id=BEN_Z,
                warnings=(f"channel_conflict:{ANA_Z}",),
            ),
            Outcome("leads", "svc", "00QX", "skipped", reason="shared_channel", target_id=ANA_Z),
            Outcome(
                "contacts",
                "svc",
                CY,
                "rejected",
                reason="refused",
                error=OutcomeError("RecordError", 400, "1", f"held by {ANA_Z}"),
            ),
        ],
        payloads={CY: {"Id": CY, "Phone": "(858) 555-1212", "Email": "Cy@Example.org"}},
    )
    log.start_run("target-salesforce-activity").record(
        [Outcome("conversations", "svc", f"svc:{ANA_Z}:2026-03-02", "created", target_id="00T1")]
    )
    return open_log(any_url)


def keys(log: Engine) -> list[str]:
    """The keys that the log still lists."""
    return [row["source_key"] for row in list_outcomes(log, OutcomeFilter(runs="all"))]


@pytest.mark.parametrize("person", [ANA, ANA_Z])
def test_person_goes_with_both_ids_days_and_mentions(log: Engine, person: str) -> None:
    """Either id finds contact, Salesforce record, conversation days, and mentions by others."""
    erase(log, find_person(log, person))

    assert [BEN, "00QX", CY] == keys(log)
    rows = {row["source_key"]: row for row in list_outcomes(log, OutcomeFilter(runs="all"))}
    assert ["channel_conflict:(erased)"] == rows[BEN]["warnings"]
    assert rows["00QX"]["target_id"] is None
    assert "held by (erased)" == rows[CY]["error_message"]


@pytest.mark.parametrize("person", [ANA, ANA_Z])
def test_what_was_learnt_forgets_the_person(log: Engine, any_url: str, person: str) -> None:
    """Facts that name the person's ids lose them, and keep those of others."""
    run = SyncLog.open(any_url).start_run("target-zingle")
    run.remember("svc", "gone", {ANA: None, BEN: ANA, CY: BEN})
    run.remember("svc", "lessons", {"linking_stopped": True, "unclearable": ["f1"]})

    erase(log, find_person(log, person))

    facts = SyncLog.open(any_url).start_run("target-zingle").facts
    assert {"svc": {CY: BEN}} == {key[0]: value for key, value in facts.items() if key[1] == "gone"}
    assert {"linking_stopped": True, "unclearable": ["f1"]} == facts["svc", "lessons"]


def test_one_lesson_can_be_learnt_anew(log: Engine, any_url: str) -> None:
    """A name is forgotten for one plugin and environment, in all services; the rest stays."""
    for plugin in ("target-zingle", "target-other"):
        run = SyncLog.open(any_url).start_run(plugin)
        for service in ("north", "south"):
            run.remember(service, "refused", {"x": 1})
            run.remember(service, "gone", {"y": None})

    forget_fact(log, "target-zingle", "", "refused")

    names = [
        sorted({name for _, name in SyncLog.open(any_url).start_run(plugin).facts})
        for plugin in ("target-zingle", "target-other")
    ]
    assert [["gone"], ["gone", "refused"]] == names


@pytest.mark.parametrize("person", [CY, "+18585551212", "858-555-1212", "cy@example.org"])
def test_id_phone_and_email_find_the_kept_record(log: Engine, person: str) -> None:
    """An id, a phone in any form, an e-mail in any case erase record, payload and outcome."""
    erase(log, find_person(log, person))

    assert CY not in keys(log)
    assert CY not in {row["source_key"] for row in kept_rejects(log, "target-zingle", "")}


@pytest.mark.parametrize("person", ["+18585551213", "nobody@example.org", "003Zs00000000ZZIAZ"])
def test_strangers_find_nothing(log: Engine, person: str) -> None:
    """Somebody else's phone, e-mail or id erases nobody."""
    assert not find_person(log, person).any()


def test_masked_key_is_found_by_the_phone_itself(any_url: str) -> None:
    """A record whose key is a phone is found although the log masks it."""
    SyncLog.open(any_url).start_run("p").record([Outcome("s", "", "+18585551212", "created")])
    engine = open_log(any_url)

    erase(engine, find_person(engine, "+18585551212"))

    assert [] == keys(engine)


def test_erased_text_is_not_left_in_the_file(log: Engine, tmp_path: Path) -> None:
    """Erased payloads are overwritten on the disk, and not left in the write-ahead log."""
    erase(log, find_person(log, "cy@example.org"))

    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Cy@Example.org" not in left
    assert b"555-1212" not in left


def test_who_shares_a_mask_is_not_followed(any_url: str) -> None:
    """An e-mail's mask may be another person's: their ids, days and kept record stay; both are counted."""
    run = SyncLog.open(any_url).start_run("p")
    run.record(
        [
            Outcome("s", "", "ana@hotel.com", "created", target_id=ANA_Z),
            Outcome("s", "", "alf@hotel.com", "created", target_id=BEN_Z),
            Outcome("contacts", "svc", BEN, "updated", target_id=BEN_Z),
            Outcome("conversations", "svc", f"svc:{BEN_Z}:2026-03-02", "created"),
            Outcome("s", "", "amy@hotel.com", "rejected", reason="refused"),
        ],
        payloads={"amy@hotel.com": {"Email": "amy@hotel.com"}},
    )
    engine = open_log(any_url)

    found = find_person(engine, "ana@hotel.com")
    erase(engine, found)

    assert 2 == found.behind_mask
    assert [BEN, f"svc:{BEN_Z}:2026-03-02"] == keys(engine)
    assert ["amy@hotel.com"] == [row["source_key"] for row in kept_rejects(engine, "p", "")]


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ("Ana@hotel.com", True),
        ("Ana <ana@hotel.com>; bob@hotel.com", True),
        ("mailto:ana@hotel.com.", True),
        ("diana@hotel.com", False),
        ("x.ana@hotel.com", False),
        ("ana@hotel.com.mx", False),
        ("ana@hotel.community", False),
    ],
)
def test_an_address_inside_another_is_another_persons(held: str, found: bool, any_url: str) -> None:
    """The kept record of somebody whose address only ends or begins alike stays."""
    SyncLog.open(any_url).start_run("p").record(
        [Outcome("contacts", "svc", CY, "rejected", reason="refused")],
        payloads={CY: {"Id": CY, "Email": held}},
    )

    assert found == find_person(open_log(any_url), "ana@hotel.com").any()


@pytest.mark.parametrize("person", [ANA, ANA_Z])
def test_what_runs_remember_of_a_person_goes_too(any_url: str, person: str) -> None:
    """Whose a contact is, and what became of a record, outlives the outcomes: it is found alone."""
    log = SyncLog.open(any_url)
    run = log.start_run("target-zingle")
    run.remember("svc", "claims", {ANA: ANA_Z, BEN: BEN_Z})
    run.remember("svc", "gone", {CY: ANA, BEN: None})
    engine = open_log(any_url)

    found = find_person(engine, person)
    erase(engine, found)

    assert found.any()
    known = log.start_run("target-zingle").facts
    assert {"claims": {BEN: BEN_Z}, "gone": {BEN: None}} == {
        name: value for (_, name), value in known.items()
    }
    assert not find_person(engine, person).any()


def test_what_costs_a_guest_to_learn_outlives_the_retention(any_url: str) -> None:
    """Lessons are forgotten after a while; how links are written, and whose a guest is, never."""
    log = SyncLog.open(any_url, retention_days=30)
    run = log.start_run("target-zingle")
    for name in ("linking", "claims", "lessons"):
        run.remember("svc", name, {"known": True})
    engine = open_log(any_url)
    long_ago, lately = (datetime.now(UTC) - timedelta(days=days) for days in (90, 3))
    with engine.begin() as connection:
        connection.execute(facts.update().values(learnt_at=long_ago))
        connection.execute(runs.update().values(started_at=lately))

    again = log.start_run("target-zingle")

    assert {"linking", "claims"} == {name for _, name in again.facts}
