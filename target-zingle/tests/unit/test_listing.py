"""The list of contacts, while rows go and come between its pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from target_zingle.known import listing as module
from target_zingle.known.contact import read_contact
from target_zingle.known.index import Index
from target_zingle.known.lessons import Lessons
from target_zingle.known.listing import Listing
from target_zingle.known.refusals import Refusals
from target_zingle.known.remote import Remote
from zingle_sync.zingle import ClientBugError, Page

REFUSALS = Refusals(date(2026, 3, 1))


class Drifting:
    """A client of one list, sorted by time of creation; after each answer rows go and come."""

    def __init__(self, rows: int, drift: list[tuple[int, int]], *, sorts_by_id: bool) -> None:
        self.ids = [f"{number:06}" for number in range(rows)]
        self.drift, self.sorts_by_id = drift, sorts_by_id
        self.calls, self.proved = 0, False

    def page(
        self, _path: str, params: dict[str, str], *, page: int, page_size: int, shape: object
    ) -> Page:
        """One page, then the drift."""
        assert shape is not None
        if not self.sorts_by_id and ",id" in params["sort_fields"]:
            raise ClientBugError("unknown sort")
        start = (page - 1) * page_size
        rows = [{"id": one} for one in self.ids[start : start + page_size]]
        answer = Page(rows, page, page_size, -(-len(self.ids) // page_size) or 1, len(self.ids))
        if self.calls < len(self.drift):
            gone, come = self.drift[self.calls]
            del self.ids[:gone]
            self.ids += [f"new-{self.calls}-{number}" for number in range(come)]
        self.calls += 1
        return answer

    def contacts(self, _service_id: str) -> Any:  # noqa: ANN401 - rows that know whether they are all
        """The slower way, with a proof of its own."""
        client = self

        class Rows:
            proved = True

            def __iter__(self) -> Any:  # noqa: ANN401 - rows
                return iter([{"id": one} for one in client.ids])

        return Rows()


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 20]),
)
def test_what_is_proved_is_complete(
    rows: int, drift: list[tuple[int, int]], sorts_by_id: bool, at_once: bool, many: int
) -> None:
    """Whatever goes and comes between the pages, no contact that stays is missing."""
    client = Drifting(rows, drift, sorts_by_id=sorts_by_id)
    before = set(client.ids)
    index = Index()
    module_size, module_many = module.PAGE_SIZE, module._MANY_PAGES
    module.PAGE_SIZE, module._MANY_PAGES = 7, many
    with ThreadPoolExecutor(1) as pool:
        remote = Remote(client, "s", {}, {}, None, pool, 3, Lessons(), REFUSALS)  # type: ignore[arg-type]  # a fake
        try:
            proved = Listing(remote, index, read_contact).read_all(pool if at_once else None)
        finally:
            module.PAGE_SIZE, module._MANY_PAGES = module_size, module_many

    missing = {one for one in before & set(client.ids) if index.get(one) is None}
    index.close()
    assert not proved or not missing


def test_a_list_that_stands_still_costs_its_pages() -> None:
    """Proof is free for a few pages, and one call more for many."""
    for rows, calls in ((1, 1), (500, 1), (501, 2), (1000, 3), (20_000, 42)):
        client, index = Drifting(rows, [], sorts_by_id=True), Index()
        with ThreadPoolExecutor(2) as pool:
            remote = Remote(client, "s", {}, {}, None, pool, 2, Lessons(), REFUSALS)  # type: ignore[arg-type]  # a fake
            assert Listing(remote, index, read_contact).read_all(pool)
        assert (rows, calls) == (len(index), client.calls)
        index.close()
