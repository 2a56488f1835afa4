"""Records of the streams that show Zingle's objects one by one. Pure.

Each function has the properties of its stream in `schemas`; nothing is left out or decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tap_zingle.conversations import (
    activity_time,
    contact_of,
    effective_time,
    message_content,
    service_features,
)
from tap_zingle.zones import ZoneHistory, iso_time
from zingle_sync.zingle.pages import seconds_of

Json = Mapping[str, Any]


def _time(row: Json, name: str) -> str | None:
    value = seconds_of(row.get(name))
    return None if value is None else iso_time(value)


def _picked(row: Json, names: Iterable[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


def _id_of(row: object) -> str | None:
    """The id of an embedded object, which may be `{}` or full of nulls."""
    identifier = row.get("id") if isinstance(row, Mapping) else None
    return str(identifier) if identifier else None


def message_record(service_id: str, zones: ZoneHistory, message: Json) -> dict[str, Any]:
    """The record of a single message, sent or not."""
    sent_at = effective_time(message)
    activity = activity_time(message)
    times = (
        "execute_at",
        "executed_at",
        "created_at",
        "updated_at",
        "read_at",
        "deleted_by_contact_at",
    )
    user = message.get("triggered_by_user_id") or _id_of(message.get("triggered_by_user"))
    return {
        **message_content(message, sent_at),
        "service_id": service_id,
        "contact_id": contact_of(message),
        "local_date": zones.local_date(sent_at).isoformat() if sent_at else None,
        "template_id": message.get("template_id"),
        "triggered_by_user_id": user,
        "is_delayed": bool(message.get("is_delayed")),
        **{name: _time(message, name) for name in times},
        "last_activity_at": None if activity is None else iso_time(activity),
    }


def event_record(service_id: str, event: Json) -> dict[str, Any]:
    """The record of an event, such as a note or an assignment."""
    activity = activity_time(event)
    automation = event.get("automation") or {}
    return {
        "id": str(event["id"]),
        "service_id": service_id,
        "contact_id": event.get("contact_id"),
        "event_type": event.get("event_type"),
        "body": event.get("body"),
        "triggered_by_user_id": _id_of(event.get("triggered_by_user")),
        "automation_id": _id_of(automation),
        "automation_name": automation.get("display_name"),
        "message_id": _id_of(event.get("message")),
        "created_at": _time(event, "created_at"),
        "updated_at": _time(event, "updated_at"),
        "last_activity_at": None if activity is None else iso_time(activity),
    }


def contact_record(service_id: str, contact: Json) -> dict[str, Any]:
    """The record of a contact with its channels, fields and labels."""
    plain = (
        "external_id",
        "first_name",
        "last_name",
        "title",
        "notes",
        "assigned_to_team_id",
        "assigned_to_user_id",
        "is_messageable",
        "is_confirmed",
        "is_starred",
        "is_closed",
        "optin_status",
        "locked_by_source",
    )
    last = contact.get("last_message") or {}
    return {
        "id": str(contact["id"]),
        "service_id": service_id,
        **_picked(contact, plain),
        "channels": [_channel(each) for each in contact.get("channels") or []],
        "fields": [_field_value(each) for each in contact.get("custom_field_values") or []],
        "labels": [_picked(each, ("id", "display_name")) for each in contact.get("labels") or []],
        "last_message_id": _id_of(last),
        "last_message_at": _time(last, "created_at"),
        "unconfirmed_at": _time(contact, "unconfirmed_at"),
        "created_at": _time(contact, "created_at"),
        "updated_at": _time(contact, "updated_at"),
    }


def _channel(channel: Json) -> dict[str, Any]:
    names = ("id", "value", "display_name", "country", "is_default", "is_default_for_type")
    blocks = ("block_inbound", "block_outbound")
    kind = (channel.get("channel_type") or {}).get("type_class")
    return {**_picked(channel, (*names, *blocks)), "type_class": kind}


def _field_value(row: Json) -> dict[str, Any]:
    """A field's value as text: Zingle shows the same type in several forms."""
    definition = row.get("custom_field") or {}
    value = row.get("value")
    return {
        "field_id": definition.get("id"),
        "display_name": definition.get("display_name"),
        "data_type": definition.get("data_type"),
        "value": None if value is None else str(value),
    }


def contact_field_record(service_id: str, definition: Json) -> dict[str, Any]:
    """The record of a contact field's definition."""
    names = ("display_name", "code", "data_type", "replacement_variable", "is_global")
    return {
        "id": str(definition["id"]),
        "service_id": service_id,
        **_picked(definition, names),
        "options": [
            _picked(option, ("id", "display_name", "value"))
            for option in definition.get("options") or []
        ],
    }


def service_record(service: Json) -> dict[str, Any]:
    """The record of a service."""
    return {
        "id": str(service["id"]),
        "service_id": str(service["id"]),
        **_picked(service, ("display_name", "business_name", "time_zone")),
        "account_id": _id_of(service.get("account")),
        "country": (service.get("service_address") or {}).get("country"),
        "features": service_features(service),
        "created_at": _time(service, "created_at"),
        "updated_at": _time(service, "updated_at"),
    }


def user_record(service_id: str, user_id: str, user: Json) -> dict[str, Any]:
    """The record of a user; v2 writes names in camel case."""
    number = user.get("id")
    return {
        "id": user_id,
        "service_id": service_id,
        "number": number if isinstance(number, int) else None,
        "username": user.get("username"),
        "email": user.get("email"),
        "title": user.get("title"),
        "first_name": user.get("firstName", user.get("first_name")),
        "last_name": user.get("lastName", user.get("last_name")),
    }
