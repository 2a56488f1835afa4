"""Which types may meet: Salesforce's fields, Zingle's fields, and the legal pairs. Pure.

`source_kind` reads the schema, `target_field` Zingle's definitions, `illegal_pair` says whether
they may meet. The operator's `check` asks here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.records import SourceField

LONGEST_TEXT = 255
LONGEST_TITLE = 20


class SourceKind(Enum):
    """Families of source types; the value is the word used in problems."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    COMPOUND = "compound"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"
    NULL = "null"


class TargetKind(Enum):
    """Families of Zingle field types; the value is the word used in problems."""

    TEXT = "string"
    OPTION = "string with options"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    UNKNOWN = "unknown type"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field with options."""

    id: str
    value: str
    display_name: str


@dataclass(frozen=True, slots=True)
class TargetField:
    """A contact field of one service.

    Attributes:
        id: Field id of v1.
        name: Display name, by which v2 addresses it.
        longest: Characters that it holds.
        v2_key: Key of the v2 record for names and title; None for other fields.
    """

    id: str
    name: str
    kind: TargetKind
    options: tuple[Option, ...] = ()
    longest: int = LONGEST_TEXT
    v2_key: str | None = None


_HINTED: Mapping[str, SourceKind] = {
    **dict.fromkeys(
        (
            *("string", "phone", "email", "url", "picklist", "id", "textarea", "combobox"),
            *("encryptedstring", "multipicklist", "reference", "autonumber", "datacategory"),
            *("datacategorygroupreference", "masterrecord"),
        ),
        SourceKind.TEXT,
    ),
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), SourceKind.NUMBER),
    "boolean": SourceKind.BOOLEAN,
    "date": SourceKind.DATE,
    "datetime": SourceKind.DATETIME,
    "time": SourceKind.TIME,
    **dict.fromkeys(("address", "location"), SourceKind.COMPOUND),
    **dict.fromkeys(("base64", "complexvalue", "anytype", "json"), SourceKind.UNSUPPORTED),
}
_FORMATS: Mapping[str | None, SourceKind] = {
    "date": SourceKind.DATE,
    "date-time": SourceKind.DATETIME,
    "time": SourceKind.TIME,
}
_TARGETS: Mapping[str, TargetKind] = {
    "string": TargetKind.TEXT,
    "single_select_options": TargetKind.OPTION,
    "number": TargetKind.NUMBER,
    "boolean": TargetKind.BOOLEAN,
    "date": TargetKind.DATE,
    "anniversary": TargetKind.DATE,
    "datetime": TargetKind.DATETIME,
    "time": TargetKind.TIME,
}
LEGAL: Mapping[SourceKind, frozenset[TargetKind]] = {
    SourceKind.TEXT: frozenset({TargetKind.TEXT, TargetKind.OPTION}),
    SourceKind.NUMBER: frozenset({TargetKind.NUMBER, TargetKind.TEXT}),
    SourceKind.BOOLEAN: frozenset({TargetKind.BOOLEAN, TargetKind.TEXT}),
    SourceKind.DATE: frozenset({TargetKind.DATE, TargetKind.TEXT}),
    SourceKind.DATETIME: frozenset({TargetKind.DATE, TargetKind.DATETIME, TargetKind.TEXT}),
    SourceKind.TIME: frozenset({TargetKind.TIME, TargetKind.TEXT}),
    SourceKind.COMPOUND: frozenset(),
    SourceKind.UNSUPPORTED: frozenset(),
    # Nothing is known about the source: a text can always be written.
    SourceKind.UNKNOWN: frozenset({TargetKind.TEXT, TargetKind.OPTION}),
    SourceKind.NULL: frozenset(TargetKind) - {TargetKind.UNKNOWN},
}


def source_kind(source: SourceField) -> SourceKind:  # noqa: PLR0911 - one per family
    """The kind of a source field: Salesforce's own type where known, else the JSON types."""
    hinted = str(source.hint.get("type") or "").lower()
    if hinted in _HINTED:
        return _HINTED[hinted]
    types = source.types
    if not types:
        return SourceKind.UNKNOWN
    if types == {"null"}:
        return SourceKind.NULL
    if types & {"object", "array"}:
        return SourceKind.COMPOUND
    if types <= {"integer", "number"}:
        return SourceKind.NUMBER
    if types == {"boolean"}:
        return SourceKind.BOOLEAN
    return _FORMATS.get(source.format, SourceKind.TEXT)


def target_field(definition: Mapping[str, Any], *, v2_key: str | None = None) -> TargetField:
    """A contact field from its v1 definition.

    What has options is a choice, whatever its `data_type` says.
    """
    options = tuple(
        Option(
            id=str(option.get("id") or option.get("value") or ""),
            value=str(option.get("value") or option.get("display_name") or ""),
            display_name=str(option.get("display_name") or option.get("value") or ""),
        )
        for option in definition.get("options") or ()
    )
    kind = _TARGETS.get(str(definition.get("data_type") or "").lower(), TargetKind.UNKNOWN)
    return TargetField(
        id=str(definition.get("id")),
        name=str(definition.get("display_name") or ""),
        kind=TargetKind.OPTION if options else kind,
        options=options,
        longest=LONGEST_TITLE if v2_key == "title" else LONGEST_TEXT,
        v2_key=v2_key,
    )


def illegal_pair(source: SourceField, target: TargetField) -> str | None:
    """Why the two types cannot meet, or None if they can."""
    kind = source_kind(source)
    if target.kind in LEGAL[kind]:
        return None
    if kind is SourceKind.COMPOUND:
        return f'"{source.path}" is a compound field; map its parts instead'
    named = source.hint.get("type") or kind.value
    if kind is SourceKind.UNSUPPORTED:
        return f'"{source.path}" ({named}) cannot be written to Zingle'
    return f'"{source.path}" ({named}) cannot go into "{target.name}" ({target.kind.value})'


def may_overflow(source: SourceField, target: TargetField) -> bool:
    """Whether the source allows longer texts than any field holds."""
    return (
        target.kind is TargetKind.TEXT
        and source_kind(source) in {SourceKind.TEXT, SourceKind.UNKNOWN}
        and (source.max_length or 0) > LONGEST_TEXT
    )
