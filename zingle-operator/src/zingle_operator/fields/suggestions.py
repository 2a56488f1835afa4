"""Suggest which Salesforce field goes into which Zingle field. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_operator.fields.pairs import field_type, legal_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LONGEST_TEXT = 255
_SIMILAR = 0.85
# Their values are ids, which tell a guest's texter nothing.
_IDS = frozenset({"id", "reference"})
# Names that target-zingle maps by itself.
_OWN = frozenset({"first name", "last name", "title"})


@dataclass(frozen=True, slots=True)
class SourceField:
    """A Salesforce field.

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


@dataclass(frozen=True, slots=True)
class Pair:
    """A suggestion.

    Attributes:
        field: Display name of the Zingle field.
        source: The Salesforce field.
        truncate: Whether the text may be longer than Zingle holds.
    """

    field: str
    source: SourceField
    truncate: bool


def source_fields(describe: Mapping[str, Any]) -> list[SourceField]:
    """The fields of a describe, by API name."""
    return sorted(
        (
            SourceField(
                str(field["name"]),
                str(field.get("label") or ""),
                str(field["type"]),
                int(field.get("length") or 0),
            )
            for field in describe["fields"]
        ),
        key=lambda one: one.name,
    )


def legal_sources(
    definition: Mapping[str, Any], sources: Sequence[SourceField]
) -> list[SourceField]:
    """The Salesforce fields that may go into a Zingle field, those of like name first."""
    wanted, name = field_type(definition), str(definition.get("display_name") or "")
    legal = [one for one in sources if wanted in legal_types(one.type)]
    return sorted(legal, key=lambda one: -_likeness(name, one))


def suggest(
    definitions: Sequence[Mapping[str, Any]], sources: Sequence[SourceField]
) -> Iterator[Pair]:
    """Pair Zingle fields with Salesforce fields of the same or nearly the same name.

    A field is paired when its name or label is that of a Salesforce field, or nearly so, and the
    two types may meet; each Salesforce field is used once.
    """
    used: set[str] = set()
    for definition in definitions:
        name = str(definition.get("display_name") or "")
        if not name or name.casefold() in _OWN:
            continue
        legal = [
            one
            for one in legal_sources(definition, sources)
            if one.name not in used and one.type not in _IDS
        ]
        best = max(legal, key=lambda one: (_likeness(name, one), one.name), default=None)
        if best is not None and _likeness(name, best) >= _SIMILAR:
            used.add(best.name)
            too_long = best.length > LONGEST_TEXT and field_type(definition) == "string"
            yield Pair(name, best, truncate=too_long)


def _likeness(name: str, source: SourceField) -> float:
    wanted = _plain(name)
    return max(
        difflib.SequenceMatcher(None, wanted, _plain(other)).ratio()
        for other in (source.label, source.name.removesuffix("__c"))
    )


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def mapping_of(stream: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """The suggested `contact_mapping` of a stream."""
    fields: dict[str, Any] = {}
    for pair in pairs:
        if pair.truncate:
            fields[pair.field] = {"from": pair.source.name, "on_overflow": "truncate"}
        else:
            fields[pair.field] = pair.source.name
    return {stream: {"fields": fields}}
