"""Whose conversation is it: a pure decision about one person of Salesforce, or none.

A link on the Zingle contact decides first and is never second-guessed; without a link, phone and
e-mail may find exactly one person. Nobody is ever created.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from target_salesforce_activity.searches import KINDS, Kind, is_found_by, phone_patterns
from zingle_sync.identity import (
    NotUnderstood,
    Phone,
    find_salesforce_id,
    normalise_email,
    parse_phone,
    parse_phones,
    phone_forms,
    phone_region,
    sobject_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from target_salesforce_activity.days import Day


SyncTo = Literal["contacts", "leads", "both"]
FollowedBy = Literal["external_id", "relink_merge", "relink_conversion"]
LONGEST_CHAIN = 10
# Zingle may hide digits of phones from this user: such a phone is no key.
WHOLE_PHONE = re.compile(r"\+?[\d\s().-]{7,}")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What Salesforce tells about a linked id.

    Attributes:
        id: 18-character id.
        sobject: Kind of the row; an Account is a person account.
        deleted: Whether it is in the recycle bin.
        next_id: Who it became: the winner of a merge, the Contact of a converted Lead or of a
            person account.
    """

    id: str
    sobject: Literal["Contact", "Lead", "Account"]
    deleted: bool = False
    next_id: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """The Task belongs to this person."""

    who_id: str
    matched_on: FollowedBy | Literal["phone", "email"]


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody, or nobody that may be used; `candidates` are the ids of an ambiguous match."""

    reason: Literal["unmatched", "ambiguous", "excluded_by_sync_to"]
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """This id has to be read first."""

    id: str


Person = Matched | Nobody


@dataclass(frozen=True, slots=True)
class Keys:
    """What a contact without a link can be found by."""

    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self.phones or self.emails)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of Salesforce that a search brought up, with the raw text of its fields.

    Attributes:
        country: The person's, `None` where its fields are empty. What nobody understands, or may
            read, is no reason to take the country of the guest.
    """

    id: str
    kind: Kind
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    country: str | NotUnderstood | None = None


def link_of(day: Day) -> str | None:
    """The 18-character id of the linked person; ids of other objects don't count."""
    found = find_salesforce_id(day.external_id)
    return found if found and sobject_of(found) in {"Contact", "Lead", "Account"} else None


def organization_of(day: Day) -> str | None:
    """The 18-character id of the org that the link names beside the record, if it does.

    Where several orgs share a service, links look like `{org_id}:{id}`, with any sign between.
    """
    parts = re.split(r"[^0-9A-Za-z]+", day.external_id or "")
    ids = (find_salesforce_id(part) for part in parts)
    return next((found for found in ids if found and sobject_of(found) == "Organization"), None)


def follow_link(
    link: str, rows: Mapping[str, PersonRow | None], sync_to: SyncTo
) -> Person | Unread:
    """Follow a link through merges and conversions to the person it means today.

    Args:
        link: 18-character id on the Zingle contact.
        rows: What was read so far by id; `None` for ids that Salesforce does not know.
        sync_to: Which kinds may get Tasks.

    Returns:
        The decision, or the next id that must be read first.
    """
    current = link
    how: FollowedBy = "external_id"
    for _ in range(LONGEST_CHAIN):
        if current not in rows:
            return Unread(current)
        row = rows[current]
        if row is None or not row.next_id:
            return _end_of_chain(row, how, sync_to)
        if row.sobject != "Account":
            how = "relink_merge" if row.deleted else "relink_conversion"
        current = row.next_id
    return Nobody("unmatched")


def _end_of_chain(row: PersonRow | None, how: FollowedBy, sync_to: SyncTo) -> Person:
    if row is None or row.deleted or row.sobject == "Account":
        return Nobody("unmatched")
    if not _allowed(row.sobject, sync_to):
        return Nobody("excluded_by_sync_to", (row.id,))
    return Matched(row.id, how)


def keys_of(day: Day) -> Keys:
    """The normalised phones and e-mails of the contact; unusable ones are left out."""
    phones = (parse_phone(raw, None) for raw in day.phones if WHOLE_PHONE.fullmatch(raw))
    emails = (normalise_email(raw) for raw in day.emails)
    return Keys(
        tuple({phone.e164: phone for phone in phones if isinstance(phone, Phone)}.values()),
        tuple(dict.fromkeys(email for email in emails if isinstance(email, str))),
    )


def find_unlinked(keys: Keys, candidates: Sequence[Candidate], sync_to: SyncTo) -> Person:
    """The one person whom the keys mean.

    Contacts come before Leads. Who has both phone and e-mail comes before who has one of them.
    """
    # Worked out once: each guest is compared with everybody whom the search of a batch brings up.
    lines = [
        (phone.country, phone_forms(phone.e164), phone_patterns(phone)) for phone in keys.phones
    ]
    by_phone = [each for each in candidates if _shares_phone(each, lines)]
    by_email = [each for each in candidates if _shares_email(each, keys.emails)]
    excluded = False
    for kind in KINDS:
        phone_ids = {each.id for each in by_phone if each.kind == kind}
        email_ids = {each.id for each in by_email if each.kind == kind}
        found = (phone_ids & email_ids) or (phone_ids | email_ids)
        if not found:
            continue
        if not _allowed(kind, sync_to):
            excluded = True
            continue
        if len(found) > 1:
            return Nobody("ambiguous", tuple(sorted(found)))
        who_id = found.pop()
        return Matched(who_id, "phone" if who_id in phone_ids else "email")
    return Nobody("excluded_by_sync_to" if excluded else "unmatched")


def _allowed(sobject: Kind, sync_to: SyncTo) -> bool:
    return sync_to == "both" or (sync_to == "contacts") == (sobject == "Contact")


def _shares_phone(
    candidate: Candidate, lines: Iterable[tuple[str, Collection[str], Collection[str]]]
) -> bool:
    """Whether a phone of the candidate is one of these lines: country, written forms, patterns.

    A number without `+` is read with the country of the person who has it; where that is empty,
    with the guest's. A number with an extension is a switchboard's and says nothing.
    """
    return any(
        isinstance(parsed, Phone) and parsed.extension is None and phone_forms(parsed.e164) == forms
        for country, forms, patterns in lines
        for raw in candidate.phones
        if is_found_by(raw, patterns)
        for parsed in parse_phones(raw, phone_region(candidate.country, country))
    )


def _shares_email(candidate: Candidate, emails: Iterable[str]) -> bool:
    wanted = set(emails)
    return any(normalise_email(raw) in wanted for raw in candidate.emails)
