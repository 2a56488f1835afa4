"""How Salesforce writes instants, and how SOQL and JSON may write them to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DATETIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})"
)


def sf_datetime(instant: datetime) -> str:
    """An aware instant as REST writes it: UTC, whole seconds, `+0000`.

    Example:
        >>> sf_datetime(datetime(2026, 3, 2, 8, 30, 1, 999, tzinfo=UTC))
        '2026-03-02T08:30:01.000+0000'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_datetime(text: str) -> datetime | None:
    """Read an ISO 8601 instant with an offset, or None; fractions are cut to milliseconds.

    Example:
        >>> read_datetime("2026-03-02T10:30:01.5+02:00").isoformat()
        '2026-03-02T08:30:01.500000+00:00'
    """
    match = _DATETIME.fullmatch(text)
    if match is None:
        return None
    *parts, fraction, offset = match.groups()
    second = parts[5] or "00"
    millis = (fraction or "0").ljust(3, "0")[:3]
    zone = "+00:00" if offset in {"Z", "z"} else f"{offset[:3]}:{offset[-2:]}"
    text = f"{'-'.join(parts[:3])}T{parts[3]}:{parts[4]}:{second}.{millis}000{zone}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def store_datetime(text: str) -> str | None:
    """An instant as the database keeps it, milliseconds included, or None if it is none."""
    instant = read_datetime(text)
    if instant is None:
        return None
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}+0000"
