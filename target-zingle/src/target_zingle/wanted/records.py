"""Fields of Singer records and schemas by path, for nested and flattened shapes alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_NOTHING: Mapping[str, Any] = {}
SEPARATOR = "__"


@dataclass(frozen=True, slots=True)
class SourceField:
    """One field of a stream's schema.

    Attributes:
        path: With dots between parents.
        types: JSON types without null; empty where the schema says nothing.
        format: JSON Schema `format`, such as `date-time`.
        hint: Salesforce's description (`x-salesforce`): `type`, `label`, `length` …
        max_length: Characters, where known.
    """

    path: str
    types: frozenset[str] = frozenset()
    format: str | None = None
    hint: Mapping[str, Any] = field(default_factory=dict)
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as its SCHEMA described it.

    Attributes:
        fields: Every field by dotted path.
        org_id: The Salesforce organisation that it comes from, 18 characters, if the tap says so.
    """

    name: str
    fields: Mapping[str, SourceField]
    key_properties: tuple[str, ...] = ()
    org_id: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every field as conditions name it."""
        return frozenset(path.replace(".", SEPARATOR) for path in self.fields)

    def source(self, path: str) -> SourceField | None:
        """The field for a mapping's path, written with dots or flattened."""
        return self.fields.get(path) or self.fields.get(path.replace(".", SEPARATOR))


def value_at(record: Mapping[str, Any], path: str) -> tuple[bool, Any]:
    """A value by path, and whether the record carries the path at all.

    `Account.Name` is found as a key of that name, nested under `Account`, or flattened to
    `Account__Name`. A parent that is null makes its children null, not absent.

    >>> value_at({"Account": {"Name": "Acme"}}, "Account.Name")
    (True, 'Acme')
    >>> value_at({"Account": None}, "Account.Name"), value_at({}, "Account.Name")
    ((True, None), (False, None))
    """
    if path in record:
        return True, record[path]
    flat = path.replace(".", SEPARATOR)
    if flat in record:
        return True, record[flat]
    head, dot, rest = path.partition(".")
    if not dot or head not in record:
        return False, None
    parent = record[head]
    if isinstance(parent, Mapping):
        return value_at(parent, rest)
    return parent is None, None


def flatten(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A record with parents' fields as `Parent__Field`, for conditions.

    >>> flatten({"Id": "1", "Account": {"Name": "Acme"}})
    {'Id': '1', 'Account': True, 'Account__Name': 'Acme'}
    """
    flat: dict[str, Any] = {}
    for key, value in record.items():
        name = prefix + key.replace(".", SEPARATOR)
        if isinstance(value, Mapping):
            # The bare parent stays testable: it is there, whatever it holds.
            flat[name] = True
            flat.update(flatten(value, f"{name}{SEPARATOR}"))
        else:
            flat[name] = value
    return flat


def schema_fields(schema: Mapping[str, Any]) -> dict[str, SourceField]:
    """Every field of a stream's schema by dotted path, parents included."""
    return {source.path: source for source in _walk(schema, "")}


def _walk(schema: Mapping[str, Any], prefix: str) -> Iterator[SourceField]:
    for name, described in (schema.get("properties") or _NOTHING).items():
        if not isinstance(described, Mapping):
            continue
        path = prefix + name
        yield _field(path, described)
        for branch in (described, *_branches(described)):
            if branch.get("properties"):
                yield from _walk(branch, f"{path}.")


def _branches(described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        branch
        for keyword in ("anyOf", "oneOf", "allOf")
        for branch in described.get(keyword) or ()
        if isinstance(branch, Mapping)
    ]


def _field(path: str, described: Mapping[str, Any]) -> SourceField:
    types: set[str] = set()
    formats: list[str] = []
    lengths: list[int] = []
    for branch in (described, *_branches(described)):
        kinds = branch.get("type") or ()
        types.update([kinds] if isinstance(kinds, str) else kinds)
        if isinstance(branch.get("format"), str):
            formats.append(branch["format"])
        if isinstance(branch.get("maxLength"), int):
            lengths.append(branch["maxLength"])
    hint = described.get("x-salesforce")
    hint = hint if isinstance(hint, Mapping) else _NOTHING
    if isinstance(hint.get("length"), int) and hint["length"] > 0:
        lengths.insert(0, hint["length"])
    only_null = types == {"null"}
    return SourceField(
        path=path,
        types=frozenset(types) if only_null else frozenset(types - {"null"}),
        format=formats[0] if formats else None,
        hint=hint,
        max_length=lengths[0] if lengths else None,
    )
