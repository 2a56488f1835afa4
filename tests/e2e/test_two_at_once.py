"""Two Meltano schedulers at once: the worlds end as if the runs had come one after the other."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import (
    CONTACTS,
    CONVERSATIONS,
    LONGEST_DAY,
    Project,
    Scheduler,
    run_hotel,
    scheduler,
)
from zingle_sandbox import zingle
from zingle_sandbox.salesforce import insert_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zingle_sandbox.testing import RunningSandbox

PEOPLE = 40
# How many days the guests write on.
DAYS = 3


@pytest.fixture
def hotel() -> Iterator[RunningSandbox]:
    """People and writing guests, in an org without the field that would make Tasks unique."""
    absent = {"salesforce_activity_key": "absent"}
    with run_hotel(people=PEOPLE, guests=PEOPLE // 2, days=DAYS, options=absent) as sandbox:
        yield sandbox


@pytest.fixture(params=["sqlite", "postgresql"])
def two(
    request: pytest.FixtureRequest, hotel: RunningSandbox, tmp_path: Path
) -> tuple[Scheduler, Scheduler]:
    """Two servers that share nothing but the sync log."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'sync-log.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    return (
        scheduler(tmp_path / "one", hotel, url),
        scheduler(tmp_path / "other", hotel, url),
    )


def test_two_schedulers_of_both_pipelines_end_as_if_in_turn(
    two: tuple[Scheduler, Scheduler], hotel: RunningSandbox, tmp_path: Path
) -> None:
    """Both jobs on two servers at the same time: one contact a person, one Task a day, then rest."""
    worlds = Project(hotel, tmp_path)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda job: job[0].run(job[1]),
                [(s, j) for s in two for j in (CONTACTS, CONVERSATIONS)],
            )
        )
    broken = [a.stderr for a in answers if a.returncode and "Another run of" not in a.stderr]
    assert [] == broken, "\n".join(broken)[:6000]

    # Whoever found the other at work comes again, as its schedule would let it.
    for one in two:
        for job in (CONTACTS, CONVERSATIONS):
            answer = one.run(job)
            assert answer.returncode == 0, answer.stderr[-3000:]
    contacts, tasks = worlds.contacts(), _tasks(worlds)
    hotel.clear_journal()
    for job in (CONTACTS, CONVERSATIONS):
        two[0].run(job)

    links = Counter(contact["external_id"] for contact in contacts)
    assert PEOPLE == len(contacts) == len(links)
    assert None not in links
    assert {1} == set(Counter((task["WhoId"], task["ActivityDate"]) for task in tasks).values())
    assert PEOPLE // 2 * DAYS == len(tasks)
    assert (0, 0) == (hotel.writes("zingle"), hotel.writes("salesforce"))


def test_a_run_by_hand_beside_a_schedule_writes_no_task_twice(
    two: tuple[Scheduler, Scheduler], hotel: RunningSandbox, tmp_path: Path
) -> None:
    """The same days read in full by hand while the schedule writes them are still one Task each."""
    by_hand = ("meltano", "run", "--full-refresh", CONVERSATIONS)
    with ThreadPoolExecutor(2) as pool:
        schedule = pool.submit(two[0].run, CONVERSATIONS)
        hand = pool.submit(two[1].command, *by_hand)
    answers = [schedule.result(), hand.result()]

    assert any(answer.returncode == 0 for answer in answers), answers[0].stderr[-3000:]
    assert [] == [
        a.stderr[-3000:] for a in answers if a.returncode and "Another run of" not in a.stderr
    ]
    days = Counter((t["WhoId"], t["ActivityDate"]) for t in _tasks(Project(hotel, tmp_path)))
    assert {1} == set(days.values())
    assert PEOPLE // 2 * DAYS == len(days)


def test_a_replay_beside_the_hourly_run_ends_as_if_in_turn(
    two: tuple[Scheduler, Scheduler], hotel: RunningSandbox, tmp_path: Path
) -> None:
    """A guest whose person comes late gets one Task a day, though replay and run meet in one project."""
    project, _ = two
    now = int(hotel.sandbox.clock.now().timestamp())
    (late,) = zingle.insert_contacts(
        hotel.sandbox,
        [{"channels": [{"type": "phone", "value": "+12025559999", "country": "US"}]}],
    )
    message = {"contact_id": late, "direction": "inbound", "body": "anybody there?"}
    stamps = dict.fromkeys(("created_at", "updated_at"), now - LONGEST_DAY)
    zingle.insert_messages(hotel.sandbox, [{**message, **stamps}])
    assert project.run(CONVERSATIONS).returncode == 0
    before = len(_tasks(Project(hotel, tmp_path)))
    person = {"LastName": "Late", "MobilePhone": "+1 202 555 9999"}
    (person_id,) = insert_rows(hotel.sandbox, "Contact", [person])
    stamps = dict.fromkeys(("created_at", "updated_at"), now - 30)
    zingle.insert_messages(hotel.sandbox, [{**message, **stamps}])
    hotel.sandbox.clock.advance(600)

    with ThreadPoolExecutor(2) as pool:
        schedule = pool.submit(project.run, CONVERSATIONS)
        replay = pool.submit(project.command, "zingle-sync", "replay", "--waiting")
    answers = [schedule.result(), replay.result()]
    if any(answer.returncode for answer in answers):  # one of them found the other at work
        assert project.run(CONVERSATIONS).returncode == 0
        again = project.command("zingle-sync", "replay", "--waiting")
        assert again.returncode == 0, again.stderr[-3000:]

    tasks = _tasks(Project(hotel, tmp_path))
    days = Counter((task["WhoId"], task["ActivityDate"]) for task in tasks)
    assert {1} == set(days.values())
    assert len([who for who, _ in days if who == person_id]) == len(tasks) - before == 2


def _tasks(worlds: Project) -> list[dict[str, Any]]:
    """Every Task of an org that lacks the key's own field."""
    return worlds.query("SELECT Id, WhoId, ActivityDate FROM Task WHERE IsDeleted = false")
