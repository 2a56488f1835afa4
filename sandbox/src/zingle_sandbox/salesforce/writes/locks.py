"""Row locks that another transaction holds: `UNABLE_TO_LOCK_ROW`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.writes.values import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.catalogue.sobjects import SObject
    from zingle_sandbox.salesforce.org.calls import Call


def take(call: Call, sobject: SObject, row: Mapping[str, Any], *, creating: bool) -> None:
    """Lock what a write of this row locks, or fail.

    An update or a delete locks the row's parents always; the insert of a Task does so only when
    it is not completed and has a date.

    Raises:
        RowError: another transaction holds one of them.
    """
    held = {one.strip() for one in str(call.org.option("locked_records") or "").split(",")} - {""}
    if not held:
        return
    free = creating and (row.get("Status") == "Completed" or not row.get("ActivityDate"))
    if sobject.name == "Task" and free:
        return
    wanted = [row.get("Id")] + [
        row.get(field.name)
        for field in sobject.fields.values()
        if field.type == "reference" and field.name in {"WhoId", "WhatId", "AccountId"}
    ]
    for record_id in wanted:
        if record_id is None or not held & {record_id, "*"}:
            continue
        most = int(call.org.option("lock_attempts"))
        call.org.lock_attempts[record_id] += 1
        if most and call.org.lock_attempts[record_id] > most:
            continue
        raise RowError(
            "UNABLE_TO_LOCK_ROW",
            f"unable to obtain exclusive access to this record or 1 records: {record_id}",
        )
