"""What happened between two runs arrives with the next, and nothing else is written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox import zingle

if TYPE_CHECKING:
    from tests.e2e.conftest import Project

JOBS = ("contacts-to-zingle", "conversations-to-salesforce")


@pytest.fixture(scope="module")
def synced(project: Project) -> Project:
    """The demo worlds after a first run of both jobs; the clock is an hour later."""
    for job in JOBS:
        project.run(job)
    project.sandbox.sandbox.clock.advance(3600)
    return project


def _change(project: Project, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = requests.request(
        method,
        f"{project.sandbox.url}/services/data/v62.0/sobjects/{path}",
        json=body,
        headers=project.salesforce_headers(),
        timeout=30,
    )
    assert answer.ok, answer.text
    return dict(answer.json()) if answer.content else {}


def test_a_new_person_arrives_with_the_next_run(synced: Project) -> None:
    """A Contact made after the first run is the only guest that the next run creates."""
    made = _change(
        synced,
        "POST",
        "Contact",
        {"FirstName": "Ines", "LastName": "Newcomer", "MobilePhone": "+1 619 555 0148",
         "Email": "Ines.Newcomer@letters-demo.org"},
    )  # fmt: skip
    synced.sandbox.sandbox.clock.advance(600)
    before = {contact["id"] for contact in synced.contacts()}

    synced.run("contacts-to-zingle")

    new = [contact for contact in synced.contacts() if contact["id"] not in before]
    assert [made["id"]] == [contact["external_id"] for contact in new]


def test_a_changed_phone_is_added_to_the_same_guest(synced: Project) -> None:
    """A new phone joins the old one on the linked contact and becomes its default."""
    contact = next(
        one
        for one in synced.contacts()
        if (one["external_id"] or "").startswith("003")
        and not one["locked_by_source"]
        and [c for c in one["channels"] if c["channel_type"]["type_class"] == "PhoneNumber"]
    )
    _change(
        synced, "PATCH", f"Contact/{contact['external_id']}", {"MobilePhone": "+1 619 555 0163"}
    )
    synced.sandbox.sandbox.clock.advance(600)

    synced.run("contacts-to-zingle")

    after = next(one for one in synced.contacts() if one["id"] == contact["id"])
    phones = {c["value"]: c for c in after["channels"]
              if c["channel_type"]["type_class"] == "PhoneNumber"}  # fmt: skip
    assert {c["value"] for c in contact["channels"]} < {c["value"] for c in after["channels"]}
    assert phones["+16195550163"]["is_default_for_type"] is True


def test_a_late_message_rewrites_only_its_own_day(synced: Project) -> None:
    """A message recorded late with a time of two days ago changes the Task of that day alone."""
    task = max(
        (t for t in synced.tasks() if t["Zingle_Conversation_Key__c"]),
        key=lambda t: (t["ActivityDate"], t["Id"]),
    )
    contact_id = task["Zingle_Conversation_Key__c"].split(":")[2]
    last = max(
        m["created_at"]
        for m in synced.messages()
        if contact_id in {m["sender"]["id"], m["recipient"]["id"]} and not m["is_delayed"]
    )
    now = int(synced.sandbox.sandbox.clock.now().timestamp())
    zingle.insert_messages(
        synced.sandbox.sandbox,
        [{"contact_id": contact_id, "direction": "inbound", "body": "late but here",
          "created_at": last, "updated_at": now}],
    )  # fmt: skip
    synced.sandbox.sandbox.clock.advance(timedelta(hours=1).total_seconds())
    before = {t["Id"]: t["Description"] for t in synced.tasks()}
    synced.sandbox.clear_journal()

    synced.run("conversations-to-salesforce")

    after = {t["Id"]: t["Description"] for t in synced.tasks()}
    changed = [key for key in after if after[key] != before.get(key)]
    assert [task["Id"]] == changed
    assert "late but here" in after[task["Id"]]
    assert synced.sandbox.writes("salesforce") == 1


def test_a_person_who_is_deleted_stays_a_guest(synced: Project) -> None:
    """A deletion in Salesforce is recorded, and the guest is left as it is."""
    contact = next(one for one in synced.contacts() if (one["external_id"] or "").startswith("00Q"))
    _change(synced, "DELETE", f"Lead/{contact['external_id']}", {})
    synced.sandbox.sandbox.clock.advance(600)

    synced.run("contacts-to-zingle")

    after = next(one for one in synced.contacts() if one["id"] == contact["id"])
    reasons = {
        row["source_key"]: row["reason"]
        for row in synced.outcomes("target-zingle", "--kind", "all")
    }
    assert contact == after
    assert reasons[contact["external_id"]] == "deleted_in_source"
