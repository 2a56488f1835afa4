"""Look before writing: which Tasks are there, and whose conversation each day is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_salesforce_activity.people import (
    Keys,
    Nobody,
    Person,
    PersonRow,
    Unread,
    find_unlinked,
    follow_link,
    keys_of,
    organization_of,
)
from target_salesforce_activity.plan import Present, PresentTask, present_task
from target_salesforce_activity.queries import quoted
from target_salesforce_activity.task import key_forms, task_key
from target_salesforce_activity.vendor import adoptions
from zingle_sync.identity import sobject_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.plan import Rendered
    from target_salesforce_activity.reads import Reads
    from target_salesforce_activity.rules import TaskRules
    from target_salesforce_activity.settings import Settings
    from target_salesforce_activity.vendor import Place


KEYS_PER_QUERY = 800
# Of keys; Salesforce takes queries of 100,000 characters.
CHARACTERS_PER_QUERY = 90_000
SURPLUS_STEP = 5


@dataclass
class Seen:
    """What Salesforce holds.

    Attributes:
        tasks: Tasks by key.
        people: What ids of people mean today; `None` for unknown ids.
        persons: Whose conversation each day is, by the day's source key.
        left: Tasks of the vendor's that stay beside a day, by its source key.
    """

    tasks: dict[str, list[PresentTask]] = field(default_factory=dict)
    people: dict[str, PersonRow | None] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    left: dict[str, tuple[str, ...]] = field(default_factory=dict)

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


class Lookup:
    """Reads what decisions need, for a batch at a time."""

    def __init__(self, reads: Reads, rules: TaskRules, settings: Settings) -> None:
        self._reads = reads
        self._rules = rules
        self._settings = settings
        self._fields = ("Subject", "Description", *rules.extra_fields)
        self._key_fields = (rules.key_field, *rules.old_key_fields)
        self._unlinked: dict[Keys, Person] = {}
        self._not_ours: set[str] = set()

    def look(self, days: Sequence[Rendered]) -> Seen:
        """Read the Tasks and people of some days."""
        seen = Seen()
        for each in days:
            org_id = organization_of(each.day)
            if org_id and not self._reads.is_own_org(org_id):
                # Another org owns the link: it gets the conversation, whoever looks alike here.
                seen.persons[each.day.source_key] = Nobody("unmatched")
        self._read_into(
            seen,
            [(each.day.source_key, part) for each in days for part in _parts(each)],
            filter(None, (self._link(seen, each.day) for each in days)),
        )
        self._follow(seen, days)
        self._find_surplus(seen, days)
        self._find_unlinked(seen, [each.day for each in days])
        self._check_old_people(seen, days)
        return seen

    def present(self, seen: Seen, rendered: Rendered) -> Present:
        """What was found of one day."""
        part = len(rendered.descriptions) + 1
        surplus = []
        while (key := self._key(rendered.day.source_key, part)) in seen.tasks:
            surplus.append((part, key))
            part += 1
        left = seen.left.get(rendered.day.source_key, ())
        return Present(seen.tasks, seen.gone, tuple(surplus), left)

    def adopt(self, seen: Seen, days: Mapping[str, Place]) -> None:
        """Find the vendor's Tasks for days that have none of ours.

        Args:
            seen: What was found; what is adopted is added to it.
            days: Where the days are, by source key.
        """
        fields = (*self._fields, "ActivityDate")
        rows = self._reads.vendor_tasks(self._key_fields, fields, days.values())
        found = adoptions(days, rows, self._key_fields, self._not_ours)
        for source_key, adoption in found.items():
            seen.left[source_key] = adoption.left
            if row := adoption.task:
                key = self._key(source_key, 1)
                seen.tasks[key] = [present_task(row, key, fields, keyed=False, adopted=True)]

    def leave(self, task_ids: Iterable[str]) -> None:
        """Never adopt these Tasks: Salesforce refused the change."""
        self._not_ours.update(task_ids)

    def forget(self, day: Day) -> None:
        """Search again for the person of a day next time."""
        self._unlinked.pop(self._search_keys(day), None)

    def _key(self, source_key: str, part: int) -> str:
        return task_key(source_key, part, self._rules)

    def _read_into(self, seen: Seen, places: Iterable[tuple[str, int]], ids: Iterable[str]) -> None:
        """Read Tasks by day and part, and people by id."""
        by_kind: dict[str, set[str]] = defaultdict(set)
        for identifier in ids:
            kind = sobject_of(identifier)
            if kind in {"Contact", "Lead", "Account"} and identifier not in seen.people:
                by_kind[kind].add(identifier)
            else:
                seen.people.setdefault(identifier, None)
        wanted = {kind: sorted(some) for kind, some in by_kind.items()}
        for keys in self._chunks(places):
            tasks, people = self._reads.tasks_and_people(
                self._key_fields, self._fields, keys, wanted
            )
            seen.tasks.update(tasks)
            seen.people.update(people)
            wanted = {}

    def _chunks(self, places: Iterable[tuple[str, int]]) -> Iterator[dict[str, str]]:
        """What one query can ask for: texts that may stand in a field of keys, and their key."""
        chunk: dict[str, str] = {}
        used = 0
        for source_key, part in places:
            forms = key_forms(source_key, part)
            size = len(self._key_fields) * sum(len(quoted(form)) + 1 for form in forms)
            if chunk and (used + size > CHARACTERS_PER_QUERY or len(chunk) >= 2 * KEYS_PER_QUERY):
                yield chunk
                chunk, used = {}, 0
            chunk |= dict.fromkeys(forms, self._key(source_key, part))
            used += size
        yield chunk

    def _link(self, seen: Seen, day: Day) -> str | None:
        if isinstance(seen.persons.get(day.source_key), Nobody):
            return None
        return self._reads.link_of(day)

    def _follow(self, seen: Seen, days: Sequence[Rendered]) -> None:
        """Decide linked days, reading who was merged into whom as far as it is needed."""
        links = {each.day.source_key: link for each in days if (link := self._link(seen, each.day))}
        # `follow_link` gives up on chains without end, so that this ends.
        while True:
            missing = set()
            for key, link in links.items():
                match follow_link(link, seen.people, self._settings.sync_to):
                    case Unread(identifier):
                        missing.add(identifier)
                    case person:
                        seen.persons[key] = person
            if not missing:
                return
            self._read_into(seen, (), missing)

    def _check_old_people(self, seen: Seen, days: Sequence[Rendered]) -> None:
        """Read the people of Tasks that are on somebody else than was decided.

        Where nobody was decided, they only matter for parts that are not there yet.
        """
        missing = set()
        for each in days:
            person = seen.persons[each.day.source_key]
            keys = [self._key(each.day.source_key, part) for part in _parts(each)]
            there = [key for key in keys if key in seen.tasks]
            if isinstance(person, Nobody) and len(there) >= len(each.descriptions):
                continue
            who_id = None if isinstance(person, Nobody) else person.who_id
            on = {task.who_id for key in there for task in seen.tasks[key]}
            missing |= {other for other in on if other and other != who_id}
        missing -= seen.people.keys()
        if missing:
            self._read_into(seen, (), missing)

    def _find_surplus(self, seen: Seen, days: Sequence[Rendered]) -> None:
        """Read the further parts of days that were longer before."""
        ends = {each.day.source_key: len(each.descriptions) + 1 for each in days}
        while longer := [day for day, part in ends.items() if self._key(day, part) in seen.tasks]:
            steps = range(1, SURPLUS_STEP + 1)
            self._read_into(seen, [(day, ends[day] + step) for day in longer for step in steps], ())
            ends |= {day: ends[day] + SURPLUS_STEP for day in longer}

    def _find_unlinked(self, seen: Seen, days: Sequence[Day]) -> None:
        # By what the day itself says: a contact of another tap may be a room, or get a phone later.
        unlinked = {
            day.source_key: self._search_keys(day)
            for day in days
            if day.source_key not in seen.persons
        }
        unknown = [keys for keys in dict.fromkeys(unlinked.values()) if keys not in self._unlinked]
        searchable = [keys for keys in unknown if keys]
        candidates = self._reads.candidates(searchable) if searchable else []
        for keys in unknown:
            self._unlinked[keys] = find_unlinked(keys, candidates, self._settings.sync_to)
        seen.persons.update({key: self._unlinked[keys] for key, keys in unlinked.items()})

    def _search_keys(self, day: Day) -> Keys:
        return keys_of(day) if self._settings.match_unlinked else Keys()


def _parts(each: Rendered) -> range:
    """The parts of a day, and one more: it shows whether the day was longer before."""
    return range(1, len(each.descriptions) + 2)
