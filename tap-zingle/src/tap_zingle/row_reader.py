"""Read the single messages or events of one service that are new or changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from tap_zingle.conversations import activity_time, timestamp
from tap_zingle.reader import SAFETY_SECONDS
from tap_zingle.reading import SECONDS_PER_DAY, Bookmark, ReadSettings
from tap_zingle.zones import ONE_DAY
from zingle_sync.zingle import not_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["RowReader"]

Row = dict[str, Any]


@dataclass
class RowReader:
    """Reads the rows of one list that has `created_at` and `updated_at`.

    Attributes:
        rows: Lists rows with filters, such as the client's `messages` of one service.
        record: Turns a row into a record.
        oldest: Nothing recorded before this (epoch seconds) is read.
        settings: What is to be read.
        started_at: Zingle's time at the start of the run (epoch seconds).
    """

    rows: Callable[..., Iterator[Any]]
    record: Callable[[Mapping[str, Any]], Row]
    oldest: int
    settings: ReadSettings
    started_at: int

    def read(self, bookmark: Bookmark) -> Iterator[Row | Bookmark]:
        """Yield new and changed rows, and how far they reach (days are UTC days here)."""
        until = self.started_at - SAFETY_SECONDS
        since = None
        if bookmark.activity_until is not None:
            since = bookmark.activity_until - self.settings.lookback_seconds
        resumed_after = bookmark.days_complete_until
        start = self.oldest
        if resumed_after is not None:
            start = max(start, _start_of(resumed_after + ONE_DAY))
        elif since is not None:
            start = max(start, since - self.settings.scheduled_days * SECONDS_PER_DAY)
        if since is not None and self.settings.late_changes:
            yield from self._late(since, start)
        yield from self._recent(start, None if resumed_after else since, until)
        yield Bookmark(until)

    def _recent(self, start: int, since: int | None, until: int) -> Iterator[Row | Bookmark]:
        """Yield rows from the start on; while all are wanted, a bookmark after each day."""
        day = None
        for row in self.rows(created_at=not_before(start)):
            created = timestamp(row.get("created_at"))
            if created is None or created < start:
                continue
            today = datetime.fromtimestamp(created, UTC).date()
            if day is not None and today > day and since is None:
                yield Bookmark(until, today - ONE_DAY)
            day = max(day or today, today)
            if since is None or (activity_time(row) or created) >= since:
                yield self.record(row)

    def _late(self, since: int, start: int) -> Iterator[Row]:
        """Yield rows recorded before the start that changed since."""
        for row in self.rows(sort_fields="updated_at desc,id asc"):
            updated = timestamp(row.get("updated_at"))
            if updated is not None and updated < since:
                return
            created = timestamp(row.get("created_at"))
            if updated is not None and created is not None and self.oldest <= created < start:
                yield self.record(row)


def _start_of(day: date) -> int:
    return int(datetime.combine(day, time(0), UTC).timestamp())
