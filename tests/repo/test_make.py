"""The targets of the Makefile that work in any state: a fresh clone, and while the demo runs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import demo
import get_uv
import pictures
import pytest
from rich.console import Console

BIN = Path(sys.executable).parent


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone, as far as these targets look at it."""
    shutil.copy(demo.ROOT / "Makefile", tmp_path)
    shutil.copytree(demo.ROOT / "scripts", tmp_path / "scripts")
    return tmp_path


def made(clone: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    """Run make; the clone's own tools come first, whatever runs this test."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    return subprocess.run(
        ["make", "--no-print-directory", *targets],
        cwd=clone,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_stopping_what_never_ran_is_quiet_and_installs_nothing(clone: Path) -> None:
    """In a fresh clone `make demo-stop` has nothing to say, and leaves nothing behind."""
    before = sorted(path.name for path in clone.iterdir())

    done = made(clone, "demo-stop")

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    assert before == sorted(path.name for path in clone.iterdir())


def test_cleaning_ends_the_demos_server_and_takes_the_caches(clone: Path, port: int) -> None:
    """A server that outlived its folder could not be stopped any more, and would keep its port."""
    (clone / ".venv").symlink_to(BIN.parent)
    state = clone / ".demo" / "sandbox"
    command = [str(BIN / "zingle-sandbox"), "start", "--port", str(port), "--state-dir", str(state)]
    subprocess.run(command, check=True, capture_output=True)
    address = f"http://127.0.0.1:{port}/"
    urllib.request.urlopen(address, timeout=10).close()
    (clone / "scripts" / "__pycache__").mkdir(exist_ok=True)

    done = made(clone, "clean")

    assert 0 == done.returncode, done.stderr
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=10)
    assert ["Makefile", "scripts"] == sorted(path.name for path in clone.iterdir())
    assert not (clone / "scripts" / "__pycache__").exists()
    assert (BIN / "zingle-sandbox").exists()


def test_pip_takes_no_other_uv_than_the_locked_one() -> None:
    """Whatever an index offers, only the files that uv.lock names by hash are installed."""
    lock = tomllib.loads((demo.ROOT / "uv.lock").read_text(encoding="utf-8"))
    (locked,) = [one for one in lock["package"] if one["name"] == "uv"]

    pinned, *hashes = get_uv.requirement().split(" --hash=")

    assert f"uv=={locked['version']}" == pinned
    assert {one["hash"] for one in (*locked["wheels"], locked["sdist"])} == set(hashes)


def test_a_port_that_is_taken_is_named(port: int) -> None:
    """Whoever chooses a port gets that one or a sentence, never another."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        with pytest.raises(demo.DemoError, match=f"port {port} is not free"):
            demo.free_port(port)

    assert port == demo.free_port(port)


@pytest.mark.parametrize("terminal", [True, False])
def test_steps_are_shown_where_nobody_looks_too(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a log each step is a line of its own, before it is done."""
    monkeypatch.setattr(demo, "console", Console(force_terminal=terminal))

    with demo.step("starting both services"):
        shown = capsys.readouterr().out

    assert terminal or "starting both services\n" == shown


@pytest.mark.parametrize(("calls", "same"), [(0, False), (27, False), (28, True), (40, True)])
def test_pictures_are_of_the_services_that_the_demo_called(calls: int, same: bool) -> None:
    """Services that were started anew show the page of another world, without calls."""
    runs = {
        which: {"api_calls": {"zingle": each}} for which, each in (("first", 20), ("second", 8))
    }

    assert same is pictures.is_as_left({"zingle": {"calls": calls, "writes": 0}}, runs)


def test_the_demo_ends_with_what_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    """The page, the report, and three commands that exist."""
    demo.show_next("http://127.0.0.1:9999")

    told = capsys.readouterr().out
    assert "http://127.0.0.1:9999/" in told
    assert ".demo/report.html" in told
    commands = [line.split()[1] for line in told.splitlines() if ".venv/bin/zingle-sync" in line]
    assert ["status", "outcomes", "runs"] == commands
