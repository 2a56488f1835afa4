"""What a scanned query consists of, and how clauses become a text again (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tap_salesforce_zingle.soql.tokens import DATE_LITERAL, tokens_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# All clauses in the order that SOQL wants them.
CLAUSES = (
    "SELECT",
    "FROM",
    "USING SCOPE",
    "WHERE",
    "WITH",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "FOR",
    "UPDATE",
    "ALL ROWS",
)
# What lies in the past as soon as it is there.
_PAST = frozenset({"SYSTEMMODSTAMP", "LASTMODIFIEDDATE", "CREATEDDATE", "LOGINTIME"})


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field path somewhere in a query.

    Attributes:
        path: Names from the FROM object on, as written.
        position: Index of its first character.
        clause: The clause it is in.
    """

    path: tuple[str, ...]
    position: int
    clause: str


@dataclass(frozen=True, slots=True)
class Item:
    """One element of the SELECT list.

    Attributes:
        kind: What it is.
        text: As written, with its alias.
        position: Index of its first character.
        path: Names of a field; the first field inside a function; the field of a TYPEOF.
        function: Upper-case name of the outermost function, "" for none.
        is_aggregate: Whether it or a function inside of it answers one value for many rows.
        alias: As written, "" for none.
        argument: The scope of FIELDS(), upper case.
        subquery: The query in parentheses.
        branches: The type and the paths of each WHEN of a TYPEOF; "" names the ELSE.
    """

    kind: Literal["field", "function", "fields", "subquery", "typeof"]
    text: str
    position: int
    path: tuple[str, ...] = ()
    function: str = ""
    is_aggregate: bool = False
    alias: str = ""
    argument: str = ""
    subquery: Query | None = None
    branches: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A scanned query.

    Attributes:
        items: The SELECT list.
        sobject: The FROM object, or the relationship's name in a subquery; as written.
        sobject_position: Index of its first character.
        aliases: Further names of the FROM object (its alias), and aliased relationships by alias.
        clauses: Text of each clause after its keyword, comments blanked.
        fields: Every field path outside of subqueries, in order.
        joined: Objects of the queries inside of conditions, as written.
    """

    items: tuple[Item, ...]
    sobject: str
    sobject_position: int
    aliases: Mapping[str, tuple[str, ...]]
    clauses: Mapping[str, str]
    fields: tuple[FieldUse, ...]
    joined: tuple[str, ...] = ()

    @property
    def has_aggregate(self) -> bool:
        """Whether rows are groups of records rather than records."""
        return "GROUP BY" in self.clauses or self.is_total

    @property
    def is_total(self) -> bool:
        """Whether there is one row about all records; SOQL allows no LIMIT behind such a query."""
        return "GROUP BY" not in self.clauses and any(item.is_aggregate for item in self.items)

    @property
    def related(self) -> tuple[str, ...]:
        """What rows depend on besides themselves, as written: other records, the day of today."""
        names = []
        for use in self.fields:
            prefix = self.aliases.get(use.path[0].lower()) if len(use.path) > 1 else None
            path = use.path if prefix is None else (*prefix, *use.path[1:])
            if len(path) > 1 and use.clause != "ORDER BY":
                names.append(path[0])
        for item in self.items:
            names += [item.subquery.sobject] if item.subquery else []
            names += item.path[:1] if item.kind == "typeof" else []
        return tuple(dict.fromkeys([*names, *self.joined, *self._days]))

    @property
    def _days(self) -> list[str]:
        """Days of the condition that move on, and bring rows into it which did not change."""
        tokens = tokens_of(self.clauses.get("WHERE", ""))
        days = []
        for name, operator, day in zip(tokens, tokens[1:], tokens[2:], strict=False):
            # A lower bound that rises lets rows go, and so does a day that rows were written on.
            is_left = operator.text in {">", ">="} or (operator.text == "=" and name.upper in _PAST)
            is_day = day.kind == "word" and DATE_LITERAL.fullmatch(day.text)
            if is_day and (not is_left or any(token.upper == "NOT" for token in tokens)):
                days.append(day.text)
        return days


def render(clauses: Mapping[str, str]) -> str:
    """Put clauses together again, in SOQL's order.

    >>> render({"FROM": "Contact", "SELECT": "Id", "LIMIT": "5"})
    'SELECT Id FROM Contact LIMIT 5'
    """
    parts = (f"{name} {clauses[name]}".strip() for name in CLAUSES if name in clauses)
    return " ".join(parts)


def conjunction(own: str, more: str) -> str:
    """A condition that wants another one too, at the top level of both.

    What Salesforce allows at the top level of WHERE only, such as a semi-join, stays there: the
    user's text gets parentheses only where AND would bind tighter than what it says.

    >>> conjunction("A = 1 AND Id IN (SELECT B FROM C)", "K < 2")
    'A = 1 AND Id IN (SELECT B FROM C) AND K < 2'
    >>> conjunction("A = 1 OR B = 2", "K < 2")
    '(A = 1 OR B = 2) AND K < 2'
    """
    depth = 0
    tokens = tokens_of(own)
    is_loose = tokens[0].upper == "NOT"
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        is_loose |= depth == 0 and token.upper == "OR"
    return f"({own}) AND {more}" if is_loose else f"{own} AND {more}"
