"""Changing a contact that exists: each call, and what its refusal means for the record."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from target_zingle.decided.changes import differs, feasible, not_added
from target_zingle.decided.losses import lost_fields
from target_zingle.known.contact import HeldChannel
from target_zingle.known.refusals import channel_of, field_of
from target_zingle.wanted.keys import PHONE
from target_zingle.written.failures import refused_before
from target_zingle.written.payloads import channel_v1, single_value, update_v1
from zingle_sync.zingle import (
    AlreadyDoneError,
    ConflictError,
    GoneError,
    LockedError,
    RecordError,
    UnknownCodeError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.decided.changes import Changes, NewChannel
    from target_zingle.known.contact import Contact
    from target_zingle.known.directory import Directory
    from target_zingle.known.remote import Remote
    from target_zingle.wanted.person import FieldWrite
    from target_zingle.wanted.plan import LabelPlan

logger = logging.getLogger(__name__)

_LABEL_CODES = frozenset({"3105", "3106"})
_TRIES = 3
# What an answer must show to be a whole contact; there were times when it was trimmed.
_WHOLE = {"channels", "custom_field_values"}


@dataclass(slots=True)
class Update:
    """What became of an update.

    Attributes:
        contact: As it is now.
        names: Names of what was written.
        refused: Why a value was refused, if one was.
    """

    contact: Contact
    names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: RecordError | None = None


class Updater:
    """Changes contacts of one service; the directory remembers what was written."""

    def __init__(self, remote: Remote, directory: Directory) -> None:
        self._client, self._service_id = remote.client, remote.service_id
        self._directory, self._type_ids = directory, remote.type_ids
        self._lessons, self._refusals = remote.lessons, remote.refusals
        self._first_put = threading.Lock()
        self._merges: bool | None = None

    def update(self, contact: Contact, changes: Changes) -> Update:
        """Write what differs: values, then channels, then labels.

        Raises:
            RecordError: Zingle refuses a value; everything else was written.
        """
        changes = feasible(changes, contact, self._lessons, self._refusals)
        update = Update(contact, warnings=list(changes.warnings))
        if changes.refused:
            update.refused = refused_before(contact.id, *changes.refused[0])
        if changes.fields:
            self._put_fields(update, changes.fields)
        for channel in changes.channels:
            self._add_channel(update, channel)
        for label in changes.labels:
            self._add_label(update, label)
        self._directory.index.put_written(update.contact)
        if update.refused is not None:
            raise update.refused
        return update

    def _add_label(self, update: Update, label: LabelPlan) -> None:
        try:
            row = self._client.add_label(self._service_id, update.contact.id, label.id)
        except AlreadyDoneError:
            return
        except (RecordError, LockedError):
            update.warnings.append(f"label_not_added:{label.name}")
            return
        update.contact = self._read(row, update.contact)
        update.names.append(f"label {label.name}")

    def _read(self, row: Mapping[str, Any], before: Contact) -> Contact:
        """The contact that a write returned; read again where the answer shows a part of it.

        Its external id is kept where v1 shows none.
        """
        if str(row.get("id")) != before.id or not row.keys() >= _WHOLE:
            row = self._client.contact(self._service_id, before.id)
        contact = self._directory.read(row)
        return contact if contact.external_id_shown else contact.linked_to(before.external_id)

    def _put_fields(self, update: Update, fields: tuple[FieldWrite, ...]) -> None:
        try:
            update.contact = self._put(update.contact, fields)
        except LockedError:
            fields = self._put_what_is_free(update, fields)
        except RecordError as error:
            if len(fields) > 1:
                fields = self._put_each(update, fields)
            else:
                self._note_refused(update, fields[0], error)
                fields = ()
        for write in fields:
            held_differently = differs(update.contact, replace(write, write="always"))
            if held_differently:
                word = "cannot_clear" if write.value is None else "field_not_written"
                update.warnings.append(f"{word}:{write.target.name}")
            if held_differently and write.value is None:
                self._lessons.unclearable.add(write.target.id)
            else:
                update.names.append(write.target.name)

    def _put_what_is_free(
        self, update: Update, fields: tuple[FieldWrite, ...]
    ) -> tuple[FieldWrite, ...]:
        """Zingle locks more of this contact than was known: names first, then field by field."""
        update.warnings.append("locked_fields_skipped")
        source = update.contact.locked_by
        if source is not None and any(write.target.v2_key for write in fields):
            self._lessons.enforced_locks.add(source)
        free = tuple(write for write in fields if write.target.v2_key is None)
        if free and free != fields:
            try:
                update.contact = self._put(update.contact, free)
            except (LockedError, RecordError):
                pass
            else:
                return free
        return self._put_each(update, free)

    def _put_each(self, update: Update, fields: tuple[FieldWrite, ...]) -> tuple[FieldWrite, ...]:
        """Write values one by one, for one that is refused must not keep the others out."""
        written: list[FieldWrite] = []
        for write in fields:
            try:
                row = self._client.set_field(
                    self._service_id, update.contact.id, write.target.id, single_value(write)
                )
            except LockedError:
                self._lessons.locked_fields.add(write.target.id)
                update.warnings.append("locked_fields_skipped")
            except RecordError as error:
                self._note_refused(update, write, error)
            else:
                update.contact = self._read(row, update.contact)
                written.append(write)
        return tuple(written)

    def _note_refused(self, update: Update, write: FieldWrite, error: RecordError) -> None:
        """Tell of a value that Zingle refuses, and don't send it again."""
        error.fields = (write.target.name,)
        update.refused = update.refused or error
        if not isinstance(error, UnknownCodeError):
            self._refusals.note(field_of(update.contact.id, write), "refused", error.code)

    def _put(self, contact: Contact, fields: tuple[FieldWrite, ...]) -> Contact:
        """Write several values, watching whether the others survive (contract, U1)."""
        if self._merges is None:
            # Until one answer has shown it, updates are made one at a time.
            with self._first_put:
                return self._put_guarded(contact, fields)
        return self._put_guarded(contact, fields)

    def _put_guarded(self, contact: Contact, fields: tuple[FieldWrite, ...]) -> Contact:
        client, service = self._client, self._service_id
        row: Mapping[str, Any] = {}
        if self._merges is False:
            for write in fields:
                row = client.set_field(service, contact.id, write.target.id, single_value(write))
            return self._read(row, contact)
        after = self._read(client.update_contact(service, contact.id, update_v1(fields)), contact)
        ids = {write.target.id for write in fields}
        if lost := lost_fields(contact, after, ids):
            self._merges = False
            logger.warning(
                "Zingle's PUT emptied %d fields of contact %s that were not sent; they are "
                "written back, and fields are written one by one from here on",
                len(lost),
                contact.id,
            )
            for field_id, body in lost.items():
                row = client.set_field(service, contact.id, field_id, body)
            return self._read(row, contact)
        if any(key not in ids and held.value for key, held in contact.values.items()):
            self._merges = True
        return after

    def _add_channel(self, update: Update, channel: NewChannel) -> None:
        contact_id = update.contact.id
        write = channel_of(contact_id, channel.kind, channel.value)
        try:
            self._post_channel(contact_id, channel)
        except LockedError:
            update.warnings.append("locked_fields_skipped")
            return
        except GoneError:
            raise
        except ConflictError:
            holder = self._holder(channel)
            if holder != contact_id:
                word = "channel_conflict" if channel.kind == PHONE else "email_belongs_to"
                update.warnings.append(f"{word}:{holder}" if holder else not_added(None))
                if holder is None:
                    self._refusals.note(write, "conflict", None)
                return
        except RecordError as error:
            code = error.code or str(error.status)
            update.warnings.append(not_added(code))
            self._refusals.note(write, "refused", code)
            return
        update.names.append(channel.kind)
        update.contact = update.contact.with_channel(
            HeldChannel(channel.kind, channel.value, label=channel.label)
        )

    def _post_channel(self, contact_id: str, channel: NewChannel) -> None:
        body = channel_v1(channel, self._type_ids[channel.kind])
        for _ in range(_TRIES):
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
