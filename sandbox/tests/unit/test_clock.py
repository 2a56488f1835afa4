from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zingle_sandbox.clock import Clock, parse_instant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def frozen_at(instant: datetime) -> Clock:
    """A clock that stands still."""
    clock = Clock(frozen=True)
    clock.set(instant)
    return clock


def test_a_frozen_clock_stands_still() -> None:
    """A frozen clock gives the instant that it was set to, every time."""
    clock = frozen_at(NOON)

    assert [NOON, NOON] == [clock.now(), clock.now()]


def test_a_running_clock_runs_on_from_where_it_was_set() -> None:
    """A running clock never stands before the instant that it was set to, and moves on."""
    clock = Clock()
    clock.set(NOON)

    first, second = clock.now(), clock.now()

    assert NOON <= first < second < NOON + timedelta(minutes=1)


def test_advance_moves_both_ways() -> None:
    """Advancing by a negative number of seconds moves back."""
    clock = frozen_at(NOON)

    clock.advance(90)
    clock.advance(-30)

    assert NOON + timedelta(seconds=60) == clock.now()


def test_freeze_and_resume_keep_the_instant() -> None:
    """Time that passes while the clock is frozen is not made up for."""
    clock = frozen_at(NOON)

    clock.resume()

    assert not clock.frozen
    assert clock.now() - NOON < timedelta(seconds=5)


def test_an_instant_without_a_zone_is_refused() -> None:
    """A naive instant would mean the machine's zone, so it cannot be set."""
    with pytest.raises(ValueError, match="time zone"):
        Clock().set(datetime(2026, 3, 2))  # noqa: DTZ001 - naive on purpose


def test_the_http_date_is_in_gmt() -> None:
    """The Date header follows the sandbox's clock, in GMT."""
    clock = frozen_at(NOON)

    assert "Mon, 02 Mar 2026 12:00:00 GMT" == clock.http_date()
    assert "Mon, 02 Mar 2026 12:00:30 GMT" == clock.http_date(30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("2026-03-02T12:00:00", NOON),
        ("2026-03-02", NOON - timedelta(hours=12)),
    ],
)
def test_instants_are_read_in_utc_unless_they_say_otherwise(text: str, expected: datetime) -> None:
    """An instant without an offset is UTC."""
    assert expected == parse_instant(text)
