"""What others do meanwhile: delete or lock a contact that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contact_store import delete_contact

if TYPE_CHECKING:
    from .call import Call


def was_read(call: Call, numbers: list[int]) -> None:
    """Count down `zingle_delete_after_read` and `zingle_lock_after_read` on these contacts."""
    options = call.sandbox.options
    for number in numbers:
        if (left := int(options["zingle_delete_after_read"] or 0)) > 0:
            options["zingle_delete_after_read"] = left - 1
            delete_contact(call, number)
        elif (left := int(options["zingle_lock_after_read"] or 0)) > 0:
            options["zingle_lock_after_read"] = left - 1
            call.store.execute(
                "UPDATE zg_contacts SET locked_by_source = 'pms', updated_at = ? WHERE number = ?",
                (call.now, number),
            )
