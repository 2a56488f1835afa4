"""Records of the streams that show Zingle's objects one by one. Pure.

Each function has the properties of its stream in `schemas`; nothing is left out or decided here.
"""

from __future__ import annotations

from typing import Any

from tap_zingle.conversations import (
    activity_time,
    contact_of,
    effective_time,
    message_content,
    service_country,
    service_features,
)
from tap_zingle.local_days import ZoneHistory, iso_time
from tap_zingle.shapes import Json, a_flag, a_list, a_text, an_object, id_of
from zingle_sync.zingle.pages import seconds_of

Record = dict[str, Any]


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else iso_time(seconds)


def _times(row: Json, *names: str) -> dict[str, str | None]:
    return {name: _iso(seconds_of(row.get(name))) for name in names}


def _texts(row: object, *names: str) -> dict[str, str | None]:
    return {name: a_text(an_object(row).get(name)) for name in names}


def _flags(row: Json, *names: str) -> dict[str, bool | None]:
    return {name: None if row.get(name) is None else a_flag(row[name]) for name in names}


def message_record(service_id: str, zones: ZoneHistory, message: Json) -> Record:
    """The record of a single message, sent or not."""
    sent_at = effective_time(message)
    user = a_text(message.get("triggered_by_user_id"))
    return {
        **message_content(message, sent_at),
        "service_id": service_id,
        "contact_id": contact_of(message),
        "local_date": zones.local_date(sent_at).isoformat() if sent_at else None,
        **_texts(message, "template_id"),
        "triggered_by_user_id": user or id_of(message.get("triggered_by_user")),
        "is_delayed": a_flag(message.get("is_delayed")),
        **_times(message, "execute_at", "executed_at", "created_at", "updated_at"),
        **_times(message, "read_at", "deleted_by_contact_at"),
        "last_activity_at": _iso(activity_time(message)),
    }


def event_record(service_id: str, event: Json) -> Record:
    """The record of an event, such as a note or an assignment."""
    automation = an_object(event.get("automation"))
    return {
        "id": str(event["id"]),
        "service_id": service_id,
        **_texts(event, "contact_id", "event_type", "body"),
        "triggered_by_user_id": id_of(event.get("triggered_by_user")),
        "automation_id": id_of(automation),
        "automation_name": a_text(automation.get("display_name")),
        "message_id": id_of(event.get("message")),
        **_times(event, "created_at", "updated_at"),
        "last_activity_at": _iso(activity_time(event)),
    }


def contact_record(service_id: str, contact: Json) -> Record:
    """The record of a contact with its channels, fields and labels."""
    names = ("external_id", "first_name", "last_name", "title", "notes", "optin_status")
    owners = ("assigned_to_team_id", "assigned_to_user_id", "locked_by_source")
    last = an_object(contact.get("last_message"))
    return {
        "id": str(contact["id"]),
        "service_id": service_id,
        **_texts(contact, *names, *owners),
        **_flags(contact, "is_messageable", "is_confirmed", "is_starred", "is_closed"),
        "channels": [_channel(an_object(each)) for each in a_list(contact.get("channels"))],
        "fields": [_field(an_object(each)) for each in a_list(contact.get("custom_field_values"))],
        "labels": [_texts(each, "id", "display_name") for each in a_list(contact.get("labels"))],
        "last_message_id": id_of(last),
        "last_message_at": _iso(seconds_of(last.get("created_at"))),
        **_times(contact, "unconfirmed_at", "created_at", "updated_at"),
    }


def _channel(channel: Json) -> Record:
    blocks = ("block_inbound", "block_outbound")
    return {
        **_texts(channel, "id", "value", "display_name", "country"),
        **_flags(channel, "is_default", "is_default_for_type", *blocks),
        "type_class": a_text(an_object(channel.get("channel_type")).get("type_class")),
    }


def _field(row: Json) -> Record:
    """A field's value as text: Zingle shows the same type in several forms."""
    definition, value = an_object(row.get("custom_field")), row.get("value")
    return {
        "field_id": id_of(definition),
        **_texts(definition, "display_name", "data_type"),
        "value": None if value is None else str(value),
    }


def contact_field_record(service_id: str, definition: Json) -> Record:
    """The record of a contact field's definition."""
    options = a_list(definition.get("options"))
    return {
        "id": str(definition["id"]),
        "service_id": service_id,
        **_texts(definition, "display_name", "code", "data_type", "replacement_variable"),
        **_flags(definition, "is_global"),
        "options": [_texts(option, "id", "display_name", "value") for option in options],
    }


def service_record(service: Json) -> Record:
    """The record of a service."""
    return {
        "id": str(service["id"]),
        "service_id": str(service["id"]),
        **_texts(service, "display_name", "business_name", "time_zone"),
        "account_id": id_of(service.get("account")),
        "country": service_country(service),
        "features": service_features(service),
        **_times(service, "created_at", "updated_at"),
    }


def user_record(service_id: str, user_id: str, user: Json) -> Record:
    """The record of a user; v2 writes names in camel case."""
    number = user.get("id")
    return {
        "id": user_id,
        "service_id": service_id,
        "number": number if isinstance(number, int) else None,
        **_texts(user, "username", "email", "title"),
        "first_name": a_text(user.get("firstName", user.get("first_name"))),
        "last_name": a_text(user.get("lastName", user.get("last_name"))),
    }
