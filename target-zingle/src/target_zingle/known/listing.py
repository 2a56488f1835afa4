"""Reading all contacts of a service, so that no row that stays there is missed.

Pages are offsets into a list sorted by time of creation: new contacts come at its end, and when one
is deleted, all behind it move up. Read from the last page to the first, a deletion can only repeat
a row. Several pages at a time are as good if the last row stood still meanwhile. No count is
believed.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from typing import TYPE_CHECKING

from zingle_sync.zingle import PAGE_SIZE, ClientBugError, SlimContacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor, Future

    from target_zingle.known.contact import Contact
    from target_zingle.known.index import Index
    from target_zingle.known.remote import Remote
    from zingle_sync.zingle import Page

logger = logging.getLogger(__name__)

_MANY_PAGES = 20
_SORTS = ("created_at asc,id asc", "created_at asc")


class Listing:
    """The list of a service's contacts, read into the index.

    Args:
        remote: The service.
        index: Takes the contacts.
        read: Makes a contact of a row.
    """

    def __init__(
        self, remote: Remote, index: Index, read: Callable[[Mapping[str, object]], Contact]
    ) -> None:
        self._remote, self._index, self._read = remote, index, read
        self._sort = _SORTS[0]
        self._first: Page | None = None

    @property
    def total_pages(self) -> int:
        """How many calls reading everything takes."""
        return self._first_page().total_pages

    def read_all(self, pool: Executor | None) -> bool:
        """Read everything; whether it is proved that nothing was missed.

        Workers, who must not wait for workers, read without the pool.
        """
        first = self._first_page()
        if first.total_pages <= 1:
            return True
        if self._sort != _SORTS[0]:
            return self._read_in_turn()
        # One row less, so that the second page begins with the last row of the first one.
        size = max(1, first.page_size - 1)
        last, end = self._last_page(-(-first.total_records // size), size)
        if end.page_size != size:
            return self._read_in_turn()
        if last == 2:  # noqa: PLR2004 - the first and the second
            second = end
        elif pool is None or last <= _MANY_PAGES:
            second = self._backwards(last - 1, size)
        else:
            logger.info("Reading all %d contacts, %d calls", end.total_records, last + 1)
            second = self._at_once(last - 1, size, pool)
            place = len(end.rows) - 1
            if end.rows[place:] != self._keep(*self._get(last, size)).rows[place : place + 1]:
                return self._read_in_turn()
        return second.rows[:1] == first.rows[-1:] or self._read_in_turn()

    def _read_in_turn(self) -> bool:
        """Read a list that did not stand still, or has no usual order; slower, and proved."""
        listing = self._remote.client.contacts(self._remote.service_id)
        for row in listing:
            self._index.put_read([self._read(row)])
        if not listing.proved:
            logger.warning(
                "Zingle's list of contacts did not stand still, so that some may be missing; "
                "creates are looked up one by one"
            )
        return listing.proved

    def _first_page(self) -> Page:
        """The first page, whose rows are in the index; ids remain of them."""
        if self._first is None:
            try:
                first = self._get(1, PAGE_SIZE)
            except ClientBugError:
                # Not every server sorts by id as a tie-breaker (contract, U15).
                self._sort = _SORTS[1]
                first = self._get(1, PAGE_SIZE)
            self._first = self._keep(*first)
        return self._first

    def _last_page(self, number: int, size: int) -> tuple[int, Page]:
        """The last page that there is by now, from that one on, and its number."""
        page = self._keep(*self._get(number, size))
        while page.rows and page.total_pages > number:
            number = page.total_pages
            page = self._keep(*self._get(number, size))
        return number, page

    def _backwards(self, last: int, size: int) -> Page:
        """Read pages down to the second one, which is returned."""
        for number in range(last, 2, -1):
            self._keep(*self._get(number, size))
        return self._keep(*self._get(2, size))

    def _at_once(self, last: int, size: int, pool: Executor) -> Page:
        """The same, several pages at a time."""
        second = self._keep(*self._get(2, size))
        waiting: deque[Future[tuple[Page, list[Contact]]]] = deque()
        for number in range(3, last + 1):
            waiting.append(pool.submit(self._get, number, size))
            if len(waiting) > self._remote.workers:
                self._keep(*waiting.popleft().result())
        while waiting:
            self._keep(*waiting.popleft().result())
        return second

    def _get(self, number: int, size: int) -> tuple[Page, list[Contact]]:
        """A page of ids and its contacts, so that only what is needed of it waits for its turn."""
        path, query = f"services/{self._remote.service_id}/contacts", {"sort_fields": self._sort}
        page = self._remote.client.page(
            path, query, page=number, page_size=size, shape=SlimContacts
        )
        ids = [{"id": str(row["id"])} for row in page.rows]
        return dataclasses.replace(page, rows=ids), [self._read(row) for row in page.rows]

    def _keep(self, page: Page, contacts: list[Contact]) -> Page:
        self._index.put_read(contacts)
        return page
