"""JSON Schemas of the streams, by name. Pure."""

from __future__ import annotations

from typing import Any

__all__ = ["PRIMARY_KEYS", "SCHEMAS"]

Schema = dict[str, Any]


def _nullable(kind: str, **more: object) -> Schema:
    return {"type": [kind, "null"], **more}


def _described(schema: Schema, text: str) -> Schema:
    return {**schema, "description": text}


def _array(items: Schema) -> Schema:
    return {"type": ["array", "null"], "items": items}


def _object(**properties: Schema) -> Schema:
    return {"type": ["object", "null"], "properties": properties}


def _stream(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


ID: Schema = {"type": "string"}
TEXT = _nullable("string")
FLAG = _nullable("boolean")
COUNT = _nullable("integer")
TIME = _nullable("string", format="date-time")
DAY: Schema = {"type": "string", "format": "date"}
TEXTS = _array({"type": "string"})

MESSAGE_CONTENT: dict[str, Schema] = {
    "id": ID,
    "at": _described(TIME, "When it was sent, in UTC."),
    "direction": _described(TEXT, "`inbound` (from the guest) or `outbound`."),
    "sender": _described(TEXT, "Name of the user who wrote it."),
    "channel": _described(TEXT, "Class of the channel, such as `PhoneNumber`."),
    "body": TEXT,
    "translated_body": TEXT,
    "language": _described(TEXT, "Language of the body."),
    "translated_language": _described(TEXT, "Language of the translation."),
    "attachments": _described(TEXTS, "Addresses of the attachments."),
    "is_automated": _described(FLAG, "Sent by an automation, a template or another program."),
    "is_failed": _described(FLAG, "Could not be delivered."),
    "is_deleted_by_contact": FLAG,
}

SCHEMAS: dict[str, Schema] = {
    "conversations": _stream(
        ("key", "service_id", "contact_id", "date", "messages"),
        key=_described(ID, "`{service_id}:{contact_id}:{date}`."),
        service_id=ID,
        service_name=TEXT,
        service_features=TEXTS,
        time_zone=_described(TEXT, "IANA zone that the day is cut in."),
        contact_id=ID,
        contact_external_id=_described(TEXT, "The id of the person in another system."),
        first_name=TEXT,
        last_name=TEXT,
        phones=TEXTS,
        emails=TEXTS,
        date=_described(DAY, "Local day of the service."),
        started_at=TIME,
        last_activity_at=TIME,
        message_count=COUNT,
        inbound_count=COUNT,
        outbound_count=COUNT,
        automated_count=COUNT,
        participants=_described(TEXTS, "Users who wrote to the guest."),
        messages={"type": "array", "items": {"type": "object", "properties": MESSAGE_CONTENT}},
    ),
    "messages": _stream(
        ("id", "service_id"),
        **{
            **MESSAGE_CONTENT,
            "service_id": ID,
            "contact_id": _described(TEXT, "Empty for broadcasts to labels and groups."),
            "local_date": _described(_nullable("string", format="date"), "Day it was sent on."),
            "template_id": TEXT,
            "triggered_by_user_id": TEXT,
            "is_delayed": _described(FLAG, "Waits to be sent."),
            "execute_at": TIME,
            "executed_at": TIME,
            "created_at": TIME,
            "updated_at": TIME,
            "read_at": TIME,
            "deleted_by_contact_at": TIME,
            "last_activity_at": TIME,
        },
    ),
}

PRIMARY_KEYS: dict[str, tuple[str, ...]] = {
    "conversations": ("key",),
    "messages": ("id",),
}
