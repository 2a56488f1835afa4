"""The one gate that STATE asks, and everybody who is held back behind it. Pure.

Who would be created waits to be counted by the cap. Who is not found by an own external id waits
for the end of the input, wherever a later row may tell that another record became this one.
Nobody here has an outcome yet, so STATE waits, too.

Who was left out for what another row may change has an outcome, and is looked at again at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_zingle.decided.groups import newest_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from target_zingle.create_cap import CreateCap
    from target_zingle.wanted.person import Person, Row, Subject
    from zingle_sync.outcomes import Outcome

# Beyond so many the room is emptied, so that any input fits: a first load goes on by portions.
MOST = 10_000
# Whose outcome a later row may change: a sharer goes, or a record becomes one that has no key.
BECAUSE_OF_OTHERS = frozenset(
    {"shared_channel", "ambiguous", "merge_needed", "already_linked", "no_usable_key"}
)


@dataclass(slots=True)
class WaitingRoom:
    """Who waits for what.

    Attributes:
        cap: Counts who would be created.
        to_the_end: Whether somebody waits for what later rows tell.
    """

    cap: CreateCap
    to_the_end: bool = False
    _held: dict[str, list[Person]] = field(default_factory=dict)
    _told: dict[str, dict[Subject, Person]] = field(default_factory=dict)
    _creates: dict[str, int] = field(default_factory=dict)

    @property
    def holds_state(self) -> bool:
        """Whether somebody is not settled yet, so that STATE must not move."""
        return self.cap.exceeded or any(self._held.values())

    @property
    def opens(self) -> bool:
        """Whether those who wait may go on before the input ends."""
        waits = self.to_the_end or self.cap.needs_the_whole_run
        return not waits or sum(map(len, self._held.values())) > MOST

    def split(self, service_id: str, people: Iterable[Person]) -> tuple[list[Person], list[Person]]:
        """Newer rows of people who wait already, who wait too, and all others."""
        waiting = {person.identity for person in self._held.get(service_id, ())}
        held: list[Person] = []
        others: list[Person] = []
        for person in people:
            (held if person.identity in waiting else others).append(person)
        for person in others:
            self._told.get(service_id, {}).pop(person.subject, None)
        return held, others

    def withdraw(self, service_id: str, rows: Collection[Row]) -> list[Person]:
        """Who waited, and whose newest row leaves the person out."""
        for stream, identity, _ in rows:
            self._told.get(service_id, {}).pop((stream, identity), None)
        held = self._held.get(service_id, []) if rows else []
        if gone := [person for person in held if person.row in rows]:
            self._held[service_id] = [person for person in held if person.row not in rows]
        return gone

    def hold(self, service_id: str, people: Sequence[Person], creates: int = 0) -> bool:
        """Hold people back, of whom so many would be created; True if they are too many."""
        self._held.setdefault(service_id, []).extend(people)
        self._creates[service_id] = self._creates.get(service_id, 0) + creates
        return self.cap.count(creates)

    def release(self, service_id: str) -> tuple[list[Person], list[Person]]:
        """Let a service's people go: their newest rows, and rows that are superseded."""
        self.cap.counted -= self._creates.pop(service_id, 0)
        return newest_rows(self._held.pop(service_id, []))

    def remember(self, service_id: str, person: Person, outcome: Outcome) -> None:
        """Look at somebody again at the end, who was left out because of somebody else."""
        told = self._told.setdefault(service_id, {})
        if outcome.reason in BECAUSE_OF_OTHERS and len(told) < MOST:
            told[person.subject] = person

    def remembered(self, service_id: str) -> dict[Subject, Person]:
        """Who is to be looked at again, by whom they are about."""
        return self._told.pop(service_id, {})
