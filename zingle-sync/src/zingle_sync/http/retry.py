"""Whether to send a request again, and when: a pure function of what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

# Tries of one request, the first included.
MAX_TRIES = 6
# Seconds. A service that asks for a longer pause ends the call: the next run may try again.
LONGEST_WAIT = 300.0
_FIRST_BACKOFF = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of a try that did not succeed; `status` None means no usable answer.

    Attributes:
        status: HTTP status.
        code: The service's error code.
        message: The service's or our own words.
        sent: Whether the request may have reached the service.
        final: Whether every other try would end the same way.
        retry_after: Seconds that the answer asks to wait.
        error: What the service's reader makes of a refusal, ready to be raised.
    """

    status: int | None
    code: str | None = None
    message: str = ""
    sent: bool = True
    final: bool = False
    retry_after: float | None = None
    error: Exception | None = None


class Kind(Enum):
    """What an answer means for another try; each service sorts its statuses and codes into these.

    `UNTOUCHED` passes like `PASSING`, and the request was certainly not carried out.
    """

    FINAL = "final"
    PASSING = "passing"
    UNTOUCHED = "untouched"
    SESSION_ENDED = "session ended"


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same request again after `delay` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class LogIn:
    """Log in once, then send the same request again."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Raise the answer's error.

    Attributes:
        outcome_unknown: Whether the request may have been carried out all the same.
    """

    outcome_unknown: bool = False


def decide(  # noqa: PLR0913 - everything that matters, and nothing else
    attempt: int,
    kind: Kind,
    *,
    repeatable: bool,
    logged_in_again: bool,
    asked: float | None,
    jitter: float,
) -> Retry | LogIn | GiveUp:
    """What to do about an answer that is no success.

    Args:
        attempt: Number of the try that got it, from 1.
        kind: What the answer means.
        repeatable: Whether carrying the request out twice does no harm (everything but creates).
        logged_in_again: Whether this request was already repeated after a new login.
        asked: Seconds that the service asked to wait.
        jitter: A random number from 0 to 1.
    """
    # A refused session is refused before anything is carried out: repeating is always safe.
    if kind is Kind.SESSION_ENDED and not logged_in_again:
        return LogIn()
    if kind in {Kind.SESSION_ENDED, Kind.FINAL}:
        return GiveUp()
    if kind is Kind.PASSING and not repeatable:
        return GiveUp(outcome_unknown=True)
    if attempt >= MAX_TRIES or (asked or 0.0) > LONGEST_WAIT:
        return GiveUp()
    pause = backoff(attempt, jitter)
    # Everybody was told the same second: spread what comes after it.
    return Retry(pause if asked is None else asked + min(pause, 1.0))


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before another try; doubles with each, `jitter` spreads who failed together.

    >>> [backoff(attempt, 1.0) for attempt in range(1, MAX_TRIES)]
    [0.5, 1.0, 2.0, 4.0, 8.0]
    """
    return _FIRST_BACKOFF * 2.0 ** (min(attempt, MAX_TRIES) - 1) * (0.5 + jitter / 2)


def retry_after(header: str | None, now: float) -> float | None:
    """A Retry-After header, in seconds or as an HTTP date, as seconds from `now`.

    >>> retry_after("7", 10.0), retry_after("Thu, 01 Jan 1970 00:00:20 GMT", 10.0)
    (7.0, 10.0)
    """
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        moment = date_of(header)
        return None if moment is None else max(0.0, moment.timestamp() - now)


def date_of(header: str | None) -> datetime | None:
    """An HTTP date in UTC; None where there is none, or none that can be read."""
    try:
        moment = parsedate_to_datetime(header or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
