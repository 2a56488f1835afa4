"""The cap on creates: Zingle's automations may text every new contact, so they are counted first.

A limit of up to `WHOLE_RUN` is counted over the whole run before anything is created: would-be
creates are held back until the input ends. Larger limits are counted checkpoint by checkpoint,
so that a first load stays resumable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.people import Person

WHOLE_RUN = 1000


@dataclass(slots=True)
class CreateLimit:
    """How many contacts a run may create, and who waits for that to be settled.

    Attributes:
        limit: 0 for none.
        created: Created so far.
        counted: Would-be creates that are held back.
        held: Who is held back, by service.
        records: Their records, by source key.
        exceeded: Whether there are too many; from then on they are only counted.
    """

    limit: int
    created: int = 0
    counted: int = 0
    held: dict[str, list[Person]] = field(default_factory=dict)
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    exceeded: bool = False

    @property
    def active(self) -> bool:
        """Whether creates are held back at all."""
        return self.limit > 0 and not self.exceeded

    @property
    def whole_run(self) -> bool:
        """Whether they are held back until the input ends."""
        return self.limit <= WHOLE_RUN

    @property
    def total(self) -> int:
        """Creates so far, and those that wait."""
        return self.created + self.counted

    @property
    def waiting(self) -> bool:
        """Whether STATE must not move: somebody is not settled yet."""
        return self.exceeded or any(self.held.values())

    def hold(self, service_id: str, people: list[Person], creates: int) -> bool:
        """Hold people back, of whom so many would be created; True if they are too many."""
        self.held.setdefault(service_id, []).extend(people)
        self.counted += creates
        self.exceeded = self.exceeded or self.total > self.limit
        return self.exceeded

    def release(self, service_id: str) -> list[Person]:
        """Let a service's people go."""
        return self.held.pop(service_id, [])

    def sentence(self, *, complete: bool) -> str:
        """Why the run stops.

        Args:
            complete: Whether all would-be creates were counted.
        """
        count = f"{self.total:,}" if complete else f"more than {self.limit:,}"
        return (
            f"{count} contacts would be created, max_creates_per_run is {self.limit:,}; "
            "Zingle automations may text new contacts; run `zingle-sync preview`, "
            "then set max_creates_per_run"
        )
