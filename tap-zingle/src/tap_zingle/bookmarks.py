"""What to read next, decided from the bookmark alone. Pure.

A bookmark says: every day up to `days_complete_until` (all days when it is absent) was given out
as of `activity_until`; nothing is promised of later days. It holds after a finished run, after a
backfill that stopped half-way, and after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tap_zingle.local_days import ONE_DAY, ZoneHistory, iso_time
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_zingle.settings import Settings

SECONDS_PER_DAY = 86_400

# How far (seconds) the bookmark stays behind the start of the run: what is being written right now.
SAFETY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far one service has been read.

    Attributes:
        activity_until: Epoch seconds; `None` before the first run.
        days_complete_until: Last day given out, while a later part is still to come.
        longest_delay: The longest time (seconds) between recording and sending that was seen.
    """

    activity_until: int | None = None
    days_complete_until: date | None = None
    longest_delay: int = 0

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Bookmark:
        """The bookmark that `to_state` wrote, an empty one for no state."""
        until, day = state.get("activity_until"), state.get("days_complete_until")
        return cls(
            int(moment_of(until).timestamp()) if until else None,
            date.fromisoformat(day) if day else None,
            int(state.get("longest_delay_seconds") or 0),
        )

    def believed(self, now: int) -> Bookmark:
        """This bookmark; an empty one where it lies ahead of Zingle's time (epoch seconds).

        It stays behind the time of its run: that run was told a wrong one, and how far it had
        really read, nobody knows.
        """
        return Bookmark() if (self.activity_until or 0) > now else self

    def to_state(self) -> dict[str, str | int | None]:
        """The bookmark as JSON values."""
        until, day = self.activity_until, self.days_complete_until
        return {
            "activity_until": None if until is None else iso_time(until),
            "days_complete_until": day.isoformat() if day else None,
            "longest_delay_seconds": self.longest_delay,
        }


def begins_earlier(state: dict[str, Any], bookmark: Bookmark, start: date) -> bool:
    """Keep the first day of interest in the state; whether it is before the one that was known.

    Days in between are not read: a bookmark says how far days were read, not from which one on.
    """
    before, now = state.get("start_date"), start.isoformat()
    state["start_date"] = now
    return bookmark.activity_until is not None and isinstance(before, str) and now < before


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What to read of one service.

    Attributes:
        first_day: The first pass gives out days from here on.
        window: How long (seconds) before its day a message may have been recorded.
        read_from: Messages recorded at or after this (epoch seconds) make those days complete.
        emit_since: Only what has activity at or after this; `None` = everything.
        late_since: Look for earlier days touched at or after this; `None` = do not look.
        oldest_day: Nothing before this day is given out.
        learns_delays: Whether nothing is known yet of how long before messages are scheduled.
    """

    first_day: date
    window: int
    read_from: int
    emit_since: int | None
    late_since: int | None
    oldest_day: date
    learns_delays: bool


def plan_reading(
    bookmark: Bookmark, settings: Settings, zones: ZoneHistory, oldest_day: date
) -> ReadPlan:
    """What to read of a service, given how far it was read and what may be given out at most."""
    since = emit_since = None
    if bookmark.activity_until is not None:
        since = max(0, bookmark.activity_until - settings.lookback_seconds)
    if bookmark.days_complete_until is not None:
        first_day = bookmark.days_complete_until + ONE_DAY
    elif since is not None:
        first_day, emit_since = zones.local_date(since), since
    else:
        first_day = oldest_day
    first_day = max(first_day, oldest_day)
    # A single absurd date must not have all of history read in every run.
    longest_delay = min(bookmark.longest_delay, settings.message_retention_days * SECONDS_PER_DAY)
    window = max(settings.scheduled_days * SECONDS_PER_DAY, longest_delay)
    return ReadPlan(
        first_day=first_day,
        window=window,
        read_from=zones.day_start(first_day) - window,
        emit_since=emit_since,
        late_since=since if settings.late_changes else None,
        oldest_day=oldest_day,
        learns_delays=since is None,
    )


def oldest_kept_day(now: int, retention_days: int, zones: ZoneHistory) -> date:
    """The first local day of which Zingle still keeps all messages.

    Args:
        now: Epoch seconds.
        retention_days: How long messages are kept, counted back from now.
        zones: The service's time zones.
    """
    limit = now - retention_days * SECONDS_PER_DAY
    day = zones.local_date(limit)
    return day if zones.day_start(day) >= limit else day + ONE_DAY
