"""Messages into Tasks, as the connector does it: a row for 24 hours, whatever the calendar says.

A guest's first message that no row covers begins one, and for 24 hours from then on the same row
is written anew; its date is that of the run that made it. There is no key on the Task: only the
connector knows which row it is writing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zingle_sandbox import salesforce
from zingle_sandbox.truth import read_fact, write_fact

if TYPE_CHECKING:
    import sqlite3

    from zingle_sandbox.sandbox import Sandbox

SUBJECT = "Zingle Conversation"
_WINDOW = 86_400
# Scheduled messages are older than their sending.
_OLDEST = 14 * 86_400
_LONGEST = 32_000
_SENT = "coalesce(executed_at, created_at)"
_PEOPLE = (
    "SELECT Id, AccountId FROM sf_Contact WHERE IsDeleted = 0"
    " UNION ALL SELECT Id, NULL FROM sf_Lead WHERE IsDeleted = 0 AND IsConverted = 0"
)


def log_conversations(
    sandbox: Sandbox, service: sqlite3.Row, now: datetime, user_id: str
) -> dict[str, int]:
    """Log what was said since the last run, at most the last 24 hours.

    Returns:
        How many Tasks were `created` and `updated`.
    """
    until = int(now.timestamp())
    last = int(read_fact(sandbox.store, "connector_logged_until") or 0)
    since = max(last, until - _WINDOW)
    spoken: dict[int, list[int]] = {}
    for row in sandbox.store.all(
        f"SELECT contact, {_SENT} AS sent FROM zg_messages WHERE service = ? AND created_at > ?"
        f" AND {_SENT} > ? AND {_SENT} <= ? AND NOT is_delayed ORDER BY sent, number",
        (service["number"], since - _OLDEST, since, until),
    ):
        spoken.setdefault(row["contact"], []).append(row["sent"])
    log = _Log(sandbox, service, now, user_id)
    for contact, times in spoken.items():
        log.contact(contact, times)
    write_fact(sandbox.store, "connector_logged_until", str(until))
    return log.counts


class _Log:
    """Writes rows of one run."""

    def __init__(self, sandbox: Sandbox, service: sqlite3.Row, now: datetime, user_id: str) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store
        self._service = service
        self._zone = ZoneInfo(service["time_zone"])
        self._now = now
        self._user_id = user_id
        self.counts = {"created": 0, "updated": 0}

    def contact(self, number: int, times: list[int]) -> None:
        """Write the rows that a contact's new messages belong to, if it is linked to a person."""
        contact = self._store.one("SELECT * FROM zg_contacts WHERE number = ?", (number,))
        person = self._store.one(
            f"SELECT * FROM ({_PEOPLE}) WHERE Id = ?", (contact and contact["external_id"],)
        )
        if contact is None or person is None:
            return
        row = self._store.one("SELECT * FROM zg_connector_rows WHERE contact = ?", (number,))
        task, since = (None, times[0]) if row is None else (row["task"], row["since"])
        written: set[int] = set()
        for sent in times:
            if sent >= since + _WINDOW:
                task, since = None, sent
            if since not in written:
                task = self._write(task, contact, person, since)
                written.add(since)
        self._store.execute(
            "INSERT OR REPLACE INTO zg_connector_rows VALUES (?, ?, ?)", (number, task, since)
        )

    def _write(
        self, task: str | None, contact: sqlite3.Row, person: sqlite3.Row, since: int
    ) -> str:
        text = self._text(contact, since)
        now = self._now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        changed = self._store.execute(
            "UPDATE sf_Task SET Description = ?, LastModifiedDate = ?, LastModifiedById = ?,"
            " SystemModstamp = ? WHERE Id = ? AND IsDeleted = 0",
            (text, now, self._user_id, now, task),
        )
        if changed:
            self.counts["updated"] += 1
            return str(task)
        self.counts["created"] += 1
        stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        (made,) = salesforce.insert_rows(
            self._sandbox,
            "Task",
            [
                {
                    "WhoId": person["Id"],
                    "AccountId": person["AccountId"],
                    "Subject": SUBJECT,
                    "Status": "Completed",
                    "ActivityDate": self._now.astimezone(self._zone).date().isoformat(),
                    "Description": text,
                    "CompletedDateTime": now,
                    "OwnerId": self._user_id,
                    "CreatedById": self._user_id,
                    "LastModifiedById": self._user_id,
                    **stamps,
                }
            ],
        )
        return made

    def _text(self, contact: sqlite3.Row, since: int) -> str:
        until = min(since + _WINDOW - 1, int(self._now.timestamp()))
        rows = self._store.all(
            f"SELECT direction, body, {_SENT} AS sent FROM zg_messages WHERE contact = ?"
            f" AND {_SENT} BETWEEN ? AND ? AND NOT is_delayed ORDER BY sent, number",
            (contact["number"], since, until),
        )
        names = (contact["first_name"], contact["last_name"])
        guest = " ".join(name for name in names if name) or "Guest"
        lines = []
        for row in rows:
            said = datetime.fromtimestamp(row["sent"], self._zone)
            name = self._service["display_name"] if row["direction"] else guest
            match self._sandbox.options["zingle_connector_text"]:
                case "named":
                    lines.append(f"{name} ({said:%H:%M}): {row['body']}")
                case "sides":
                    lines.append(f"{'Outbound' if row['direction'] else 'Inbound'}: {row['body']}")
                case _:
                    lines.append(f"[{said:%m/%d/%Y %I:%M %p}] {name}: {row['body']}")
        return "\n".join(lines)[:_LONGEST]
