"""Carrying changes out: each call, and what its refusal means for the record."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from target_zingle.contacts import PHONE, HeldChannel, HeldValue, Known
from target_zingle.diff import differs, new_channels
from target_zingle.guard import lost_fields
from target_zingle.payloads import channel_v1, create_v1, create_v2, single_value, update_v1
from target_zingle.values import v1_value
from zingle_sync.zingle import (
    AlreadyDoneError,
    ConflictError,
    GoneError,
    LockedError,
    RecordError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from target_zingle.compiling import LabelPlan
    from target_zingle.diff import Changes, NewChannel
    from target_zingle.directory import Directory
    from target_zingle.people import FieldWrite, Key, Person
    from zingle_sync.zingle import Zingle

logger = logging.getLogger(__name__)

_LABEL_CODES = frozenset({"3105", "3106"})
READ_BACK = 20
"""How many creates of a run are read back, to learn what creating does here."""


@dataclass(slots=True)
class Written:
    """What became of an update.

    Attributes:
        contact: The contact as it is now.
        names: Names of what was written.
        warnings: Words for the outcome.
    """

    contact: Known
    names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Writer:
    """Writes contacts of one service.

    Args:
        client: The API.
        service_id: The service.
        directory: Reads contacts, and remembers what was written.
        type_ids: Channel type ids by kind.
        native: Whether external ids go into Zingle's own external id.
    """

    def __init__(
        self,
        client: Zingle,
        service_id: str,
        directory: Directory,
        type_ids: Mapping[str, str],
        *,
        native: bool,
    ) -> None:
        self._client, self._service_id = client, service_id
        self._directory, self._type_ids, self._native = directory, type_ids, native
        self._lock = threading.Lock()
        self._first_put = threading.Lock()
        self._merges: bool | None = None
        self._creates = 0
        self.locks_seen: set[str] = set()

    def pause(self, attempt: int) -> None:
        """Wait before a write whose answer was lost is tried again."""
        self._client.pause(attempt)

    # Creating

    def create(self, person: Person, leave_out: Collection[Key]) -> tuple[Known, tuple[str, ...]]:
        """Create a contact, once.

        Returns:
            The contact, and words for the outcome.

        Raises:
            ConflictError: A channel is taken by now.
            UnknownOutcomeError: It may exist or not; look before trying again.
        """
        if person.external_id is None:
            row = self._create_v1(person, leave_out)
            contact = self._directory.read(row)
        else:
            body = create_v2(person, native=self._native, leave_out=leave_out)
            contact_id = self._client.create_contact(self._service_id, body)
            contact = as_created(person, contact_id, leave_out)
        with self._lock:
            self._creates += 1
            look = self._creates <= READ_BACK
        self._directory.index.put_written(contact)
        if not look:
            return contact, ()
        return self._read_back(person, contact, leave_out)

    def _create_v1(self, person: Person, leave_out: Collection[Key]) -> Mapping[str, Any]:
        body = create_v1(person, self._type_ids, leave_out)
        # The only create that finds instead of duplicating, documented for exactly one channel.
        return self._client.create_contact_v1(
            self._service_id, body, return_existing=len(body["channels"]) == 1
        )

    def _read_back(
        self, person: Person, contact: Known, leave_out: Collection[Key]
    ) -> tuple[Known, tuple[str, ...]]:
        try:
            read = self._directory.read(self._client.contact(self._service_id, contact.id))
        except GoneError:
            # Reads may lag behind writes.
            return contact, ()
        words: list[str] = []
        if read.locked_by is not None and read.locked_by not in self.locks_seen:
            self.locks_seen.add(read.locked_by)
            logger.warning(
                "Zingle locks the contacts that this log-in creates (source %s); "
                "add it to own_sources so that later changes of names and phones arrive",
                read.locked_by,
            )
        if self._native and read.external_id_shown and read.external_id != person.external_id:
            words.append(f"field_not_written:{contact.id}")
        if not read.external_id_shown:
            read = replace_external_id(read, contact.external_id)
        if new_channels(person, read, leave_out):
            words.append(f"lost_channel:{contact.id}")
        words += [
            f"field_not_written:{write.target.id}"
            for write in person.writes
            if write.value is not None and differs(read, replace(write, write="always"))
        ]
        self._directory.index.put_written(read)
        return read, tuple(words)

    # Updating

    def update(self, contact: Known, changes: Changes) -> Written:
        """Write what differs: values, then channels, then labels."""
        written = Written(contact, warnings=list(changes.warnings))
        if changes.fields:
            self._put_fields(written, changes.fields)
        for channel in changes.channels:
            self._add_channel(written, channel)
        for label in changes.labels:
            self._add_label(written, label)
        self._directory.index.put_written(written.contact)
        return written

    def _add_label(self, written: Written, label: LabelPlan) -> None:
        try:
            row = self._client.add_label(self._service_id, written.contact.id, label.id)
        except AlreadyDoneError:
            return
        except RecordError:
            written.warnings.append(f"label_not_added:{label.id}")
            return
        written.contact = self._read(row, written.contact)
        written.names.append(f"label {label.name}")

    def _read(self, row: Mapping[str, Any], before: Known) -> Known:
        """A contact that a write returned; its external id is kept where v1 shows none."""
        contact = self._directory.read(row)
        if contact.external_id_shown:
            return contact
        return replace_external_id(contact, before.external_id)

    def _put_fields(self, written: Written, fields: tuple[FieldWrite, ...]) -> None:
        try:
            row = self._put(written.contact, fields)
        except LockedError:
            # A lock appeared since the contact was read: leave out what it protects.
            written.warnings.append("locked_fields_skipped")
            fields = tuple(write for write in fields if write.target.v2_key is None)
            if not fields:
                return
            row = self._put(written.contact, fields)
        written.contact = self._read(row, written.contact)
        for write in fields:
            held_differently = differs(written.contact, replace(write, write="always"))
            if write.value is None and held_differently:
                written.warnings.append(f"cannot_clear:{write.target.id}")
            elif held_differently:
                written.warnings.append(f"field_not_written:{write.target.id}")
            if write.value is not None or not held_differently:
                written.names.append(write.target.name)

    def _put(self, contact: Known, fields: tuple[FieldWrite, ...]) -> Mapping[str, Any]:
        """Write several values, watching whether the others survive (contract, U1)."""
        if self._merges is None:
            # Until one answer has shown it, updates are made one at a time.
            with self._first_put:
                return self._put_guarded(contact, fields)
        return self._put_guarded(contact, fields)

    def _put_guarded(self, contact: Known, fields: tuple[FieldWrite, ...]) -> Mapping[str, Any]:
        client, service = self._client, self._service_id
        if self._merges is False:
            row: Mapping[str, Any] = {}
            for write in fields:
                row = client.set_field(service, contact.id, write.target.id, single_value(write))
            return row
        row = client.update_contact(service, contact.id, update_v1(fields))
        ids = {write.target.id for write in fields}
        before = {
            "custom_field_values": [
                {
                    "value": held.value,
                    "selected_custom_field_option_id": held.option_id,
                    "custom_field": {"id": field_id},
                }
                for field_id, held in contact.values.items()
            ]
        }
        lost = lost_fields(before, row, ids)
        if lost:
            self._merges = False
            logger.warning(
                "Zingle's PUT emptied %d fields of contact %s that were not sent; they are "
                "written back, and fields are written one by one from here on",
                len(lost),
                contact.id,
            )
            for field_id, body in lost.items():
                row = client.set_field(service, contact.id, field_id, body)
        elif any(key not in ids and held.value for key, held in contact.values.items()):
            self._merges = True
        return row

    def _add_channel(self, written: Written, channel: NewChannel) -> None:
        contact_id = written.contact.id
        body = channel_v1(channel, self._type_ids[channel.kind])
        try:
            self._post_channel(written, channel, body)
        except LockedError:
            written.warnings.append("locked_fields_skipped")
            return
        except GoneError:
            raise
        except ConflictError:
            holder = self._holder(channel)
            if holder != contact_id:
                word = "channel_conflict" if channel.kind == PHONE else "email_belongs_to"
                written.warnings.append(f"{word}:{holder}" if holder else "channel_not_added")
                return
        except RecordError as error:
            written.warnings.append(f"channel_not_added:{error.code or error.status}")
            return
        written.names.append(channel.kind)
        written.contact = with_channel(written.contact, channel)

    def _post_channel(self, written: Written, channel: NewChannel, body: dict[str, Any]) -> None:
        contact_id = written.contact.id
        for _ in range(3):
            try:
                self._client.add_channel(self._service_id, contact_id, body)
            except RecordError as error:
                if error.code not in _LABEL_CODES or "display_name" not in body:
                    raise
                # Another channel has the label: the number matters more than its label.
                body = {key: value for key, value in body.items() if key != "display_name"}
            except UnknownOutcomeError:
                now = self._directory.read(self._client.contact(self._service_id, contact_id))
                if channel.value in now.keys(channel.kind):
                    return
            else:
                return
        raise UnknownOutcomeError(f"contact {contact_id}: a channel could not be added")

    def _holder(self, channel: NewChannel) -> str | None:
        page = self._client.find_contacts_by_channel(
            self._service_id, self._type_ids[channel.kind], channel.value
        )
        for row in page.rows:
            contact = self._directory.read(row)
            if channel.value in contact.keys(channel.kind):
                self._directory.index.put_read([contact])
                return contact.id
        return None


def with_channel(contact: Known, channel: NewChannel) -> Known:
    """A contact with one more channel."""
    added = HeldChannel(
        channel.kind, channel.value, label=channel.label, default_for_type=channel.default
    )
    return _replace(contact, channels=(*contact.channels, added))


def replace_external_id(contact: Known, external_id: str | None) -> Known:
    """A contact with another external id."""
    return _replace(contact, external_id=external_id)


def _replace(contact: Known, **changes: Any) -> Known:
    return msgspec.structs.replace(contact, **changes)


def as_created(person: Person, contact_id: str, leave_out: Collection[Key]) -> Known:
    """The contact that a create made, without reading it."""
    names: dict[str, str] = {}
    values: dict[str, HeldValue] = {}
    for write in person.writes:
        if write.value is None:
            continue
        body = v1_value(write.value)
        held = body["value"]
        text = held if isinstance(held, (str, int, float, bool)) else str(held)
        values[write.target.id] = HeldValue(text, body.get("custom_field_option_id"))
        if write.target.v2_key is not None:
            names[write.target.v2_key] = str(text)
    return Known(
        id=contact_id,
        external_id=person.external_id,
        first_name=names.get("firstName"),
        last_name=names.get("lastName"),
        title=names.get("title"),
        channels=tuple(
            HeldChannel(kind, value)
            for kind, value in person.keys
            if (kind, value) not in leave_out
        ),
        values=values,
        labels=tuple(label.id for label in person.labels),
    )
