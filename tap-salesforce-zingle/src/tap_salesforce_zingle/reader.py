"""Read a stream by its plan: windows, pages, resumption; REST or Bulk API 2.0."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tap_salesforce_zingle import windows
from tap_salesforce_zingle.columns import Children, Row, from_rest
from tap_salesforce_zingle.planner import Plan, count_soql, rest_soql
from zingle_sync.salesforce import LocatorLostError, Salesforce, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.salesforce import QueryPage

logger = logging.getLogger(__name__)

MAX_RESTARTS: Final = 5
"""Restarts after a lost result without a single new row in between."""


@dataclass
class Reader:
    """Reads one stream once.

    Attributes:
        client: Answers queries.
        plan: What to ask.
        state: The stream's bookmark; kept up to date while rows are handed out.
        settings: About windows, None to read the whole table.
        verify_counts: Whether each window is compared with a count.
        rows: Rows handed out so far.
        reread: Those of them that the lookback brought once more.
    """

    client: Salesforce
    plan: Plan
    state: dict[str, Any]
    settings: windows.Settings | None
    verify_counts: bool = False
    rows: int = 0
    reread: int = 0

    def records(self) -> Iterator[Row]:
        """The records, each once the state says where to go on behind it.

        Raises:
            SalesforceError: If reading cannot go on; the state says where it stopped.
        """
        if self.settings is None:
            yield from self._whole_table()
            return
        while True:
            now = self.client.server_now
            window = windows.next_window(self.state, now, self.settings)
            full = windows.is_full_read_due(self.state, now, self.settings)
            yield from self._window(window, self.settings)
            if full and not window.is_resumed:
                self.state["full_read_at"] = windows.text_of(now, "datetime")
            if not window.is_resumed:
                return

    def _window(self, window: windows.Window, settings: windows.Settings) -> Iterator[Row]:
        bookmark = windows.bookmark_of(self.state, settings.key)
        progress = windows.Progress(window, settings.key, self.state)
        before = self.rows
        for record in self._rest(progress, settings):
            self.rows += 1
            if bookmark is not None and record[settings.key] < bookmark:
                self.reread += 1
            yield record
        is_complete = not self.verify_counts or self._is_complete(window, self.rows - before)
        if is_complete:
            self.state["replication_key"] = settings.key
            self.state["replication_key_value"] = windows.bookmark_after(
                window, self.state, settings
            )
        self.state.pop("resume", None)

    def _rest(self, progress: windows.Progress, settings: windows.Settings) -> Iterator[Row]:
        """The rest of a window through REST, in parts where it is too large."""
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
        restarts = 0
        while True:
            before = self.rows
            condition = windows.condition(progress.window, settings.key, end=end)
            try:
                yield from self._query(rest_soql(self.plan, condition), progress, settings.key)
            except LocatorLostError:
                restarts = 1 if self.rows > before else restarts + 1
                if restarts > MAX_RESTARTS:
                    raise
                logger.info("Salesforce lost the result; asking again from the last row on")
                continue
            return

    def _query(self, soql: str, progress: windows.Progress, key: str) -> Iterator[Row]:
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        note = progress.note
        for page in self._pages(soql):
            for row in page.records:
                row_id = row["Id"]
                record = build(row)
                note(record[key], row_id)
                yield record

    def _pages(self, soql: str) -> Iterator[QueryPage]:
        pages = self.client.query(soql, include_deleted=self.plan.include_deleted)
        children = [column.name for column in self.plan.columns if isinstance(column, Children)]
        if not children:
            return pages
        return (self._with_all_children(page, children) for page in pages)

    def _with_all_children(self, page: QueryPage, names: list[str]) -> QueryPage:
        """Follow the pages of subqueries with many rows."""
        for row in page.records:
            for name in names:
                answer = row.get(name)
                if answer and answer.get("nextRecordsUrl"):
                    for more in self.client.following_pages(answer["nextRecordsUrl"]):
                        answer["records"] += more.records
        return page

    def _whole_table(self) -> Iterator[Row]:
        """All rows, without a window; they come in the order of their Id where they have one."""
        build = from_rest(self.plan.columns, hidden=not self.plan.is_exact)
        last: str | None = None
        restarts = 0
        while True:
            before = self.rows
            condition = f"Id > '{last}'" if last else None
            try:
                for page in self._pages(rest_soql(self.plan, condition)):
                    for row in page.records:
                        if self.plan.by_id:
                            last = row["Id"]
                        self.rows += 1
                        yield build(row)
            except LocatorLostError:
                restarts = 1 if self.rows > before else restarts + 1
                if restarts > MAX_RESTARTS:
                    raise
                logger.info("Salesforce lost the result; asking again from the last row on")
                continue
            return

    def _is_complete(self, window: windows.Window, rows: int) -> bool:
        """Compare a window's rows with Salesforce's count; a resumed one was read in part."""
        if window.is_resumed or self.settings is None:
            return True
        condition = windows.condition(replace(window, position=None), self.settings.key)
        soql = count_soql(self.plan, condition)
        count = self.client.count(soql, include_deleted=self.plan.include_deleted)
        if count == rows:
            return True
        logger.warning(
            "Read %d rows, but Salesforce counts %d; %s",
            rows,
            count,
            "the bookmark stays, so that the next run reads this window again"
            if count > rows
            else "rows that changed meanwhile come again in the next run",
        )
        return count < rows
