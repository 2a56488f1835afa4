"""What users do in the org and no REST call can: convert, merge, undelete, purge, archive.

Tests and seeds call these to make the situations that a sync must survive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.sobjects import declared_objects
from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.org.storage import insert_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zingle_sandbox.sandbox import Sandbox

MOST_MERGED = 3
_MERGED_TABLES = {"003": ("sf_Contact", "Contact"), "00Q": ("sf_Lead", "Lead")}


def convert_lead(sandbox: Sandbox, lead_id: str, contact_id: str | None = None) -> str:
    """Convert a lead into a contact (a new one unless given); its Tasks move along.

    Returns:
        The contact's id.

    Raises:
        ValueError: there is no such open lead.
    """
    store = sandbox.store
    now = sf_datetime(sandbox.clock.now())
    with store.transaction():
        lead = store.one("SELECT * FROM sf_Lead WHERE Id = ? AND IsDeleted = 0", (lead_id,))
        if lead is None or lead["IsConverted"]:
            raise ValueError(f"{lead_id} is no open lead")
        (account_id,) = insert_rows(sandbox, "Account", [{"Name": lead["Company"]}])
        if contact_id is None:
            contact = {
                name: lead[name]
                for name in ("LastName", "FirstName", "Salutation", "Phone", "MobilePhone", "Email")
            }
            (contact_id,) = insert_rows(sandbox, "Contact", [{**contact, "AccountId": account_id}])
        store.execute(
            "UPDATE sf_Lead SET IsConverted = 1, ConvertedDate = ?, ConvertedContactId = ?,"
            " ConvertedAccountId = ?, Status = 'Closed - Converted', LastModifiedDate = ?,"
            " SystemModstamp = ? WHERE Id = ?",
            (now[:10], contact_id, account_id, now, now, lead_id),
        )
        keep = sandbox.profile["salesforce_conversion_stamp"] == "keep"
        store.execute(
            "UPDATE sf_Task SET WhoId = ?, AccountId = ?"
            + ("" if keep else f", SystemModstamp = '{now}'")
            + " WHERE WhoId = ?",
            (contact_id, account_id, lead_id),
        )
    return contact_id


def merge(sandbox: Sandbox, winner_id: str, loser_ids: Iterable[str]) -> None:
    """Merge up to two contacts, or leads, into another: the losers are deleted, Tasks move.

    Raises:
        ValueError: the records are not of one mergeable object.
    """
    losers = list(loser_ids)
    prefix = winner_id[:3]
    if (
        prefix not in _MERGED_TABLES
        or not 0 < len(losers) < MOST_MERGED
        or any(loser[:3] != prefix or loser == winner_id for loser in losers)
    ):
        raise ValueError("one or two records are merged into another of the same object")
    table, _ = _MERGED_TABLES[prefix]
    now = sf_datetime(sandbox.clock.now())
    with sandbox.store.transaction():
        for loser in losers:
            sandbox.store.execute(
                f"UPDATE {table} SET IsDeleted = 1, MasterRecordId = ?, LastModifiedDate = ?,"
                " SystemModstamp = ? WHERE Id = ?",
                (winner_id, now, now, loser),
            )
            sandbox.store.execute(
                "UPDATE sf_Task SET WhoId = ?, SystemModstamp = ? WHERE WhoId = ?",
                (winner_id, now, loser),
            )
        sandbox.store.execute(
            f"UPDATE {table} SET LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ?",
            (now, now, winner_id),
        )


def update_rows(sandbox: Sandbox, sobject: str, record_id: str, **fields: Any) -> None:
    """Change fields as a user does: both stamps move.

    Raises:
        KeyError: the object does not exist.
        ValueError: the record does not exist.
    """
    target = declared_objects()[sobject.lower()]
    now = sf_datetime(sandbox.clock.now())
    values = {**fields, "LastModifiedDate": now, "SystemModstamp": now}
    if {"FirstName", "LastName"} & set(fields):
        row = sandbox.store.one(f"SELECT * FROM {target.table} WHERE Id = ?", (record_id,))
        names = {**dict(row or {}), **fields}
        values["Name"] = " ".join(
            part for part in (names.get("FirstName"), names.get("LastName")) if part
        )
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    changed = sandbox.store.execute(
        f"UPDATE {target.table} SET {assignments} WHERE Id = ?",
        [*values.values(), record_id],
    )
    if changed != 1:
        raise ValueError(f"there is no {sobject} {record_id}")


def undelete(sandbox: Sandbox, record_id: str) -> None:
    """Take a contact or lead, and the Tasks deleted with it, out of the recycle bin."""
    table, _ = _MERGED_TABLES[record_id[:3]]
    now = sf_datetime(sandbox.clock.now())
    with sandbox.store.transaction():
        for changed, key in ((table, "Id"), ("sf_Task", "WhoId")):
            sandbox.store.execute(
                f"UPDATE {changed} SET IsDeleted = 0, LastModifiedDate = ?, SystemModstamp = ?"
                f" WHERE {key} = ? AND IsDeleted = 1",
                (now, now, record_id),
            )


def delete_rows(sandbox: Sandbox, record_ids: Iterable[str]) -> None:
    """Delete contacts or leads as a user does; their Tasks go too."""
    now = sf_datetime(sandbox.clock.now())
    with sandbox.store.transaction():
        for record_id in record_ids:
            table, _ = _MERGED_TABLES[record_id[:3]]
            for changed, key in ((table, "Id"), ("sf_Task", "WhoId")):
                sandbox.store.execute(
                    f"UPDATE {changed} SET IsDeleted = 1, LastModifiedDate = ?,"
                    f" SystemModstamp = ? WHERE {key} = ? AND IsDeleted = 0",
                    (now, now, record_id),
                )
