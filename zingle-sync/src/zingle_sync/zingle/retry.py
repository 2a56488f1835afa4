"""Whether a failed call is sent again, and when: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass

from zingle_sync.zingle.errors import RETRY_CODES, RETRY_STATUSES

MAX_TRIES = 6
LONGEST_BACKOFF = 60.0
"""Seconds; the contract's cap (section 13)."""
LONGEST_WAIT = 900.0
"""Seconds; a Retry-After beyond this ends the call, the next run may try again."""
_FIRST_BACKOFF = 0.5
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Failure:
    """One try that did not succeed.

    Attributes:
        attempt: 1 for the first try.
        method: HTTP method.
        status: HTTP status, None where no answer arrived.
        code: Zingle's error code.
        retry_after: Seconds that the server asked to wait.
        repeatable: Sending the call twice ends in the same state as sending it once.
        sent: False where the server cannot have seen the call, such as a refused connection.
    """

    attempt: int
    method: str
    status: int | None
    code: str | None = None
    retry_after: float | None = None
    repeatable: bool = True
    sent: bool = True


def may_repeat(failure: Failure) -> bool:
    """Whether sending the call again is safe: it was not sent, not accepted, or is idempotent."""
    if not failure.sent or failure.status == _TOO_MANY_REQUESTS:
        return True
    return failure.repeatable


def retry_delay(failure: Failure, jitter: float) -> float | None:
    """Seconds until the next try, or None to give up.

    Args:
        failure: What happened.
        jitter: A random number in [0, 1); spreads the clients that failed together.

    >>> retry_delay(Failure(1, "GET", 503), 0.0)
    0.25
    >>> retry_delay(Failure(1, "POST", 500, repeatable=False), 0.0) is None
    True
    >>> retry_delay(Failure(1, "POST", 429, retry_after=7, repeatable=False), 0.0)
    7.0
    """
    temporary = (
        failure.status is None or failure.status in RETRY_STATUSES or failure.code in RETRY_CODES
    )
    if not temporary or failure.attempt >= MAX_TRIES or not may_repeat(failure):
        return None
    backoff = min(LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** (failure.attempt - 1))
    spread = backoff * (0.5 + jitter / 2)
    if failure.retry_after is None:
        return spread
    if failure.retry_after > LONGEST_WAIT:
        return None
    # Everybody was told the same second: spread what comes after it.
    return max(0.0, float(failure.retry_after)) + jitter * min(1.0, backoff)
