"""Result rows to the JSON objects of the REST API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADDRESS_KEYS = (
    "city",
    "country",
    "geocodeAccuracy",
    "latitude",
    "longitude",
    "postalCode",
    "state",
    "street",
)
_LOCATION_KEYS = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Value:
    """A plain value in one column."""

    key: str
    at: int
    boolean: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A compound value in consecutive columns, null if all are."""

    key: str
    at: int
    keys: tuple[str, ...]


@dataclass(slots=True)
class Parent:
    """A parent record.

    Attributes:
        key: its key in the record, the relationship's name; empty for the record itself.
        type: shown in `attributes`; `Name` for polymorphic lookups.
        id_at: column of the record's id; null means no parent.
        type_at: column of the object's name, which the URL needs, for polymorphic lookups.
    """

    key: str
    type: str
    id_at: int
    type_at: int | None = None
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cases:
    """TYPEOF: which parent shape applies is decided by the first that has an id."""

    key: str
    parents: tuple[Parent, ...]


@dataclass(frozen=True, slots=True)
class Children:
    """A child subquery, filled in page by page."""

    key: str
    index: int


Entry = Value | Whole | Parent | Cases | Children
Filler = Any  # Callable[[int, str], Any]: child subquery number and parent id to its result


def whole(key: str, type_: str, at: int) -> Whole:
    """The entry of an address or a location."""
    return Whole(key, at, _ADDRESS_KEYS if type_ == "address" else _LOCATION_KEYS)


def build(parent: Parent, row: Sequence[Any], base: str, children: Filler) -> dict[str, Any] | None:
    """One record, or None where a parent is missing.

    Args:
        parent: the record's shape.
        row: its columns.
        base: `/services/data/vNN.0/sobjects`.
        children: gives the result of a child subquery for a parent id.
    """
    record_id = row[parent.id_at]
    if record_id is None:
        return None
    named = parent.type if parent.type_at is None else row[parent.type_at]
    record: dict[str, Any] = {
        "attributes": {"type": parent.type, "url": f"{base}/{named}/{record_id}"}
    }
    for entry in parent.entries:
        match entry:
            case Value(key, at, boolean):
                value = row[at]
                record[key] = value == 1 if boolean and value is not None else value
            case Whole(key, at, keys):
                values = row[at : at + len(keys)]
                found = any(value is not None for value in values)
                record[key] = dict(zip(keys, values, strict=True)) if found else None
            case Parent():
                record[entry.key] = build(entry, row, base, children)
            case Cases(key, parents):
                record[key] = next(
                    (one for p in parents if (one := build(p, row, base, children)) is not None),
                    None,
                )
            case Children(key, index):
                record[key] = children(index, record_id)
    return record


def build_flat(
    parent: Parent, rows: Sequence[Sequence[Any]], base: str
) -> list[dict[str, Any]] | None:
    """Records that hold plain values only, faster; None if this shape holds more."""
    keys, places, booleans = [], [], []
    for entry in parent.entries:
        if not isinstance(entry, Value):
            return None
        keys.append(entry.key)
        places.append(entry.at)
        if entry.boolean:
            booleans.append(entry.key)
    # The id is column 0, the values follow in order: one slice instead of many look-ups.
    if parent.id_at != 0 or places != list(range(1, len(places) + 1)):
        return None
    url = f"{base}/{parent.type}/"
    records = []
    for row in rows:
        record: dict[str, Any] = {"attributes": {"type": parent.type, "url": url + row[0]}}
        record.update(zip(keys, row[1:], strict=True))
        for key in booleans:
            record[key] = record[key] == 1
        records.append(record)
    return records
