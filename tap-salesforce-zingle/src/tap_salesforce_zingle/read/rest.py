"""Read through REST: in order, resumed at the last row, in parts where Salesforce gives up.

A result counts as read when Salesforce has said so and as many rows have come as it had announced,
which the client sees to, and for subqueries this module. What is lost on the way is asked for
again: behind the last row when the rest is lost, from the beginning of the query when a row is
missing that nobody can name.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.plan.columns import Children
from tap_salesforce_zingle.plan.plans import Plan, rest_soql
from tap_salesforce_zingle.plan.rows import from_rest
from tap_salesforce_zingle.read.progress import Progress, halved, widened, width_of
from tap_salesforce_zingle.read.windows import Settings, condition
from zingle_sync.salesforce import (
    LocatorLostError,
    RowsMissingError,
    Salesforce,
    TooLargeError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_salesforce_zingle.plan.columns import Column, Read, Row
    from tap_salesforce_zingle.read.windows import Position

logger = logging.getLogger(__name__)

# Restarts at the same place after lost results.
MAX_RESTARTS = 5

# What comes of a row without its fields, or with values that are none.
NO_ROW = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


class OddRowError(Exception):
    """A row that is none."""

    def __init__(self) -> None:
        super().__init__("Salesforce sent a row without the fields that were asked for.")


class ManyRowsError(Exception):
    """The first page says that there are so many rows that Bulk API 2.0 is the better way."""


@dataclass(slots=True)
class _Part:
    """A place in a part of a window."""

    progress: Progress
    key: str
    end: str

    @property
    def position(self) -> Position | None:
        return self.progress.window.position

    @property
    def condition(self) -> str | None:
        return condition(self.progress.window, self.key, end=self.end)

    def note(self, record: Row, row_id: str) -> None:
        self.progress.note(record[self.key], row_id)

    def go_back(self, position: Position | None) -> None:
        self.progress.go_back(position)


@dataclass(slots=True)
class _Whole:
    """A place in a whole table: the Id of the last row, where rows are in the order of it."""

    by_id: bool
    position: str | None = None

    @property
    def condition(self) -> str | None:
        return f"Id > '{self.position}'" if self.position else None

    def note(self, _record: Row, row_id: str) -> None:
        if self.by_id:
            self.position = row_id

    def go_back(self, position: str | None) -> None:
        self.position = position


@dataclass
class RestReading:
    """Reads a plan through REST.

    Attributes:
        bulk_from: More rows than this in a first page's announcement are a ManyRowsError.
    """

    client: Salesforce
    plan: Plan
    bulk_from: int | None = None

    def window(self, progress: Progress, settings: Settings) -> Iterator[Row]:
        """The rest of a window; `progress` is kept up to date.

        Raises:
            ManyRowsError: Before the first row.
            SalesforceError: If reading cannot go on.
        """
        end = progress.window.end
        while True:
            window = progress.window
            width = width_of(window, end)
            progress.begin_part(end, settings)
            # A narrower part may get through where the same question is lost again.
            is_narrowest = halved(window, end, settings.kind) is None
            try:
                yield from self._restarted(
                    _Part(progress, settings.key, end), MAX_RESTARTS if is_narrowest else 1
                )
            except (TooLargeError, LocatorLostError) as error:
                nearer = halved(progress.window, end, settings.kind)
                if nearer is None:
                    raise
                logger.info("%s; going on in smaller steps, up to %s", error.code, nearer)
                end = nearer
                continue
            if end == window.end:
                return
            progress.part_done(end)
            end = widened(progress.window, width, settings.kind)

    def whole_table(self) -> Iterator[Row]:
        """All rows, without a window; they come in the order of their Id where they have one.

        Raises:
            ManyRowsError: Before the first row.
            SalesforceError: If reading cannot go on.
        """
        return self._restarted(_Whole(self.plan.by_id), MAX_RESTARTS)

    def _restarted(self, place: _Part | _Whole, most: int) -> Iterator[Row]:
        """The rows behind a place; when they are lost, they are asked for again."""
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        children = _children(self.plan.columns)
        restarts = 0
        is_repeatable = True
        while True:
            asked: Any = place.position
            try:
                for row in self._rows(rest_soql(self.plan, place.condition)):
                    is_repeatable = self.plan.by_id
                    yield self._record_of(row, build, place, children)
            except (LocatorLostError, OddRowError) as error:
                if isinstance(error, RowsMissingError):
                    place.go_back(asked)
                restarts = 1 if place.position != asked else restarts + 1
                is_odd = isinstance(error, OddRowError)
                is_last = restarts > (MAX_RESTARTS if is_odd else most)
                # Without an order, rows that are out could not be told from those to come.
                if not is_repeatable or (is_last and is_odd):
                    raise TransientError(str(error)) from error
                if is_last:
                    raise
                logger.info("%s; asking for the rest of it again", error)
            else:
                return

    def _rows(self, soql: str) -> Iterator[Row]:
        for page in self.client.query(soql, include_deleted=self.plan.include_deleted):
            if self.bulk_from is not None and page.total_size > self.bulk_from:
                raise ManyRowsError
            self.bulk_from = None
            yield from page.records

    def _record_of(
        self, row: Row, build: Read, place: _Part | _Whole, children: list[Children]
    ) -> Row:
        """The record of a row, which is taken note of."""
        try:
            if children:
                self._complete(row, children)
            row_id = row["Id"] if self.plan.by_id else ""
            if not isinstance(row_id, str):
                raise OddRowError
            record: Row = build(row)
            place.note(record, row_id)
        except NO_ROW as error:
            raise OddRowError from error
        return record

    def _complete(self, row: Row, children: list[Children]) -> None:
        """Follow the pages of subqueries with many rows, and of those inside of them."""
        for column in children:
            answer = row[column.name]
            if answer is None:
                continue
            for page in self.client.following_pages(answer.get("nextRecordsUrl")):
                answer["records"] += page.records
            announced, came = answer["totalSize"], len(answer["records"])
            if came < announced or not (answer["done"] or answer.get("nextRecordsUrl")):
                raise RowsMissingError(announced, came)
            if inner := _children(column.columns):
                for child in answer["records"]:
                    self._complete(child, inner)


def _children(columns: Sequence[Column]) -> list[Children]:
    return [column for column in columns if isinstance(column, Children)]
