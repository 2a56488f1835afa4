"""What a Salesforce value becomes in a Zingle field: the type matrix. Pure.

Reading: `source_kind` from the schema, `TargetField` from Zingle's definitions, `illegal_pair`
says whether they may meet, `convert` turns one value, `same_value` compares with what Zingle has,
`v1_value` and `v2_value` write it (contract of the API, section 7).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from target_zingle.records import SourceField

LONGEST_TEXT = 255
LONGEST_TITLE = 20


class SourceKind(Enum):
    """Families of source types; the value is the word used in problems."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    COMPOUND = "compound"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"
    NULL = "null"


class TargetKind(Enum):
    """Families of Zingle field types; the value is the word used in problems."""

    TEXT = "string"
    OPTION = "string with options"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    UNKNOWN = "unknown type"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field with options."""

    id: str
    value: str
    display_name: str


@dataclass(frozen=True, slots=True)
class TargetField:
    """A contact field of one service.

    Attributes:
        id: Field id of v1.
        name: Display name, by which v2 addresses it.
        kind: What it holds.
        options: Its choices.
        longest: Characters that it holds.
        v2_key: Key of the v2 record for names and title; None for other fields.
    """

    id: str
    name: str
    kind: TargetKind
    options: tuple[Option, ...] = ()
    longest: int = LONGEST_TEXT
    v2_key: str | None = None


Value = str | Decimal | bool | date | datetime | Option
"""A converted value: text and times as str."""


class UnusableValueError(ValueError):
    """A value that cannot be written; its text is a reason without the value."""


class UnknownOptionError(UnusableValueError):
    """A text that is none of the field's options."""


class TooLongError(UnusableValueError):
    """A text that is longer than the field holds."""


_HINTED: Mapping[str, SourceKind] = {
    **dict.fromkeys(
        (
            *("string", "phone", "email", "url", "picklist", "id", "textarea", "combobox"),
            *("encryptedstring", "multipicklist", "reference", "autonumber", "datacategory"),
            *("datacategorygroupreference", "masterrecord"),
        ),
        SourceKind.TEXT,
    ),
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), SourceKind.NUMBER),
    "boolean": SourceKind.BOOLEAN,
    "date": SourceKind.DATE,
    "datetime": SourceKind.DATETIME,
    "time": SourceKind.TIME,
    **dict.fromkeys(("address", "location"), SourceKind.COMPOUND),
    **dict.fromkeys(("base64", "complexvalue", "anytype", "json"), SourceKind.UNSUPPORTED),
}
_FORMATS: Mapping[str | None, SourceKind] = {
    "date": SourceKind.DATE,
    "date-time": SourceKind.DATETIME,
    "time": SourceKind.TIME,
}
_TARGETS: Mapping[str, TargetKind] = {
    "string": TargetKind.TEXT,
    "single_select_options": TargetKind.OPTION,
    "number": TargetKind.NUMBER,
    "boolean": TargetKind.BOOLEAN,
    "date": TargetKind.DATE,
    "anniversary": TargetKind.DATE,
    "datetime": TargetKind.DATETIME,
    "time": TargetKind.TIME,
}
LEGAL: Mapping[SourceKind, frozenset[TargetKind]] = {
    SourceKind.TEXT: frozenset({TargetKind.TEXT, TargetKind.OPTION}),
    SourceKind.NUMBER: frozenset({TargetKind.NUMBER, TargetKind.TEXT}),
    SourceKind.BOOLEAN: frozenset({TargetKind.BOOLEAN, TargetKind.TEXT}),
    SourceKind.DATE: frozenset({TargetKind.DATE, TargetKind.TEXT}),
    SourceKind.DATETIME: frozenset({TargetKind.DATE, TargetKind.DATETIME, TargetKind.TEXT}),
    SourceKind.TIME: frozenset({TargetKind.TIME, TargetKind.TEXT}),
    SourceKind.COMPOUND: frozenset(),
    SourceKind.UNSUPPORTED: frozenset(),
    # Nothing is known about the source: a text can always be written.
    SourceKind.UNKNOWN: frozenset({TargetKind.TEXT, TargetKind.OPTION}),
    SourceKind.NULL: frozenset(TargetKind) - {TargetKind.UNKNOWN},
}


def source_kind(source: SourceField) -> SourceKind:  # noqa: PLR0911 - one per family
    """The kind of a source field: Salesforce's own type where known, else the JSON types."""
    hinted = str(source.hint.get("type") or "").lower()
    if hinted in _HINTED:
        return _HINTED[hinted]
    types = source.types
    if not types:
        return SourceKind.UNKNOWN
    if types == {"null"}:
        return SourceKind.NULL
    if types & {"object", "array"}:
        return SourceKind.COMPOUND
    if types <= {"integer", "number"}:
        return SourceKind.NUMBER
    if types == {"boolean"}:
        return SourceKind.BOOLEAN
    return _FORMATS.get(source.format, SourceKind.TEXT)


def target_field(definition: Mapping[str, Any], *, v2_key: str | None = None) -> TargetField:
    """A contact field from its v1 definition.

    What has options is a choice, whatever its ``data_type`` says.
    """
    options = tuple(
        Option(
            id=str(option.get("id") or option.get("value") or ""),
            value=str(option.get("value") or option.get("display_name") or ""),
            display_name=str(option.get("display_name") or option.get("value") or ""),
        )
        for option in definition.get("options") or ()
    )
    kind = _TARGETS.get(str(definition.get("data_type") or "").lower(), TargetKind.UNKNOWN)
    return TargetField(
        id=str(definition.get("id")),
        name=str(definition.get("display_name") or ""),
        kind=TargetKind.OPTION if options else kind,
        options=options,
        longest=LONGEST_TITLE if v2_key == "title" else LONGEST_TEXT,
        v2_key=v2_key,
    )


def illegal_pair(source: SourceField, target: TargetField) -> str | None:
    """Why the two types cannot meet, or None if they can."""
    kind = source_kind(source)
    if target.kind in LEGAL[kind]:
        return None
    if kind is SourceKind.COMPOUND:
        return f'"{source.path}" is a compound field; map its parts instead'
    named = source.hint.get("type") or kind.value
    if kind is SourceKind.UNSUPPORTED:
        return f'"{source.path}" ({named}) cannot be written to Zingle'
    return f'"{source.path}" ({named}) cannot go into "{target.name}" ({target.kind.value})'


def may_overflow(source: SourceField, target: TargetField) -> bool:
    """Whether the source allows longer texts than any field holds."""
    return (
        target.kind is TargetKind.TEXT
        and source_kind(source) in {SourceKind.TEXT, SourceKind.UNKNOWN}
        and (source.max_length or 0) > LONGEST_TEXT
    )


def convert(  # noqa: PLR0911 - one per type
    raw: object, source: SourceField, target: TargetField, zone: ZoneInfo, *, truncate: bool
) -> Value:
    """Turn one value that is neither null nor blank into what the field holds.

    Args:
        raw: As it came in the record.
        source: The record's field.
        target: Zingle's field.
        zone: Time zone of the service, for the calendar date of a moment.
        truncate: Cut texts that are too long.

    Raises:
        UnusableValueError: With the reason, never the value.
    """
    kind = source_kind(source)
    match target.kind:
        case TargetKind.TEXT:
            return _cut(_text(raw, kind), target, truncate=truncate)
        case TargetKind.OPTION:
            return _option(_text(raw, kind), target)
        case TargetKind.NUMBER:
            return _number(raw)
        case TargetKind.BOOLEAN:
            return _boolean(raw)
        case TargetKind.DATE:
            moment = _moment(raw)
            if isinstance(moment, datetime):
                return moment.astimezone(zone).date()
            return moment
        case TargetKind.DATETIME:
            moment = _moment(raw)
            if not isinstance(moment, datetime):
                raise UnusableValueError("not a date and time")
            return moment
        case TargetKind.TIME:
            return _time(raw)
        case _:
            raise UnusableValueError("the field's type is not known")


def plain_number(value: Decimal) -> str:
    """A number as text: no exponent, no trailing zeros.

    >>> plain_number(Decimal("12.50")), plain_number(Decimal("1E+2")), plain_number(Decimal("-0.0"))
    ('12.5', '100', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _text(raw: object, kind: SourceKind) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if kind is SourceKind.NUMBER or isinstance(raw, (int, float, Decimal)):
        return plain_number(_number(raw))
    if kind is SourceKind.TIME:
        return _time(raw)
    return clean(str(raw))


def clean(text: str) -> str:
    """Text as it is written and compared: NFC, no blanks around, line feeds only."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def _cut(text: str, target: TargetField, *, truncate: bool) -> str:
    if len(text) <= target.longest:
        return text
    if not truncate:
        raise TooLongError(f"longer than {target.longest} characters")
    return text[: target.longest].rstrip()


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
    if not number.is_finite():
        raise UnusableValueError("not a number")
    return number


_TRUE = frozenset({"true", "1", "yes", "y", "t", "on"})
_FALSE = frozenset({"false", "0", "no", "n", "f", "off"})


def _boolean(raw: object) -> bool:
    text = str(raw).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise UnusableValueError("neither true nor false")


_OFFSET_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")
_FRACTION = re.compile(r"\.(\d+)")


def _moment(raw: object) -> date | datetime:
    """A date, or a moment with its zone; a moment without one is taken as UTC."""
    text = str(raw).strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UnusableValueError("not a date") from None
    text = _OFFSET_WITHOUT_COLON.sub(r"\1:\2", text.replace("Z", "+00:00").replace("z", "+00:00"))
    # Python 3.10 reads fractions of three or six digits only.
    text = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnusableValueError("not a date or time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")


def _time(raw: object) -> str:
    found = _CLOCK.fullmatch(str(raw).strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004 - a clock's limits
        raise UnusableValueError("not a time of day")
    return f"{int(found[1]):02}:{found[2]}"


def v1_value(value: Value) -> dict[str, Any]:
    """The keys of a ``custom_field_values`` item beside the field's id."""
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
    """The value of a v2 ``contactFields`` item."""
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
                return _boolean(held) == value
            case Decimal():
                return _number(held) == value
            case datetime():
                return _held_moment(held) == value
            case date():
                return _held_moment(held).date() == value
            case _ if target.kind is TargetKind.TIME:
                return _time(held) == value
            case _:
                return clean(str(held)) == value
    except UnusableValueError:
        return False


def _held_moment(held: object) -> datetime:
    """v1 shows dates as epoch seconds, as text of them, or as a UTC date and time."""
    text = str(held).strip()
    if re.fullmatch(r"-?\d+(\.0+)?", text):
        try:
            return datetime.fromtimestamp(int(float(text)), tz=UTC)
        except (OverflowError, ValueError, OSError):
            raise UnusableValueError("not a date") from None
    moment = _moment(text)
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
