"""The tree of a parsed query. Offsets point into the query text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Path:
    """A field, maybe through relationships: `Account.Owner.Name`."""

    parts: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """The path as written."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value.

    Attributes:
        kind: its type in the text; `period` is a date literal such as `LAST_N_DAYS:3`.
        value: the value as text; escapes of strings are resolved.
        pattern: strings only: the same for a LIKE.
        number: the number of a period, if it has one.
    """

    kind: OneOf[
        "string", "number", "date", "datetime", "time", "boolean", "null", "period", "money"
    ]
    value: str
    at: int
    pattern: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function call; `COUNT()` has no arguments."""

    name: str  # as written
    arguments: tuple[Expression, ...]
    at: int

    @property
    def upper(self) -> str:
        """The name in upper case."""
        return self.name.upper()


Expression = Path | Function | Literal


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`."""

    left: Path | Function
    operator: OneOf["=", "!=", "<", "<=", ">", ">=", "LIKE"]
    value: Literal


@dataclass(frozen=True, slots=True)
class InList:
    """`field [NOT] IN (…)`."""

    left: Path | Function
    values: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InQuery:
    """`field [NOT] IN (SELECT …)`."""

    left: Path | Function
    query: Query
    negated: bool


@dataclass(frozen=True, slots=True)
class Includes:
    """`field INCLUDES (…)` or `EXCLUDES (…)`."""

    left: Path | Function
    values: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Conditions joined by AND."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions joined by OR."""

    conditions: tuple[Condition, ...]


Condition = Comparison | InList | InQuery | Includes | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Item:
    """A selected field or function, with the alias that aggregate queries may give it."""

    expression: Path | Function
    alias: str | None
    alias_at: int = 0


@dataclass(frozen=True, slots=True)
class Typeof:
    """`TYPEOF field WHEN type THEN fields … ELSE fields END`."""

    path: Path
    whens: tuple[tuple[str, int, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One element of ORDER BY."""

    expression: Path | Function
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Source:
    """What FROM names.

    Attributes:
        further: relationships with an alias of their own: `FROM Contact c, c.Account a`.
    """

    name: str
    alias: str | None
    at: int
    further: tuple[tuple[Path, str | None], ...] = ()


Grouping = OneOf["plain", "rollup", "cube"]


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, or a subquery.

    Attributes:
        counting: `SELECT COUNT()` alone.
        grouping: how GROUP BY groups.
        suffixes: FOR VIEW, FOR REFERENCE, FOR UPDATE, UPDATE TRACKING, … as written.
        at: where it starts.
    """

    items: tuple[Item | Typeof | Query, ...]
    source: Source
    counting: bool
    scope: str | None
    where: Condition | None
    group_by: tuple[Path | Function, ...]
    grouping: Grouping
    having: Condition | None
    order_by: tuple[Order, ...]
    limit: int | None
    offset: int | None
    suffixes: tuple[str, ...]
    at: int
