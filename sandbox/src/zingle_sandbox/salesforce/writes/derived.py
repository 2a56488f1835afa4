"""Values that follow from others, and what a write changes elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.org.storage import person_name
from zingle_sandbox.salesforce.writes.tasks import derive_task, touch_last_activity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.catalogue.sobjects import SObject
    from zingle_sandbox.salesforce.org.calls import Call

_PROBABILITY = {
    "Prospecting": 10.0,
    "Qualification": 10.0,
    "Needs Analysis": 20.0,
    "Value Proposition": 50.0,
    "Id. Decision Makers": 60.0,
    "Perception Analysis": 70.0,
    "Proposal/Price Quote": 75.0,
    "Negotiation/Review": 90.0,
    "Closed Won": 100.0,
    "Closed Lost": 0.0,
}


def derive(
    call: Call, sobject: SObject, row: dict[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Complete a record before it is stored.

    Args:
        call: whose org it is.
        sobject: the record's object.
        row: the record as it will be; it is changed.
        before: the record as it was, or None if it is new.
    """
    match sobject.name:
        case "Contact" | "Lead" | "User":
            row["Name"] = person_name(row)
        case "Task":
            return derive_task(call, row, before)
        case "Opportunity":
            _derive_opportunity(row, before)
        case _:
            pass
    return row


def _derive_opportunity(row: dict[str, Any], before: Mapping[str, Any] | None) -> None:
    stage = row["StageName"]
    row["IsWon"] = int(stage == "Closed Won")
    row["IsClosed"] = int(stage in {"Closed Won", "Closed Lost"})
    if before is None or before["StageName"] != stage:
        if before is not None or row["Probability"] is None:
            row["Probability"] = _PROBABILITY.get(stage, 0.0)
        row["ForecastCategoryName"] = "Closed" if row["IsWon"] else "Pipeline"
        row["ForecastCategoryName"] = (
            "Omitted" if stage == "Closed Lost" else row["ForecastCategoryName"]
        )
    row["ForecastCategory"] = row["ForecastCategoryName"].replace(" ", "")
    if row["Amount"] is not None:
        row["ExpectedRevenue"] = round(row["Amount"] * (row["Probability"] or 0.0) / 100, 2)
    year, month = int(row["CloseDate"][:4]), int(row["CloseDate"][5:7])
    row["FiscalYear"], row["FiscalQuarter"] = year, (month + 2) // 3
    row["Fiscal"] = f"{year} {row['FiscalQuarter']}"


def consequences(
    call: Call,
    sobject: SObject,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    """What a stored change changes elsewhere: roll-ups and last activities."""
    if sobject.name == "Task":
        for person_id in {row["WhoId"] for row in (before, after) if row and row["WhoId"]}:
            touch_last_activity(call, person_id)
    elif sobject.name == "Stay__c":
        for guest_id in {row["Guest__c"] for row in (before, after) if row}:
            _roll_up_stays(call, guest_id)


def _roll_up_stays(call: Call, guest_id: str) -> None:
    """Recount a contact's stays; a roll-up moves `SystemModstamp`, not `LastModifiedDate`."""
    store = call.org.sandbox.store
    count = store.value(
        "SELECT COUNT(*) FROM sf_Stay__c WHERE Guest__c = ? AND IsDeleted = 0", (guest_id,)
    )
    store.execute(
        "UPDATE sf_Contact SET Stay_Count__c = ?, SystemModstamp = ?"
        " WHERE Id = ? AND Stay_Count__c IS NOT ?",
        (count, sf_datetime(call.org.sandbox.clock.now()), guest_id, count),
    )
