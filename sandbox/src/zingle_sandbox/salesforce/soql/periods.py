"""Date literals: `TODAY`, `LAST_N_DAYS:3`, `THIS_FISCAL_QUARTER`, … as ranges of days.

A period is [first day, first day after). Weeks start on Sunday. The fiscal year is the calendar
year, as in an org that never changed it.
"""

from __future__ import annotations

from datetime import date, timedelta

_UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
PERIODS = frozenset(
    {"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"}
    | {f"{when}_{unit}" for when in ("LAST", "THIS", "NEXT") for unit in _UNITS if unit != "DAY"}
)
NUMBERED_PERIODS = frozenset(
    {f"{when}_N_{unit}S" for when in ("LAST", "NEXT") for unit in _UNITS}
    | {f"N_{unit}S_AGO" for unit in _UNITS}
)


def _months(day: date, count: int) -> date:
    """The first of the month that is so many months away."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _start(unit: str, day: date, steps: int) -> date:
    """First day of the unit that is `steps` units after the one that holds `day`."""
    match unit.removeprefix("FISCAL_"):
        case "DAY":
            return day + timedelta(days=steps)
        case "WEEK":
            return day - timedelta(days=(day.weekday() + 1) % 7) + timedelta(weeks=steps)
        case "MONTH":
            return _months(day, steps)
        case "QUARTER":
            return _months(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), steps * 3)
        case _:
            return date(day.year + steps, 1, 1)


def period(name: str, number: int | None, today: date) -> tuple[date, date]:
    """First day, and first day after.

    Example:
        >>> period("LAST_MONTH", None, date(2026, 3, 2))
        (datetime.date(2026, 2, 1), datetime.date(2026, 3, 1))
        >>> period("LAST_N_DAYS", 2, date(2026, 3, 2))
        (datetime.date(2026, 2, 28), datetime.date(2026, 3, 3))
    """
    if name in {"LAST_90_DAYS", "NEXT_90_DAYS"}:
        name, number = name.replace("90", "N"), 90
    single = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
    if name in single:
        return _start("DAY", today, single[name]), _start("DAY", today, single[name] + 1)
    if number is None:
        when, _, unit = name.partition("_")
        steps = {"LAST": -1, "THIS": 0, "NEXT": 1}[when]
        return _start(unit, today, steps), _start(unit, today, steps + 1)
    if name.endswith("_AGO"):
        unit = name[len("N_") : -len("S_AGO")]
        return _start(unit, today, -number), _start(unit, today, 1 - number)
    when, unit = name.split("_N_")
    unit = unit.removesuffix("S")
    if when == "NEXT":
        return _start(unit, today, 1), _start(unit, today, 1 + number)
    # The last n days end with today, the last n weeks before this week.
    end = 1 if unit == "DAY" else 0
    return _start(unit, today, -number), _start(unit, today, end)
