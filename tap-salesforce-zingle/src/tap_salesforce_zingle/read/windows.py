"""Which span of the replication key to read next, and where in it reading stands (pure).

A window is `[start, end)`. Its end lies a little before Salesforce's own time at the start of the
run, so that no row inside it can still be written by a short transaction; long ones are what the
lookback is for. A window is finished as a whole: only then does the bookmark move, to its end.
Until then the state keeps the position of the last emitted row, a pair of key and Id, so that a
restart goes on there even between thousands of rows with the same key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.plan import changes
from zingle_sync.salesforce.errors import ConfigurationError
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_salesforce_zingle.plan.plans import KeyKind

# No date or datetime of Salesforce is earlier.
EARLIEST = datetime(1700, 1, 1, tzinfo=UTC)
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
        is_whole: Whether it goes back as far as there is anything to read.
    """

    start: str | None
    end: str
    position: Position | None = None
    is_resumed: bool = False
    is_whole: bool = field(default=False, compare=False)


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

    @property
    def start(self) -> str | None:
        """The start date as a value of the key."""
        return None if self.start_date is None else text_of(self.start_date, self.kind)


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
    start_date = settings.start
    end = _end(now, settings.kind)
    if bookmark is None or is_full_read_due(state, now, settings):
        return Window(start_date, _latest(end, start_date), is_whole=True)
    start = _before(bookmark, settings)
    return Window(_latest(start, start_date), _latest(end, bookmark))


def forget_the_future(state: dict[str, Any], now: datetime, settings: Settings) -> str | None:
    """Drop a bookmark that lies ahead of Salesforce's time: what it says has been read has not.

    A run that was told a wrong time wrote it. How far it had really read is not known, so that
    everything is read again.

    Returns:
        The bookmark that was dropped, None for none.
    """
    limit = text_of(now + settings.lookback + MARGIN, "datetime")
    if settings.kind == "date":
        limit = text_of(now + settings.lookback + DATE_AHEAD, "date")
    resume = resume_of(state, settings.key)
    if resume is not None and settings.kind == "datetime" and resume.end > limit:
        del state["resume"]
    bookmark = bookmark_of(state, settings.key)
    if bookmark is None or bookmark <= limit:
        return None
    for name in ("replication_key_value", "resume"):
        state.pop(name, None)
    return bookmark


def bookmark_of(state: Mapping[str, Any], key: str) -> str | None:
    """The bookmark, None when there is none or it is one of another key.

    Raises:
        ConfigurationError: If it is no date or datetime.
    """
    value = state.get("replication_key_value")
    if value is None or state.get("replication_key", key) != key:
        return None
    if (text := _text_or_none(value)) is not None:
        return text
    text = f"The state's bookmark of {key} is {value!r}, which is no date or datetime."
    raise ConfigurationError(text)


def resume_of(state: Mapping[str, Any], key: str) -> Window | None:
    """The unfinished window of an earlier run, None when there is none that makes sense."""
    resume = state.get("resume")
    if not isinstance(resume, dict) or resume.get("key", key) != key:
        return None
    start, end, stamp = (
        _text_or_none(resume.get(name)) for name in ("window_start", "window_end", "stamp")
    )
    row_id = resume.get("id")
    is_right = (
        (start is None) == (resume.get("window_start") is None)
        and (stamp is None) == (resume.get("stamp") is None)
        and (row_id is None or re.fullmatch(r"[A-Za-z0-9]{1,18}", str(row_id)))
    )
    if not is_right or end is None:
        return None
    position = None if stamp is None else Position(stamp, row_id)
    return Window(start, end, position, is_resumed=True)


def _text_or_none(value: object) -> str | None:
    """A value of the state in the one form, whatever form another tool gave it."""
    try:
        text = str(value)
        kind: KeyKind = "date" if len(text) == len("YYYY-MM-DD") else "datetime"
        return text_of(max(moment_of(text), EARLIEST), kind)
    except ValueError:
        return None


def is_full_read_due(state: Mapping[str, Any], now: datetime, settings: Settings) -> bool:
    """Whether everything is to be read again, for what changes without changing the key.

    Formulas that look at other records are such: their rows keep their SystemModstamp.
    """
    if settings.full_every is None:
        return False
    last = _text_or_none(state.get("full_read_at"))
    return last is None or moment_of(last) + settings.full_every <= now


def ended_state(state: dict[str, Any]) -> dict[str, Any]:
    """The bookmark of those rows that come first, kept inside of the stream's own.

    They are read before all others, so that their bookmark may be ahead while the others' window
    is unfinished. Everywhere else it is the same, and does not stay ahead of one that was set back.
    """
    kept = state.get("ended")
    ended: dict[str, Any] = kept if isinstance(kept, dict) else {}
    names = ("replication_key", "replication_key_value", "full_read_at")
    own, others = (part.get("replication_key_value") for part in (ended, state))
    was_set_back = "resume" not in state and others and str(own) > str(others)
    if not ended or was_set_back:
        ended = {name: state[name] for name in names if name in state}
    state["ended"] = ended
    return ended


def begin_whole(state: dict[str, Any], now: datetime, settings: Settings) -> None:
    """Take note that everything is being read."""
    if settings.full_every is not None:
        state["full_read_begun"] = text_of(now, "datetime")
    changes.begin_whole(state)


def finish(state: dict[str, Any], window: Window, settings: Settings) -> None:
    """Move the bookmark to the end of a window, all of which is out; it never goes back."""
    end = _last_day(window.end) if settings.kind == "date" else window.end
    state["replication_key_value"] = _latest(end, bookmark_of(state, settings.key))
    state["replication_key"] = settings.key
    state.pop("resume", None)
    if begun := state.pop("full_read_begun", None):
        state["full_read_at"] = begun
    changes.end_whole(state)


def before_lookback(end: str, settings: Settings) -> str:
    """The key from which on a window's rows come again with the next window."""
    return _before(_last_day(end) if settings.kind == "date" else end, settings)


def _before(bookmark: str, settings: Settings) -> str:
    lookback = settings.lookback
    if settings.kind == "date":
        lookback = timedelta(days=-(-lookback // timedelta(days=1)))
    start = max(moment_of(bookmark), EARLIEST + lookback) - lookback
    return text_of(start, settings.kind)


def _last_day(end: str) -> str:
    # What is dated yesterday or later may still be written.
    return text_of(moment_of(end) - DATE_AHEAD - DATE_MARGIN, "date")


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


def some_condition(now: datetime, settings: Settings) -> str:
    """A condition of the kind that reading will ask with, for a probe."""
    start = settings.start_date or now - settings.lookback
    window = Window(text_of(start, settings.kind), _end(now, settings.kind))
    return condition(window, settings.key)


def text_of(moment: datetime, kind: KeyKind) -> str:
    """The one form of a moment: `YYYY-MM-DDTHH:MM:SS.sssZ`, or the UTC day.

    >>> text_of(datetime(2026, 3, 2, 8, 5, tzinfo=UTC), "datetime")
    '2026-03-02T08:05:00.000Z'
    """
    moment = moment.astimezone(UTC)
    if kind == "date":
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
