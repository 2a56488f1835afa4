"""How often something is due: cron expressions and durations. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = {
    name: number
    for names, first in (
        ("jan feb mar apr may jun jul aug sep oct nov dec", 1),
        ("sun mon tue wed thu fri sat", 0),
    )
    for number, name in enumerate(names.split(), start=first)
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+)\s*([smhdw])")
# A year in which every weekday and month occurs; the gaps do not depend on which.
_START, _DAYS = datetime(2024, 1, 1, tzinfo=UTC), 366


def longest_gap(interval: str) -> timedelta | None:
    """The longest time between two runs of a schedule.

    Args:
        interval: A cron expression of five fields, an alias such as `@hourly`, or a duration
            such as `5m` or `1h 30m`.

    Returns:
        The gap, or None for a schedule that never runs by itself (`@once`, `@manual`, nonsense).

    >>> [str(longest_gap(text)) for text in ("*/5 * * * *", "@hourly", "30m", "@once")]
    ['0:05:00', '1:00:00', '0:30:00', 'None']
    """
    text = _ALIASES.get(interval.strip().lower(), interval.strip().lower())
    parts = _DURATION.findall(text)
    if parts and not _DURATION.sub("", text).strip():
        return timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in parts))
    fields = text.split()
    if len(fields) != len(_RANGES):
        return None
    try:
        minutes, hours, days, months, weekdays = (
            _values(field, *limits) for field, limits in zip(fields, _RANGES, strict=True)
        )
    except ValueError:
        return None
    any_day, any_weekday = fields[2] == "*", fields[4] == "*"
    moments = [
        day + timedelta(hours=hour, minutes=minute)
        for day in (_START + timedelta(days=number) for number in range(_DAYS))
        if day.month in months
        # Cron's own rule: where both are given, either is enough.
        and _day_matches(
            day.day in days,
            (day.isoweekday() % 7) in {value % 7 for value in weekdays},
            any_day=any_day,
            any_weekday=any_weekday,
        )
        for hour in sorted(hours)
        for minute in sorted(minutes)
    ]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    return max(gaps, default=None)


def _day_matches(day: bool, weekday: bool, *, any_day: bool, any_weekday: bool) -> bool:
    if any_day or any_weekday:
        return (day or any_day) and (weekday or any_weekday)
    return day or weekday


def _values(field: str, low: int, high: int) -> set[int]:
    """The numbers that one field of a cron expression stands for."""
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first)
            end = _number(last) if last else (high if step else start)
        if not low <= start <= end <= high:
            raise ValueError(field)
        values.update(range(start, end + 1, int(step) if step else 1))
    return values


def _number(text: str) -> int:
    return _NAMES[text] if text in _NAMES else int(text)
