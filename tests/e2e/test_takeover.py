"""From the world of the vendor's connector to a quiet, right pair of pipelines, and the way back."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.e2e.conftest import CONTACTS, CONVERSATIONS, Scheduler, scheduler
from zingle_sandbox.testing import run_sandbox
from zingle_sandbox.zingle import insert_messages
from zingle_sandbox.zingle.ids import contact_id

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from zingle_sandbox.testing import RunningSandbox

ZONE = ZoneInfo("America/Los_Angeles")
SUBJECT = "Zingle Conversation"
DAY = timedelta(days=1)
# How the vendor's text begins a line; ours begins one with the time alone.
THEIR_LINE = re.compile(r"^\[(\d\d)/(\d\d)/(\d{4}) ", re.MULTILINE)


@dataclass
class Walk:
    """Both services, the project in front of them, and what a person does there."""

    sandbox: RunningSandbox
    project: Scheduler

    @property
    def now(self) -> datetime:
        """The services' time."""
        return datetime.fromtimestamp(self.sandbox.sandbox.clock.timestamp(), UTC)

    def rows(self, sql: str) -> list[Any]:
        """Rows of either world, as they are."""
        return self.sandbox.sandbox.store.all(sql)

    def connect(self, status: str) -> None:
        """What a person does in Zingle's settings."""
        self.sandbox.sandbox.set_options({"zingle_integration": status})

    def wait(self, time: timedelta) -> None:
        """Let time go by."""
        self.sandbox.sandbox.clock.advance(time.total_seconds())

    def configure(self, plugin: str, **settings: Any) -> None:
        """Edit a plugin's config in meltano.yml."""
        path = self.project.folder / "meltano.yml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in [one for kind in document["plugins"].values() for one in kind]:
            if entry["name"] == plugin:
                entry["config"] |= settings
        path.write_text(yaml.safe_dump(document), encoding="utf-8")

    def plan(self) -> str:
        """The plan as the command writes it."""
        answer = self.project.command("zingle-sync", "takeover", self.sandbox.service_id)
        assert answer.returncode == 0, answer.stderr[-3000:]
        return (self.project.folder / "takeover.md").read_text(encoding="utf-8")

    def run(self, job: str) -> subprocess.CompletedProcess[str]:
        """Run a job that must succeed."""
        answer = self.project.run(job)
        assert answer.returncode == 0, answer.stderr[-4000:]
        return answer

    def contacts(self) -> list[Any]:
        """Every contact, with its phones and e-mails."""
        return self.rows(
            "SELECT c.number, c.external_id, group_concat(h.value, ' ') AS channels"
            " FROM zg_contacts c LEFT JOIN zg_channels h ON h.contact = c.number GROUP BY c.number"
        )

    def tasks(self) -> list[Any]:
        """Every conversation that is logged, deleted ones left out."""
        return self.rows(
            f"SELECT * FROM sf_Task WHERE Subject = '{SUBJECT}' AND IsDeleted = 0 ORDER BY Id"
        )

    def say(self, count: int, ago: timedelta = timedelta(hours=1)) -> None:
        """Guests who are linked to living people write."""
        guests = self.rows(
            "SELECT c.number, c.id FROM zg_contacts c JOIN sf_Contact s ON s.Id = c.external_id"
            f" WHERE s.IsDeleted = 0 ORDER BY c.number LIMIT {count}"
        )
        moment = int((self.now - ago).timestamp())
        rows: list[Any] = [
            {
                "contact_id": guest["id"] or contact_id(guest["number"]),
                "direction": "inbound",
                "body": f"Towels for {guest['number']}, please",
                "created_at": moment,
            }
            for guest in guests
        ]
        assert count == len(rows)
        insert_messages(self.sandbox.sandbox, rows)


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    """The vendor's world, and a project that nobody has run yet."""
    with run_sandbox("vendor") as sandbox:
        project = scheduler(tmp_path / "project", sandbox, f"sqlite:///{tmp_path}/log.db")
        walk = Walk(sandbox, project)
        # What Meltano shall hand over must be declared, or stand in the config.
        walk.configure("tap-salesforce-zingle", objects=["Contact", "Lead"])
        walk.configure("target-zingle", dry_run=False, services=[], contact_mapping={})
        for plugin in ("target-zingle", "tap-zingle"):
            walk.configure(plugin, requests_per_second=0, concurrency=8)
        yield walk


def theirs(tasks: list[Any]) -> list[Any]:
    """Tasks that the vendor's connector wrote, and whose text is still its own."""
    return [task for task in tasks if THEIR_LINE.search(task["Description"] or "")]


def their_days(task: Any) -> set[date]:  # noqa: ANN401 - a row of SQLite
    """The local days of the messages in one of the vendor's Tasks."""
    found = THEIR_LINE.findall(task["Description"])
    return {date(int(year), int(month), int(day)) for month, day, year in found}


def ours_of(tasks: list[Any]) -> list[Any]:
    """Tasks that carry a key of ours."""
    keys = "Zingle_Conversation_Key__c", "CallObject"
    return [task for task in tasks if any("zgl:" in str(task[key]) for key in keys)]


def logged_twice(tasks: list[Any]) -> list[tuple[str, date]]:
    """Days of a person that a Task of ours logs, and one of theirs as well."""
    old = theirs(tasks)
    said = {(task["WhoId"], day) for task in old for day in their_days(task)}
    days = [(task["WhoId"], date.fromisoformat(task["ActivityDate"])) for task in ours_of(tasks)]
    return [one for one in days if one in said]


def test_the_walk_from_the_vendors_connector_and_back(walk: Walk) -> None:
    """The plan is followed step by step: nobody is created twice, no day is logged twice."""
    beside_theirs(walk)
    creates, start = switched_off(walk)
    first_run_of_contacts(walk, creates)
    first_run_of_conversations(walk, start)
    quiet_runs(walk)
    way_back(walk)


def beside_theirs(walk: Walk) -> None:
    """The plan is read and its mapping pasted; nothing of ours writes while theirs is connected."""
    page = walk.plan()
    assert "is **connected**" in page
    assert "people have several contacts" in page
    block = re.search(r"```yaml\n(contact_mapping:.*?)```", page, re.DOTALL)
    assert block is not None
    walk.configure("target-zingle", **yaml.safe_load(block[1]))
    before = walk.contacts()

    stopped = walk.project.run(CONTACTS)

    assert stopped.returncode != 0
    assert "zingle-sync takeover" in stopped.stderr
    assert walk.contacts() == before
    checked = walk.project.command("zingle-sync", "check")
    assert "writes to the same" in checked.stdout, checked.stderr[-2000:]
    assert checked.returncode == 1


def switched_off(walk: Walk) -> tuple[int, date]:
    """Theirs goes off; the plan of that evening tells how many are missing, and when ours begin."""
    walk.connect("disconnected")
    page = walk.plan()
    start = re.search(r'start_date: "(\S+)"', page)
    creates = re.search(r"^\| would_create \| ([\d,]+) \|", page, re.MULTILINE)
    assert start is not None
    assert creates is not None
    walk.configure("tap-zingle", start_date=start[1])
    return int(creates[1].replace(",", "")), date.fromisoformat(start[1])


def first_run_of_contacts(walk: Walk, creates: int) -> None:
    """More than a day later: exactly those are created whom the plan counted, nobody twice."""
    before = walk.contacts()
    walk.wait(timedelta(hours=30))

    walk.run(CONTACTS)

    after = walk.contacts()
    made = after[len(before) :]
    had = Counter(one["external_id"] for one in before if one["external_id"])
    linked = Counter(one["external_id"] for one in after if one["external_id"])
    assert creates == len(made)
    assert not [one for one in made if one["external_id"] in had]
    assert not [one for one, count in linked.items() if count > max(1, had[one])]


def first_run_of_conversations(walk: Walk, start: date) -> None:
    """What is said from the start on is ours, and what was logged before stays theirs."""
    before = walk.tasks()
    assert max(day for task in theirs(before) for day in their_days(task)) < start
    walk.say(20)

    walk.run(CONVERSATIONS)

    after = walk.tasks()
    by_id = {task["Id"]: task for task in after}
    assert len(after) == len(before) + 20
    assert logged_twice(after) == []
    assert len(ours_of(after)) == 20
    assert all(by_id[task["Id"]]["Description"] == task["Description"] for task in before)


def quiet_runs(walk: Walk) -> None:
    """A second run of both writes nothing, and the service is shown by its name."""
    walk.sandbox.clear_journal()

    walk.run(CONTACTS)
    walk.run(CONVERSATIONS)

    assert (0, 0) == (walk.sandbox.writes("zingle"), walk.sandbox.writes("salesforce"))
    assert "Harbor Lights Hotel (" in walk.project.command("zingle-sync", "status").stdout


def way_back(walk: Walk) -> None:
    """Theirs ticks again, with everybody: it doubles no guest, and logs the last 24 hours again."""
    walk.connect("connected")
    contacts = walk.contacts()

    tick = walk.sandbox.connector_tick(everybody=True)

    assert "connected" == tick.status
    assert len(walk.contacts()) == len(contacts)
    twice = logged_twice(walk.tasks())
    assert len(twice) == tick.tasks["created"] == 20
    assert all(day >= (walk.now - DAY).astimezone(ZONE).date() for _, day in twice)


def test_no_secret_of_the_vendors_stays_anywhere(walk: Walk) -> None:
    """After plan, check, report and a stopped run no file of the project holds one."""
    from zingle_sandbox.zingle import CONNECTOR_SECRETS  # noqa: PLC0415 - after the fixture

    said = [
        walk.project.command("zingle-sync", "takeover", walk.sandbox.service_id),
        walk.project.command("zingle-sync", "check"),
        walk.project.run(CONTACTS),
        walk.project.command("zingle-sync", "report"),
        walk.project.command("zingle-sync", "status"),
    ]

    files = [path.read_bytes() for path in walk.project.folder.parent.rglob("*") if path.is_file()]
    everything = b"".join(files) + "".join(one.stdout + one.stderr for one in said).encode()
    assert b"vendor_connected" in everything
    assert not [secret for secret in CONNECTOR_SECRETS if secret.encode() in everything]
