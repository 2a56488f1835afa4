"""Carrying decisions out in Zingle."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from target_zingle.decided.changes import Changes, changes, differs, new_channels
from target_zingle.decided.decisions import Create, MarkDeleted, Match, Relink, Unlink
from target_zingle.known.contact import contact_of
from target_zingle.wanted.person import FieldWrite
from target_zingle.wanted.plan import LabelPlan
from target_zingle.written.linker import Link, Linker
from target_zingle.written.payloads import create_v1, create_v2
from target_zingle.written.proof import Proof
from target_zingle.written.results import Result, kind_of
from target_zingle.written.updates import Updater
from zingle_sync.zingle import GoneError, RecordError

if TYPE_CHECKING:
    from collections.abc import Collection

    from target_zingle.decided.decisions import Policy
    from target_zingle.known.contact import Contact
    from target_zingle.known.directory import Directory
    from target_zingle.known.remote import Remote
    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import Person
    from target_zingle.written.results import Action

logger = logging.getLogger(__name__)

# How many creates of a run are read back, to learn what creating does here.
READ_BACK = 20
_DELETED = ("source_deleted",)


class Writer:
    """Writes what was decided, for one service.

    Attributes:
        linker: Links contacts.
        proof: That linking does no harm.
        locks_seen: Sources that lock the contacts that this log-in creates.
    """

    def __init__(self, remote: Remote, directory: Directory, policy: Policy) -> None:
        self._remote, self._directory, self._policy = remote, directory, policy
        self._client, self._field = remote.client, remote.external_id_field
        self._updater = Updater(remote, directory)
        self.linker = Linker(remote, directory, policy)
        self.proof = Proof(self.linker, directory, policy)
        self._lock = threading.Lock()
        self._creates = 0
        self.locks_seen: set[str] = set()

    def carry_out(  # noqa: PLR0911 - one or two per action
        self, person: Person, action: Action
    ) -> Result:
        """Write what was decided.

        Raises:
            ConflictError: Somebody was faster: look and decide again.
            TakenError: The same, for a link.
            UnknownOutcomeError: It may be written or not: look before trying again.
            RecordError: Zingle refuses this record.
            LockedError: The contact is locked.
        """
        match action:
            case Create():
                return self._create(person, action)
            case Match():
                return self._match(person, action)
            case Relink(contact=contact):
                link = self._link(contact, action.external_id)
                if link.done:
                    kept = link.contact.id
                    return Result("linked", kept, action.matched_on, warnings=link.warnings)
                return _left(person, link)
            case Unlink(contact=contact):
                link = self._link(contact, None)
                if not link.done:
                    return _left(person, link)
                words = (*_DELETED, *link.warnings)
                return Result("updated", contact.id, "external_id", ("external id",), words)
            case MarkDeleted(contact=contact, label=name):
                label = LabelPlan(self._remote.labels[name], name, None)
                if label.id in contact.labels:
                    return Result("unchanged", contact.id, "external_id", (), _DELETED)
                update = self._updater.update(contact, Changes(labels=(label,)))
                words = (*_DELETED, *update.warnings)
                return Result("updated", contact.id, "external_id", tuple(update.names), words)
            case _:
                assert_never(action)

    # Creating

    def _create(self, person: Person, create: Create) -> Result:
        leave_out = create.leave_out
        if person.external_id is None:
            body = create_v1(person, self._remote.type_ids, leave_out)
            # The only create that finds instead of duplicating, documented for one channel.
            row = self._client.create_contact_v1(
                self._remote.service_id, body, return_existing=len(body["channels"]) == 1
            )
            contact = self._directory.read(row)
        else:
            body = create_v2(person, native=self._field is None, leave_out=leave_out)
            contact_id = self._client.create_contact(self._remote.service_id, body)
            contact = contact_of(person, contact_id, leave_out)
        self._directory.index.put_written(contact)
        with self._lock:
            self._creates += 1
            look = self._creates <= READ_BACK
        # v1 takes no labels along.
        labels = tuple(one for one in person.labels if one.id not in contact.labels)
        words = self._updater.update(contact, Changes(labels=labels)).warnings if labels else []
        words += self._read_back(person, contact, leave_out) if look else []
        self._directory.index.claim(contact.id, person.identity)
        return Result("created", contact.id, warnings=(*create.warnings, *words))

    def _read_back(self, person: Person, contact: Contact, leave_out: Collection[Key]) -> list[str]:
        """Warnings about what creating lost."""
        try:
            read = self._directory.read(self._client.contact(self._remote.service_id, contact.id))
        except GoneError:
            # Reads may lag behind writes.
            return []
        words: list[str] = []
        if read.locked_by is not None and read.locked_by not in self.locks_seen:
            self.locks_seen.add(read.locked_by)
            logger.warning(
                "Zingle locks the contacts that this log-in creates (source %s); "
                "add it to own_sources so that later changes of names and phones arrive",
                read.locked_by,
            )
        if not read.external_id_shown:
            read = read.linked_to(contact.external_id)
        elif self._field is None and read.external_id != person.external_id:
            words.append("field_not_written:external id")
        if new_channels(person, read, leave_out):
            words.append(f"lost_channel:{contact.id}")
        words += [
            f"field_not_written:{write.target.name}"
            for write in person.writes
            if write.value is not None and differs(read, replace(write, write="always"))
        ]
        self._directory.index.put_written(read)
        return words

    # Matching

    def _match(self, person: Person, match: Match) -> Result:
        contact, warnings = match.contact, [*match.warnings]
        linked, locked = False, match.locked
        if match.link is not None:
            link = self.linker.link(contact, match.link)
            contact, linked = link.contact, link.done
            locked = self._policy.locks(contact)
            warnings += link.warnings
            self._directory.index.put_written(contact)
        wanted = changes(person, contact, locked=locked, leave_out=match.leave_out)
        names: tuple[str, ...] = ()
        if wanted:
            try:
                update = self._updater.update(contact, wanted)
            except RecordError:
                # The contact is the person's all the same.
                self._directory.index.claim(contact.id, person.identity)
                raise
            names = tuple(update.names)
            warnings += update.warnings
        else:
            warnings += wanted.warnings
        kind = kind_of(names, linked=linked, link_field=self._field)
        self._directory.index.claim(contact.id, person.identity)
        return Result(kind, contact.id, match.matched_on, names, tuple(warnings))

    def _link(self, contact: Contact, external_id: str | None) -> Link:
        """Write an external id where this service keeps them."""
        if self._field is None:
            link = self.linker.link(contact, external_id)
        else:
            write = FieldWrite(self._field, external_id, "always")
            update = self._updater.update(contact, Changes(fields=(write,)))
            link = Link(update.contact, bool(update.names), tuple(update.warnings))
        self._directory.index.put_written(link.contact)
        return link


def _left(person: Person, link: Link) -> Result:
    """A record is gone, and its contact could not follow."""
    reason = "converted" if person.fate == "converted" else "deleted_in_source"
    return Result("skipped", link.contact.id, warnings=link.warnings, reason=reason)
