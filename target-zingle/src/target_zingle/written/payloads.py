"""Bodies for Zingle's API. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_zingle.wanted.keys import PHONE
from target_zingle.wanted.types import TargetKind
from target_zingle.wanted.values import v1_value, v2_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from target_zingle.decided.changes import NewChannel
    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import FieldWrite, Person

# What v2 shows and does not take back.
_READ_ONLY = frozenset({"id", "uuid", "createdAt", "updatedAt", "avatarUrl", "_links"})


def create_v2(
    person: Person, *, native: bool, leave_out: Collection[Key] = frozenset()
) -> dict[str, Any]:
    """The v2 record of a new contact, without channels that belong to others (`leave_out`).

    With `native`, the external id goes into Zingle's own external id.
    """
    body: dict[str, Any] = {}
    fields: list[dict[str, Any]] = []
    for write in person.writes:
        if write.value is None:
            continue
        value = v2_value(write.value)
        if write.target.v2_key is not None:
            body[write.target.v2_key] = value
        else:
            fields.append({"contactFieldName": write.target.name, "value": value})
    if native and person.external_id is not None:
        body["externalId"] = person.external_id
    body["channels"] = [
        {"type": "phone_number" if kind == PHONE else "email_address", "value": value}
        for kind, value in person.keys
        if (kind, value) not in leave_out
    ]
    if fields:
        body["contactFields"] = fields
    if person.labels:
        body["tags"] = [label.name for label in person.labels]
    return body


def create_v1(
    person: Person, type_ids: Mapping[str, str], leave_out: Collection[Key] = frozenset()
) -> dict[str, Any]:
    """The v1 body of a new contact without an external id; channel type ids are by kind."""
    countries = {(PHONE, phone.e164): phone.country for phone in person.phones}
    channels: list[dict[str, Any]] = []
    for key in person.keys:
        if key in leave_out:
            continue
        channel: dict[str, Any] = {"channel_type_id": type_ids[key[0]], "value": key[1]}
        if key in countries:
            channel["country"] = countries[key]
        channels.append(channel)
    return {
        "channels": channels,
        "custom_field_values": [
            field_value(write) for write in person.writes if write.value is not None
        ],
    }


def field_value(write: FieldWrite) -> dict[str, Any]:
    """One `custom_field_values` item."""
    return {"custom_field_id": write.target.id, **single_value(write)}


def single_value(write: FieldWrite) -> dict[str, Any]:
    """The body of `custom-field-values/:id`; clearing a choice names the blank one, if any."""
    if write.value is not None:
        return v1_value(write.value)
    cleared: dict[str, Any] = {"value": None}
    if write.target.kind is TargetKind.OPTION:
        blank = next((option for option in write.target.options if not option.value.strip()), None)
        if blank is not None:
            cleared["custom_field_option_id"] = blank.id
    return cleared


def update_v1(writes: Iterable[FieldWrite]) -> dict[str, Any]:
    """The PUT body: changed fields only, never channels, never the agents' inbox flags."""
    return {"custom_field_values": [field_value(write) for write in writes]}


def channel_v1(channel: NewChannel, type_id: str) -> dict[str, Any]:
    """The body that adds a channel."""
    body: dict[str, Any] = {"channel_type_id": type_id, "value": channel.value}
    if channel.country is not None:
        body["country"] = channel.country
    if channel.label is not None:
        body["display_name"] = channel.label
    if channel.default:
        body["is_default_for_type"] = True
    return body


def full_record_v2(record: Mapping[str, Any], external_id: str | None) -> dict[str, Any]:
    """A complete v2 record with another external id; everything else as it was read."""
    kept = {key: value for key, value in record.items() if key not in _READ_ONLY}
    return {**kept, "externalId": external_id}
