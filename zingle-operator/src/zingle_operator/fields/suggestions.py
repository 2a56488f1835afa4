"""Suggest which Salesforce field goes into which Zingle field. Pure.

Whether two types may meet is target-zingle's rule; only the likeness of names is decided here.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_zingle.wanted.mapping import NAMES
from target_zingle.wanted.records import SourceField
from target_zingle.wanted.types import SourceKind, illegal_pair, may_overflow, target_field
from target_zingle.wanted.types import source_kind as kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SIMILAR = 0.85
# Their values are ids, which tell a guest's texter nothing.
IDS = frozenset({"id", "reference"})
# What Zingle lets a program create; both APIs know these (contract of the API, section 7).
CREATABLE: Mapping[SourceKind, str] = {
    SourceKind.TEXT: "string",
    SourceKind.UNKNOWN: "string",
    SourceKind.NUMBER: "number",
    SourceKind.BOOLEAN: "boolean",
    SourceKind.DATE: "date",
    SourceKind.DATETIME: "date",
    SourceKind.TIME: "time",
}


@dataclass(frozen=True, slots=True)
class SalesforceField:
    """A field as its object's describe shows it.

    Attributes:
        name: API name, which the mapping wants.
        label: What people see; often another word (`Phone` is labelled Business Phone).
        type: Describe type.
        length: Longest text, 0 for none.
    """

    name: str
    label: str
    type: str
    length: int = 0

    @property
    def source(self) -> SourceField:
        """The field as target-zingle reads it from a stream's schema."""
        return SourceField(self.name, hint={"type": self.type}, max_length=self.length or None)


@dataclass(frozen=True, slots=True)
class Pair:
    """A suggestion: a Zingle field by display name, and whether its texts must be cut."""

    field: str
    source: SalesforceField
    truncate: bool


def salesforce_fields(describe: Mapping[str, Any]) -> list[SalesforceField]:
    """The fields of a describe, by API name."""
    rows = sorted(describe["fields"], key=lambda row: str(row["name"]))
    return [
        SalesforceField(
            row["name"], row.get("label") or "", row["type"], int(row.get("length") or 0)
        )
        for row in rows
    ]


def creatable_type(source: SalesforceField) -> str | None:
    """The Zingle type that a new field for a Salesforce field gets, or None for none.

    >>> creatable_type(SalesforceField("A", "A", "datetime"))
    'date'
    >>> creatable_type(SalesforceField("A", "A", "address"))
    """
    return CREATABLE.get(kind_of(source.source))


def legal_sources(
    definition: Mapping[str, Any], sources: Sequence[SalesforceField]
) -> list[SalesforceField]:
    """The Salesforce fields that may go into a Zingle field, those of like name first."""
    target = target_field(definition)
    legal = [field for field in sources if illegal_pair(field.source, target) is None]
    return sorted(legal, key=lambda field: -_likeness(target.name, field))


def suggest(
    definitions: Sequence[Mapping[str, Any]], sources: Sequence[SalesforceField]
) -> Iterator[Pair]:
    """Pair Zingle fields with Salesforce fields of the same or nearly the same name.

    A field is paired when its name or label is that of a Salesforce field, or nearly so, and the
    two types may meet; each Salesforce field is used once.
    """
    own, used = {name.casefold() for name in NAMES.values()}, set()
    for definition in definitions:
        target = target_field(definition)
        if not target.name or target.name.casefold() in own:
            continue
        legal = [
            field
            for field in legal_sources(definition, sources)
            if field.name not in used and field.type not in IDS
        ]
        best = max(
            legal, key=lambda field: (_likeness(target.name, field), field.name), default=None
        )
        if best is not None and _likeness(target.name, best) >= SIMILAR:
            used.add(best.name)
            yield Pair(target.name, best, truncate=may_overflow(best.source, target))


def _likeness(name: str, source: SalesforceField) -> float:
    wanted = _plain(name)
    return max(
        difflib.SequenceMatcher(None, wanted, _plain(other)).ratio()
        for other in (source.label, source.name.removesuffix("__c"))
    )


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def mapping_of(stream: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """The suggested `contact_mapping` of a stream."""
    fields = {
        pair.field: {"from": pair.source.name, "on_overflow": "truncate"}
        if pair.truncate
        else pair.source.name
        for pair in pairs
    }
    return {stream: {"fields": fields}}
