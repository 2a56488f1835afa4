"""Contacts as v2 shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .constants import DATE_TYPES
from .contact_view import mask
from .fields import as_integer, fields_of, read_value, utc
from .ids import Kind, make_id

if TYPE_CHECKING:
    import sqlite3

    from .call import Call
    from .fields import Field


def iso(seconds: int, *, offset: bool = False) -> str:
    """An instant as v2 writes it: milliseconds and Z, or (as its events do) `+0000`.

    >>> iso(0), iso(0, offset=True)
    ('1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00+0000')
    """
    instant = utc(seconds)
    if instant is None:
        return str(seconds)
    return f"{instant:%Y-%m-%dT%H:%M:%S}" + ("+0000" if offset else ".000Z")


def view_contacts(call: Call, numbers: list[int]) -> list[dict[str, Any]]:
    """The contacts of these numbers, in this order.

    No lock, no channel ids, no opt-in, no channel of a type that v2 has no name for.
    """
    fields = fields_of(call)
    masked = bool(call.sandbox.options["zingle_masked_phones"])
    views = []
    for number in numbers:
        row = call.store.one("SELECT * FROM zg_contacts WHERE number = ?", (number,))
        if row is None:
            continue
        channels = call.store.all(
            "SELECT c.*, t.v2_type FROM zg_channels c JOIN zg_channel_types t ON t.number = c.type"
            " WHERE contact = ? AND v2_type IS NOT NULL ORDER BY c.number",
            (number,),
        )
        tags = call.store.all(
            "SELECT display_name FROM zg_contact_labels JOIN zg_labels ON number = label"
            " WHERE contact = ? ORDER BY number",
            (number,),
        )
        views.append(_view(call, row, channels, [tag[0] for tag in tags], fields, masked=masked))
    return views


def _view(  # noqa: PLR0913 - the parts of one record
    call: Call,
    row: sqlite3.Row,
    channels: list[sqlite3.Row],
    tags: list[str],
    fields: dict[int, Field],
    *,
    masked: bool,
) -> dict[str, Any]:
    user = call.store.value("SELECT id FROM zg_users WHERE number = ?", (row["assigned_user"],))
    stored = json.loads(row["fields"])
    values = [
        {"contactFieldName": field.name, "value": _value(field, stored[str(number)])}
        for number, field in fields.items()
        if field.column is None and stored.get(str(number)) is not None
    ]
    return {
        "id": row["id"] or make_id(Kind.CONTACT, row["number"]),
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "avatarUrl": row["avatar_uri"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "title": row["title"],
        "tags": tags,
        "channels": [
            {
                "type": channel["v2_type"],
                "value": mask(channel["value"])
                if masked and channel["v2_type"] == "phone_number"
                else channel["value"],
                "isActive": not channel["block_outbound"],
            }
            for channel in channels
        ],
        "externalId": row["external_id"],
        "conversationProperties": {
            "isClosed": bool(row["is_closed"]),
            "isUnread": bool(row["is_unread"]),
            "assignedToUserId": user,
            "assignedToTeamId": row["assigned_team"],
        },
        "notes": row["notes"],
        "contactFields": values,
    }


def _value(field: Field, value: object) -> Any:  # noqa: ANN401 - text, number or boolean
    if field.options:
        return value
    if field.data_type == "boolean":
        return str(value).lower() in {"true", "1", "yes"}
    if field.data_type in DATE_TYPES:
        seconds = as_integer(value)
        if seconds is None:
            return value
        instant = iso(seconds)
        return instant if field.data_type == "datetime" else instant[:10]
    return read_value(field, value, numbers="int", dates="epoch_int")
