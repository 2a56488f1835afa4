from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from zingle_operator.check.findings import Findings
from zingle_operator.check.log import check_log
from zingle_operator.project.project import Pipeline
from zingle_sync.outcomes import Outcome
from zingle_sync.outcomes.sync_log import SyncLog

PIPELINE = Pipeline("contacts", "tap-x", "target-zingle", "contacts", timedelta(minutes=5))


def checked(url: str, environment: str = "dev") -> list[tuple[str, str]]:
    """Level and text of what the check says about a log."""
    findings = Findings()
    project = SimpleNamespace(sync_log_url=url, environment=environment, pipelines=(PIPELINE,))
    check_log(project, findings)
    return [(finding.level, finding.text) for finding in findings.found]


@pytest.mark.parametrize(("environment", "levels"), [("dev", ["ok"]), ("prod", ["ok", "warning"])])
def test_file_in_production_is_warned_about(
    tmp_path: Path, environment: str, levels: list[str]
) -> None:
    """A container forgets its disk, and with it the rejected records."""
    found = checked(f"sqlite:///{tmp_path}/log.db", environment)

    assert levels == [level for level, _ in found]


def test_log_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    """Rejected records would be lost, so this is found before a run."""
    (tmp_path / "file").touch()

    ((level, text),) = checked(f"sqlite:///{tmp_path}/file/log.db")
    assert "problem" == level
    assert "can't be opened" in text


def test_waiting_records_and_locks_are_told(tmp_path: Path) -> None:
    """What waits for a replay, and what the target learnt about locks, is told."""
    url = f"sqlite:///{tmp_path}/log.db"
    run = SyncLog.open(url).start_run("target-zingle", environment="dev")
    run.record([Outcome("contacts", "svc", "003A", "rejected", reason="refused")])
    run.finish(status="ok", api_calls={}, facts={"zingle_locks_our_contacts": ["api"]})

    found = dict(checked(url))
    assert "1 rejected records of target-zingle wait." == found["note"]
    assert "as source api" in found["warning"]
