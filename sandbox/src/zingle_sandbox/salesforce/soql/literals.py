"""Values in a query: do they fit the field, and what are they in SQLite."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.catalogue.fields import NUMBERS, TEXTS
from zingle_sandbox.salesforce.catalogue.ids import to_18
from zingle_sandbox.salesforce.catalogue.times import sf_datetime, store_datetime
from zingle_sandbox.salesforce.soql.errors import INVALID_FIELD, MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.periods import period

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.soql.ast import Literal
    from zingle_sandbox.salesforce.soql.scope import Context

LONGEST_STRING = 4_000
_LARGEST_WHOLE = 2.0**63  # what SQLite keeps as an integer
_SHOWN = {"datetime": "dateTime", "id": "ID", "reference": "ID"}


def _accepts(type_: str) -> tuple[str, ...]:
    """Kinds of literal that a field type may be compared with."""
    if type_ in TEXTS or type_ in {"id", "reference"}:
        return ("string",)
    if type_ in NUMBERS:
        return ("number", "money") if type_ == "currency" else ("number",)
    return {
        "boolean": ("boolean",),
        "date": ("date", "period"),
        "datetime": ("datetime", "period"),
        "time": ("time",),
    }.get(type_, ("string",))


def check_literal(type_: str, name: str, literal: Literal, at: int) -> None:
    """Refuse a value of the wrong type.

    Raises:
        SoqlError: `INVALID_FIELD`, wording the type and whether it wants quotes, or
            `MALFORMED_QUERY` for a string over 4,000 characters.
    """
    if len(literal.value) > LONGEST_STRING:
        raise SoqlError(MALFORMED_QUERY, "String literal is too long", literal.at)
    if literal.kind == "null" or literal.kind in _accepts(type_):
        if type_ in {"id", "reference"} and literal.value and to_18(literal.value) is None:
            raise SoqlError(
                "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.value}", literal.at
            )
        return
    shown = "string" if type_ in TEXTS else _SHOWN.get(type_, type_)
    quotes = "should be" if _accepts(type_) == ("string",) else "should not be"
    raise SoqlError(
        INVALID_FIELD,
        f"value of filter criterion for field '{name}' must be of type {shown} and"
        f" {quotes} enclosed in quotes",
        at,
    )


def sql_value(  # noqa: PLR0911 - one a kind
    type_: str, literal: Literal
) -> str | int | float | None:
    """The value as the column holds it; ids become 18 characters."""
    match literal.kind:
        case "null":
            return None
        case "boolean":
            return int(literal.value == "true")
        case "number" | "money":
            number = float(literal.value)
            whole = _is_whole(literal.value) and abs(number) < _LARGEST_WHOLE
            return int(literal.value) if whole else number
        case "datetime":
            stored = store_datetime(literal.value)
            if stored is None:
                raise SoqlError(INVALID_FIELD, f"Invalid datetime: {literal.value}", literal.at)
            return stored
        case "date":
            return _checked_date(literal)
        case "time":
            clock, _, millis = literal.value.rstrip("Zz").partition(".")
            return f"{clock}.{millis[:3].ljust(3, '0')}Z"
        case "string" if type_ in {"id", "reference"}:
            return to_18(literal.value) or literal.value
        case _:
            return literal.value


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()


def _checked_date(literal: Literal) -> str:
    try:
        return date.fromisoformat(literal.value).isoformat()
    except ValueError as error:
        raise SoqlError(INVALID_FIELD, f"Invalid date: {literal.value}", literal.at) from error


def period_bounds(context: Context, type_: str, literal: Literal) -> tuple[str, str]:
    """First value of a date literal, and the first after it, as the column holds them."""
    today = context.now.astimezone(context.zone).date()
    try:
        first, after = period(literal.value, literal.number, today)
    except (ValueError, OverflowError) as error:
        raise SoqlError(
            INVALID_FIELD, f"Date literal is out of range: {literal.value}", literal.at
        ) from error
    if type_ == "date":
        return first.isoformat(), after.isoformat()
    return _midnight(context, first), _midnight(context, after)


def _midnight(context: Context, day: date) -> str:
    return sf_datetime(datetime.combine(day, time(), context.zone))
