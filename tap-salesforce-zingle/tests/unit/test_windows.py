from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tap_salesforce_zingle.read.progress import Progress, halved, widened, width_of
from tap_salesforce_zingle.read.windows import (
    Position,
    Settings,
    Window,
    condition,
    finish,
    next_window,
    resume_of,
)
from zingle_sync.salesforce import ConfigurationError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = "SystemModstamp"
END = "2026-03-02T11:59:55.000Z"
BOOKMARK = {"replication_key": KEY, "replication_key_value": "2026-03-02T11:00:00.000Z"}


def test_first_window_has_no_start() -> None:
    """Without bookmark and start date, everything up to five seconds ago is read."""
    assert Window(None, END) == next_window({}, NOW, Settings(KEY))


def test_first_window_begins_at_start_date() -> None:
    """The start date bounds the first window."""
    settings = Settings(KEY, start_date=datetime(2026, 1, 1, tzinfo=UTC))

    assert Window("2026-01-01T00:00:00.000Z", END) == next_window({}, NOW, settings)


def test_next_window_begins_in_the_lookback() -> None:
    """Reading begins before the bookmark, for rows that were committed late."""
    assert Window("2026-03-02T10:50:00.000Z", END) == next_window(BOOKMARK, NOW, Settings(KEY))


def test_lookback_does_not_pass_the_start_date() -> None:
    """The lookback brings nothing that the start date left out."""
    start = datetime(2026, 3, 2, 10, 58, tzinfo=UTC)
    settings = Settings(KEY, start_date=start)

    assert "2026-03-02T10:58:00.000Z" == next_window(BOOKMARK, NOW, settings).start


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T11:00:00+00:00", "2026-03-02T11:00:00.000+0000", "2026-03-02T12:00:00+01:00"],
)
def test_bookmarks_of_other_taps(text: str) -> None:
    """A bookmark may have been written by another tap, in another form."""
    window = next_window({"replication_key_value": text}, NOW, Settings(KEY))

    assert "2026-03-02T10:50:00.000Z" == window.start


@pytest.mark.parametrize("value", ["yesterday", "", 17])
def test_bookmark_that_is_no_date(value: object) -> None:
    """A bookmark of something else is a wrong state, not a reason to read everything."""
    with pytest.raises(ConfigurationError, match="which is no date or datetime"):
        next_window({"replication_key_value": value}, NOW, Settings(KEY))


def test_bookmark_of_another_key_does_not_count() -> None:
    """When the replication key changes, everything is read again."""
    state = {**BOOKMARK, "replication_key": "CreatedDate"}

    assert next_window(state, NOW, Settings(KEY)).start is None


def test_clock_that_went_back() -> None:
    """A bookmark never goes back, whatever Salesforce says the time is."""
    state: dict[str, Any] = {**BOOKMARK, "replication_key_value": "2026-03-02T13:00:00.000Z"}
    window = next_window(state, NOW, Settings(KEY))
    finish(state, window, Settings(KEY))

    assert "2026-03-02T13:00:00.000Z" == state["replication_key_value"]


def test_unfinished_window_is_resumed() -> None:
    """The window of an interrupted run is read to its own end, from the last row on."""
    state: dict[str, Any] = {}
    window = next_window(state, NOW, Settings(KEY))
    Progress(window, Settings(KEY), state).note("2026-03-01T00:00:00.000Z", "003A")

    resumed = next_window(state, NOW + timedelta(hours=1), Settings(KEY))

    position = Position("2026-03-01T00:00:00.000Z", "003A")
    assert Window(None, END, position, is_resumed=True) == resumed


def test_unfinished_window_of_another_key_is_forgotten() -> None:
    """What was being read by another key cannot be resumed."""
    state: dict[str, Any] = {}
    Progress(Window(None, END), Settings("CreatedDate"), state)

    assert resume_of(state, KEY) is None


def test_row_from_the_future_moves_nothing() -> None:
    """A row that changed while it was read, be it seen late, does not move the position."""
    state: dict[str, Any] = {}
    progress = Progress(Window(None, END), Settings(KEY), state)
    progress.note("2026-03-01T00:00:00.000Z", "003A")
    progress.note("2026-03-02T12:00:03.000Z", "003B")
    progress.note("2026-03-02T11:52:00.000Z", "003C")
    progress.note("2026-03-01T00:00:00.000Z", "003A")

    assert ("2026-03-01T00:00:00.000Z", "003A") == (state["resume"]["stamp"], state["resume"]["id"])


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(None, "E"), "K < E"),
        (Window("S", "E"), "K >= S AND K < E"),
        (Window("S", "E", Position("P", None)), "K >= P AND K < E"),
        (
            Window("S", "E", Position("P", "003A")),
            "((K > P) OR (K = P AND Id > '003A')) AND K < E",
        ),
    ],
)
def test_condition(window: Window, expected: str) -> None:
    """A window becomes a condition that resumes between rows of the same key."""
    assert expected == condition(window, "K")


def test_halving_goes_down_to_a_second() -> None:
    """A window is halved until it is one second wide, and no further."""
    window = Window("2026-03-02T11:00:00.000Z", "2026-03-02T12:00:00.000Z")
    ends = [window.end]
    while (nearer := halved(window, ends[-1], "datetime")) is not None:
        ends.append(nearer)

    assert ("2026-03-02T11:30:00.000Z", "2026-03-02T11:00:01.000Z", 13) == (
        ends[1],
        ends[-1],
        len(ends),
    )


def test_parts_grow_again() -> None:
    """After a part that worked, the next one is twice as wide, up to the window's end."""
    window = Window("2026-03-02T11:00:00.000Z", "2026-03-02T12:00:00.000Z")
    part = Window(window.start, window.end, Position("2026-03-02T11:10:00.000Z", None))
    width = width_of(window, "2026-03-02T11:10:00.000Z")

    assert ("2026-03-02T11:30:00.000Z", window.end) == (
        widened(part, width, "datetime"),
        widened(part, 6 * width, "datetime"),
    )


def test_dates_overlap_by_days() -> None:
    """A date key reads up to tomorrow everywhere, and yesterday again in the next run."""
    settings = Settings("CloseDate", kind="date")
    state: dict[str, Any] = {}
    window = next_window(state, NOW, settings)
    finish(state, window, settings)

    following = next_window(state, NOW + timedelta(days=1), settings)

    assert (Window(None, "2026-03-04"), "2026-03-01", Window("2026-02-28", "2026-03-05")) == (
        window,
        state["replication_key_value"],
        following,
    )


def test_formulas_are_refreshed() -> None:
    """After the set time everything is read again, and the time of that begins at the read."""
    settings = Settings(KEY, full_every=timedelta(hours=24))
    state: dict[str, Any] = {**BOOKMARK, "full_read_at": "2026-03-01T11:00:00.000Z"}

    due = next_window(state, NOW, settings)
    early = next_window({**state, "full_read_at": "2026-03-02T11:00:00.000Z"}, NOW, settings)

    assert (None, "2026-03-02T10:50:00.000Z") == (due.start, early.start)
