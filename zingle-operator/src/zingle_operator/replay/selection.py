"""Which records a replay is about. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sync.outcomes.queries import is_waiting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

# Nobody has to act: the person, the other record or the service may be there now.
PEOPLE_REASONS = frozenset({"unmatched", "ambiguous", "excluded_by_sync_to"})
PASSING_REASONS = frozenset({"ambiguous", "temporary", "unknown_outcome", "conflict"})
UNLINKED = "unlinked_task"
KEY_PARTS = 3


def passes_by_itself(row: RowMapping) -> bool:
    """Whether a kept record may settle without anybody's doing."""
    return row["reason"] in PASSING_REASONS or is_waiting(row)


def day_keys(source_keys: Iterable[str]) -> list[str]:
    """The conversation days that keys belong to, each once, continuation parts left out.

    >>> day_keys(["s:c:2026-03-02", "s:c:2026-03-02:2", "s:d:2026-03-02"])
    ['s:c:2026-03-02', 's:d:2026-03-02']
    """
    days = (":".join(key.split(":")[:KEY_PARTS]) for key in source_keys)
    return list(dict.fromkeys(days))
