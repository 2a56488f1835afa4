"""Whether to send a request again: a pure function of what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zingle_sync.salesforce.errors import (
    LOCATOR_CODES,
    QUERY_CODES,
    QUOTA_CODES,
    RELOGIN_CODES,
    TOO_LARGE_CODES,
    TOO_MANY_REQUESTS,
    TRANSIENT_CODES,
    TRANSIENT_STATUSES,
    is_concurrency,
)

MAX_ATTEMPTS: Final = 6
"""Tries of one request, the first included."""
FIRST_DELAY: Final = 0.5
"""Seconds before the second try; doubles with every further one."""
MAX_DELAY: Final = 30.0
"""Seconds, the longest pause between two tries."""

# Refusals that no repetition changes, whatever HTTP status they come with.
_FINAL_CODES: Final = QUERY_CODES | LOCATOR_CODES | QUOTA_CODES | TOO_LARGE_CODES
# Salesforce refused before doing anything: safe to send again even for an insert.
_REFUSED_STATUSES: Final = frozenset({406, 420, 429})
# Same, and the code says that the transaction was rolled back or never begun.
_ROLLED_BACK_CODES: Final = frozenset({"UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``status`` None means that no whole answer came back.

    Attributes:
        status: HTTP status.
        code: Salesforce's error code.
        message: Salesforce's message.
        sent: Whether the request may have reached Salesforce.
        retry_after: Seconds that the answer asks to wait.
    """

    status: int | None
    code: str | None = None
    message: str = ""
    sent: bool = True
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same request again after ``delay`` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class LogIn:
    """The session has ended: log in once, then send the same request again."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Raise the answer's error.

    Attributes:
        outcome_unknown: Whether the request may have been carried out all the same.
    """

    outcome_unknown: bool = False


def decide(
    attempt: int, answer: Answer, *, repeatable: bool, logged_in_again: bool, jitter: float
) -> Retry | LogIn | GiveUp:
    """What to do about an answer that is no success.

    Args:
        attempt: Number of the try that got it, from 1.
        answer: What came back.
        repeatable: Whether carrying the request out twice does no harm (everything but inserts).
        logged_in_again: Whether this request was already repeated after a new login.
        jitter: A random number from 0 to 1.

    Returns:
        The decision.
    """
    if answer.status == 401:  # noqa: PLR2004 - the HTTP status has no better name
        ended = answer.code in RELOGIN_CODES and "not valid for use" not in answer.message
        # A 401 comes before the request is carried out, so that repeating is always safe. A session
        # that may not use the REST API at all would only loop.
        return LogIn() if ended and not logged_in_again else GiveUp()
    if not is_transient(answer):
        return GiveUp()
    refused = (
        not answer.sent
        or answer.status in _REFUSED_STATUSES
        or answer.code in _ROLLED_BACK_CODES
        or answer.code == "REQUEST_LIMIT_EXCEEDED"
    )
    if not repeatable and not refused:
        return GiveUp(outcome_unknown=True)
    if attempt >= MAX_ATTEMPTS:
        return GiveUp()
    if answer.retry_after is not None:
        return Retry(min(answer.retry_after, MAX_DELAY))
    longest = min(FIRST_DELAY * 2.0 ** (attempt - 1), MAX_DELAY)
    return Retry(longest * (0.5 + jitter / 2))


def is_transient(answer: Answer) -> bool:
    """Whether the same request may succeed a little later."""
    match answer:
        case Answer(status=None):
            return True
        case Answer(code="REQUEST_LIMIT_EXCEEDED"):
            return answer.status == TOO_MANY_REQUESTS or is_concurrency(answer.message)
        case Answer(code=str() as code) if code in _FINAL_CODES:
            return False
        case Answer(code=str() as code) if code in TRANSIENT_CODES:
            return True
        case _:
            return answer.status in TRANSIENT_STATUSES
