"""Channel types, fields, labels and groups as v1 shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from .call import Call
    from .fields import Field


# Which channel a contact is answered on first.
_PRIORITY = {"PhoneNumber": 2, "EmailAddress": 1}


def channel_types(call: Call) -> dict[int, sqlite3.Row]:
    """The channel types of the path's service, by number."""
    rows = call.store.all(
        "SELECT * FROM zg_channel_types WHERE service = ? ORDER BY number", (call.service_number,)
    )
    return {row["number"]: row for row in rows}


def channel_type_view(row: sqlite3.Row) -> dict[str, Any]:
    """A channel type."""
    return {
        "id": row["id"],
        "type_class": row["type_class"],
        "display_name": row["display_name"],
        "inbound_notification_url": None,
        "outbound_notification_url": None,
        "allow_communications": True,
        "is_global": bool(row["is_global"]),
        "priority": _PRIORITY.get(row["type_class"], 0),
    }


def field_view(field: Field) -> dict[str, Any]:
    """A contact custom field.

    As in recorded payloads, a field without options has `[]` or null, a `sort_order` may be text,
    and old fields lack `code`.
    """
    options: list[dict[str, Any]] | None = [
        {
            "id": option.id,
            "display_name": option.value,
            "value": option.value,
            "sort_order": at if field.is_global else str(at),
        }
        for at, option in enumerate(field.options, 1)
    ]
    if not options and not field.is_global:
        options = None
    view = {
        "id": field.id,
        "display_name": field.name,
        "code": field.code,
        "data_type": field.data_type,
        "replacement_variable": f"{{CONTACT.CUSTOM_FIELD.[{field.id}]}}",
        "is_global": field.is_global,
        "options": options,
    }
    if not field.code:
        del view["code"]
    return view


def label_view(row: sqlite3.Row) -> dict[str, Any]:
    """A label; none of these is shared by all services."""
    return {**colored_view(row), "is_global": False}


def group_view(row: sqlite3.Row) -> dict[str, Any]:
    """A group with what makes somebody its member; conditions are always joined by AND."""
    return {
        **colored_view(row),
        "condition_boolean_operator": "AND",
        "conditions": [
            {
                "comparison_source": "{CONTACT.CUSTOM_FIELD.[Checkin Date]}",
                "comparison_method_code": "date_is_before",
                "comparison_value": "now",
            }
        ],
    }


def template_view(row: sqlite3.Row) -> dict[str, Any]:
    """A template of messages."""
    return {
        **{key: row[key] for key in ("id", "display_name", "subject", "type", "body")},
        "is_global": False,
    }


def team_view(row: sqlite3.Row, created_at: int) -> dict[str, Any]:
    """A team, as the vendor's own app reads it."""
    return {
        **{key: row[key] for key in ("id", "display_name", "emoji")},
        "user_ids": json.loads(row["user_ids"]),
        "created_at": created_at,
    }


def colored_view(row: sqlite3.Row) -> dict[str, Any]:
    """What labels and groups have in common, and contacts show of their groups."""
    return {
        "id": row["id"],
        "display_name": row["display_name"],
        "background_color": row["background_color"],
        "text_color": row["text_color"],
    }
