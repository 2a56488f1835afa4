"""The functions of SOQL: which exist, what they take, what they are in SQLite."""

from __future__ import annotations

from zingle_sandbox.salesforce.soql.ast import Function, Literal, Path
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError, unexpected

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
# In SQLite, of a `YYYY-MM-DD…` text.
DATE_PARTS: dict[str, str] = {
    "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    "FISCAL_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "FISCAL_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "FISCAL_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(substr({0}, 9, 2) AS INTEGER) + 6) / 7",
    "WEEK_IN_YEAR": "(CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER) + 6) / 7",
}
WRAPPERS = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY"})
FIELD_SETS = frozenset({"ALL", "STANDARD", "CUSTOM"})
_OTHERS = {"GROUPING", "CONVERTTIMEZONE", "DISTANCE", "GEOLOCATION", "FIELDS"}
_KNOWN = AGGREGATES | frozenset(DATE_PARTS) | WRAPPERS | _OTHERS
_UNITS = frozenset({"mi", "km"})


def check_function(function: Function) -> Function:
    """The function, if it exists and is given what it takes.

    Raises:
        SoqlError: `MALFORMED_QUERY`.
    """
    name, arguments = function.upper, function.arguments
    if name not in _KNOWN:
        raise unexpected(function.name, function.at)
    if name == "DISTANCE":
        _check_distance(function)
    elif name == "GEOLOCATION":
        if len(arguments) != 2 or not all(_is_number(one) for one in arguments):  # noqa: PLR2004 - latitude, longitude
            raise unexpected(function.name, function.at)
    elif name == "FIELDS":
        only = arguments[0] if len(arguments) == 1 else None
        if not isinstance(only, Path) or only.text.upper() not in FIELD_SETS:
            raise SoqlError(
                MALFORMED_QUERY, "FIELDS() takes one of ALL, STANDARD, CUSTOM", function.at
            )
    elif name == "COUNT":
        if len(arguments) > 1:
            raise unexpected(function.name, function.at)
    elif len(arguments) != 1 or isinstance(arguments[0], Literal):
        raise unexpected(function.name, function.at)
    return function


def _is_number(argument: object) -> bool:
    return isinstance(argument, Literal) and argument.kind == "number"


def _check_distance(function: Function) -> None:
    match function.arguments:
        case (Path(), Function(), Literal(kind="string") as unit) if unit.value in _UNITS:
            return
        case _:
            raise SoqlError(
                MALFORMED_QUERY,
                "DISTANCE takes a location field, a GEOLOCATION and 'mi' or 'km'",
                function.at,
            )
