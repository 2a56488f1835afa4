"""What a query selects and what becomes of it: one record from REST and from Bulk API 2.0 (pure).

REST answers JSON with parents nested, Bulk API 2.0 a flat CSV in which everything is text. The
same tree of columns reads both, so that a record does not show which way it came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zingle_sync.salesforce.exact_numbers import number

if TYPE_CHECKING:
    from decimal import Decimal

Row = dict[str, Any]
"""A row as REST answers it, or a finished record."""
FromRest = Callable[[Row], Row]
FromBulk = Callable[[Sequence[str]], Row]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value.

    Attributes:
        name: Name in the record.
        kind: Salesforce's type.
        source: Name in the row of REST, where it may differ ("" for the same).
    """

    name: str
    kind: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Compound:
    """An address or location, put together from its parts, which are selected instead.

    Attributes:
        name: Name in the record.
        parts: Field name and type of each part, and its name inside the object.
    """

    name: str
    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Parent:
    """A record that this one refers to; null when it refers to none.

    Attributes:
        name: Relationship name.
        columns: What is read of it.
    """

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Children:
    """The rows of a subquery, an array.

    Attributes:
        name: Relationship name.
        columns: What is read of each.
    """

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """What a TYPEOF answers: an object whose fields depend on its type.

    Attributes:
        name: Relationship name.
        kinds: Salesforce's type by field name.
    """

    name: str
    kinds: tuple[tuple[str, str], ...]


Column = Leaf | Compound | Parent | Children | Variant


def zulu(text: str) -> str:
    """The one form of a datetime.

    >>> zulu("2020-10-22T21:03:23.000+0000")
    '2020-10-22T21:03:23.000Z'
    """
    return text[:-5] + "Z" if text[-5:] == "+0000" else text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _integer(text: str) -> int | float | Decimal:
    return int(text) if text.isdigit() else number(text)


def _boolean(text: str) -> bool:
    return text == "true"


_REST: Final[dict[str, Callable[[Any], Any]]] = {"datetime": zulu, "anyType": _text}
_BULK: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": _boolean,
    "currency": number,
    "datetime": zulu,
    "double": number,
    "int": _integer,
    "long": _integer,
    "percent": number,
}


def is_served_by_bulk(columns: Sequence[Column]) -> bool:
    """Whether Bulk API 2.0 can select these columns at all."""
    return all(
        is_served_by_bulk(column.columns)
        if isinstance(column, Parent)
        else isinstance(column, Compound)
        or (isinstance(column, Leaf) and column.kind not in {"base64", "complexvalue", "json"})
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


def from_rest(columns: Sequence[Column], *, hidden: bool) -> FromRest:
    """Compile the function that makes a record of a row of REST.

    Args:
        columns: What the record consists of.
        hidden: Whether the row holds more than the columns.

    Returns:
        A function that takes the row over: it may change and return it.
    """
    if not hidden and all(isinstance(column, Leaf) and not column.source for column in columns):
        return _flat_from_rest(columns)
    readers = [(column.name, _rest_reader(column)) for column in columns]

    def build(row: Row) -> Row:
        return {name: read(row) for name, read in readers}

    return build


def _flat_from_rest(columns: Sequence[Column]) -> FromRest:
    leaves = [column for column in columns if isinstance(column, Leaf)]
    datetimes = tuple(leaf.name for leaf in leaves if leaf.kind == "datetime")
    scalars = tuple(leaf.name for leaf in leaves if leaf.kind == "anyType")

    def take(row: Row) -> Row:
        del row["attributes"]
        for name in datetimes:
            value = row[name]
            # The same as zulu(), without a call: this line runs for every datetime of every row.
            if value is not None and value[-5:] == "+0000":
                row[name] = value[:-5] + "Z"
        for name in scalars:
            row[name] = _text_or_none(row[name])
        return row

    return take


def _rest_reader(column: Column) -> Callable[[Row], Any]:
    match column:
        case Leaf(name, kind, source):
            return _rest_leaf(source or name, kind)
        case Compound(_, parts):
            readers = [(inner, _rest_leaf(part, kind)) for part, kind, inner in parts]
            return lambda row: _object(readers, row)
        case Parent(name, columns):
            build = from_rest(columns, hidden=True)
            return lambda row: None if row.get(name) is None else build(row[name])
        case Children(name, columns):
            build_child = from_rest(columns, hidden=True)
            return lambda row: [build_child(child) for child in _children(row.get(name))]
        case Variant(name, kinds):
            return lambda row: _variant(row.get(name), dict(kinds))


def _rest_leaf(source: str, kind: str) -> Callable[[Row], Any]:
    change = _REST.get(kind)
    if change is None:
        return lambda row: row.get(source)

    def read(row: Row) -> Any:  # noqa: ANN401 - a JSON value
        value = row.get(source)
        return value if value is None else change(value)

    return read


def _object(readers: Sequence[tuple[str, Callable[[Row], Any]]], row: Row) -> Row | None:
    values = {name: read(row) for name, read in readers}
    return values if any(value is not None for value in values.values()) else None


def _children(answer: Row | None) -> list[Row]:
    return [] if answer is None else list(answer["records"])


def _variant(answer: Row | None, kinds: dict[str, str]) -> Row | None:
    if answer is None:
        return None
    kind = (answer.get("attributes") or {}).get("type")
    values = {
        name: _REST[kinds[name]](value) if value is not None and kinds.get(name) in _REST else value
        for name, value in answer.items()
        if name != "attributes"
    }
    return {"type": kind, **values}


def from_bulk(columns: Sequence[Column], header: Sequence[str]) -> FromBulk:
    """Compile the function that makes a record of a row of Bulk API 2.0's CSV.

    Args:
        columns: What the record consists of.
        header: The names in the CSV's first row.

    Returns:
        A function of the row's texts.
    """
    index = {name.lower(): place for place, name in enumerate(header)}
    if all(isinstance(column, Leaf) for column in columns):
        return _flat_from_bulk(columns, index)
    readers = [(column.name, _bulk_reader(column, index, "")) for column in columns]

    def build(row: Sequence[str]) -> Row:
        return {name: read(row) for name, read in readers}

    return build


def _flat_from_bulk(columns: Sequence[Column], index: dict[str, int]) -> FromBulk:
    names = [column.name for column in columns]
    places = [index[name.lower()] for name in names]
    in_order = places == list(range(len(places)))
    typed = tuple(
        (column.name, _BULK[column.kind])
        for column in columns
        if isinstance(column, Leaf) and column.kind in _BULK
    )

    def build(row: Sequence[str]) -> Row:
        values = row if in_order else [row[place] for place in places]
        record: Row = {name: value or None for name, value in zip(names, values, strict=False)}
        for name, convert in typed:
            value = record[name]
            if value is not None:
                record[name] = convert(value)
        return record

    return build


def _bulk_reader(
    column: Column, index: dict[str, int], prefix: str
) -> Callable[[Sequence[str]], Any]:
    match column:
        case Leaf(name, kind):
            return _bulk_leaf(index[f"{prefix}{name}".lower()], kind)
        case Compound(_, parts):
            readers = [
                (inner, _bulk_leaf(index[f"{prefix}{part}".lower()], kind))
                for part, kind, inner in parts
            ]

            def compound(row: Sequence[str]) -> Row | None:
                values = {inner: read(row) for inner, read in readers}
                return values if any(value is not None for value in values.values()) else None

            return compound
        case Parent(name, columns):
            path = f"{prefix}{name}."
            place = index[f"{path}Id".lower()]
            inner_readers = [(inner.name, _bulk_reader(inner, index, path)) for inner in columns]

            def parent(row: Sequence[str]) -> Row | None:
                return {key: read(row) for key, read in inner_readers} if row[place] else None

            return parent
        case _:
            raise TypeError(type(column).__name__)


def _bulk_leaf(place: int, kind: str) -> Callable[[Sequence[str]], Any]:
    convert = _BULK.get(kind)
    if convert is None:
        return lambda row: row[place] or None

    def read(row: Sequence[str]) -> Any:  # noqa: ANN401 - a JSON value
        value = row[place]
        return convert(value) if value else None

    return read
