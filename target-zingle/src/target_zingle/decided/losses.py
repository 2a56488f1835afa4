"""What a write changed that it should not have touched, and what mends it. Pure.

Public sources don't settle whether a PUT merges or replaces (contract, U1 and U8), so every
answer is compared with the contact as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_zingle.known.contact import HeldValue, object_in, objects_in
from target_zingle.wanted.keys import PHONE
from target_zingle.wanted.values import is_blank
from zingle_sync.identity import Phone, parse_phone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from target_zingle.known.contact import Contact, HeldChannel

    Row = Mapping[str, Any]

_NAMES = ("first_name", "last_name", "title", "notes")
_FLAGS = ("is_starred", "is_confirmed", "is_closed")
_ASSIGNED = ("assigned_to_user_id", "assigned_to_team_id")
_STATUS = ("optin_status", "locked_by_source")
_CHANNEL = ("display_name", "is_default", "is_default_for_type")
_BLOCKS = ("block_inbound", "block_outbound")


@dataclass(frozen=True, slots=True)
class Loss:
    """One difference between two readings of a contact.

    Attributes:
        what: A word for the log, without values.
        mend: The client's method that writes it back, and its arguments after the contact's id.
        ours: Whether writing a whole record explains it: something is gone, or a state changed.
            Another value may be somebody's edit at the same moment.
    """

    what: str
    mend: tuple[str, tuple[Any, ...]] | None = None
    ours: bool = True


def lost_fields(
    before: Contact, after: Contact, written: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Bodies that restore field values that are gone although nobody wrote them, by field id.

    Only emptied fields count: a value that changed to another one may be somebody's edit.
    """
    return {
        field_id: _body(held.value, held.option_id)
        for field_id, held in before.values.items()
        if field_id not in written
        and not is_blank(held.value)
        and is_blank(after.values.get(field_id, HeldValue(None)).value)
    }


def missing(before: Contact, after: Contact) -> list[str]:
    """What is gone, or is another state, in a contact that was known before; words for the log.

    Values that changed to others are somebody's edit: the contact may have been read a while ago.
    """
    names = [
        name
        for name in ("first_name", "last_name", "title")
        if getattr(before, name) and not getattr(after, name)
    ]
    states = [
        name
        for name in ("locked_by", "optin_status", "blocked", "masked")
        if getattr(before, name) != getattr(after, name)
    ]
    channels = {(one.kind, one.key, one.id) for one in after.channels}
    return [
        *names,
        *states,
        *(f"field {field_id}" for field_id in lost_fields(before, after, ())),
        *(
            f"channel {one.id}"
            for one in before.channels
            if (one.kind, one.key, one.id) not in channels
        ),
        *(f"label {label}" for label in before.labels if label not in after.labels),
    ]


def lost(before: Contact, after: Contact, type_ids: Mapping[str, str]) -> list[Loss]:
    """What is gone in a contact that was known before, as far as it can be written back.

    Channel type ids are by kind.
    """
    held = {(one.kind, one.key) for one in after.channels}
    return [
        *(
            Loss(f"field {field_id}", ("set_field", (field_id, body)))
            for field_id, body in lost_fields(before, after, ()).items()
        ),
        *(
            Loss(f"channel {one.id}", ("add_channel", (_channel(one, after, type_ids),)))
            for one in before.channels
            if (one.kind, one.key) not in held
        ),
        *(
            Loss(f"label {label}", ("add_label", (label,)))
            for label in before.labels
            if label not in after.labels
        ),
    ]


def _channel(channel: HeldChannel, after: Contact, type_ids: Mapping[str, str]) -> dict[str, Any]:
    """The body that adds a channel again; the first one of its kind is the default."""
    phone = parse_phone(channel.key, None) if channel.kind == PHONE else None
    label = channel.label if channel.label not in {one.label for one in after.channels} else None
    return {
        "channel_type_id": type_ids[channel.kind],
        "value": channel.key,
        "is_default_for_type": not after.keys(channel.kind),
        **({"country": phone.country} if isinstance(phone, Phone) else {}),
        **({"display_name": label} if label else {}),
    }


def compare(before: Row, after: Row) -> list[Loss]:
    """Everything that a link must leave alone, in two v1 rows of a contact."""
    flags = {
        key: bool(before.get(key))
        for key in _FLAGS
        if bool(before.get(key)) != bool(after.get(key))
    }
    labels = sorted(_label_ids(before) - _label_ids(after))
    return [
        *(
            Loss(key, ours=key in _STATUS or is_blank(after.get(key)))
            for key in (*_NAMES, *_ASSIGNED, *_STATUS)
            if (before.get(key) or None) != (after.get(key) or None)
        ),
        *(
            [Loss(", ".join(flags), ("update_contact", (flags,)), any(flags.values()))]
            if flags
            else ()
        ),
        *_fields(_field_values(before), _field_values(after)),
        *_channels(before, after),
        *(Loss(f"label {label}", ("add_label", (label,))) for label in labels),
    ]


def _fields(before: Mapping[str, Row], after: Mapping[str, Row]) -> Iterator[Loss]:
    for field_id, item in before.items():
        first, second = item.get("value"), after.get(field_id, {}).get("value")
        if (
            first != second
            and str(first) != str(second)
            and not (is_blank(first) and is_blank(second))
        ):
            option = item.get("selected_custom_field_option_id")
            if not option:
                # The option id is often missing on reads; the value then names the option.
                choices = objects_in(object_in(item, "custom_field"), "options")
                option = next((one.get("id") for one in choices if one.get("value") == first), None)
            mend = "set_field", (field_id, _body(first, option))
            yield Loss(f"field {field_id}", mend, is_blank(second))
    for field_id, item in after.items():
        if field_id not in before and not is_blank(item.get("value")):
            yield Loss(f"field {field_id}", ours=False)


def _field_values(row: Row) -> dict[str, Row]:
    return {
        str(field_id): item
        for item in objects_in(row, "custom_field_values")
        if (field_id := object_in(item, "custom_field").get("id")) is not None
    }


def _body(value: object, option_id: object) -> dict[str, Any]:
    return {"value": value} | ({"custom_field_option_id": option_id} if option_id else {})


def _channels(before: Row, after: Row) -> Iterator[Loss]:
    now = {_address(channel): channel for channel in objects_in(after, "channels")}
    for channel in objects_in(before, "channels"):
        twin = now.get(_address(channel))
        if twin is None:
            kept = {key: channel[key] for key in ("country", *_CHANNEL) if channel.get(key)}
            type_id = object_in(channel, "channel_type").get("id")
            body = {"channel_type_id": type_id, "value": channel.get("value"), **kept}
            yield Loss("channel", ("add_channel", (body,)))
            continue
        restore = {
            key: channel.get(key)
            for key in _CHANNEL
            if (channel.get(key) or None) != (twin.get(key) or None)
        }
        if restore:
            twin_id = str(twin.get("id"))
            gone = any(not twin.get(key) for key in restore if not key.startswith("is_default"))
            yield Loss(f"channel {twin_id}", ("update_channel", (twin_id, restore)), gone)
        made_anew = channel.get("id") != twin.get("id")
        blocks = [(bool(channel.get(key)), bool(twin.get(key))) for key in _BLOCKS]
        if made_anew or any(was != is_now for was, is_now in blocks):
            freed = any(was and not is_now for was, is_now in blocks)
            yield Loss(f"channel {channel.get('id')}", ours=made_anew or freed)


def _address(channel: Row) -> tuple[str, str]:
    kind = object_in(channel, "channel_type")
    return str(kind.get("id") or kind.get("type_class")), str(channel.get("value"))


def _label_ids(row: Row) -> set[str]:
    return {str(label.get("id")) for label in objects_in(row, "labels")}
