"""The one reader of ISO 8601 dates and times.

Widen it here when a source writes another form; nobody else reads such texts. Pure.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Stricter than Python, which takes any letter between date and time, weeks, and what else it can.
_DATE = r"\d{4}(?:-\d{2}-\d{2}|\d{4})"
_CLOCK = r"\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?"
_OFFSET = r"[Zz]|[+-]\d{2}(?::?\d{2})?"
_ISO = re.compile(rf"{_DATE}(?:[Tt ]{_CLOCK}(?:{_OFFSET})?)?", re.ASCII)


def moment_of(text: str) -> datetime:
    """The moment that an ISO 8601 date or date-time names, in UTC.

    A date begins at midnight UTC; a time without an offset is UTC.

    Args:
        text: Such as `2026-01-31`, `2026-01-31T09:30:00.000+0000` or `2026-01-31 09:30:00Z`; of a
            fraction six digits count.

    Raises:
        ValueError: If it is none, or no moment of the years 1 to 9999.

    >>> moment_of("2026-01-31T09:30:00.5+0100").isoformat()
    '2026-01-31T08:30:00.500000+00:00'
    """
    text = text.strip()
    if not _ISO.fullmatch(text):
        raise ValueError("not an ISO 8601 date or time")
    moment = datetime.fromisoformat(text.upper())
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("not a moment of the years 1 to 9999") from error
