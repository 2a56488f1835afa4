"""One JSON form for each number, whether it came from REST or from Bulk API 2.0 (pure)."""

from __future__ import annotations

from decimal import Decimal

from zingle_sync.texts import LARGEST_EXPONENT

_SAFE_LENGTH = 16  # a text of 15 digits and a point survives the trip through a float


def number(text: str) -> int | float | Decimal:
    """Read a number without losing a digit.

    Args:
        text: As REST (`950000000.0`) or Bulk API 2.0 (`9.5E8`) write it.

    Returns:
        An int when there is no fraction, a float when it keeps every digit, else a Decimal.

    >>> number("5.0"), number("9.5E8"), number("0.1"), number("1234567890123456.78")
    (5, 950000000, 0.1, Decimal('1234567890123456.78'))
    """
    if text.endswith(".0") and "E" not in text and "e" not in text:
        return int(text[:-2])
    if len(text) <= _SAFE_LENGTH and "." in text and "E" not in text and "e" not in text:
        return float(text)
    value = Decimal(text)
    if abs(value.adjusted()) > LARGEST_EXPONENT:  # no field holds it, and an int of it no memory
        return value
    if value == value.to_integral_value():
        return int(value)
    value = value.normalize()
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else value
