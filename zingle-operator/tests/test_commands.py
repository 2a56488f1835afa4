"""The operator's commands on both kinds of database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.outcomes.database import connect
from zingle_sync.outcomes.sync_log import SyncLog

ANA, BEN, ANA_Z = "003Zs00000000G9IAI", "003Zs00000000GAIAY", "82f00113-459b-4c2c-a4ef-bbddbc0b022f"
PROJECT = """
pipelines:
- name: contacts
  tap: {name: tap-salesforce-zingle}
  target: {name: target-zingle}
"""


@pytest.fixture
def command(any_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on a log with one run of two people."""
    (tmp_path / "sync.yml").write_text(PROJECT)
    monkeypatch.setenv("SYNC_LOG_URL", any_url)
    monkeypatch.delenv("MELTANO_ENVIRONMENT", raising=False)
    run = SyncLog.open(any_url).start_run("target-zingle", mapping_hash="h")
    run.record(
        [
            Outcome("contacts", "svc", ANA, "created", target_id=ANA_Z),
            Outcome(
                "contacts",
                "svc",
                BEN,
                "rejected",
                reason="refused",
                warnings=(f"channel_conflict:{ANA_Z}",),
                error=OutcomeError("RecordError", 400, "1", f"held by {ANA_Z}"),
            ),
        ],
        payloads={BEN: {"Id": BEN, "Email": "ben@example.org"}},
    )
    run.finish(status="ok", api_calls={"zingle": 2})

    def invoke(*arguments: str, config: bool = True) -> Result:
        place = ("--config", str(tmp_path / "sync.yml")) if config else ()
        return CliRunner().invoke(app, [arguments[0], *place, *arguments[1:]])

    return invoke


@pytest.fixture
def old_log(any_url: str, command: Callable[..., Result]) -> Callable[..., Result]:
    """Run a command on a log that nothing has written to since the first version of its schema."""
    engine = connect(any_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE facts"))
        connection.execute(text("UPDATE schema_version SET version = 1"))
    engine.dispose()
    return command


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--json"),
        ("runs", "--json"),
        ("report", "--no-links", "--out", "page.html"),
        ("outcomes", "--kind", "all"),
        ("outcomes", "--find", BEN),
        ("replay", "--dry-run"),
        ("forget", ANA, "--yes"),
    ],
)
def test_a_log_of_the_first_version_is_read_before_a_run_brings_it_up_to_date(
    old_log: Callable[..., Result],
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever upgrades and asks before the next run gets an answer."""
    monkeypatch.chdir(tmp_path)
    result = old_log(*arguments)

    # One of two records was refused, which is what `status` ends with.
    assert result.exit_code == (1 if arguments[0] == "status" else 0), result.output
    assert "can't be" not in result.output


def test_status_report_and_outcomes_read_either(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    """Status, report and outcomes say the same on SQLite and on PostgreSQL."""
    status = json.loads(command("status", "--json").stdout)
    report = command("report", "--no-links", "--out", str(tmp_path / "page.html"))
    listed = json.loads(command("outcomes", "--json", "--kind", "all", config=False).stdout)

    assert "1 of 2 records are rejected: refused 1." == status["reason"]
    assert 0 == report.exit_code
    assert "held by" in (tmp_path / "page.html").read_text()
    assert [ANA, BEN] == [row["source_key"] for row in listed]


def test_replay_lists_and_forget_erases_in_either(command: Callable[..., Result]) -> None:
    """What waits for a replay is listed, and a person is erased with all mentions."""
    assert BEN in command("replay", "--dry-run").stdout
    (waits,) = json.loads(command("replay", "--dry-run", "--json").stdout)
    assert [BEN] == [record["source_key"] for record in waits["records"]]
    erased = command("forget", ANA, "--yes", "--json", config=False)
    assert {"outcomes": 1, "rejected": 0, "mentions": 1} == json.loads(erased.stdout)
    (left,) = json.loads(command("outcomes", "--json", "--kind", "all", config=False).stdout)
    assert (BEN, ["channel_conflict:(erased)"], "held by (erased)") == (
        left["source_key"],
        left["warnings"],
        left["error_message"],
    )

    assert 0 == command("forget", "ben@example.org", "--yes", config=False).exit_code
    assert "nothing to replay" in command("replay").stderr


def test_a_question_does_not_load_what_runs_need() -> None:
    """The Singer SDK takes half a second, which nobody waits for who asks for the status."""
    code = "import sys, zingle_operator.app; print('singer_sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
