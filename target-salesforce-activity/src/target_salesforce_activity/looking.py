"""Look before writing: which Tasks are there, and whose conversation each day is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from target_salesforce_activity.activity import PresentTask, task_key
from target_salesforce_activity.deciding import Present
from target_salesforce_activity.people import (
    Keys,
    Nobody,
    NotHere,
    Person,
    PersonRow,
    SyncTo,
    find_unlinked,
    follow_link,
    keys_of,
    link_of,
    organization_of,
)
from zingle_sync.identity import sobject_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.deciding import Written
    from target_salesforce_activity.reads import Reads
    from target_salesforce_activity.rules import TaskRules

__all__ = ["DAYS_PER_CALL", "Look", "Looker"]

DAYS_PER_CALL = 400
CHARACTERS_PER_QUERY = 75_000
"""Of keys; Salesforce takes queries of 100,000 characters."""
LONGEST_CHAIN = 10
SURPLUS_STEP = 5


@dataclass
class Look:
    """What Salesforce holds.

    Attributes:
        tasks: Tasks by key.
        people: What ids of people mean today; `None` for unknown ids.
        persons: Whose conversation each day is, by the day's source key.
    """

    tasks: dict[str, list[PresentTask]] = field(default_factory=dict)
    people: dict[str, PersonRow | None] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)

    @property
    def gone(self) -> frozenset[str]:
        """Ids of people who were deleted, merged or converted.

        Who can't be read is not among them: a Task whose person is erased is erased as well, so
        that a person of a Task who seems to be missing is one whom this user may not see.
        """
        return frozenset(
            identifier
            for identifier, row in self.people.items()
            if row and (row.deleted or row.next_id)
        )


class Looker:
    """Reads what decisions need, for a batch at a time.

    Args:
        reads: Sends the queries.
        rules: What the org's Task allows.
        fields: Fields of Task that are compared.
        sync_to: Which kinds of people may get Tasks.
        unlinked_match: How people without a link are found.
    """

    def __init__(
        self,
        reads: Reads,
        rules: TaskRules,
        fields: Sequence[str],
        *,
        sync_to: SyncTo,
        unlinked_match: Literal["phone_email", "none"],
    ) -> None:
        self._reads = reads
        self._rules = rules
        self._fields = fields
        self._sync_to = sync_to
        self._unlinked_match = unlinked_match
        self._key_fields = tuple(filter(None, (rules.key_field, rules.old_key_field)))
        self._unlinked: dict[tuple[str, str], Person] = {}

    def look(self, days: Sequence[Written]) -> Look:
        """Read the Tasks and people of some days."""
        look = Look()
        for each in days:
            org_id = organization_of(each.day)
            if org_id and not self._reads.is_own_org(org_id):
                # Another org owns the link: it gets the conversation, whoever looks alike here.
                look.persons[each.day.source_key] = Nobody("unmatched")
        for some in self._chunks(days):
            self._read_into(
                look,
                [key for each in some for key in self._keys(each)],
                filter(None, (self._link(look, each.day) for each in some)),
            )
        self._follow(look, days)
        self._find_surplus(look, days)
        self._find_unlinked(look, [each.day for each in days])
        self._check_old_people(look, days)
        return look

    def present(self, look: Look, written: Written) -> Present:
        """Return what was found of one day."""
        part = len(written.descriptions) + 1
        surplus = []
        while (key := self.key(written.day, part)) in look.tasks:
            surplus.append((part, key))
            part += 1
        return Present(look.tasks, look.gone, tuple(surplus))

    def forget(self, day: Day) -> None:
        """Search again for the person of a day next time."""
        self._unlinked.pop((day.service_id, day.contact_id), None)

    def key(self, day: Day, part: int) -> str:
        """Return the key of a day's Task."""
        date = day.date.isoformat()
        length = self._rules.key_length
        return task_key(day.service_id, day.contact_id, date, part, length=length)

    def _keys(self, each: Written) -> list[str]:
        """Return the keys of a day, and one more: it shows whether the day was longer before."""
        return [self.key(each.day, part) for part in range(1, len(each.descriptions) + 2)]

    def _chunks(self, days: Sequence[Written]) -> Iterator[list[Written]]:
        """Yield days whose Tasks one query can ask for."""
        chunk: list[Written] = []
        used = 0
        for each in days:
            size = len(self._key_fields) * sum(len(key) + 3 for key in self._keys(each))
            if chunk and (used + size > CHARACTERS_PER_QUERY or len(chunk) == DAYS_PER_CALL):
                yield chunk
                chunk, used = [], 0
            chunk.append(each)
            used += size
        if chunk:
            yield chunk

    def _read_into(self, look: Look, keys: Sequence[str], ids: Iterable[str]) -> None:
        by_kind: dict[str, set[str]] = defaultdict(set)
        for identifier in ids:
            kind = sobject_of(identifier)
            if kind in {"Contact", "Lead", "Account"} and identifier not in look.people:
                by_kind[kind].add(identifier)
            else:
                look.people.setdefault(identifier, None)
        tasks, people = self._reads.tasks_and_people(
            self._key_fields,
            self._fields,
            keys,
            {kind: sorted(wanted) for kind, wanted in by_kind.items()},
        )
        look.tasks.update(tasks)
        look.people.update(people)

    def _link(self, look: Look, day: Day) -> str | None:
        link = link_of(day)
        if isinstance(look.persons.get(day.source_key), Nobody):
            return None
        if link and sobject_of(link) == "Account" and not self._has_person_accounts:
            return None
        return link

    @cached_property
    def _has_person_accounts(self) -> bool:
        return self._reads.has_person_accounts()

    def _follow(self, look: Look, days: Sequence[Written]) -> None:
        """Decide linked days, reading who was merged into whom as far as it is needed."""
        for _ in range(LONGEST_CHAIN):
            missing = set()
            for each in days:
                link = self._link(look, each.day)
                if link is None:
                    continue
                match follow_link(link, look.people, self._sync_to):
                    case NotHere(identifier):
                        missing.add(identifier)
                    case person:
                        look.persons[each.day.source_key] = person
            if not missing:
                return
            self._read_into(look, (), missing)

    def _check_old_people(self, look: Look, days: Sequence[Written]) -> None:
        """Read the people of Tasks that are on somebody else than was decided."""
        missing = set()
        for each in days:
            person = look.persons[each.day.source_key]
            if isinstance(person, Nobody):
                continue
            for part in range(1, len(each.descriptions) + 1):
                missing |= {
                    task.who_id
                    for task in look.tasks.get(self.key(each.day, part), ())
                    if task.who_id and task.who_id != person.who_id
                }
        missing -= look.people.keys()
        if missing:
            self._read_into(look, (), missing)

    def _find_surplus(self, look: Look, days: Sequence[Written]) -> None:
        """Read the further parts of days that were longer before."""
        longest = {each.day.source_key: len(each.descriptions) + 1 for each in days}
        shrunk = [each.day for each in days]
        while True:
            shrunk = [day for day in shrunk if self.key(day, longest[day.source_key]) in look.tasks]
            if not shrunk:
                return
            keys = [
                self.key(day, longest[day.source_key] + step)
                for day in shrunk
                for step in range(1, SURPLUS_STEP + 1)
            ]
            self._read_into(look, keys, ())
            for day in shrunk:
                longest[day.source_key] += SURPLUS_STEP

    def _find_unlinked(self, look: Look, days: Sequence[Day]) -> None:
        open_days = [day for day in days if day.source_key not in look.persons]
        unknown: dict[tuple[str, str], Keys] = {}
        for day in open_days:
            contact = (day.service_id, day.contact_id)
            if contact not in self._unlinked:
                unknown[contact] = keys_of(day) if self._unlinked_match == "phone_email" else Keys()
        searchable = [keys for keys in unknown.values() if keys]
        candidates = self._reads.candidates(searchable) if searchable else []
        for contact, keys in unknown.items():
            self._unlinked[contact] = find_unlinked(keys, candidates, self._sync_to)
        for day in open_days:
            look.persons[day.source_key] = self._unlinked[day.service_id, day.contact_id]
