"""Who is this in Zingle? The decision table, as a pure function returning a value.

`decide` never guesses: what it cannot tell apart it refuses, with the ids of the contacts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from target_zingle.contacts import EMAIL, PHONE
from zingle_sync.identity import find_salesforce_id, same_record, sobject_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_zingle.contacts import Known
    from target_zingle.people import Key, Person
    from zingle_sync.outcomes import MatchedOn

EXTERNAL_ID = "external_id"
_OPTED_IN = frozenset({None, "opted-in", "opted_in"})


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that decide.

    Attributes:
        match_keys: `external_id`, `phone`, `email`, in order.
        link_by_v2: Whether links are written as Zingle's own external id (else a contact field).
        phones_masked: Zingle shows phones incompletely, so that they say nothing.
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

    def locks(self, contact: Known) -> bool:
        """Whether a contact is locked by a source that is not ours."""
        return contact.locked_by is not None and contact.locked_by not in self.own_sources


@dataclass(frozen=True, slots=True)
class Found:
    """The contacts that a person's keys lead to.

    Attributes:
        external: Contacts that carry the person's own external id.
        by_key: Contacts by channel key; channel values are unique in a service, yet old data
            may hold the same number in several forms.
        successor: Contacts that carry the external id of the record that this one became.
        predecessors: Contacts of records that became this one.
    """

    external: tuple[Known, ...] = ()
    by_key: Mapping[Key, tuple[Known, ...]] = field(default_factory=dict)
    successor: tuple[Known, ...] = ()
    predecessors: tuple[Known, ...] = ()

    def holders(self, keys: Iterable[Key]) -> dict[str, Known]:
        """Distinct contacts that hold any of the keys, in the keys' order."""
        return {contact.id: contact for key in keys for contact in self.by_key.get(key, ())}


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody in Zingle is this person."""

    leave_out: frozenset[Key] = frozenset()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """This contact is the person.

    Attributes:
        contact: The contact.
        matched_on: The key that found it.
        link: External id to write to it, None where there is nothing to write.
        leave_out: Channels that belong to other contacts and stay there.
        locked: Names and channels must not be touched.
        warnings: Words for the outcome.
    """

    contact: Known
    matched_on: MatchedOn
    link: str | None = None
    leave_out: frozenset[Key] = frozenset()
    locked: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relink:
    """The record became another one; its contact follows."""

    contact: Known
    external_id: str
    matched_on: MatchedOn


@dataclass(frozen=True, slots=True)
class Unlink:
    """The record was deleted, and its contact shall forget it."""

    contact: Known


@dataclass(frozen=True, slots=True)
class MarkDeleted:
    """The record was deleted, and its contact shall carry a label."""

    contact: Known
    label: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is to be done, and that is right."""

    reason: str
    contact_id: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """Somebody has to look at it; ``contacts`` are ids."""

    reason: str
    message: str
    contacts: tuple[str, ...] = ()


Decision = Create | Match | Relink | Unlink | MarkDeleted | Skip | Reject


def successor_of(salesforce_id: str, gone: Mapping[str, str | None]) -> tuple[bool, str | None]:
    """Follow merges and conversions that this run's rows told of.

    Args:
        salesforce_id: 18 characters.
        gone: Successor by the id of each record that is gone; None for plainly deleted ones.

    Returns:
        Whether the record is gone, and the living record that it became, if any.
    """
    seen: set[str] = set()
    current: str | None = salesforce_id
    while current is not None and current in gone and current not in seen:
        seen.add(current)
        current = gone[current]
    # A circle of merges has no living end.
    return bool(seen), None if current in seen else current


def decide(
    person: Person, found: Found, policy: Policy, gone: Mapping[str, str | None]
) -> Decision:
    """Decide what becomes of one record.

    Args:
        person: The record.
        found: The contacts behind all of its keys.
        policy: The settings.
        gone: See `successor_of`.
    """
    if person.fate != "living":
        return _departed(person, found, policy, gone)
    decision = _living(person, found, policy, gone)
    match decision:
        case Create() if policy.sync_mode == "update_only":
            return Skip("no_match")
        case Match(contact=contact) if policy.sync_mode == "create_only":
            return Skip("already_exists", contact.id)
        case Match(contact=contact) if policy.on_locked == "skip" and policy.locks(contact):
            return Skip("locked", contact.id)
        case _:
            return decision


def _living(
    person: Person, found: Found, policy: Policy, gone: Mapping[str, str | None]
) -> Decision:
    own = {contact.id: contact for contact in found.external}
    for contact in found.holders(person.keys).values():
        # Found by phone, yet it carries our id in another form, such as 15 characters.
        if same_record(contact.external_id, person.identity):
            own[contact.id] = contact
    if len(own) > 1:
        return Reject("duplicate_external_id", "several contacts carry the external id", tuple(own))
    if own:
        (contact,) = own.values()
        return _update(person, contact, found, policy)
    if found.predecessors:
        return _inherited(person, found, policy)
    usable = [
        key
        for key in person.match_keys
        if key[0] in policy.match_keys and not (key[0] == PHONE and policy.phones_masked)
    ]
    if not usable:
        return Reject("no_usable_key", "no usable phone or e-mail, and not linked yet")
    for kind in policy.match_keys:
        hits = found.holders(key for key in usable if key[0] == kind)
        if hits:
            return _matched(person, kind, found, policy, gone, hits=list(hits.values()))
    return Create(
        leave_out=_elsewhere(person, None, found),
        warnings=_conflicts(person, None, found),
    )


def _update(person: Person, contact: Known, found: Found, policy: Policy) -> Decision:
    conflicts = _conflicts(person, contact, found)
    if conflicts and policy.on_channel_conflict == "reject":
        holders = _others(person, contact, found)
        return Reject("channel_conflict", "a channel belongs to another contact", tuple(holders))
    return Match(
        contact,
        "external_id",
        leave_out=_elsewhere(person, contact, found),
        locked=policy.locks(contact),
        warnings=conflicts,
    )


def _matched(  # noqa: PLR0913 - the row of the decision table
    person: Person,
    kind: str,
    found: Found,
    policy: Policy,
    gone: Mapping[str, str | None],
    *,
    hits: list[Known],
) -> Decision:
    candidates = _narrow(person, hits, found)
    if len(candidates) > 1:
        return Reject(
            "ambiguous",
            "several contacts share the keys, and neither e-mail nor name tells them apart",
            tuple(contact.id for contact in candidates),
        )
    contact = candidates[0]
    if not _may_take(person, contact, gone):
        return _taken(contact, policy)
    matched_on: MatchedOn = "phone" if kind == PHONE else "email"
    previous = find_salesforce_id(contact.external_id)
    if previous is not None and gone.get(previous) is not None:
        matched_on = _relinked(previous)
    link, not_linked = _link(person, contact, policy)
    return Match(
        contact,
        matched_on,
        link=link,
        leave_out=_elsewhere(person, contact, found),
        locked=policy.locks(contact),
        warnings=(*_conflicts(person, contact, found), *not_linked),
    )


def _inherited(person: Person, found: Found, policy: Policy) -> Decision:
    """Records that became this one had contacts: the person goes on with theirs."""
    candidates = _narrow(person, list(found.predecessors), found)
    if len(candidates) > 1:
        return Reject(
            "ambiguous",
            "several records became this one, and each has a contact",
            tuple(contact.id for contact in candidates),
        )
    contact = candidates[0]
    link, not_linked = _link(person, contact, policy)
    return Match(
        contact,
        _relinked(find_salesforce_id(contact.external_id) or ""),
        link=link,
        leave_out=_elsewhere(person, contact, found),
        locked=policy.locks(contact),
        warnings=(*_conflicts(person, contact, found), *not_linked),
    )


def _taken(contact: Known, policy: Policy) -> Decision:
    """The contact is linked to somebody else who is still there."""
    if find_salesforce_id(contact.external_id) is None and contact.external_id is not None:
        return Skip("already_linked", contact.id)
    if policy.on_shared_phone == "reject":
        return Reject("shared_channel", "the channel belongs to another record", (contact.id,))
    return Skip("shared_channel", contact.id, warnings=(f"shared_phone:{contact.external_id}",))


def _may_take(person: Person, contact: Known, gone: Mapping[str, str | None]) -> bool:
    """Whether a contact is nobody's, or belonged to a record that is gone or became this one."""
    if contact.external_id is None:
        return True
    previous = find_salesforce_id(contact.external_id)
    if previous is None:
        return False
    is_gone, heir = successor_of(previous, gone)
    return is_gone and heir in {None, person.salesforce_id}


def _narrow(person: Person, hits: list[Known], found: Found) -> list[Known]:
    """Tell several contacts apart: by e-mail, then by exact name; never by their order."""
    if len(hits) == 1:
        return hits
    by_email = found.holders((EMAIL, address) for address in person.emails)
    narrowed = [contact for contact in hits if contact.id in by_email] or hits
    if len(narrowed) > 1:
        name = _full_name(
            *(
                next((str(w.value) for w in person.writes if w.target.v2_key == key), None)
                for key in ("firstName", "lastName")
            )
        )
        same = [c for c in narrowed if name and _full_name(c.first_name, c.last_name) == name]
        narrowed = same or narrowed
    return narrowed


def _full_name(first: str | None, last: str | None) -> str:
    text = " ".join(part for part in (first, last) if part)
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _link(person: Person, contact: Known, policy: Policy) -> tuple[str | None, tuple[str, ...]]:
    """The external id to write, and a warning where linking is not allowed."""
    if person.external_id is None or not policy.link_by_v2 or not policy.link_matched:
        return None, ()
    if (reason := unlinkable(contact, policy)) is not None:
        return None, (f"not_linked:{reason}",)
    return person.external_id, ()


def unlinkable(contact: Known, policy: Policy) -> str | None:
    """Why a contact must not be written as a whole: nothing may be lost, least an opt-out."""
    if policy.locks(contact):
        return "locked"
    if contact.blocked:
        return "blocked"
    if contact.masked:
        # The record as read would be written back with its phones cut short.
        return "masked"
    if contact.optin_status not in _OPTED_IN:
        return "opted_out"
    return None


def _others(person: Person, contact: Known | None, found: Found) -> dict[str, Known]:
    holders = found.holders(person.keys)
    return {key: other for key, other in holders.items() if contact is None or key != contact.id}


def _elsewhere(person: Person, contact: Known | None, found: Found) -> frozenset[Key]:
    """The person's channels that other contacts hold."""
    return frozenset(
        key
        for key in person.keys
        if any(contact is None or other.id != contact.id for other in found.by_key.get(key, ()))
    )


def _conflicts(person: Person, contact: Known | None, found: Found) -> tuple[str, ...]:
    words: dict[str, None] = {}
    for key in person.keys:
        for other in found.by_key.get(key, ()):
            if contact is None or other.id != contact.id:
                word = "channel_conflict" if key[0] == PHONE else "email_belongs_to"
                words.setdefault(f"{word}:{other.id}")
    return tuple(words)


def _relinked(previous: str) -> MatchedOn:
    return "relink_conversion" if sobject_of(previous) == "Lead" else "relink_merge"


def _departed(
    person: Person, found: Found, policy: Policy, gone: Mapping[str, str | None]
) -> Decision:
    """A converted, merged or deleted record: its contact follows, or stays as it is."""
    nothing = "converted" if person.fate == "converted" else "deleted_in_source"
    if len(found.external) > 1:
        return Reject(
            "duplicate_external_id",
            "several contacts carry the external id",
            tuple(contact.id for contact in found.external),
        )
    if not found.external:
        return Skip(nothing)
    (contact,) = found.external
    if person.successor is not None:
        return _inherit(person, contact, found, policy, gone)
    if person.fate == "deleted":
        return _deleted(contact, policy)
    return Skip(nothing, contact.id)


def _inherit(
    person: Person,
    contact: Known,
    found: Found,
    policy: Policy,
    gone: Mapping[str, str | None],
) -> Decision:
    _, heir = successor_of(person.successor or "", gone)
    if person.successor not in gone:
        heir = person.successor
    if heir is None:
        return Skip("deleted_in_source", contact.id)
    if any(other.id != contact.id for other in found.successor):
        return Skip("merge_needed", contact.id)
    if policy.link_by_v2 and (reason := unlinkable(contact, policy)) is not None:
        return Skip(
            "converted" if person.fate == "converted" else "deleted_in_source",
            contact.id,
            warnings=(f"not_linked:{reason}",),
        )
    previous = person.salesforce_id or ""
    external_id = (person.external_id or "").replace(previous, heir) if previous else heir
    return Relink(
        contact,
        external_id,
        "relink_conversion" if person.fate == "converted" else "relink_merge",
    )


def _deleted(contact: Known, policy: Policy) -> Decision:
    action, _, label = policy.on_source_delete.partition(":")
    if action == "unlink":
        if policy.link_by_v2 and (reason := unlinkable(contact, policy)) is not None:
            return Skip("deleted_in_source", contact.id, warnings=(f"not_linked:{reason}",))
        return Unlink(contact)
    if action == "label" and label:
        return MarkDeleted(contact, label)
    return Skip("deleted_in_source", contact.id)
