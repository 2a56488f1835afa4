"""The lists of Zingle that know when a row was recorded and changed: messages and events.

Change here how such a list is read; what is made of its rows is not this module's business.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_zingle.bookmarks import Bookmark, ReadPlan
from tap_zingle.conversations import activity_time, timestamp
from tap_zingle.zones import ONE_DAY, ZoneHistory
from zingle_sync.zingle.pages import PAGE_SIZE, not_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.zingle import Zingle

logger = logging.getLogger(__name__)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimedList:
    """One list of one service.

    Attributes:
        zingle: Sends the calls.
        service_id: The service.
        name: `messages` or `events`.
    """

    zingle: Zingle
    service_id: str
    name: str

    @property
    def path(self) -> str:
        """The list's path in API v1."""
        return f"services/{self.service_id}/{self.name}"

    @property
    def pages(self) -> int:
        """How many pages the whole list has; asks for it."""
        return -(-self.zingle.page(self.path, {}, page_size=1).total_records // PAGE_SIZE)

    def recorded_since(self, start: int, **filters: str) -> Iterator[tuple[int, Row]]:
        """Rows recorded at or after `start` (epoch seconds) and when that was, oldest first."""
        params = {"sort_fields": "created_at asc,id asc", "created_at": not_before(start)}
        for row in self.zingle.rows(self.path, {**params, **filters}):
            created = timestamp(row.get("created_at"))
            if created is not None and created >= start:
                yield created, row

    def changed_since(self, since: int) -> Iterator[Row]:
        """Rows changed at or after `since` (epoch seconds), the latest change first.

        Where Zingle names no `updated_at` the search ends after a page of such rows.
        """
        silent = 0
        for row in self.zingle.rows(self.path, {"sort_fields": "updated_at desc,id asc"}):
            updated = timestamp(row.get("updated_at"))
            if updated is None:
                silent += 1
                if silent >= PAGE_SIZE:
                    logger.warning(
                        "Zingle names no updated_at on %s of service %s: "
                        "changes on earlier days can't be seen",
                        self.name,
                        self.service_id,
                    )
                    return
            elif updated < since:
                return
            else:
                yield row


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
        """New and changed rows, and how far they reach."""
        oldest = self.zones.day_start(self.plan.oldest_day)
        start = self.plan.read_from
        if self.plan.emit_since is None:
            start = self.zones.day_start(self.plan.first_day)
        start = max(start, oldest)
        if self.plan.late_since is not None:
            for row in self.rows.changed_since(self.plan.late_since):
                if oldest <= (timestamp(row.get("created_at")) or oldest - 1) < start:
                    yield row
        yield from self._recent(start)
        yield Bookmark(self.until)

    def _recent(self, start: int) -> Iterator[Row | Bookmark]:
        """Rows from the start on; while all are wanted, a bookmark after each day."""
        since = self.plan.emit_since
        day = None
        for created, row in self.rows.recorded_since(start):
            today = self.zones.local_date(created)
            if since is None and day is not None and today > day:
                yield Bookmark(self.until, today - ONE_DAY)
            day = max(day or today, today)
            if since is None or (activity_time(row) or created) >= since:
                yield row
