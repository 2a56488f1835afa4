"""Tokens, users, tags, contact fields, events and the contact log in v2."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .auth import issue_token
from .contact_view_v2 import iso
from .contacts_v2 import page_envelope
from .definitions_v1 import COLOR
from .endpoint import location
from .errors import Refused, V2Refused
from .fields import Field, fields_of
from .ids import Kind, contact_id, make_id
from .seed_rows import FieldSeed, LabelSeed
from .service_rows import insert_field, insert_label

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call

__all__ = [
    "create_field",
    "create_tag",
    "list_contact_log",
    "list_events",
    "list_fields",
    "list_tags",
    "list_users",
    "me",
    "new_token",
]

_TYPES = ("string", "date", "boolean", "time")
_FROM_V1 = {
    "single_select_options": "string",
    "number": "string",
    "anniversary": "date",
    "datetime": "date",
}
_NAME_LIMIT = 50


def new_token(call: Call) -> Response:
    """A JWT for the login."""
    return json_response({"token": issue_token(call.sandbox, call.login)})


def me(call: Call) -> Response:
    """The login's user."""
    return json_response(_user(call.login))


def list_users(call: Call) -> Response:
    """The users of a service, a plain array; `id` is a number, `uuid` the id of v1."""
    rows = call.store.all(
        "SELECT u.* FROM zg_users u JOIN zg_user_services ON user = u.number WHERE service = ?"
        " ORDER BY u.number",
        (call.service_number,),
    )
    return json_response([_user(row) for row in rows])


def list_tags(call: Call) -> Response:
    """The tags of a service: what v1 calls labels."""
    rows = call.store.all(
        "SELECT * FROM zg_labels WHERE service = ? ORDER BY number", (call.service_number,)
    )
    return json_response(
        [
            {
                "id": row["id"],
                "name": row["display_name"],
                "textColor": row["text_color"].upper(),
                "backgroundColor": row["background_color"].upper(),
            }
            for row in rows
        ]
    )


def create_tag(call: Call) -> Response:
    """Add a tag; 201."""
    call.need(3407)
    call.only_keys(call.body, frozenset({"name", "textColor", "backgroundColor"}))
    name = _name(call.body)
    colors = [call.body.get(key) or "#000000" for key in ("backgroundColor", "textColor")]
    if any(not isinstance(color, str) or not COLOR.fullmatch(color) for color in colors):
        raise Refused(3406, field="textColor")
    if call.store.one(
        "SELECT 1 FROM zg_labels WHERE service = ? AND lower(display_name) = lower(?)",
        (call.service_number, name),
    ):
        raise Refused(3402, field="name")
    number = insert_label(call.store.connection, call.service_number, LabelSeed(name, *colors))
    return _created(call, "tags", make_id(Kind.LABEL, number))


def list_fields(call: Call) -> Response:
    """The contact fields of a service, without the names, which are attributes in v2."""
    rows = {
        row["number"]: row
        for row in call.store.all(
            "SELECT number, created_at, updated_at FROM zg_fields WHERE service = ?",
            (call.service_number,),
        )
    }
    fields = [field for field in fields_of(call).values() if field.column is None]
    return json_response([_field(field, rows[field.number]) for field in fields])


def create_field(call: Call) -> Response:
    """Add a contact field; 201."""
    call.need(3206)
    call.only_keys(call.body, frozenset({"name", "type", "options"}))
    name = _name(call.body)
    kind, options = call.body.get("type"), call.body.get("options") or []
    if kind not in _TYPES:
        raise V2Refused("validation_error", {"type": f"One of {', '.join(_TYPES)}"})
    if not isinstance(options, list) or len(set(map(str, options))) != len(options):
        raise V2Refused("validation_error", {"options": "A list of different texts"})
    if any(field.name.casefold() == name.casefold() for field in fields_of(call).values()):
        raise Refused(3202, field="name")
    number = insert_field(
        call.store.connection,
        call.service_number,
        FieldSeed(name, kind, tuple(str(option) for option in options)),
        created_at=call.now,
    )
    return _created(call, "contact-fields", make_id(Kind.FIELD, number))


def list_events(call: Call) -> Response:
    """The events of a service between `start` and `end`, fifty a page."""
    conditions, parameters = ["service = ?"], [call.service_number]
    for key, operator in (("start", ">="), ("end", "<=")):
        if (text := call.query.get(key)) is not None:
            conditions.append(f"created_at {operator} ?")
            parameters.append(_instant(key, text))
    numbers = [
        row[0]
        for row in call.store.all(
            f"SELECT number FROM zg_events WHERE {' AND '.join(conditions)}"
            " ORDER BY created_at, number",
            parameters,
        )
    ]
    return json_response(page_envelope(call, numbers, _events))


def list_contact_log(call: Call) -> Response:
    """The import log of a service: what a seed put there.

    Whether plain API writes show up in it is not public.
    """
    rows = call.store.all(
        "SELECT entry FROM zg_contact_log WHERE service = ? ORDER BY received_at, number",
        (call.service_number,),
    )
    return json_response([json.loads(row["entry"]) for row in rows])


def _events(call: Call, numbers: list[int]) -> list[dict[str, Any]]:
    users = {row["number"]: row for row in call.store.all("SELECT * FROM zg_users")}
    items = []
    for number in numbers:
        row = call.store.one(
            "SELECT e.*, c.id AS contact_id, a.id AS automation_id,"
            " a.display_name AS automation_name FROM zg_events e"
            " LEFT JOIN zg_contacts c ON c.number = e.contact"
            " LEFT JOIN zg_automations a ON a.number = e.automation WHERE e.number = ?",
            (number,),
        )
        if row is None:
            continue
        items.append(
            {
                "id": make_id(Kind.EVENT, number),
                "type": row["event_type"],
                "body": row["body"],
                "contactId": row["contact_id"] or contact_id(row["contact"]),
                "serviceId": call.service["id"],
                "createdAt": iso(row["created_at"], offset=True),
                "user": _user(users[row["user"]]) if row["user"] in users else None,
                "workflow": (
                    {"id": row["automation_id"], "name": row["automation_name"]}
                    if row["automation_id"]
                    else None
                ),
            }
        )
    return items


def _user(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["number"],
        "uuid": row["id"],
        "username": row["username"],
        "email": row["email"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "title": row["title"],
    }


def _field(field: Field, row: sqlite3.Row) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": field.id,
        "name": field.name,
        "type": _FROM_V1.get(field.data_type, field.data_type),
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
    }
    if field.options:
        view["options"] = [option.value for option in field.options]
    return view


def _name(body: dict[str, Any]) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _NAME_LIMIT:
        raise V2Refused("validation_error", {"name": f"1 to {_NAME_LIMIT} characters"})
    return name.strip()


def _created(call: Call, kind: str, record_id: str) -> Response:
    call.changed()
    address = location(call, f"/v2/services/{call.service['id']}/{kind}/{record_id}")
    return json_response({}, 201, headers={"Location": address})


def _instant(key: str, text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise V2Refused("validation_error", {key: "This is not an ISO 8601 instant"}) from None
    return int(instant.timestamp())
