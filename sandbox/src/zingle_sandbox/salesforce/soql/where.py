"""WHERE to SQL.

SOQL knows true and false only: an empty field is different from every value, so `!=` and `NOT IN`
find empty fields, which SQL's three-valued logic would not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from zingle_sandbox.salesforce.catalogue.fields import COMPOUNDS, TEXTS
from zingle_sandbox.salesforce.soql.ast import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Function,
    Includes,
    InList,
    InQuery,
    Literal,
    Not,
    Path,
    Query,
)
from zingle_sandbox.salesforce.soql.errors import INVALID_FIELD, MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.expressions import Typed, function_value
from zingle_sandbox.salesforce.soql.literals import check_literal, period_bounds, sql_value
from zingle_sandbox.salesforce.soql.scope import Scope
from zingle_sandbox.salesforce.soql.semijoins import check_left

INVALID_OPERATOR = "INVALID_QUERY_FILTER_OPERATOR"
_INLINE_VALUES = 100
_JOINED_AT_ONCE = 50
SubqueryCompiler = Callable[[Scope, Query, Typed], str]


@dataclass(frozen=True, slots=True)
class Where:
    """Compiles conditions of one scope.

    Attributes:
        value: how the left side becomes SQL; HAVING has its own way.
        subquery: how the inner query of a semi-join becomes SQL.
    """

    scope: Scope
    value: Callable[[Scope, Path | Function], Typed]
    subquery: SubqueryCompiler

    def sql(self, condition: Condition) -> str:  # noqa: PLR0911 - one a form
        """A condition as SQL that is never NULL where it matters.

        Raises:
            SoqlError: a field is unknown, not filterable, or compared with a wrong value.
        """
        match condition:
            case All(conditions):
                return _join([self.sql(one) for one in conditions], "AND")
            case AnyOf(conditions):
                return _join([self.sql(one) for one in conditions], "OR")
            case Not(inner):
                return f"NOT COALESCE({self.sql(inner)}, 0)"
            case Comparison():
                return self._comparison(condition)
            case InList():
                return self._in_list(condition)
            case InQuery():
                return self._in_query(condition)
            case Includes():
                return self._includes(condition)

    def _left(self, left: Path | Function) -> Typed:
        typed = self.value(self.scope, left)
        if typed.field is not None and not typed.field.filterable:
            raise SoqlError(
                INVALID_FIELD,
                f"field '{typed.field.name}' can not be filtered in a query call",
                left.at,
            )
        if typed.type in COMPOUNDS:
            raise SoqlError(
                INVALID_FIELD, f"field '{typed.label}' can not be filtered in a query call", left.at
            )
        return typed

    def _comparison(self, one: Comparison) -> str:
        left = self._left(one.left)
        if one.operator == "LIKE":
            return self._like(left, one.value, one.left.at)
        check_literal(left.type, left.label, one.value, one.left.at)
        if one.operator not in {"=", "!="} and (
            left.type in {"boolean", "multipicklist"} or one.value.kind == "null"
        ):
            raise SoqlError(INVALID_OPERATOR, f"invalid operator on {left.type} field", one.left.at)
        if one.value.kind == "period":
            return self._period(left, one.operator, one.value)
        return self._compare(left, one.operator, one.value)

    def _compare(self, left: Typed, operator: str, literal: Literal) -> str:
        value = sql_value(left.type, literal)
        if value is None or value == "":
            return f"{left.sql} IS {'' if operator == '=' else 'NOT '}NULL"
        if isinstance(value, str) and left.type in TEXTS and not value.isascii():
            left_sql, place = f"sf_fold({left.sql})", self._bind(value.casefold())
        else:
            left_sql, place = left.sql, self._bind(value)
        match operator:
            case "=":
                return f"{left_sql} = {place}"
            case "!=":
                return f"{left_sql} IS NOT {place}"
            case _:
                return f"{left_sql} {operator} {place}"

    def _bind(self, value: str | float) -> str:
        return self.scope.context.parameter(value)

    def _like(self, left: Typed, literal: Literal, at: int) -> str:
        if left.type not in TEXTS or left.type == "multipicklist":
            raise SoqlError(INVALID_OPERATOR, f"invalid operator on {left.type} field", at)
        pattern = literal.pattern
        if not pattern.isascii():
            place = self._bind(pattern.casefold())
            return f"sf_fold({left.sql}) LIKE {place} ESCAPE '\\'"
        return f"{left.sql} LIKE {self._bind(pattern)} ESCAPE '\\'"

    def _period(self, left: Typed, operator: str, literal: Literal) -> str:
        first, after = (
            self._bind(bound) for bound in period_bounds(self.scope.context, left.type, literal)
        )
        match operator:
            case "=":
                return f"({left.sql} >= {first} AND {left.sql} < {after})"
            case "!=":
                return f"({left.sql} IS NULL OR {left.sql} < {first} OR {left.sql} >= {after})"
            case "<":
                return f"{left.sql} < {first}"
            case "<=":
                return f"{left.sql} < {after}"
            case ">":
                return f"{left.sql} >= {after}"
            case _:
                return f"{left.sql} >= {first}"

    def _in_list(self, one: InList) -> str:
        left = self._left(one.left)
        for literal in one.values:
            check_literal(left.type, left.label, literal, one.left.at)
        plain = [literal for literal in one.values if literal.kind != "period"]
        values = [sql_value(left.type, literal) for literal in plain]
        parts = [
            self._period(left, "=", literal) for literal in one.values if literal.kind == "period"
        ]
        if any(value in {None, ""} for value in values):
            parts.append(f"{left.sql} IS NULL")
        values = [value for value in values if value not in {None, ""}]
        folded = left.type in TEXTS and any(
            isinstance(value, str) and not value.isascii() for value in values
        )
        if values:
            left_sql = f"sf_fold({left.sql})" if folded else left.sql
            if folded:
                values = [str(value).casefold() for value in values]
            parts.append(f"{left_sql} IN {self._list(values)}")
        found = "(" + " OR ".join(parts) + ")"
        return f"NOT COALESCE({found}, 0)" if one.negated else found

    def _list(self, values: list[str | int | float | None]) -> str:
        if len(values) > _INLINE_VALUES:
            return f"(SELECT value FROM json_each({self._bind(json.dumps(values))}))"
        return "(" + ", ".join(self._bind(value) for value in values if value is not None) + ")"

    def _in_query(self, one: InQuery) -> str:
        check_left(one.left)
        left = self._left(one.left)
        if left.type not in {"id", "reference"}:
            raise SoqlError(
                MALFORMED_QUERY,
                f"The left operand field in the where expression for outer query should be an id"
                f" field: {left.label}",
                one.left.at,
            )
        inner = self.subquery(self.scope, one.query, left)
        found = f"{left.sql} IN ({inner})"
        return f"NOT COALESCE({found}, 0)" if one.negated else found

    def _includes(self, one: Includes) -> str:
        left = self._left(one.left)
        if left.type != "multipicklist":
            word = "EXCLUDES" if one.negated else "INCLUDES"
            raise SoqlError(
                INVALID_OPERATOR,
                f"{word} is only allowed on multi-select picklist fields: {left.label}",
                one.left.at,
            )
        choices = []
        for literal in one.values:
            check_literal(left.type, left.label, literal, one.left.at)
            if literal.kind == "null":
                choices.append(f"{left.sql} IS NULL")
                continue
            every = [
                f"instr(';' || lower({left.sql}) || ';', {self._bind(f';{part.lower()};')}) > 0"
                for part in literal.value.split(";")
            ]
            choices.append("(" + " AND ".join(every) + ")")
        found = "(" + " OR ".join(choices) + ")"
        return f"NOT COALESCE({found}, 0)" if one.negated else found


def _join(parts: list[str], word: str) -> str:
    """Join conditions; long chains become a flat tree, since SQLite limits its depth."""
    while len(parts) > _JOINED_AT_ONCE:
        parts = [
            _join(parts[at : at + _JOINED_AT_ONCE], word)
            for at in range(0, len(parts), _JOINED_AT_ONCE)
        ]
    return "(" + f" {word} ".join(parts) + ")"


def field_value(scope: Scope, expression: Path | Function) -> Typed:
    """The left side of a WHERE: a field, or a function of one."""
    if isinstance(expression, Path):
        column = scope.resolve(expression)
        return Typed(column.sql, column.field.type, column.field.name, column.field)
    return function_value(scope, expression)
