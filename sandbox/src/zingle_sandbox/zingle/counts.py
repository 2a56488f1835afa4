"""How many rows a filter leaves, counted once for all the pages of a walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zingle_sandbox.sandbox import Sandbox
    from zingle_sandbox.store import Store


_KEPT = 64

# Counting a million rows takes tens of milliseconds, and a walk asks for the same count at every
# page. Any write through the connection moves `total_changes` and with it every count.
_counts: WeakKeyDictionary[Store, dict[tuple[Any, ...], int]] = WeakKeyDictionary()


def count_rows(sandbox: Sandbox, table: str, where: str, parameters: Sequence[Any]) -> int:
    """The number of rows of `table` that a WHERE clause leaves."""
    store = sandbox.store
    counts = _counts.setdefault(store, {})
    key = (store.connection.total_changes, table, where, *parameters)
    if key not in counts:
        if len(counts) >= _KEPT:
            counts.clear()
        counts[key] = int(store.value(f"SELECT count(*) FROM {table}{where}", parameters))
    return counts[key]


def forget_counts(sandbox: Sandbox) -> None:
    """Forget everything: the store was replaced, which `total_changes` does not show."""
    _counts.pop(sandbox.store, None)
