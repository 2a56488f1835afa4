"""What the SOQL reference does not allow of semi-joins and anti-joins (`[NOT] IN (SELECT …)`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.soql.ast import (
    All,
    AnyOf,
    Condition,
    Function,
    InQuery,
    Item,
    Not,
    Path,
    Query,
)
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sandbox.salesforce.catalogue.fields import Field
    from zingle_sandbox.salesforce.catalogue.sobjects import SObject

MOST = 2
# "The following objects are not currently supported in subqueries."
_NOT_INSIDE = frozenset({"activityhistory", "attachment", "event", "note", "openactivity", "task"})
_NESTED = (
    "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested"
    " WHERE expressions."
)


def check_placement(where: Condition, *, inside: bool) -> None:
    """Refuse semi-joins where none may stand, or too many of them.

    Args:
        where: the whole condition of a query.
        inside: it belongs to a semi-join's inner query.

    Raises:
        SoqlError: `MALFORMED_QUERY`.
    """
    joins = list(_joins(where))
    if not joins:
        return
    first = joins[0].left.at
    if inside:
        raise SoqlError(MALFORMED_QUERY, "Nesting of semi join sub-selects is not supported", first)
    if isinstance(where, AnyOf):
        raise SoqlError(
            MALFORMED_QUERY, "Semi join sub-selects are not allowed with the 'OR' operator", first
        )
    top = where.conditions if isinstance(where, All) else (where,)
    for condition in top:
        if not isinstance(condition, InQuery) and (nested := next(_joins(condition), None)):
            raise SoqlError(MALFORMED_QUERY, _NESTED, nested.left.at)
    if len(joins) > MOST:
        raise SoqlError(
            MALFORMED_QUERY,
            f"Maximum {MOST} semi join sub-selects are allowed",
            joins[MOST].left.at,
        )


def _joins(condition: Condition) -> Iterator[InQuery]:
    match condition:
        case InQuery():
            yield condition
        case All(conditions) | AnyOf(conditions):
            for one in conditions:
                yield from _joins(one)
        case Not(inner):
            yield from _joins(inner)
        case _:
            return


def check_left(left: Path | Function) -> None:
    """The left side is a field of the queried object itself.

    Raises:
        SoqlError: `MALFORMED_QUERY`.
    """
    if isinstance(left, Path) and len(left.parts) > 1:
        raise SoqlError(
            MALFORMED_QUERY,
            f"The left operand '{left.text}' cannot have more than one level of relationships",
            left.at,
        )


def selected(query: Query, outer: str) -> Path:
    """The one field that an inner query selects.

    Raises:
        SoqlError: `MALFORMED_QUERY`; it selects something else, or has clauses that it may not.
    """
    item = query.items[0]
    if len(query.items) != 1 or not isinstance(item, Item) or not isinstance(item.expression, Path):
        raise SoqlError(
            MALFORMED_QUERY, f"The inner query of {outer} must select exactly one field", query.at
        )
    for clause, there in (
        ("ORDER", bool(query.order_by)),
        ("LIMIT", query.limit is not None),
        ("OFFSET", query.offset is not None),
        ("GROUP", bool(query.group_by)),
        ("FOR", bool(query.suffixes)),
    ):
        if there:
            raise SoqlError(
                MALFORMED_QUERY, f"expecting a right parentheses, found '{clause}'", query.at
            )
    return item.expression


def check_inner(  # noqa: PLR0913 - both sides of the comparison
    outer: SObject, left: Field, query: Query, *, inner: SObject, path: Path, field: Field
) -> None:
    """Both sides mean ids of the same object, and the inner query asks another object.

    Raises:
        SoqlError: `MALFORMED_QUERY`.
    """
    if inner.name.lower() in _NOT_INSIDE:
        raise SoqlError(
            MALFORMED_QUERY,
            f"Entity '{inner.name}' is not supported for semi join inner selects",
            query.source.at,
        )
    if inner.name == outer.name:
        raise SoqlError(
            MALFORMED_QUERY,
            "The inner and outer selects should not be on the same object type",
            query.source.at,
        )
    if len(path.parts) > 1 and path.parts[0].lower() != (query.source.alias or "").lower():
        raise SoqlError(
            MALFORMED_QUERY,
            f"Semi join sub-selects can only query id fields, cannot use: '{path.text}'",
            path.at,
        )
    wanted = {outer.name} if left.type == "id" else set(left.references)
    given = {inner.name} if field.type == "id" else set(field.references)
    if not wanted & given:
        raise SoqlError(
            MALFORMED_QUERY,
            f"The selected field '{path.text}' in the subquery and the left operand field in the"
            f" where expression in the outer query '{left.name}' should point to the same object"
            " type",
            path.at,
        )
