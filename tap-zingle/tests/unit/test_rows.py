"""Rows of a list by a time that some of them lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_zingle.rows import PAGE_SIZE, TimedList

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_772_400_000


class Rows:
    """A list that is read to its end, and proved."""

    proved = True

    def __init__(self, times: list[int | None]) -> None:
        """Rows with these times of change, in the order in which they come."""
        self.times = times
        self.read = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows, counted."""
        for number, time in enumerate(self.times):
            self.read += 1
            yield {"id": str(number), "updated_at": time}

    def listing(self, *_: object, **__: object) -> Rows:
        """Stand in for the client."""
        return self


@pytest.mark.parametrize(
    ("times", "seen", "blind"),
    [
        # Many in total, never a page in a row: the changes behind them are seen.
        ([NOW, *[None] * (PAGE_SIZE - 1)] * 3 + [NOW], 4, False),
        ([*[None] * (PAGE_SIZE - 1), NOW, NOW - 100], 1, False),
        # A page in a row: nobody can tell what comes behind.
        ([NOW, *[None] * PAGE_SIZE, NOW], 1, True),
        ([None] * (3 * PAGE_SIZE), 0, True),
        ([None] * (PAGE_SIZE - 1), 0, False),
        ([], 0, False),
    ],
)
def test_a_search_ends_after_a_page_in_a_row_without_the_time(
    times: list[int | None], seen: int, blind: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows without a time of change are counted in a row, and a row with one begins anew."""
    rows = Rows(times)
    found = list(TimedList(rows, "service", "messages").changed_since(NOW - 10))  # type: ignore[arg-type] # what it asks of a client

    assert (seen, blind) == (len(found), "names no updated_at" in caplog.text)
    assert rows.read <= len(times)
    if blind:
        assert rows.read < len(times) or len(times) == PAGE_SIZE
