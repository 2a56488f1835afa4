"""The lists of Zingle that know when a row was recorded and changed: messages and events.

Change here where reading such a list ends, and what is told when it can't be proved complete; that
it is read so that nothing is missed is `zingle_sync.zingle.lists`' work.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_zingle.bookmarks import SAFETY_SECONDS, Bookmark, ReadPlan
from tap_zingle.conversations import activity_time
from tap_zingle.local_days import ONE_DAY, ZoneHistory
from zingle_sync.zingle.pages import PAGE_SIZE, seconds_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from zingle_sync.zingle import Zingle
    from zingle_sync.zingle.lists import Listing, SortedBy

logger = logging.getLogger(__name__)

Row = dict[str, Any]


@dataclass
class TimedList:
    """One list of one service.

    Attributes:
        zingle: Sends the calls.
        service_id: The service.
        name: Which list.
        proved: Whether all that was read so far is proved to be complete.
    """

    zingle: Zingle
    service_id: str
    name: str
    proved: bool = True

    @property
    def pages(self) -> int:
        """How many pages the whole list has; asks for it."""
        path = f"services/{self.service_id}/{self.name}"
        return -(-self.zingle.page(path, {}, page_size=1).total_records // PAGE_SIZE)

    def recorded(self, start: int, end: int, **filters: str) -> Iterator[tuple[int, Row]]:
        """Rows recorded from `start` to `end` (epoch seconds) and when that was, oldest first.

        As long as the list is `proved`, all rows recorded earlier came before the one at hand.
        """
        listing = self.zingle.listing(self.service_id, self.name, "created_at", start, **filters)
        for row in self._watched(listing):
            created = seconds_of(row.get("created_at"))
            if created is not None:
                if created > end:
                    return
                yield created, row

    def changed_since(self, since: int) -> Iterator[Row]:
        """Rows changed at or after `since` (epoch seconds), the latest change first.

        Where Zingle names no `updated_at` the search ends after a page of such rows.
        """
        blind = yield from self._latest("updated_at", since)
        if blind:
            logger.warning(
                "Zingle names no updated_at on %s of service %s: "
                "changes on earlier days can't be seen",
                self.name,
                self.service_id,
            )

    def scheduled_since(self, since: int) -> Iterator[Row]:
        """Rows that were to be sent at or after `since` (epoch seconds), the latest first."""
        yield from self._latest("execute_at", since)

    def _latest(self, by: SortedBy, since: int) -> Generator[Row, None, bool]:
        """Rows with such a time at or after `since`; whether a page in a row had none of it."""
        silent = 0
        for row in self._watched(self.zingle.listing(self.service_id, self.name, by)):
            time = seconds_of(row.get(by))
            silent = silent + 1 if time is None else 0
            if silent >= PAGE_SIZE or (time is not None and time < since):
                break
            if time is not None:
                yield row
        return silent >= PAGE_SIZE

    def _watched(self, listing: Listing) -> Iterator[Row]:
        for row in listing:
            self.proved = self.proved and listing.proved
            if row.get("id"):
                yield row
        self.proved = self.proved and listing.proved

    def doubt(self) -> None:
        """Say that the list is not proved."""
        logger.warning(
            "Service %s: its list of %s changed too much, or came in no order, while it was read: "
            "nothing is left out for good, the next run reads from where this one began",
            self.service_id,
            self.name,
        )


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of a list that are new or changed.

    Attributes:
        rows: The list.
        zones: The service's time zones.
        plan: What is to be read.
        until: How far all is known once it is read (epoch seconds).
    """

    rows: TimedList
    zones: ZoneHistory
    plan: ReadPlan
    until: int

    def read(self) -> Iterator[Row | Bookmark]:
        """New and changed rows, and how far they reach, as far as that is proved."""
        oldest = self.zones.day_start(self.plan.oldest_day)
        start = self.plan.read_from
        if self.plan.emit_since is None:
            start = self.zones.day_start(self.plan.first_day)
        start = max(start, oldest)
        if self.plan.late_since is not None:
            for row in self.rows.changed_since(self.plan.late_since):
                if oldest <= (seconds_of(row.get("created_at")) or oldest - 1) < start:
                    yield row
        yield from self._recent(start)
        if self.rows.proved:
            yield Bookmark(self.until)
        else:
            self.rows.doubt()

    def _recent(self, start: int) -> Iterator[Row | Bookmark]:
        """Rows from the start on; while all are wanted, a bookmark after each day."""
        since = self.plan.emit_since
        day = None
        for created, row in self.rows.recorded(start, self.until + 2 * SAFETY_SECONDS):
            today = self.zones.local_date(created)
            if since is None and day is not None and today > day and self.rows.proved:
                yield Bookmark(self.until, today - ONE_DAY)
            day = max(day or today, today)
            if since is None or (activity_time(row) or created) >= since:
                yield row
