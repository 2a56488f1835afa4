"""Lists that are proved by passes: read again and again, until no row can have slipped through.

Change here what counts as a proof; which list needs it is decided in `lists`. No I/O of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sync.zingle.errors import TransientError
from zingle_sync.zingle.pages import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from zingle_sync.zingle.pages import Page

    # Reads a page, given filters and sorting, the page's number, and its size.
    PageOf = Callable[[Mapping[str, str], int, int], Page]

Row = dict[str, Any]

# Passes over a stretch whose order may change with each answer, before it counts as unproved.
PASSES = 30


class RowCount:
    """Whether all rows of a stretch were met, whatever was deleted, added or shuffled meanwhile.

    A row that was met both before and after a moment was there at that moment. When the one answer
    of that moment counts no more rows than that, none can be missing.
    """

    def __init__(self) -> None:
        self._met: set[str] = set()
        self._moments: list[tuple[int, frozenset[str], set[str]]] = []

    def met(self, ids: Iterable[str]) -> None:
        """Rows came in an answer."""
        ids = frozenset(ids)
        self._met |= ids
        for _, _, later in self._moments:
            later.update(ids)

    def counted(self, count: int, ids: Iterable[str]) -> None:
        """The answer that brought these ids says how many rows the stretch has."""
        self._moments.append((count, frozenset(self._met), set(ids)))

    @property
    def proved(self) -> bool:
        """Whether every row of some moment was met."""
        return any(len(before & since) >= count for count, before, since in self._moments)


def each_row(page_of: PageOf) -> Iterator[Row]:
    """All rows of a short list, each once, by id; sorted by nothing that helps.

    A list of one page is one answer; longer ones are read until they are proved.

    Raises:
        TransientError: The list did not stand still long enough.
    """
    count = RowCount()
    seen: set[str] = set()
    for _ in range(PASSES):
        number, last, passed, came = 1, False, set[str](), 0
        while not last:
            page = page_of({}, number, PAGE_SIZE)
            ids = [row_id(row) for row in page.rows]
            count.met(ids)
            again = passed.issuperset(ids)  # the server may show the same page again and again
            passed.update(ids)
            came += len(ids)
            for row in page.rows:
                if row_id(row) not in seen:
                    seen.add(row_id(row))
                    yield row
            number, last = number + 1, page.last or again
        if page.last:
            count.counted(max(page.total_records, came), ids)
        if count.proved:
            return
    raise TransientError("the list changed whenever it was read: some rows may be missing")


def row_id(row: Row) -> str:
    """The row's id as text; rows without one are all the same."""
    return str(row.get("id"))
