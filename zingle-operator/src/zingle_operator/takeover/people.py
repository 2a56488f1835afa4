"""Whose contacts the vendor left behind: who is linked, doubled, left out, or half written. Pure.

What our matching says of each person is the target's own outcome, of a dry run over everybody;
here it is laid beside the contacts as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_zingle.wanted.types import LONGEST_TEXT, TargetKind, target_field
from target_zingle.wanted.values import is_blank
from zingle_sync.identity import external_id_key, find_salesforce_id, same_external_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_zingle.known.contact import Contact

SAMPLES = 5
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_GONE = frozenset({"deleted_in_source", "converted", "merge_needed", "superseded", "filtered"})
_HOLDERS = frozenset({"channel_conflict", "email_belongs_to"})
_DOUBLES = frozenset({"duplicate_external_id", "ambiguous"})


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of a contact while all are read.

    Attributes:
        blank: Ids of the mapped fields in which it holds nothing.
        full: Ids of the mapped fields whose text is as long as any can be.
    """

    id: str
    external_id: str | None
    blank: frozenset[str] = frozenset()
    full: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """How many, and some of them by id."""

    word: str
    count: int
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubled:
    """A person with several contacts."""

    person: str
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Contacts and people, laid beside each other.

    Attributes:
        external_ids: Whose external ids are on the contacts.
        matched_on: How many people our matching finds, by key.
        outcomes: What a first run of ours would do, by kind.
        would_create: By stream.
        doubled: People with several contacts.
        left_out: Living people whom no contact carries, by what our matching says of them.
        unticked: Boolean fields that were never written, by name.
        cut: Text fields whose value was cut, by name.
    """

    contacts: int
    people: int
    external_ids: tuple[Group, ...] = ()
    matched_on: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    would_create: tuple[Group, ...] = ()
    doubled: tuple[Doubled, ...] = ()
    left_out: tuple[Group, ...] = ()
    unticked: tuple[Group, ...] = ()
    cut: tuple[Group, ...] = ()


def held(contact: Contact, watched: Iterable[str]) -> Held:
    """A contact cut down; `watched` are the ids of the mapped fields."""
    values = {key: contact.values[key].value for key in watched if key in contact.values}
    return Held(
        contact.id,
        contact.external_id,
        frozenset(key for key in watched if is_blank(values.get(key))),
        frozenset(
            key
            for key, value in values.items()
            if isinstance(value, str) and len(value) == LONGEST_TEXT
        ),
    )


def laid_beside(
    contacts: Sequence[Held],
    rows: Sequence[Mapping[str, Any]],
    fields: Sequence[Mapping[str, Any]],
) -> People:
    """Lay what our matching says of everybody beside the contacts as they are.

    Args:
        contacts: Every contact of the service.
        rows: Outcomes of a dry run over everybody, one per record.
        fields: v1 definitions of the mapped contact fields.
    """
    living = [row for row in rows if row["reason"] not in _GONE]
    owners = {external_id_key(one.external_id): one for one in contacts if one.external_id}
    return People(
        contacts=len(contacts),
        people=len(living),
        external_ids=_external_ids(contacts, {row["source_key"] for row in rows}),
        matched_on=dict(_counted(row["matched_on"] for row in living)),
        outcomes=dict(Counter(row["outcome"] for row in living).most_common()),
        would_create=_groups(
            (row["stream"], row["source_key"]) for row in living if row["outcome"] == "would_create"
        ),
        doubled=tuple(_doubled(living, contacts)),
        left_out=_groups(
            (_why(row), row["source_key"])
            for row in living
            if external_id_key(row["source_key"]) not in owners
        ),
        unticked=_unticked(rows, contacts, fields),
        cut=_cut(rows, contacts, fields),
    )


def _counted(words: Iterable[str]) -> list[tuple[str, int]]:
    return [(word, n) for word, n in Counter(words).most_common() if word != "none"]


def _groups(entries: Iterable[tuple[str, str]]) -> tuple[Group, ...]:
    found: dict[str, list[str]] = {}
    for word, record in entries:
        found.setdefault(word, []).append(record)
    ranked = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(Group(word, len(ids), tuple(ids[:SAMPLES])) for word, ids in ranked)


def _external_ids(contacts: Sequence[Held], known: set[str]) -> tuple[Group, ...]:
    keys = {external_id_key(record) for record in known}

    def whose(contact: Held) -> str:
        if contact.external_id is None:
            return "none"
        record = find_salesforce_id(contact.external_id)
        if external_id_key(contact.external_id) in keys or record in keys:
            return "people of this org"
        if record is not None:
            return "Salesforce ids of nobody here"
        return "ids of other systems"

    return _groups((whose(contact), contact.id) for contact in contacts)


def _doubled(rows: Sequence[Mapping[str, Any]], contacts: Sequence[Held]) -> Iterable[Doubled]:
    """People of whom several contacts are known, none of them another living person's."""
    by_id = {contact.id: contact for contact in contacts}
    living = {external_id_key(row["source_key"]) for row in rows}
    for row in rows:
        own = external_id_key(row["source_key"])
        warnings = [warning.partition(":") for warning in row["warnings"] or ()]
        ids = [detail for word, _, detail in warnings if word in _HOLDERS]
        if row["reason"] in _DOUBLES:
            ids += _UUID.findall(row["error_message"] or "")
        found = [contact_id for contact_id in (row["target_id"], *ids) if contact_id in by_id]
        theirs = [
            contact_id
            for contact_id in dict.fromkeys(found)
            if (key := external_id_key(by_id[contact_id].external_id or "")) == own
            or key not in living
        ]
        if len(theirs) > 1:
            yield Doubled(row["source_key"], tuple(theirs))


def _why(row: Mapping[str, Any]) -> str:
    """Why the vendor may have left somebody out, as our matching sees it."""
    locked = any(word.startswith("not_linked:locked") for word in row["warnings"] or ())
    match row["outcome"]:
        case "would_create":
            return "no contact has their phone or e-mail: one would be created"
        case "skipped" | "rejected":
            return f"left out by us as well: {row['outcome']}, {row['reason']}"
        case _ if locked:
            return "their contact is there, and locked by another system"
        case _ if row["matched_on"] not in {"phone", "email"}:
            return "their contact carries the id of a record that became theirs"
        case _:
            return f"their contact is there (found by {row['matched_on']}), and carries no id"


def _matched(
    rows: Sequence[Mapping[str, Any]], contacts: Sequence[Held]
) -> Iterable[tuple[Mapping[str, Any], Held]]:
    """People with the contact that already carries their id: whom the vendor has written."""
    by_id = {contact.id: contact for contact in contacts}
    for row in rows:
        contact = by_id.get(row["target_id"] or "")
        if contact is not None and same_external_id(contact.external_id, row["source_key"]):
            yield row, contact


def _unticked(
    rows: Sequence[Mapping[str, Any]],
    contacts: Sequence[Held],
    fields: Sequence[Mapping[str, Any]],
) -> tuple[Group, ...]:
    targets = [target_field(one) for one in fields]
    boxes = [one for one in targets if one.kind is TargetKind.BOOLEAN]
    return _groups(
        (box.name, contact.id)
        for row, contact in _matched(rows, contacts)
        for box in boxes
        if box.name in (row["changed_fields"] or ()) and box.id in contact.blank
    )


def _cut(
    rows: Sequence[Mapping[str, Any]],
    contacts: Sequence[Held],
    fields: Sequence[Mapping[str, Any]],
) -> tuple[Group, ...]:
    texts = [target_field(one) for one in fields]
    return _groups(
        (text.name, contact.id)
        for row, contact in _matched(rows, contacts)
        for text in texts
        if f"truncated:{text.id}" in (row["warnings"] or ()) and text.id in contact.full
    )
