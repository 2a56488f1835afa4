"""One guest's conversation, by local day, with the Tasks that tell of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import sqlite3

    from zingle_sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a bubble shows it."""

    body: str
    translation: str | None
    outbound: bool
    time: str
    pending: bool
    deleted: bool
    failed: bool
    attachments: int


@dataclass(slots=True)
class Day:
    """One local day."""

    date: str
    messages: list[Message] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)


def conversation_days(
    store: Store, guest: int | None, person_id: str | None
) -> tuple[list[Day], list[dict[str, Any]], str]:
    """The days newest first, the person's other Tasks, and the zone whose midnights count.

    Args:
        store: the sandbox's database.
        guest: row number of the Zingle contact, if there is one.
        person_id: of the Contact or Lead, if there is one.
    """
    zone = str(
        store.value(
            "SELECT service.time_zone FROM zg_services AS service JOIN zg_contacts AS contact"
            " ON contact.service = service.number WHERE contact.number = ?",
            (guest,),
        )
        or "UTC"
    )
    days: dict[str, Day] = {}
    for row in store.all(
        "SELECT * FROM zg_messages WHERE contact = ? ORDER BY coalesce(executed_at, created_at)",
        (guest,),
    ):
        local = datetime.fromtimestamp(_when(row), UTC).astimezone(ZoneInfo(zone))
        days.setdefault(local.date().isoformat(), Day(local.date().isoformat())).messages.append(
            _message(row, local)
        )
    others = []
    for row in store.all(
        "SELECT Subject, Status, Description, ActivityDate, CallObject, Zingle_Conversation_Key__c"
        " FROM sf_Task WHERE WhoId = ? AND IsDeleted = 0 ORDER BY ActivityDate DESC, Id",
        (person_id,),
    ):
        task = dict(row)
        key = task["Zingle_Conversation_Key__c"] or task["CallObject"] or ""
        if key.startswith("zgl:"):
            day = task["ActivityDate"] or ""
            days.setdefault(day, Day(day)).tasks.append(task)
        else:
            others.append(task)
    return sorted(days.values(), key=lambda day: day.date, reverse=True), others, zone


def _when(row: sqlite3.Row) -> int:
    """When the message was sent, or will be."""
    return int(
        row["execute_at"] if row["is_delayed"] else (row["executed_at"] or row["created_at"])
    )


def _message(row: sqlite3.Row, local: datetime) -> Message:
    return Message(
        body=row["body"],
        translation=row["translated_body"],
        outbound=bool(row["direction"]),
        time=local.strftime("%H:%M"),
        pending=bool(row["is_delayed"]),
        deleted=row["deleted_by_contact_at"] is not None,
        failed=row["failed_at"] is not None,
        attachments=len(json.loads(row["attachments"] or "[]")),
    )
