"""JSON values of a row to column values, or the service's refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from zingle_sandbox.salesforce.catalogue.fields import NUMBERS, TEXTS, Field
from zingle_sandbox.salesforce.catalogue.ids import to_18
from zingle_sandbox.salesforce.catalogue.times import store_datetime
from zingle_sandbox.salesforce.org.calls import ApiError

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?Z?")
_JSON_NAMES = {bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}
_Reader = Callable[[Field, Any], Any]


class RowError(Exception):
    """One row is refused.

    Attributes:
        code: `statusCode` in collections, `errorCode` elsewhere.
        status: HTTP status where the row is a request of its own.
    """

    def __init__(
        self, code: str, message: str, fields: list[str] | None = None, status: int = 400
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields or []
        self.status = status

    def api_error(self) -> ApiError:
        """The same for a request that is about this row alone."""
        return ApiError(self.status, self.code, self.message, self.fields)


def length_of(text: str) -> int:
    """Characters as the service counts them: an emoji outside the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cannot_read(kind: str, value: Any) -> ApiError:  # noqa: ANN401 - any JSON
    """A value of the wrong JSON type fails the whole request."""
    token = _JSON_NAMES.get(type(value), "VALUE_STRING")
    if isinstance(value, (dict, list)):
        token = "START_OBJECT" if isinstance(value, dict) else "START_ARRAY"
    return ApiError(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {token} value {value} or request may be"
        " missing a required field",
    )


def column_value(field: Field, value: Any) -> Any:  # noqa: ANN401 - JSON in, SQLite out
    """What a column holds for a JSON value.

    Raises:
        ApiError: 400; the JSON type or the notation is wrong.
        RowError: the value does not fit the field.
    """
    if value is None:
        return 0 if field.type == "boolean" else None
    reader: _Reader = _READERS.get(field.type, _text)
    return reader(field, value)


def _text(field: Field, value: Any) -> str | None:  # noqa: ANN401 - any JSON
    if not isinstance(value, str):
        raise cannot_read("string", value)
    text = value.strip()
    if length_of(text) > field.length > 0:
        raise RowError(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text} (max length={field.length})",
            [field.name],
        )
    if not text:
        return None
    if field.type == "email" and not _EMAIL.fullmatch(text):
        raise RowError(
            "INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [field.name]
        )
    if field.restricted and text not in field.values:
        raise RowError(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {text}",
            [field.name],
        )
    return text


def _boolean(_: Field, value: Any) -> int:  # noqa: ANN401 - any JSON
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return int(value.lower() == "true")
    raise cannot_read("boolean", value)


def _number(field: Field, value: Any) -> int | float:  # noqa: ANN401 - any JSON
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise cannot_read(field.type, value)
    try:
        number = float(value)
    except ValueError as error:
        raise cannot_read(field.type, value) from error
    if abs(number) >= 10.0 ** (field.precision - field.scale):
        raise RowError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            [field.name],
        )
    if field.type == "int":
        if not number.is_integer():
            raise cannot_read("int", value)
        return int(number)
    return round(number, field.scale)


def _date(_: Field, value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise cannot_read("date", value)


def _datetime(_: Field, value: Any) -> str:  # noqa: ANN401 - any JSON
    stored = store_datetime(value) if isinstance(value, str) else None
    if stored is None:
        raise cannot_read("datetime", value)
    # Whole seconds, as every datetime of the org.
    return stored[:20] + "000+0000"


def _time(_field: Field, value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, str) and _TIME.fullmatch(value):
        clock, _, millis = value.rstrip("Z").partition(".")
        return f"{clock}.{millis.ljust(3, '0')}Z"
    raise cannot_read("time", value)


def _reference(field: Field, value: Any) -> str | None:  # noqa: ANN401 - any JSON
    if not isinstance(value, str):
        raise cannot_read("string", value)
    if not value.strip():
        return None
    found = to_18(value.strip())
    if found is None:
        raise RowError(
            "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", [field.name]
        )
    return found


_READERS: dict[str, _Reader] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(NUMBERS, _number),
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "reference": _reference,
    "id": _reference,
}
