"""Calls of the rolling 24 hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_MINUTES = 24 * 60


@dataclass
class Usage:
    """Counts calls by minute and forgets those older than a day."""

    minutes: Counter[int] = field(default_factory=Counter)

    def add(self, timestamp: float, calls: int = 1) -> None:
        """Count calls at an instant in epoch seconds."""
        self.minutes[int(timestamp // 60)] += calls

    def used(self, timestamp: float) -> int:
        """Calls in the 24 hours before an instant."""
        first = int(timestamp // 60) - _MINUTES
        for minute in [minute for minute in self.minutes if minute <= first]:
            del self.minutes[minute]
        return sum(self.minutes.values())
