"""A service's messages from an instant on, read so that no row can slip through.

Zingle's pages are offsets: when a message is deleted while pages are read, the rest moves up and
one row is never seen. Asking each time for "from the last second seen" instead has no offsets to
shift. Where the server does not honour the filter or the sort (contract, U13 and U15), pages are
all there is: then rows may come late, and nothing may be promised before the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_zingle.conversations import timestamp
from zingle_sync.zingle import not_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_zingle.rows import TimedList

# Seconds before the bound that a strict and an inclusive filter may both return.
SLACK = 2

Row = dict[str, Any]


class MessagesSince:
    """One walk through the messages of a service, oldest first.

    Args:
        messages: The list of messages.
        start: Messages recorded at or after this (epoch seconds) are yielded.

    Attributes:
        steady: Whether everything recorded before the row just yielded was yielded too.
    """

    def __init__(self, messages: TimedList, start: int) -> None:
        self._messages = messages
        self._bound = start
        self._known: set[str] = set()
        self.steady = True

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Messages with their `created_at`, each once."""
        zingle, path = self._messages.zingle, self._messages.path
        while True:
            params = {"sort_fields": "created_at asc", "created_at": not_before(self._bound)}
            page = zingle.page(path, params)
            times = [timestamp(row.get("created_at")) or 0 for row in page.rows]
            if times and (times[0] < self._bound - SLACK or times != sorted(times)):
                break
            yield from self._fresh(page.rows)
            if page.last:
                return
            if times[-1] == self._bound:
                # More messages in one second than a page holds.
                self._known |= {str(row["id"]) for row in page.rows}
                break
            self._bound = times[-1]
            self._known = {
                str(row["id"])
                for row, time in zip(page.rows, times, strict=True)
                if time >= self._bound - 1
            }
        self.steady = False
        yield from self._fresh(row for _, row in self._messages.recorded_since(self._bound))

    def _fresh(self, rows: Iterable[Any]) -> Iterator[tuple[int, Row]]:
        """Rows that were not yielded before and are not older than the bound."""
        for row in rows:
            created = timestamp(row.get("created_at"))
            if created is None or created < self._bound or str(row["id"]) in self._known:
                continue
            yield created, row
