"""How far a window has been read, and in which parts it is read (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.read.windows import Position, before_lookback, text_of
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from tap_salesforce_zingle.plan.plans import KeyKind
    from tap_salesforce_zingle.read.windows import Settings, Window

# Salesforce is not older; used only to cut a window without a start into parts.
BEGINNING = datetime(1999, 3, 8, tzinfo=UTC)
# A window is not cut further: stamps are whole seconds.
NARROWEST = timedelta(seconds=1)


class Progress:
    """Keeps the position of the last emitted row in the state.

    A row that changes while its page is being read comes with its new key, ahead of its turn. Going
    on behind that key would skip the rows in between. A new key lies beyond the window's end, or,
    when a long transaction wrote it, in the lookback before it; so no single row moves the position
    in there, unless the part being read is so narrow that all of its rows have one key. What is
    skipped in the lookback comes again with the next window.

    Args:
        state: The stream's bookmark; its `resume` is written.
    """

    __slots__ = ("_last", "_safe", "_window", "resume")
    _last: tuple[str, str]

    def __init__(self, window: Window, settings: Settings, state: dict[str, Any]) -> None:
        self._window = window
        self._safe = before_lookback(window.end, settings)
        self.resume: dict[str, Any] = {
            "key": settings.key,
            "window_start": window.start,
            "window_end": window.end,
        }
        self.go_back(window.position)
        state["resume"] = self.resume

    def begin_part(self, end: str, settings: Settings) -> None:
        """Take note of the end of the part that is read next."""
        is_narrow = width_of(self.window, end) <= _narrowest(settings.kind)
        safe = before_lookback(self._window.end, settings)
        self._safe = max(end, safe) if is_narrow else safe

    def note(self, stamp: str, row_id: str) -> None:
        """Take note of a row that is about to be emitted."""
        here = (stamp, row_id)
        if here > self._last and stamp < self._safe:
            self._last = here
            self.resume["stamp"] = stamp
            self.resume["id"] = row_id

    def part_done(self, end: str) -> None:
        """Take note that every row before `end` has been emitted."""
        self.go_back(Position(end, None))

    def go_back(self, position: Position | None) -> None:
        """Forget what came behind a position, because something is missing from it."""
        self._last = ("", "") if position is None else (position.stamp, position.id or "")
        self.resume["stamp"] = position.stamp if position else None
        self.resume["id"] = position.id if position else None

    @property
    def window(self) -> Window:
        """The window with the position reached."""
        stamp = self.resume["stamp"]
        if stamp is None:
            return self._window
        return replace(self._window, position=Position(stamp, self.resume["id"]))


def halved(window: Window, end: str, kind: KeyKind) -> str | None:
    """An end nearer to the window's position than one that was too far; None for none."""
    start = _part_start(window)
    upper = moment_of(end)
    smallest = _narrowest(kind)
    if upper - start <= smallest:
        return None
    half = max(smallest, (upper - start) / 2)
    middle = text_of(start + half, kind)
    return middle if middle < end else None


def _narrowest(kind: KeyKind) -> timedelta:
    return NARROWEST if kind == "datetime" else timedelta(days=1)


def widened(window: Window, width: timedelta, kind: KeyKind) -> str:
    """The end of the next part: twice as wide as the one before it, at most the window's end."""
    end = text_of(_part_start(window) + 2 * width, kind)
    return min(end, window.end)


def width_of(window: Window, end: str) -> timedelta:
    """How wide the part from the window's position to `end` is."""
    return moment_of(end) - _part_start(window)


def _part_start(window: Window) -> datetime:
    if window.position is not None:
        return moment_of(window.position.stamp)
    return BEGINNING if window.start is None else moment_of(window.start)
