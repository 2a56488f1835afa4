"""What became of a batch of people in one service. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_zingle.wanted.person import Person
    from zingle_sync.outcomes import Outcome


@dataclass(slots=True)
class Batch:
    """What became of a batch.

    Attributes:
        settled: Outcomes, with their people.
        held: People who were held back.
        creates: How many of those would be created.
        to_the_end: Whether any of them waits for what later rows tell.
    """

    settled: list[tuple[Person, Outcome]] = field(default_factory=list)
    held: list[Person] = field(default_factory=list)
    creates: int = 0
    to_the_end: bool = False

    def add(self, part: Batch) -> None:
        """Take in what became of some of its people."""
        self.settled += part.settled
        self.held += part.held
        self.creates += part.creates
        self.to_the_end = self.to_the_end or part.to_the_end
