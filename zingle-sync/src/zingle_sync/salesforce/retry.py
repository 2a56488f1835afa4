"""Which of Salesforce's answers are worth another try: a pure function of status and code."""

from __future__ import annotations

from zingle_sync.http import Answer, Kind
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

_UNAUTHORISED = 401
# Refusals that no repetition changes, whatever HTTP status they come with.
_FINAL_CODES = QUERY_CODES | LOCATOR_CODES | QUOTA_CODES | TOO_LARGE_CODES
# Salesforce refused before doing anything: safe to send again even for an insert.
_REFUSED_STATUSES = frozenset({406, 420, TOO_MANY_REQUESTS})
# Same, and the code says that the transaction was rolled back or never begun.
_ROLLED_BACK_CODES = frozenset({"UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD"})


def kind_of(answer: Answer) -> Kind:
    """What an answer means for another try."""
    if answer.status == _UNAUTHORISED:
        ended = answer.code in RELOGIN_CODES and "not valid for use" not in answer.message
        # A session that may not use the REST API at all would only loop.
        return Kind.SESSION_ENDED if ended else Kind.FINAL
    if not _is_transient(answer):
        return Kind.FINAL
    untouched = (
        not answer.sent
        or answer.status in _REFUSED_STATUSES
        or answer.code in _ROLLED_BACK_CODES
        or answer.code == "REQUEST_LIMIT_EXCEEDED"
    )
    return Kind.UNTOUCHED if untouched else Kind.PASSING


def _is_transient(answer: Answer) -> bool:
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
