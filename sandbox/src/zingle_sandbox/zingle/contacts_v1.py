"""Contacts in v1: one record, create, update, delete, field values, labels, assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .after_read import was_read
from .channels import NewChannel, add_channel, check_channel, check_display_name, holder_of, type_of
from .contact_store import (
    delete_contact,
    insert_contact,
    is_locked_type,
    load,
    put_value,
    refuse_if_locked,
    save,
    write_values,
)
from .contact_view import view_contact
from .definition_views import channel_types
from .endpoint import v1_status
from .errors import Refused
from .fields import check_value, fields_of
from .ids import Kind, read_id

if TYPE_CHECKING:
    from starlette.responses import Response

    from .call import Call


_FLAG_CODES = {"is_confirmed": 3003, "is_starred": 3004, "is_closed": 3009}
_CONTACT_KEYS = frozenset({"channels", "custom_field_values", *_FLAG_CODES})
_CHANNEL_KEYS = frozenset(
    {"channel_type_id", "value", "country", "display_name", "is_default", "is_default_for_type"}
)


def get_contact(call: Call) -> Response:
    """One contact."""
    call.need(3018)
    number = call.contact_number()
    answer = _answer(call, number)
    was_read(call, [number])
    return answer


def create_contact(call: Call) -> Response:
    """Create a contact, or with `return_existing=1` find and update the one with the channel."""
    call.only_keys(call.body, _CONTACT_KEYS)
    channels = _channels(call)
    if call.query.get("return_existing") in {"1", "true"}:
        if len(channels) != 1:
            raise Refused(3012)
        existing = holder_of(call, channels[0])
        if existing is not None:
            call.need(3017)
            return _write_onto(call, existing)
    call.need(3016)
    contact = insert_contact(call)
    for channel in channels:
        add_channel(call, contact["number"], channel)
    _write_flags(call, contact)
    items = call.body.get("custom_field_values", [])
    write_values(call, contact, items, fields_of(call).values(), replace=False)
    save(call, contact)
    call.changed()
    return _answer(call, contact["number"])


def update_contact(call: Call) -> Response:
    """Change a contact; what `channels` and unnamed fields do, the profile decides."""
    call.need(3017)
    call.only_keys(call.body, _CONTACT_KEYS)
    contact = load(call, call.contact_number())
    _write_flags(call, contact)
    if "custom_field_values" in call.body:
        write_values(
            call,
            contact,
            call.body["custom_field_values"],
            fields_of(call).values(),
            replace=call.reading("put_fields") == "replace",
        )
    if "channels" in call.body:
        _put_channels(call, contact)
    save(call, contact)
    call.changed()
    return _answer(call, contact["number"])


def remove_contact(call: Call) -> Response:
    """Delete a contact."""
    call.need(3015)
    delete_contact(call, call.contact_number())
    call.changed()
    return json_response({"status": v1_status(200, "Contact deleted")})


def set_value(call: Call) -> Response:
    """Set one custom field value of a contact."""
    call.need(3017)
    call.only_keys(call.body, frozenset({"value", "custom_field_option_id"}))
    contact = load(call, call.contact_number())
    field_id = call.path("field_id")
    field = next((f for f in fields_of(call).values() if f.id == field_id), None)
    if field is None:
        raise Refused(3002)
    put_value(call, contact, field, check_value(field, call.body, missing=3001))
    save(call, contact)
    call.changed()
    return _answer(call, contact["number"])


def attach_label(call: Call) -> Response:
    """Attach a label; one that is attached already stays so."""
    call.need(3017)
    contact = load(call, call.contact_number())
    call.store.execute(
        "INSERT OR IGNORE INTO zg_contact_labels VALUES (?, ?)", (contact["number"], _label(call))
    )
    save(call, contact)
    call.changed()
    return _answer(call, contact["number"])


def detach_label(call: Call) -> Response:
    """Detach a label."""
    call.need(3017)
    contact = load(call, call.contact_number())
    removed = call.store.execute(
        "DELETE FROM zg_contact_labels WHERE contact = ? AND label = ?",
        (contact["number"], _label(call)),
    )
    if not removed:
        raise Refused(3008)
    save(call, contact)
    call.changed()
    return _answer(call, contact["number"])


def _answer(call: Call, number: int) -> Response:
    return json_response({"status": v1_status(200), "result": view_contact(call, number)})


def _channels(call: Call) -> list[NewChannel]:
    """The checked channels of a body.

    Raises:
        Refused: 3010, and what `check_channel` refuses.
    """
    bodies = call.body.get("channels", [])
    if not isinstance(bodies, list) or any(not isinstance(body, dict) for body in bodies):
        raise Refused(3010)
    types = channel_types(call)
    channels = []
    for body in bodies:
        call.only_keys(body, _CHANNEL_KEYS, "channels.")
        kind = type_of(types, body.get("channel_type_id"))
        channels.append(check_channel(call, kind, body, country_needed=False))
    return channels


def _write_flags(call: Call, contact: dict[str, Any]) -> None:
    for flag, code in _FLAG_CODES.items():
        if flag not in call.body:
            continue
        value = call.body[flag]
        if not isinstance(value, bool):
            raise Refused(code)
        call.violation(f"{flag} changes an agent's inbox")
        contact[flag] = value


def _write_onto(call: Call, number: int) -> Response:
    """return_existing found a contact: only the custom values are promised to be written."""
    contact = load(call, number)
    items = call.body.get("custom_field_values", [])
    write_values(call, contact, items, fields_of(call).values(), replace=False)
    if items:
        save(call, contact)
        call.changed()
    return _answer(call, number)


def _put_channels(call: Call, contact: dict[str, Any]) -> None:
    channels = _channels(call)
    how = call.reading("put_channels")
    if how == "ignore":
        return
    number = contact["number"]
    types = channel_types(call)
    mine = call.store.all("SELECT * FROM zg_channels WHERE contact = ?", (number,))
    kept = {(channel.type, channel.value) for channel in channels}
    here = {(row["type"], row["value"]) for row in mine}
    gone = [row for row in mine if (row["type"], row["value"]) not in kept]
    new = [channel for channel in channels if (channel.type, channel.value) not in here]
    if how == "append":
        gone = []
    touched = {row["type"] for row in gone} | {channel.type for channel in new}
    if any(is_locked_type(types[kind]["type_class"]) for kind in touched):
        refuse_if_locked(contact)
    for row in gone:
        call.store.execute("DELETE FROM zg_channels WHERE number = ?", (row["number"],))
    left = [row for row in mine if row not in gone]
    for channel in new:
        check_display_name(left, channel.display_name)
        add_channel(call, number, channel)


def _label(call: Call) -> int:
    number = read_id(Kind.LABEL, call.path("label_id"))
    found = call.store.one(
        "SELECT 1 FROM zg_labels WHERE number = ? AND service = ?", (number, call.service_number)
    )
    if number is None or found is None:
        raise Refused(3400)
    return number
