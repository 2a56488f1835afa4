"""A contact field's value in the type that the service declares for it. Pure.

Zingle shows the same type in several forms, and agents leave what they like in a field: what does
not fit the declared type has no typed value, and its text is kept beside it all the same.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from tap_zingle.shapes import Json, a_flag, a_text, an_object, id_of
from zingle_sync.zingle.dates import date_held

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LARGEST = 2**63

TYPED_VALUES = ("number_value", "boolean_value", "date_value", "datetime_value")


def field_value_record(row: Json) -> dict[str, Any]:
    """A field of a contact: its text as Zingle shows it, and its value in the declared type."""
    definition, value = an_object(row.get("custom_field")), row.get("value")
    kind = a_text(definition.get("data_type"))
    column, read = _READERS.get((kind or "").lower(), (None, None))
    typed: dict[str, Any] = dict.fromkeys(TYPED_VALUES)
    if column is not None and read is not None and value is not None:
        typed[column] = read(value)
    return {
        "field_id": id_of(definition),
        "display_name": a_text(definition.get("display_name")),
        "data_type": kind,
        "value": None if value is None else str(value),
        **typed,
    }


def _number(value: object) -> int | float | None:
    """A number; none for what is not finite, and for whole ones that 64 bits can't hold.

    >>> _number("101"), _number(" 2.50 "), _number("1e400"), _number("12 nights"), _number(True)
    (101, 2.5, None, None, None)
    """
    text = "" if isinstance(value, bool) else str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    if not number.is_integer():
        return number
    whole = int(text) if text.lstrip("+-").isdecimal() else int(number)
    return whole if -_LARGEST <= whole < _LARGEST else None


def _date(value: object) -> str | None:
    """The date in UTC: Zingle keeps it as its midnight there."""
    moment = date_held(value)
    return None if moment is None else moment.date().isoformat()


def _datetime(value: object) -> str | None:
    moment = date_held(value)
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


_READERS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "number": ("number_value", _number),
    "boolean": ("boolean_value", a_flag),
    "date": ("date_value", _date),
    "anniversary": ("date_value", _date),
    "datetime": ("datetime_value", _datetime),
}
