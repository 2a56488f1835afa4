"""Whoever stops a command stops all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from zingle_operator.project import processes

PROJECT = """
sync_log_url: sqlite:///{folder}/log.db
pipelines:
- tap: {{name: tap-zingle, executable: {folder}/tap, settings: {{password: hunter2}}}}
  target: {{name: target-salesforce-activity, executable: {folder}/target}}
"""
# A program with a child of its own; both would go on for minutes.
ENDLESS = """#!/bin/sh
sleep 300 &
echo $! $$ > {folder}/{name}.new
mv {folder}/{name}.new {folder}/{name}.pids
wait
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: object, what: str) -> None:
    """Wait for something that another process does."""
    for _ in range(6000):
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.01)
    pytest.fail(f"{what} did not happen")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_command_leaves_nobody_and_nothing(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """The plugins end, their children too, and no file with secrets stays behind."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (tmp_path / "sync.yml").write_text(PROJECT.format(folder=tmp_path))
    for name in ("tap", "target"):
        (tmp_path / name).write_text(ENDLESS.format(folder=tmp_path, name=name))
        (tmp_path / name).chmod(0o755)
    command = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "zingle_operator",
            "preview",
            "--config",
            str(tmp_path / "sync.yml"),
        ],
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    files = [tmp_path / "tap.pids", tmp_path / "target.pids"]
    until(lambda: all(file.exists() for file in files), "the start of both plugins")
    pids = [int(pid) for file in files for pid in file.read_text().split()]
    assert list(temporary.iterdir())

    command.send_signal(number)

    assert code == command.wait(60)
    until(lambda: not any(map(alive, pids)), "the end of the plugins")
    assert [] == list(temporary.iterdir())


def test_who_does_not_listen_is_ended_by_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program that ignores the signal does not outlive the command either."""
    monkeypatch.setattr(processes, "SECONDS_TO_STOP", 0.2)
    deaf = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)",
    ]

    with suppress(KeyboardInterrupt), processes.started(deaf, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        raise KeyboardInterrupt

    assert -signal.SIGKILL == process.returncode
