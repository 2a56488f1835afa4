"""What can be decided about a record, as values, and the settings that decide. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from target_zingle.known.linking import Linking
from target_zingle.wanted.keys import EMAIL, EXTERNAL_ID, PHONE

if TYPE_CHECKING:
    from target_zingle.known.contact import Contact
    from target_zingle.wanted.keys import Key
    from zingle_sync.outcomes import MatchedOn


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that decide.

    Attributes:
        match_keys: `external_id`, `phone`, `email`, in order.
        link_by_v2: Whether links are written as Zingle's own external id (else a contact field).
        phones_masked: Zingle shows phones incompletely, so that they say nothing.
        enforced_locks: Sources whose locks Zingle enforces for us, whatever `own_sources` says.
        linking: What is known about writing links; a run learns it as it goes.
    """

    match_keys: tuple[str, ...] = (EXTERNAL_ID, PHONE, EMAIL)
    sync_mode: Literal["upsert", "update_only", "create_only"] = "upsert"
    link_matched: bool = True
    link_by_v2: bool = True
    on_shared_phone: Literal["first_linked_wins", "reject"] = "first_linked_wins"
    on_channel_conflict: Literal["keep", "reject"] = "keep"
    on_locked: Literal["partial", "skip"] = "partial"
    own_sources: frozenset[str] = frozenset()
    on_source_delete: str = "ignore"
    phones_masked: bool = False
    enforced_locks: set[str] = field(default_factory=set)
    linking: Linking = field(default_factory=Linking)

    def locks(self, contact: Contact) -> bool:
        """Whether a contact is locked by a source that is not ours."""
        source = contact.locked_by
        ours = source in self.own_sources and source not in self.enforced_locks
        return source is not None and not ours


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody in Zingle is this person."""

    leave_out: frozenset[Key] = frozenset()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """This contact is the person.

    Attributes:
        link: External id to write to it, None where there is nothing to write.
        leave_out: Channels that belong to other contacts and stay there.
        locked: Names and channels must not be touched.
    """

    contact: Contact
    matched_on: MatchedOn
    link: str | None = None
    leave_out: frozenset[Key] = frozenset()
    locked: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relink:
    """The record became another one; its contact follows."""

    contact: Contact
    external_id: str
    matched_on: MatchedOn


@dataclass(frozen=True, slots=True)
class Unlink:
    """The record was deleted, and its contact shall forget it."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class MarkDeleted:
    """The record was deleted, and its contact shall carry a label."""

    contact: Contact
    label: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is to be done, and that is right."""

    reason: str
    contact_id: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """Somebody has to look at it; `contacts` are ids."""

    reason: str
    message: str
    contacts: tuple[str, ...] = ()


Decision = Create | Match | Relink | Unlink | MarkDeleted | Skip | Reject
