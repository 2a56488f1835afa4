"""SOQL text, taken apart and put together without rendering it anew (pure).

The position of everything is kept, so that an error can point at its character and the planner can
put conditions in while the user's own text stays as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_salesforce_zingle.soql_parser import FieldUse, Item, Query, parse
from tap_salesforce_zingle.soql_tokens import (
    AGGREGATES,
    CLAUSES,
    BindError,
    SoqlError,
    pointed,
    position_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AGGREGATES",
    "CLAUSES",
    "BindError",
    "FieldUse",
    "Item",
    "Query",
    "SoqlError",
    "pointed",
    "position_of",
    "render",
    "scan",
]


def scan(text: str) -> Query:
    """Read a query.

    Args:
        text: SOQL.

    Returns:
        What it consists of.

    Raises:
        BindError: If it holds an Apex bind.
        SoqlError: If it is no query.

    >>> query = scan("SELECT Id, Account.Name FROM Contact WHERE Email != null ORDER BY Name")
    >>> query.sobject, [item.path for item in query.items], query.clauses["WHERE"]
    ('Contact', [('Id',), ('Account', 'Name')], 'Email != null')
    """
    return parse(text)


def render(clauses: Mapping[str, str]) -> str:
    """Put clauses together again, in SOQL's order.

    >>> render({"FROM": "Contact", "SELECT": "Id", "LIMIT": "5"})
    'SELECT Id FROM Contact LIMIT 5'
    """
    parts = (f"{name} {clauses[name]}".strip() for name in CLAUSES if name in clauses)
    return " ".join(parts)
