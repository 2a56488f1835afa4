"""Two orgs share a Zingle service: a sandbox's copy of a person has the same id, and other Tasks."""

from __future__ import annotations

import random
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity
    from zingle_sandbox.testing import RunningSandbox

Line = dict[str, Any]
ORGS = ("first", "copy")


@pytest.fixture(scope="module")
def copy() -> Iterator[RunningSandbox]:
    """An org with the record ids of the other one."""
    with run_sandbox() as running:
        yield running


class Orgs:
    """Both orgs, with the same people under the same ids."""

    def __init__(self, pipelines: dict[str, Pipeline], rng: random.Random) -> None:
        """Empty both and fill them."""
        self.pipelines = pipelines
        self.ids: dict[str, str] = {}
        self.people: list[str] = []
        for org, pipeline in pipelines.items():
            pipeline.reset()
            sandbox = pipeline.sandbox.sandbox
            sandbox.clock.freeze()
            sandbox.set_options(
                {
                    "salesforce_full_copy": org == "copy",
                    "salesforce_activity_key": rng.choice(["unique", "absent"]),
                }
            )
            self.people = [
                pipeline.person(kind, Phone=f"858-555-120{number}")
                for number, kind in enumerate(("Contact", "Contact", "Lead", "Lead"))
            ]
            rows = pipeline.read_soql("SELECT Id FROM Organization")
            self.ids[org] = rows[0]["Id"]

    def link(self, rng: random.Random, org: str, person: str) -> str:
        """A link that names its org, as people write it."""
        ids = [self.ids[org], person]
        if rng.random() < 0.3:
            ids = [each[:15] for each in ids]
        return rng.choice([":", "/", " | "]).join(ids)

    def days(self, rng: random.Random) -> tuple[list[Line], dict[str, set[str]]]:
        """Days of guests, and in which orgs each contact's are logged."""
        lines, homes = [], {}
        for number in range(rng.randint(4, 14)):
            person = rng.randrange(len(self.people))
            where = rng.choice([*ORGS, "both", "phone"])
            guest: Line = {"contact_id": f"guest-{number}", "phones": [f"+1858555120{person}"]}
            if where in ORGS:
                guest["contact_external_id"] = self.link(rng, where, self.people[person])
            elif where == "both":
                guest["contact_external_id"] = self.people[person]
            homes[guest["contact_id"]] = {where} if where in ORGS else set(ORGS)
            for day in rng.sample(range(1, 5), rng.randint(1, 3)):
                at = f"2026-03-0{day}T12:00:00Z"
                message = {"id": "1", "at": at, "direction": "inbound", "body": f"#{number}-{day}#"}
                record = {
                    "service_id": "s",
                    "date": at[:10],
                    "messages": [message],
                    **guest,
                }
                lines.append({"type": "RECORD", "stream": "days", "record": record})
        rng.shuffle(lines)
        return [*lines, {"type": "STATE", "value": {"read": len(lines)}}], homes


def killed_at(left: int) -> Any:  # noqa: ANN401 - a hook
    """Die at one of the calls."""

    def prepare(target: TargetSalesforceActivity) -> None:
        call = target.salesforce._caller.call

        def dying(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - passed on
            nonlocal left
            left -= 1
            if left == 0:
                raise SystemExit(137)
            return call(*args, **more)

        target.salesforce._caller.call = dying  # type: ignore[method-assign] # the kill

    return prepare


@settings(
    max_examples=max(settings().max_examples // 10, 3),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 1_000_000), one_log=st.booleans())
def test_days_never_cross_orgs(
    pipeline: Pipeline,
    copy: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    seed: int,
    one_log: bool,
) -> None:
    """A link that names an org is followed there only, whatever the log, order, kill or repetition."""
    rng = random.Random(seed)
    logs = {org: tmp_path_factory.mktemp(org) for org in ORGS}
    if one_log:
        logs["copy"] = logs["first"]
    sandboxes = {"first": pipeline.sandbox, "copy": copy}
    pipelines = {org: type(pipeline)(sandboxes[org], logs[org]) for org in ORGS}
    orgs = Orgs(pipelines, rng)
    lines, homes = orgs.days(rng)
    assert len(set(orgs.ids.values())) == len(ORGS)

    runs = [*ORGS, *ORGS, *rng.choices(ORGS, k=2)]
    rng.shuffle(runs)
    for number, org in enumerate(runs):
        monkeypatch.setenv("MELTANO_LOADER_NAME", f"target-salesforce-activity--{org}")
        is_last = org not in runs[number + 1 :]
        hook = None if is_last or rng.random() < 0.5 else killed_at(rng.randint(1, 8))
        with suppress(SystemExit):
            pipelines[org].foreign(lines, hook, checkpoint_records=rng.randint(1, 5))

    wanted = {
        org: {
            f"{row['contact_id']}:{row['date']}": row["messages"][0]["body"]
            for row in (line["record"] for line in lines[:-1])
            if org in homes[row["contact_id"]]
        }
        for org in ORGS
    }
    for org, each in pipelines.items():
        shown = {}
        for task in each.tasks():
            key = task["Zingle_Conversation_Key__c"] or task["CallObject"]
            shown[key.removeprefix("zgl:s:")] = task["Description"]
        assert shown.keys() == wanted[org].keys()
        assert all(body in shown[key] for key, body in wanted[org].items())
        with sqlite3.connect(each.log_url.removeprefix("sqlite:///")) as log:
            skipped = log.execute(
                "SELECT source_key FROM outcomes JOIN runs ON runs.id = outcomes.run_id "
                "WHERE runs.plugin = ? AND outcome = 'skipped'",
                (f"target-salesforce-activity--{org}",),
            ).fetchall()
        records = [line["record"] for line in lines[:-1]]
        foreign = {
            f"s:{row['contact_id']}:{row['date']}"
            for row in records
            if org not in homes[row["contact_id"]]
        }
        assert {key for (key,) in skipped} == foreign
        each.sandbox.clear_journal()
        monkeypatch.setenv("MELTANO_LOADER_NAME", f"target-salesforce-activity--{org}")
        each.foreign(lines)
        assert each.sandbox.writes("salesforce") == 0
