"""Contact channels in v1; a value never changes, only its display name and its default marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .channels import add_channel, check_channel, check_display_name, clear_defaults, type_of
from .constants import CHANNEL_NAMES
from .contact_store import is_locked_type, load, refuse_if_locked, save
from .contact_view import Viewer
from .definition_views import channel_types
from .endpoint import v1_status
from .errors import Refused
from .ids import Kind, read_id

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call


_MARKS = frozenset({"display_name", "is_default", "is_default_for_type"})
_BLOCKS = frozenset({"block_inbound", "block_outbound"})


def get_channel(call: Call) -> Response:
    """One channel of a contact."""
    call.need(3018)
    return _answer(call, _channel(call, call.contact_number())["number"])


def create_channel(call: Call) -> Response:
    """Add a channel to a contact; a phone needs its country."""
    call.need(3017)
    _refuse_blocks(call)
    call.only_keys(call.body, _MARKS | {"channel_type_id", "value", "country"})
    contact = load(call, call.contact_number())
    kind = type_of(channel_types(call), call.body.get("channel_type_id"))
    channel = check_channel(call, kind, call.body, country_needed=True)
    if is_locked_type(channel.type_class):
        refuse_if_locked(contact)
    number = add_channel(call, contact["number"], channel)
    save(call, contact)
    call.changed()
    return _answer(call, number)


def update_channel(call: Call) -> Response:
    """Change the display name or the default marks of a channel."""
    call.need(3017)
    _refuse_blocks(call)
    call.only_keys(call.body, _MARKS)
    contact = load(call, call.contact_number())
    row = _channel(call, contact["number"])
    _refuse_if_protected(call, contact, row)
    name = call.body.get("display_name", row["display_name"])
    if name is not None and name not in CHANNEL_NAMES and name != row["display_name"]:
        raise Refused(3106)
    mine = call.store.all("SELECT * FROM zg_channels WHERE contact = ?", (contact["number"],))
    check_display_name(mine, name, but=row["number"])
    is_default = bool(call.body.get("is_default", row["is_default"]))
    for_type = bool(call.body.get("is_default_for_type", row["is_default_for_type"]))
    clear_defaults(call, contact["number"], row["type"], is_default=is_default, for_type=for_type)
    call.store.execute(
        "UPDATE zg_channels SET display_name = ?, is_default = ?, is_default_for_type = ?"
        " WHERE number = ?",
        (name, is_default, for_type, row["number"]),
    )
    save(call, contact)
    call.changed()
    return _answer(call, row["number"])


def remove_channel(call: Call) -> Response:
    """Delete a channel."""
    call.need(3017)
    contact = load(call, call.contact_number())
    row = _channel(call, contact["number"])
    _refuse_if_protected(call, contact, row)
    call.store.execute("DELETE FROM zg_channels WHERE number = ?", (row["number"],))
    save(call, contact)
    call.changed()
    return json_response({"status": v1_status(200, "Contact Channel deleted")})


def _channel(call: Call, contact: int) -> sqlite3.Row:
    text = call.path("channel_id")
    number = read_id(Kind.CHANNEL, text)
    row = call.store.one(
        "SELECT * FROM zg_channels WHERE contact = ? AND (id = ? OR (id IS NULL AND number = ?))",
        (contact, text, number),
    )
    if row is None:
        raise Refused(3100)
    return row


def _answer(call: Call, number: int) -> Response:
    row = call.store.one("SELECT * FROM zg_channels WHERE number = ?", (number,))
    if row is None:
        raise Refused(3100)
    return json_response({"status": v1_status(200), "result": Viewer.of(call).channel(row)})


def _refuse_if_protected(call: Call, contact: dict[str, Any], row: sqlite3.Row) -> None:
    if is_locked_type(channel_types(call)[row["type"]]["type_class"]):
        refuse_if_locked(contact)


def _refuse_blocks(call: Call) -> None:
    """Block flags are read-only through the API."""
    if _BLOCKS & set(call.body):
        call.violation("a sync must never block or unblock a channel")
        raise Refused(3108)
