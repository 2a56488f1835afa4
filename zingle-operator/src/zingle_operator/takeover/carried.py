"""The vendor's mapping as one of ours, pair by pair, and why some can't be carried over. Pure.

Whether two types may meet, and whether the whole is a legal mapping, is target-zingle's rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.plan.objects import STREAM_OF
from target_zingle.wanted.mapping import DEFAULTS, NAMES, read_mapping, source_problems
from target_zingle.wanted.plan import compile_mapping
from target_zingle.wanted.problems import suggestion
from target_zingle.wanted.records import Stream
from target_zingle.wanted.types import (
    SourceKind,
    illegal_pair,
    may_overflow,
    source_kind,
    target_field,
)
from zingle_operator.fields.suggestions import IDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_zingle.wanted.definitions import Definitions
    from zingle_operator.fields.suggestions import SalesforceField
    from zingle_sync.zingle import MappedColumn

OBJECTS = ("Contact", "Lead")
# What the vendor may call a channel or the external id; a contact field of that name goes first.
_CHANNELS = {
    **dict.fromkeys(("phone", "phonenumber", "mobile", "mobilephone", "cell", "sms"), "phones"),
    **dict.fromkeys(("email", "emailaddress"), "emails"),
    **dict.fromkeys(
        ("externalid", "externalprofileid", "profileid", "salesforceid"), "external_id"
    ),
}
_LISTED = frozenset({"phones", "emails"})


@dataclass(frozen=True, slots=True)
class Pair:
    """What became of one pair for one object.

    Attributes:
        place: Where it stands in our mapping, "" where it can't be carried over.
        note: What is worth knowing about it, or why it can't be carried over.
    """

    stream: str
    column: str
    field: str
    place: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """The vendor's mapping in our words.

    Attributes:
        contact_mapping: For meltano.yml; empty where nothing was mapped, so that defaults hold.
        problems: What the plugins' rules say against the whole.
    """

    contact_mapping: Mapping[str, Any] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    problems: tuple[str, ...] = ()


def carry_over(
    mapping: Sequence[MappedColumn],
    sources: Mapping[str, Mapping[str, SalesforceField]],
    definitions: Definitions,
) -> Carried:
    """Say the vendor's mapping in our words.

    Args:
        mapping: The vendor's pairs.
        sources: Salesforce fields by object and name, as the user sees them.
        definitions: What the service defines.
    """
    contact_mapping: dict[str, Any] = {}
    pairs: list[Pair] = []
    problems: list[str] = []
    for sobject, fields in sources.items() if mapping else ():
        carrier = _Carrier(sobject, fields, definitions)
        for pair in mapping:
            carrier.carry(pair)
        contact_mapping[carrier.stream] = carrier.block()
        pairs += carrier.pairs
        problems += _problems(carrier.stream, contact_mapping, fields, definitions)
    return Carried(contact_mapping, tuple(pairs), tuple(problems))


def _problems(
    stream: str,
    contact_mapping: Mapping[str, Any],
    fields: Mapping[str, SalesforceField],
    definitions: Definitions,
) -> list[str]:
    """What a run would say about the block, before its first write."""
    known = Stream(stream, {name: one.source for name, one in fields.items()}, ("Id",))
    read, problems = read_mapping(stream, contact_mapping[stream], DEFAULTS[stream])
    _, unfit = compile_mapping(read, known, definitions)
    return [*problems, *source_problems(read, known), *unfit]


class _Carrier:
    """Carries pairs over to one object's stream."""

    def __init__(
        self, sobject: str, fields: Mapping[str, SalesforceField], definitions: Definitions
    ) -> None:
        self.stream = STREAM_OF[sobject]
        self.pairs: list[Pair] = []
        self._sobject, self._definitions = sobject, definitions
        self._fields = fields
        self._names = {name.casefold(): one for name, one in fields.items()}
        self._taken: dict[str, str] = {}
        self._names_of_ours: dict[str, Any] = {}
        self._contact_fields: dict[str, Any] = {}
        self._channels: dict[str, list[str]] = {"phones": [], "emails": []}

    def block(self) -> dict[str, Any]:
        """The stream's mapping; names that the vendor does not fill are left alone."""
        defaults = DEFAULTS[self.stream]
        block: dict[str, Any] = {}
        for key in NAMES:
            rule = self._names_of_ours.get(key)
            if rule != defaults.get(key):
                block[key] = rule
        for key in sorted(_LISTED):
            usual = {one["from"] if isinstance(one, dict) else one: one for one in defaults[key]}
            further = [name for name in self._channels[key] if name not in usual]
            if further:
                # Theirs first, for the first is a new contact's default; ours find more guests.
                ours = [one for name, one in usual.items() if name in self._fields]
                block[key] = [*further, *ours]
        if self._contact_fields:
            block["fields"] = dict(self._contact_fields)
        return block

    def carry(self, pair: MappedColumn) -> None:
        """Carry one pair over, or tell why that can't be."""
        column = self._own(pair.column)
        if column is None:
            return  # of the other object
        place, name, definition = self._goal(pair.field)
        if not place:
            near = suggestion(pair.field, [str(one["display_name"]) for one in self._known()])
            self._tell(pair, note=f"Zingle has no contact field of this name, code or id{near}")
            return
        source = self._source(column)
        if isinstance(source, str):
            self._tell(pair, name, note=source)
        elif place in _LISTED:
            self._add_channel(pair, place, source)
        elif place == "external_id":
            own = source.name == "Id"
            told = (
                "as ours does by itself" if own else "ours is the record's Id, by which both find"
            )
            self._tell(pair, name, place=place if own else "", note=told)
        elif place in self._taken:
            told = f"{self._taken[place]} goes there already; a field takes one value"
            self._tell(pair, name, note=told)
        else:
            self._add_field(pair, place, source, definition)

    def _own(self, column: str) -> str | None:
        """The column without its object's name; None if it is another object's."""
        head, dot, rest = column.partition(".")
        if dot and head.casefold() in {one.casefold() for one in OBJECTS}:
            return rest if head.casefold() == self._sobject.casefold() else None
        return column

    def _known(self) -> list[Mapping[str, Any]]:
        return [one for one in self._definitions.fields if one.get("display_name")]

    def _goal(self, name: str) -> tuple[str, str, Mapping[str, Any]]:
        """Where a name of the vendor's points to: place, display name and definition."""
        definition = self._definitions.field(name) or next(
            (one for one in self._known() if str(one.get("id")) == name), None
        )
        if definition is not None:
            shown = str(definition["display_name"])
            own = {title.casefold(): key for key, title in NAMES.items()}
            place = own.get(shown.casefold()) or f'fields["{shown}"]'
            return place, shown, definition
        types = {self._definitions.phone_type: "phones", self._definitions.email_type: "emails"}
        folded = re.sub(r"[\W_]", "", name).casefold()
        return types.get(name) or _CHANNELS.get(folded, ""), name, {}

    def _source(self, column: str) -> SalesforceField | str:
        """The field that a column names, or why there is none."""
        if (found := self._names.get(column.casefold())) is not None:
            return found
        labelled = [
            one for one in self._fields.values() if one.label.casefold() == column.casefold()
        ]
        if len(labelled) == 1:
            return labelled[0]
        if "." in column:
            return (
                f"a parent's field comes by a query of its own: name {column} in one of the "
                "custom_queries of tap-salesforce-zingle, and map that stream"
            )
        near = suggestion(column, self._fields)
        return f"{self._sobject} has no field of this name that this user can see{near}"

    def _add_channel(self, pair: MappedColumn, place: str, source: SalesforceField) -> None:
        held = self._channels[place]
        if source_kind(source.source) is not SourceKind.TEXT or source.type in IDS:
            self._tell(pair, note=f"a field of type {source.type} holds none")
            return
        if source.name not in held:
            held.append(source.name)
        self._tell(pair, place=place, note=_told_by_label(pair, source))

    def _add_field(
        self,
        pair: MappedColumn,
        place: str,
        source: SalesforceField,
        definition: Mapping[str, Any],
    ) -> None:
        target = target_field(definition, v2_key="title" if place == "title" else None)
        if why := illegal_pair(source.source, target):
            self._tell(pair, target.name, note=why)
            return
        self._taken[place] = pair.column
        rule: Any = source.name
        note = _told_by_label(pair, source)
        if may_overflow(source.source, target) or place == "title":
            rule = {"from": source.name, "on_overflow": "truncate"}
            note = note or f"cut to {target.longest} characters"
        if place in NAMES:
            self._names_of_ours[place] = rule
        else:
            self._contact_fields[target.name] = rule
        self._tell(pair, target.name, place=place, note=note)

    def _tell(self, pair: MappedColumn, field: str = "", place: str = "", note: str = "") -> None:
        self.pairs.append(Pair(self.stream, pair.column, field or pair.field, place, note))


def _told_by_label(pair: MappedColumn, source: SalesforceField) -> str:
    named = pair.column.rpartition(".")[2].casefold() == source.name.casefold()
    return "" if named else f"by its label; its API name is {source.name}"
