"""Writing an external id to a contact that exists: read, write, verify, mend.

Only v2 can write it, and only as part of the whole record, so nothing is taken on trust:
the contact is read before and after, compared, and the first difference ends linking.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_zingle.decided.losses import compare
from target_zingle.decided.matching import unlinkable
from target_zingle.written.payloads import full_record_v2
from zingle_sync.identity import same_external_id
from zingle_sync.zingle import ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.decided.decisions import Policy
    from target_zingle.decided.losses import Loss
    from target_zingle.known.contact import Contact
    from target_zingle.known.directory import Directory
    from target_zingle.known.remote import Remote

logger = logging.getLogger(__name__)


class TakenError(Exception):
    """The contact carries another external id by now; match again."""

    def __init__(self, contact_id: str, external_id: str) -> None:
        super().__init__(f"contact {contact_id} was linked to another record meanwhile")
        self.contact_id = contact_id
        self.external_id = external_id


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
        self._first = threading.Lock()
        self._proven = False
        self.lessons = remote.lessons

    def link(self, contact: Contact, external_id: str | None) -> Link:
        """Write an external id; None takes it away.

        Until one link has proven harmless, links are made one at a time.

        Raises:
            TakenError: Another external id is there by now.
        """
        if not self._proven:
            with self._first:
                return self._link(contact, external_id)
        return self._link(contact, external_id)

    def _link(self, contact: Contact, external_id: str | None) -> Link:
        if self.lessons.linking_stopped:
            return Link(contact, done=False, warnings=("not_linked:stopped",))
        before = self._client.contact(self._service_id, contact.id)
        fresh = self._directory.read(before)
        if (reason := unlinkable(fresh, self._policy)) is not None:
            return Link(fresh, done=False, warnings=(f"not_linked:{reason}",))
        record = self._client.contact_v2(self._service_id, contact.id)
        present = record.get("externalId") or None
        if present == external_id or same_external_id(present, external_id):
            return Link(fresh.linked_to(present), done=True)
        if present is not None and present != contact.external_id:
            raise TakenError(contact.id, str(present))
        body = full_record_v2(record, external_id)
        self._client.replace_contact_v2(self._service_id, contact.id, body)
        after: Mapping[str, Any] = self._client.contact(self._service_id, contact.id)
        losses = compare(before, after)
        if losses:
            after, losses = self._look_again(before, external_id)
        if losses:
            self.lessons.linking_stopped = True
            logger.warning(
                "Linking contact %s changed %s; written back as far as possible, "
                "no more contacts are linked until the settings change",
                contact.id,
                ", ".join(loss.what for loss in losses),
            )
            self._mend(contact.id, losses)
            after = self._client.contact(self._service_id, contact.id)
        else:
            self._proven = True
        now = self._directory.read(after)
        done = self._shows(now, external_id)
        if done and not now.external_id_shown:
            now = now.linked_to(external_id)
        words = (f"link_not_verified:{contact.id}",) if losses or not done else ()
        return Link(now, done=done, warnings=words)

    def _look_again(
        self, before: Mapping[str, Any], external_id: str | None
    ) -> tuple[Mapping[str, Any], list[Loss]]:
        """Whose change it was: reads may lag, and others write at the same time.

        Where nothing is gone, the whole record is written once more: what writing changes, it
        changes again, and what it leaves alone was somebody's edit.
        """
        client, service, contact_id = self._client, self._service_id, str(before["id"])
        later = client.contact(service, contact_id)
        losses = compare(before, later)
        if not losses or any(loss.ours for loss in losses):
            return later, losses
        body = full_record_v2(client.contact_v2(service, contact_id), external_id)
        client.replace_contact_v2(service, contact_id, body)
        last = client.contact(service, contact_id)
        return last, compare(later, last)

    def _shows(self, contact: Contact, external_id: str | None) -> bool:
        if contact.external_id_shown:
            return (contact.external_id or None) == external_id
        record = self._client.contact_v2(self._service_id, contact.id)
        return (record.get("externalId") or None) == external_id

    def _mend(self, contact_id: str, losses: list[Loss]) -> None:
        """Write back what v1 can; each part by itself, for any may be refused."""
        for method, arguments in (loss.mend for loss in losses if loss.mend is not None):
            try:
                getattr(self._client, method)(self._service_id, contact_id, *arguments)
            except ZingleError as error:
                logger.warning("Writing back failed: %s", error)
