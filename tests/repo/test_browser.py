"""Tests that need a browser get one, or fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import browser as browsers
import pytest

if TYPE_CHECKING:
    from pathlib import Path

INSTALLS = '#!/bin/sh\n[ "$1" = update ] || touch "{folder}/chromium" "{folder}/chromedriver"\n'
FAILS = "#!/bin/sh\necho no network >&2\nexit 100\n"
DOES_NOTHING = "#!/bin/sh\n"


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without browser, whose programs are those of one folder."""
    monkeypatch.setattr(browsers, "CHROMIUM", tmp_path / "chromium")
    monkeypatch.setattr(browsers, "DRIVER", tmp_path / "chromedriver")
    monkeypatch.setattr(browsers.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path / "sudo", '#!/bin/sh\nshift\nexec "$@"\n')
    return tmp_path


def program(path: Path, text: str) -> None:
    """Write a program."""
    path.write_text(text)
    path.chmod(0o755)


def test_a_missing_browser_is_installed(bare_machine: Path) -> None:
    """Debian's packages are installed where they are missing."""
    program(bare_machine / "apt-get", INSTALLS.format(folder=bare_machine))

    browsers.ensure()

    assert (bare_machine / "chromedriver").exists()


@pytest.mark.parametrize(("apt", "reason"), [(FAILS, "no network"), (DOES_NOTHING, "is missing")])
def test_no_browser_is_a_failure(bare_machine: Path, apt: str, reason: str) -> None:
    """Where none can be installed the test run fails, and says which packages it needs."""
    program(bare_machine / "apt-get", apt)

    with pytest.raises(browsers.NoBrowserError, match=reason) as caught:
        browsers.ensure()

    assert "chromium chromium-driver" in str(caught.value)


def test_another_system_is_told_what_to_install(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without apt-get the message names what is missing."""
    monkeypatch.setenv("PATH", str(bare_machine))

    with pytest.raises(browsers.NoBrowserError, match="install the packages"):
        browsers.ensure()
