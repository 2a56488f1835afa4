"""The tutorial, as it is written, on both of Meltano's ways to install."""

from __future__ import annotations

import doctest
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from demo import ROOT

PAGE = ROOT / "docs" / "tutorial.md"
BLOCKS = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHECKER = doctest.OutputChecker()
LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
END = "::end::"


@dataclass(frozen=True)
class Step:
    """A command of the page, and what it prints there; None where the page does not show it."""

    command: str
    expected: str | None


def steps(text: str) -> Iterator[Step]:
    """The commands of the page's console blocks, in order."""
    for block in BLOCKS.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            last = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
            command = "\n".join(line.removeprefix("> ") for line in lines[: last + 1])
            expected = "\n".join(lines[last + 1 :])
            yield Step(command, expected if expected.strip() else None)


class Shell:
    """One shell for the whole page, so that it keeps its folder and variables."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and output of a command."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{command} < /dev/null\necho; echo {END}$?\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(END):
                return int(line.removeprefix(END)), "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in {command}")

    def close(self) -> None:
        """End it."""
        self._bash.kill()
        self._bash.communicate()


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


def test_the_tutorial_does_what_it_says(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """From an empty folder to a report; each command's time is printed, none is judged."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    started = time.monotonic()
    for step in steps(PAGE.read_text(encoding="utf-8").replace("8765", port)):
        before = time.monotonic()
        code, output = shell.run(step.command)
        say(capsys, time.monotonic() - before, step.command.splitlines()[0])
        assert code == 0, f"{step.command}\n{output[-4000:]}"
        if step.expected is not None:
            assert CHECKER.check_output(step.expected.strip(), output.strip(), LIKE), (
                f"{step.command}\n--- expected\n{step.expected}\n--- got\n{output}"
            )
    say(capsys, time.monotonic() - started, "in all")
