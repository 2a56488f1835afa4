"""JSON Schemas of the streams, by name. Pure."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _nullable(kind: str, **more: object) -> Schema:
    return {"type": [kind, "null"], **more}


def _described(schema: Schema, text: str) -> Schema:
    return {**schema, "description": text}


def _array(items: Schema) -> Schema:
    return {"type": ["array", "null"], "items": items}


def _object(**properties: Schema) -> Schema:
    return {"type": ["object", "null"], "properties": properties}


def _each(schema: Schema, *names: str) -> dict[str, Schema]:
    return dict.fromkeys(names, schema)


def _stream(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


ID: Schema = {"type": "string"}
TEXT = _nullable("string")
FLAG = _nullable("boolean")
COUNT = _nullable("integer")
TIME = _nullable("string", format="date-time")
DAY: Schema = {"type": "string", "format": "date"}
TEXTS = _array({"type": "string"})

DEFINITION: dict[str, Schema] = {"id": ID, "service_id": ID, "display_name": TEXT}
COLORS = _each(TEXT, "background_color", "text_color")

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
        service_country=_described(TEXT, "Country of the service's address."),
        time_zone=_described(TEXT, "IANA zone that the day is cut in."),
        contact_id=ID,
        contact_external_id=_described(TEXT, "The id of the person in another system."),
        first_name=TEXT,
        last_name=TEXT,
        phones=TEXTS,
        emails=TEXTS,
        is_opted_out=_described(FLAG, "Nothing may be sent to the guest any more."),
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
            "contact_channel_id": _described(TEXT, "The channel at the guest's end."),
            "contact_channel_value": _described(TEXT, "Such as the guest's phone number."),
            "service_channel_id": _described(TEXT, "The channel at the service's end, if named."),
            "service_channel_value": _described(TEXT, "Such as the service's phone number."),
            "statuses": _described(
                _array(_object(type=TEXT, description=TEXT, created_at=TIME)),
                "What became of it, such as type `failed` and why.",
            ),
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
    "events": _stream(
        ("id", "service_id"),
        id=ID,
        service_id=ID,
        contact_id=TEXT,
        event_type=_described(TEXT, "Such as `note`, `feed_closed` or `assignment_changed`."),
        **_each(
            TEXT, "body", "triggered_by_user_id", "automation_id", "automation_name", "message_id"
        ),
        **_each(TIME, "created_at", "updated_at", "last_activity_at"),
    ),
    "contacts": _stream(
        ("id", "service_id"),
        id=ID,
        service_id=ID,
        **_each(
            TEXT,
            "external_id",
            "first_name",
            "last_name",
            "title",
            "notes",
            "assigned_to_team_id",
            "assigned_to_user_id",
        ),
        **_each(FLAG, "is_messageable", "is_confirmed", "is_starred", "is_closed"),
        optin_status=TEXT,
        locked_by_source=_described(TEXT, "The system that owns the record, if one does."),
        channels=_array(
            _object(
                id=TEXT,
                type_class=_described(TEXT, "Such as `PhoneNumber` or `EmailAddress`."),
                **_each(TEXT, "value", "display_name", "country"),
                **_each(
                    FLAG, "is_default", "is_default_for_type", "block_inbound", "block_outbound"
                ),
            )
        ),
        fields=_array(
            _object(
                field_id=TEXT,
                display_name=TEXT,
                data_type=_described(TEXT, "As the service declares it: says which value is set."),
                value=_described(TEXT, "As Zingle shows it, whatever the type."),
                number_value=_nullable("number"),
                boolean_value=FLAG,
                date_value=_nullable("string", format="date"),
                datetime_value=TIME,
            )
        ),
        labels=_array(_object(id=TEXT, display_name=TEXT)),
        groups=_described(
            _array(_object(id=TEXT, display_name=TEXT)), "The groups it is in by their conditions."
        ),
        calendar_events=_described(
            _array(
                _object(
                    **_each(TEXT, "id", "type_id", "title", "description"),
                    **_each(TIME, "starts_at", "ends_at", "created_at", "updated_at"),
                )
            ),
            "Stays and other dates.",
        ),
        last_message_id=TEXT,
        **_each(TIME, "last_message_at", "unconfirmed_at", "created_at", "updated_at"),
    ),
    "contact_fields": _stream(
        ("id", "service_id"),
        id=ID,
        service_id=ID,
        **_each(TEXT, "display_name", "code", "data_type", "replacement_variable"),
        is_global=FLAG,
        options=_array(_object(id=TEXT, display_name=TEXT, value=TEXT)),
    ),
    "services": _stream(
        ("id",),
        id=ID,
        service_id=_described(ID, "The same as `id`."),
        **_each(TEXT, "display_name", "business_name", "time_zone"),
        **_each(TEXT, "account_id", "account_name", "plan_code"),
        **_each(TEXT, "address", "city", "state", "postal_code", "country"),
        features=TEXTS,
        created_at=TIME,
        updated_at=TIME,
    ),
    "teams": _stream(
        ("id", "service_id"),
        **DEFINITION,
        emoji=TEXT,
        user_ids=_described(TEXTS, "The users in it."),
        created_at=TIME,
    ),
    "labels": _stream(
        ("id", "service_id"), **DEFINITION, **COLORS, **_each(FLAG, "is_global", "is_automatic")
    ),
    "groups": _stream(
        ("id", "service_id"),
        **DEFINITION,
        **COLORS,
        conditions=_described(
            _array(
                _object(
                    **_each(TEXT, "comparison_source", "comparison_method_code", "comparison_value")
                )
            ),
            "Who is in it: all of these hold.",
        ),
    ),
    "automations": _stream(
        ("id", "service_id"),
        **DEFINITION,
        type=TEXT,
        status=_described(TEXT, "`active` or `inactive`."),
        is_global=FLAG,
        created_at=TIME,
    ),
    "templates": _stream(
        ("id", "service_id"), **DEFINITION, **_each(TEXT, "type", "subject", "body"), is_global=FLAG
    ),
    "channel_types": _stream(
        ("id", "service_id"),
        **DEFINITION,
        type_class=_described(TEXT, "Such as `PhoneNumber` or `EmailAddress`."),
        **_each(FLAG, "allow_communications", "is_global"),
    ),
    "service_channels": _stream(
        ("id", "service_id"),
        **DEFINITION,
        value=_described(TEXT, "Such as the service's phone number."),
        **_each(TEXT, "formatted_value", "country"),
        is_default_for_type=FLAG,
        **_each(TEXT, "channel_type_id", "type_class"),
    ),
    "users": _stream(
        ("id", "service_id"),
        id=ID,
        service_id=ID,
        number=_described(COUNT, "The user's number, which v2 of the API shows beside the id."),
        **_each(TEXT, "username", "email", "title", "first_name", "last_name"),
    ),
}

# Global definitions and users have the same id in several services.
PRIMARY_KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SCHEMAS, ("service_id", "id")),
    "conversations": ("key",),
    "messages": ("id",),
    "events": ("id",),
    "contacts": ("id",),
    "services": ("id",),
}
