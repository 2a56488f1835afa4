"""Changes of a project's files as values: shown first, written when a person agrees."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from dotenv import set_key

from zingle_operator.console import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Variables of `.env` whose values may be shown: everything else there is taken for a secret.
_SHOWN = re.compile(
    r"(API_URL|DOMAIN|LOGIN_URL|OBJECTS|SERVICE_IDS?|START_DATE|SYNC_LOG|TOKEN_STORE)$"
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a file becomes.

    Attributes:
        path: The file.
        before: Its text, "" where it is new.
        after: Its text to be.
    """

    path: Path
    before: str
    after: str

    @property
    def difference(self) -> str:
        """A unified diff, in which no secret of `.env` is shown; of a lock file its name."""
        if self.path.suffix == ".lock":
            return f"{self.path}: a plugin's settings, as `--about` lists them"
        is_env = self.path.name == ".env"
        before, after = (
            [_hidden(line) if is_env else line for line in text.splitlines()]
            for text in (self.before, self.after)
        )
        if is_env and before == after:
            after = [*after, "(other hidden values)"]
        lines = difflib.unified_diff(
            before,
            after,
            str(self.path) if self.before else "/dev/null",
            str(self.path),
            lineterm="",
            n=0 if is_env else 3,
        )
        return "\n".join(lines)

    def write(self) -> None:
        """Put the new text into the file's place, whole or not at all; `.env` is its owner's."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f"{self.path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(self.after)
        Path(name).chmod(0o600 if self.path.name == ".env" else mode)
        Path(name).replace(self.path)


def _hidden(line: str) -> str:
    """A line of `.env` as it may be shown.

    >>> _hidden("TAP_ZINGLE_TOKEN='eyJ'"), _hidden("TAP_ZINGLE_API_URL=https://api.zingle.me")
    ('TAP_ZINGLE_TOKEN=(hidden)', 'TAP_ZINGLE_API_URL=https://api.zingle.me')
    """
    name, is_value, _ = line.partition("=")
    shown = not is_value or line.startswith("#") or _SHOWN.search(name.strip())
    return line if shown else f"{name}=(hidden)"


def variables_change(file: Path, values: Mapping[str, str]) -> FileChange:
    """The change of a `.env` that gives variables these values and leaves all else as it is.

    Meltano reads it by dotenv, to whom `${` begins a variable, in quotes, too; what is behind `:-`
    stands for the variable without a name, which there never is.
    """
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, ".env")
        copy.write_text(before, encoding="utf-8")
        for name, value in values.items():
            set_key(copy, name, value.replace("${", "${:-${}"), quote_mode="auto")
        return FileChange(file, before, copy.read_text(encoding="utf-8"))


def variable(plugin: str, setting: str) -> str:
    """The environment variable that Meltano reads a plugin's setting from.

    >>> variable("tap-zingle--west", "start_date")
    'TAP_ZINGLE__WEST_START_DATE'
    """
    return f"{plugin}_{setting}".replace("-", "_").upper()


def write_after_showing(changes: Sequence[FileChange], *, ask: bool) -> bool:
    """Show what would be written, ask if a person is to be asked, and write it.

    Returns:
        Whether the files are as they should be now.
    """
    wanted = [change for change in changes if change.before != change.after]
    if not wanted:
        return True
    for change in wanted:
        say(change.difference)
    if ask and not typer.confirm("Write this?", err=True):
        return False
    for change in wanted:
        change.write()
    return True
