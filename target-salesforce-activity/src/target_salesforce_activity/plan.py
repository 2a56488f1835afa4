"""What to do about each day of a batch, and about each of its Tasks. Pure.

Who gets a Task, when one is kept, changed or skipped, and what the log adds to it: here only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from target_salesforce_activity.people import Matched, Nobody, Person
from target_salesforce_activity.task import TaskWish, Templates, wishes
from target_salesforce_activity.transcript import MOVED, same_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.rules import TaskRules

ARCHIVED_AFTER = timedelta(days=365)
SkipReason = Literal["unmatched", "ambiguous", "excluded_by_sync_to", "archived", "empty_day"]


@dataclass(frozen=True, slots=True)
class PresentTask:
    """A Task that is there.

    Attributes:
        id: 18-character id.
        key: Value of the key field.
        who_id: The person it is on.
        created: CreatedDate as Salesforce sends it (sorts as text: always UTC).
        fields: Values of the fields that are compared.
        keyed: Whether an upsert by the key field surely meets it: it does not where the key is in
            the old field, and may not where the Task is archived (contract, section 14).
    """

    id: str
    key: str
    who_id: str | None
    created: str
    fields: Mapping[str, object]
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Nothing is there yet."""

    wish: TaskWish
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UpdateTask:
    """These fields of the Task differ; `keyed` as in `PresentTask`."""

    wish: TaskWish
    id: str
    values: Mapping[str, object]
    duplicates: tuple[str, ...] = ()
    who_replaced: bool = False
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class KeepTask:
    """The Task is right."""

    wish: TaskWish
    id: str
    duplicates: tuple[str, ...] = ()


Decision = CreateTask | UpdateTask | KeepTask


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is written for the day."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is done for the day: a decision for each of its Tasks."""

    person: Person
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A day with the texts of its Tasks."""

    day: Day
    descriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """What Salesforce holds of a day.

    Attributes:
        tasks: Tasks by key; those of other days don't matter.
        gone: Ids of people who were deleted, merged or converted.
        surplus: Part number and key of the Tasks behind the day's last part.
    """

    tasks: Mapping[str, Sequence[PresentTask]]
    gone: Collection[str] = frozenset()
    surplus: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DayRules:
    """Settings that decide about days.

    Attributes:
        task: What the org's Task allows.
        templates: Texts of the Task's fields.
        log_unlinked: Whether a day of nobody becomes a Task without a person.
        archived_before: Days before this are archived by Salesforce; `None` = write them all.
    """

    task: TaskRules
    templates: Templates
    log_unlinked: bool
    archived_before: date | None


def plan_day(
    rendered: Rendered, person: Person, present: Present, rules: DayRules
) -> DayPlan | Skip:
    """What to do about a day of that person, given what is there."""
    day, tasks = rendered.day, present.tasks
    who_id = person.who_id if isinstance(person, Matched) else None
    wanted = wishes(day, rendered.descriptions, who_id, rules.task, rules.templates)
    known = any(wish.key in tasks for wish in wanted)
    if isinstance(person, Nobody) and (reason := _unusable(person, rules, present=known)):
        return Skip(reason)
    if not known and not day.messages:
        return Skip("empty_day")
    if not known and rules.archived_before and day.date < rules.archived_before:
        return Skip("archived")
    return DayPlan(
        person,
        (
            *(decide(wish, tasks.get(wish.key, ()), gone=present.gone) for wish in wanted),
            *(decide_surplus(key, part, tasks[key]) for part, key in present.surplus),
        ),
    )


def _unusable(person: Nobody, rules: DayRules, *, present: bool) -> SkipReason | None:
    """A Task that is there is kept right, whoever it is on; a new one needs a person."""
    if person.reason == "excluded_by_sync_to":
        return person.reason
    if present or (person.reason == "unmatched" and rules.log_unlinked):
        return None
    return person.reason


def archived_before(today: date, *, allowed: bool) -> date | None:
    """The day before which Salesforce archives closed Tasks."""
    return None if allowed else today - ARCHIVED_AFTER


def warnings_of(plan: DayPlan, decision: Decision, *, quiet: bool) -> tuple[str, ...]:
    """What the sync log should add about a Task."""
    words = []
    if isinstance(decision, CreateTask) and decision.wish.who_id is None:
        words.append("unlinked_task")
    if isinstance(plan.person, Matched) and plan.person.matched_on in {"phone", "email"}:
        words.append("not_linked_person")
    if quiet:
        words.append("bodies_left_out")
    if not isinstance(decision, CreateTask) and decision.duplicates:
        words.append(f"duplicate_tasks:{' '.join(decision.duplicates)}")
    if isinstance(decision, UpdateTask) and decision.who_replaced:
        words.append("who_replaced")
    return tuple(words)


def decide(
    wanted: TaskWish,
    present: Sequence[PresentTask],
    *,
    gone: Collection[str],
) -> Decision:
    """What to do so that a Task is as it should be.

    Its person is only replaced when the old one is gone: users may move Tasks.

    Args:
        wanted: The Task as it should be.
        present: The Tasks that carry its key already.
        gone: Ids of people who were deleted, merged or converted.
    """
    if not present:
        values = {**wanted.first, **wanted.fields}
        if wanted.who_id:
            values["WhoId"] = wanted.who_id
        return CreateTask(wanted, values)
    oldest, *others = sorted(present, key=_age)
    duplicates = tuple(task.id for task in others)
    changed = {
        name: value
        for name, value in wanted.fields.items()
        if not _same(value, oldest.fields.get(name))
    }
    replaced = bool(
        wanted.who_id
        and oldest.who_id != wanted.who_id
        and (oldest.who_id is None or oldest.who_id in gone)
    )
    if replaced:
        changed["WhoId"] = wanted.who_id
    if not changed:
        return KeepTask(wanted, oldest.id, duplicates)
    return UpdateTask(wanted, oldest.id, changed, duplicates, replaced, oldest.keyed)


def decide_surplus(key: str, part: int, present: Sequence[PresentTask]) -> UpdateTask | KeepTask:
    """What to do with a Task that the day no longer needs, because the day shrank."""
    oldest, *others = sorted(present, key=_age)
    duplicates = tuple(task.id for task in others)
    wanted = TaskWish(key, part, oldest.who_id, {"Description": MOVED}, {})
    if _same(MOVED, oldest.fields.get("Description")):
        return KeepTask(wanted, oldest.id, duplicates)
    return UpdateTask(wanted, oldest.id, {"Description": MOVED}, duplicates, keyed=oldest.keyed)


def _age(task: PresentTask) -> tuple[bool, str, str]:
    """Sort Tasks of one key: where Salesforce keeps it unique before others, then by age."""
    return (not task.keyed, task.created, task.id)


def _number(value: str | float) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _same(wanted: object, present: object) -> bool:
    """Whether Salesforce would show the same value; empty text and null are the same there."""
    match wanted, present:
        case bool(), _:
            return wanted is present
        case str(), bool():
            return wanted.strip().lower() == str(present).lower()
        case ((str() | int() | float()), (int() | float())):
            return _number(wanted) == present
        case str() | None, str() | None:
            return same_text(wanted, present)
        case _:
            return str(wanted) == str(present)
