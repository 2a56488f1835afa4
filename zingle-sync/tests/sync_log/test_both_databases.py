"""The sync log on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, func, inspect, select, text, update
from sqlalchemy.exc import OperationalError

from zingle_sync.outcomes import Outcome, OutcomeError, sync_log, tables, writer
from zingle_sync.outcomes.database import (
    MIGRATIONS,
    NoSyncLogYetError,
    SyncLogError,
    connect,
    migrate,
)
from zingle_sync.outcomes.lookups import recall
from zingle_sync.outcomes.queries import (
    OutcomeFilter,
    kept_rejects,
    list_outcomes,
    open_log,
    recent_runs,
    service_names,
)
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
from collections import Counter
from dataclasses import replace
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
    (last,) = recent_runs(engine, "p", "prod", 9)
    with engine.connect() as connection:
        payload = connection.scalar(select(tables.rejected.c.payload))
    assert (["Größe", "名前"], ["truncated:Notes"], 400) == (
        row["changed_fields"],
        row["warnings"],
        row["error_status"],
    )
    assert {"salesforce": {"used": 1, "max": 9}} == last["quota"]
    assert timedelta(0) <= datetime.now(UTC) - last["started_at"] < timedelta(hours=1)
    assert '{"Id":"003B","Name":"名前 \U0001f600","A":12.5}' == payload
    engine.dispose()


@pytest.mark.parametrize("table", ["runs", "facts", "outcomes"])
def test_the_database_of_another_program_is_refused(any_url: str, table: str) -> None:
    """A table of that name that is not ours is left as it is, and the way out is told."""
    engine = create_engine(any_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {table} (id INTEGER, job_name TEXT)"))

    with pytest.raises(SyncLogError, match=f"`{table}`.*a database of its own"):
        connect(any_url)

    columns = {column["name"] for column in inspect(engine).get_columns(table)}
    engine.dispose()
    assert columns == {"id", "job_name"}


def test_a_run_knows_the_mapping_of_the_last_one(any_url: str) -> None:
    """Of its own plugin and environment; previews and failed starts have written nothing."""
    log = SyncLog.open(any_url)
    log.start_run("p", environment="prod", mapping_hash="first")
    log.start_run("p", environment="prod", mapping_hash="preview", dry_run=True)
    log.start_run("p", environment="prod")
    log.start_run("p", environment="dev", mapping_hash="elsewhere")
    log.start_run("q", environment="prod", mapping_hash="another")

    run = log.start_run("p", environment="prod", mapping_hash="second")

    assert ("first", None) == (run.former_mapping, log.start_run("r").former_mapping)


def test_runs_behind_one_tap_are_not_anothers(any_url: str) -> None:
    """A target that several taps write to is asked for the runs of one; the untold count for all."""
    log = SyncLog.open(any_url)
    for facts in ({"tap": "crm"}, {"tap": "files"}, {"tap": ""}, None):
        log.start_run("target-zingle").finish(status="ok", api_calls={}, facts=facts)
    engine = connect(any_url)

    found = [
        [row["facts"] for row in recent_runs(engine, "target-zingle", "", 3, tap=tap)]
        for tap in ("crm", "files", "")
    ]

    assert [[None, {"tap": ""}, {"tap": tap}] for tap in ("crm", "files", "files")] == found


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
        connection.execute(update(tables.runs).where(tables.runs.c.id > 1).values(started_at=old))
        yesterday = datetime.now(UTC) - timedelta(days=1)
        connection.execute(
            update(tables.runs).where(tables.runs.c.id == 1).values(started_at=yesterday)
        )

    log.start_run("p")

    with engine.connect() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table))
            for table in (tables.runs, tables.outcomes, tables.rejected)
        ]
    assert [3, 1, 0] == counts
    engine.dispose()


@pytest.mark.parametrize("starts", ["short", "failed", "tap"])
def test_nobody_erases_by_a_setting_that_is_anothers(any_url: str, starts: str) -> None:
    """What a target keeps for a year is not erased by a run that keeps its own for a day."""
    SyncLog.open(any_url, retention_days=365).start_run("long").record(
        [REJECTED], payloads={"003B": {}}
    )
    days = {"short": 1, "failed": None, "tap": 30}[starts]
    SyncLog.open(any_url, retention_days=1).start_run("short").record(
        [REJECTED], payloads={"003B": {}}
    )
    engine = connect(any_url)
    with engine.begin() as connection:
        old = datetime.now(UTC) - timedelta(days=60)
        connection.execute(update(tables.rejected).values(rejected_at=old))
        connection.execute(update(tables.runs).values(started_at=old))
        connection.execute(
            update(tables.facts).where(tables.facts.c.name != "x").values(learnt_at=old)
        )
    for at in (timedelta(hours=13), timedelta(0)):
        SyncLog.open(any_url, retention_days=days).start_run(starts)
        with engine.begin() as connection:
            newest = select(func.max(tables.runs.c.id)).scalar_subquery()
            connection.execute(
                update(tables.runs)
                .where(tables.runs.c.id == newest)
                .values(started_at=datetime.now(UTC) - at)
            )

    assert 1 == len(kept_rejects(engine, "long", ""))
    assert 0 == len(kept_rejects(engine, "short", "")), "its own setting goes on to count"
    engine.dispose()


def test_a_log_may_be_kept_for_ever(any_url: str) -> None:
    """More days than there have been are no error."""
    run = SyncLog.open(any_url, retention_days=10**9 - 1).start_run("p")

    assert run.id is not None


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
    problems = [writer.communicate()[1] for writer in writers]

    engine = open_log(any_url)
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(tables.outcomes))
        versions = connection.scalar(select(func.count()).select_from(tables.schema_version))
    assert ["", ""] == problems
    assert (4000, 1) == (rows, versions)
    assert ["ok", "ok"] == [recent_runs(engine, plugin, "", 1)[0]["status"] for plugin in "pq"]
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
        migrate(engine, (*MIGRATIONS, fail))

    assert "half" not in {column["name"] for column in inspect(engine).get_columns("runs")}
    engine.dispose()


def test_server_that_is_away_is_one_sentence(postgresql_socket: object) -> None:
    """A database that does not exist is named, with the server's reason."""
    with pytest.raises(SyncLogError, match=r"can't be opened: .*does not exist"):
        connect(f"postgresql://postgres@/nowhere?host={postgresql_socket}")


NASTY = [
    "",
    "x" * 10_000,
    "\U0001f600" * 3000,
    "nul\x00 and \x1b[2J",
    "half \ud83d",
    "quote ' \" ; DROP TABLE runs; --",
    "%_\\",
    "\u202egnp",
]


@pytest.mark.parametrize("text_", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_any_text_is_kept_and_found_again(
    kind: str, text_: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whatever a key, a name or a message holds, both databases take it, and find it by itself."""
    url = (
        f"sqlite:///{tmp_path}/log.db"
        if kind == "sqlite"
        else request.getfixturevalue("postgresql_url")
    )
    log = SyncLog.open(url, log_personal_data=True)
    error = OutcomeError(text_, 10**30, text_, text_, text_)
    outcome = Outcome(
        text_, text_, text_ + "k", "rejected", target_id=text_, reason="refused", error=error,
        changed_fields=(text_,), warnings=(f"truncated:{text_}",), attempts=10**12,
    )  # fmt: skip
    run = log.start_run(text_ + "p", environment=text_, version=text_, mapping_hash=text_)
    run.record([outcome], payloads={outcome.source_key: {"a": text_, "n": 10**30}})
    run.note(facts={text_: [text_, 2**70]}, quota={"x": 2**70}, state_before={"a": text_})
    run.finish(status="ok", api_calls={text_: 1}, error=text_)

    engine = open_log(url)
    (row,) = list_outcomes(engine, OutcomeFilter(keys=(outcome.source_key,)))
    again = log.start_run(text_ + "p", environment=text_)
    assert 1 == len(again.pending)
    again.record([Outcome(text_, text_, text_ + "k", "updated")])
    assert set() == again.pending == log.start_run(text_ + "p", environment=text_).pending
    assert "rejected" == row["outcome"]
    engine.dispose()


def test_long_keys_stay_different(any_url: str) -> None:
    """Two keys that differ only behind the end of the column are two records."""
    keys = ["k" * 5000 + "1", "k" * 5000 + "2"]
    SyncLog.open(any_url).start_run("p").record(
        [Outcome("s", "svc", key, "rejected", reason="refused") for key in keys]
    )

    engine = open_log(any_url)
    assert 2 == len({row["source_key"] for row in kept_rejects(engine, "p", "")})
    engine.dispose()


def test_a_log_of_the_first_version_takes_long_keys_after_an_upgrade(any_url: str) -> None:
    """The step to the second version widens what was narrow, and keeps what is there."""
    engine = connect(any_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE facts"))
        connection.execute(text("UPDATE schema_version SET version = 1"))
        if engine.dialect.name == "postgresql":
            for table in ("outcomes", "rejected"):
                connection.execute(
                    text(f"ALTER TABLE {table} ALTER COLUMN source_key TYPE VARCHAR(255)")
                )
    run = SyncLog.open(any_url).start_run("p")
    run.record([Outcome("s", "svc", "k" * 900, "created")])
    run.remember("svc", "linking_locks", value=True)

    (row,) = list_outcomes(engine, OutcomeFilter())
    assert "k" * 900 == row["source_key"]
    assert {("svc", "linking_locks"): True} == SyncLog.open(any_url).start_run("p").facts
    engine.dispose()


def test_what_is_learnt_is_known_to_the_same_plugin_alone(any_url: str) -> None:
    """A lesson about a service comes back in the next run, changed ones once, dry runs teach nothing."""
    log = SyncLog.open(any_url)
    run = log.start_run("p", environment="prod")
    run.remember("svc", "a", 1)
    run.remember("svc", "a", {"b": 2})
    run.remember("", "c", [3])
    log.start_run("p", environment="prod", dry_run=True).remember("svc", "a", 9)

    assert {("svc", "a"): {"b": 2}, ("", "c"): [3]} == log.start_run("p", environment="prod").facts
    assert {} == log.start_run("p", environment="dev").facts
    assert {} == log.start_run("q", environment="prod").facts


WAITS = Outcome("contacts", "svc", "003C", "skipped", reason="shared_channel", target_id="z1")


def test_who_is_skipped_because_of_somebody_else_is_kept(any_url: str) -> None:
    """The record waits for a replay like a rejected one, until a run takes it."""
    log = SyncLog.open(any_url)
    log.start_run("p").record([WAITS], payloads={"003C": {"Id": "003C"}})
    engine = open_log(any_url)
    (row,) = kept_rejects(engine, "p", "")
    assert ("003C", "shared_channel") == (row["source_key"], row["reason"])

    log.start_run("p").record([Outcome("contacts", "svc", "003C", "linked")])

    assert [] == kept_rejects(engine, "p", "")
    engine.dispose()


def test_a_better_outcome_of_the_same_run_replaces_the_skip(any_url: str) -> None:
    """The record is counted once and listed once, as it ended."""
    run = SyncLog.open(any_url).start_run("p")
    run.record([WAITS, Outcome("contacts", "svc", "003D", "created")], payloads={"003C": {}})
    run.record([Outcome("contacts", "svc", "003C", "linked", target_id="z1", matched_on="phone")])

    engine = open_log(any_url)
    rows = list_outcomes(engine, OutcomeFilter(runs="last"))
    assert ["003D created", "003C linked"] == [f"{r['source_key']} {r['outcome']}" for r in rows]
    assert {"created": 1, "linked": 1} == dict(run.tally.outcomes)
    assert (2, {}) == (run.tally.settled, dict(run.tally.reasons))
    assert [] == kept_rejects(engine, "p", "")
    engine.dispose()


@pytest.mark.parametrize("other", ["updated", "skipped"])
def test_a_better_outcome_replaces_nobody_elses(any_url: str, other: str) -> None:
    """Of two people whose keys look alike when they are masked, each keeps an outcome."""
    ann = replace(WAITS, source_key="ann@inbox-hotel.net")
    amy = replace(ann, source_key="amy@inbox-hotel.net")
    amy = replace(amy, kind="updated", reason=None) if other == "updated" else amy
    run = SyncLog.open(any_url).start_run("p")
    run.record([amy, ann], payloads={ann.source_key: {}, amy.source_key: {}})
    run.record([replace(ann, kind="linked", reason=None)])

    engine = open_log(any_url)
    rows = list_outcomes(engine, OutcomeFilter(runs="last"))
    assert {other: 1, "linked": 1} == Counter(row["outcome"] for row in rows)
    engine.dispose()


def test_a_lost_connection_is_taken_up_again(
    any_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What could not be written waits, and is written in its order once the database is back."""
    run = SyncLog.open(any_url).start_run("p")
    begin = Engine.begin
    monkeypatch.setattr(writer, "_SECONDS_BETWEEN_TRIES", 0.0)

    def away(_: Engine) -> None:
        raise OperationalError("BEGIN", None, Exception("server closed the connection"))

    monkeypatch.setattr(Engine, "begin", away)
    for key in ("003A", "003B"):
        run.record([Outcome("contacts", "svc", key, "created")])
    with pytest.raises(SyncLogError, match="rejected records would be lost"):
        run.record([REJECTED], payloads={"003B": {}})
    monkeypatch.setattr(Engine, "begin", begin)
    run.record([Outcome("contacts", "svc", "003E", "created")])
    run.finish(status="ok", api_calls={})

    engine = open_log(any_url)
    keys = [row["source_key"] for row in list_outcomes(engine, OutcomeFilter(runs="all"))]
    assert ["003A", "003B", "003B", "003E"] == keys
    assert ["ok"] == [run["status"] for run in recent_runs(engine, "p", "", 9)]
    told = [record for record in caplog.records if "can't be written" in record.message]
    assert 1 == len(told)
    engine.dispose()


def test_a_long_absence_loses_records_and_never_the_run(
    any_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's own row waits to the end: what comes after the absence is written."""
    begin = Engine.begin
    log = SyncLog.open(any_url)
    monkeypatch.setattr(writer, "_SECONDS_BETWEEN_TRIES", 0.0)

    def away(_: Engine) -> None:
        raise OperationalError("BEGIN", None, Exception("server closed the connection"))

    monkeypatch.setattr(Engine, "begin", away)
    run = log.start_run("p")
    for number in range(writer._MOST_WAITING + 50):
        run.record([Outcome("contacts", "svc", f"003{number}", "created")])
    monkeypatch.setattr(Engine, "begin", begin)
    run.record([REJECTED], payloads={"003B": {}})
    run.finish(status="ok", api_calls={})

    engine = open_log(any_url)
    assert ["ok"] == [row["status"] for row in recent_runs(engine, "p", "", 9)]
    assert 1 == len(kept_rejects(engine, "p", ""))
    engine.dispose()


def test_a_connection_that_breaks_once_is_not_even_told(
    any_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The second try on a new connection is enough for a server that restarted."""
    run = SyncLog.open(any_url).start_run("p")
    begin, broken = Engine.begin, [True]

    def once(engine: Engine) -> object:
        if broken:
            broken.pop()
            raise OperationalError("BEGIN", None, Exception("terminating connection"))
        return begin(engine)

    monkeypatch.setattr(Engine, "begin", once)
    run.record([REJECTED], payloads={"003B": {}})

    assert [] == caplog.records


def test_a_clock_that_jumped_ahead_erases_nothing(
    any_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years that no run agrees with are no years: what is kept stays."""
    log = SyncLog.open(any_url, retention_days=30)
    log.start_run("p").record([REJECTED], payloads={"003B": {}})

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(days=400)

    monkeypatch.setattr(sync_log, "datetime", Ahead)
    log.start_run("p")
    log.start_run("p")
    monkeypatch.undo()

    assert 1 == len(log.start_run("p").pending)


def test_reading_leaves_the_log_as_it_is(any_url: str) -> None:
    """Looking at a log of an older version changes nothing; a newer one says what to upgrade."""
    engine = connect(any_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE facts"))
        connection.execute(text("UPDATE schema_version SET version = 1"))

    log = open_log(any_url)
    assert [] == list(list_outcomes(log, OutcomeFilter()))
    assert {} == service_names(log, "")
    assert recall(log, "", "p", "alerts") is None
    assert "facts" not in inspect(engine).get_table_names()

    with engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version = 99"))
    with pytest.raises(SyncLogError, match="upgrade"):
        open_log(any_url)
    engine.dispose()


def test_a_broken_log_is_a_sentence_for_who_reads_it(any_url: str) -> None:
    """A missing table ends in the log's own error, not in the database's."""
    engine = connect(any_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE outcomes"))

    with pytest.raises(SyncLogError, match="can't be read"):
        list(list_outcomes(open_log(any_url), OutcomeFilter()))
    engine.dispose()


def test_an_empty_database_is_no_log_yet(postgresql_url: str) -> None:
    """Before the first run there is nothing to read, and reading creates nothing."""
    with pytest.raises(NoSyncLogYetError):
        open_log(postgresql_url)


def test_one_record_is_found_without_looking_at_all(any_url: str) -> None:
    """A key finds what stands of a record by either side's id, and only the newest outcome."""
    log = SyncLog.open(any_url)
    log.start_run("p").record([Outcome("s", "svc", "a", "created", target_id="z1")])
    log.start_run("p").record([Outcome("s", "svc", "b", "created", target_id="z2")])
    log.start_run("p").record([Outcome("s", "svc", "a", "updated", target_id="z3")])
    engine = open_log(any_url)

    def standing(key: str) -> list[str]:
        return [row["outcome"] for row in list_outcomes(engine, OutcomeFilter(keys=(key,)))]

    assert (["updated"], [], ["updated"], ["created"]) == tuple(
        map(standing, ("a", "z1", "z3", "z2"))
    )
    engine.dispose()


def test_a_log_on_a_disk_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    """Where SQLite may put nothing beside the file, it is read as it lies."""
    url = f"sqlite:///{tmp_path}/log.db"
    SyncLog.open(url).start_run("p").record([Outcome("s", "svc", "a", "created")])
    with connect(url).connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for beside in ("log.db-wal", "log.db-shm"):
        (tmp_path / beside).unlink(missing_ok=True)
        (tmp_path / beside).mkdir()  # what root can't write either

    assert ["a"] == [row["source_key"] for row in list_outcomes(open_log(url), OutcomeFilter())]
