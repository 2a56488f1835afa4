"""What a v2 contact body may say, and how it is put onto a contact."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from .channels import add_channel, check_channel, holder_of
from .constants import DATE_TYPES
from .contact_store import LIMITS, VALUE_LIMIT, fit, is_locked_type, put_value, refuse_if_locked
from .definition_views import channel_types
from .errors import V2Refused
from .fields import fields_of, is_time

if TYPE_CHECKING:
    from .call import Call
    from .channels import NewChannel
    from .fields import Field


_TEXTS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "title": "title",
    "notes": "notes",
    "externalId": "external_id",
}
_PROPERTIES: dict[str, tuple[type, ...]] = {
    "isClosed": (bool,),
    "isUnread": (bool,),
    "assignedToUserId": (str, type(None)),
    "assignedToTeamId": (str, type(None)),
}
_TAG_LIMIT = 100
CONTACT_KEYS = frozenset(
    {*_TEXTS, "tags", "channels", "contactFields", "conversationProperties", "avatar"}
)
_READ_ONLY = frozenset({"id", "createdAt", "updatedAt", "avatarUrl"})


def write_contact(
    call: Call, contact: dict[str, Any], *, replace: bool, keep_channels: bool = False
) -> None:
    """Put a v2 body onto a contact that `save` will write.

    Args:
        call: the request.
        contact: what `load` returned; changed in place.
        replace: what the body does not name is cleared (reading `v2_put = replace`), but for
            conversationProperties, which no source counts as part of the record.

        keep_channels: channels of the body come to those that are there.

    Raises:
        Refused: any refusal of a field, channel or value.
    """
    call.only_keys(call.body, CONTACT_KEYS | _READ_ONLY)
    _write_texts(call, contact, replace=replace)
    _write_tags(call, contact, replace=replace)
    _write_fields(call, contact, replace=replace)
    _write_channels(call, contact, replace=replace, keep=keep_channels)
    _write_properties(call, contact)


def _write_texts(call: Call, contact: dict[str, Any], *, replace: bool) -> None:
    for key, column in _TEXTS.items():
        if key not in call.body and not replace:
            continue
        value = call.body.get(key)
        if value is not None and not isinstance(value, str):
            raise V2Refused("validation_error", {key: "This is not a text"})
        if value is not None:
            value = fit(call, value, LIMITS[column], key)
        if column in {"first_name", "last_name", "title"} and value != contact[column]:
            refuse_if_locked(contact)
        contact[column] = value


def _write_tags(call: Call, contact: dict[str, Any], *, replace: bool) -> None:
    if "tags" not in call.body and not replace:
        return
    names = call.body.get("tags") or []
    if not isinstance(names, list) or any(not isinstance(name, str) for name in names):
        raise V2Refused("validation_error", {"tags": "This is not a list of names"})
    numbers = set()
    for name in names:
        label = call.store.value(
            "SELECT number FROM zg_labels WHERE service = ? AND display_name = ?",
            (call.service_number, fit(call, name, _TAG_LIMIT, "tags")),
        )
        if label is None:
            raise V2Refused("validation_error", {"tags": "There is no such tag"})
        numbers.add(label)
    call.store.execute("DELETE FROM zg_contact_labels WHERE contact = ?", (contact["number"],))
    for number in sorted(numbers):
        call.store.execute(
            "INSERT INTO zg_contact_labels VALUES (?, ?)", (contact["number"], number)
        )


def _write_fields(call: Call, contact: dict[str, Any], *, replace: bool) -> None:
    items = call.body.get("contactFields")
    if items is None and not replace:
        return
    items = [] if items is None else items
    if not isinstance(items, list) or any(not isinstance(item, dict) for item in items):
        raise V2Refused("validation_error", {"contactFields": "This is not a list of objects"})
    by_name = {field.name: field for field in reversed(list(fields_of(call).values()))}
    before = dict(contact["fields"])
    if replace:
        contact["fields"] = {}
    for item in items:
        call.only_keys(item, frozenset({"contactFieldName", "value"}), "contactFields.")
        field = by_name.get(str(item.get("contactFieldName")))
        if field is None or field.column is not None:
            raise V2Refused("validation_error", {"contactFields": "There is no such contact field"})
        value = _value(call, field, item.get("value"))
        if before.get(str(field.number)) == value:
            # A whole record that is put back carries what a lock protects, too.
            contact["fields"][str(field.number)] = value
        else:
            put_value(call, contact, field, value)


def _value(call: Call, field: Field, value: Any) -> Any:  # noqa: ANN401 - whatever the field stores
    """The stored form of a v2 value; null clears.

    Raises:
        V2Refused: the value does not fit the field.
    """
    if value is None:
        return None
    stored = _stored(field, value)
    if stored is None:
        raise V2Refused("validation_error", {"contactFields": "The value does not fit the field"})
    return fit(call, stored, VALUE_LIMIT, "contactFields") if isinstance(stored, str) else stored


def _stored(field: Field, value: object) -> str | int | float | None:
    """A value in the form that the store keeps; None if it does not fit the field."""
    kind = field.data_type
    if field.options or kind not in {"boolean", "number", "time", *DATE_TYPES}:
        known = not field.options or field.option(value=value) is not None
        return value if isinstance(value, str) and known else None
    if kind == "boolean":
        return ("false", "true")[value] if isinstance(value, bool) else None
    if kind == "number":
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind == "time":
        return value if is_time(value) else None
    return _seconds(str(value), with_time=kind == "datetime")


def _seconds(text: str, *, with_time: bool) -> int | None:
    try:
        if not with_time:
            text = f"{date.fromisoformat(text)}T00:00:00Z"
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if instant.tzinfo is None else int(instant.timestamp())


def _write_channels(call: Call, contact: dict[str, Any], *, replace: bool, keep: bool) -> None:
    if "channels" not in call.body and not replace:
        return
    channels = _channels(call)
    number = contact["number"]
    mine = call.store.all(
        "SELECT c.*, t.type_class FROM zg_channels c JOIN zg_channel_types t ON t.number = c.type"
        " WHERE contact = ? AND v2_type IS NOT NULL",
        (number,),
    )
    wanted = {(channel.type, channel.value) for channel in channels}
    here = {(row["type"], row["value"]) for row in mine}
    gone = [row for row in mine if not keep and (row["type"], row["value"]) not in wanted]
    new = [channel for channel in channels if (channel.type, channel.value) not in here]
    if any(is_locked_type(row["type_class"]) for row in gone) or any(
        is_locked_type(channel.type_class) for channel in new
    ):
        refuse_if_locked(contact)
    if mine and call.reading("v2_put_channels") == "recreate":
        gone, new = mine, channels
    for row in gone:
        call.store.execute("DELETE FROM zg_channels WHERE number = ?", (row["number"],))
    for channel in new:
        if holder_of(call, channel) != number:
            add_channel(call, number, channel)


def _channels(call: Call) -> list[NewChannel]:
    bodies = call.body.get("channels") or []
    if not isinstance(bodies, list) or any(not isinstance(body, dict) for body in bodies):
        raise V2Refused("validation_error", {"channels": "This is not a list of objects"})
    types = {row["v2_type"]: row for row in channel_types(call).values() if row["v2_type"]}
    channels = []
    for body in bodies:
        call.only_keys(body, frozenset({"type", "value", "isActive"}), "channels.")
        kind = types.get(str(body.get("type")))
        if kind is None:
            raise V2Refused("validation_error", {"channels": "There is no such channel type"})
        channels.append(
            check_channel(
                call,
                kind,
                {"value": body.get("value")},
                country_needed=False,
                default_country=call.service["country"],
            )
        )
    return channels


def _write_properties(call: Call, contact: dict[str, Any]) -> None:
    properties = call.body.get("conversationProperties")
    if properties is None:
        return
    if not isinstance(properties, dict):
        raise V2Refused("validation_error", {"conversationProperties": "This is not an object"})
    call.only_keys(properties, frozenset(_PROPERTIES), "conversationProperties.")
    for key, value in properties.items():
        if key in _PROPERTIES and not isinstance(value, _PROPERTIES[key]):
            raise V2Refused("validation_error", {key: "This is not true or false, or an id"})
    user_id, team_id = properties.get("assignedToUserId"), properties.get("assignedToTeamId")
    if user_id is not None and team_id is not None:
        raise V2Refused(
            "validation_error", {"conversationProperties": "A user or a team, not both"}
        )
    before = dict(contact)
    contact["is_closed"] = properties.get("isClosed", contact["is_closed"])
    contact["is_unread"] = properties.get("isUnread", contact["is_unread"])
    if "assignedToUserId" in properties:
        contact["assigned_user"] = call.store.value(
            "SELECT number FROM zg_users WHERE id = ?", (user_id,)
        )
    contact["assigned_team"] = properties.get("assignedToTeamId", contact["assigned_team"])
    if contact != before:
        call.violation("conversationProperties change an agent's inbox")
