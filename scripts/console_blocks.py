"""Console blocks of a page: commands in one shell, and what they must print.

A line that begins with `$` is a command (`>` continues it behind a backslash), what follows is its
output. `...` stands for anything, nothing too; blanks are alike. Every command must succeed.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_END = "::end::"
# What a command tells every 30 seconds, and only a slow machine sees.
_PROGRESS = re.compile(r"^.+: ([\d,]+ s so far|[\d,]+ records, [\d,]+/s)\n", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command of a page, and what it prints there; None where the page does not show it."""

    command: str
    expected: str | None


def steps(block: str) -> Iterator[Step]:
    """The commands of a console block, in order."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        last = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
        command = "\n".join(line.removeprefix("> ") for line in lines[: last + 1])
        expected = "\n".join(lines[last + 1 :])
        yield Step(command, expected if expected.strip() else None)


class Shell:
    """One shell for a whole page, so that it keeps its folder and variables."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and output of a command.

        Raises:
            RuntimeError: If the shell ended.
        """
        if self._bash.stdin is None or self._bash.stdout is None:
            raise RuntimeError("the shell has no pipes")
        self._bash.stdin.write(f"{command} < /dev/null\n_code=$?; echo; echo {_END}$_code\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(_END):
                return int(line.removeprefix(_END)), "".join(lines)
            lines.append(line)
        raise RuntimeError(f"the shell ended in {command}")

    def close(self) -> None:
        """End it."""
        self._bash.kill()
        self._bash.communicate()


def is_like(expected: str, output: str) -> bool:
    """Whether an output is what a page shows.

    >>> is_like("... would_link 86 ...", "outcome  would_link  86")
    True
    >>> is_like("would_link 86", "outcome  would_link  86")
    False
    """
    # Doctest's own ELLIPSIS wants something between the blanks on both sides of it.
    parts = [r"\s+".join(map(re.escape, part.split())) for part in expected.split("...")]
    return re.fullmatch(r"\s*" + r".*".join(parts) + r"\s*", output, re.DOTALL) is not None


def difference(step: Step, shell: Shell) -> str | None:
    """Run a command; returns how it differs from the page, None if it does not."""
    code, output = shell.run(step.command)
    if code:
        return f"$ {step.command}\nexit code {code}\n{output[-4000:]}"
    if step.expected is None:
        return None
    if is_like(step.expected, _PROGRESS.sub("", output)):
        return None
    return f"$ {step.command}\n--- expected\n{step.expected}\n--- got\n{output}"
