"""Which local day an instant belongs to, also when a service moves to another time zone.

Pure: instants are epoch seconds (UTC), days are calendar dates, and nothing reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ONE_DAY = timedelta(days=1)


class UnknownZoneError(ValueError):
    """A service names a time zone that the IANA database does not have."""


@dataclass(frozen=True, slots=True)
class ZonePeriod:
    """A time zone and the first local day that it rules.

    Attributes:
        zone: IANA name, such as `America/New_York`.
        from_date: First day of the period, `None` for "since ever".
    """

    zone: str
    from_date: date | None = None


def zone_info(name: str) -> ZoneInfo:
    """The zone of that IANA name.

    Raises:
        UnknownZoneError: If there is none; days are never silently cut in UTC.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{name!r} is not a time zone of the IANA database"
        raise UnknownZoneError(message) from error


@dataclass(frozen=True, slots=True)
class ZoneHistory:
    """The zones of one service, oldest first.

    A change never moves a message that was already there: the new zone rules from the day after
    the change, and what the old zone would put beyond that border stays on the last old day.
    """

    periods: tuple[ZonePeriod, ...]

    @classmethod
    def of(cls, zone: str) -> ZoneHistory:
        """The history of a service that has always been in one zone."""
        zone_info(zone)
        return cls((ZonePeriod(zone),))

    @classmethod
    def from_state(cls, rows: list[dict[str, str | None]]) -> ZoneHistory:
        """The history that `to_state` wrote."""
        return cls(
            tuple(
                ZonePeriod(str(row["zone"]), date.fromisoformat(first) if first else None)
                for row in rows
                for first in (row.get("from_date"),)
            )
        )

    def to_state(self) -> list[dict[str, str | None]]:
        """The history as JSON values."""
        return [
            {
                "zone": period.zone,
                "from_date": period.from_date.isoformat() if period.from_date else None,
            }
            for period in self.periods
        ]

    def changed_to(self, zone: str, now: int) -> ZoneHistory:
        """The history of a service that is in `zone` at `now` (epoch seconds)."""
        if self.periods[-1].zone == zone:
            return self
        here = date_in(zone_info(zone), now)
        first_day = max(self.local_date(now), here) + ONE_DAY
        kept = tuple(
            period
            for period in self.periods
            if period.from_date is None or period.from_date < first_day
        )
        if kept[-1].zone == zone:
            return ZoneHistory(kept)
        return ZoneHistory((*kept, ZonePeriod(zone, first_day)))

    def local_date(self, instant: int) -> date:
        """The local day of an instant (epoch seconds)."""
        last = date.max
        for period in reversed(self.periods):
            day = date_in(zone_info(period.zone), instant)
            if period.from_date is None or day >= period.from_date:
                return min(day, last)
            last = period.from_date - ONE_DAY
        message = "the first period of a zone history must be open"
        raise ValueError(message)

    def zone_of(self, day: date) -> str:
        """The zone that rules a day."""
        return next(
            period.zone
            for period in reversed(self.periods)
            if period.from_date is None or period.from_date <= day
        )

    def day_start(self, day: date) -> int:
        """The first instant of a local day, in epoch seconds.

        Where clocks jump over midnight (Santiago 2026-09-06), `fold=0` reads the missing time
        with the offset before the jump, which is the instant of the jump itself.

        >>> ZoneHistory.of("America/Santiago").day_start(date(2026, 9, 6)) % 86400 // 3600
        4
        """
        midnight = datetime.combine(day, time(0), zone_info(self.zone_of(day)))
        return int(midnight.timestamp())


def date_in(zone: ZoneInfo, instant: int) -> date:
    """The calendar date that clocks of a zone show at an instant."""
    return datetime.fromtimestamp(instant, UTC).astimezone(zone).date()


def iso_time(instant: int) -> str:
    """Epoch seconds as ISO 8601 in UTC.

    >>> iso_time(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
