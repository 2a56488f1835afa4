"""The tutorial, as it is written, on both of Meltano's ways to install."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_blocks import Shell, difference, steps
from demo import ROOT

PAGE = ROOT / "docs" / "tutorial.md"
BLOCKS = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(params=["uv", "virtualenv"], ids=["uv", "pip"])
def shell(
    request: pytest.FixtureRequest, tmp_path: Path, clean_environment: dict[str, str]
) -> Iterator[Shell]:
    """A shell in an empty folder beside a checkout that is installed."""
    (tmp_path / "zingle").symlink_to(ROOT, target_is_directory=True)
    opened = Shell(tmp_path, clean_environment | {"MELTANO_VENV_BACKEND": str(request.param)})
    yield opened
    opened.run(f"zingle-sandbox stop --state-dir '{tmp_path}/.sandbox'")
    opened.close()


def say(capsys: pytest.CaptureFixture[str], seconds: float, what: str) -> None:
    """Tell whoever runs the test how long something took."""
    with capsys.disabled():
        sys.stderr.write(f"{seconds:6.1f} s  {what}\n")


def test_the_tutorial_does_what_it_says(
    shell: Shell, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """From an empty folder to a report; each command's time is printed, none is judged."""
    started = time.monotonic()
    page = PAGE.read_text(encoding="utf-8").replace("8765", str(port))
    for step in (one for block in BLOCKS.findall(page) for one in steps(block)):
        before = time.monotonic()
        differs = difference(step, shell)
        say(capsys, time.monotonic() - before, step.command.splitlines()[0])
        assert differs is None, differs
    say(capsys, time.monotonic() - started, "in all")
