"""Writing an external id to a contact that exists.

Only v2 can write it. Where there is PATCH it is written alone, and the contact is read back and
compared with what was known. Whether PATCH leaves everything else alone is proved first, on an
ordinary contact that is read before, too. Older instances have no PATCH: there the whole record is
read, written, read again and compared. The first difference ends linking.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_zingle.decided.losses import compare, lost, missing
from target_zingle.decided.matching import protection, unlinkable
from target_zingle.written.payloads import full_record_v2
from zingle_sync.identity import same_external_id
from zingle_sync.zingle import LockedError, ZingleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_zingle.decided.decisions import Policy
    from target_zingle.decided.losses import Loss
    from target_zingle.known.contact import Contact
    from target_zingle.known.directory import Directory
    from target_zingle.known.remote import Remote

logger = logging.getLogger(__name__)

_NO_PATCH = frozenset({404, 405, 501})
_NOT_FOUND = 404
# Contacts that others seem to have edited just then; more of them are no accident.
_MOST_DOUBTS = 3


class TakenError(Exception):
    """The contact carries another external id by now; match again."""

    def __init__(self, contact_id: str, external_id: str) -> None:
        super().__init__(f"contact {contact_id} was linked to another record meanwhile")
        self.contact_id = contact_id
        self.external_id = external_id


class _NoPatchError(Exception):
    """The instance has no PATCH."""


@dataclass(frozen=True, slots=True)
class Link:
    """How linking ended.

    Attributes:
        contact: As it is now.
        done: Whether it carries the external id.
    """

    contact: Contact
    done: bool
    warnings: tuple[str, ...] = ()


class Linker:
    """Links contacts of one service, until a link changes something that it should not."""

    def __init__(self, remote: Remote, directory: Directory, policy: Policy) -> None:
        self._client, self._service_id = remote.client, remote.service_id
        self._directory, self._policy = directory, policy
        self._linking = policy.linking
        self._first = threading.Lock()
        self._put_proven = False
        self._type_ids = remote.type_ids
        self._doubts: list[tuple[Contact, Contact]] = []

    def link(self, contact: Contact, external_id: str | None) -> Link:
        """Write an external id; None takes it away.

        Until one link has proven harmless, links are made one at a time.

        Raises:
            TakenError: Another external id is there by now.
        """
        if self._linking.patch == "safe" or self._put_proven:
            return self._link(contact, external_id)
        with self._first:
            return self._link(contact, external_id)

    def prove(self, contact_id: str) -> None:
        """Write the external id that an ordinary contact has, so that others may be linked."""
        with self._first:
            if not self._linking.unproven:
                return
            before = self._client.contact(self._service_id, contact_id)
            contact = self._directory.read(before)
            external_id = self._carried(contact)
            if external_id is None or protection(contact, self._policy) is not None:
                return
            try:
                self._compared(before, external_id, lambda: self._patch(contact_id, external_id))
            except _NoPatchError:
                self._linking.patch = "absent"

    def _link(self, contact: Contact, external_id: str | None) -> Link:
        if (reason := unlinkable(contact, self._policy)) is not None:
            return _not_linked(contact, reason)
        try:
            if self._linking.patch == "safe" and self._directory.index.is_fresh(contact.id):
                return self._link_known(contact, external_id)
            return self._link_read(contact, external_id)
        except _NoPatchError:
            logger.info("This Zingle has no PATCH: contacts are linked by writing whole records")
            self._linking.patch = "absent"
            return self._link_read(contact, external_id)
        except LockedError:
            self._learn_lock(contact)
            return _not_linked(contact, "locked")

    def _link_known(self, known: Contact, external_id: str | None) -> Link:
        """Link a contact as it was read for matching: one call, and one to read it back."""
        self._patch(known.id, external_id)
        after = self._client.contact(self._service_id, known.id)
        now = self._directory.read(after)
        gone = missing(known, now)
        done = self._shows(now, external_id) or self._arrives(known.id, external_id)
        if not gone and done:
            return Link(now.linked_to(external_id), done=True)
        # Somebody may have edited the contact since: the next link is read before, too, and tells.
        self._linking.patch = "untried"
        self._doubts += [(known, now)] if gone else []
        told = f"without {', '.join(gone)}" if gone else "without its external id"
        logger.warning("Contact %s is %s after it was linked", known.id, told)
        if len(self._doubts) >= _MOST_DOUBTS:
            self._stop(known.id, gone)
        return self._result(now, external_id, done=done, harmed=True)

    def _link_read(self, contact: Contact, external_id: str | None) -> Link:
        before = self._client.contact(self._service_id, contact.id)
        fresh = self._directory.read(before)
        if (reason := unlinkable(fresh, self._policy)) is not None:
            return _not_linked(fresh, reason)
        if not self._linking.by_patch:
            return self._link_whole(contact, before, external_id)
        present = self._carried(fresh)
        if present == external_id or same_external_id(present, external_id):
            return Link(fresh.linked_to(present), done=True)
        _refuse_taken(contact, present)
        link = self._compared(before, external_id, lambda: self._patch(contact.id, external_id))
        if self._linking.patch != "ignored":
            return link
        if (reason := unlinkable(fresh, self._policy)) is not None:
            return _not_linked(fresh, reason)
        return self._link_whole(contact, before, external_id)

    def _link_whole(
        self, contact: Contact, before: Mapping[str, Any], external_id: str | None
    ) -> Link:
        """Write the complete record back, as v2 shows it, with the external id."""
        record = self._client.contact_v2(self._service_id, contact.id)
        present = record.get("externalId") or None
        if present == external_id or same_external_id(present, external_id):
            return Link(self._directory.read(before).linked_to(present), done=True)
        _refuse_taken(contact, present)
        records = [record]

        def put() -> None:
            record = records.pop() if records else self._v2(contact.id)
            body = full_record_v2(record, external_id)
            self._client.replace_contact_v2(self._service_id, contact.id, body)

        return self._compared(before, external_id, put)

    def _compared(
        self, before: Mapping[str, Any], external_id: str | None, write: Callable[[], None]
    ) -> Link:
        """Write, read again and compare everything; mend and stop at the first difference."""
        contact_id = str(before["id"])
        for _ in range(2):
            write()
            after: Mapping[str, Any] = self._client.contact(self._service_id, contact_id)
            losses = compare(before, after)
            if losses:
                after, losses = self._look_again(before, write)
            if losses:
                self._stop(contact_id, [loss.what for loss in losses])
                self._mend(contact_id, losses)
                after = self._client.contact(self._service_id, contact_id)
            now = self._directory.read(after)
            done = self._shows(now, external_id) or self._arrives(contact_id, external_id)
            if done or losses or not self._linking.by_patch:
                break
            # One answer of something in between does not say that PATCH does nothing here.
        if not losses:
            self._learn(contact_id, external_id, done=done)
        return self._result(now, external_id, done=done, harmed=bool(losses))

    def _learn(self, contact_id: str, external_id: str | None, *, done: bool) -> None:
        """What a link that changed nothing else says about the next ones."""
        if not self._linking.by_patch:
            self._put_proven = True
        elif external_id is None:
            # Taking an id away proves nothing about writing one.
            pass
        elif done:
            self._linking.patch = "safe"
        else:
            logger.warning(
                "Zingle answered a PATCH of contact %s as if it had been made, and it was not: "
                "contacts are linked by writing whole records",
                contact_id,
            )
            self._linking.patch = "ignored"

    def _learn_lock(self, contact: Contact) -> None:
        if self._linking.by_patch:
            self._linking.locks_refuse = True
        if contact.locked_by is not None:
            self._policy.enforced_locks.add(contact.locked_by)

    def _patch(self, contact_id: str, external_id: str | None) -> None:
        """Write the external id alone.

        Raises:
            _NoPatchError: The instance does not offer it; one stray answer does not say so.
            GoneError: The contact does not exist.
        """
        for tries in (1, 2):
            try:
                self._client.set_external_id(self._service_id, contact_id, external_id)
            except ZingleError as error:
                if error.status not in _NO_PATCH:
                    raise
                if error.status == _NOT_FOUND:
                    # A contact that is gone is not found, either.
                    self._client.contact(self._service_id, contact_id)
                if tries > 1:
                    raise _NoPatchError from error
                self._client.pause(tries)
            else:
                return

    def _look_again(
        self, before: Mapping[str, Any], write: Callable[[], None]
    ) -> tuple[Mapping[str, Any], list[Loss]]:
        """Whose change it was: reads may lag, and others write at the same time.

        Where nothing is gone, it is written once more: what writing changes, it changes again, and
        what it leaves alone was somebody's edit.
        """
        service, contact_id = self._service_id, str(before["id"])
        later = self._client.contact(service, contact_id)
        losses = compare(before, later)
        if not losses or any(loss.ours for loss in losses):
            return later, losses
        write()
        last = self._client.contact(service, contact_id)
        return last, compare(later, last)

    def _v2(self, contact_id: str) -> Mapping[str, Any]:
        return self._client.contact_v2(self._service_id, contact_id)

    def _carried(self, contact: Contact) -> str | None:
        """The external id of a contact just read in v1; v2 knows it where v1 shows none."""
        if contact.external_id_shown:
            return contact.external_id
        return self._v2(contact.id).get("externalId") or None

    def _shows(self, contact: Contact, external_id: str | None) -> bool:
        return (self._carried(contact) or None) == external_id

    def _arrives(self, contact_id: str, external_id: str | None) -> bool:
        """Whether an external id that is not to be seen yet is there a moment later."""
        self._client.pause(1)
        return (self._v2(contact_id).get("externalId") or None) == external_id

    def _result(self, now: Contact, external_id: str | None, *, done: bool, harmed: bool) -> Link:
        words = (f"link_not_verified:{now.id}",) if harmed or not done else ()
        return Link(now.linked_to(external_id) if done else now, done=done, warnings=words)

    def _stop(self, contact_id: str, what: list[str]) -> None:
        self._linking.stopped = True
        logger.warning(
            "Linking contact %s changed %s; written back as far as possible, and no more contacts "
            "are linked until `zingle-sync check --probe` shows that it does no harm",
            contact_id,
            ", ".join(what),
        )
        # What seemed somebody's edit was no edit.
        for known, now in self._doubts:
            self._mend(known.id, lost(known, now, self._type_ids))
        self._doubts.clear()

    def _mend(self, contact_id: str, losses: list[Loss]) -> None:
        """Write back what v1 can; each part by itself, for any may be refused."""
        for method, arguments in (loss.mend for loss in losses if loss.mend is not None):
            try:
                getattr(self._client, method)(self._service_id, contact_id, *arguments)
            except ZingleError as error:
                logger.warning("Writing back failed: %s", error)


def _not_linked(contact: Contact, reason: str) -> Link:
    return Link(contact, done=False, warnings=(f"not_linked:{reason}",))


def _refuse_taken(contact: Contact, present: str | None) -> None:
    if present is not None and present != contact.external_id:
        raise TakenError(contact.id, str(present))
