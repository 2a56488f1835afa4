"""What a Salesforce value becomes in a Zingle field. Pure.

`convert` turns one value, `same_value` compares it with what Zingle has, `v1_value` and
`v2_value` write it (contract of the API, section 7).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from target_zingle.wanted.texts import clean, cut, without_markup
from target_zingle.wanted.types import Option, SourceKind, TargetField, TargetKind, source_kind
from zingle_sync.texts import LARGEST_EXPONENT, plain_number, read_flag
from zingle_sync.times import moment_of
from zingle_sync.zingle.dates import date_held

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from target_zingle.wanted.records import SourceField

# A converted value: text and times as str.
Value = str | Decimal | bool | date | datetime | Option


class UnusableValueError(ValueError):
    """A value that cannot be written; its text is a reason without the value."""


class UnknownOptionError(UnusableValueError):
    """A text that is none of the field's options."""


class TooLongError(UnusableValueError):
    """A text that is longer than the field holds."""


def convert(  # noqa: PLR0911 - one per type
    raw: object, source: SourceField, target: TargetField, zone: ZoneInfo | None, *, truncate: bool
) -> Value:
    """Turn one value that is neither null nor blank into what the field holds.

    `zone` is the service's, for the calendar date of a moment; `truncate` cuts long texts.

    Raises:
        UnusableValueError: With the reason, never the value.
    """
    match target.kind:
        case TargetKind.TEXT:
            return _cut(text_of(raw, source), target, truncate=truncate)
        case TargetKind.OPTION:
            return _option(text_of(raw, source), target)
        case TargetKind.NUMBER:
            return _number(raw)
        case TargetKind.BOOLEAN:
            return read_boolean(raw)
        case TargetKind.DATE:
            moment = _moment(raw, is_day=source_kind(source) is SourceKind.DATE)
            return moment.astimezone(zone or UTC).date() if isinstance(moment, datetime) else moment
        case TargetKind.DATETIME:
            moment = _moment(raw)
            if not isinstance(moment, datetime):
                raise UnusableValueError("not a date and time")
            return moment
        case TargetKind.TIME:
            return _time(raw)
        case _:
            raise UnusableValueError("the field's type is not known")


def text_of(raw: object, source: SourceField) -> str:
    """A value as a field of texts holds it, however long."""
    kind = source_kind(source)
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if kind is SourceKind.NUMBER or isinstance(raw, (int, float, Decimal)):
        return plain_number(_number(raw))
    if kind is SourceKind.TIME:
        return _time(raw)
    return clean(without_markup(str(raw)) if source.hint.get("htmlFormatted") else str(raw))


def _cut(text: str, target: TargetField, *, truncate: bool) -> str:
    if len(text) <= target.longest:
        return text
    if not truncate:
        raise TooLongError(f"longer than {target.longest} characters")
    return cut(text, target.longest)


def _option(text: str, target: TargetField) -> Option:
    wanted = text.casefold()
    named = [(option.value, option) for option in target.options]
    named += [(option.display_name, option) for option in target.options]
    for name, option in named:
        if clean(name).casefold() == wanted:
            return option
    raise UnknownOptionError("not among the field's options")


def _number(raw: object) -> Decimal:
    if isinstance(raw, bool):
        raise UnusableValueError("not a number")
    try:
        # The text of a float is its shortest form: 12.1, not 12.0999999999999996447.
        number = Decimal(str(raw).strip())
    except InvalidOperation:
        raise UnusableValueError("not a number") from None
    # Beyond the exponents of a double nothing can hold it, and writing it out would take gigabytes.
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise UnusableValueError("not a number that can be written")
    return number


def read_boolean(raw: object) -> bool:
    """A flag, whatever wrote it: JSON, CSV, a sheet.

    Raises:
        UnusableValueError: It is neither true nor false.
    """
    try:
        return read_flag(raw)
    except ValueError:
        raise UnusableValueError("neither true nor false") from None


_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


def _moment(raw: object, *, is_day: bool = False) -> date | datetime:
    """A date, or a moment in UTC; of a day no hour counts that a tap writes behind it."""
    text = str(raw).strip()
    try:
        moment = moment_of(text)
    except ValueError:
        raise UnusableValueError("not a date or time") from None
    day = _DAY.match(text)
    return moment_of(day[0]).date() if day and (is_day or day[0] == text) else moment


_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")


def _time(raw: object) -> str:
    found = _CLOCK.fullmatch(str(raw).strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004 - a clock's limits
        raise UnusableValueError("not a time of day")
    return f"{int(found[1]):02}:{found[2]}"


def v1_value(value: Value) -> dict[str, Any]:
    """The keys of a `custom_field_values` item beside the field's id."""
    match value:
        case Option():
            # Clients disagree about which key counts; both name the same option (contract, U25).
            return {"custom_field_option_id": value.id, "value": value.value}
        case bool():
            return {"value": "true" if value else "false"}
        case datetime():
            return {"value": int(value.timestamp())}
        case date():
            return {"value": _midnight(value)}
        case _:
            return {"value": value}


def v2_value(value: Value) -> object:
    """The value of a v2 `contactFields` item."""
    match value:
        case Option():
            return value.value
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case _:
            return value


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def is_blank(raw: object) -> bool:
    """Whether there is nothing to write: null, or text of blanks only."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def same_value(  # noqa: PLR0911 - one per type
    held: object, option_id: str | None, value: Value, target: TargetField
) -> bool:
    """Whether a field holds the value already, in any of the forms in which v1 shows it."""
    if is_blank(held) and not (isinstance(value, Option) and option_id):
        return False
    try:
        match value:
            case Option():
                return option_id == value.id or str(held) in {value.id, value.value}
            case bool():
                return read_boolean(held) == value
            case Decimal():
                # Zingle keeps doubles: what it rounded is the same number.
                return float(_number(held)) == float(value)
            case datetime():
                return date_held(held) == value
            case date():
                moment = date_held(held)
                return moment is not None and moment.date() == value
            case _ if target.kind is TargetKind.TIME:
                return _time(held) == value
            case _:
                return clean(str(held)) == value
    except UnusableValueError:
        return False
