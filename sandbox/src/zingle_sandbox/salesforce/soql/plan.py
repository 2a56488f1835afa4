"""A parsed query to what has to run: which rows, in which order, and how to read them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.soql.aggregate import Aggregation, aggregate, is_aggregate
from zingle_sandbox.salesforce.soql.ast import Function, Order, Query
from zingle_sandbox.salesforce.soql.errors import INVALID_FIELD, MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.expressions import Typed, function_value, ordering
from zingle_sandbox.salesforce.soql.scope import Context, Scope
from zingle_sandbox.salesforce.soql.select import ChildQuery, Selection, select
from zingle_sandbox.salesforce.soql.semijoins import check_inner, check_placement, selected
from zingle_sandbox.salesforce.soql.where import Where, field_value

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.catalogue.sobjects import SObject

MOST_OFFSET = 2_000


@dataclass(frozen=True, slots=True)
class Rows:
    """A query for row numbers.

    Attributes:
        sql: answers rowids in order; without ORDER BY the order means nothing.
        ordered: whether the query asked for an order.
        windowed: whether it has a LIMIT or an OFFSET.
    """

    sql: str
    parameters: dict[str, Any]
    ordered: bool
    windowed: bool
    selection: Selection

    @property
    def count_sql(self) -> str:
        """SQL for the number of rows."""
        if self.windowed:
            return f"SELECT COUNT(*) FROM ({self.sql})"
        start, end = self.sql.index(" FROM "), self.sql.rfind(" ORDER BY ")
        return f"SELECT COUNT(*){self.sql[start : end if self.ordered else None]}"


@dataclass(frozen=True, slots=True)
class Count:
    """`SELECT COUNT()`: the number is the `totalSize`."""

    sql: str
    parameters: dict[str, Any]


Plan = Rows | Count | Aggregation


def plan(context: Context, query: Query) -> Plan:
    """Compile a query.

    Raises:
        SoqlError: it names what does not exist, or asks for what cannot be done.
    """
    sobject = context.sobject(query.source.name, query.source.at)
    if query.offset is not None and query.offset > MOST_OFFSET:
        raise SoqlError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"Maximum SOQL offset allowed is {MOST_OFFSET}",
        )
    if query.counting:
        return _count(context, sobject, query)
    if is_aggregate(query):
        scope = Scope(context, sobject, query.source)
        return aggregate(scope, query, conditions(scope, query))
    selection = select(context, sobject, query)
    for child in selection.children:
        _check_child(context, child)
    sql, parameters = row_query(context, sobject, query)
    windowed = query.limit is not None or query.offset is not None
    return Rows(sql, parameters, bool(query.order_by), windowed, selection)


def _check_child(context: Context, child: ChildQuery) -> None:
    """Refuse a child subquery that is wrong, before any parent is read."""
    if child.query.counting or is_aggregate(child.query):
        raise SoqlError(
            MALFORMED_QUERY, "Aggregates are not allowed in a nested query", child.query.at
        )
    inner = replace(context, parameters={}, aliases=0)
    selection = select(inner, child.sobject, child.query, nested=True)
    row_query(inner, child.sobject, child.query)
    for grandchild in selection.children:
        _check_child(context, grandchild)


def _count(context: Context, sobject: SObject, query: Query) -> Count:
    if query.group_by:
        raise SoqlError(
            MALFORMED_QUERY,
            "Grouped query cannot use COUNT() without a field",
            query.group_by[0].at,
        )
    if query.order_by:
        raise SoqlError(
            MALFORMED_QUERY,
            "Count() query can not have an ORDER BY",
            query.order_by[0].expression.at,
        )
    scope = Scope(context, sobject, query.source)
    where = conditions(scope, query)
    sql = f"SELECT 1 FROM {scope.from_sql} WHERE {where}{_window(query)}"
    if query.limit is None and query.offset is None:
        sql = f"SELECT COUNT(*) FROM {scope.from_sql} WHERE {where}"
    else:
        sql = f"SELECT COUNT(*) FROM ({sql})"
    return Count(sql, dict(context.parameters))


def row_query(
    context: Context,
    sobject: SObject,
    query: Query,
    *,
    among: str | None = None,
    tie: str = "",
) -> tuple[str, dict[str, Any]]:
    """SQL for the rowids of a query.

    Args:
        context: what is compiled against; its parameters grow.
        sobject: what FROM means.
        query: the query.
        among: a condition on the alias `{alias}` that narrows the rows.
        tie: what orders rows that are equal otherwise.
    """
    scope = Scope(context, sobject, query.source)
    order = [_order(scope, one) for one in query.order_by]
    where = conditions(scope, query)
    alias = scope.table.alias
    if among is not None:
        where = f"{among.format(alias=alias)} AND {where}"
    if tie and order:
        order.append(tie.format(alias=alias))
    by = f" ORDER BY {', '.join(order)}" if order else ""
    return (
        f"SELECT {alias}.rowid FROM {scope.from_sql} WHERE {where}{by}{_window(query)}",
        dict(context.parameters),
    )


def _window(query: Query) -> str:
    if query.limit is None and query.offset is None:
        return ""
    limit = -1 if query.limit is None else query.limit
    return f" LIMIT {limit} OFFSET {query.offset or 0}"


def conditions(scope: Scope, query: Query, *, inside: bool = False) -> str:
    """Everything that decides whether a row is in the result, as SQL.

    Args:
        scope: of the query.
        query: the query.
        inside: it is the inner query of a semi-join.
    """
    parts = scope.visibility()
    if query.scope is not None:
        parts.append(_scope_condition(scope, query.scope))
    if query.where is not None:
        check_placement(query.where, inside=inside)
        parts.append(Where(scope, field_value, semi_join).sql(query.where))
    return " AND ".join(parts) or "1"


def semi_join(outer: Scope, query: Query, left: Typed) -> str:
    """The inner query of `IN (SELECT …)` as SQL that yields ids.

    Raises:
        SoqlError: it does not select one id of the object that the left side means.
    """
    path = selected(query, left.label)
    context = outer.context
    inner = context.sobject(query.source.name, query.source.at)
    scope = Scope(context, inner, query.source)
    column = scope.resolve(path)
    if left.field is not None:
        check_inner(outer.sobject, left.field, query, inner=inner, path=path, field=column.field)
    where = conditions(scope, query, inside=True)
    return f"SELECT {column.sql} FROM {scope.from_sql} WHERE {where} AND {column.sql} IS NOT NULL"


def _order(scope: Scope, order: Order) -> str:
    expression = order.expression
    if isinstance(expression, Function):
        sql = function_value(scope, expression).sql
    else:
        column = scope.resolve(expression)
        if not column.field.sortable:
            raise SoqlError(
                INVALID_FIELD,
                f"field '{column.field.name}' can not be sorted in a query call",
                expression.at,
            )
        sql = column.sql
        if not column.field.nillable:
            return f"{sql} DESC" if order.descending else sql
    return ordering(sql, order)


_SCOPES = frozenset(
    {
        "everything",
        "scopingrule",
        "mine",
        "team",
        "delegated",
        "mine_and_my_groups",
        "mineandmygroups",
        "my_territory",
        "my_team_territory",
        "queue_owned",
        "user_owned",
        "allprivate",
    }
)


def _scope_condition(scope: Scope, name: str) -> str:
    """USING SCOPE. The user leads no team, and the org has no territories."""
    wanted = name.lower()
    if wanted not in _SCOPES:
        raise SoqlError("INVALID_QUERY_SCOPE", f"scope '{name}' is not supported")
    if wanted in {"everything", "scopingrule"}:
        return "1"
    owner = scope.sobject.field("OwnerId")
    if owner is None:
        raise SoqlError(
            "INVALID_QUERY_SCOPE", f"scope '{name}' is not supported on {scope.sobject.name}"
        )
    column = scope.table.column(owner)
    match wanted:
        case "queue_owned":
            return f"substr({column}, 1, 3) = '00G'"
        case "user_owned":
            return f"substr({column}, 1, 3) = '005'"
        case "mine" | "team" | "allprivate":
            return f"{column} = {scope.context.parameter(scope.context.user_id)}"
        case "mine_and_my_groups" | "mineandmygroups":
            mine = scope.context.parameter(scope.context.user_id)
            return f"({column} = {mine} OR substr({column}, 1, 3) = '00G')"
        case _:
            return "0"
