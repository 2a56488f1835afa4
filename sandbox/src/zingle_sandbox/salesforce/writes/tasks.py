"""What is special about Tasks (Object Reference, Task): who they belong to, closing, archiving."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.writes.values import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.org.calls import Call, Org


def check_task(call: Call, values: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse what a Task may not be.

    Raises:
        RowError: a lead together with a `WhatId`, or a converted lead.
    """
    who = after.get("WhoId")
    if who is None or not who.startswith("00Q"):
        return
    if after.get("WhatId") is not None:
        raise RowError(
            "FIELD_INTEGRITY_EXCEPTION", "cannot specify whatId with whoId of lead", ["WhatId"]
        )
    if "WhoId" not in values or call.org.profile("converted_lead") == "accept":
        return
    if call.org.sandbox.store.value("SELECT IsConverted FROM sf_Lead WHERE Id = ?", (who,)):
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ["WhoId"])


def derive_task(
    call: Call, row: dict[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Fill what follows from other fields."""
    store = call.org.sandbox.store
    now = sf_datetime(call.org.sandbox.clock.now())
    row["IsClosed"] = int(
        store.value("SELECT IsClosed FROM sf_TaskStatus WHERE MasterLabel = ?", (row["Status"],))
        or 0
    )
    row["IsHighPriority"] = int(row["Priority"] == "High")
    row["TaskSubtype"] = row.get("TaskSubtype") or "Task"
    row["AccountId"] = _account_of(call, row.get("WhoId"), row.get("WhatId"))
    if not row["IsClosed"]:
        row["CompletedDateTime"] = None
    elif before is None or not before["IsClosed"]:
        row["CompletedDateTime"] = now
    if is_old(call.org, row):
        row["IsArchived"] = 1
    return row


def _account_of(call: Call, who: str | None, what: str | None) -> str | None:
    """The account of `WhatId`, else of the contact."""
    if what is not None and what.startswith("001"):
        return what
    for record_id, prefix, table in ((what, "006", "sf_Opportunity"), (who, "003", "sf_Contact")):
        if record_id is not None and record_id.startswith(prefix):
            account = call.org.sandbox.store.value(
                f"SELECT AccountId FROM {table} WHERE Id = ?",
                (record_id,),
            )
            if account is not None:
                return str(account)
    return None


def _oldest_day(org: Org) -> str:
    days = int(org.option("archive_days"))
    return (org.sandbox.clock.now() - timedelta(days=days)).date().isoformat()


def is_old(org: Org, row: Mapping[str, Any]) -> bool:
    """Whether the next archiving run takes the Task: closed, and due or made long ago."""
    return bool(row["IsClosed"]) and (row["ActivityDate"] or row["CreatedDate"])[
        :10
    ] <= _oldest_day(org)


def archive_old_tasks(org: Org) -> None:
    """The daily archiving run; it changes `SystemModstamp`, not `LastModifiedDate`."""
    org.sandbox.store.execute(
        "UPDATE sf_Task SET IsArchived = 1, SystemModstamp = ?"
        " WHERE IsClosed = 1 AND IsArchived = 0 AND IsDeleted = 0"
        " AND substr(COALESCE(ActivityDate, CreatedDate), 1, 10) <= ?",
        (sf_datetime(org.sandbox.clock.now()), _oldest_day(org)),
    )


def touch_last_activity(call: Call, person_id: str) -> None:
    """Recalculate `LastActivityDate` of a person; a change moves `SystemModstamp` alone."""
    table = {"003": "sf_Contact", "00Q": "sf_Lead"}.get(person_id[:3])
    if table is None:
        return
    store = call.org.sandbox.store
    latest = store.value(
        "SELECT MAX(ActivityDate) FROM sf_Task"
        " WHERE WhoId = ? AND IsClosed = 1 AND IsDeleted = 0 AND IsArchived = 0",
        (person_id,),
    )
    store.execute(
        f"UPDATE {table} SET LastActivityDate = ?, SystemModstamp = ?"
        " WHERE Id = ? AND LastActivityDate IS NOT ?",
        (latest, sf_datetime(call.org.sandbox.clock.now()), person_id, latest),
    )
