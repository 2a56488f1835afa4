"""People who must not be written at the same time: sharers of any key, or of a contact. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_zingle.known.contact import same_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from target_zingle.wanted.person import Person


def grouped(
    people: Sequence[Person], contacts_of: Callable[[Person], Iterable[str]]
) -> list[list[Person]]:
    """Split a batch into groups that share nothing with each other, not even a contact.

    They come in the order of their first members; inside a group living records come first,
    Contacts before Leads, the oldest first, so that the outcome never depends on arrival.
    """
    parent = list(range(len(people)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    owner: dict[Hashable, int] = {}
    for place, person in enumerate(people):
        shared: set[Hashable] = {("record", person.identity)}
        shared.update(min(same_lines(key)) for key in person.keys)
        shared.update([("record", person.successor)] if person.successor else ())
        shared.update(("contact", contact_id) for contact_id in contacts_of(person))
        for key in shared:
            other = owner.setdefault(key, place)
            if other != place:
                parent[root(place)] = root(other)
    groups: dict[int, list[Person]] = {}
    for place, person in enumerate(people):
        groups.setdefault(root(place), []).append(person)
    return [sorted(group, key=lambda person: person.order) for group in groups.values()]


def newest_rows(people: Iterable[Person]) -> tuple[list[Person], list[Person]]:
    """Keep the last row of each record; the others are superseded."""
    last: dict[str, Person] = {}
    superseded: list[Person] = []
    for person in people:
        if (older := last.pop(person.identity, None)) is not None:
            superseded.append(older)
        last[person.identity] = person
    return list(last.values()), superseded
