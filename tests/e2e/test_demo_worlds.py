"""Both jobs on the demo seed: the final worlds, and a second run that writes nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Project

# What a guest took back is shown as taken back; everything else by its mark.
DELETED = "[deleted by contact]"
SHOWN = rf"#\d+#|{re.escape(DELETED)}"


class Worlds:
    """The worlds before and after the first run, and after the second."""

    def __init__(self, project: Project) -> None:
        # Bodies repeat in the seed; a mark of its own in each tells which message a Task shows.
        with project.sandbox.sandbox.store.transaction():
            project.sandbox.sandbox.store.execute(
                "UPDATE zg_messages SET body = body || ' #' || number || '#'"
            )
        self.project = project
        self.before = {contact["id"]: contact for contact in project.contacts()}
        project.sandbox.clear_journal()
        for job in ("contacts-to-zingle", "conversations-to-salesforce"):
            project.run(job)
        self.violations = project.sandbox.violations()
        self.contact_outcomes = project.outcomes("target-zingle", "--kind", "all")
        self.day_outcomes = project.outcomes("target-salesforce-activity", "--kind", "all")
        self.contacts = project.contacts()
        self.tasks = project.tasks()
        self.messages = project.messages()
        project.sandbox.clear_journal()
        for job in ("contacts-to-zingle", "conversations-to-salesforce"):
            project.run(job)
        self.second_writes = {
            side: project.sandbox.writes(side) for side in ("salesforce", "zingle")
        }
        self.contacts_after = project.contacts()
        self.tasks_after = project.tasks()


@pytest.fixture(scope="module")
def worlds(project: Project) -> Worlds:
    """Both jobs, twice."""
    return Worlds(project)


def _contact_of(message: dict[str, Any]) -> str:
    return message["sender" if message["sender_type"] == "contact" else "recipient"]["id"]


def _sent_at(message: dict[str, Any]) -> int | None:
    """Seconds since the epoch at which a message was really sent; None where it was not yet."""
    if message["is_delayed"]:
        return message["executed_at"] or None
    return message["executed_at"] or message["created_at"]


def _day_of(message: dict[str, Any], zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(_sent_at(message), UTC).astimezone(zone).date().isoformat()


def test_each_twin_is_matched_to_its_own_guest(worlds: Worlds) -> None:
    """Every person who is a guest already, unlinked, is matched to exactly that guest."""
    twins = {
        (truth.salesforce_id, truth.contact_id) for truth in worlds.project.sandbox.truths("twin")
    }

    matched = {
        (row["source_key"], row["target_id"])
        for row in worlds.contact_outcomes
        if row["matched_on"] in {"phone", "email"} and row["target_id"] in worlds.before
    }

    assert len(twins) == 300
    assert twins == matched


def test_each_linked_person_stays_with_its_guest(worlds: Worlds) -> None:
    """Every person who was linked before is found by the external id."""
    linked = {
        (truth.salesforce_id, truth.contact_id) for truth in worlds.project.sandbox.truths("linked")
    }

    matched = {
        (row["source_key"], row["target_id"])
        for row in worlds.contact_outcomes
        if row["matched_on"] == "external_id"
    }

    assert linked <= matched


def test_nobody_is_duplicated(worlds: Worlds) -> None:
    """No channel is on two contacts, and no external id either."""
    channels = Counter(
        (channel["channel_type"]["type_class"], channel["value"].casefold())
        for contact in worlds.contacts
        for channel in contact["channels"]
    )
    external_ids = Counter(
        contact["external_id"] for contact in worlds.contacts if contact["external_id"]
    )

    assert [] == [channel for channel, count in channels.items() if count > 1]
    assert [] == [value for value, count in external_ids.items() if count > 1]


def test_each_created_guest_is_a_person_without_one(worlds: Worlds) -> None:
    """Only people that Zingle did not know are created, each with their Salesforce id."""
    known = {
        truth.salesforce_id
        for role in ("twin", "linked")
        for truth in worlds.project.sandbox.truths(role)
    }
    created = {
        row["source_key"]: row["target_id"]
        for row in worlds.contact_outcomes
        if row["outcome"] == "created"
    }
    new = {
        contact["external_id"]: contact["id"]
        for contact in worlds.contacts
        if contact["id"] not in worlds.before
    }

    assert created == new
    assert set() == known & set(created)


def test_locked_guests_keep_their_identity_and_get_their_link(worlds: Worlds) -> None:
    """Names, channels and lock of a locked contact are as they were; its person's id comes to it."""
    locked = {
        truth.contact_id: truth.salesforce_id
        for truth in worlds.project.sandbox.truths()
        if truth.locked
    }
    now = {contact["id"]: contact for contact in worlds.contacts}

    def identity(contact: dict[str, Any]) -> tuple[Any, ...]:
        channels = sorted(channel["value"] for channel in contact["channels"])
        names = [contact[name] for name in ("first_name", "last_name", "title")]
        return (*names, channels, contact["locked_by_source"])

    assert len(locked) == 15
    assert locked == {contact_id: now[contact_id]["external_id"] for contact_id in locked}
    for contact_id in locked:
        assert identity(worlds.before[contact_id]) == identity(now[contact_id])


def test_nothing_is_taken_from_a_guest(worlds: Worlds) -> None:
    """Every channel, block flag, label, note and inbox flag of before is still there."""
    now = {contact["id"]: contact for contact in worlds.contacts}
    kept = ("is_confirmed", "is_starred", "is_closed", "optin_status", "notes", "labels")
    for contact_id, before in worlds.before.items():
        after = now[contact_id]
        channels = {channel["value"].casefold(): channel for channel in after["channels"]}

        assert [before[name] for name in kept] == [after[name] for name in kept]
        for channel in before["channels"]:
            assert (
                channel["block_outbound"] == channels[channel["value"].casefold()]["block_outbound"]
            )


def test_each_sent_message_of_a_linked_person_is_in_exactly_one_task(worlds: Worlds) -> None:
    """Each sent message of a contact with a Salesforce link is in the one Task of its day."""
    linked = {c["id"]: c["external_id"] for c in worlds.contacts if c["external_id"]}
    zone = ZoneInfo(worlds.project.service()["time_zone"])
    expected: dict[str, list[str]] = defaultdict(list)
    for message in worlds.messages:
        contact_id = _contact_of(message)
        if contact_id in linked and _sent_at(message) is not None:
            key = f"zgl:{worlds.project.sandbox.service_id}:{contact_id}:{_day_of(message, zone)}"
            deleted = message["deleted_by_contact_at"]
            expected[key].append(DELETED if deleted else message["body"].rsplit(" ", 1)[1])
    shown: dict[str, list[str]] = defaultdict(list)
    for task in worlds.tasks:
        key = ":".join((task["Zingle_Conversation_Key__c"] or "").split(":")[:4])
        shown[key] += re.findall(SHOWN, task["Description"] or "")

    missing = {key: list(Counter(marks) - Counter(shown[key])) for key, marks in expected.items()}
    extra = {key: list(Counter(shown[key]) - Counter(marks)) for key, marks in expected.items()}

    assert len(expected) > 100
    assert {} == {key: marks for key, marks in missing.items() if marks}
    assert {} == {key: marks for key, marks in extra.items() if marks}


def test_each_task_belongs_to_the_linked_person_and_its_local_day(worlds: Worlds) -> None:
    """WhoId is the person's record, ActivityDate the local day, Subject the documented one."""
    linked = {c["id"]: c["external_id"] for c in worlds.contacts if c["external_id"]}
    for task in worlds.tasks:
        if not task["Zingle_Conversation_Key__c"]:
            continue
        _, _, contact_id, day = task["Zingle_Conversation_Key__c"].split(":")[:4]

        assert day == task["ActivityDate"]
        assert task["Subject"] == "Zingle Conversation"
        assert task["Status"] == "Completed"
        if contact_id in linked:
            assert linked[contact_id] == task["WhoId"]


def test_each_record_left_out_is_listed_with_its_reason(worlds: Worlds) -> None:
    """Every person and day has an outcome, and those left out have a reason."""
    read = {row["Id"] for kind in ("Contact", "Lead") for row in worlds.project.query(
        f"SELECT Id FROM {kind}")}  # fmt: skip
    left_out = [
        row
        for row in (*worlds.contact_outcomes, *worlds.day_outcomes)
        if row["outcome"] in {"skipped", "rejected"}
    ]

    assert read == {row["source_key"] for row in worlds.contact_outcomes}
    assert len(left_out) > 0
    assert [] == [row for row in left_out if not row["reason"]]


def test_walk_ins_are_listed_as_unmatched(worlds: Worlds) -> None:
    """Days of guests that Salesforce does not know are skipped as unmatched, and nothing else is."""
    walk_ins = {truth.contact_id for truth in worlds.project.sandbox.truths("walk_in")}
    talking = {_contact_of(m) for m in worlds.messages if _sent_at(m) is not None} & walk_ins
    unmatched = {
        row["source_key"].split(":")[1]
        for row in worlds.day_outcomes
        if row["reason"] == "unmatched"
    }

    assert talking <= unmatched


def test_the_second_run_writes_nothing(worlds: Worlds) -> None:
    """Running both jobs again changes no row on either side."""
    assert worlds.second_writes == {"salesforce": 0, "zingle": 0}
    assert worlds.contacts == worlds.contacts_after
    assert sorted(worlds.tasks, key=lambda t: t["Id"]) == sorted(
        worlds.tasks_after, key=lambda t: t["Id"]
    )


def test_no_call_is_one_that_a_client_must_never_make(worlds: Worlds) -> None:
    """The sandbox saw no unknown key, no inbox flag and no unescaped plus."""
    assert worlds.violations == []


def test_nothing_personal_is_in_the_output(worlds: Worlds, tmp_path: Path) -> None:
    """No phone, e-mail or message text of any guest is in what a run prints."""
    project = worlds.project
    answer = project.meltano("run", "--full-refresh", "contacts-to-zingle",
                             "conversations-to-salesforce")  # fmt: skip
    printed = answer.stdout + answer.stderr
    values = {c["value"] for contact in worlds.contacts for c in contact["channels"]}
    marks = {message["body"] for message in worlds.messages}

    assert answer.returncode == 0
    assert set() == {value for value in values | marks if value in printed}
