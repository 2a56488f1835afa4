"""Contact custom fields, labels and groups in v1."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .constants import DATA_TYPES
from .definition_views import colored_view, field_view
from .endpoint import v1_status
from .errors import Refused
from .fields import Field, fields_of
from .ids import Kind, read_id
from .listing import Where, read_page
from .seed_rows import FieldSeed, LabelSeed
from .service_rows import insert_field, insert_label

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call

__all__ = [
    "COLOR",
    "create_field",
    "create_label",
    "delete_field",
    "delete_label",
    "get_field",
    "get_group",
    "get_label",
    "list_fields",
    "list_groups",
    "list_labels",
    "update_field",
    "update_label",
]

_FIELD_KEYS = frozenset({"display_name", "data_type", "options", "code", "is_global"})
_LABEL_KEYS = frozenset({"display_name", "background_color", "text_color"})
COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


def list_fields(call: Call) -> Response:
    """The contact fields of a service; ten a page unless asked for more."""
    where = _here(call)
    page = read_page(
        call, "zg_fields", where, {"id": "number", "data_type": "data_type"}, named="id"
    )
    fields = fields_of(call)
    result = [field_view(fields[number]) for number in page.numbers]
    return json_response({"status": page.status, "result": result})


def get_field(call: Call) -> Response:
    """One contact field."""
    return _field_answer(call, _field(call).number)


def create_field(call: Call) -> Response:
    """Add a contact field; options make it a select."""
    call.need(3206)
    call.only_keys(call.body, _FIELD_KEYS)
    name = _field_name(call)
    options = _options(call.body.get("options"))
    data_type, code = call.body.get("data_type") or "string", call.body.get("code")
    if options:
        data_type = "single_select_options"
    if data_type not in DATA_TYPES or not isinstance(code, str | None):
        raise Refused(3705, "There is no such data type or code")
    is_global = call.body.get("is_global", False)
    if not isinstance(is_global, bool):
        raise Refused(2612)
    if is_global:
        raise Refused(3201)
    number = insert_field(
        call.store.connection,
        call.service_number,
        FieldSeed(name, data_type, tuple(options), code),
        created_at=call.now,
    )
    call.changed()
    return _field_answer(call, number)


def update_field(call: Call) -> Response:
    """Change a field's name, or replace all its options."""
    call.need(3206)
    call.only_keys(call.body, _FIELD_KEYS)
    field = _field(call)
    if field.is_global:
        raise Refused(3201)
    name = _field_name(call, but=field.number) if "display_name" in call.body else field.name
    options = [option.value for option in field.options]
    if "options" in call.body:
        options = _options(call.body["options"])
    call.store.execute(
        "UPDATE zg_fields SET display_name = ?, options = ?, updated_at = ? WHERE number = ?",
        (name, json.dumps(options, ensure_ascii=False), call.now, field.number),
    )
    call.changed()
    return _field_answer(call, field.number)


def delete_field(call: Call) -> Response:
    """Delete a contact field; contacts lose its values."""
    call.need(3206)
    field = _field(call)
    if field.is_global:
        raise Refused(3201)
    call.store.execute("DELETE FROM zg_fields WHERE number = ?", (field.number,))
    call.changed()
    return json_response({"status": v1_status(200, "Custom Field deleted")})


def list_labels(call: Call) -> Response:
    """The contact labels of a service."""
    return _colored_list(call, "zg_labels")


def get_label(call: Call) -> Response:
    """One contact label."""
    return _one(call, _colored(call, "zg_labels", Kind.LABEL, "label_id", 3400))


def create_label(call: Call) -> Response:
    """Add a contact label."""
    call.need(3407)
    call.only_keys(call.body, _LABEL_KEYS)
    number = insert_label(call.store.connection, call.service_number, _label(call, {}))
    call.changed()
    row = call.store.one("SELECT * FROM zg_labels WHERE number = ?", (number,))
    return _one(call, row)


def update_label(call: Call) -> Response:
    """Rename or recolour a contact label."""
    call.need(3407)
    call.only_keys(call.body, _LABEL_KEYS)
    row = _colored(call, "zg_labels", Kind.LABEL, "label_id", 3400)
    label = _label(call, colored_view(row), but=row["number"])
    call.store.execute(
        "UPDATE zg_labels SET display_name = ?, background_color = ?, text_color = ?"
        " WHERE number = ?",
        (*label, row["number"]),
    )
    call.changed()
    return _one(call, call.store.one("SELECT * FROM zg_labels WHERE number = ?", (row["number"],)))


def delete_label(call: Call) -> Response:
    """Delete a contact label; it is taken off every contact."""
    call.need(3407)
    row = _colored(call, "zg_labels", Kind.LABEL, "label_id", 3400)
    call.store.execute("DELETE FROM zg_contact_labels WHERE label = ?", (row["number"],))
    call.store.execute("DELETE FROM zg_labels WHERE number = ?", (row["number"],))
    call.changed()
    return json_response({"status": v1_status(200, "Label deleted")})


def list_groups(call: Call) -> Response:
    """The contact groups of a service; membership follows conditions and is read only."""
    return _colored_list(call, "zg_groups")


def get_group(call: Call) -> Response:
    """One contact group."""
    return _one(call, _colored(call, "zg_groups", Kind.GROUP, "group_id", 8000))


def _here(call: Call) -> Where:
    where = Where()
    where.add("service = ?", call.service_number)
    return where


def _one(call: Call, row: sqlite3.Row | None) -> Response:
    del call
    if row is None:
        raise Refused(3400)
    return json_response({"status": v1_status(200), "result": colored_view(row)})


def _colored_list(call: Call, table: str) -> Response:
    page = read_page(
        call,
        table,
        _here(call),
        {"id": "number", "display_name": "display_name"},
        named="display_name",
    )
    rows = {
        row["number"]: row
        for row in call.store.all(
            f"SELECT * FROM {table} WHERE service = ?",
            (call.service_number,),
        )
    }
    result = [colored_view(rows[number]) for number in page.numbers]
    return json_response({"status": page.status, "result": result})


def _colored(call: Call, table: str, kind: Kind, parameter: str, missing: int) -> sqlite3.Row:
    row = call.store.one(
        f"SELECT * FROM {table} WHERE number = ? AND service = ?",
        (read_id(kind, call.path(parameter)), call.service_number),
    )
    if row is None:
        raise Refused(missing)
    return row


def _field(call: Call) -> Field:
    field_id = call.path("field_id")
    for field in fields_of(call).values():
        if field.id == field_id:
            return field
    raise Refused(3200)


def _field_answer(call: Call, number: int) -> Response:
    return json_response({"status": v1_status(200), "result": field_view(fields_of(call)[number])})


def _field_name(call: Call, *, but: int | None = None) -> str:
    name = call.body.get("display_name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(3203)
    name = name.strip()
    for field in fields_of(call).values():
        if field.name.casefold() == name.casefold() and field.number != but:
            raise Refused(3202)
    return name


def _options(options: Any) -> list[str]:  # noqa: ANN401 - whatever the body says
    if options is None:
        return []
    if not isinstance(options, list):
        raise Refused(3204)
    values = []
    for option in options:
        if not isinstance(option, dict) or option.get("value") is None:
            raise Refused(3204)
        if option.get("display_name") is None:
            raise Refused(3205)
        values.append(str(option["value"]))
    return values


def _label(call: Call, present: dict[str, Any], *, but: int | None = None) -> LabelSeed:
    wanted = {**present, **call.body}
    name = wanted.get("display_name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(3403)
    for key, missing in (("background_color", 3404), ("text_color", 3405)):
        if not wanted.get(key):
            raise Refused(missing)
        if not isinstance(wanted[key], str) or not COLOR.fullmatch(wanted[key]):
            raise Refused(3406)
    taken = call.store.one(
        "SELECT number FROM zg_labels WHERE service = ? AND lower(display_name) = lower(?)",
        (call.service_number, name),
    )
    if taken is not None and taken["number"] != but:
        raise Refused(3402)
    return LabelSeed(name.strip(), wanted["background_color"], wanted["text_color"])
