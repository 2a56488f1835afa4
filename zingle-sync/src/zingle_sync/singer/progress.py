"""A plain line of progress every 30 seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY_SECONDS = 30.0


@dataclass(slots=True)
class Progress:
    """Decides when a line is due, and writes it.

    Attributes:
        started: When the run started, in seconds of any monotonic clock.
        last: When the last line was due.
    """

    started: float
    last: float

    def line(self, now: float, *, settled: int, api_calls: Mapping[str, int]) -> str | None:
        """The line that is due now, in seconds of the same clock, if one is."""
        if now - self.last < EVERY_SECONDS:
            return None
        self.last = now
        calls = "".join(f", {count:,} calls to {system}" for system, count in api_calls.items())
        rate = settled / (now - self.started)
        return f"{settled:,} records settled, {rate:,.0f} records/s{calls}"
