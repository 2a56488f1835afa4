"""Answers of the API: envelopes, page arithmetic and filter values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zingle_sync.times import moment_of

# The last second of the year 9998: days before it have a next one, in every zone.
_LAST_SECOND = 253_370_764_799
# From here on numbers count milliseconds: this one is in 2001.
_FIRST_MILLISECOND = 10**12

# Rows per page: legal under both readings of the published maximum (contract, U14).
PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        rows: The objects as they came.
        page: Number of this page, from 1.
        page_size: Rows per page as the server counts them.
        total_pages: At the moment of this page; may change while reading.
        total_records: Same.
        left_out: How many rows came that are no objects.
    """

    rows: list[dict[str, Any]]
    page: int
    page_size: int
    total_pages: int
    total_records: int
    left_out: int = 0

    @property
    def full(self) -> bool:
        """Whether it has no room for more rows: then more may follow, whatever is announced."""
        return len(self.rows) + self.left_out >= self.page_size

    @property
    def last(self) -> bool:
        """Whether nothing can follow: the page is empty, or not full and the last one by now."""
        return not self.rows or (self.page >= self.total_pages and not self.full)


def is_object(body: object) -> bool:
    """Whether a body is one object."""
    return isinstance(body, dict)


def has_result(body: object) -> bool:
    """Whether a body is a v1 envelope of one object."""
    return isinstance(body, dict) and isinstance(body.get("result"), dict)


def is_page(body: object) -> bool:
    """Whether a body is a v1 list envelope, or a bare array."""
    return isinstance(body, list) or (
        isinstance(body, dict) and isinstance(body.get("result"), list)
    )


def read_page(body: Any, *, page: int, page_size: int) -> Page:  # noqa: ANN401 - JSON is any
    """Read a body that `is_page`."""
    if isinstance(body, list):
        rows = [row for row in body if isinstance(row, dict)]
        # Only one of just the size that was asked for may have been cut there.
        size = page_size if len(rows) == page_size else len(rows) + 1
        return Page(rows, page, size, page, len(rows))
    status = body.get("status")
    status = status if isinstance(status, dict) else {}
    rows = [row for row in body["result"] if isinstance(row, dict)]
    size = _whole(status.get("page_size")) or page_size
    came = len(body["result"])
    records = _whole(status.get("total_records"))
    if page == 1 and 0 < came < size < (records or 0):
        size = came  # More follows all the same: the server gives fewer rows a page than it says.
    before = (page - 1) * size
    # Where nothing is announced there may be more after a full page; less than came is no number.
    least = before + came + (came >= size) if records is None else before + len(rows)
    records = max(records or 0, least if came else 0)
    return Page(
        rows=rows,
        page=page,
        page_size=size,
        total_pages=_whole(status.get("total_pages")) or max(1, -(-records // size)),
        total_records=records,
        left_out=len(body["result"]) - len(rows),
    )


def has_items(body: object) -> bool:
    """Whether a body is a v2 list: an envelope with `items`, or a bare array."""
    return isinstance(body.get("items") if isinstance(body, dict) else body, list)


def items_of(body: Any) -> list[Any]:  # noqa: ANN401 - JSON is any
    """The items of a body that `has_items`."""
    items: list[Any] = body["items"] if isinstance(body, dict) else body
    return items


def last_page(body: Any) -> int:  # noqa: ANN401 - JSON is any
    """How many pages a v2 list has; one where it does not say."""
    return (_whole(body.get("lastPage")) if isinstance(body, dict) else None) or 1


def _whole(value: object) -> int | None:
    """Counters arrive as numbers or as text."""
    try:
        count = int(str(value))
    except ValueError:
        return None
    return count if count >= 0 else None


def not_before(seconds: float) -> str:
    """A `created_at` filter for that moment and later.

    Public sources contradict each other about unit and strictness. Seconds, a lower bound only,
    one second early, re-checked by the caller, is right under every reading (contract, U13).

    >>> not_before(1_700_000_000)
    'greater_than(1699999999)'
    """
    return f"greater_than({max(0, int(seconds) - 1)})"


def seconds_of(value: object) -> int | None:
    """Epoch seconds; 0, null, absent and what is no time all mean "none".

    Milliseconds and ISO texts, as other parts of Zingle write them, are times as well.

    >>> seconds_of(0), seconds_of(None), seconds_of("1700000000"), seconds_of(1700000000123)
    (None, None, 1700000000, 1700000000)
    """
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().isdecimal() else moment_of(value).timestamp()
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    seconds = value if value < _FIRST_MILLISECOND else value // 1000
    return int(seconds) or None if 0 < seconds <= _LAST_SECOND else None
