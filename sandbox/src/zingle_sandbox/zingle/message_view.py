"""Messages and events as v1 shows them, quirks included."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .contact_view import formatted, mask
from .definition_views import channel_types
from .ids import Kind, contact_id, make_id

if TYPE_CHECKING:
    import sqlite3

    from .call import Call


_USER_KEYS = ("id", "username", "title", "email", "first_name", "last_name", "avatar_uri")
_SENT_WITH_NULL = 5  # every so many messages with attachments, the list holds a null too


@dataclass(slots=True)
class MessageViewer:
    """What rendering needs of a service, and of the users and contacts met so far."""

    call: Call
    types: dict[int, sqlite3.Row]
    users: dict[int, dict[str, Any]]
    masked: bool

    @classmethod
    def of(cls, call: Call) -> MessageViewer:
        """Read the definitions of the path's service."""
        rows = call.store.all("SELECT * FROM zg_users")
        users = {
            row["number"]: {
                key: row[key] if key in row.keys() else None  # noqa: SIM118 - a sqlite3.Row, not a dictionary
                for key in _USER_KEYS
            }
            for row in rows
        }
        masked = bool(call.sandbox.options["zingle_masked_phones"])
        return cls(call, channel_types(call), users, masked)

    def messages(self, numbers: list[int]) -> list[dict[str, Any]]:
        """The messages of these numbers, in this order."""
        rows = self._rows(
            "SELECT m.*, c.id AS contact_id, h.id AS channel_id, h.type AS type, h.value AS value"
            " FROM zg_messages m LEFT JOIN zg_contacts c ON c.number = m.contact"
            " LEFT JOIN zg_channels h ON h.number = m.channel WHERE m.number IN (%s)",
            numbers,
        )
        return [self._message(rows[number]) for number in numbers if number in rows]

    def events(self, numbers: list[int]) -> list[dict[str, Any]]:
        """The events of these numbers, in this order."""
        rows = self._rows(
            "SELECT e.*, c.id AS contact_id, a.id AS automation_id,"
            " a.display_name AS automation_name, a.type AS automation_type FROM zg_events e"
            " LEFT JOIN zg_contacts c ON c.number = e.contact"
            " LEFT JOIN zg_automations a ON a.number = e.automation WHERE e.number IN (%s)",
            numbers,
        )
        wanted = [row["message"] for row in rows.values() if row["message"] is not None]
        messages = dict(zip(wanted, self.messages(wanted), strict=True)) if wanted else {}
        return [self._event(rows[number], messages) for number in numbers if number in rows]

    def _rows(self, sql: str, numbers: list[int]) -> dict[int, sqlite3.Row]:
        if not numbers:
            return {}
        found = self.call.store.all(sql % ",".join("?" * len(numbers)), numbers)
        return {row["number"]: row for row in found}

    def _message(self, row: sqlite3.Row) -> dict[str, Any]:
        outbound = bool(row["direction"])
        contact, service = self._contact_end(row), self._service_end()
        attachments = json.loads(row["attachments"]) if row["attachments"] else []
        if attachments and row["number"] % _SENT_WITH_NULL == 0:
            attachments.append(None)
        user_id = self.users[row["user"]]["id"] if row["user"] is not None else None
        return {
            "id": row["id"] or make_id(Kind.MESSAGE, row["number"]),
            "body": row["body"],
            "template_id": row["template_id"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "read_at": row["read_at"],
            "deleted_by_contact_at": row["deleted_by_contact_at"],
            "triggered_by_user_id": user_id,
            "triggered_by_user": self._user(row),
            "sender_type": "service" if outbound else "contact",
            "sender": service if outbound else contact,
            "recipient_type": "contact" if outbound else "service",
            "recipient": contact if outbound else service,
            "communication_direction": "outbound" if outbound else "inbound",
            "attachments": attachments,
            "is_delayed": bool(row["is_delayed"]),
            "execute_at": row["execute_at"] or 0,
            "executed_at": row["executed_at"],
            "body_language_code": row["language"],
            "translated_body": row["translated_body"],
            "translated_body_language_code": row["translated_language"],
            "statuses": _statuses(row),
            "forwarded_by_service_id": None,
            "display_name": None,
        }

    def _user(self, row: sqlite3.Row) -> dict[str, Any]:
        """Who did it; nobody is `{}` and, in the next row, an object of nulls."""
        if row["user"] is not None:
            return self.users[row["user"]]
        return {} if row["number"] % 2 else dict.fromkeys(_USER_KEYS)

    def _contact_end(self, row: sqlite3.Row) -> dict[str, Any]:
        kind = self.types.get(row["type"])
        value = row["value"]
        channel: dict[str, Any] = {
            "id": None,
            "type_class": None,
            "display_name": None,
            "value": None,
            "formatted_value": None,
        }
        if kind is not None:
            is_phone = kind["type_class"] == "PhoneNumber"
            if is_phone and self.masked:
                value = mask(value)
            channel = {
                "id": row["channel_id"] or make_id(Kind.CHANNEL, row["channel"]),
                "type_class": kind["type_class"],
                "display_name": kind["display_name"],
                "value": value,
                "formatted_value": formatted(value) if is_phone else value,
            }
        return {"id": row["contact_id"] or contact_id(row["contact"]), "channel": channel}

    def _service_end(self) -> dict[str, Any]:
        """The service's side: its channel has no id and no type."""
        phone = self.call.service["phone_number"]
        return {
            "id": self.call.service["id"],
            "channel": {
                "type_class": None,
                "display_name": None,
                "value": phone,
                "formatted_value": formatted(phone) if phone else None,
            },
        }

    def _event(self, row: sqlite3.Row, messages: dict[int, dict[str, Any]]) -> dict[str, Any]:
        message = dict(messages.get(row["message"], {}))
        if row["number"] % 2:  # the embedded message may lack both
            message.pop("created_at", None)
            message.pop("id", None)
        automation: dict[str, Any] = {}
        if row["automation_id"] is not None:
            automation = {
                "id": row["automation_id"],
                "display_name": row["automation_name"],
                "type": row["automation_type"],
            }
        return {
            "id": make_id(Kind.EVENT, row["number"]),
            "contact_id": row["contact_id"] or contact_id(row["contact"]),
            "event_type": row["event_type"],
            "body": row["body"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "triggered_by_user": self._user(row),
            "automation": automation,
            "message": message,
        }


def _statuses(row: sqlite3.Row) -> list[dict[str, Any]]:
    if row["failed_at"] is None:
        return []
    return [{"type": "failed", "description": "Undeliverable", "created_at": row["failed_at"]}]
