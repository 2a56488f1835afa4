"""After months of the vendor's own connector: its history becomes ours, and nothing is doubled."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sync.salesforce import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Pipeline
    from zingle_sandbox.testing import RunningSandbox

DAY = 86_400


def living(running: RunningSandbox) -> dict[str, dict[str, Any]]:
    """The Tasks with the vendor's title, by id."""
    rows = running.sandbox.store.all(
        "SELECT * FROM sf_Task WHERE Subject = 'Zingle Conversation' AND IsDeleted = 0"
    )
    return {row["Id"]: dict(row) for row in rows}


def key_in(task: dict[str, Any]) -> str | None:
    """The key that the Task carries."""
    return task["Zingle_Conversation_Key__c"] or task["CallObject"]


def test_the_vendors_history_becomes_ours(
    pipeline: Pipeline, vendor_sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Stopped while it works; afterwards one row a day, edited ones untouched, and then quiet."""
    world = type(pipeline)(vendor_sandbox, f"sqlite:///{tmp_path}/vendor.db")
    vendor_sandbox.sandbox.clock.freeze()
    before = living(vendor_sandbox)
    lines = world.tap(start_date="2026-02-18")

    with pytest.raises(ConfigurationError, match="own Salesforce connector"):
        world.target(lines, adopt_tasks=True)
    assert living(vendor_sandbox) == before

    vendor_sandbox.sandbox.set_options({"zingle_integration": "disconnected"})
    world.wait(DAY + 1)
    world.target(lines, adopt_tasks=True, max_error_rate=1)

    after = living(vendor_sandbox)
    ours = {(task["WhoId"], task["ActivityDate"]) for task in after.values() if key_in(task)}
    adopted = [task for key, task in after.items() if key in before and key_in(task)]
    assert len(adopted) > 20
    assert all(before[task["Id"]]["LastModifiedById"] == task["CreatedById"] for task in adopted)
    assert {"adopted_task": len(adopted)}.items() <= told(world).items()
    rest = [task for task in after.values() if not key_in(task)]
    assert all(task == before[task["Id"]] for task in rest)
    beside = [task for task in rest if (task["WhoId"], task["ActivityDate"]) in ours]
    edited = [task for task in beside if task["LastModifiedById"] != task["CreatedById"]]
    assert edited
    assert {task["Id"] for task in edited} <= left(world)
    # One row a day for everybody, but for what people have edited or typed.
    assert all(
        task["LastModifiedById"] != task["CreatedById"]
        or task["CreatedById"] not in vendors(adopted, before)
        for task in beside
    )

    vendor_sandbox.clear_journal()
    world.target(lines, adopt_tasks=True, max_error_rate=1)
    assert told(world)["adopted_task"] == vendor_sandbox.writes("salesforce") == 0


def vendors(adopted: list[dict[str, Any]], before: dict[str, dict[str, Any]]) -> set[str]:
    """The users that the connector worked as."""
    return {before[task["Id"]]["CreatedById"] for task in adopted}


def told(world: Pipeline) -> Counter[str]:
    """The warnings of the last run, counted."""
    return Counter(word.partition(":")[0] for each in world.outcomes for word in each.warnings)


def left(world: Pipeline) -> set[str]:
    """Ids of the vendor's Tasks that the last run has left."""
    words = [word.partition(":") for each in world.outcomes for word in each.warnings]
    return {one for word, _, ids in words if word == "vendor_tasks_left" for one in ids.split()}
