"""Read through REST: in order, resumed at the last row, in parts where Salesforce gives up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tap_salesforce_zingle import windows
from tap_salesforce_zingle.columns import Children, Row, from_rest
from tap_salesforce_zingle.planner import BULK_FROM, Plan, rest_soql
from zingle_sync.salesforce import LocatorLostError, Salesforce, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.salesforce import QueryPage

logger = logging.getLogger(__name__)

MAX_RESTARTS: Final = 5
"""Restarts at the same place after lost results."""


class ManyRowsError(Exception):
    """The first page says that there are so many rows that Bulk API 2.0 is the better way."""


@dataclass
class RestReading:
    """Reads a plan through REST.

    Attributes:
        client: Answers queries.
        plan: What to ask.
        may_go_bulk: Whether ManyRowsError is wanted when a first page announces many rows.
        rows: Rows handed out so far.
    """

    client: Salesforce
    plan: Plan
    may_go_bulk: bool = False
    rows: int = 0

    def window(self, progress: windows.Progress, settings: windows.Settings) -> Iterator[Row]:
        """The rest of a window; ``progress`` is kept up to date.

        Raises:
            ManyRowsError: Before the first row.
            SalesforceError: If reading cannot go on.
        """
        end = progress.window.end
        while True:
            window = progress.window
            width = windows.width_of(window, end)
            try:
                yield from self._part(progress, settings, end)
            except TooLargeError as error:
                nearer = windows.halved(progress.window, end, settings.kind)
                if nearer is None:
                    raise
                logger.info("%s; going on in smaller steps, up to %s", error.code, nearer)
                end = nearer
                continue
            if end == window.end:
                return
            progress.part_done(end)
            end = windows.widened(progress.window, width, settings.kind)

    def _part(
        self, progress: windows.Progress, settings: windows.Settings, end: str
    ) -> Iterator[Row]:
        key = settings.key
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        note = progress.note
        restarts = 0
        while True:
            before = progress.window.position
            condition = windows.condition(progress.window, key, end=end)
            try:
                for page in self._pages(rest_soql(self.plan, condition)):
                    for row in page.records:
                        row_id = row["Id"]
                        record = build(row)
                        note(record[key], row_id)
                        self.rows += 1
                        yield record
            except LocatorLostError:
                restarts = self._restart(restarts, progressed=progress.window.position != before)
                continue
            return

    def whole_table(self) -> Iterator[Row]:
        """All rows, without a window; they come in the order of their Id where they have one.

        Raises:
            ManyRowsError: Before the first row.
            SalesforceError: If reading cannot go on.
        """
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        last: str | None = None
        restarts = 0
        while True:
            before = last
            condition = f"Id > '{last}'" if last else None
            try:
                for page in self._pages(rest_soql(self.plan, condition)):
                    for row in page.records:
                        if self.plan.by_id:
                            last = row["Id"]
                        self.rows += 1
                        yield build(row)
            except LocatorLostError:
                restarts = self._restart(restarts, progressed=last != before)
                continue
            return

    def _restart(self, restarts: int, *, progressed: bool) -> int:
        """Count restarts at the same place; raises the error at hand when there are too many."""
        restarts = 1 if progressed else restarts + 1
        if restarts > MAX_RESTARTS:
            raise  # noqa: PLE0704 - called while the error is being handled
        logger.info("Salesforce lost the result; asking again from the last row on")
        return restarts

    def _pages(self, soql: str) -> Iterator[QueryPage]:
        children = [column.name for column in self.plan.columns if isinstance(column, Children)]
        for page in self.client.query(soql, include_deleted=self.plan.include_deleted):
            if self.may_go_bulk and page.total_size > BULK_FROM:
                raise ManyRowsError
            self.may_go_bulk = False
            for row in page.records if children else ():
                self._complete(row, children)
            yield page

    def _complete(self, row: Row, children: list[str]) -> None:
        """Follow the pages of subqueries with many rows."""
        for name in children:
            answer = row.get(name)
            if answer and answer.get("nextRecordsUrl"):
                for page in self.client.following_pages(answer["nextRecordsUrl"]):
                    answer["records"] += page.records
