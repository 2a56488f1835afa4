from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox.salesforce.soql.periods import NUMBERED_PERIODS, PERIODS, period

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("name", "number", "first", "last"),
    [
        ("TODAY", None, "2026-03-02", "2026-03-02"),
        ("YESTERDAY", None, "2026-03-01", "2026-03-01"),
        ("TOMORROW", None, "2026-03-03", "2026-03-03"),
        ("THIS_WEEK", None, "2026-03-01", "2026-03-07"),
        ("LAST_WEEK", None, "2026-02-22", "2026-02-28"),
        ("NEXT_WEEK", None, "2026-03-08", "2026-03-14"),
        ("LAST_MONTH", None, "2026-02-01", "2026-02-28"),
        ("NEXT_MONTH", None, "2026-04-01", "2026-04-30"),
        ("THIS_QUARTER", None, "2026-01-01", "2026-03-31"),
        ("LAST_QUARTER", None, "2025-10-01", "2025-12-31"),
        ("NEXT_YEAR", None, "2027-01-01", "2027-12-31"),
        ("THIS_FISCAL_YEAR", None, "2026-01-01", "2026-12-31"),
        ("LAST_FISCAL_QUARTER", None, "2025-10-01", "2025-12-31"),
        ("LAST_90_DAYS", None, "2025-12-02", "2026-03-02"),
        ("NEXT_90_DAYS", None, "2026-03-03", "2026-05-31"),
        ("LAST_N_DAYS", 3, "2026-02-27", "2026-03-02"),
        ("NEXT_N_DAYS", 2, "2026-03-03", "2026-03-04"),
        ("N_DAYS_AGO", 2, "2026-02-28", "2026-02-28"),
        ("LAST_N_WEEKS", 2, "2026-02-15", "2026-02-28"),
        ("N_MONTHS_AGO", 14, "2025-01-01", "2025-01-31"),
        ("NEXT_N_QUARTERS", 2, "2026-04-01", "2026-09-30"),
        ("LAST_N_YEARS", 5, "2021-01-01", "2025-12-31"),
        ("N_FISCAL_YEARS_AGO", 1, "2025-01-01", "2025-12-31"),
        ("NEXT_N_FISCAL_QUARTERS", 1, "2026-04-01", "2026-06-30"),
    ],
)
def test_date_literals_mean_whole_days(
    name: str, number: int | None, first: str, last: str
) -> None:
    """Each date literal is a range of days around Monday, 2 March 2026."""
    start, after = period(name, number, MONDAY)

    assert (first, last) == (start.isoformat(), (after - timedelta(days=1)).isoformat())


@given(
    st.sampled_from(sorted(PERIODS | NUMBERED_PERIODS)),
    st.integers(min_value=1, max_value=40),
    st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 1, 1)),
)
def test_no_period_is_empty(name: str, number: int, today: date) -> None:
    """Every literal holds at least one day, on any day."""
    first, after = period(name, number if name in NUMBERED_PERIODS else None, today)

    assert first < after
