"""Tests that need a program of the system find it, or say which; they install nothing."""

from __future__ import annotations

from pathlib import Path

import browser as browsers
import postgresql
import pytest


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose programs are those of one folder: an installer that must not be called."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("apt-get", "sudo", "pip", "uv"):
        program(tmp_path / name, "#!/bin/sh\ntouch called\n")
    return tmp_path


def program(path: Path, text: str = "#!/bin/sh\n") -> None:
    """Write a program."""
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_a_browser_on_the_path_is_used(bare_machine: Path, name: str) -> None:
    """Chromium and Chrome are found by their names, with their driver."""
    program(bare_machine / name)
    program(bare_machine / "chromedriver")

    assert (str(bare_machine / name), str(bare_machine / "chromedriver")) == browsers.programs()


@pytest.mark.parametrize("there", [[], ["chromium"], ["chromedriver"]])
def test_a_missing_browser_is_named_and_not_installed(bare_machine: Path, there: list[str]) -> None:
    """Where browser or driver is missing the error says what to install, and nothing is called."""
    for name in there:
        program(bare_machine / name)

    with pytest.raises(browsers.NoBrowserError, match="chromium chromium-driver"):
        browsers.programs()
    assert not (bare_machine / "called").exists()


def test_a_missing_database_server_is_named_and_not_installed(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no server is installed the error says what to install."""
    monkeypatch.setattr(postgresql, "PLACES", (bare_machine,))

    with pytest.raises(postgresql.NoServerError, match="install one"), postgresql.server():
        pass
    assert not (bare_machine / "called").exists()
