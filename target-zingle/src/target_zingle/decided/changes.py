"""What differs between the person and the contact: only that is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from target_zingle.known.contact import HeldChannel, HeldValue
from target_zingle.known.refusals import channel_of, field_of
from target_zingle.wanted.keys import EMAIL, PHONE
from target_zingle.wanted.values import is_blank, same_value
from zingle_sync.identity import phone_forms

if TYPE_CHECKING:
    from collections.abc import Collection

    from target_zingle.known.contact import Contact
    from target_zingle.known.lessons import Lessons
    from target_zingle.known.refusals import Refusals
    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import FieldWrite, Person
    from target_zingle.wanted.plan import LabelPlan
    from target_zingle.wanted.types import TargetField


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel to add.

    Attributes:
        label: None where another channel has it already.
        default: Whether it becomes the default of its kind: it is the person's first choice.
    """

    kind: str
    value: str
    country: str | None = None
    label: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write to an existing contact.

    Attributes:
        refused: Names of fields whose values Zingle refused before, with its codes.
    """

    fields: tuple[FieldWrite, ...] = ()
    channels: tuple[NewChannel, ...] = ()
    labels: tuple[LabelPlan, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: tuple[tuple[str, str | None], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what changes, for the outcome."""
        return (
            *(write.target.name for write in self.fields),
            *(channel.kind for channel in self.channels),
            *(f"label {label.name}" for label in self.labels),
        )

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.fields or self.channels or self.labels)


def held_value(contact: Contact, target: TargetField) -> HeldValue:
    """What a contact holds in a field; names and title show both at the top and as a field."""
    held = contact.values.get(target.id, HeldValue(None))
    if target.v2_key is None:
        return held
    top = {
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "title": contact.title,
    }[target.v2_key]
    return held if top is None else HeldValue(top, held.option_id)


def differs(contact: Contact, write: FieldWrite) -> bool:
    """Whether a write would change the field, and is meant to."""
    held = held_value(contact, write.target)
    blank = is_blank(held.value) and not held.option_id
    if write.write == "on_create" or (write.write == "if_blank" and not blank):
        return False
    if write.value is None:
        return not blank
    return not same_value(held.value, held.option_id, write.value, write.target)


def changes(
    person: Person,
    contact: Contact,
    *,
    locked: bool = False,
    leave_out: Collection[Key] = frozenset(),
) -> Changes:
    """What has to be written so that the contact, as just read, says what the record says.

    Names and channels of a locked contact are left alone, channels of others (`leave_out`) too.
    """
    fields = tuple(write for write in person.writes if differs(contact, write))
    channels = new_channels(person, contact, leave_out)
    warnings: tuple[str, ...] = ()
    if locked:
        if channels or any(write.target.v2_key for write in fields):
            warnings = ("locked_fields_skipped",)
        channels = ()
        fields = tuple(write for write in fields if write.target.v2_key is None)
    return Changes(
        fields=fields,
        channels=channels,
        labels=tuple(label for label in person.labels if label.id not in contact.labels),
        warnings=warnings,
    )


def feasible(wanted: Changes, contact: Contact, lessons: Lessons, refusals: Refusals) -> Changes:
    """What is left of changes without what Zingle was learnt to refuse, or not to do."""
    fields: list[FieldWrite] = []
    warnings: list[str] = []
    refused: list[tuple[str, str | None]] = []
    for write in wanted.fields:
        if write.value is None and write.target.id in lessons.unclearable:
            warnings.append(f"cannot_clear:{write.target.name}")
        elif contact.locked_by is not None and write.target.id in lessons.locked_fields:
            warnings.append("locked_fields_skipped")
        elif (told := refusals.of(field_of(contact.id, write))) is not None:
            refused.append((write.target.name, told[1]))
        else:
            fields.append(write)
    channels: list[NewChannel] = []
    for channel in wanted.channels:
        told = refusals.of(channel_of(contact.id, channel.kind, channel.value))
        if told is None:
            channels.append(channel)
        else:
            warnings.append(not_added(told[1]))
    return replace(
        wanted,
        fields=tuple(fields),
        channels=tuple(channels),
        warnings=(*wanted.warnings, *warnings),
        refused=tuple(refused),
    )


def not_added(code: str | None) -> str:
    """The warning about a channel that was refused."""
    return f"channel_not_added:{code}" if code else "channel_not_added"


def changed(contact: Contact, done: Changes) -> Contact:
    """The contact as these changes leave it, as far as others can meet it: channels and labels."""
    channels = (HeldChannel(one.kind, one.value, label=one.label) for one in done.channels)
    labels = (label.id for label in done.labels)
    return msgspec.structs.replace(
        contact,
        channels=(*contact.channels, *channels),
        labels=(*contact.labels, *labels),
    )


def new_channels(
    person: Person, contact: Contact, leave_out: Collection[Key]
) -> tuple[NewChannel, ...]:
    """The person's channels that the contact lacks; none is ever taken away."""
    used = {channel.label for channel in contact.channels}
    found: list[NewChannel] = []
    held = {form for key in contact.keys(PHONE) for form in phone_forms(key)}
    for place, phone in enumerate(person.phones):
        # A masked phone may be this very one.
        if contact.masked or phone.e164 in held or (PHONE, phone.e164) in leave_out:
            continue
        # Two channels of a contact may not have the same label (3105).
        label = None if phone.label in used else phone.label
        used.add(label)
        found.append(NewChannel(PHONE, phone.e164, phone.country, label, default=place == 0))
    addresses = contact.keys(EMAIL)
    for place, address in enumerate(person.emails):
        if address not in addresses and (EMAIL, address) not in leave_out:
            found.append(NewChannel(EMAIL, address, default=place == 0))
    return tuple(found)
