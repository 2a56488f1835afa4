"""One run at a time, on SQLite, on a real PostgreSQL server, and without a log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from zingle_sync.outcomes.database import connect
from zingle_sync.outcomes.lock import is_held, take
from zingle_sync.outcomes.sync_log import SyncLog

HOLDER = """
import sys
from zingle_sync.outcomes.sync_log import SyncLog
lock = SyncLog.open(sys.argv[1]).start_run("p", environment="prod").take_lock("svc", seconds=0)
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_lock_is_given_back_however_its_process_dies(any_url: str, how: signal.Signals) -> None:
    """The second process is refused while the first lives, and gets the lock when it is dead."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, any_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert "held" == holder.stdout.readline().strip()
    run = SyncLog.open(any_url).start_run("p", environment="prod")
    assert run.take_lock("svc", seconds=0) is None

    holder.send_signal(how)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    lock = run.take_lock("svc", seconds=120)

    assert lock is not None
    lock.close()


def test_a_run_that_ends_in_time_lets_the_waiting_one_go_on(any_url: str) -> None:
    """Closing is enough; whoever waits gets it."""
    run = SyncLog.open(any_url).start_run("p")
    first = run.take_lock("svc", seconds=0)
    assert first is not None
    first.close()
    second = run.take_lock("svc", seconds=120)

    assert second is not None
    second.close()


def test_other_work_goes_on_beside(any_url: str) -> None:
    """Another environment, plugin or service is another lock."""
    log = SyncLog.open(any_url)
    locks = [
        log.start_run(plugin, environment=environment).take_lock(service, seconds=0)
        for plugin, environment, service in (
            ("p", "prod", "a"), ("p", "prod", "b"), ("p", "dev", "a"), ("q", "prod", "a"),
        )
    ]  # fmt: skip

    assert all(locks)
    for lock in locks:
        assert lock is not None
        lock.close()


def test_without_a_log_a_file_in_the_project_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs whose log can't be opened still meet at the project's folder."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    run = SyncLog.open(f"sqlite:///{tmp_path}/file/log.db").start_run("p")

    lock = run.take_lock("svc", seconds=0)

    assert lock is not None
    assert run.take_lock("svc", seconds=0) is None
    assert 1 == len(list((tmp_path / ".meltano").glob("*.lock")))
    lock.close()


def test_a_project_that_cannot_be_written_is_locked_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a read-only disk the computer's own folder for such things serves."""
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))

    lock = take(None, tmp_path / "file" / "none", "n", seconds=0)

    assert lock is not None
    assert take(None, tmp_path / "file" / "none", "n", seconds=0) is None
    lock.close()


def test_the_lock_outlives_the_transactions_of_the_log(postgresql_url: str) -> None:
    """PostgreSQL holds it for the session, with nothing left open in a transaction."""
    engine = connect(postgresql_url)
    lock = take(engine, Path(os.devnull), "n", seconds=0)
    with engine.connect() as connection:
        idle = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE state = 'idle in transaction' AND datname = current_database()"
        )
        assert 0 == connection.scalar(text(idle))
    assert take(engine, Path(os.devnull), "n", seconds=0) is None
    assert lock is not None
    lock.close()
    engine.dispose()


def test_a_lock_that_was_lost_is_known_and_taken_again(postgresql_url: str) -> None:
    """A server that restarts gives a run's lock to whoever asks first: the run must not go on."""
    engine = connect(postgresql_url)
    lock = take(engine, Path(os.devnull), "n", seconds=0)
    assert lock is not None
    assert is_held(lock)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other = take(engine, Path(os.devnull), "n", seconds=5)

    assert other is not None
    assert not is_held(lock)
    other.close()
    engine.dispose()


def test_a_locked_file_stays_locked(tmp_path: Path) -> None:
    """Nothing but the end of the process gives it back."""
    lock = take(None, tmp_path, "n", seconds=0)

    assert lock is not None
    assert is_held(lock)
    lock.close()
