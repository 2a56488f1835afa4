"""Reading a v1 list page by page, each row once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sync.zingle.errors import ClientBugError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from zingle_sync.zingle.pages import Page

_TIE_BREAKER = ",id asc"


def each_row(
    page_of: Callable[[int, Mapping[str, str]], Page], params: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """All rows of a list, each once, by id.

    Lists are offset-based, so rows shift while they are read: when fewer rows arrive than the first
    page announced, everything is read once more for those that slipped through.
    A sort by `id` as tie-breaker is left out where the server refuses it (contract, U15).

    Args:
        page_of: Reads the page of a number, with filters and sorting.
        params: Filters and sorting.
    """
    seen: set[str] = set()
    announced, params = None, dict(params)
    for _ in range(2):
        number = 1
        while True:
            try:
                page = page_of(number, params)
            except ClientBugError:
                plain = params.get("sort_fields", "").removesuffix(_TIE_BREAKER)
                if number > 1 or plain == params.get("sort_fields", ""):
                    raise
                params["sort_fields"] = plain
                continue
            announced = page.total_records if announced is None else announced
            for row in page.rows:
                key = str(row.get("id"))
                if key not in seen:
                    seen.add(key)
                    yield row
            if page.last or not announced:
                break
            number += 1
        if len(seen) >= (announced or 0):
            return
