"""Read the single messages of one service, for people who load them into a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from typing import TYPE_CHECKING, Any

from tap_zingle.conversations import message_record, timestamp
from tap_zingle.reader import SAFETY_SECONDS
from tap_zingle.reading import SECONDS_PER_DAY, Bookmark, ReadSettings
from tap_zingle.zones import ONE_DAY, ZoneHistory, parse_iso_time
from zingle_sync.zingle.pages import not_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zingle_sync.zingle import Zingle

__all__ = ["MessageReader"]


@dataclass
class MessageReader:
    """Reads the messages of one service that are new or changed.

    Attributes:
        zingle: Sends the calls.
        service: Service as API v1 returns it.
        settings: What is to be read.
        zones: The service's time zones.
        started_at: Zingle's time at the start of the run (epoch seconds).
    """

    zingle: Zingle
    service: Mapping[str, Any]
    settings: ReadSettings
    zones: ZoneHistory
    started_at: int

    def read(self, bookmark: Bookmark) -> Iterator[dict[str, Any] | Bookmark]:
        """Yield new and changed messages, and how far they reach (days are UTC days here)."""
        until = self.started_at - SAFETY_SECONDS
        oldest = self.zones.day_start(self.settings.start_date)
        since = None
        if bookmark.activity_until is not None:
            since = bookmark.activity_until - self.settings.lookback_seconds
        start = oldest
        if bookmark.days_complete_until is not None:
            start = max(oldest, _utc_start(bookmark.days_complete_until + ONE_DAY))
        elif since is not None:
            start = max(oldest, since - self.settings.scheduled_days * SECONDS_PER_DAY)
        if since is not None and self.settings.late_changes:
            yield from self._late(since, oldest, start)
        resumed = bookmark.days_complete_until is not None
        yield from self._recent(start, None if resumed else since, until)
        yield Bookmark(until)

    def _recent(
        self, start: int, since: int | None, until: int
    ) -> Iterator[dict[str, Any] | Bookmark]:
        day = None
        for row in self.zingle.messages(str(self.service["id"]), created_at=not_before(start)):
            created = timestamp(row.get("created_at"))
            if created is None or created < start:
                continue
            today = datetime.fromtimestamp(created, timezone.utc).date()
            if day is not None and today > day and since is None:
                yield Bookmark(until, today - ONE_DAY)
            day = max(day or today, today)
            record = message_record(self.service, row, self.zones)
            if since is None or parse_iso_time(record["last_activity_at"]) >= since:
                yield record

    def _late(self, since: int, oldest: int, start: int) -> Iterator[dict[str, Any]]:
        rows = self.zingle.messages(str(self.service["id"]), sort_fields="updated_at desc,id asc")
        for row in rows:
            updated = timestamp(row.get("updated_at"))
            if updated is not None and updated < since:
                return
            created = timestamp(row.get("created_at"))
            if updated is not None and created is not None and oldest <= created < start:
                yield message_record(self.service, row, self.zones)


def _utc_start(day: date) -> int:
    return int(datetime.combine(day, time(0), timezone.utc).timestamp())
