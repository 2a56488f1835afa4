"""Read a stream by its plan: one window after the other, through the API that suits it."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from tap_salesforce_zingle.plan.plans import Plan, count_soql
from tap_salesforce_zingle.read import windows
from tap_salesforce_zingle.read.bulk import KEPT, BulkReading
from tap_salesforce_zingle.read.optional import or_none
from tap_salesforce_zingle.read.progress import Progress
from tap_salesforce_zingle.read.rest import ManyRowsError, RestReading
from zingle_sync.salesforce import BulkJobError, BulkRefusedError, Salesforce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_salesforce_zingle.plan.columns import Row

logger = logging.getLogger(__name__)

# Rows of one page, which one call brings.
PAGE = 2_000
# Expected rows from which Bulk API 2.0 is cheaper than such pages.
BULK_FROM = 20_000


@dataclass
class Reader:
    """Reads one stream once.

    Attributes:
        state: The stream's bookmark; kept up to date while rows are handed out.
        settings: About windows, None to read the whole table.
        verify_counts: Whether each window is compared with a count.
        now: Salesforce's time that windows end before, None for that of the latest answer.
        expects_few: Whether one page is likely to hold everything.
        rows: Rows handed out so far.
        reread: Those of them that the lookback brought once more.
    """

    client: Salesforce
    plan: Plan
    state: dict[str, Any]
    settings: windows.Settings | None
    verify_counts: bool = False
    now: datetime | None = None
    expects_few: bool = False
    rows: int = 0
    reread: int = 0

    def records(self) -> Iterator[Row]:
        """The records, each once the state says where to go on behind it.

        Raises:
            SalesforceError: If reading cannot go on; the state says where it stopped.
        """
        settings = self.settings
        if settings is None:
            for record in self._whole_table():
                self.rows += 1
                yield record
            return
        while True:
            now = self.now or self.client.server_now
            if ahead := windows.forget_the_future(self.state, now, settings):
                logger.warning(
                    "The bookmark %s lies ahead of Salesforce's time: everything is read again",
                    ahead,
                )
            window = windows.next_window(self.state, now, settings)
            if window.is_whole:
                windows.begin_whole(self.state, now, settings)
            yield from self._window(window, settings)
            if not window.is_resumed:
                return

    def _window(self, window: windows.Window, settings: windows.Settings) -> Iterator[Row]:
        bookmark = windows.bookmark_of(self.state, settings.key) or ""
        before = self.rows
        for record in self._rows_of(window, settings):
            self.rows += 1
            if record[settings.key] < bookmark:
                self.reread += 1
            yield record
        if self._is_complete(window, settings, self.rows - before):
            windows.finish(self.state, window, settings)
        else:
            self.state.pop("resume", None)

    def _rows_of(self, window: windows.Window, settings: windows.Settings) -> Iterator[Row]:
        kept = self.state["resume"] if window.is_resumed else {}
        progress = Progress(window, settings, self.state)
        if str(kept.get("job") or "").isalnum():
            api: Literal["rest", "bulk"] = "bulk"
            progress.resume.update({name: kept.get(name) for name in KEPT})
        else:
            api = self._api(is_first=window.is_whole and window.start is None)
        return self._through(
            api,
            lambda rest: rest.window(progress, settings),
            lambda bulk: bulk.window(
                windows.condition(progress.window, settings.key), progress.resume
            ),
        )

    def _whole_table(self) -> Iterator[Row]:
        return self._through(
            self._api(is_first=False),
            lambda rest: rest.whole_table(),
            lambda bulk: bulk.window(None, {}),
        )

    def _through(
        self,
        api: Literal["rest", "bulk"],
        from_rest: Callable[[RestReading], Iterator[Row]],
        from_bulk: Callable[[BulkReading], Iterator[Row]],
    ) -> Iterator[Row]:
        """The rows through one API, or through the other one when the first does not serve."""
        if api == "rest":
            with suppress(ManyRowsError):
                yield from from_rest(RestReading(self.client, self.plan, self._bulk_from))
                return
        try:
            yield from from_bulk(BulkReading(self.client, self.plan))
        except (BulkRefusedError, BulkJobError) as error:
            if isinstance(error, BulkJobError) and self.plan.api == "bulk":
                raise  # The user asked for Bulk, and Salesforce failed to finish a job.
            logger.warning("Reading through REST instead: %s", error)
            yield from from_rest(RestReading(self.client, self.plan))

    @property
    def _bulk_from(self) -> int | None:
        """From how many rows on Bulk is the better way, None for never."""
        if self.plan.bulk_select is None or self.plan.api == "rest":
            return None
        return BULK_FROM if self.plan.api == "auto" else PAGE

    def _api(self, *, is_first: bool) -> Literal["rest", "bulk"]:
        """REST or Bulk; only a first read of everything is worth a call for an estimate."""
        if self.expects_few or self._bulk_from is None:
            return "rest"
        if self.plan.api == "bulk":
            return "bulk"
        if not is_first:
            return "rest"
        sobject = self.plan.sobject
        counts = or_none(lambda: self.client.record_counts([sobject]), "an estimate of rows") or {}
        return "bulk" if counts.get(sobject, 0) > BULK_FROM else "rest"

    def _is_complete(self, window: windows.Window, settings: windows.Settings, rows: int) -> bool:
        """Compare a window's rows with Salesforce's count; a resumed one was read in part."""
        if not self.verify_counts or window.is_resumed:
            return True
        condition = windows.condition(replace(window, position=None), settings.key)
        soql = count_soql(self.plan, condition)
        include_deleted = self.plan.include_deleted
        count = or_none(lambda: self.client.count(soql, include_deleted=include_deleted), "a count")
        if count is None:
            logger.warning("Salesforce does not count the %d rows read: not compared", rows)
            return True
        if count > rows:
            logger.warning(
                "Read %d rows, but Salesforce counts %d: the bookmark stays, so that the next run "
                "reads this window again",
                rows,
                count,
            )
        elif count < rows:
            logger.info("Read %d rows, %d of which have changed since", rows, rows - count)
        return count <= rows
