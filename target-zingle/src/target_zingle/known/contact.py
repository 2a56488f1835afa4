"""A Zingle contact reduced to what matching and comparing need. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from target_zingle.wanted.keys import EMAIL, PHONE
from target_zingle.wanted.values import v1_value
from zingle_sync.identity import normalise_email, phone_forms, phone_key, phones_masked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import Person

# Start of the id of a contact that will be created later in this run, or would be.
PENDING = "pending:"
_PHONE_CLASS, _EMAIL_CLASS = "PhoneNumber", "EmailAddress"
# What nearly all channels look like is its own key: a million need no parser.
_E164 = re.compile(r"\+(?!33|52|55|57|84|229|972)\d{8,15}")
_USUAL_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]*[A-Za-z0-9]", re.ASCII)
_SHORTEST = 7
_LARGEST = 2**63 - 1


class HeldChannel(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A phone or e-mail channel of a contact, with its key for comparing."""

    kind: str
    key: str
    id: str = ""
    label: str | None = None


class HeldValue(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The value of one contact field as v1 shows it."""

    value: str | int | float | bool | None
    option_id: str | None = None


class Contact(msgspec.Struct, frozen=True, array_like=True):
    """One contact as last read.

    Attributes:
        external_id_shown: False where v1 rows carry no such key, so that None says nothing
            until v2 was asked.
        channels: Phones and e-mails only.
        values: Contact field values by field id.
        labels: Ids of its labels.
        locked_by: The source that owns it.
        blocked: Whether any channel blocks messages in or out.
        masked: Whether a phone is shown incompletely.
    """

    id: str
    external_id: str | None = None
    external_id_shown: bool = True
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    channels: tuple[HeldChannel, ...] = ()
    values: dict[str, HeldValue] = {}
    labels: tuple[str, ...] = ()
    locked_by: str | None = None
    optin_status: str | None = None
    blocked: bool = False
    masked: bool = False

    def keys(self, kind: str) -> frozenset[str]:
        """The contact's phones or e-mails, as keys for comparing."""
        return frozenset(channel.key for channel in self.channels if channel.kind == kind)

    def linked_to(self, external_id: str | None) -> Contact:
        """The contact with another external id."""
        return msgspec.structs.replace(self, external_id=external_id, external_id_shown=True)

    def with_channel(self, channel: HeldChannel) -> Contact:
        """The contact with one more channel."""
        return msgspec.structs.replace(self, channels=(*self.channels, channel))


def same_lines(key: Key) -> Iterable[Key]:
    """A channel in every form in which a contact may hold it."""
    kind, value = key
    return ((kind, form) for form in phone_forms(value)) if kind == PHONE else (key,)


def channel_key(type_class: object, value: object) -> tuple[str, str] | None:
    """Kind and key of a channel, None for other kinds of channel."""
    text = str(value or "").strip()
    if not text:
        return None
    if type_class == _PHONE_CLASS:
        return PHONE, text if _E164.fullmatch(text) else phone_key(text)
    if type_class == _EMAIL_CLASS:
        if _USUAL_EMAIL.fullmatch(text):
            return EMAIL, text.lower()
        address = normalise_email(text)
        return EMAIL, address if isinstance(address, str) else text.casefold()
    return None


def objects_in(row: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list in a row; what is none, or no list, holds nothing to be read."""
    found = row.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def object_in(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in a row; empty where there is none."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def phones_of(row: Mapping[str, Any]) -> list[str]:
    """The phones of a v1 row, as shown."""
    return [
        str(channel.get("value") or "")
        for channel in objects_in(row, "channels")
        if object_in(channel, "channel_type").get("type_class") == _PHONE_CLASS
    ]


def read_contact(row: Mapping[str, Any], *, external_id_field: str | None = None) -> Contact:
    """Read a v1 row; `external_id_field` is the field that holds external ids, if one does."""
    channels: list[HeldChannel] = []
    blocked = masked = False
    for channel in objects_in(row, "channels"):
        kind = object_in(channel, "channel_type").get("type_class")
        blocked = blocked or bool(channel.get("block_inbound") or channel.get("block_outbound"))
        key = channel_key(kind, channel.get("value"))
        if key is None:
            continue
        if key[0] == PHONE and (phones_masked([str(channel["value"])]) or len(key[1]) <= _SHORTEST):
            # Neither a masked number nor a short code says who somebody is.
            masked = masked or phones_masked([str(channel["value"])])
            continue
        channels.append(
            HeldChannel(
                *key,
                str(channel.get("id") or ""),
                _text(channel.get("display_name") or None),
            )
        )
    values = {
        str(field_id): HeldValue(
            _plain(item.get("value")), _text(item.get("selected_custom_field_option_id") or None)
        )
        for item in objects_in(row, "custom_field_values")
        if (field_id := object_in(item, "custom_field").get("id")) is not None
    }
    if external_id_field is None:
        external, shown = row.get("external_id"), "external_id" in row
    else:
        held = values.get(external_id_field)
        external, shown = (held.value if held else None), True
    return Contact(
        id=str(row["id"]),
        external_id=str(external).strip() or None if external is not None else None,
        external_id_shown=shown,
        first_name=_text(row.get("first_name")),
        last_name=_text(row.get("last_name")),
        title=_text(row.get("title")),
        channels=tuple(channels),
        values=values,
        labels=tuple(str(label["id"]) for label in objects_in(row, "labels") if label.get("id")),
        locked_by=_text(row.get("locked_by_source") or None),
        optin_status=_text(row.get("optin_status") or None),
        blocked=blocked,
        masked=masked,
    )


def _plain(value: object) -> str | int | float | bool | None:
    """A value as it came; as text where it is no plain one, or too large a number to keep."""
    match value:
        case None | str() | float():
            return value
        case int() if abs(value) <= _LARGEST:
            return value
        case _:
            return str(value)


def _text(value: object) -> str | None:
    """A text, whatever form it came in: what is understood differently is not absent."""
    return value if value is None or isinstance(value, str) else str(value)


def contact_of(person: Person, contact_id: str, leave_out: Collection[Key]) -> Contact:
    """The contact that creating a person makes, without reading it."""
    names: dict[str | None, str] = {}
    values: dict[str, HeldValue] = {}
    for write in person.writes:
        if write.value is not None:
            body = v1_value(write.value)
            text = _plain(body["value"])
            values[write.target.id] = HeldValue(text, body.get("custom_field_option_id"))
            names[write.target.v2_key] = str(text)
    return Contact(
        id=contact_id,
        external_id=person.external_id,
        first_name=names.get("firstName"),
        last_name=names.get("lastName"),
        title=names.get("title"),
        channels=tuple(HeldChannel(*key) for key in person.keys if key not in leave_out),
        values=values,
        labels=tuple(label.id for label in person.labels),
    )
