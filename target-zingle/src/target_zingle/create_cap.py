"""How many contacts a run may create, for Zingle's automations may text every new one. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# A limit up to this is counted over the whole run, a larger one checkpoint by checkpoint.
WHOLE_RUN = 1000


@dataclass(slots=True)
class CreateCap:
    """The limit, and how much of it is used.

    Attributes:
        limit: How many contacts a run may create; 0 for no limit.
        created: Created so far.
        counted: Would-be creates that are held back.
        exceeded: Whether there are too many; from then on they are only counted.
    """

    limit: int
    created: int = 0
    counted: int = 0
    exceeded: bool = False

    @property
    def holds_creates(self) -> bool:
        """Whether creates are held back until they are counted."""
        return self.limit > 0 and not self.exceeded

    @property
    def needs_the_whole_run(self) -> bool:
        """Whether all would-be creates are counted before the first one."""
        return 0 < self.limit <= WHOLE_RUN

    def count(self, creates: int) -> bool:
        """Count would-be creates; True if they are too many."""
        self.counted += creates
        if self.limit:
            self.exceeded = self.exceeded or self.created + self.counted > self.limit
        return self.exceeded

    def sentence(self, *, complete: bool) -> str:
        """Why the run stops; `complete` if all would-be creates were counted."""
        total = self.created + self.counted
        count = f"{total:,}" if complete else f"more than {self.limit:,}"
        return (
            f"{count} contacts would be created, max_creates_per_run is {self.limit:,}; "
            "Zingle automations may text new contacts; run `zingle-sync preview`, "
            "then set max_creates_per_run"
        )
