"""Queries that group or aggregate: one SQL statement, and the keys of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import NUMBERS
from zingle_sandbox.salesforce.soql.ast import Function, Item, Order, Path, Query
from zingle_sandbox.salesforce.soql.errors import INVALID_FIELD, MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.expressions import (
    Typed,
    function_value,
    ordering,
    wrapped,
)
from zingle_sandbox.salesforce.soql.functions import AGGREGATES, DATE_PARTS, WRAPPERS
from zingle_sandbox.salesforce.soql.where import Where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zingle_sandbox.salesforce.soql.scope import Scope

MOST_GROUPS = 2_000
MOST_ROLLED_UP = 3
_SQL = {"COUNT": "COUNT({0})", "COUNT_DISTINCT": "COUNT(DISTINCT {0})", "SUM": "SUM({0})"}
_SQL |= {"AVG": "AVG({0})", "MIN": "MIN({0})", "MAX": "MAX({0})"}


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A statement whose rows are the records.

    Attributes:
        keys: key, type and whether it is an aggregate, of each column.
    """

    sql: str
    parameters: dict[str, Any]
    keys: tuple[tuple[str, str, bool], ...]


def is_aggregate(query: Query) -> bool:
    """Whether the query groups, or selects an aggregate."""
    return bool(query.group_by) or any(
        isinstance(item, Item)
        and isinstance(item.expression, Function)
        and _aggregates(item.expression)
        for item in query.items
    )


def _aggregates(function: Function) -> bool:
    return function.upper in AGGREGATES or any(
        isinstance(argument, Function) and _aggregates(argument) for argument in function.arguments
    )


def aggregate(scope: Scope, query: Query, where: str) -> Aggregation:
    """Compile a query that groups or aggregates.

    Raises:
        SoqlError: a field is neither grouped nor aggregated, or cannot be.
    """
    if query.grouping != "plain" and len(query.group_by) > MOST_ROLLED_UP:
        raise SoqlError(
            MALFORMED_QUERY,
            f"GROUP BY {query.grouping.upper()} takes at most {MOST_ROLLED_UP} fields",
            query.group_by[MOST_ROLLED_UP].at,
        )
    for word, given in (("LIMIT", query.limit), ("OFFSET", query.offset)):
        if given is not None and not query.group_by:
            raise SoqlError(
                MALFORMED_QUERY,
                f"Non-grouped query that uses overall aggregate functions cannot also use {word}",
            )
    grouped = [_grouped(scope, one) for one in query.group_by]
    names = [_key(scope, one) for one in query.group_by]
    statements = [
        _statement(_Pass(scope, grouped, names, kept), query, where)
        for kept in _grouping_sets(query.grouping, len(grouped))
    ]
    columns = statements[0][1]
    sql = " UNION ALL ".join(statement for statement, _ in statements)
    if query.order_by:
        order = [_order(one, query, columns) for one in query.order_by]
        sql = f"SELECT * FROM ({sql}) ORDER BY {', '.join(order)}"
    limit = MOST_GROUPS + 1 if query.limit is None else query.limit
    sql += f" LIMIT {limit} OFFSET {query.offset or 0}"
    shown = tuple((key, kind, is_sum) for key, kind, is_sum, hidden in columns if not hidden)
    return Aggregation(sql, dict(scope.context.parameters), shown)


def _grouping_sets(grouping: str, count: int) -> Iterable[frozenset[int]]:
    """Which of the grouped fields each pass keeps."""
    everything = range(count)
    match grouping:
        case "rollup":
            return [frozenset(everything[:kept]) for kept in range(count, -1, -1)]
        case "cube":
            return [
                frozenset(kept)
                for size in range(count, -1, -1)
                for kept in combinations(everything, size)
            ]
        case _:
            return [frozenset(everything)]


def _grouped(scope: Scope, expression: Path | Function) -> Typed:
    if isinstance(expression, Function):
        return function_value(scope, expression)
    column = scope.resolve(expression)
    if not column.field.groupable:
        raise SoqlError(
            INVALID_FIELD,
            f"field '{column.field.name}' can not be grouped in a query call",
            expression.at,
        )
    return Typed(column.sql, column.field.type, column.field.name, column.field)


def _key(scope: Scope, expression: Path | Function) -> str:
    """What makes two expressions the same."""
    if isinstance(expression, Path):
        column = scope.resolve(expression)
        return ".".join([*column.relationships, column.field.name]).lower()
    inner = ", ".join(
        _key(scope, argument) if isinstance(argument, (Path, Function)) else argument.value
        for argument in expression.arguments
    )
    return f"{expression.upper}({inner})"


_Columns = list[tuple[str, str, bool, bool]]


@dataclass(frozen=True, slots=True)
class _Pass:
    """One grouping set: the grouped fields, their keys, and which of them it keeps."""

    scope: Scope
    grouped: list[Typed]
    names: list[str]
    kept: frozenset[int]

    def value(self, expression: Path | Function) -> Typed:
        """A selected, ordered or filtered expression."""
        if isinstance(expression, Function):
            if expression.upper in AGGREGATES:
                return _aggregate_value(self.scope, expression)
            if expression.upper == "GROUPING":
                return self._grouping(expression)
            if expression.upper in WRAPPERS:
                return self._wrapped(expression)
        key = _key(self.scope, expression)
        if key in self.names:
            index = self.names.index(key)
            typed = self.grouped[index]
            if index in self.kept:
                return typed
            return Typed("NULL", typed.type, typed.label, typed.field)
        if isinstance(expression, Path):
            shown = self.scope.resolve(expression).field.name
        else:
            shown = expression.name
        raise SoqlError(
            MALFORMED_QUERY, f"Field must be grouped or aggregated: {shown}", expression.at
        )

    def _grouping(self, function: Function) -> Typed:
        argument = function.arguments[0]
        key = _key(self.scope, argument) if isinstance(argument, (Path, Function)) else ""
        if key not in self.names:
            raise SoqlError(MALFORMED_QUERY, "GROUPING() needs a grouped field", function.at)
        return Typed(str(int(self.names.index(key) not in self.kept)), "int", "GROUPING")

    def _wrapped(self, function: Function) -> Typed:
        argument = function.arguments[0]
        if not isinstance(argument, (Path, Function)):
            return wrapped(self.scope, function)
        typed = self.value(argument)
        if function.upper != "FORMAT":
            return typed
        zone = self.scope.context.parameter(self.scope.context.zone.key)
        return Typed(f"sf_format({typed.sql}, '{typed.type}', {zone})", "string", typed.label)


def _statement(one: _Pass, query: Query, where: str) -> tuple[str, _Columns]:
    """One SELECT of a grouping set, and its columns: key, type, aggregate, hidden."""
    sql: list[str] = []
    columns: _Columns = []
    unnamed = 0
    for item in query.items:
        if not isinstance(item, Item):
            raise SoqlError(MALFORMED_QUERY, "Nested queries cannot be grouped", query.at)
        typed = one.value(item.expression)
        is_sum = isinstance(item.expression, Function)
        if item.alias is not None:
            key = item.alias
        elif isinstance(item.expression, Path):
            key = typed.label
        else:
            key, unnamed = f"expr{unnamed}", unnamed + 1
        if key.lower() in {one.lower() for one, *_ in columns}:
            at = item.expression.at if item.alias is None else item.alias_at
            raise SoqlError(MALFORMED_QUERY, f"duplicate alias: {key}", at)
        sql.append(f"{typed.sql} AS c{len(columns)}")
        columns.append((key, typed.type, is_sum, False))
    for order in query.order_by:
        if _alias_column(order, columns) is None:
            sql.append(f"{one.value(order.expression).sql} AS c{len(columns)}")
            columns.append((_order_key(one.scope, order), "string", False, True))
    text = f"SELECT {', '.join(sql)} FROM {one.scope.from_sql} WHERE {where}"
    return text + _grouping_clauses(one, query), columns


def _grouping_clauses(one: _Pass, query: Query) -> str:
    """GROUP BY and HAVING; the grand total of no rows at all is left out."""
    by = [one.grouped[index].sql for index in sorted(one.kept)]
    text = f" GROUP BY {', '.join(by)}" if by else ""
    having = ["COUNT(*) > 0"] if query.group_by and not by else []
    if query.having is not None:
        compiler = Where(one.scope, lambda _, expression: one.value(expression), _no_subquery)
        having.append(compiler.sql(query.having))
    return text + (f" HAVING {' AND '.join(having)}" if having else "")


def _no_subquery(_: Scope, query: Query, outer: Typed) -> str:
    raise SoqlError(
        MALFORMED_QUERY, f"Nested queries are not allowed in HAVING: {outer.label}", query.at
    )


def _aggregate_value(scope: Scope, function: Function) -> Typed:
    name = function.upper
    if not function.arguments:
        raise SoqlError(MALFORMED_QUERY, "COUNT() cannot stand beside other fields", function.at)
    argument = function.arguments[0]
    if isinstance(argument, Path):
        column = scope.resolve(argument)
        typed = Typed(column.sql, column.field.type, column.field.name, column.field)
        if not column.field.aggregatable:
            raise SoqlError(
                INVALID_FIELD,
                f"field {column.field.name} does not support aggregate operator {name}",
                argument.at,
            )
    elif isinstance(argument, Function) and argument.upper in DATE_PARTS | dict.fromkeys(
        WRAPPERS, ""
    ):
        typed = function_value(scope, argument)
    else:
        raise SoqlError(MALFORMED_QUERY, f"{function.name} needs a field", function.at)
    if name in {"SUM", "AVG"} and typed.type not in NUMBERS:
        raise SoqlError(
            INVALID_FIELD,
            f"field {typed.label} does not support aggregate operator {name}",
            function.at,
        )
    sql = _SQL[name].format(typed.sql)
    if name.startswith("COUNT"):
        return Typed(sql, "int", name)
    if name in {"SUM", "AVG"}:
        sql, kind = f"CAST({sql} AS REAL)", "double"
        return Typed(sql, kind, name)
    return Typed(sql, typed.type, name)


def _alias_column(order: Order, columns: _Columns) -> int | None:
    """The selected column that an ORDER BY names by its alias."""
    if isinstance(order.expression, Path) and len(order.expression.parts) == 1:
        for index, (key, *_) in enumerate(columns):
            if key.lower() == order.expression.parts[0].lower():
                return index
    return None


def _order_key(scope: Scope, order: Order) -> str:
    if isinstance(order.expression, Function) and order.expression.upper in AGGREGATES | {
        "GROUPING"
    }:
        return f"order {order.expression.upper}"
    return f"order {_key(scope, order.expression)}"


def _order(order: Order, query: Query, columns: _Columns) -> str:
    index = _alias_column(order, columns)
    if index is None:
        # Hidden columns stand behind the selected ones, in the order of ORDER BY.
        hidden = [one for one in query.order_by if _alias_column(one, columns) is None]
        index = len(query.items) + hidden.index(order)
    return ordering(f"c{index}", order)
