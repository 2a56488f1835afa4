"""How often something is due: cron expressions and durations. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
NAMES = {
    **{name: number for number, name in enumerate(MONTHS, start=1)},
    **{name: number for number, name in enumerate(WEEKDAYS)},
}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DURATION = re.compile(r"(\d+)\s*([smhdw])")
# Long enough for two leap days; which years does not matter.
FIRST_DAY, DAYS = date(2024, 1, 1), 9 * 366
DAY = timedelta(days=1)


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
    text = interval.strip().lower()
    parts = DURATION.findall(text)
    if parts and not DURATION.sub("", text).strip():
        return timedelta(seconds=sum(int(count) * UNITS[unit] for count, unit in parts))
    try:
        times, days = runs_of(text)
    except ValueError:
        return None
    within = [later - earlier for earlier, later in pairwise(times)]
    between = [(later - earlier) + times[0] - times[-1] for earlier, later in pairwise(days)]
    return max([*within, *between]) if between else None


def runs_of(interval: str) -> tuple[list[timedelta], list[date]]:
    """The times of a day and the days, over nine years, at which a cron expression runs.

    Raises:
        ValueError: If it is none.
    """
    fields = ALIASES.get(interval, interval).split()
    minutes, hours, days, months, weekdays = (
        _values(field, *limits) for field, limits in zip(fields, RANGES, strict=True)
    )
    # Cron's own rule: where both kinds of days are given, either is enough.
    either = "*" not in {fields[2], fields[4]}
    matching = [
        day
        for day in (FIRST_DAY + DAY * number for number in range(DAYS))
        for good in [(day.day in days, day.isoweekday() % 7 in weekdays)]
        if day.month in months and (any(good) if either else all(good))
    ]
    times = [timedelta(hours=hour, minutes=minute) for hour in hours for minute in minutes]
    return sorted(times), matching


def _values(field: str, low: int, high: int) -> set[int]:
    """The numbers that one field stands for; `fri-sun` and `22-3` go round the end."""
    size = high - low + 1
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if span == "*" else _number(first, low, high)
        end = high if span == "*" or (step and not last) else _number(last or first, low, high)
        numbers = range((end - start) % size + 1)[:: int(step or 1)]
        values.update(low + (start - low + number) % size for number in numbers)
    return values


def _number(text: str, low: int, high: int) -> int:
    number = NAMES[text] if text in NAMES else int(text)
    if (low, high, number) == (0, 6, 7):
        return 0  # Sunday's other number
    if not low <= number <= high:
        raise ValueError(text)
    return number
