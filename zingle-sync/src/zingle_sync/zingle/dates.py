"""Dates as v1 shows them: epoch seconds, the same as text, or a UTC date and time. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from zingle_sync.times import moment_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def date_held(value: object) -> datetime | None:
    """The moment that a contact field of a date type holds, in UTC.

    Args:
        value: As v1 shows it (contract, U26); days before 1970 are negative.

    Returns:
        None for what is no moment of the years 1 to 9999.

    >>> date_held("1772470800.0") == date_held("2026-03-02 17:00:00")
    True
    >>> date_held("soon") is date_held(1_772_470_800_000) is None
    True
    """
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    try:
        if re.fullmatch(r"-?\d{1,20}(\.0+)?", text, re.ASCII):
            return _EPOCH + timedelta(seconds=int(text.partition(".")[0]))
        return moment_of(text)
    except (OverflowError, ValueError):
        return None
