"""Contact fields: how values are checked on the way in and shown on the way out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeGuard

from .constants import DATE_TYPES, NAME_FIELDS
from .errors import Refused
from .ids import Kind, make_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from zingle_sandbox.store import Store

    from .call import Call

_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One choice of a select. With the reading `option_id = equal`, `id` is `value`."""

    id: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field definition.

    `key` is where a contact keeps the value: a column for the global name fields, otherwise the
    key in its JSON.
    """

    number: int
    id: str
    name: str
    code: str
    data_type: str
    is_global: bool
    options: tuple[FieldOption, ...]

    @property
    def column(self) -> str | None:
        """The contact's column, for First Name, Last Name and Title."""
        return NAME_FIELDS.get(self.id)

    def option(self, *, option_id: object = None, value: object = None) -> FieldOption | None:
        """The option of an id, or of a value."""
        for option in self.options:
            if option.id == option_id or (value is not None and option.value == value):
                return option
        return None


def fields_of(call: Call) -> dict[int, Field]:
    """The fields of the path's service, by number, in the order of their creation."""
    return {
        row["number"]: _field(row, distinct=call.reading("option_id") == "distinct")
        for row in _rows(call.store, call.service_number)
    }


def _rows(store: Store, service: int) -> list[sqlite3.Row]:
    return store.all("SELECT * FROM zg_fields WHERE service = ? ORDER BY number", (service,))


def _field(row: sqlite3.Row, *, distinct: bool) -> Field:
    number = row["number"]
    return Field(
        number=number,
        id=row["id"],
        name=row["display_name"],
        code=row["code"] or "",
        data_type=row["data_type"],
        is_global=bool(row["is_global"]),
        options=tuple(
            FieldOption(make_id(Kind.OPTION, number * 1000 + at) if distinct else value, value)
            for at, value in enumerate(json.loads(row["options"]))
        ),
    )


def check_value(field: Field, item: dict[str, Any], *, missing: int) -> Any:  # noqa: ANN401 - whatever the field stores
    """The value to store for a custom field value of a v1 body; None clears.

    Args:
        field: the field that is written.
        item: `{"value": ...}` or `{"custom_field_option_id": ...}`, or both.
        missing: the code for a value that is not there at all.

    Raises:
        Refused: 3702 to 3706, or `missing`.
    """
    if field.options:
        return _check_option(field, item)
    if item.get("custom_field_option_id") is not None:
        raise Refused(3703)
    if "value" not in item:
        raise Refused(missing)
    value = item["value"]
    return None if value is None else _CHECKS.get(field.data_type, _text)(value)


def _check_option(field: Field, item: dict[str, Any]) -> str | None:
    option_id, value = item.get("custom_field_option_id"), item.get("value")
    if option_id is None and value is None:
        if "value" in item:
            return None
        raise Refused(3702)
    by_id = field.option(option_id=option_id) if option_id is not None else None
    by_value = field.option(value=value) if isinstance(value, str) else None
    if (option_id is not None and by_id is None) or (value is not None and by_value is None):
        raise Refused(3703)
    if by_id is not None and by_value is not None and by_id != by_value:
        raise Refused(3703)
    chosen = by_id or by_value
    return chosen.value if chosen else None


def as_integer(value: object) -> int | None:
    """A JSON integer, or a string of decimal digits, of 64 bits; None for anything else."""
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        number = int(value)
    return number if number is not None and abs(number) < _LARGEST else None


def utc(seconds: int) -> datetime | None:
    """The instant of epoch seconds; None beyond the years that a date can have.

    Some clients have left milliseconds in date fields.
    """
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused(3705)
    return str(value)


def _boolean(value: object) -> str:
    if not isinstance(value, str) or value not in {"true", "false"}:
        raise Refused(3706)
    return value


def _number(value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    raise Refused(3705)


def _date(value: object) -> int:
    seconds = as_integer(value)
    if seconds is None:
        raise Refused(3704)
    return seconds


def is_time(value: object) -> TypeGuard[str]:
    """Whether a value is a time of day, `HH:mm` in 24 hours."""
    return isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None


def _time(value: object) -> str:
    if not is_time(value):
        raise Refused(3705)
    return value


_CHECKS: dict[str, Callable[[object], str | int | float]] = {
    "boolean": _boolean,
    "number": _number,
    "time": _time,
    **dict.fromkeys(DATE_TYPES, _date),
}


def read_value(field: Field, value: object, *, numbers: str, dates: str) -> Any:  # noqa: ANN401 - string, number or null
    """A stored value as v1 shows it, under the readings `number_read` and `date_read`."""
    if field.options:
        return value
    if field.data_type == "number":
        number = _loose_number(value)
        return value if number is None else str(number) if numbers == "string" else number
    seconds = as_integer(value) if field.data_type in DATE_TYPES else None
    if seconds is None or dates == "epoch_int":
        return value if seconds is None else seconds
    if dates == "epoch_string":
        return str(seconds)
    instant = utc(seconds)
    return str(seconds) if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


def _loose_number(value: object) -> int | float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
