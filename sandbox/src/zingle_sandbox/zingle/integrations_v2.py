"""What a service is connected to, in v2: the vendor's own connectors, their settings and mappings.

Paths and keys are those of the vendor's descriptions of 2021 and 2024; what those leave open is an
option each. Read only: nobody but the vendor's own screens writes here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .auth import AuthFailed
from .connector import SALESFORCE_CONNECTOR
from .contact_view_v2 import iso
from .errors import V2Refused
from .fields import fields_of

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call


def list_integrations(call: Call) -> Response:
    """Code, name and status of each integration that was ever set up, a plain array."""
    _allowed(call)
    return json_response([_summary(call, row) for row in _rows(call)])


def get_integration(call: Call) -> Response:
    """One integration with its settings and its mapping."""
    _allowed(call)
    row = _named(call)
    view = {**_summary(call, row), "configuration": _configuration(call, row)}
    mapping = _mapping(call, row)
    if mapping is not None:
        received = row["received_at"]
        view["field_mapping"] = {
            "column_field_mapping": mapping,
            "status": "active" if mapping else "incomplete",
            "last_received_at": None if received is None else iso(received),
        }
    return json_response(view)


def get_mapping(call: Call) -> Response:
    """The mapping alone.

    Raises:
        V2Refused: the integration has none.
    """
    _allowed(call)
    mapping = _mapping(call, _named(call))
    if mapping is None:
        raise V2Refused("field_mapping_not_found", {}, status=404)
    return json_response({"column_field_mapping": mapping})


def _allowed(call: Call) -> None:
    match int(call.sandbox.options["zingle_integrations_refused"] or 0):
        case 0:
            return
        case 401:
            raise AuthFailed("unauthorized", "This login may not see integrations")
        case status:
            word = "not_found" if status == 404 else "no_access"  # noqa: PLR2004 - HTTP
            raise V2Refused(word, {}, status=status)


def _rows(call: Call) -> list[sqlite3.Row]:
    rows = call.store.all(
        "SELECT * FROM zg_integrations WHERE service = ? ORDER BY name", (call.service_number,)
    )
    return [row for row in rows if _status(call, row) != "absent"]


def _is_connector(row: sqlite3.Row) -> bool:
    return bool(row["code"] == SALESFORCE_CONNECTOR.code)


def _status(call: Call, row: sqlite3.Row) -> str:
    told = str(call.sandbox.options["zingle_integration"]) if _is_connector(row) else ""
    return told or str(row["status"])


def _code(call: Call, row: sqlite3.Row) -> str:
    told = call.sandbox.options["zingle_integration_code"]
    return str(told if _is_connector(row) else row["code"])


def _named(call: Call) -> sqlite3.Row:
    for row in _rows(call):
        if _code(call, row) == call.path("code"):
            return row
    raise V2Refused("integration_not_found", {}, status=404)


def _summary(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    return {"code": _code(call, row), "name": row["name"], "status": _status(call, row)}


def _configuration(call: Call, row: sqlite3.Row) -> object:
    settings = json.loads(row["configuration"])
    if call.sandbox.options["zingle_integration_configuration"] == "array":
        return settings
    return {setting["code"]: setting for setting in settings}


def _mapping(call: Call, row: sqlite3.Row) -> object:
    """The mapping in the chosen shape; None if the integration has none."""
    pairs = json.loads(row["mapping"])
    shape = call.sandbox.options["zingle_integration_mapping"]
    if shape == "absent" or not (pairs or _is_connector(row)):
        return None
    names = _field_names(call)
    told = [(column, names.get(name, name)) for column, name in pairs]
    if shape == "array":
        return [{"column": column, "field": name} for column, name in told]
    return dict(told) if told and shape == "object" else []


def _field_names(call: Call) -> dict[str, str]:
    """A contact field's display name to what the mapping calls it."""
    by = call.sandbox.options["zingle_integration_fields"]
    return {
        field.name: str({"code": field.code, "id": field.id}.get(str(by)) or field.name)
        for field in fields_of(call).values()
    }
