"""Records that are gone, and what they became, as far as this run's rows told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.person import Person


@dataclass(slots=True)
class Lineage:
    """Merges, conversions and deletions by external id, in the form in which those are compared.

    Attributes:
        gone: The record that each one became; None for plainly deleted ones.
    """

    gone: dict[str, str | None] = field(default_factory=dict)
    _before: dict[str, set[str]] = field(default_factory=dict)

    def note(self, person: Person) -> None:
        """Take in what a row says about its record."""
        if person.fate == "living":
            self.lives(person.identity)
        else:
            self.departed(person.identity, person.successor)

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


def successor_of(record: str, gone: Mapping[str, str | None]) -> tuple[bool, str | None]:
    """Whether a record is gone, and the living record that it became, if any.

    Args:
        record: Its identity.
        gone: Successor by the id of each record that is gone; None for plainly deleted ones.
    """
    seen: set[str] = set()
    current: str | None = record
    while current is not None and current in gone and current not in seen:
        seen.add(current)
        current = gone[current]
    # A circle of merges has no living end.
    return bool(seen), None if current in seen else current
