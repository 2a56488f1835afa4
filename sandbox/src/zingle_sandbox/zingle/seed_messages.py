"""One chunk of a seed's messages or events, as rows of the tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zingle_sandbox.credentials import ZINGLE_SERVICE_ID
from zingle_sandbox.odd_texts import storable

from .ids import Kind

if TYPE_CHECKING:
    import sqlite3

    from zingle_sandbox.rows import MessageRow

    from .lookups import Cache
    from .seed_rows import EventRow


_MESSAGE = f"INSERT INTO zg_messages VALUES ({','.join('?' * 21)})"
_EVENT = f"INSERT INTO zg_events VALUES ({','.join('?' * 10)})"


def insert_message_chunk(cache: Cache, first: int, chunk: list[MessageRow]) -> None:
    """Insert messages, from number `first`; `updated_at` None stays null in the API's answer."""
    contacts = [cache.record(Kind.CONTACT, "zg_contacts", row["contact_id"]) for row in chunk]
    channels = _channels_of(cache.connection, contacts)
    rows: list[tuple[Any, ...]] = []
    for number, (contact, row) in enumerate(zip(contacts, chunk, strict=True), first):
        created_at = row["created_at"]
        attachments = row.get("attachments")
        rows.append(
            (
                number,
                row.get("id"),
                cache.service(row.get("service_id", ZINGLE_SERVICE_ID)).service,
                contact,
                _channel(channels.get(contact, []), row.get("channel_value")),
                row["direction"] == "outbound",
                storable(row["body"]),
                row.get("template_id"),
                created_at,
                row.get("updated_at", created_at),
                row.get("read_at"),
                row.get("deleted_by_contact_at"),
                cache.user(row.get("triggered_by_user_id")),
                row.get("is_delayed", False),
                row.get("execute_at"),
                row.get("executed_at"),
                row.get("body_language_code"),
                storable(row.get("translated_body") or "") or None,
                row.get("translated_body_language_code"),
                json.dumps(attachments) if attachments else None,
                created_at if row.get("failed") else None,
            )
        )
    cache.connection.executemany(_MESSAGE, rows)


def insert_event_chunk(cache: Cache, first: int, chunk: list[EventRow]) -> None:
    """Insert events, from number `first`."""
    rows: list[tuple[Any, ...]] = []
    for number, row in enumerate(chunk, first):
        names = cache.service(row.get("service_id", ZINGLE_SERVICE_ID))
        message = row.get("message_id")
        rows.append(
            (
                number,
                names.service,
                cache.record(Kind.CONTACT, "zg_contacts", row["contact_id"]),
                row["event_type"],
                storable(row.get("body") or "") or None,
                row["created_at"],
                row["created_at"],
                cache.user(row.get("triggered_by_user_id")),
                names.automations[row.get("automation")],
                None if message is None else cache.record(Kind.MESSAGE, "zg_messages", message),
            )
        )
    cache.connection.executemany(_EVENT, rows)


def point_at_last_messages(connection: sqlite3.Connection, *, newest: int) -> None:
    """Make the contacts of the `newest` messages point at their last one."""
    connection.execute(
        "UPDATE zg_contacts SET last_message = latest.number, last_message_at = latest.at"
        " FROM (SELECT contact, number, max(created_at) AS at FROM zg_messages WHERE number >"
        "       (SELECT max(number) FROM zg_messages) - ? GROUP BY contact) AS latest"
        " WHERE zg_contacts.number = latest.contact"
        " AND coalesce(zg_contacts.last_message_at, 0) <= latest.at",
        (newest,),
    )


def _channel(channels: list[tuple[int, str]], value: str | None) -> int | None:
    for number, own in channels:
        if value is None or own == value:
            return number
    return None


def _channels_of(
    connection: sqlite3.Connection, contacts: list[int]
) -> dict[int, list[tuple[int, str]]]:
    """Contact number to the numbers and values of its channels, in the order they were added."""
    found: dict[int, list[tuple[int, str]]] = {}
    wanted = sorted(set(contacts))
    for start in range(0, len(wanted), 5_000):
        some = wanted[start : start + 5_000]
        places = ",".join("?" * len(some))
        for contact, number, value in connection.execute(
            "SELECT contact, number, value FROM zg_channels"
            f" WHERE contact IN ({places}) ORDER BY contact, number",
            some,
        ):
            found.setdefault(contact, []).append((number, value))
    return found
