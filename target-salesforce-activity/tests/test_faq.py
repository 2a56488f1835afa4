"""The vendor's FAQ about conversations, row by row (the numbers are those of the FAQ list)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from conftest import Pipeline

HOUR = 3_600
ROOT = Path(__file__).resolve().parents[2]


def at(pipeline: Pipeline, moment: str) -> None:
    """Set the sandbox's clock to a UTC time."""
    instant = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    pipeline.sandbox.sandbox.clock.set(instant)


def zone(pipeline: Pipeline, name: str) -> None:
    """Move the service."""
    pipeline.sandbox.sandbox.store.execute("UPDATE zg_services SET time_zone = ?", (name,))


@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_f07_conversations_reach_contacts_and_leads(pipeline: Pipeline, kind: str) -> None:
    """A conversation is found on the person that it was held with, Contact or Lead."""
    pipeline.person("Lead")
    who = pipeline.person(kind)
    pipeline.person("Contact")
    pipeline.message(pipeline.guest(who))
    pipeline.run()

    assert [who] == [task["WhoId"] for task in pipeline.tasks()]


def test_f08_a_conversation_is_a_completed_activity(pipeline: Pipeline) -> None:
    """Each conversation is a closed Task, with the first closed status of the org."""
    store = pipeline.sandbox.sandbox.store
    names = "MasterLabel = 'Erledigt', ApiName = 'Erledigt'"
    store.execute(f"UPDATE sf_TaskStatus SET {names} WHERE MasterLabel = 'Completed'")
    store.execute("UPDATE sf_TaskStatus SET IsClosed = 1 WHERE MasterLabel = 'Deferred'")
    store.execute("UPDATE sf_TaskStatus SET SortOrder = 99 WHERE MasterLabel = 'Deferred'")
    pipeline.message(pipeline.linked_guest())
    pipeline.run()

    (task,) = pipeline.tasks()
    assert ("Erledigt", 1) == (task["Status"], task["IsClosed"])


def test_f09_any_cadence_has_the_same_result(pipeline: Pipeline) -> None:
    """Hourly runs and a single one at the end of the day write the same Tasks."""
    guest = pipeline.linked_guest()
    for _ in range(6):
        pipeline.message(guest)
        pipeline.wait(HOUR)
        pipeline.run()
    hourly = [task["Description"] for task in pipeline.tasks()]
    assert sum(text.count("-end") for text in hourly) == 6
    pipeline.sandbox.sandbox.store.execute("DELETE FROM sf_Task")
    pipeline.state = None
    pipeline.run()

    assert hourly == [task["Description"] for task in pipeline.tasks()]


def test_f10_a_row_is_a_calendar_day_not_the_last_24_hours(pipeline: Pipeline) -> None:
    """Messages less than a day apart, on two dates, are two Tasks."""
    zone(pipeline, "America/New_York")
    guest = pipeline.linked_guest()
    at(pipeline, "2026-03-03T04:30:00")  # 11:30 PM
    pipeline.message(guest)
    at(pipeline, "2026-03-03T05:30:00")  # 12:30 AM
    pipeline.message(guest)
    pipeline.run()

    assert ["2026-03-02", "2026-03-03"] == [task["ActivityDate"] for task in pipeline.tasks()]


def test_f32_the_link_comes_first_and_is_never_guessed_again(pipeline: Pipeline) -> None:
    """A linked guest's conversation goes to the linked person, whoever has the phone by now."""
    linked = pipeline.person()
    pipeline.person(Phone="858-555-1212")
    guest = pipeline.guest(linked, channels=[{"type": "phone", "value": "+18585551212"}])
    pipeline.message(guest)
    pipeline.run()

    assert [linked] == [task["WhoId"] for task in pipeline.tasks()]


@pytest.mark.parametrize(
    ("choice", "kinds"), [("contacts", {"003"}), ("leads", {"00Q"}), ("both", {"003", "00Q"})]
)
def test_f33_conversations_go_to_contacts_leads_or_both(
    pipeline: Pipeline, choice: str, kinds: set[str]
) -> None:
    """sync_to chooses which kinds of people get Tasks."""
    for kind in ("Contact", "Lead"):
        pipeline.message(pipeline.guest(pipeline.person(kind)))
    pipeline.run(sync_to=choice)

    assert kinds == {task["WhoId"][:3] for task in pipeline.tasks()}


def test_f34_an_administrator_chooses_how_often() -> None:
    """How often conversations are written is a line of the project's meltano.yml."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    jobs = {job["name"]: " ".join(job["tasks"]) for job in project["jobs"]}
    intervals = {
        schedule["interval"]
        for schedule in project["schedules"]
        if "tap-zingle target-salesforce-activity" in jobs[schedule["job"]]
    }

    assert intervals == {"3 * * * *"}


def test_f35_the_activity_is_titled_zingle_conversation(pipeline: Pipeline) -> None:
    """The subject is exactly the vendor's, so that reports go on working."""
    pipeline.message(pipeline.linked_guest())
    pipeline.run()

    assert ["Zingle Conversation"] == [task["Subject"] for task in pipeline.tasks()]


def test_f36_the_day_is_the_services_own(pipeline: Pipeline) -> None:
    """The window is the local day of the service, 23 hours long when clocks go forward."""
    zone(pipeline, "America/New_York")
    guest = pipeline.linked_guest()
    for moment in (
        "2026-03-08T04:59:00",  # 11:59 PM the day before
        "2026-03-08T05:00:00",  # midnight, EST
        "2026-03-09T03:58:00",  # 11:58 PM, EDT
        "2026-03-09T04:00:00",  # midnight of the next day, 23 hours later
    ):
        at(pipeline, moment)
        pipeline.message(guest)
    pipeline.run()

    assert {"2026-03-07": 1, "2026-03-08": 2, "2026-03-09": 1} == {
        task["ActivityDate"]: task["Description"].count("Guest >") for task in pipeline.tasks()
    }


def test_f37_the_same_activity_is_updated_during_the_day(pipeline: Pipeline) -> None:
    """New messages of a day go into its Task, whose id stays."""
    guest = pipeline.linked_guest()
    ids = set()
    for _ in range(3):
        pipeline.message(guest)
        pipeline.wait(HOUR)
        pipeline.run()
        ids |= {task["Id"] for task in pipeline.tasks()}

    (task,) = pipeline.tasks()
    assert [task["Description"].count(f"text-{number}-end") for number in (1, 2, 3)] == [1, 1, 1]
    assert ids == {task["Id"]}


def test_f38_the_next_day_is_a_new_activity(pipeline: Pipeline) -> None:
    """The next day's first message starts another Task, and the old one stays as it was."""
    guest = pipeline.linked_guest()
    pipeline.message(guest)
    pipeline.run()
    (before,) = pipeline.tasks()
    pipeline.wait(24 * HOUR)
    pipeline.message(guest)
    pipeline.run()

    first, second = pipeline.tasks()
    assert before == first
    assert "text-2-end" in second["Description"]
    assert ("2026-03-02", "2026-03-03") == (first["ActivityDate"], second["ActivityDate"])
