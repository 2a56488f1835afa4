"""Where the commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from zingle_sync.texts import one_line

LONGEST_LINE = 5000
# Tables that go to a file or a pipe are not wrapped: one row, one line.
_UNWRAPPED = 1000


def out() -> Console:
    """The console for results."""
    return Console(width=None if sys.stdout.isatty() else _UNWRAPPED, highlight=False)


def aside() -> Console:
    """The console for tables that are not the command's result."""
    return Console(stderr=True, width=None if sys.stderr.isatty() else _UNWRAPPED, highlight=False)


def say(sentence: str) -> None:
    """Tell the operator something that is not the command's result."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(plain(sentence), markup=False)


def add_row(table: Table, *cells: str | Text) -> None:
    """Add a row whose texts are no markup: field paths have brackets."""
    table.add_row(*(Text(plain(cell)) if isinstance(cell, str) else cell for cell in cells))


def plain(text: str) -> str:
    r"""A text of some service, record or log without what would steer the terminal.

    >>> plain("a\x1b[2Jb\n   ^ here")
    'a [2Jb\n   ^ here'
    """
    return "\n".join(one_line(line, LONGEST_LINE) for line in text.split("\n"))


def plain_table(*headings: str) -> Table:
    """A table without lines, whose columns wrap on a narrow terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def print_json(value: Any) -> None:  # noqa: ANN401 - anything that JSON can hold
    """Print a value as indented JSON, with times in ISO 8601."""
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(encoded.decode() + "\n")
