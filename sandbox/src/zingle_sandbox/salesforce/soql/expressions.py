"""Functions of fields as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.catalogue.fields import COMPOUNDS, Field
from zingle_sandbox.salesforce.soql.ast import Function, Literal, Order, Path
from zingle_sandbox.salesforce.soql.errors import (
    INVALID_FIELD,
    MALFORMED_QUERY,
    SoqlError,
    unexpected,
)
from zingle_sandbox.salesforce.soql.functions import AGGREGATES, DATE_PARTS, WRAPPERS

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.soql.scope import Scope


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression in SQL, and what it yields.

    Attributes:
        type: a field type.
        label: how messages name it.
        field: the field, if the expression is nothing but one.
    """

    sql: str
    type: str
    label: str
    field: Field | None = None


def function_value(scope: Scope, function: Function) -> Typed:
    """A function that is no aggregate.

    Raises:
        SoqlError: it is one, or its field does not fit.
    """
    name = function.upper
    if name in AGGREGATES:
        raise SoqlError(
            MALFORMED_QUERY,
            f"Aggregate functions are not allowed here: {function.name}",
            function.at,
        )
    if name in DATE_PARTS:
        return _date_part(scope, function)
    if name == "DISTANCE":
        return _distance(scope, function)
    if name in WRAPPERS:
        return wrapped(scope, function)
    raise unexpected(function.name, function.at)


def wrapped(scope: Scope, function: Function) -> Typed:
    """The field inside toLabel, FORMAT or convertCurrency."""
    inner = function.arguments[0]
    if isinstance(inner, Function):
        return function_value(scope, inner)
    if not isinstance(inner, Path):
        raise unexpected(function.name, function.at)
    column = scope.resolve(inner)
    if function.upper == "CONVERTCURRENCY" and column.field.type != "currency":
        raise SoqlError(
            INVALID_FIELD, f"convertCurrency() needs a currency field: {inner.text}", inner.at
        )
    return Typed(column.sql, column.field.type, column.field.name, column.field)


def _date_part(scope: Scope, function: Function) -> Typed:
    inner = function.arguments[0]
    zoned = isinstance(inner, Function) and inner.upper == "CONVERTTIMEZONE"
    path = inner.arguments[0] if isinstance(inner, Function) and zoned else inner
    if not isinstance(path, Path):
        raise unexpected(function.name, function.at)
    column = scope.resolve(path)
    if column.field.type not in {"date", "datetime"}:
        raise SoqlError(
            INVALID_FIELD,
            f"{function.name}() needs a date or dateTime field: {path.text}",
            function.at,
        )
    sql = column.sql
    if zoned:
        zone = scope.context.parameter(scope.context.zone.key)
        sql = f"sf_local({sql}, {zone})"
    kind = "date" if function.upper == "DAY_ONLY" else "int"
    return Typed(f"({DATE_PARTS[function.upper].format(sql)})", kind, function.name)


def _distance(scope: Scope, function: Function) -> Typed:
    path, place, unit = function.arguments
    if not (isinstance(path, Path) and isinstance(place, Function) and isinstance(unit, Literal)):
        raise unexpected(function.name, function.at)
    column = scope.resolve(path)
    if column.field.type not in COMPOUNDS:
        raise SoqlError(INVALID_FIELD, f"DISTANCE needs a location field: {path.text}", path.at)
    latitude, longitude = (
        column.table.column(column.table.fields[name.lower()])
        for name in location_parts(column.field)
    )
    values = [
        scope.context.parameter(float(argument.value))
        for argument in place.arguments
        if isinstance(argument, Literal)
    ]
    kilometres = f"sf_distance({latitude}, {longitude}, {values[0]}, {values[1]})"
    factor = 1.0 if unit.value == "km" else 0.621371192
    return Typed(f"({kilometres} * {factor})", "double", "DISTANCE")


def location_parts(field: Field) -> tuple[str, str]:
    """Names of the latitude and longitude of an address or a location."""
    if field.type == "location":
        stem = field.name.removesuffix("__c")
        return f"{stem}__Latitude__s", f"{stem}__Longitude__s"
    stem = field.name.removesuffix("Address")
    return f"{stem}Latitude", f"{stem}Longitude"


def ordering(sql: str, order: Order) -> str:
    """One element of ORDER BY; without NULLS LAST, SOQL puts nulls first in both directions."""
    direction = " DESC" if order.descending else ""
    # SQLite takes nulls for the smallest values: only the other placement has to be said.
    if order.descending == order.nulls_last:
        return f"{sql}{direction}"
    return f"{sql}{direction} NULLS {'LAST' if order.nulls_last else 'FIRST'}"
