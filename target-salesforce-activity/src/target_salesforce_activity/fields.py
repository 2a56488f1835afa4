"""What fields of the Task take: values brought into their form, and compared. Pure.

A type of Salesforce whose values are no plain texts gets a line in `_READERS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.text import clean, one_line, same_text, shortened
from zingle_sync.identity import to_18
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NUMBERS = frozenset({"int", "double", "currency", "percent", "long"})
LONGEST_NUMBER = 40
LARGEST_NUMBER = Decimal("1e18")


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a field takes.

    Attributes:
        type: Salesforce's word, such as `string` or `double`.
        length: In UTF-16 units; 0 where there is no limit.
        scale: Digits after the decimal point.
        options: The only values of a restricted picklist; empty where any text goes.
    """

    type: str = "string"
    length: int = 0
    scale: int = 0
    options: frozenset[str] = frozenset()


def shape_of(row: Mapping[str, Any]) -> FieldShape:
    """The shape of a described field."""
    values = (row.get("picklistValues") or ()) if row.get("restrictedPicklist") else ()
    return FieldShape(
        str(row.get("type") or "string"),
        int(row.get("length") or 0),
        int(row.get("scale") or 0),
        frozenset(str(value["value"]) for value in values if value.get("active", True)),
    )


def fitted(value: object, shape: FieldShape) -> object:
    """A value in the form in which the field keeps it; an empty text is null there.

    Raises:
        ValueError: If the field can't hold it; the message says what the field takes.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _READERS.get(shape.type, _text)(value, shape)


def is_option(value: object, shape: FieldShape) -> bool:
    """Whether a picklist that takes nothing but its options has these."""
    return not shape.options or set(_chosen(str(value), shape)) <= shape.options


def same_value(wanted: object, present: object, shape: FieldShape) -> bool:
    """Whether the field holds that fitted value already."""
    nothing = (None, "")
    if wanted in nothing or present in nothing:
        return wanted in nothing and present in nothing
    if reader := _READERS.get(shape.type):
        try:
            return reader(wanted, shape) == reader(present, shape)
        except ValueError:
            return False
    if shape.type == "multipicklist":
        return set(_chosen(str(wanted), shape)) == set(_chosen(str(present), shape))
    if isinstance(wanted, str) and isinstance(present, str):
        return same_text(wanted, present)
    return wanted == present


def _text(value: object, shape: FieldShape) -> str | None:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise ValueError("takes a text, a number or true and false")  # noqa: TRY004 - a setting
    text = clean(str(value)) if shape.type == "textarea" else one_line(str(value))
    return (shortened(text, shape.length) if shape.length else text) or None


def _truth(value: object, _: FieldShape) -> bool:
    word = str(value).strip().lower()
    if word not in {"true", "false"}:
        raise ValueError("takes true or false")
    return word == "true"


def _number(value: object, shape: FieldShape) -> int | float:
    text = str(value).strip()
    try:
        number = Decimal(text if len(text) <= LONGEST_NUMBER else "NaN")
        if not isinstance(value, bool) and abs(number) < LARGEST_NUMBER:
            exact = round(number, shape.scale)
            return float(exact) if shape.scale else int(exact)
    except InvalidOperation:
        pass
    raise ValueError("takes a number")


def _reader(read: Callable[[str], str], kind: str) -> Callable[[object, FieldShape], str]:
    def reader(value: object, _: FieldShape) -> str:
        try:
            return read(str(value))
        except ValueError:
            raise ValueError(f"takes {kind}") from None

    return reader


def _chosen(text: str, shape: FieldShape) -> list[str]:
    parts = text.split(";") if shape.type == "multipicklist" else [text]
    return [part.strip() for part in parts]


_READERS: Mapping[str, Callable[[object, FieldShape], object]] = {
    **dict.fromkeys(NUMBERS, _number),
    "boolean": _truth,
    "date": _reader(lambda text: moment_of(text).date().isoformat(), "a date"),
    "datetime": _reader(lambda text: moment_of(text).isoformat(timespec="seconds"), "a time"),
    "reference": _reader(to_18, "the id of a record"),
}
