"""Who is this in Zingle? The decision table, as a pure function returning a value.

`decide` never guesses: what it cannot tell apart it refuses, with the ids of the contacts.
A new reason for a skip goes here, its word into `zingle_sync.outcomes.words`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_zingle.decided.decisions import (
    Create,
    Decision,
    MarkDeleted,
    Match,
    Policy,
    Reject,
    Relink,
    Skip,
    Unlink,
)
from target_zingle.known.contact import PENDING
from target_zingle.known.lineage import successor_of
from target_zingle.wanted.keys import EMAIL, PHONE
from zingle_sync.identity import external_id_key, find_salesforce_id, same_external_id, sobject_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.known.candidates import Candidates
    from target_zingle.known.contact import Contact
    from target_zingle.wanted.keys import Key
    from target_zingle.wanted.person import Person
    from zingle_sync.outcomes import MatchedOn

_OPTED_IN = frozenset({None, "opted-in", "opted_in"})


def decide(
    person: Person, candidates: Candidates, policy: Policy, gone: Mapping[str, str | None]
) -> Decision:
    """Decide what becomes of one record, given the contacts behind all of its keys."""
    case = _Case(person, candidates, policy, gone)
    if person.fate != "living":
        return case.departed()
    decision = case.living()
    match decision:
        case Create() if policy.sync_mode == "update_only":
            return Skip("no_match")
        case Match(contact=contact) if policy.sync_mode == "create_only":
            return Skip("already_exists", contact.id)
        case Match(contact=contact) if policy.on_locked == "skip" and policy.locks(contact):
            return Skip("locked", contact.id)
        case _:
            return decision


@dataclass(frozen=True, slots=True)
class _Case:
    """One row to be decided; see `decide`."""

    person: Person
    candidates: Candidates
    policy: Policy
    gone: Mapping[str, str | None]

    def living(self) -> Decision:
        person, policy = self.person, self.policy
        own = {contact.id: contact for contact in self.candidates.external}
        for contact in self.candidates.holders(person.keys).values():
            # Met by phone, yet it carries our id, perhaps in 15 characters.
            if same_external_id(contact.external_id, person.identity):
                own[contact.id] = contact
        if len(own) > 1:
            return _duplicate(own)
        if own:
            return self._update(*own.values())
        if self.candidates.predecessors:
            return self._inherited()
        usable = [
            key for key in person.match_keys if not (key[0] == PHONE and policy.phones_masked)
        ]
        leave_out, warnings = self._elsewhere(None)
        for kind in policy.match_keys:
            hits = self.candidates.holders(key for key in usable if key[0] == kind)
            if hits:
                return self._matched("phone" if kind == PHONE else "email", list(hits.values()))
        if not set(usable) - leave_out:
            return Reject("no_usable_key", "no usable phone or e-mail, and not linked yet")
        return Create(leave_out, warnings)

    def _update(self, contact: Contact) -> Decision:
        leave_out, warnings = self._elsewhere(contact)
        if warnings and self.policy.on_channel_conflict == "reject":
            holders = [
                key for key in self.candidates.holders(self.person.keys) if key != contact.id
            ]
            return Reject(
                "channel_conflict", "a channel belongs to another contact", tuple(holders)
            )
        locked = self.policy.locks(contact)
        return Match(contact, "external_id", None, leave_out, locked, warnings)

    def _matched(self, matched_on: MatchedOn, hits: list[Contact]) -> Decision:
        contacts = self._narrow(hits)
        if len(contacts) > 1:
            told = "several contacts share the keys, and neither e-mail nor name tells them apart"
            return Reject("ambiguous", told, tuple(contact.id for contact in contacts))
        (contact,) = contacts
        if (holder := self._holder(contact)) is not None:
            return self._taken(contact, holder, matched_on)
        previous = external_id_key(contact.external_id or "")
        if self.gone.get(previous) is not None:
            matched_on = _relinked(previous)
        return self._match(contact, matched_on)

    def _inherited(self) -> Decision:
        """Records that became this one had contacts: the person goes on with theirs."""
        contacts = self._narrow(list(self.candidates.predecessors))
        if len(contacts) > 1:
            told = "several records became this one, and each has a contact"
            return Reject("ambiguous", told, tuple(contact.id for contact in contacts))
        (contact,) = contacts
        return self._match(contact, _relinked(contact.external_id or ""))

    def _match(self, contact: Contact, matched_on: MatchedOn) -> Match:
        leave_out, warnings = self._elsewhere(contact)
        link = None
        if self.policy.link_by_v2 and self.policy.link_matched:
            link = self.person.external_id
        if link is not None and (reason := unlinkable(contact, self.policy)) is not None:
            link, warnings = None, (*warnings, f"not_linked:{reason}")
        locked = self.policy.locks(contact)
        return Match(contact, matched_on, link, leave_out, locked, warnings)

    def _taken(self, contact: Contact, holder: str, kind: MatchedOn) -> Decision:
        """The contact is somebody else's who is still there."""
        if holder == contact.external_id and find_salesforce_id(holder) is None:
            return Skip("already_linked", contact.id)
        if self.policy.on_shared_phone == "reject":
            told = "the channel belongs to another record"
            return Reject("shared_channel", told, (contact.id,))
        return Skip("shared_channel", contact.id, (f"shared_{kind}:{holder}",))

    def _holder(self, contact: Contact) -> str | None:
        """The record whose contact this is, unless it is the person's, or gone."""
        for holder in (contact.external_id, self.candidates.claimed.get(contact.id)):
            if holder is None or same_external_id(holder, self.person.identity):
                continue
            is_gone, heir = successor_of(external_id_key(holder), self.gone)
            if not is_gone or heir not in {None, self.person.identity}:
                return holder
        return None

    def _narrow(self, hits: list[Contact]) -> list[Contact]:
        """Tell several contacts apart: by e-mail, then by exact name; never by their order."""
        if len(hits) == 1:
            return hits
        by_email = self.candidates.holders((EMAIL, address) for address in self.person.emails)
        narrowed = [contact for contact in hits if contact.id in by_email] or hits
        if len(narrowed) > 1 and (name := _full_name(*self.person.name)):
            narrowed = [
                contact
                for contact in narrowed
                if _full_name(contact.first_name, contact.last_name) == name
            ] or narrowed
        return narrowed

    def _elsewhere(self, contact: Contact | None) -> tuple[frozenset[Key], tuple[str, ...]]:
        """The person's channels that other contacts hold, and the warnings that say so."""
        keys: set[Key] = set()
        warnings: dict[str, None] = {}
        for key in self.person.keys:
            for other in self.candidates.by_key.get(key, ()):
                if contact is None or other.id != contact.id:
                    keys.add(key)
                    word = "channel_conflict" if key[0] == PHONE else "email_belongs_to"
                    warnings[f"{word}:{other.id}"] = None
        return frozenset(keys), tuple(warnings)

    def departed(self) -> Decision:
        """A converted, merged or deleted record: its contact follows, or stays as it is."""
        nothing = "converted" if self.person.fate == "converted" else "deleted_in_source"
        external = {contact.id: contact for contact in self.candidates.external}
        if not external:
            return Skip(nothing)
        if len(external) > 1:
            return _duplicate(external)
        (contact,) = external.values()
        if self.person.successor is None:
            return self._deleted(contact) if nothing != "converted" else Skip(nothing, contact.id)
        return self._pass_on(contact, self.person.successor, nothing)

    def _pass_on(self, contact: Contact, heir: str | None, nothing: str) -> Decision:
        """The record became another one, and its contact follows."""
        if heir is not None and heir in self.gone:
            _, heir = successor_of(heir, self.gone)
        if heir is None:
            return Skip("deleted_in_source", contact.id)
        rivals = {other.id for other in self.candidates.successor} - {contact.id}
        if any(not rival.startswith(PENDING) for rival in rivals):
            return Skip("merge_needed", contact.id)
        if self.policy.link_by_v2 and (reason := unlinkable(contact, self.policy)) is not None:
            return Skip(nothing, contact.id, (f"not_linked:{reason}",))
        how: MatchedOn = "relink_conversion" if nothing == "converted" else "relink_merge"
        return Relink(contact, heir, how)

    def _deleted(self, contact: Contact) -> Decision:
        action, _, label = self.policy.on_source_delete.partition(":")
        if action == "unlink":
            if self.policy.link_by_v2 and (reason := unlinkable(contact, self.policy)) is not None:
                return Skip("deleted_in_source", contact.id, (f"not_linked:{reason}",))
            return Unlink(contact)
        if action == "label" and label:
            return MarkDeleted(contact, label)
        return Skip("deleted_in_source", contact.id)


def unlinkable(contact: Contact, policy: Policy) -> str | None:
    """Why a contact must not be linked now.

    Once PATCH has shown that it writes the external id and nothing else, everybody may be.
    """
    linking = policy.linking
    if linking.stopped:
        return "stopped"
    if linking.patch == "safe":
        return "locked" if linking.locks_refuse and policy.locks(contact) else None
    return protection(contact, policy)


def protection(contact: Contact, policy: Policy) -> str | None:
    """What must not be lost in a contact, least of all an opt-out; None for an ordinary one."""
    if policy.locks(contact):
        return "locked"
    if contact.blocked:
        return "blocked"
    if contact.masked:
        # A whole record, as read, would be written back with its phones cut short.
        return "masked"
    if contact.optin_status not in _OPTED_IN:
        return "opted_out"
    return None


def _duplicate(contacts: Mapping[str, Contact]) -> Reject:
    told = "several contacts carry the external id"
    return Reject("duplicate_external_id", told, tuple(contacts))


def _full_name(first: str | None, last: str | None) -> str:
    text = " ".join(part for part in (first, last) if part)
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _relinked(previous: str) -> MatchedOn:
    record = find_salesforce_id(previous)
    is_lead = record is not None and sobject_of(record) == "Lead"
    return "relink_conversion" if is_lead else "relink_merge"
