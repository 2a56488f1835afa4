"""The journal: one entry for every call that either service received."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

System = Literal["salesforce", "zingle", "sandbox"]

KEPT_CALLS = 200_000
KEPT_OWN_CALLS = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the sandbox saw it.

    Attributes:
        number: counts the services' calls from 1 since the last reset, in order of arrival; 0
            for calls of the page and the control API.
        at: when it arrived, by the sandbox's clock.
        system: which side it went to; `sandbox` for the page and the control API.
        method: HTTP method, upper case.
        path: decoded path without the query.
        query: raw query string, tokens and passwords replaced by `***`.
        status: HTTP status sent, or 0 if the connection was dropped instead of an answer.
        milliseconds: service time including injected latency.
        is_token: a token, log-in or refresh request; summaries leave these out.
        changed_rows: business rows that the call changed.
        fault: the id of the fault rule that was applied, or None.
        violations: what a well-behaved client must never do, one sentence each.
        arrived: seconds of a clock that only runs on, whatever the sandbox's clock does.
        foreign_authorization: it carried an `Authorization` that neither service ever gave out.
        body: the request body, if `Journal.keep_bodies` was on.
    """

    number: int
    at: datetime
    system: System
    method: str
    path: str
    query: str
    status: int
    milliseconds: float
    is_token: bool = False
    changed_rows: int = 0
    fault: str | None = None
    violations: tuple[str, ...] = ()
    arrived: float = 0.0
    foreign_authorization: bool = False
    body: bytes | None = None


@dataclass(slots=True)
class SideSummary:
    """Totals of one side, token requests left out; `writes` changed a business row."""

    calls: int = 0
    writes: int = 0
    faults: int = 0
    violations: int = 0
    token_requests: int = 0


@dataclass
class Journal:
    """Every call since the last reset; the oldest are dropped beyond `KEPT_CALLS`, totals stay."""

    keep_bodies: bool = False
    _calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    _own_calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_OWN_CALLS))
    _summary: dict[System, SideSummary] = field(default_factory=dict)
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_number(self, system: System) -> int:
        """Hand out the number of the call that has just arrived."""
        if system == "sandbox":
            return 0
        with self._lock:
            self._number += 1
            return self._number

    def add(self, call: Call) -> None:
        """Note an answered call."""
        with self._lock:
            if call.system == "sandbox":
                self._own_calls.append(call)
                return
            self._calls.append(call)
            side = self._summary.setdefault(call.system, SideSummary())
            side.violations += len(call.violations)
            side.faults += call.fault is not None
            if call.is_token:
                side.token_requests += 1
            else:
                side.calls += 1
                side.writes += call.changed_rows > 0

    def calls(self, system: System | None = None, *, last: int | None = None) -> list[Call]:
        """Calls in the order in which they were answered, of one side or of both services.

        Calls of the page and the control API are left out unless `system` is `sandbox`.
        """
        with self._lock:
            kept = self._own_calls if system == "sandbox" else self._calls
            found = [call for call in kept if system in {None, call.system}]
        return found[-last:] if last else found

    def summary(self) -> dict[System, SideSummary]:
        """Totals per service since the last reset."""
        with self._lock:
            return {
                system: self._summary.get(system, SideSummary())
                for system in ("salesforce", "zingle")
            }

    def burst(self, system: System | None = None, *, seconds: float = 1.0) -> int:
        """The most calls that arrived within any span of so many seconds."""
        moments = sorted(call.arrived for call in self.calls(system))
        most, first = 0, 0
        for last, moment in enumerate(moments):
            while moment - moments[first] >= seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def violations(self) -> list[str]:
        """Every violation since the last reset, as `METHOD path: sentence`."""
        return [
            f"{call.method} {call.path}: {sentence}"
            for call in self.calls()
            for sentence in call.violations
        ]

    def clear(self) -> None:
        """Forget everything and count from 1 again."""
        with self._lock:
            self._calls.clear()
            self._own_calls.clear()
            self._summary.clear()
            self._number = 0
