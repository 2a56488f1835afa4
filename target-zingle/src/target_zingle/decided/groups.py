"""People who must not be written at the same time: sharers of any key, or of a contact. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from target_zingle.known.contact import same_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from target_zingle.wanted.person import FieldWrite, Person, Row, Subject


def grouped(
    people: Sequence[Person], contacts_of: Callable[[Person], Iterable[str]]
) -> list[list[Person]]:
    """Split a batch into groups that share nothing with each other, not even a contact.

    They come in the order of their first members; inside a group living records come first,
    Contacts before Leads, the oldest first, so that the outcome never depends on arrival. Rows of
    several records about one person follow each other as they came.
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
    orders: dict[str, tuple[bool, int, str, str]] = {}
    for place, person in enumerate(people):
        groups.setdefault(root(place), []).append(person)
        orders[person.identity] = min(person.order, orders.get(person.identity, person.order))
    return [sorted(group, key=lambda one: orders[one.identity]) for group in groups.values()]


def newest_rows(people: Iterable[Person]) -> tuple[list[Person], list[Person]]:
    """Keep the last row of each record; the others are superseded.

    Several records may be about one person: each of them has something of its own to say.
    Those of one stream agree on the values, so that none is written to be overwritten.
    """
    last: dict[Row, Person] = {}
    superseded: list[Person] = []
    for person in people:
        if (older := last.pop(person.row, None)) is not None:
            superseded.append(older)
        last[person.row] = person
    return _agreed(list(last.values())), superseded


def _agreed(people: list[Person]) -> list[Person]:
    """Give records of one stream about one person the values that are left when all are written."""
    records = Counter(person.subject for person in people)
    values: dict[Subject, dict[str, FieldWrite]] = {}
    for person in people:
        wanted = values.setdefault(person.subject, {})
        for write in person.writes:
            if write.write == "always" or write.target.id not in wanted:
                wanted[write.target.id] = write
    return [
        replace(person, writes=tuple(values[person.subject].values()))
        if records[person.subject] > 1
        else person
        for person in people
    ]
