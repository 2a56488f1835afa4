"""Contact rows: reading one, changing it under the rules that both versions share, deleting it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .errors import Refused
from .fields import check_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .call import Call
    from .fields import Field


LIMITS = {"first_name": 255, "last_name": 255, "title": 20, "notes": 1500, "external_id": 50}
# Longest texts (characters) that the v2 specification publishes; v1 is taken to have the same.
VALUE_LIMIT = 255

_COLUMNS = [
    "external_id",
    "first_name",
    "last_name",
    "title",
    "notes",
    "is_confirmed",
    "is_starred",
    "is_closed",
    "is_unread",
    "unconfirmed_at",
    "assigned_user",
    "assigned_team",
    "avatar_uri",
    "optin_status",
    "locked_by_source",
    "fields",
]
_LOCKED_TYPES = {"PhoneNumber", "EmailAddress"}


def load(call: Call, number: int) -> dict[str, Any]:
    """A contact row as a dictionary, `fields` decoded."""
    row = call.store.one("SELECT * FROM zg_contacts WHERE number = ?", (number,))
    if row is None:
        raise Refused(3000)
    return {**dict(row), "fields": json.loads(row["fields"])}


def save(call: Call, contact: dict[str, Any]) -> None:
    """Write a changed contact back; `updated_at` becomes now."""
    values = {**contact, "fields": json.dumps(contact["fields"], ensure_ascii=False)}
    assignments = ", ".join(f"{column} = :{column}" for column in _COLUMNS)
    call.store.execute(
        f"UPDATE zg_contacts SET {assignments}, updated_at = :now WHERE number = :number",
        {**values, "now": call.now},
    )


def insert_contact(call: Call) -> dict[str, Any]:
    """Add an empty contact and return it as `load` does."""
    now = call.now
    cursor = call.store.connection.execute(
        "INSERT INTO zg_contacts (service, is_confirmed, is_starred, is_closed, is_unread,"
        " unconfirmed_at, optin_status, created_at, updated_at, fields)"
        " VALUES (?, 0, 0, 0, 0, ?, ?, ?, ?, '{}')",
        (
            call.service_number,
            now,
            "opted-in" if call.service["has_optin"] else None,
            now,
            now,
        ),
    )
    number = int(cursor.lastrowid or 0)
    log_event(call, number, "contact_created")
    return load(call, number)


def delete_contact(call: Call, number: int) -> None:
    """Remove a contact with its channels, labels and groups; messages and events stay."""
    for table in ("zg_channels", "zg_contact_labels", "zg_contact_groups"):
        call.store.execute(f"DELETE FROM {table} WHERE contact = ?", (number,))
    call.store.execute("DELETE FROM zg_contacts WHERE number = ?", (number,))


def log_event(call: Call, contact: int, event_type: str, body: str | None = None) -> int:
    """Note an event of a contact, triggered by the login, and return its number."""
    cursor = call.store.connection.execute(
        "INSERT INTO zg_events VALUES (NULL,?,?,?,?,?,?,?,NULL,NULL)",
        (
            call.service_number,
            contact,
            event_type,
            body,
            call.now,
            call.now,
            call.login["number"],
        ),
    )
    return int(cursor.lastrowid or 0)


def refuse_if_locked(contact: dict[str, Any]) -> None:
    """Refuse a change to what a locked contact protects.

    Raises:
        Refused: 3011, even for a value that would not change.
    """
    if contact["locked_by_source"] is not None:
        raise Refused(3011)


def is_locked_type(type_class: str) -> bool:
    """Whether a lock protects the channels of this type."""
    return type_class in _LOCKED_TYPES


def fit(call: Call, text: str, limit: int, where: str) -> str:
    """A text within its limit; what is longer is reported, and refused or cut by the profile.

    Raises:
        Refused: 3705.
    """
    if len(text) <= limit:
        return text
    call.violation(f"{where} is longer than {limit} characters")
    if call.reading("over_long") == "truncate":
        return text[:limit]
    raise Refused(3705, f"The value is longer than {limit} characters", field=where)


def write_values(
    call: Call, contact: dict[str, Any], items: object, fields: Iterable[Field], *, replace: bool
) -> None:
    """Put the `custom_field_values` of a v1 body into a contact that `save` will write.

    Args:
        call: the request.
        contact: what `load` returned; changed in place.
        items: the body's list.
        fields: the service's fields.
        replace: values that the list does not name are dropped (reading `put_fields`).

    Raises:
        Refused: 3011, 3700 to 3706.
    """
    if not isinstance(items, list):
        raise Refused(3700)
    by_id = {field.id: field for field in fields}
    written: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict) or not item.get("custom_field_id"):
            raise Refused(3700)
        call.only_keys(item, _ITEM_KEYS, "custom_field_values.")
        field = by_id.get(str(item["custom_field_id"]))
        if field is None:
            raise Refused(3701)
        written[field.id] = check_value(field, item, missing=3705)
    for field in by_id.values():
        if field.id in written:
            put_value(call, contact, field, written[field.id])
        elif replace and field.column is None:
            contact["fields"].pop(str(field.number), None)
        elif replace and contact["locked_by_source"] is None and field.column is not None:
            contact[field.column] = None


_ITEM_KEYS = frozenset({"custom_field_id", "value", "custom_field_option_id"})


def put_value(call: Call, contact: dict[str, Any], field: Field, value: Any) -> None:  # noqa: ANN401 - whatever the field stores
    """Store one checked value.

    Raises:
        Refused: 3011, or 3705 if it is too long.
    """
    if field.column is not None or field.name.casefold() in _locked_names(call):
        refuse_if_locked(contact)
    if value is None and call.sandbox.options["zingle_ignores_clearing"]:
        return
    if field.column is not None:
        if isinstance(value, str):
            value = fit(call, value, LIMITS[field.column], field.column)
        contact[field.column] = value
        return
    if isinstance(value, str):
        value = fit(call, value, VALUE_LIMIT, "value")
    contact["fields"][str(field.number)] = value


def _locked_names(call: Call) -> set[str]:
    """The display names of custom fields that a lock protects here, case-folded."""
    names = str(call.sandbox.options["zingle_locked_fields"] or "").split(",")
    return {name.strip().casefold() for name in names if name.strip()}
