"""Contact custom fields, labels and groups in v1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .constants import DATA_TYPES
from .definition_views import colored_view, field_view, label_view
from .endpoint import v1_status
from .errors import Refused
from .fields import Field, fields_of
from .listing import Where, read_page
from .seed_rows import FieldSeed, LabelSeed
from .service_rows import insert_field, insert_label

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call


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


def list_labels(call: Call) -> Response:
    """The contact labels of a service."""
    return _colored_list(call, "zg_labels")


def create_label(call: Call) -> Response:
    """Add a contact label."""
    call.need(3407)
    call.only_keys(call.body, _LABEL_KEYS)
    number = insert_label(call.store.connection, call.service_number, _label(call))
    call.changed()
    row = call.store.one("SELECT * FROM zg_labels WHERE number = ?", (number,))
    return _one(call, row)


def list_groups(call: Call) -> Response:
    """The contact groups of a service; membership follows conditions and is read only."""
    return _colored_list(call, "zg_groups")


def _here(call: Call) -> Where:
    where = Where()
    where.add("service = ?", call.service_number)
    return where


def _one(call: Call, row: sqlite3.Row | None) -> Response:
    del call
    if row is None:
        raise Refused(3400)
    return json_response({"status": v1_status(200), "result": label_view(row)})


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
    view = label_view if table == "zg_labels" else colored_view
    result = [view(rows[number]) for number in page.numbers]
    return json_response({"status": page.status, "result": result})


def _field(call: Call) -> Field:
    field_id = call.path("field_id")
    for field in fields_of(call).values():
        if field.id == field_id:
            return field
    raise Refused(3200)


def _field_answer(call: Call, number: int) -> Response:
    return json_response({"status": v1_status(200), "result": field_view(fields_of(call)[number])})


def _field_name(call: Call) -> str:
    name = call.body.get("display_name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(3203)
    name = name.strip()
    for field in fields_of(call).values():
        if field.name.casefold() == name.casefold():
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


def _label(call: Call) -> LabelSeed:
    wanted = call.body
    name = wanted.get("display_name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(3403)
    for key, missing in (("background_color", 3404), ("text_color", 3405)):
        if not wanted.get(key):
            raise Refused(missing)
        if not isinstance(wanted[key], str) or not COLOR.fullmatch(wanted[key]):
            raise Refused(3406)
    if call.store.one(
        "SELECT 1 FROM zg_labels WHERE service = ? AND lower(display_name) = lower(?)",
        (call.service_number, name),
    ):
        raise Refused(3402)
    return LabelSeed(name.strip(), wanted["background_color"], wanted["text_color"])
