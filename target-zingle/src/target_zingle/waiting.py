"""Everybody who is held back, and the one gate that STATE asks. Pure.

Zingle's automations may text every new contact, so would-be creates are counted first. A limit
of up to `WHOLE_RUN` is counted over the whole run before anything is created: who would be
created waits until the input ends. Larger limits are counted checkpoint by checkpoint, so that a
first load stays resumable. Whoever meets a contact of a record that may turn out to be gone waits
here, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_zingle.decided.groups import newest_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from target_zingle.wanted.person import Person
    from zingle_sync.outcomes import Outcome

WHOLE_RUN = 1000
_LONGEST_LIST = 10_000


@dataclass(slots=True)
class WaitingRoom:
    """Who waits for what.

    Attributes:
        limit: How many contacts a run may create; 0 for no limit.
        created: Created so far.
        counted: Would-be creates that are held back.
        exceeded: Whether there are too many; from then on they are only counted.
        records: Records of those who wait, by source key.
    """

    limit: int
    created: int = 0
    counted: int = 0
    exceeded: bool = False
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _held: dict[str, list[Person]] = field(default_factory=dict)
    _blocked: dict[str, list[tuple[str, Person, Outcome]]] = field(default_factory=dict)

    @property
    def holds_state(self) -> bool:
        """Whether somebody is not settled yet, so that STATE must not move."""
        return self.exceeded or bool(self._held) or bool(self._blocked)

    # For the limit of creates

    @property
    def holds_creates(self) -> bool:
        """Whether creates are held back at all."""
        return self.limit > 0 and not self.exceeded

    @property
    def until_the_end(self) -> bool:
        """Whether they are held back until the input ends."""
        return self.limit <= WHOLE_RUN

    def hold(self, service_id: str, people: Sequence[Person], creates: int) -> bool:
        """Hold people back, of whom so many would be created; True if they are too many."""
        if people:
            self._held.setdefault(service_id, []).extend(people)
        self.counted += creates
        self.exceeded = self.exceeded or self.created + self.counted > self.limit
        return self.exceeded

    def release(self, service_id: str) -> tuple[list[Person], list[Person]]:
        """Let a service's people go: their newest rows, and rows that are superseded."""
        self.counted = 0
        return newest_rows(self._held.pop(service_id, []))

    def sentence(self, *, complete: bool) -> str:
        """Why the run stops; `complete` if all would-be creates were counted."""
        total = self.created + self.counted
        count = f"{total:,}" if complete else f"more than {self.limit:,}"
        return (
            f"{count} contacts would be created, max_creates_per_run is {self.limit:,}; "
            "Zingle automations may text new contacts; run `zingle-sync preview`, "
            "then set max_creates_per_run"
        )

    # For a record that may turn out to be gone

    def block(self, blocker: str, service_id: str, person: Person, outcome: Outcome) -> bool:
        """Hold back who was skipped for a sharer; False if the room is full."""
        if len(self._blocked) >= _LONGEST_LIST:
            return False
        self._blocked.setdefault(blocker, []).append((service_id, person, outcome))
        return True

    def unblock(self, service_id: str, gone: Collection[str]) -> list[Person]:
        """Who may go on in a service because the sharer is gone."""
        people: list[Person] = []
        for blocker in [name for name in self._blocked if name in gone]:
            entries = self._blocked.pop(blocker)
            people += [person for service, person, _ in entries if service == service_id]
            if kept := [entry for entry in entries if entry[0] != service_id]:
                self._blocked[blocker] = kept
        return people

    def give_up(self) -> list[Outcome]:
        """Outcomes of those whose sharer stayed."""
        outcomes = [outcome for entries in self._blocked.values() for _, _, outcome in entries]
        self._blocked.clear()
        return outcomes
