"""Read through REST: in order, resumed at the last row, in parts where Salesforce gives up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_salesforce_zingle.plan.columns import Children
from tap_salesforce_zingle.plan.plans import BULK_FROM, Plan, rest_soql
from tap_salesforce_zingle.plan.rows import from_rest
from tap_salesforce_zingle.read.progress import Progress, halved, widened, width_of
from tap_salesforce_zingle.read.windows import Settings, condition
from zingle_sync.salesforce import LocatorLostError, Salesforce, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_salesforce_zingle.plan.columns import Row

logger = logging.getLogger(__name__)

# Restarts at the same place after lost results.
MAX_RESTARTS = 5


class ManyRowsError(Exception):
    """The first page says that there are so many rows that Bulk API 2.0 is the better way."""


@dataclass
class RestReading:
    """Reads a plan through REST.

    Attributes:
        client: Answers queries.
        plan: What to ask.
        may_go_bulk: Whether ManyRowsError is wanted when a first page announces many rows.
    """

    client: Salesforce
    plan: Plan
    may_go_bulk: bool = False

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
            try:
                yield from self._part(progress, settings, end)
            except TooLargeError as error:
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

    def _part(self, progress: Progress, settings: Settings, end: str) -> Iterator[Row]:
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        key = settings.key
        note = progress.note

        def record_of(row: Row) -> Row:
            row_id = row["Id"]
            record: Row = build(row)
            note(record[key], row_id)
            return record

        return self._restarted(lambda: condition(progress.window, key, end=end), record_of)

    def whole_table(self) -> Iterator[Row]:
        """All rows, without a window; they come in the order of their Id where they have one.

        Raises:
            ManyRowsError: Before the first row.
            SalesforceError: If reading cannot go on.
        """
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        last: str | None = None

        def record_of(row: Row) -> Row:
            nonlocal last
            if self.plan.by_id:
                last = row["Id"]
            record: Row = build(row)
            return record

        return self._restarted(lambda: f"Id > '{last}'" if last else None, record_of)

    def _restarted(
        self, condition: Callable[[], str | None], record_of: Callable[[Row], Row]
    ) -> Iterator[Row]:
        """The rows that a condition leaves, asked for again behind the last one when they are lost.

        Args:
            condition: What is still to come; moves on with each row.
            record_of: Makes a record of a row and takes note of it.
        """
        restarts = 0
        while True:
            asked = condition()
            try:
                for row in self._rows(rest_soql(self.plan, asked)):
                    yield record_of(row)
            except LocatorLostError:
                restarts = 1 if condition() != asked else restarts + 1
                if restarts > MAX_RESTARTS:
                    raise
                logger.info("Salesforce lost the result; asking again from the last row on")
            else:
                return

    def _rows(self, soql: str) -> Iterator[Row]:
        children = [column.name for column in self.plan.columns if isinstance(column, Children)]
        for page in self.client.query(soql, include_deleted=self.plan.include_deleted):
            if self.may_go_bulk and page.total_size > BULK_FROM:
                raise ManyRowsError
            self.may_go_bulk = False
            for row in page.records if children else ():
                self._complete(row, children)
            yield from page.records

    def _complete(self, row: Row, children: list[str]) -> None:
        """Follow the pages of subqueries with many rows."""
        for name in children:
            answer = row.get(name)
            if answer and answer.get("nextRecordsUrl"):
                for page in self.client.following_pages(answer["nextRecordsUrl"]):
                    answer["records"] += page.records
