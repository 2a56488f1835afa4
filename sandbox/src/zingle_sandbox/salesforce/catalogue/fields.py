"""What a field is: its type and flags, written compactly, shown as a describe shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBERS = frozenset({"int", "double", "currency", "percent"})
COMPOUNDS = frozenset({"address", "location"})
TEXTS = frozenset(
    {"string", "textarea", "phone", "email", "url", "picklist", "multipicklist", "combobox"}
)
_NOT_GROUPABLE = frozenset(
    {"double", "currency", "percent", "datetime", "time", "address", "location", "multipicklist"}
)
_FLAGS = frozenset(
    {
        "ro",
        "noupdate",
        "nocreate",
        "required",
        "defaulted",
        "perm",
        "noperm",
        "person",
        "switchable",
        "image",
        "plain",
        "restricted",
        "ext",
        "unique",
        "case",
        "lookup",
        "name",
        "nofilter",
        "nosort",
        "nogroup",
        "noagg",
        "auto",
        "norel",
        "cascade",
        "master",
    }
)
LONG_TEXT = 255


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object: enough to describe, store, check and query it."""

    name: str
    label: str
    type: str
    length: int
    precision: int
    scale: int
    flags: frozenset[str]
    options: Mapping[str, str]
    values: tuple[str, ...] = ()

    @property
    def custom(self) -> bool:
        """Whether an administrator made it: the name ends in `__c` or `__s`."""
        return self.name.endswith(("__c", "__s"))

    @property
    def references(self) -> tuple[str, ...]:
        """Objects that a lookup may point to."""
        targets = self.options.get("to")
        return tuple(targets.split(",")) if targets else ()

    @property
    def relationship(self) -> str | None:
        """The name by which SOQL follows the lookup, if it can be followed."""
        if "norel" in self.flags:
            return None
        if "rel" in self.options:
            return self.options["rel"]
        if self.type != "reference":
            return None
        return self.name[:-1] + "r" if self.custom else self.name.removesuffix("Id")

    @property
    def polymorphic(self) -> bool:
        """Whether the lookup may point to more than one object."""
        return len(self.references) > 1

    @property
    def calculated(self) -> bool:
        """Whether the value comes from a formula or a roll-up."""
        return "formula" in self.options or "rollup" in self.options

    @property
    def read_only(self) -> bool:
        """Whether nobody may write it."""
        return bool(self.flags & {"ro", "auto"}) or self.calculated or self.type in _SYSTEM_TYPES

    @property
    def createable(self) -> bool:
        """Whether an insert may set it."""
        return not self.read_only and "nocreate" not in self.flags

    @property
    def updateable(self) -> bool:
        """Whether an update may set it."""
        return not self.read_only and "noupdate" not in self.flags

    @property
    def nillable(self) -> bool:
        """Whether it may be empty."""
        return "required" not in self.flags and self.type not in {"id", "boolean"}

    @property
    def long_text(self) -> bool:
        """Long text areas can be read and written, but neither filtered nor sorted."""
        return self.type == "textarea" and self.length > LONG_TEXT

    @property
    def filterable(self) -> bool:
        """Whether WHERE may use it."""
        return not self.long_text and "nofilter" not in self.flags

    @property
    def sortable(self) -> bool:
        """Whether ORDER BY may use it."""
        return not (
            self.long_text or self.type in COMPOUNDS | {"multipicklist"} or "nosort" in self.flags
        )

    @property
    def groupable(self) -> bool:
        """Whether GROUP BY may use it."""
        return not (
            self.long_text
            or self.type in _NOT_GROUPABLE
            or self.calculated
            or self.flags & {"nogroup", "auto"}
        )

    @property
    def aggregatable(self) -> bool:
        """Whether MIN, MAX and COUNT may use it."""
        return not (
            self.long_text
            or self.type in COMPOUNDS | {"boolean", "multipicklist"}
            or "noagg" in self.flags
        )

    @property
    def permissionable(self) -> bool:
        """Whether field-level security decides who sees it."""
        return "perm" in self.flags or (self.type in _PERMISSIONABLE and "noperm" not in self.flags)

    @property
    def external_id(self) -> bool:
        """Whether it is flagged as an External ID."""
        return "ext" in self.flags

    @property
    def unique(self) -> bool:
        """Whether two records may not share a value."""
        return "unique" in self.flags

    @property
    def case_sensitive(self) -> bool:
        """Whether `ABC` and `abc` are two values to the uniqueness rule."""
        return "case" in self.flags

    @property
    def restricted(self) -> bool:
        """Whether the picklist refuses values outside its list."""
        return "restricted" in self.flags

    @property
    def default(self) -> str | None:
        """Value given to a new record, as the describe writes it."""
        return self.options.get("default")

    @property
    def id_lookup(self) -> bool:
        """Whether an upsert may use it as key without an External ID flag."""
        return self.type == "id" or bool(self.flags & {"lookup", "ext"})


_PERMISSIONABLE = frozenset(
    {
        "string",
        "picklist",
        "multipicklist",
        "textarea",
        "double",
        "address",
        "location",
        "phone",
        "email",
        "currency",
        "percent",
        "time",
    }
)
_SYSTEM_TYPES = COMPOUNDS | {"id"}


def parse_field(line: str, lists: Mapping[str, tuple[str, ...]]) -> Field:
    """Read one line of a catalogue: `Name | Label | type [size] | flags and key=value`.

    Args:
        line: the text; sizes are `length` for texts and `precision.scale` for numbers.
        lists: named value lists of picklists, used by `values=NAME`.

    Raises:
        ValueError: a flag is not known.
    """
    name, label, kind, *rest = (part.strip() for part in line.split("|"))
    words = rest[0].split() if rest else []
    flags = frozenset(word for word in words if "=" not in word)
    if unknown := flags - _FLAGS:
        raise ValueError(f"{name}: no such flag: {', '.join(sorted(unknown))}")
    options = {
        key: value.replace("~", " ") for key, value in (w.split("=", 1) for w in words if "=" in w)
    }
    type_, _, size = kind.partition(" ")
    length, precision, scale = _size(type_, size)
    return Field(
        name=name,
        label=label,
        type=type_,
        length=length,
        precision=precision,
        scale=scale,
        flags=flags,
        options=options,
        values=lists.get(options.get("values", ""), ()),
    )


def _size(type_: str, size: str) -> tuple[int, int, int]:
    """Length, precision (digits of an int) and scale."""
    if type_ in {"id", "reference"}:
        return 18, 0, 0
    if type_ == "int":
        return 0, int(size or 8), 0
    if type_ in NUMBERS:
        precision, _, scale = (size or "18.0").partition(".")
        return 0, int(precision), int(scale or 0)
    if type_ == "multipicklist":
        return 4099, int(size or 4), 0
    return int(size or 0), 0, 0
