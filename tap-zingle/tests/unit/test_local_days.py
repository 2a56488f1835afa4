"""Local days in zones that jump, repeat, have no midnight, or change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_zingle.local_days import UnknownZoneError, ZoneHistory, ZonePeriod, iso_time
from zingle_sync.times import moment_of

ZONES = st.sampled_from(
    [
        "America/New_York",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Beirut",
        "Africa/Cairo",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "UTC",
    ]
)
INSTANTS = st.integers(1_672_531_200, 1_893_456_000)  # 2023 to 2029
DAY = 86_400


def at(zone: str, *parts: int) -> int:
    """Epoch seconds of a wall-clock time."""
    return int(datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("America/Santiago", date(2026, 4, 4), 25),
        ("Asia/Kolkata", date(2026, 3, 8), 24),
    ],
)
def test_days_have_the_length_that_clocks_give_them(zone: str, day: date, hours: float) -> None:
    """A local day lasts from its first instant to the next day's, whatever the clocks do."""
    zones = ZoneHistory.of(zone)

    length = zones.day_start(day + timedelta(days=1)) - zones.day_start(day)

    assert hours * 3600 == length


def test_a_day_without_midnight_starts_at_the_jump() -> None:
    """Santiago's 2026-09-06 starts at 01:00, the instant at which 00:00 is skipped."""
    start = ZoneHistory.of("America/Santiago").day_start(date(2026, 9, 6))

    assert at("America/Santiago", 2026, 9, 6, 1) == start


@given(ZONES, INSTANTS)
def test_an_instant_lies_between_the_borders_of_its_day(zone: str, instant: int) -> None:
    """Every instant is at or after its day's start and before the next day's."""
    zones = ZoneHistory.of(zone)
    day = zones.local_date(instant)

    assert zones.day_start(day) <= instant < zones.day_start(day + timedelta(days=1))


@given(ZONES, INSTANTS)
def test_the_local_day_is_what_clocks_show(zone: str, instant: int) -> None:
    """The day of an instant is the date on the clocks of its zone."""
    shown = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone)).date()

    assert shown == ZoneHistory.of(zone).local_date(instant)


@given(ZONES, ZONES, INSTANTS, st.integers(0, 40 * DAY))
def test_a_change_of_zone_moves_no_earlier_message(
    old: str, new: str, now: int, before: int
) -> None:
    """After a change of zone, everything up to now stays on the day that it was on."""
    zones = ZoneHistory.of(old)
    changed = zones.changed_to(new, now)

    assert zones.local_date(now - before) == changed.local_date(now - before)


@given(ZONES, ZONES, INSTANTS, st.integers(0, 4 * DAY), st.integers(0, 4 * DAY))
def test_days_stay_in_order_across_a_change_of_zone(
    old: str, new: str, now: int, first: int, later: int
) -> None:
    """A later instant is never on an earlier day, also where the zone changes."""
    changed = ZoneHistory.of(old).changed_to(new, now)
    start = now - 2 * DAY + first

    assert changed.local_date(start) <= changed.local_date(start + later)


@given(ZONES, ZONES, INSTANTS, st.integers(-4 * DAY, 4 * DAY))
def test_a_day_start_bounds_its_messages_across_a_change(
    old: str, new: str, now: int, offset: int
) -> None:
    """No message of a day lies before the day's start, also where the zone changes."""
    changed = ZoneHistory.of(old).changed_to(new, now)
    day = changed.local_date(now + offset)

    assert changed.day_start(day) <= now + offset


def test_a_new_zone_rules_from_the_day_after_the_change() -> None:
    """The day of the change is still cut in the old zone, the next one in the new zone."""
    now = at("America/New_York", 2026, 5, 10, 12)
    changed = ZoneHistory.of("America/New_York").changed_to("America/Los_Angeles", now)

    assert (
        ZonePeriod("America/New_York"),
        ZonePeriod("America/Los_Angeles", date(2026, 5, 11)),
    ) == changed.periods


def test_an_unchanged_zone_adds_no_period() -> None:
    """Seeing the same zone again leaves the history as it is."""
    zones = ZoneHistory.of("UTC")

    assert zones is zones.changed_to("UTC", 1_800_000_000)


def test_two_changes_on_one_day_leave_the_last_one() -> None:
    """A zone that never came to rule a day is forgotten."""
    now = at("UTC", 2026, 5, 10, 12)
    zones = ZoneHistory.of("UTC").changed_to("Asia/Tokyo", now)

    assert ("UTC",) == tuple(each.zone for each in zones.changed_to("UTC", now).periods)
    assert ("UTC", "Asia/Seoul") == tuple(
        each.zone for each in zones.changed_to("Asia/Seoul", now).periods
    )


def test_the_history_survives_the_state() -> None:
    """A history comes back from the state as it went in."""
    zones = ZoneHistory.of("UTC").changed_to("Asia/Tokyo", 1_800_000_000)

    assert zones == ZoneHistory.from_state(zones.to_state())


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Eastern Standard Time"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    """A name that IANA does not know never falls back to UTC."""
    with pytest.raises(UnknownZoneError):
        ZoneHistory.of(name)


@given(INSTANTS)
def test_iso_times_round_trip(instant: int) -> None:
    """An instant written as ISO 8601 reads back the same."""
    assert instant == int(moment_of(iso_time(instant)).timestamp())
