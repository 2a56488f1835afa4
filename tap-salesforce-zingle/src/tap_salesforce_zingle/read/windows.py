"""Which span of the replication key to read next, and where in it reading stands (pure).

A window is `[start, end)`. Its end lies a little before Salesforce's own time at the start of the
run, so that no row inside it can still be written by a short transaction; long ones are what the
lookback is for. A window is finished as a whole: only then does the bookmark move, to its end.
Until then the state keeps the position of the last emitted row, a pair of key and Id, so that a
restart goes on there even between thousands of rows with the same key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zingle_sync.salesforce.errors import ConfigurationError
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_salesforce_zingle.plan.plans import KeyKind

# How long before the server's time a window ends.
MARGIN = timedelta(seconds=5)
# Dates are local to users all over the world: yesterday may still be written today.
DATE_MARGIN = timedelta(days=1)
# How far after the server's day a window of dates ends: tomorrow is today somewhere.
DATE_AHEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before this key, and with this key up to this Id, has been emitted.

    Attributes:
        stamp: Value of the replication key.
        id: Id of the last emitted row; None when all rows before `stamp` are done, none with it.
    """

    stamp: str
    id: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """A span of the replication key.

    Attributes:
        start: First value, None for the beginning of all time.
        end: First value beyond it.
        position: Where reading stands, None at the start.
        is_resumed: Whether an earlier run began it.
    """

    start: str | None
    end: str
    position: Position | None = None
    is_resumed: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides about windows beside the state.

    Attributes:
        key: Replication key.
        kind: Its type.
        start_date: Nothing before it is read; None for all history.
        lookback: How far before the bookmark reading begins.
        full_every: Read everything again after this time, None for never.
    """

    key: str
    kind: KeyKind = "datetime"
    start_date: datetime | None = None
    lookback: timedelta = timedelta(minutes=10)
    full_every: timedelta | None = None


def next_window(state: Mapping[str, Any], now: datetime, settings: Settings) -> Window:
    """The window to read: the unfinished one if there is one, else the next.

    >>> state = {"replication_key_value": "2026-03-02T11:00:00.000Z"}
    >>> now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> window = next_window(state, now, Settings("SystemModstamp"))
    >>> window.start, window.end
    ('2026-03-02T10:50:00.000Z', '2026-03-02T11:59:55.000Z')
    """
    resume = resume_of(state, settings.key)
    if resume is not None:
        return resume
    bookmark = bookmark_of(state, settings.key)
    start_date = (
        None if settings.start_date is None else text_of(settings.start_date, settings.kind)
    )
    end = _end(now, settings.kind)
    if bookmark is None or is_full_read_due(state, now, settings):
        return Window(start_date, _latest(end, start_date))
    if settings.kind == "date":
        start = _first_day(bookmark, settings)
    else:
        start = text_of(moment_of(bookmark) - settings.lookback, "datetime")
    return Window(_latest(start, start_date), _latest(end, bookmark))


def bookmark_of(state: Mapping[str, Any], key: str) -> str | None:
    """The bookmark, None when there is none or it is one of another key.

    Raises:
        ConfigurationError: If it is no date or datetime.
    """
    if state.get("replication_key", key) != key:
        return None
    value = state.get("replication_key_value")
    if value is None:
        return None
    try:
        return normal_text(str(value))
    except ValueError as error:
        text = f"The state's bookmark of {key} is {value!r}, which is no date or datetime."
        raise ConfigurationError(text) from error


def resume_of(state: Mapping[str, Any], key: str) -> Window | None:
    """The unfinished window of an earlier run, None when there is none."""
    resume = state.get("resume")
    if not isinstance(resume, dict) or resume.get("key", key) != key or "window_end" not in resume:
        return None
    stamp = resume.get("stamp")
    position = None if stamp is None else Position(stamp, resume.get("id"))
    return Window(resume.get("window_start"), resume["window_end"], position, is_resumed=True)


def is_full_read_due(state: Mapping[str, Any], now: datetime, settings: Settings) -> bool:
    """Whether everything is to be read again, for what changes without changing the key.

    Formulas that look at other records are such: their rows keep their SystemModstamp.
    """
    if settings.full_every is None:
        return False
    last = state.get("full_read_at")
    return last is None or moment_of(str(last)) + settings.full_every <= now


def finish(state: dict[str, Any], window: Window, settings: Settings) -> None:
    """Move the bookmark to the end of a window, all of which is out; it never goes back."""
    end = _last_day(window.end) if settings.kind == "date" else window.end
    state["replication_key_value"] = _latest(end, bookmark_of(state, settings.key))
    state["replication_key"] = settings.key
    state.pop("resume", None)
    if begun := state.pop("full_read_begun", None):
        state["full_read_at"] = begun


def before_lookback(end: str, settings: Settings) -> str:
    """The key from which on a window's rows come again with the next window."""
    if settings.kind == "date":
        return _first_day(_last_day(end), settings)
    return text_of(moment_of(end) - settings.lookback, "datetime")


def _last_day(end: str) -> str:
    # What is dated yesterday or later may still be written.
    return text_of(moment_of(end) - DATE_AHEAD - DATE_MARGIN, "date")


def _first_day(bookmark: str, settings: Settings) -> str:
    days = -(-settings.lookback // timedelta(days=1))
    return text_of(moment_of(bookmark) - timedelta(days=days), "date")


def condition(window: Window, key: str, *, end: str | None = None) -> str:
    """The window's rows that are still to come, up to an earlier end where one is given.

    >>> condition(Window(None, "E", Position("S", "003A")), "K")
    "((K > S) OR (K = S AND Id > '003A')) AND K < E"
    """
    upper = f"{key} < {end or window.end}"
    position = window.position
    if position is None:
        return upper if window.start is None else f"{key} >= {window.start} AND {upper}"
    if position.id is None:
        return f"{key} >= {position.stamp} AND {upper}"
    after = f"({key} > {position.stamp}) OR ({key} = {position.stamp} AND Id > '{position.id}')"
    return f"({after}) AND {upper}"


def _end(now: datetime, kind: KeyKind) -> str:
    if kind == "date":
        return text_of(now + DATE_AHEAD, kind)
    return text_of(now - MARGIN, kind)


def _latest(value: str, other: str | None) -> str:
    return value if other is None else max(value, other)


def text_of(moment: datetime, kind: KeyKind) -> str:
    """The one form of a moment: `YYYY-MM-DDTHH:MM:SS.sssZ`, or the UTC day.

    >>> text_of(datetime(2026, 3, 2, 8, 5, tzinfo=UTC), "datetime")
    '2026-03-02T08:05:00.000Z'
    """
    moment = moment.astimezone(UTC)
    if kind == "date":
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def normal_text(text: str) -> str:
    """A bookmark in the one form, whatever form another tool gave it."""
    if len(text) == len("YYYY-MM-DD"):
        return text
    return text_of(moment_of(text), "datetime")
