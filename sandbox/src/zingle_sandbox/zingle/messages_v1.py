"""Messages and events in v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox.responses import json_response

from .endpoint import v1_status
from .errors import Refused
from .ids import Kind, read_id
from .listing import PAGING, Where, read_page, time_range
from .message_view import MessageViewer
from .passing import let_time_pass

if TYPE_CHECKING:
    from starlette.responses import Response

    from .call import Call


MESSAGES_QUERY = PAGING | {
    "contact_id",
    "contact_channel_id",
    "contact_channel_value",
    "template_id",
    "communication_direction",
    "created_at",
}
_MESSAGE_SORT = {
    "id": "number",
    "created_at": "created_at",
    "read_at": "read_at",
    "communication_direction": "direction",
    "is_delayed": "is_delayed",
    "execute_at": "execute_at",
    "executed_at": "executed_at",
    "updated_at": "updated_at",
}
EVENTS_QUERY = PAGING | {
    "contact_id",
    "event_type",
    "triggered_by_user_id",
    "automation_id",
    "created_at",
    "template_id",
    "communication_direction",
    "contact_channel_id",
}
_OF_MESSAGE = "(SELECT {column} FROM zg_messages m WHERE m.number = zg_events.message)"
_EVENT_SORT = {
    "id": "number",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "contact_id": "contact",
    "event_type": "event_type",
    "triggered_by_user_id": "user",
    "automation_id": "automation",
    "body": "body",
    **{
        name: _OF_MESSAGE.format(column=column)
        for name, column in _MESSAGE_SORT.items()
        if name not in {"id", "created_at", "updated_at"}
    },
}
_DIRECTIONS = {"inbound": 0, "outbound": 1}


def list_messages(call: Call) -> Response:
    """One page of the service's messages; delayed and contact-deleted ones are among them."""
    let_time_pass(call)
    where = Where()
    _by_contact(call, where)
    _by_time(call, where)
    query = call.query
    if (text := query.get("communication_direction")) is not None:
        where.add("+direction = ?", _DIRECTIONS.get(text, -1))
    if (text := query.get("template_id")) is not None:
        where.add("template_id = ?", text)
    if (text := query.get("contact_channel_id")) is not None:
        channel = read_id(Kind.CHANNEL, text)
        where.add(
            "channel IN (SELECT number FROM zg_channels WHERE number = ? OR id = ?)", channel, text
        )
    if (text := query.get("contact_channel_value")) is not None:
        where.add(
            "channel IN (SELECT number FROM zg_channels WHERE service = ?"
            " AND lower(value) = lower(?) AND +value = ?"
            " AND type IN (SELECT number FROM zg_channel_types WHERE service = ?))",
            call.service_number,
            text,
            text,
            call.service_number,
        )
    where.add(f"{'+' if where.selective else ''}service = ?", call.service_number)
    page = read_page(call, "zg_messages", where, _MESSAGE_SORT, named="display_name")
    result = MessageViewer.of(call).messages(page.numbers)
    return json_response({"status": page.status, "result": result})


def get_message(call: Call) -> Response:
    """One message."""
    let_time_pass(call)
    result = MessageViewer.of(call).messages([_message(call)])[0]
    return json_response({"status": v1_status(200), "result": result})


def delete_message(call: Call) -> Response:
    """Delete a delayed message that was not sent yet."""
    call.violation("messages are the agents' business")
    number = _message(call)
    removed = call.store.execute(
        "DELETE FROM zg_messages WHERE number = ? AND is_delayed AND executed_at IS NULL", (number,)
    )
    if not removed:
        raise Refused(3600)
    call.changed()
    return json_response({"status": v1_status(200, "Message deleted")})


def list_events(call: Call) -> Response:
    """One page of the service's events."""
    let_time_pass(call)
    where = Where()
    _by_contact(call, where)
    _by_time(call, where)
    query = call.query
    if (text := query.get("event_type")) is not None:
        kinds = [kind.strip() for kind in text.split(",")]
        where.add(f"event_type IN ({','.join('?' * len(kinds))})", *kinds)
    if (text := query.get("triggered_by_user_id")) is not None:
        where.add("user = (SELECT number FROM zg_users WHERE id = ?)", text)
    if (text := query.get("automation_id")) is not None:
        where.add("automation = (SELECT number FROM zg_automations WHERE id = ?)", text)
    if (text := query.get("template_id")) is not None:
        where.add(f"{_OF_MESSAGE.format(column='template_id')} = ?", text)
    if (text := query.get("communication_direction")) is not None:
        where.add(f"{_OF_MESSAGE.format(column='direction')} = ?", _DIRECTIONS.get(text, -1))
    if (text := query.get("contact_channel_id")) is not None:
        where.add(f"{_OF_MESSAGE.format(column='channel')} = ?", read_id(Kind.CHANNEL, text))
    where.add(f"{'+' if where.selective else ''}service = ?", call.service_number)
    page = read_page(call, "zg_events", where, _EVENT_SORT, named="created_at")
    return json_response(
        {"status": page.status, "result": MessageViewer.of(call).events(page.numbers)}
    )


def _by_contact(call: Call, where: Where) -> None:
    if (text := call.query.get("contact_id")) is not None:
        contact = read_id(Kind.CONTACT, text)
        if contact is None:
            contact = call.find_contact(text)
        where.add("contact = ?", contact or -1, selective=True)


def _by_time(call: Call, where: Where) -> None:
    if (text := call.query.get("created_at")) is not None:
        for operator, bound in time_range(call, text):
            where.add(f"created_at {operator} ?", bound)


def _message(call: Call) -> int:
    text = call.path("message_id")
    number = read_id(Kind.MESSAGE, text)
    found = call.store.value(
        "SELECT number FROM zg_messages WHERE service = ? AND"
        + (" id = ?" if number is None else " number = ? AND id IS NULL"),
        (call.service_number, text if number is None else number),
    )
    if found is None:
        raise Refused(3600)
    return int(found)
