"""What is read, given how far it was read."""

from __future__ import annotations

from datetime import date

from tap_zingle.bookmarks import Bookmark, ReadPlan, plan_reading
from tap_zingle.local_days import ZoneHistory
from tap_zingle.settings import CONFIG_SCHEMA, Settings
from zingle_sync.times import moment_of

ZONES = ZoneHistory.of("America/New_York")
WEEK = 7 * 86_400
START = date(2026, 1, 1)
DEFAULTS = {
    name: schema["default"]
    for name, schema in CONFIG_SCHEMA["properties"].items()
    if "default" in schema
}


def settings(**changes: object) -> Settings:
    """Settings with their declared defaults."""
    return Settings.from_config({**DEFAULTS, "start_date": "2026-01-01", **changes})


SETTINGS = settings()


def at(text: str) -> int:
    """Epoch seconds of a time."""
    return int(moment_of(text).timestamp())


def test_a_first_run_reads_everything_from_the_start_date() -> None:
    """Without a bookmark every day from start_date on is given out, and nothing is late."""
    start = at("2026-01-01T05:00:00Z")

    assert plan_reading(Bookmark(), SETTINGS, ZONES, START) == ReadPlan(
        first_day=START,
        window=WEEK,
        read_from=start - WEEK,
        emit_since=None,
        late_since=None,
        oldest_day=START,
        learns_delays=True,
    )


def test_a_later_run_reads_whole_days_from_the_bookmark() -> None:
    """The day that holds the bookmark less the lookback is read from its midnight."""
    until = at("2026-03-02T05:05:00Z")

    plan = plan_reading(Bookmark(until), SETTINGS, ZONES, START)

    assert plan.first_day == date(2026, 3, 1)
    assert plan.read_from == at("2026-03-01T05:00:00Z") - WEEK
    assert until - 600 == plan.emit_since == plan.late_since


def test_a_resumed_backfill_goes_on_with_the_next_day() -> None:
    """Days given out are only read again if they changed; the next ones are all given out."""
    until = at("2026-03-02T12:00:00Z")

    plan = plan_reading(Bookmark(until, date(2026, 1, 10)), SETTINGS, ZONES, START)

    assert (date(2026, 1, 11), None, until - 600) == (
        plan.first_day,
        plan.emit_since,
        plan.late_since,
    )


def test_late_changes_can_be_turned_off() -> None:
    """Without late_changes there is no second pass."""
    plan = plan_reading(Bookmark(1_800_000_000), settings(late_changes=False), ZONES, START)

    assert plan.late_since is None


def test_a_bookmark_survives_the_state() -> None:
    """A bookmark comes back from the state as it went in; no state is no bookmark."""
    bookmark = Bookmark(1_800_000_000, date(2026, 1, 10))

    assert bookmark == Bookmark.from_state(bookmark.to_state())
    assert Bookmark() == Bookmark.from_state({})
