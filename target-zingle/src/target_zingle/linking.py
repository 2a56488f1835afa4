"""Writing an external id to a contact that exists: read, write, verify, mend.

Only v2 can write it, and only as part of the whole record, so nothing is taken on trust:
the contact is read before and after, compared, and the first difference ends linking.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from target_zingle.guard import Losses, compare
from target_zingle.matching import Policy, unlinkable
from target_zingle.payloads import full_record_v2
from zingle_sync.identity import same_record
from zingle_sync.zingle import ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.contacts import Known
    from target_zingle.directory import Directory
    from zingle_sync.zingle import Zingle

logger = logging.getLogger(__name__)


class TakenError(Exception):
    """The contact carries another external id by now; match again."""

    def __init__(self, contact_id: str, external_id: str) -> None:
        super().__init__(f"contact {contact_id} was linked to another record meanwhile")
        self.contact_id = contact_id
        self.external_id = external_id


@dataclass(frozen=True, slots=True)
class Linked:
    """How linking ended.

    Attributes:
        contact: The contact as it is now.
        done: Whether it carries the external id.
        warnings: Words for the outcome.
    """

    contact: Known
    done: bool
    warnings: tuple[str, ...] = ()


class Linker:
    """Links contacts of one service, until a link changes something that it should not."""

    def __init__(
        self,
        client: Zingle,
        service_id: str,
        directory: Directory,
        policy: Policy,
    ) -> None:
        self._client, self._service_id = client, service_id
        self._directory, self._policy = directory, policy
        self._first = threading.Lock()
        self._proven = False
        self.stopped = False

    def link(self, contact: Known, external_id: str | None) -> Linked:
        """Write an external id; None takes it away.

        Until one link has proven harmless, links are made one at a time.

        Raises:
            TakenError: Another external id is there by now.
        """
        if not self._proven:
            with self._first:
                return self._link(contact, external_id)
        return self._link(contact, external_id)

    def _link(self, contact: Known, external_id: str | None) -> Linked:
        if self.stopped:
            return Linked(contact, done=False, warnings=("not_linked:stopped",))
        before = self._client.contact(self._service_id, contact.id)
        fresh = self._directory.read(before)
        if (reason := unlinkable(fresh, self._policy)) is not None:
            return Linked(fresh, done=False, warnings=(f"not_linked:{reason}",))
        record = self._client.contact_v2(self._service_id, contact.id)
        present = record.get("externalId") or None
        if present == external_id or same_record(present, external_id):
            return Linked(msgspec.structs.replace(fresh, external_id=present), done=True)
        if present is not None and present != contact.external_id:
            raise TakenError(contact.id, str(present))
        self._client.replace_contact_v2(
            self._service_id, contact.id, full_record_v2(record, external_id)
        )
        after = self._client.contact(self._service_id, contact.id)
        if losses := compare(before, after):
            self.stopped = True
            logger.warning(
                "Linking contact %s changed %s; written back as far as possible, "
                "no more contacts are linked in this run",
                contact.id,
                ", ".join(losses.what),
            )
            self._mend(contact.id, losses)
            after = self._client.contact(self._service_id, contact.id)
        else:
            self._proven = True
        now = self._directory.read(after)
        done = self._shows(now, external_id)
        if done and not now.external_id_shown:
            now = msgspec.structs.replace(now, external_id=external_id)
        words = (f"link_not_verified:{contact.id}",) if losses or not done else ()
        return Linked(now, done=done, warnings=words)

    def _shows(self, contact: Known, external_id: str | None) -> bool:
        if contact.external_id_shown:
            return (contact.external_id or None) == external_id
        record = self._client.contact_v2(self._service_id, contact.id)
        return (record.get("externalId") or None) == external_id

    def _mend(self, contact_id: str, losses: Losses) -> None:
        """Write back what v1 can; each part by itself, for any may be refused."""
        client, service = self._client, self._service_id
        for field_id, body in (losses.fields or {}).items():
            self._try(lambda f=field_id, b=body: client.set_field(service, contact_id, f, b))
        for channel in losses.channels:
            body = _channel_body(channel)
            self._try(lambda b=body: client.add_channel(service, contact_id, b))
        for channel_id, change in (losses.changed_channels or {}).items():
            self._try(
                lambda i=channel_id, b=change: client.update_channel(service, contact_id, i, b)
            )
        for label in losses.labels:
            self._try(lambda i=label: client.add_label(service, contact_id, i))
        if losses.flags:
            flags = dict(losses.flags)
            self._try(lambda: client.update_contact(service, contact_id, flags))

    @staticmethod
    def _try(restore: Any) -> None:  # noqa: ANN401 - any call of the client
        try:
            restore()
        except ZingleError as error:
            logger.warning("Writing back failed: %s", error)


def _channel_body(channel: Mapping[str, Any]) -> dict[str, Any]:
    body = {
        "channel_type_id": (channel.get("channel_type") or {}).get("id"),
        "value": channel.get("value"),
    }
    for key in ("country", "display_name", "is_default", "is_default_for_type"):
        if channel.get(key):
            body[key] = channel[key]
    return body
