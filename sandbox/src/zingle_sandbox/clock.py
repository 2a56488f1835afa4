"""The sandbox's clock: real time, shifted, or standing still."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


def parse_instant(value: str) -> datetime:
    """Read an ISO 8601 instant; one without an offset is taken as UTC.

    Raises:
        ValueError: if the text is not an instant.
    """
    instant = datetime.fromisoformat(value.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@dataclass
class Clock:
    """A clock that can be set.

    It runs on from whatever it was set to, except while frozen. Both services, the `Date`
    header, token lifetimes and the journal read this clock and no other.
    """

    frozen: bool = False
    _base: datetime = field(default_factory=lambda: datetime.now(UTC))
    _base_monotonic: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The current instant, aware, in UTC, with microseconds."""
        if self.frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._base_monotonic)

    def timestamp(self) -> float:
        """The current instant in epoch seconds."""
        return self.now().timestamp()

    def set(self, instant: datetime) -> None:
        """Jump to an aware instant; a frozen clock stays frozen there.

        Raises:
            ValueError: if the instant has no time zone.
        """
        if instant.tzinfo is None:
            raise ValueError("the clock needs an instant with a time zone")
        self._base = instant.astimezone(UTC)
        self._base_monotonic = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move by so many seconds, backwards if negative."""
        self.set(self.now() + timedelta(seconds=seconds))

    def freeze(self) -> None:
        """Stand still at the current instant."""
        self._base = self.now()
        self.frozen = True

    def resume(self) -> None:
        """Run on from where the clock stands."""
        self.set(self.now())
        self.frozen = False

    def use_real_time(self) -> None:
        """Follow the machine's clock again."""
        self.frozen = False
        self.set(datetime.now(UTC))

    def http_date(self, seconds_from_now: float = 0) -> str:
        """An instant as an HTTP date, such as the `Date` header's value."""
        return format_datetime(self.now() + timedelta(seconds=seconds_from_now), usegmt=True)
