"""What a query selects: columns that know their schema and read themselves from a row (pure).

A column does not know which API a row came through: that is the source's business (`rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tap_salesforce_zingle.plan.schemas import COMPOUNDS, object_of, parts_of, schema_of, typed

if TYPE_CHECKING:
    from tap_salesforce_zingle.plan.schemas import Field, Schema

Row = dict[str, Any]
"""A row as REST answers it, or a finished record."""
Read = Callable[[Any], Any]
"""Takes one value out of a row."""


class Source(Protocol):
    """Where columns find their values: a row of REST, or one of Bulk API 2.0."""

    def value(self, name: str, kind: str) -> Read:
        """A function that takes the value of a field out of a row."""

    def parent(self, name: str) -> tuple[Read, Source]:
        """A function that gives the row of a parent, None without one, and how to read that."""


@dataclass(frozen=True)
class Leaf:
    """One value.

    Attributes:
        name: Name in the record and in the row.
        kind: Salesforce's type.
        field: What describe says of it, empty for what a function answers.
    """

    name: str
    kind: str
    field: Field = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        """JSON Schema of the value."""
        return schema_of(self.field) if self.field else typed(self.kind)

    def reader(self, source: Source) -> Read:
        """A function that takes the value out of a row of the source."""
        return source.value(self.name, self.kind)


@dataclass(frozen=True)
class Compound:
    """An address or location, put together from its parts, which are selected instead.

    Attributes:
        name: Name in the record.
        parts: Field name and type of each part, and its name inside the object.
        field: What describe says of it.
    """

    name: str
    parts: tuple[tuple[str, str, str], ...]
    field: Field = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        """JSON Schema of the value."""
        label = self.field.get("label")
        schema = object_of({inner: typed(kind) for _, kind, inner in self.parts})
        return {**schema, "title": label} if label else schema

    def reader(self, source: Source) -> Read:
        """A function that takes the value out of a row of the source."""
        readers = [(inner, source.value(part, kind)) for part, kind, inner in self.parts]

        def read(row: Any) -> Row | None:  # noqa: ANN401 - a row of either source
            values = {inner: value(row) for inner, value in readers}
            return values if any(value is not None for value in values.values()) else None

        return read


@dataclass(frozen=True)
class Parent:
    """A record that this one refers to, by the relationship's name; null when there is none."""

    name: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> Schema:
        """JSON Schema of the value."""
        return object_of({column.name: column.schema for column in self.columns})

    def reader(self, source: Source) -> Read:
        """A function that takes the value out of a row of the source."""
        enter, inner = source.parent(self.name)
        build = builder(self.columns, inner)

        def read(row: Any) -> Row | None:  # noqa: ANN401 - a row of either source
            parent = enter(row)
            return None if parent is None else build(parent)

        return read


@dataclass(frozen=True)
class Children:
    """The rows of a subquery, an array, by the relationship's name; only REST has them."""

    name: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> Schema:
        """JSON Schema of the value."""
        return {"type": ["array", "null"], "items": Parent(self.name, self.columns).schema}

    def reader(self, source: Source) -> Read:
        """A function that takes the value out of a row of the source."""
        build = builder(self.columns, source)
        return lambda row: [
            build(child) for child in (row[self.name] or {"records": ()})["records"]
        ]


@dataclass(frozen=True)
class Variant:
    """What a TYPEOF answers: an object whose fields depend on its type; only REST has them."""

    name: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> Schema:
        """JSON Schema of the value."""
        properties = {column.name: column.schema for column in self.columns}
        return object_of({"type": typed("string"), **properties})

    def reader(self, source: Source) -> Read:
        """A function that takes the value out of a row of the source."""
        readers = {column.name: column.reader(source) for column in self.columns}

        def read(row: Row) -> Row | None:
            answer = row.get(self.name)
            if answer is None:
                return None
            kind = (answer.get("attributes") or {}).get("type")
            names = [name for name in answer if name != "attributes"]
            values = {
                name: readers[name](answer) if name in readers else answer[name] for name in names
            }
            return {"type": kind, **values}

        return read


Column = Leaf | Compound | Parent | Children | Variant


def builder(columns: Sequence[Column], source: Source) -> Read:
    """A function that makes a record of a row."""
    readers = [(column.name, column.reader(source)) for column in columns]
    return lambda row: {name: read(row) for name, read in readers}


def column_of(field: Field, owner: Mapping[str, Any]) -> Leaf | Compound:
    """The column of a field of an object; a compound one is read by its parts."""
    name = str(field["name"])
    if field["type"] in COMPOUNDS:
        return Compound(name, parts_of(field, owner), field)
    return Leaf(name, str(field["type"]), field)


def holds_files(columns: Sequence[Column]) -> bool:
    """Whether one of the values is a file, for which a CSV has no place."""
    return any(
        holds_files(column.columns)
        if isinstance(column, Parent)
        else isinstance(column, Leaf) and column.kind == "base64"
        for column in columns
    )


def selection(columns: Sequence[Column], prefix: str = "") -> list[str]:
    """The fields to select for columns; subqueries and TYPEOFs are not for this function.

    >>> selection([Leaf("Id", "id"), Parent("Account", (Leaf("Name", "string"),))])
    ['Id', 'Account.Name']
    """
    names: list[str] = []
    for column in columns:
        match column:
            case Leaf(name):
                names.append(prefix + name)
            case Compound(_, parts):
                names += [prefix + part for part, _, _ in parts]
            case Parent(name, inner):
                names += selection(inner, f"{prefix}{name}.")
            case _:
                raise TypeError(type(column).__name__)
    return list(dict.fromkeys(names))


def parent_ids(columns: Sequence[Column], prefix: str = "") -> list[str]:
    """The Ids that tell in a CSV whether a parent is missing or just has empty fields."""
    names: list[str] = []
    for column in columns:
        if isinstance(column, Parent):
            path = f"{prefix}{column.name}."
            names += [f"{path}Id", *parent_ids(column.columns, path)]
    return names
