"""The sync log on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, inspect, select, text, update

from zingle_sync.outcomes import Outcome, OutcomeError, tables
from zingle_sync.outcomes.database import SyncLogError, connect, migrate
from zingle_sync.outcomes.queries import OutcomeFilter, last_runs, list_outcomes, open_log
from zingle_sync.outcomes.sync_log import SyncLog

REJECTED = Outcome(
    "contacts",
    "svc",
    "003B",
    "rejected",
    reason="refused",
    changed_fields=("Größe", "名前"),
    warnings=("truncated:Notes",),
    error=OutcomeError("RecordError", 400, "3706", "wrong", "Tier"),
)
WRITER = """
import sys
from zingle_sync.outcomes import Outcome
from zingle_sync.outcomes.sync_log import SyncLog
url, plugin = sys.argv[1:]
run = SyncLog.open(url).start_run(plugin)
for batch in range(40):
    run.record([Outcome("s", "svc", f"{plugin}-{batch}-{n}", "created") for n in range(50)])
run.finish(status="ok", api_calls={})
"""


def test_everything_comes_back_as_it_went_in(any_url: str) -> None:
    """Times, lists, texts in any script and numbers survive both databases."""
    run = SyncLog.open(any_url).start_run("p", environment="prod", mapping_hash="h")
    run.record([REJECTED], payloads={"003B": {"Id": "003B", "Name": "名前 \U0001f600", "A": 12.5}})
    run.finish(status="ok", api_calls={"zingle": 1}, quota={"salesforce": {"used": 1, "max": 9}})

    engine = open_log(any_url)
    (row,) = list_outcomes(engine, OutcomeFilter(runs="last", kinds=("rejected",)))
    (last,) = last_runs(engine, "prod")
    with engine.connect() as connection:
        payload = connection.scalar(select(tables.rejected.c.payload))
    assert (["Größe", "名前"], ["truncated:Notes"], 400) == (
        row["changed_fields"],
        row["warnings"],
        row["error_status"],
    )
    assert {"salesforce": {"used": 1, "max": 9}} == last["quota"]
    assert timedelta(0) <= datetime.now(UTC) - last["started_at"] < timedelta(minutes=1)
    assert '{"Id":"003B","Name":"名前 \U0001f600","A":12.5}' == payload
    engine.dispose()


def test_schema_is_the_documented_one(any_url: str) -> None:
    """Both databases get the same tables and columns."""
    engine = connect(any_url)

    found = inspect(engine)
    assert {
        name: sorted(column.name for column in table.columns)
        for name, table in tables.metadata.tables.items()
    } == {
        name: sorted(column["name"] for column in found.get_columns(name))
        for name in found.get_table_names()
    }
    engine.dispose()


def test_settled_and_outlived_records_go(any_url: str) -> None:
    """A settled record is erased at once, and what is older than retention_days at the next run."""
    log = SyncLog.open(any_url, retention_days=30)
    log.start_run("p").record([REJECTED], payloads={"003B": {}})
    log.start_run("p").record([Outcome("contacts", "svc", "003B", "updated")])
    log.start_run("p").record([REJECTED], payloads={"003B": {}})
    engine = connect(any_url)
    with engine.begin() as connection:
        old = datetime.now(UTC) - timedelta(days=31)
        assert 1 == connection.scalar(select(func.count()).select_from(tables.rejected))
        connection.execute(update(tables.rejected).values(rejected_at=old))
        connection.execute(update(tables.runs).values(started_at=old))

    log.start_run("p")

    with engine.connect() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table))
            for table in (tables.runs, tables.outcomes, tables.rejected)
        ]
    assert [2, 0, 0] == counts
    engine.dispose()


def test_two_pipelines_write_at_once(any_url: str) -> None:
    """Two processes that open a new log together and write in turns lose nothing."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, any_url, plugin],
            stderr=subprocess.PIPE,
            text=True,
        )
        for plugin in ("p", "q")
    ]
    problems = [writer.communicate(timeout=60)[1] for writer in writers]

    engine = open_log(any_url)
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(tables.outcomes))
        versions = connection.scalar(select(func.count()).select_from(tables.schema_version))
    assert ["", ""] == problems
    assert (4000, 1) == (rows, versions)
    assert ["ok", "ok"] == [run["status"] for run in last_runs(engine)]
    engine.dispose()


def test_lost_database_is_told_and_rejects_fail(any_url: str) -> None:
    """A log that breaks in a run swallows outcomes, and refuses to lose a rejected record."""
    run = SyncLog.open(any_url).start_run("p")
    engine = connect(any_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE outcomes"))

    run.record([Outcome("contacts", "svc", "003A", "created")])

    with pytest.raises(SyncLogError, match="rejected records would be lost"):
        run.record([REJECTED], payloads={"003B": {}})
    engine.dispose()


def test_step_that_fails_leaves_the_old_schema(any_url: str) -> None:
    """A migration that breaks is undone as a whole."""
    engine = connect(any_url)

    def fail(connection: object) -> None:
        connection.execute(text("ALTER TABLE runs ADD COLUMN half INTEGER"))
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        migrate(engine, (fail,))

    assert "half" not in {column["name"] for column in inspect(engine).get_columns("runs")}
    engine.dispose()


def test_server_that_is_away_is_one_sentence(postgresql_socket: object) -> None:
    """A database that does not exist is named, with the server's reason."""
    with pytest.raises(SyncLogError, match=r"can't be opened: .*does not exist"):
        connect(f"postgresql://postgres@/nowhere?host={postgresql_socket}")
