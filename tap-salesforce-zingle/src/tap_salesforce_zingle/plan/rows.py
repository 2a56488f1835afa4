"""Make the same record of a row of REST and of a row of Bulk API 2.0 (pure).

REST answers JSON with parents nested, Bulk API 2.0 a flat CSV in which everything is text. The
flat functions here do what the columns' own readers do, only faster: a change of one is a change
of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.plan.columns import Column, Leaf, builder
from zingle_sync.salesforce.exact_numbers import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from tap_salesforce_zingle.plan.columns import Read, Row, Source


def zulu(text: str) -> str:
    """The one form of a datetime.

    >>> zulu("2020-10-22T21:03:23.000+0000")
    '2020-10-22T21:03:23.000Z'
    """
    return text[:-5] + "Z" if text[-5:] == "+0000" else text


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _integer(text: str) -> int | float | Decimal:
    return int(text) if text.isdigit() else number(text)


_REST: dict[str, Read] = {"datetime": zulu, "anyType": _text}
_BULK: dict[str, Read] = {
    "boolean": "true".__eq__,
    "currency": number,
    "datetime": zulu,
    "double": number,
    "int": _integer,
    "long": _integer,
    "percent": number,
}


def _taken(row: Row, name: str) -> Any:  # noqa: ANN401 - a JSON value
    """What a row says of a name; what was asked for and is not there is no null."""
    try:
        return row[name]
    except KeyError:
        # Behind a relationship to several objects only the user's own spelling is known.
        return {key.lower(): value for key, value in row.items()}[name.lower()]


class _RestSource:
    """Rows are objects, and parents are objects inside of them."""

    @staticmethod
    def value(name: str, kind: str) -> Read:
        change = _REST.get(kind)
        if change is None:
            return lambda row: _taken(row, name)

        def read(row: Row) -> Any:  # noqa: ANN401 - a JSON value
            value = _taken(row, name)
            return value if value is None else change(value)

        return read

    def parent(self, name: str) -> tuple[Read, Source]:
        return lambda row: _taken(row, name), self


@dataclass(frozen=True, slots=True)
class _BulkSource:
    """Rows are lists of texts; a parent is there when its Id is."""

    index: Mapping[str, int]
    prefix: str = ""

    def value(self, name: str, kind: str) -> Read:
        place = self.index[f"{self.prefix}{name}".lower()]
        convert = _BULK.get(kind)
        if convert is None:
            return lambda row: row[place] or None

        def read(row: Sequence[str]) -> Any:  # noqa: ANN401 - a JSON value
            value = row[place]
            return convert(value) if value else None

        return read

    def parent(self, name: str) -> tuple[Read, Source]:
        path = f"{self.prefix}{name}."
        place = self.index[f"{path}Id".lower()]
        return lambda row: row if row[place] else None, _BulkSource(self.index, path)


def from_rest(columns: Sequence[Column], *, hidden: bool) -> Read:
    """Compile the function that makes a record of a row of REST; it may change the row.

    Args:
        columns: What the record consists of.
        hidden: Whether the row holds more than the columns.

    Returns:
        The function; it raises KeyError, or what a wrong value brings, for a row that is none.
    """
    leaves = [column for column in columns if isinstance(column, Leaf)]
    if hidden or len(leaves) < len(columns):
        return builder(columns, _RestSource())
    datetimes = tuple(leaf.name for leaf in leaves if leaf.kind == "datetime")
    scalars = tuple(leaf.name for leaf in leaves if leaf.kind == "anyType")
    count = len(leaves)

    def take(row: Row) -> Row:
        del row["attributes"]
        if len(row) < count:
            raise KeyError("a column")
        for name in datetimes:
            value = row[name]
            # The same as zulu(), without a call: this line runs for every datetime of every row.
            if value is not None and value[-5:] == "+0000":
                row[name] = value[:-5] + "Z"
        for name in scalars:
            if (value := row[name]) is not None:
                row[name] = _text(value)
        return row

    return take


def from_bulk(columns: Sequence[Column], header: Sequence[str]) -> Read:
    """Compile the function that makes a record of a row of a CSV with this header."""
    index = {name.lower(): place for place, name in enumerate(header)}
    leaves = [column for column in columns if isinstance(column, Leaf)]
    if len(leaves) < len(columns):
        return builder(columns, _BulkSource(index))
    names = [leaf.name for leaf in leaves]
    places = [index[name.lower()] for name in names]
    in_order = places == list(range(len(places)))
    typed_values = tuple((leaf.name, _BULK[leaf.kind]) for leaf in leaves if leaf.kind in _BULK)

    def build(row: Sequence[str]) -> Row:
        values = row if in_order else [row[place] for place in places]
        record: Row = {name: value or None for name, value in zip(names, values, strict=False)}
        for name, convert in typed_values:
            value = record[name]
            if value is not None:
                record[name] = convert(value)
        return record

    return build
