"""What time does to messages: scheduled ones are sent, old ones are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .call import Call

_DAY = 86_400


def let_time_pass(call: Call) -> None:
    """Send what is due and delete what retention does not keep, by the sandbox's clock."""
    options = call.sandbox.options
    if options["zingle_sends_scheduled"]:
        # A sent message keeps the instant at which it was written.
        call.store.execute(
            "UPDATE zg_messages SET is_delayed = 0, executed_at = execute_at,"
            " updated_at = execute_at"
            " WHERE is_delayed AND executed_at IS NULL AND execute_at BETWEEN 1 AND ?",
            (call.now,),
        )
    if (days := int(options["zingle_retention_days"] or 0)) > 0:
        oldest = (call.now - days * _DAY,)
        old = "(SELECT number FROM zg_messages WHERE created_at < ?)"
        call.store.execute(f"UPDATE zg_events SET message = NULL WHERE message IN {old}", oldest)
        call.store.execute("DELETE FROM zg_messages WHERE created_at < ?", oldest)
