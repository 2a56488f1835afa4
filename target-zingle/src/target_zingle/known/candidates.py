"""The contacts that a person's keys lead to. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_zingle.known.contact import Contact
    from target_zingle.wanted.keys import Key


@dataclass(frozen=True, slots=True)
class Candidates:
    """The contacts that a person's keys lead to.

    Attributes:
        external: Contacts that carry the person's own external id.
        by_key: Contacts by channel; old data may hold one number in several forms.
        successor: Contacts that carry the external id of the record that this one became.
        predecessors: Contacts of records that became this one.
        claimed: Records that have contacts of these without a link, by the contact's id.
    """

    external: tuple[Contact, ...] = ()
    by_key: Mapping[Key, tuple[Contact, ...]] = field(default_factory=dict)
    successor: tuple[Contact, ...] = ()
    predecessors: tuple[Contact, ...] = ()
    claimed: Mapping[str, str] = field(default_factory=dict)

    def holders(self, keys: Iterable[Key]) -> dict[str, Contact]:
        """Distinct contacts that hold any of the keys, in the keys' order."""
        return {contact.id: contact for key in keys for contact in self.by_key.get(key, ())}

    def ids(self, keys: Iterable[Key]) -> list[str]:
        """Ids of all of them, whoever else shares them."""
        contacts = (*self.external, *self.successor, *self.predecessors)
        return [*(contact.id for contact in contacts), *self.holders(keys)]
