"""Which span of the replication key to read next, and where in it reading stands (pure).

A window is ``[start, end)``. Its end lies a little before Salesforce's own time at the start of the
run, so that no row inside it can still be written by a short transaction; long ones are what the
lookback is for. A window is finished as a whole: only then does the bookmark move, to its end.
Until then the state keeps the position of the last emitted row, a pair of key and Id, so that a
restart goes on there even between thousands of rows with the same key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from zingle_sync.salesforce.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

MARGIN: Final = timedelta(seconds=5)
"""How long before the server's time a window ends."""
DATE_MARGIN: Final = timedelta(days=1)
"""Dates are local to users all over the world: yesterday may still be written today."""
DATE_AHEAD: Final = timedelta(days=2)
"""How far after the server's day a window of dates ends: tomorrow is today somewhere."""
BEGINNING: Final = datetime(1999, 3, 8, tzinfo=UTC)
"""Salesforce is not older; used only to cut a window without a start into parts."""
NARROWEST: Final = timedelta(seconds=1)
"""A window is not cut further: stamps are whole seconds."""

KeyKind = Literal["datetime", "date"]


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before this key, and with this key up to this Id, has been emitted.

    Attributes:
        stamp: Value of the replication key.
        id: Id of the last emitted row; None when all rows before ``stamp`` are done, none with it.
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

    Args:
        state: The stream's bookmark.
        now: Salesforce's time, in UTC.
        settings: The rest.

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
    except (ValueError, IndexError) as error:
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


def resume_state(window: Window, key: str) -> dict[str, Any]:
    """What the state keeps of an unfinished window."""
    position = window.position
    return {
        "key": key,
        "window_start": window.start,
        "window_end": window.end,
        "stamp": position.stamp if position else None,
        "id": position.id if position else None,
    }


def is_full_read_due(state: Mapping[str, Any], now: datetime, settings: Settings) -> bool:
    """Whether everything is to be read again, for what changes without changing the key.

    Formulas that look at other records are such: their rows keep their SystemModstamp.
    """
    if settings.full_every is None:
        return False
    last = state.get("full_read_at")
    return last is None or moment_of(str(last)) + settings.full_every <= now


def finish(state: dict[str, Any], window: Window, settings: Settings) -> None:
    """Move the bookmark to the end of a finished window; it never goes back.

    Args:
        state: The stream's bookmark, changed in place.
        window: The window, all of which has been emitted.
        settings: The rest.
    """
    state["replication_key_value"] = _bookmark_after(window, state, settings)
    state["replication_key"] = settings.key
    state.pop("resume", None)
    if begun := state.pop("full_read_begun", None):
        state["full_read_at"] = begun


def _before_lookback(end: str, settings: Settings) -> str:
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


def _bookmark_after(window: Window, state: Mapping[str, Any], settings: Settings) -> str:
    value = _last_day(window.end) if settings.kind == "date" else window.end
    return _latest(value, bookmark_of(state, settings.key))


def condition(window: Window, key: str, *, end: str | None = None) -> str:
    """The window's rows that are still to come, as a SOQL condition.

    Args:
        window: The window.
        key: Replication key, as it stands in a query.
        end: An earlier end, for a part of the window.

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


class Progress:
    """Keeps the position of the last emitted row in the state.

    A row that changes while its page is being read comes with its new key, ahead of its turn. Going
    on behind that key would skip the rows in between. A new key lies beyond the window's end, or,
    when a long transaction wrote it, in the lookback before it; so no single row moves the position
    in there. What is skipped in the lookback comes again with the next window.

    Args:
        window: What is being read.
        settings: Replication key and lookback.
        state: The stream's bookmark; its ``resume`` is written.
    """

    __slots__ = ("_last", "_safe", "_window", "resume")

    def __init__(self, window: Window, settings: Settings, state: dict[str, Any]) -> None:
        position = window.position
        self._window = window
        self._safe = _before_lookback(window.end, settings)
        self._last = ("", "") if position is None else (position.stamp, position.id or "")
        self.resume: dict[str, Any] = resume_state(window, settings.key)
        state["resume"] = self.resume

    def note(self, stamp: str, row_id: str) -> None:
        """Take note of a row that is about to be emitted."""
        here = (stamp, row_id)
        if here > self._last and stamp < self._safe:
            self._last = here
            self.resume["stamp"] = stamp
            self.resume["id"] = row_id

    def part_done(self, end: str) -> None:
        """Take note that every row before ``end`` has been emitted."""
        self._last = (end, "")
        self.resume["stamp"] = end
        self.resume["id"] = None

    @property
    def window(self) -> Window:
        """The window with the position reached."""
        stamp = self.resume["stamp"]
        if stamp is None:
            return self._window
        return replace(self._window, position=Position(stamp, self.resume["id"]))


def halved(window: Window, end: str, kind: KeyKind) -> str | None:
    """A nearer end for a part of the window that took too long; None when there is none.

    Args:
        window: The window, whose position says where the part begins.
        end: The end that was too far.
        kind: Type of the key.
    """
    start = _part_start(window)
    upper = moment_of(end)
    smallest = NARROWEST if kind == "datetime" else timedelta(days=1)
    if upper - start <= smallest:
        return None
    half = max(smallest, (upper - start) / 2)
    middle = text_of(start + half, kind)
    return middle if middle < end else None


def widened(window: Window, width: timedelta, kind: KeyKind) -> str:
    """The end of the next part: twice as wide as the one before it, at most the window's end."""
    end = text_of(_part_start(window) + 2 * width, kind)
    return min(end, window.end)


def width_of(window: Window, end: str) -> timedelta:
    """How wide the part from the window's position to ``end`` is."""
    return moment_of(end) - _part_start(window)


def _part_start(window: Window) -> datetime:
    if window.position is not None:
        return moment_of(window.position.stamp)
    return BEGINNING if window.start is None else moment_of(window.start)


def _end(now: datetime, kind: KeyKind) -> str:
    if kind == "date":
        return text_of(now + DATE_AHEAD, kind)
    return text_of(now - MARGIN, kind)


def _latest(value: str, other: str | None) -> str:
    return value if other is None else max(value, other)


def text_of(moment: datetime, kind: KeyKind) -> str:
    """The one form of a moment: ``YYYY-MM-DDTHH:MM:SS.sssZ``, or the UTC day.

    >>> text_of(datetime(2026, 3, 2, 8, 5, tzinfo=UTC), "datetime")
    '2026-03-02T08:05:00.000Z'
    """
    moment = moment.astimezone(UTC)
    if kind == "date":
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def moment_of(text: str) -> datetime:
    """The moment of a text in any form that bookmarks and settings have; dates begin in UTC."""
    if len(text) == len("YYYY-MM-DD"):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    # Python 3.10 reads neither Z nor offsets without a colon.
    text = text.replace("Z", "+00:00")
    if text[-5] in "+-":
        text = f"{text[:-2]}:{text[-2:]}"
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def normal_text(text: str) -> str:
    """A bookmark in the one form, whatever form another tool gave it."""
    if len(text) == len("YYYY-MM-DD"):
        return text
    return text_of(moment_of(text), "datetime")
