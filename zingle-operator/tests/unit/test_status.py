from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_sync.outcomes import Outcome, tables
from zingle_sync.outcomes.database import connect
from zingle_sync.outcomes.sync_log import SyncLog

PROJECT = """
default_environment: dev
environments: [{name: dev}, {name: prod}]
include_paths: [more.yml]
plugins:
  loaders:
  - {name: target-zingle--west, inherit_from: target-zingle}
jobs:
- {name: contacts, tasks: [tap-salesforce-zingle target-zingle--west]}
schedules:
- {name: often, interval: '*/5 * * * *', job: contacts}
- {name: hourly, interval: '@hourly', extractor: tap-zingle, loader: target-salesforce-activity}
"""
MORE = """
jobs:
- {name: unrelated, tasks: [[tap-github, target-postgres]]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Meltano project without any run, as the working folder."""
    (tmp_path / "meltano.yml").write_text(PROJECT)
    (tmp_path / "more.yml").write_text(MORE)
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("MELTANO") or name.endswith("SYNC_LOG_URL"):
            monkeypatch.delenv(name)
    return tmp_path


def status(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["status", *arguments])


def log(project: Path) -> SyncLog:
    """The project's own log."""
    return SyncLog.open(f"sqlite:///{project}/.meltano/zingle-sync.db")


def test_never_run(project: Path) -> None:
    """Without a log every pipeline of the project never ran, and no file is made."""
    result = status("--json")

    document = json.loads(result.stdout)
    assert (3, "Never run", "dev") == (
        result.exit_code,
        document["status"],
        document["environment"],
    )
    assert [
        ("contacts", "tap-salesforce-zingle", "target-zingle--west"),
        ("hourly", "tap-zingle", "target-salesforce-activity"),
    ] == [(one["name"], one["tap"], one["target"]) for one in document["pipelines"]]
    assert not (project / ".meltano").exists()


def test_services_are_told_apart_and_the_worst_counts(project: Path) -> None:
    """One service's rejected records leave the other Connected; the roll-up is the worst."""
    for plugin in ("target-zingle--west", "target-salesforce-activity"):
        run = log(project).start_run(plugin, environment="dev")
        run.record(
            [Outcome("contacts", "north", f"n{n}", "created") for n in range(10)]
            + [Outcome("contacts", "south", "s", "rejected", reason="no_usable_key")]
        )
        run.finish(status="ok", api_calls={})

    result = status("--json", "--pipeline", "contacts")

    document = json.loads(result.stdout)
    assert (1, "Needs Attention") == (result.exit_code, document["status"])
    assert {"north": "Connected", "south": "Needs Attention"} == {
        one["service_id"]: one["status"] for one in document["services"]
    }
    assert "1 of 1 records are rejected: no_usable_key 1." == document["reason"]
    assert "zingle-sync replay" in document["todo"]


def test_two_taps_before_one_target_are_two_stories(project: Path) -> None:
    """What ails one pipeline is not mended by a run of the other, which writes to the same target."""
    (project / "more.yml").write_text("jobs: [{name: files, tasks: [tap-csv target-zingle--west]}]")
    for tap, end, full in (
        ("tap-csv", {"status": "failed", "error": "No such stream."}, True),
        ("tap-salesforce-zingle", {"status": "ok"}, False),
    ):
        run = log(project).start_run("target-zingle--west", environment="dev")
        run.note(full=full)
        run.finish(api_calls={}, facts={"tap": tap}, **end)

    document = json.loads(status("--json").stdout)

    words = {one["name"]: (one["status"], one["reason"][:15]) for one in document["pipelines"]}
    assert ("Needs Attention", "No such stream.") == words["files"]
    assert "Connected" == words["contacts"][0]


def test_other_environment_is_another_story(project: Path) -> None:
    """What ran in dev says nothing about prod."""
    for plugin in ("target-zingle--west", "target-salesforce-activity"):
        log(project).start_run(plugin, environment="dev").finish(status="ok", api_calls={})

    assert 0 == status().exit_code
    assert 3 == status("--environment", "prod").exit_code


def test_stale_and_crashed_are_seen_from_outside(project: Path) -> None:
    """Neither a stalled scheduler nor a killed process writes anything; the reader notices."""
    run = log(project).start_run("target-zingle--west", environment="dev")
    engine = connect(f"sqlite:///{project}/.meltano/zingle-sync.db")
    with engine.begin() as connection:
        connection.execute(update(tables.runs).values(pid=2**22 + 1))  # above any process id

    assert "crashed" in json.loads(status("--json").stdout)["reason"]

    run.finish(status="ok", api_calls={})
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with engine.begin() as connection:
        connection.execute(update(tables.runs).values(finished_at=hour_ago))

    assert (
        "every 5 minutes" in json.loads(status("--json", "--pipeline", "contacts").stdout)["reason"]
    )


@pytest.mark.parametrize(
    ("interval", "hours", "word"),
    [
        ("*/15 * * * *", 1, "every 15 minutes"),
        ("0 * * * *", 1, None),
        ("0 * * * *", 5, "every 1 hour"),
        ("@daily", 5, None),
        ("@daily", 96, "every 1 day"),
        ("0 6 * * 1", 96, None),
        ("@manual", 2000, None),
    ],
)
def test_f34_the_interval_that_was_chosen_is_the_one_that_counts(
    project: Path, interval: str, hours: int, word: str | None
) -> None:
    """Whoever writes another interval into meltano.yml is told of silence by that interval."""
    text = PROJECT.replace("'@hourly'", f"'{interval}'")
    (project / "meltano.yml").write_text(text)
    log(project).start_run("target-salesforce-activity", environment="dev").finish(
        status="ok", api_calls={}
    )
    then = datetime.now(UTC) - timedelta(hours=hours)
    with connect(f"sqlite:///{project}/.meltano/zingle-sync.db").begin() as connection:
        connection.execute(update(tables.runs).values(started_at=then, finished_at=then))

    told = json.loads(status("--json", "--pipeline", "hourly").stdout)

    assert (word is None) == (told["status"] == "Connected")
    assert (word or "") in told["reason"]


def test_table_names_reason_and_remedy(project: Path) -> None:
    """A person sees word, reason and what to do; brackets of a path are no markup."""
    run = log(project).start_run("target-zingle--west", environment="dev")
    run.finish(
        status="failed",
        api_calls={},
        error="services[1].when: unknown name [bold]",
        error_class="ConfigValidationError",
    )

    result = status("--pipeline", "contacts")

    assert 1 == result.exit_code
    assert result.stdout.startswith("Needs Attention\n")
    assert "services[1].when: unknown name [bold]" in result.stdout
    assert "zingle-sync check" in result.stdout


def test_outside_a_project_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without project or file there is one sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MELTANO_PROJECT_ROOT", raising=False)

    result = status()

    assert 1 == result.exit_code
    assert "no Meltano project" in result.stderr


def test_configuration_file_stands_for_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Meltano a file names the pipelines."""
    monkeypatch.setenv("THE_LOG", f"sqlite:///{tmp_path}/the.db")
    monkeypatch.delenv("SYNC_LOG_URL", raising=False)
    (tmp_path / "sync.yml").write_text(
        "sync_log_url: $THE_LOG\n"
        "pipelines:\n"
        "- name: people\n"
        "  expected_interval: 5m\n"
        "  tap: {name: tap-salesforce-zingle}\n"
        "  target: {name: target-zingle}\n"
    )
    SyncLog.open(f"sqlite:///{tmp_path}/the.db").start_run("target-zingle").finish(
        status="ok", api_calls={}
    )

    assert 0 == status("--config", str(tmp_path / "sync.yml")).exit_code
