"""Where the commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from zingle_sync.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

LONGEST_LINE = 5000
# Where nobody looks, a long cell does not push the columns after it out of sight.
_WIDEST_COLUMN = 40
_COLUMN = "  "


def out() -> Console:
    """The console for results."""
    return Console(soft_wrap=not sys.stdout.isatty(), highlight=False, emoji=False)


def print_table(table: Table, *, stderr: bool = False) -> None:
    """Print a table that breaks no word: not an id, not a time.

    On a terminal that is too narrow for that each row is a list; elsewhere each row is a line.

    Args:
        table: From `plain_table`.
        stderr: Whether it is beside the command's result.
    """
    console = Console(stderr=stderr, highlight=False, emoji=False)
    rows = list(zip(*(list(column.cells) for column in table.columns), strict=True))
    headings = [str(column.header) for column in table.columns]
    if not console.is_terminal:
        _print_lines(console, [tuple(headings), *([str(cell) for cell in row] for row in rows)])
    elif console.measure(table).minimum <= console.width:
        console.print(table)
    else:
        _print_lists(console, headings, rows)


def _print_lines(console: Console, rows: Sequence[Sequence[str]]) -> None:
    cells = [[cell.split("\n") for cell in row] for row in rows]
    widths = [
        min(max(len(line) for cell in column for line in cell), _WIDEST_COLUMN)
        for column in zip(*cells, strict=True)
    ]
    for row in cells:
        for lines in zip_longest(*row, fillvalue=""):
            padded = (line.ljust(width) for line, width in zip(lines, widths, strict=True))
            console.print(_COLUMN.join(padded).rstrip(), markup=False, soft_wrap=True)


def _print_lists(
    console: Console, headings: Sequence[str], rows: Iterable[Sequence[RenderableType]]
) -> None:
    for row in rows:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for heading, cell in zip(headings, row, strict=True):
            if str(cell):
                table.add_row(heading, cell)
        console.print(table)
        console.print()


def say(sentence: str) -> None:
    """Tell the operator something that is not the command's result."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
    console.print(plain(sentence), markup=False)


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
    """A table without lines, whose columns wrap on a narrow terminal, those of times never."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading.endswith("(UTC)"))
    return table


def print_json(value: Any) -> None:  # noqa: ANN401 - anything that JSON can hold
    """Print a value as indented JSON, with times in ISO 8601."""
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(encoded.decode() + "\n")
