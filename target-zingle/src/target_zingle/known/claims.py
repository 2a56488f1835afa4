"""Whose the contacts are that could not be linked, as runs settled it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zingle_sync.outcomes.masking import mask_key

if TYPE_CHECKING:
    from collections.abc import Mapping

# The name of the fact that keeps them.
CLAIMS = "claims"
MOST = 10_000


@dataclass(slots=True)
class Claims:
    """Contacts by the record that has them without a link; nothing in Zingle remembers that.

    A record has one such contact at most. Keys that are a phone or an e-mail are not kept.
    """

    _contacts: dict[str, str] = field(default_factory=dict)
    _holders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: object) -> Claims:
        """What earlier runs stored."""
        claims = cls()
        for record, contact_id in stored.items() if isinstance(stored, dict) else ():
            claims.note(str(record), str(contact_id))
        return claims

    def stored(self) -> Mapping[str, Any]:
        """As JSON."""
        return dict(self._contacts)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._contacts)

    def holder(self, contact_id: str) -> str | None:
        """The record that has a contact."""
        return self._holders.get(contact_id)

    def contact_of(self, record: str) -> str | None:
        """The contact that a record has."""
        return self._contacts.get(record)

    def note(self, record: str, contact_id: str) -> None:
        """A record has this contact, and no other one without a link."""
        self.drop(record)
        if (before := self._holders.get(contact_id)) is not None:
            self.drop(before)
        if len(self._contacts) < MOST and mask_key(record) == record:
            self._contacts[record] = contact_id
            self._holders[contact_id] = record

    def drop(self, record: str) -> None:
        """A record has no contact any more, or is linked to it."""
        if (contact_id := self._contacts.pop(record, None)) is not None:
            self._holders.pop(contact_id, None)

    def pass_on(self, record: str, heir: str | None) -> None:
        """A record is gone; who it became, if anybody, has its contact."""
        contact_id = self._contacts.get(record)
        self.drop(record)
        if contact_id is not None and heir is not None and heir not in self._contacts:
            self.note(heir, contact_id)
