"""Reading all contacts of a service, page by page, while rows may shift."""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from typing import TYPE_CHECKING

from zingle_sync.zingle import ClientBugError, SlimContacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Executor, Future

    from target_zingle.known.contact import Contact
    from target_zingle.known.index import Index
    from target_zingle.known.remote import Remote
    from zingle_sync.zingle import Page

logger = logging.getLogger(__name__)

_MANY_PAGES = 20
_PASSES = 3
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
        """Read everything, again if some slipped through; whether nothing did.

        Lists are offset-based: rows shift while they are read, so the number of contacts is
        compared with the total that the first page announced. Workers, who must not wait for
        workers, read without the pool.
        """
        first = self._first_page()
        total = first.total_records
        if first.total_pages > _MANY_PAGES:
            logger.info("Reading all %d contacts, %d calls", total, first.total_pages)
        for attempt in range(_PASSES):
            if attempt:
                self._index.put_read(self._contacts_of(1)[1])
            for contacts in self._pages(2, first.total_pages, pool):
                self._index.put_read(contacts)
            if len(self._index) >= total:
                return True
        logger.warning(
            "Zingle announced %d contacts and listed %d; creates are looked up one by one",
            total,
            len(self._index),
        )
        return False

    def _first_page(self) -> Page:
        """The first page, whose rows are kept in the index; what remains are its totals."""
        if self._first is None:
            try:
                first = self._page(1)
            except ClientBugError:
                # Not every server sorts by id as a tie-breaker (contract, U15).
                self._sort = _SORTS[1]
                first = self._page(1)
            self._index.put_read(map(self._read, first.rows))
            self._first = dataclasses.replace(first, rows=[])
        return self._first

    def _page(self, number: int) -> Page:
        path, query = f"services/{self._remote.service_id}/contacts", {"sort_fields": self._sort}
        return self._remote.client.page(path, query, page=number, shape=SlimContacts)

    def _pages(self, number: int, last: int, pool: Executor | None) -> Iterator[list[Contact]]:
        waiting: deque[Future[tuple[int, list[Contact]]]] = deque()
        while number <= last or waiting:
            if pool is None:
                total_pages, contacts = self._contacts_of(number)
                number += 1
            else:
                while number <= last and len(waiting) <= self._remote.workers:
                    waiting.append(pool.submit(self._contacts_of, number))
                    number += 1
                total_pages, contacts = waiting.popleft().result()
            last = max(last, total_pages)
            yield contacts

    def _contacts_of(self, number: int) -> tuple[int, list[Contact]]:
        """Read a page in a worker, so that only what is needed of it waits for its turn."""
        page = self._page(number)
        return page.total_pages if page.rows else 0, [self._read(row) for row in page.rows]
