"""Both pipelines with a Salesforce user who has the shipped permission set and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo import ROOT

from tests.e2e.conftest import CONTACTS, CONVERSATIONS, Project, scheduler
from zingle_sandbox import zingle
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    from pathlib import Path

PERMISSIONS = next((ROOT / "docs" / "salesforce" / "permissionsets").glob("*.permissionset"))


def test_both_pipelines_run_with_the_least_rights(tmp_path: Path) -> None:
    """The shipped permission set is enough: the person becomes a guest, the guest's day a Task."""
    with run_sandbox(
        anchor=None, options={"salesforce_permission_set": str(PERMISSIONS)}
    ) as sandbox:
        people = [
            {"FirstName": "Ann", "LastName": "Lee", "MobilePhone": "+1 202 555 0101"},
            {"FirstName": "Bo", "LastName": "Ray", "Phone": "+1 202 555 0102"},
        ]
        ann, bo = insert_rows(sandbox.sandbox, "Contact", people)
        now = int(sandbox.sandbox.clock.now().timestamp())
        (guest,) = zingle.insert_contacts(
            sandbox.sandbox,
            [{"channels": [{"type": "phone", "value": "+12025550102", "country": "US"}]}],
        )
        zingle.insert_messages(
            sandbox.sandbox,
            [{"contact_id": guest, "direction": "inbound", "body": "hello",
              "created_at": now - 3600, "updated_at": now - 3600}],
        )  # fmt: skip
        sandbox.sandbox.clock.advance(600)
        project = scheduler(tmp_path / "hotel", sandbox, f"sqlite:///{tmp_path / 'sync-log.db'}")

        checked = project.command("zingle-sync", "check")
        answers = [project.run(CONVERSATIONS)]
        # A new Task moves the stamp of its person, and stamps of the last seconds are not read yet.
        sandbox.sandbox.clock.advance(60)
        answers.append(project.run(CONTACTS))

        worlds = Project(sandbox, tmp_path)
        assert checked.returncode == 0, checked.stdout
        assert [0, 0] == [answer.returncode for answer in answers], [a.stderr for a in answers]
        assert {ann, bo} == {contact["external_id"] for contact in worlds.contacts()}
        assert [bo] == [task["WhoId"] for task in worlds.tasks()]
