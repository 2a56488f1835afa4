"""v1 lists: filters become SQL, pages become LIMIT and OFFSET, ties come in no promised order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .counts import count_rows
from .drift import Walk, between_pages
from .endpoint import v1_status
from .errors import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from .call import Call


PAGING = frozenset({"page", "page_size", "sort_field", "sort_direction", "sort_fields"})
_WINDOW = 100
_LARGEST_PAGE = 1000
_FAR = 2**62
_RANGE = re.compile(r"(greater_than|less_than)\((-?[0-9]+)\)")


@dataclass(slots=True)
class Where:
    """Conditions that all hold, and their parameters.

    `selective` says that one of them leaves few rows, so that the table must not be walked in the
    order of the sort.
    """

    conditions: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)
    selective: bool = False

    def add(self, condition: str, *parameters: object, selective: bool = False) -> None:
        """Add a condition with its parameters."""
        self.conditions.append(condition)
        self.parameters += parameters
        self.selective = self.selective or selective

    def sql(self) -> str:
        """The WHERE clause, empty without a condition."""
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


@dataclass(frozen=True, slots=True)
class Page:
    """The record numbers of one page and the v1 status that describes it."""

    numbers: list[int]
    status: dict[str, Any]
    first: int
    total: int


def read_page(
    call: Call, table: str, where: Where, sortable: Mapping[str, str], *, named: str = "id"
) -> Page:
    """Read one page of a table's record numbers.

    Args:
        call: the request with its paging and sorting keys.
        table: a table with a column `number`.
        where: which rows.
        sortable: API field to column; `id` sorts by the record's number, which is as good an order
            as that of the UUIDs.
        named: what `status.sort_field` says when the request sorts by nothing.

    Raises:
        Refused: 2603, 2609, 2611.
    """
    page, size = _page_and_size(call)
    wanted = _sort(call)
    columns = [(sortable[name], way) for name, way in wanted if name in sortable]
    for name, _ in wanted:
        if name == "id" and call.reading("id_sort") == "refused":
            raise Refused(2609, "There is no sorting by id")
        if name not in sortable:
            call.violation(f"sort by {re.sub('[^a-z_]', '?', name)}, which no source allows here")
    total = count_rows(call.sandbox, table, where.sql(), where.parameters)
    first = (page - 1) * size
    status = v1_status(
        200,
        sort_field=wanted[0][0] if wanted else named,
        sort_direction=wanted[0][1] if wanted else "asc",
        page=page,
        page_size=size,
        total_pages=-(-total // size),
        total_records=total,
    )
    rows = _rows(call, table, where, columns, first, size) if first < total else []
    if rows and len(rows) < total:
        walk = Walk(
            table=table,
            where=where.sql(),
            parameters=where.parameters,
            order=_order(where, columns),
            sort=(status["sort_field"], status["sort_direction"]),
            first_row=rows[0],
            goes_on=first + len(rows) < total,
        )
        call.afterwards.append(partial(between_pages, call, walk))
    return Page(rows, status, first, total)


def time_range(call: Call, text: str) -> list[tuple[str, int]]:
    """Comparisons (operator, epoch seconds) of a filter such as `greater_than(1),less_than(9)`.

    The unit of the bounds and whether a bound itself is a hit are ambiguities that the profile
    decides. Text that is neither a number nor such functions matches nothing.
    """
    unit = 1000 if call.reading("filter_unit") == "milliseconds" else 1
    inclusive = call.reading("greater_than") == "inclusive"
    if re.fullmatch(r"[0-9]+", text):
        return [("=", min(_FAR, int(text)) // unit)]
    found = _RANGE.findall(text)
    if not found or ",".join(f"{name}({bound})" for name, bound in found) != text.replace(" ", ""):
        return [("=", -1)]
    # In milliseconds a bound may fall between two seconds: floor for >, ceiling for >= and <.
    comparisons = []
    for name, digits in found:
        bound = max(-_FAR, min(_FAR, int(digits)))
        if name == "greater_than":
            comparisons.append((">=", -(-bound // unit)) if inclusive else (">", bound // unit))
        else:
            comparisons.append(("<", -(-bound // unit)))
    return comparisons


def _page_and_size(call: Call) -> tuple[int, int]:
    page = _integer(call.query.values.get("page", "1"))
    if page is None or page < 1:
        raise Refused(2603)
    size = _integer(call.query.values.get("page_size", "10"))
    largest = _LARGEST_PAGE - (call.reading("page_size_1000") == "refused")
    if size is None or not 0 < size <= largest:
        raise Refused(2611)
    return page, size


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else None


def _sort(call: Call) -> list[tuple[str, str]]:
    """The sort fields with their directions, in order."""
    values = call.query.values
    direction = values.get("sort_direction", "asc").lower()
    fields = [field.split() for field in call.query.sort_fields]
    if not fields and values.get("sort_field"):
        fields = [[values["sort_field"], direction]]
    wanted = [(name, (rest[0] if rest else "asc").lower()) for name, *rest in fields]
    if any(way not in {"asc", "desc"} for _, way in wanted) or direction not in {"asc", "desc"}:
        raise Refused(2609)
    return wanted


def _rows(  # noqa: PLR0913, PLR0917 - the parts of one SELECT
    call: Call, table: str, where: Where, columns: list[tuple[str, str]], first: int, size: int
) -> list[int]:
    exact = any(column == "number" for column, _ in columns)
    margin = 0 if exact or call.reading("tie_order") == "stable" else _WINDOW
    start = max(0, first - margin)
    keys = [column for column, _ in columns] or ["0"]
    rows = call.store.all(
        f"SELECT number, {', '.join(keys)} FROM {table}{where.sql()} ORDER BY"
        f" {_order(where, columns)} LIMIT ? OFFSET ?",
        [*where.parameters, size + first - start + margin, start],
    )
    if margin:
        rows = _shuffle_ties(call, rows)
    return [row[0] for row in rows[first - start : first - start + size]]


def _order(where: Where, columns: list[tuple[str, str]]) -> str:
    """The terms of ORDER BY, the record's number last."""
    exact = any(column == "number" for column, _ in columns)
    last_way = columns[-1][1] if columns else "asc"
    return ", ".join(
        f"{'+' if where.selective else ''}{column} {way}"
        for column, way in [*columns, *([] if exact else [("number", last_way)])]
    )


def _shuffle_ties(call: Call, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """Rows that sort alike, in another order at each call.

    Only as far as the window around the page reaches: that is enough to lose and repeat rows at
    every page border that cuts through a tie.
    """
    shuffled: list[sqlite3.Row] = []
    for _, ties in groupby(rows, key=lambda row: tuple(row)[1:]):
        group = list(ties)
        if len(group) > 1:
            call.sandbox.random.shuffle(group)
        shuffled += group
    return shuffled
