from __future__ import annotations

import logging
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, create_engine, insert, select, text, update

from zingle_sync.outcomes import Outcome, OutcomeError, tables
from zingle_sync.outcomes.database import MIGRATIONS, SyncLogError, connect, default_url, migrate
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, open_log, recent_runs
from zingle_sync.outcomes.sync_log import SyncLog

CREATED = Outcome("contacts", "svc", "003A", "created", target_id="z1")
REJECTED = Outcome("contacts", "svc", "003B", "rejected", reason="no_usable_key")
PAYLOAD = {"Id": "003B", "Phone": "x", "Amount": 12.5}


@pytest.fixture
def url(any_url: str) -> str:
    """A log that does not exist yet, in each kind of database."""
    return any_url


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A log whose folder does not exist either."""
    return f"sqlite:///{tmp_path}/new folder/log.db"


def kept(engine: Engine) -> list[tuple]:
    """Key and payload of each rejected record."""
    with engine.connect() as connection:
        table = tables.rejected.c
        return [tuple(row) for row in connection.execute(select(table.source_key, table.payload))]


@pytest.mark.parametrize("named", [True, False])
def test_one_variable_names_the_log_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """`SYNC_LOG_URL` is where runs are written whose settings name no log of their own."""
    everybodys, own = (f"sqlite:///{tmp_path}/{name}.db" for name in ("all", "own"))
    monkeypatch.setenv("SYNC_LOG_URL", everybodys)
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    SyncLog.open(own if named else None).start_run("target-zingle")

    assert ["own.db" if named else "all.db"] == [each.name for each in tmp_path.glob("*.db")]
    assert not (tmp_path / ".meltano").exists()


def test_run_and_outcomes_are_written(url: str) -> None:
    """A finished run has its counts, and one row for each record."""
    run = SyncLog.open(url).start_run("target-zingle", mapping_hash="h", version="1")
    run.record([CREATED, REJECTED], payloads={"003B": PAYLOAD})
    run.finish(status="ok", api_calls={"zingle": 3})

    engine = open_log(url)
    (last,) = recent_runs(engine, "target-zingle", "", 9)
    rows = list(list_outcomes(engine, OutcomeFilter()))
    assert ("ok", {"created": 1, "rejected": 1}, {"zingle": 3}, "h") == (
        last["status"],
        last["outcomes"],
        last["api_calls"],
        last["mapping_hash"],
    )
    assert last["finished_at"] >= last["started_at"]
    assert last["started_at"].tzinfo is UTC
    assert [("003A", "created", "z1"), ("003B", "rejected", None)] == [
        (row["source_key"], row["outcome"], row["target_id"]) for row in rows
    ]


def test_file_is_private_and_its_folder_is_made(file_url: str, tmp_path: Path) -> None:
    """Nobody but the owner reads the log, its write-ahead log included."""
    run = SyncLog.open(file_url).start_run("p")
    run.record([CREATED])

    files = sorted((tmp_path / "new folder").iterdir())
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}
    assert 0o700 == stat.S_IMODE((tmp_path / "new folder").stat().st_mode)


def test_readable_file_is_made_private(file_url: str, tmp_path: Path) -> None:
    """A log that others could read is closed to them when it is opened."""
    connect(file_url).dispose()
    path = tmp_path / "new folder" / "log.db"
    path.chmod(0o644)

    connect(file_url).dispose()

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_no_file_stays_open_between_transactions(file_url: str, tmp_path: Path) -> None:
    """Neither a run nor a reader keeps the log open: others may move, copy or checkpoint it."""
    run = SyncLog.open(file_url).start_run("p")
    run.record([CREATED])
    list(list_outcomes(open_log(file_url), OutcomeFilter()))

    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert [] == [link for link in links if str(tmp_path) in str(link.readlink())]


def test_rejected_record_is_kept_whole_until_it_is_settled(url: str) -> None:
    """The payload stays byte for byte for replay, and goes when the record is written."""
    run = SyncLog.open(url).start_run("p")
    run.record([REJECTED], payloads={"003B": PAYLOAD})
    engine = open_log(url)
    assert [("003B", PAYLOAD)] == [(key, msgspec.json.decode(raw)) for key, raw in kept(engine)]

    later = SyncLog.open(url).start_run("p")
    later.record([Outcome("contacts", "svc", "003B", "updated", target_id="z2")])

    assert [] == kept(engine)


def test_newest_version_of_a_rejected_record_is_kept(url: str) -> None:
    """A record that is rejected again replaces its older version."""
    log = SyncLog.open(url)
    log.start_run("p").record([REJECTED], payloads={"003B": {"v": 1}})
    log.start_run("p").record([REJECTED], payloads={"003B": {"v": 2}})

    assert [("003B", '{"v":2}')] == kept(open_log(url))


def test_refusal_before_routing_is_settled_by_any_service(url: str) -> None:
    """A record that was refused before it had a service is settled once a service takes it."""
    log = SyncLog.open(url)
    unrouted = Outcome("contacts", "", "003B", "rejected", reason="invalid_record")
    log.start_run("p").record([unrouted], payloads={"003B": {}})
    log.start_run("p").record([Outcome("contacts", "svc", "003B", "created")])

    assert [] == kept(open_log(url))


def test_superseded_row_settles_nothing(url: str) -> None:
    """An older row of the same batch does not erase what is kept of the newer one."""
    log = SyncLog.open(url)
    log.start_run("p").record([REJECTED], payloads={"003B": {}})
    log.start_run("p").record([Outcome("contacts", "svc", "003B", "skipped", reason="superseded")])

    assert 1 == len(kept(open_log(url)))


def test_environments_and_plugins_keep_apart(url: str) -> None:
    """What dev rejected is not settled by prod, nor one plugin's by another's."""
    log = SyncLog.open(url)
    log.start_run("p", environment="dev").record([REJECTED], payloads={"003B": {}})
    settled = Outcome("contacts", "svc", "003B", "updated")
    log.start_run("p", environment="prod").record([settled])
    log.start_run("q", environment="dev").record([settled])

    assert 1 == len(kept(open_log(url)))


def test_dry_run_keeps_and_settles_nothing(url: str) -> None:
    """A dry run lists what would happen, and leaves the rejected records alone."""
    log = SyncLog.open(url)
    log.start_run("p").record([REJECTED], payloads={"003B": {}})
    dry = log.start_run("p", dry_run=True)
    dry.record([Outcome("contacts", "svc", "003B", "would_update"), REJECTED])
    dry.finish(status="ok", api_calls={})

    engine = open_log(url)
    standing = list(list_outcomes(engine, OutcomeFilter()))
    assert 1 == len(kept(engine))
    assert ["rejected"] == [row["outcome"] for row in standing]
    assert [False] == [row["dry_run"] for row in recent_runs(engine, "p", "", 9)]


def test_conversation_keeps_its_key_alone(url: str) -> None:
    """A rejected record without a payload is kept by key."""
    SyncLog.open(url).start_run("p").record([REJECTED])

    assert [("003B", None)] == kept(open_log(url))


def test_keys_and_sentences_are_masked_unless_told_otherwise(url: str) -> None:
    """Phones and e-mails appear in full only with log_personal_data."""
    spoken = Outcome(
        "contacts",
        "svc",
        "+18585551212",
        "rejected",
        reason="refused",
        warnings=("email_belongs_to:ana@example.com",),
        error=OutcomeError("RecordError", 400, "1", "taken by ana@example.com"),
    )
    SyncLog.open(url).start_run("p").record([spoken])
    SyncLog.open(url, log_personal_data=True).start_run("p").record([spoken])

    masked, plain = list_outcomes(open_log(url), OutcomeFilter(runs="all"))
    assert ("+1858***1212", ["email_belongs_to:a***@example.com"], "taken by a***@example.com") == (
        masked["source_key"],
        masked["warnings"],
        masked["error_message"],
    )
    assert ("+18585551212", ["email_belongs_to:ana@example.com"], "taken by ana@example.com") == (
        plain["source_key"],
        plain["warnings"],
        plain["error_message"],
    )


@pytest.mark.parametrize("field", ["channels ana@example.com", "phone +1 858 555 1212"])
def test_the_field_at_fault_is_masked_like_a_sentence(url: str, field: str) -> None:
    """A service may put an address or a number where a field's name should be."""
    error = OutcomeError("RecordError", 400, "1", "refused", field)
    one = Outcome("contacts", "svc", "003A", "rejected", reason="refused", error=error)
    SyncLog.open(url).start_run("p").record([one])
    SyncLog.open(url, log_personal_data=True).start_run("p").record([one])

    masked, plain = list_outcomes(open_log(url), OutcomeFilter(runs="all"))
    assert field == plain["error_field"]
    assert field != masked["error_field"]
    assert "***" in masked["error_field"]


def test_old_rows_are_erased_but_the_last_run_of_a_plugin_stays(url: str) -> None:
    """After retention_days only the newest run of each plugin is left, without its records."""
    log = SyncLog.open(url, retention_days=30)
    log.start_run("r")
    for plugin in ("p", "p", "q"):
        log.start_run(plugin).record([CREATED, REJECTED], payloads={"003B": {}})
    engine = connect(url)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with engine.begin() as connection:
        connection.execute(update(tables.runs).values(started_at=long_ago))
        connection.execute(
            update(tables.runs)
            .where(tables.runs.c.plugin == "r")
            .values(started_at=datetime.now(UTC) - timedelta(days=1))
        )
        connection.execute(update(tables.rejected).values(rejected_at=long_ago))

    log.start_run("p")

    with engine.connect() as connection:
        plugins = connection.scalars(select(tables.runs.c.plugin).order_by(tables.runs.c.id))
        assert ["r", "p", "q", "p"] == list(plugins)
        assert [] == list(connection.execute(select(tables.outcomes.c.id)))
    assert [] == kept(engine)


def test_unwritable_log_is_told_once_and_swallows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A log that can't be opened warns once, and a run without rejects goes on."""
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING):
        run = SyncLog.open(f"sqlite:///{tmp_path}/file/log.db").start_run("p")
        run.record([CREATED])
        run.record([CREATED])
        run.finish(status="ok", api_calls={})

    assert 1 == len(caplog.records)
    assert 2 == run.tally.settled


def test_rejected_record_that_cannot_be_kept_fails_the_run(tmp_path: Path) -> None:
    """Without a log a rejected record would be lost, so the run stops."""
    (tmp_path / "file").touch()
    run = SyncLog.open(f"sqlite:///{tmp_path}/file/log.db").start_run("p")

    with pytest.raises(SyncLogError, match="rejected records would be lost"):
        run.record([REJECTED], payloads={"003B": {}})


def test_log_that_breaks_in_the_middle_is_told_once(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A log that fails half way warns once; rejected records then fail the run."""
    run = SyncLog.open(url).start_run("p")
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE outcomes"))

    with caplog.at_level(logging.WARNING):
        run.record([CREATED])
        run.record([CREATED])

    assert 1 == len(caplog.records)
    with pytest.raises(SyncLogError):
        run.record([REJECTED], payloads={"003B": {}})


def test_password_of_the_url_is_never_told() -> None:
    """An unreachable server is named without its password."""
    with pytest.raises(SyncLogError) as raised:
        connect("postgresql://me:hunter2@127.0.0.1:1/log")

    assert "hunter2" not in str(raised.value)
    assert "me:***@" in str(raised.value)


@pytest.mark.parametrize(
    "query", ["password=hunter2", "sslpassword=hunter2", "a=b&password=hunter2"]
)
def test_password_in_the_query_is_never_told(query: str) -> None:
    """Drivers take it there, too."""
    with pytest.raises(SyncLogError) as raised:
        connect(f"postgresql://me@127.0.0.1:1/log?{query}")

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@host:port/log",
        "postgresql://me:p:hunter2/3@4@host/log",
        "postgresql://me:hunter2@[::1/log",
        "hunter2",
    ],
)
def test_what_cannot_be_taken_apart_is_a_sentence_for_writers_and_readers(url: str) -> None:
    """A password with signs that are not percent-encoded is a common reason, and is not told."""
    for opened in (connect, open_log):
        with pytest.raises(SyncLogError) as raised:
            opened(url)
        assert "hunter2" not in str(raised.value)


def test_nonsense_is_not_a_url() -> None:
    """A URL that is none is refused with an example."""
    with pytest.raises(SyncLogError, match="sqlite:///path"):
        connect("nonsense")


def test_migrations_run_once_each_and_in_order(url: str) -> None:
    """An older database gets the steps that it lacks, a new one none."""
    engine = connect(url)
    done: list[int] = []
    steps = (*MIGRATIONS, lambda _: done.append(1), lambda _: done.append(2))

    migrate(engine, steps[:-1])
    migrate(engine, steps)
    migrate(engine, steps)

    assert [1, 2] == done
    with engine.connect() as connection:
        versions = connection.scalars(select(tables.schema_version.c.version))
        assert [2, 3, 4] == sorted(versions)


def test_new_database_starts_at_the_newest_version(tmp_path: Path) -> None:
    """A database that is created now needs no step."""
    engine = create_engine(f"sqlite:///{tmp_path}/log.db")

    migrate(engine, (lambda _: pytest.fail("no step is needed"),))

    with engine.connect() as connection:
        assert [2] == list(connection.scalars(select(tables.schema_version.c.version)))


def test_newer_database_is_refused(url: str) -> None:
    """An older program does not touch a newer log, and says what to upgrade."""
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(
            insert(tables.schema_version).values(version=99, applied_at=datetime.now(UTC))
        )

    with pytest.raises(SyncLogError, match="upgrade"):
        migrate(engine)


def test_default_is_the_meltano_project_around(tmp_path: Path) -> None:
    """The log lies in the project's .meltano folder, found from the environment or upwards."""
    (tmp_path / "project" / "deep").mkdir(parents=True)
    (tmp_path / "project" / "meltano.yml").touch()
    inside = f"sqlite:///{tmp_path}/project/.meltano/zingle-sync.db"

    assert inside == default_url({}, tmp_path / "project" / "deep")
    assert inside == default_url({"MELTANO_PROJECT_ROOT": f"{tmp_path}/project"}, Path("/"))
    assert f"sqlite:///{tmp_path}/.meltano/zingle-sync.db" == default_url({}, tmp_path)


def test_standing_outcome_is_the_newest_of_each_record(url: str) -> None:
    """`standing` lists a record once, as its newest run left it."""
    log = SyncLog.open(url)
    log.start_run("p").record([CREATED, REJECTED], payloads={})
    log.start_run("p").record([Outcome("contacts", "svc", "003A", "unchanged", target_id="z1")])

    rows = list(list_outcomes(open_log(url), OutcomeFilter()))
    assert {"003A": "unchanged", "003B": "rejected"} == {
        row["source_key"]: row["outcome"] for row in rows
    }
