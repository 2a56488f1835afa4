"""Reading whole lists of API v1, where a list is complete when that is proved and not before.

Pages are offsets: when a row is deleted while pages are read, the rest moves up and one row would
never be seen; when another arrives meanwhile, even the number of rows stays right. So no count is
believed, and no page continues another unless it begins with something that was already seen.
Change here how lists are read; what is asked of them stands in the client. No I/O of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from zingle_sync.zingle.errors import ClientBugError
from zingle_sync.zingle.list_proof import PASSES, Row, RowCount, row_id
from zingle_sync.zingle.pages import PAGE_SIZE, not_before, seconds_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from zingle_sync.zingle.list_proof import PageOf
    from zingle_sync.zingle.pages import Page

    SortedBy = Literal["created_at", "updated_at", "execute_at"]

# Rows by which a page overlaps what is known: so many may be deleted before a step back is needed.
_OVERLAP = 5

# Seconds before a bound that a strict and an inclusive filter may both return.
_SLACK = 2

# Sizes of pages among which the one is chosen that shows most of what is new.
_CHOICE = 40

# Pages before a crowded second, above which it is not worth its passes.
_FAR = 4

# Answers in a row that bring nothing new, before reading ends unproved.
_IDLE = 40


@dataclass(frozen=True, slots=True)
class _Window:
    """One answer: a stretch of the list as it was at one moment.

    Attributes:
        rows: The rows.
        times: What they are sorted by, ascending.
        offset: How many rows of the list stand before them.
        total: How many rows the list has.
        page_size: Rows per page as the server counts them.
        left_out: How many rows came that are no objects.
        full: Whether it had no room for more rows.
    """

    rows: list[Row]
    times: list[float]
    offset: int
    total: int
    page_size: int
    left_out: int
    full: bool

    @property
    def end(self) -> int:
        """How many rows of the list stand before the next window."""
        return self.offset + len(self.rows) + self.left_out

    @property
    def ends_list(self) -> bool:
        """Whether nothing followed at that moment; the number that is announced proves nothing."""
        return self.end >= self.total and not self.full


@dataclass
class TieBreaker:
    """Whether the server sorts by `id` where rows sort alike; learnt once for a log-in."""

    refused: bool = False


@dataclass
class Listing:
    """A list sorted by a time, streamed so that no row that stays in it is missed.

    All rows up to some row are known. A further answer continues them if it begins with one of
    these, or begins the list; else rows were deleted, and reading steps back. Where the server
    filters by the time, each answer begins the list of what is left. Where ties come in any order,
    a second counts as known only when one answer shows it whole, or `RowCount` proves it.

    Attributes:
        page_of: Reads a page.
        by: What to sort by.
        latest_first: Which way.
        since: Rows with an earlier time (epoch seconds) are left out; filters `created_at`.
        filters: Filters that hold for all rows.
        ties: What is known of the server's sorting.
        size: Rows per page.
        proved: Whether everything sorted before the row just yielded was yielded, of the rows that
            were in the list when reading began and were not changed since. At the end: everything.
    """

    page_of: PageOf
    by: SortedBy = "created_at"
    latest_first: bool = False
    since: int | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    ties: TieBreaker = field(default_factory=TieBreaker)
    size: int = PAGE_SIZE
    proved: bool = True

    def __post_init__(self) -> None:
        """Know nothing yet."""
        self._bound: float = -math.inf if self.since is None else self.since
        self._filtered = self.since is not None
        self._trusting = False  # Taking ties as they come, now that nothing is proved any more.
        self._time = -math.inf  # Everything sorted before this was yielded,
        self._tied: set[str] = set()  # and of what sorts exactly there, these ids.
        self._known = -1  # Where the last row that is known for sure stands.

    def __iter__(self) -> Iterator[Row]:
        """The rows, in order; a row that is moved by a change while reading may come again."""
        start, overlap, idle, place, left = 0, _OVERLAP, 0, (0, 0), math.inf
        while idle < _IDLE and left > 0:
            window, met = self._window(start), (self._time, len(self._tied))
            # A list may grow faster than it is read: following it has an end.
            left = min(left, 2 * max(window.total, window.end) // self.size + _IDLE) - 1
            if window.times != sorted(window.times):
                yield from self._unsorted()
                return
            if start and not self._continues(window):
                start, overlap, idle = max(0, start - overlap), overlap * 10, idle + 1
                continue
            if not window.offset and window.times and window.times[0] < self._bound - _SLACK:
                # The bound is not honoured (contract, U13): from now on offsets have to do.
                self._filtered = False
            yield from self._fresh(window)
            stays = place == (window.offset, window.end)
            if self._stuck(window, stays=stays):
                window = yield from self._crowded(window)
            if window.ends_list:
                return
            if not window.rows:
                break
            idle = idle + 1 if met == (self._time, len(self._tied)) else 0
            start, overlap = self._next(window, stays=bool(idle)), _OVERLAP
            place = (window.offset, window.end)
        self.proved = False

    # Where to look

    def _window(self, start: int) -> _Window:
        """The page that shows most of what stands from `start` on, and begins there or before."""
        pages = [(0, self.size)]
        pages += [(each, min(self.size, start // each)) for each in _around(start, self.size)]
        earlier, size = max(pages, key=lambda each: (each[0] + 1) * each[1])
        window = self._answer(earlier + 1, size)
        if window.page_size < size:
            self.size = window.page_size
        return window

    def _answer(self, number: int, size: int) -> _Window:
        page = self._page(number, size)
        offset = (number - 1) * page.page_size
        times = self._times(page.rows)
        total, left_out = page.total_records, page.left_out
        return _Window(page.rows, times, offset, total, page.page_size, left_out, page.full)

    def _page(self, number: int, size: int) -> Page:
        order = f"{self.by} {'desc' if self.latest_first else 'asc'}"
        params = {**self.filters, "sort_fields": f"{order},id asc"}
        if self.since is not None:
            params["created_at"] = not_before(self._bound)
        if not self.ties.refused:
            try:
                return self.page_of(params, number, size)
            except ClientBugError:
                # Not every server sorts by id (contract, U15); what else is wrong is told below.
                self.ties.refused = True
        return self.page_of({**params, "sort_fields": order}, number, size)

    def _next(self, window: _Window, *, stays: bool) -> int:
        """Where the next window has to begin; asks for what is left, where the server can."""
        if self._narrows:
            self._bound = int(self._time)
            return 0
        behind = self._known - (0 if stays else _OVERLAP)
        return behind if behind > window.offset else max(0, self._known)

    # What is known

    @property
    def _narrows(self) -> bool:
        """Whether the server can be asked for less than the last time."""
        return self._filtered and self._bound < self._time < math.inf

    @property
    def _stable(self) -> bool:
        """Whether rows that sort alike keep their order."""
        return self._trusting or not self.ties.refused

    def _times(self, rows: list[Row]) -> list[float]:
        """What the rows are sorted by, ascending; those without stand at one of the ends."""
        sign = -1 if self.latest_first else 1
        seconds = [seconds_of(row.get(self.by)) for row in rows]
        first = next((number for number, each in enumerate(seconds) if each is not None), len(rows))
        at_start = -math.inf if self._time == -math.inf else math.inf
        return [
            sign * each if each is not None else at_start if number < first else math.inf
            for number, each in enumerate(seconds)
        ]

    def _continues(self, window: _Window) -> bool:
        """Whether the window begins with a row that is known."""
        if not window.rows or window.times[0] > self._time:
            return False
        tied = self._stable and row_id(window.rows[0]) in self._tied
        return window.times[0] < self._time or tied

    def _fresh(self, window: _Window) -> Iterator[Row]:
        """The window's rows that were not yielded before; from then on they are known."""
        for row, time in zip(window.rows, window.times, strict=False):
            if time < self._time or (time == self._time and row_id(row) in self._tied):
                continue
            if time > self._time:
                self._time, self._tied = time, set()
            self._tied.add(row_id(row))
            if self.since is None or time >= self.since:
                yield row
        known = sum(self._stable or time < self._time for time in window.times)
        self._known = window.offset + known - 1

    def _stuck(self, window: _Window, *, stays: bool) -> bool:
        """Whether ties in no order fill the window, so that no window shows all of them."""
        if self._stable or window.ends_list or self._narrows:
            return False
        return self._known <= window.offset or stays

    def _crowded(self, window: _Window) -> Generator[Row, None, _Window]:
        """The rest of a second that no window shows whole; the answer after it is handed back.

        Passes over all pages up to its end, until the rows are proved or there were too many.
        """
        second, count = self._time, RowCount()
        passes = PASSES if window.offset <= _FAR * self.size else 0
        for number in range(passes):
            # Pages of another size each time, so that no border stays hidden between two of them.
            window = yield from self._pass(second, count, max(1, self.size - number % 3))
            if count.proved and window.times and window.times[0] <= second:
                break
        else:
            self.proved, self._trusting = False, True
        yield from self._fresh(window)
        return window

    def _pass(self, second: float, count: RowCount, size: int) -> Generator[Row, None, _Window]:
        """The pages up to the one that shows where a second ends."""
        number, passed = 1, set[str]()
        while True:
            window = self._answer(number, size)
            upto = sum(time <= second for time in window.times)
            ids = [row_id(row) for row in window.rows[:upto]]
            count.met(ids)
            yield from self._fresh(replace(window, rows=window.rows[:upto]))
            if upto < len(window.rows) or window.ends_list:
                count.counted(window.offset + upto, ids)
                return window
            if passed.issuperset(ids):
                return window  # the server shows the same page again and again
            passed.update(ids)
            number += 1

    def _unsorted(self) -> Iterator[Row]:
        """The rows of a list that the server sorts as it likes; nothing of it is proved."""
        self.proved = False
        number, last, seen = 1, False, set[str]()
        while not last:
            page = self._page(number, self.size)
            fresh = {row_id(row): row for row in page.rows if row_id(row) not in seen}
            seen.update(fresh)
            for row in fresh.values():
                if self.since is None or (seconds_of(row.get(self.by)) or 0) >= self.since:
                    yield row
            number, last = number + 1, page.last or not fresh


def _around(start: int, size: int) -> range:
    """How many pages to skip, so that pages of at most `size` rows begin at `start` or before."""
    least = start // size
    return range(max(1, least), least + _CHOICE)
