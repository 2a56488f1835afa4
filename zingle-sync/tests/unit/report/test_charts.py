from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.report.charts import DATES_SHOWN, HEIGHT, Bar, Part, scale, stacked_bars


def test_chart_shows_what_it_is_given() -> None:
    """Pieces are stacked to scale, and the chart says in words what it shows."""
    bars = [
        Bar("one <", (Part("created", 50), Part("rejected", 50)), "Mar 02, 10:00"),
        Bar("none", (), "Mar 02, 10:05", failed=True),
    ]

    chart = str(stacked_bars(bars, label="Runs"))

    assert 'aria-label="Runs; highest 100"' in chart
    assert "one &lt;" in chart
    assert 1 == chart.count('class="failed"')
    heights = [float(value) for value in re.findall(r'height="([\d.]+)"', chart)]
    assert 2 == heights.count((HEIGHT - 8) / 2)


@given(st.integers(0, 10**12))
def test_a_scale_has_few_round_numbers_up_to_the_highest(highest: int) -> None:
    """From 0 to at least the highest value, in equal steps of 1, 2 or 5 with noughts."""
    ticks = scale(highest)
    step = ticks[1]

    assert ticks == tuple(range(0, ticks[-1] + 1, step))
    assert 2 <= len(ticks) <= 6
    assert highest <= ticks[-1] < max(highest, 1) + step
    assert re.fullmatch(r"[125]0*", str(step))


@given(st.integers(0, 60))
def test_dates_stand_below_their_bars_and_never_crowd(count: int) -> None:
    """The oldest bar has its date, and no more dates than have room."""
    chart = str(stacked_bars([Bar("", (), f"<day {n}>") for n in range(count)], label="x"))
    dates = [int(number) for number in re.findall(r"&lt;day (\d+)&gt;", chart)]
    places = [float(left) for left in re.findall(r"left:([\d.]+)%", chart)]

    assert dates == sorted(set(dates))
    assert len(dates) == len(places) <= DATES_SHOWN
    assert [0] == dates[:1] or not count
    assert all(later - earlier > 15 for earlier, later in pairwise(places))
