"""How fast we may call: a token bucket that 429 answers slow down and successes speed up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SLOWEST = 0.2
_STEPS_TO_RECOVER = 50


class Rate:
    """Additive increase, multiplicative decrease, shared by all workers.

    Args:
        per_second: Most calls per second; 0 for no limit of ours.
        clock: Seconds, monotonic.
        sleep: Waits for that many seconds.
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        self._ceiling = float(per_second) or float("inf")
        self._rate = self._ceiling
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._calm_since = float("-inf")
        self._counted_from, self._count, self._observed = clock(), 0, 0.0

    def wait(self) -> None:
        """Block until the next call may start."""
        with self._lock:
            now = self._clock()
            self._observe(now)
            start = max(self._next, now)
            self._next = start + 1.0 / self._rate
            delay = start - now
        if delay > 0:
            self._sleep(delay)

    def _observe(self, now: float) -> None:
        self._count += 1
        if now - self._counted_from >= 1.0:
            self._observed = self._count / (now - self._counted_from)
            self._counted_from, self._count = now, 0

    def refused(self, pause: float) -> None:
        """The service answered 429: halve the rate, once per burst, and pause everybody.

        Args:
            pause: Seconds that the server asked for, 0 if it did not.
        """
        with self._lock:
            now = self._clock()
            if now >= self._calm_since:
                base = self._rate
                if base == float("inf"):
                    base = max(self._observed, float(self._count), 2.0)
                self._rate = max(_SLOWEST, base / 2)
                self._calm_since = now + max(1.0, pause)
            self._next = max(self._next, now + pause)

    def accepted(self) -> None:
        """A call went through: recover a little of what was given up."""
        if self._rate == self._ceiling:
            return
        with self._lock:
            step = 0.5 if self._ceiling == float("inf") else self._ceiling / _STEPS_TO_RECOVER
            # Each success adds a share, so that a second of successes adds one step.
            self._rate = min(self._ceiling, self._rate + step / max(1.0, self._rate))
