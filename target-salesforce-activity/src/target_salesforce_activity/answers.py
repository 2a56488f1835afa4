"""What to make of Salesforce's answer to a write. Pure.

A code that Salesforce may send for a row belongs into one of these lists, or the row is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from target_salesforce_activity.privacy import without
from zingle_sync.outcomes import OutcomeError
from zingle_sync.salesforce.errors import QUOTA_CODES, TRANSIENT_CODES, is_concurrency

if TYPE_CHECKING:
    from collections.abc import Collection

    from zingle_sync.salesforce import RowResult
    from zingle_sync.salesforce.values import RowError

LONGEST_MESSAGE = 500
LOCK_CODES = frozenset({"UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD"})
WORTH_ANOTHER_LOOK = frozenset(
    {
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_CROSS_REFERENCE_KEY",
    }
)
TOO_MANY_CALLS = "REQUEST_LIMIT_EXCEEDED"
PASSING_CODES = (TRANSIENT_CODES - LOCK_CODES) | {TOO_MANY_CALLS}
CONFLICT_CODES = frozenset({"DUPLICATE_EXTERNAL_ID", "DUPLICATE_VALUE"})

Verdict = Literal["done", "look_again", "refused", "stop"]


def verdict(result: RowResult) -> Verdict:
    """What to do about the answer to a write.

    Locks are not waited for again: the client has tried them several times already. A limit of
    the org that is used up stops the run: every further row would meet it too.
    """
    if result.success:
        return "done"
    if any(_is_used_up(error) for error in result.errors):
        return "stop"
    codes = {error.code for error in result.errors}
    if not codes or codes & (WORTH_ANOTHER_LOOK | PASSING_CODES):
        return "look_again"
    return "refused"


def _is_used_up(error: RowError) -> bool:
    """Whether a row met a limit of the org that only time, or an administrator, lifts."""
    if error.code == TOO_MANY_CALLS:
        return not is_concurrency(error.message)
    return error.code in QUOTA_CODES


def refusal(result: RowResult, private: Collection[str] = ()) -> tuple[str, OutcomeError]:
    """The reject reason of a refused row, and the refusal in Salesforce's words.

    Rules and triggers of the org write what they like: what was sent is not repeated.

    Args:
        result: The refused row.
        private: Texts that stay out of the log.
    """
    if not result.errors:
        return "unknown_outcome", OutcomeError(
            "OutcomeUnknownError", message="The answer to the write was lost."
        )
    first = result.errors[0]
    if first.code in PASSING_CODES | LOCK_CODES:
        reason = "temporary"
    elif first.code in CONFLICT_CODES:
        reason = "conflict"
    elif first.code == "ENTITY_IS_LOCKED":
        reason = "locked"
    else:
        reason = "refused"
    return reason, OutcomeError(
        klass="RecordError",
        status=200,
        code=first.code,
        message=without(first.message, private)[:LONGEST_MESSAGE],
        field=", ".join(first.fields) or None,
    )
