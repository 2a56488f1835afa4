"""Records that are gone, and what they became, as far as this run's rows told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Lineage:
    """Merges, conversions and deletions by 18-character Salesforce id.

    Attributes:
        gone: The record that each one became; None for plainly deleted ones.
    """

    gone: dict[str, str | None] = field(default_factory=dict)
    _before: dict[str, set[str]] = field(default_factory=dict)

    def departed(self, record: str, successor: str | None) -> None:
        """A row said that the record is gone."""
        self.lives(record)
        self.gone[record] = successor
        if successor is not None:
            self._before.setdefault(successor, set()).add(record)

    def lives(self, record: str) -> None:
        """A row said that the record is there (again)."""
        previous = self.gone.pop(record, None)
        if previous is not None:
            self._before[previous].discard(record)

    def predecessors(self, record: str) -> list[str]:
        """Every record that became this one, through any number of merges."""
        found: list[str] = []
        waiting = [record]
        while waiting:
            for earlier in sorted(self._before.get(waiting.pop(), ())):
                if earlier != record and earlier not in found:
                    found.append(earlier)
                    waiting.append(earlier)
        return found
