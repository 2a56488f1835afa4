"""Records of the streams that show Zingle's objects one by one. Pure.

Each function has the properties of its stream in `schemas`; nothing is left out or decided here.
"""

from __future__ import annotations

from typing import Any

from tap_zingle.conversations import (
    activity_time,
    channels_of,
    contact_of,
    effective_time,
    message_content,
    service_country,
    service_features,
    statuses_of,
    user_id,
)
from tap_zingle.field_values import field_value_record
from tap_zingle.local_days import ZoneHistory, iso_time
from tap_zingle.shapes import Json, a_flag, a_list, a_text, an_object, id_of
from zingle_sync.zingle.pages import seconds_of

Record = dict[str, Any]


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else iso_time(seconds)


def times_of(row: Json, *names: str) -> dict[str, str | None]:
    """Times of a row, by name."""
    return {name: _iso(seconds_of(row.get(name))) for name in names}


def texts_of(row: object, *names: str) -> dict[str, str | None]:
    """Texts of a row, by name."""
    return {name: a_text(an_object(row).get(name)) for name in names}


def flags_of(row: Json, *names: str) -> dict[str, bool | None]:
    """Flags of a row, by name; one that is not shown is neither set nor unset."""
    return {name: a_flag(row.get(name)) for name in names}


def message_record(service_id: str, zones: ZoneHistory, message: Json) -> Record:
    """The record of a single message, sent or not."""
    sent_at = effective_time(message)
    contact_channel, service_channel = channels_of(message)
    return {
        **message_content(message, sent_at),
        "service_id": service_id,
        "contact_id": contact_of(message),
        "local_date": zones.local_date(sent_at).isoformat() if sent_at else None,
        "contact_channel_id": id_of(contact_channel),
        "contact_channel_value": a_text(contact_channel.get("value")),
        "service_channel_id": id_of(service_channel),
        "service_channel_value": a_text(service_channel.get("value")),
        "statuses": [
            {**texts_of(status, "type", "description"), **times_of(status, "created_at")}
            for status in statuses_of(message)
        ],
        **texts_of(message, "template_id"),
        "triggered_by_user_id": user_id(message),
        "is_delayed": a_flag(message.get("is_delayed")) or False,
        **times_of(message, "execute_at", "executed_at", "created_at", "updated_at"),
        **times_of(message, "read_at", "deleted_by_contact_at"),
        "last_activity_at": _iso(activity_time(message)),
    }


def event_record(service_id: str, event: Json) -> Record:
    """The record of an event, such as a note or an assignment."""
    automation = an_object(event.get("automation"))
    return {
        "id": str(event["id"]),
        "service_id": service_id,
        **texts_of(event, "contact_id", "event_type", "body"),
        "triggered_by_user_id": user_id(event),
        "automation_id": id_of(automation),
        "automation_name": a_text(automation.get("display_name")),
        "message_id": id_of(event.get("message")),
        **times_of(event, "created_at", "updated_at"),
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
        **texts_of(contact, *names, *owners),
        **flags_of(contact, "is_messageable", "is_confirmed", "is_starred", "is_closed"),
        "channels": [_channel(an_object(each)) for each in a_list(contact.get("channels"))],
        "fields": [
            field_value_record(an_object(each))
            for each in a_list(contact.get("custom_field_values"))
        ],
        "labels": [texts_of(each, "id", "display_name") for each in a_list(contact.get("labels"))],
        "groups": [
            texts_of(each, "id", "display_name") for each in a_list(contact.get("contact_groups"))
        ],
        "calendar_events": [
            _calendar_event(an_object(each)) for each in a_list(contact.get("calendar_events"))
        ],
        "last_message_id": id_of(last),
        "last_message_at": _iso(seconds_of(last.get("created_at"))),
        **times_of(contact, "unconfirmed_at", "created_at", "updated_at"),
    }


def _channel(channel: Json) -> Record:
    blocks = ("block_inbound", "block_outbound")
    return {
        **texts_of(channel, "id", "value", "display_name", "country"),
        **flags_of(channel, "is_default", "is_default_for_type", *blocks),
        "type_class": a_text(an_object(channel.get("channel_type")).get("type_class")),
    }


def _calendar_event(event: Json) -> Record:
    """A stay or another date; the vendor's own app reads its times in milliseconds."""
    return {
        **texts_of(event, "id", "type_id", "title", "description"),
        **times_of(event, "starts_at", "ends_at", "created_at", "updated_at"),
    }


def contact_field_record(service_id: str, definition: Json) -> Record:
    """The record of a contact field's definition."""
    options = a_list(definition.get("options"))
    return {
        "id": str(definition["id"]),
        "service_id": service_id,
        **texts_of(definition, "display_name", "code", "data_type", "replacement_variable"),
        **flags_of(definition, "is_global"),
        "options": [texts_of(option, "id", "display_name", "value") for option in options],
    }


def service_record(service: Json) -> Record:
    """The record of a service."""
    return {
        "id": str(service["id"]),
        "service_id": str(service["id"]),
        **texts_of(service, "display_name", "business_name", "time_zone"),
        "account_id": id_of(service.get("account")),
        "account_name": a_text(an_object(service.get("account")).get("display_name")),
        "plan_code": a_text(an_object(service.get("plan")).get("code")),
        **texts_of(service.get("service_address"), "address", "city", "state", "postal_code"),
        "country": service_country(service),
        "features": service_features(service),
        **times_of(service, "created_at", "updated_at"),
    }


def user_record(service_id: str, user_id: str, user: Json) -> Record:
    """The record of a user; v2 writes names in camel case."""
    number = user.get("id")
    return {
        "id": user_id,
        "service_id": service_id,
        "number": number if isinstance(number, int) else None,
        **texts_of(user, "username", "email", "title"),
        "first_name": a_text(user.get("firstName", user.get("first_name"))),
        "last_name": a_text(user.get("lastName", user.get("last_name"))),
    }
