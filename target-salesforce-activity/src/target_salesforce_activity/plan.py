"""What to do about each day of a batch, and about each of its Tasks. Pure.

Who gets a Task, when one is kept, changed or skipped, and what the log adds to it: here only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from target_salesforce_activity.fields import FieldShape, same_value
from target_salesforce_activity.people import Matched, Nobody, Person
from target_salesforce_activity.task import TaskWish, wishes
from zingle_sync.identity import sobject_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.rules import TaskRules
    from target_salesforce_activity.settings import Settings

ARCHIVED_AFTER = timedelta(days=365)
TEXT = FieldShape("textarea")
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
        keyed: Whether the key stands in the key field, in the form that it has there today.
        adopted: Whether the vendor's connector wrote it, and it gets the key now.
    """

    id: str
    key: str
    who_id: str | None
    created: str
    fields: Mapping[str, object]
    keyed: bool = True
    adopted: bool = False


def present_task(
    row: Mapping[str, Any], key: str, fields: Collection[str], *, keyed: bool, adopted: bool = False
) -> PresentTask:
    """The Task of a row that was found for that key."""
    return PresentTask(
        id=row["Id"],
        key=key,
        who_id=row["WhoId"],
        created=row["CreatedDate"],
        fields={name: row[name] for name in fields},
        keyed=keyed,
        adopted=adopted,
    )


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Nothing is there yet."""

    wish: TaskWish
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UpdateTask:
    """These fields of the Task differ; `who_id` is the person it is on afterwards."""

    wish: TaskWish
    id: str
    who_id: str | None
    values: Mapping[str, object]
    duplicates: tuple[str, ...] = ()
    who_replaced: bool = False
    keyed: bool = True
    adopted: bool = False


@dataclass(frozen=True, slots=True)
class KeepTask:
    """The Task is right."""

    wish: TaskWish
    id: str
    who_id: str | None
    duplicates: tuple[str, ...] = ()


Decision = CreateTask | UpdateTask | KeepTask


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is written for the day."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is done for the day: a decision for each of its Tasks.

    `left` are Tasks of the vendor's that stay beside them.
    """

    person: Person
    decisions: tuple[Decision, ...]
    left: tuple[str, ...] = ()


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
        left: Ids of Tasks of the vendor's for this person and day that can't become ours.
    """

    tasks: Mapping[str, Sequence[PresentTask]]
    gone: Collection[str] = frozenset()
    surplus: tuple[tuple[int, str], ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayRules:
    """Settings that decide about days.

    Attributes:
        task: What the org's Task allows.
        settings: The settings.
        archived_before: Days before this are archived by Salesforce; `None` = write them all.
    """

    task: TaskRules
    settings: Settings
    archived_before: date | None


def plan_day(
    rendered: Rendered, person: Person, present: Present, rules: DayRules
) -> DayPlan | Skip:
    """What to do about a day of that person, given what is there."""
    day, tasks = rendered.day, present.tasks
    wanted = wishes(day, rendered.descriptions, _who_id(person), rules.task, rules.settings)
    there = [tasks[wish.key] for wish in wanted if wish.key in tasks]
    if isinstance(person, Nobody) and not there:
        is_logged = person.reason == "unmatched" and rules.settings.log_unlinked
        if not is_logged:
            return Skip(person.reason)
    if not there and not day.messages:
        return Skip("empty_day")
    if not there and rules.archived_before and day.date < rules.archived_before:
        return Skip("archived")
    home = min(there[0], key=_age).who_id if there else None
    if home and home not in present.gone:
        # The whole day is on one person, also where a user has moved its first Task.
        wanted = tuple(replace(wish, who_id=home) for wish in wanted)
    shapes, moved = rules.task.shapes, rules.settings.transcript.words.moved
    return DayPlan(
        person,
        (
            *(decide(wish, tasks.get(wish.key, ()), present.gone, shapes) for wish in wanted),
            *(decide_surplus(key, part, tasks[key], moved) for part, key in present.surplus),
        ),
        present.left,
    )


def _who_id(person: Person) -> str | None:
    """Whose Task it is; whose kind is left out still gets what a day of theirs has begun."""
    match person:
        case Matched(who_id=who_id):
            return who_id
        case Nobody(reason="excluded_by_sync_to", candidates=(who_id,)):
            return who_id
        case Nobody():
            return None


def archived_before(today: date, *, allowed: bool) -> date | None:
    """The day before which Salesforce archives closed Tasks."""
    return None if allowed else today - ARCHIVED_AFTER


def warnings_of(plan: DayPlan, decision: Decision, *, quiet: bool) -> tuple[str, ...]:
    """What the sync log should add about a Task."""
    words = []
    task = decision.wish if isinstance(decision, CreateTask) else decision
    if task.who_id is None:
        words.append("unlinked_task")
    if isinstance(plan.person, Matched) and plan.person.matched_on in {"phone", "email"}:
        words.append("not_linked_person")
    if quiet:
        words.append("bodies_left_out")
    if not isinstance(decision, CreateTask) and decision.duplicates:
        words.append(f"duplicate_tasks:{' '.join(decision.duplicates)}")
    if isinstance(decision, UpdateTask) and decision.who_replaced:
        words.append("who_replaced")
    if isinstance(decision, UpdateTask) and decision.adopted:
        words.append("adopted_task")
    if plan.left and decision.wish.part == 1:
        words.append(f"vendor_tasks_left:{' '.join(plan.left)}")
    return tuple(words)


def decide(
    wanted: TaskWish,
    present: Sequence[PresentTask],
    gone: Collection[str],
    shapes: Mapping[str, FieldShape],
) -> Decision:
    """What to do so that a Task is as it should be.

    Its person is only replaced when the old one is gone: users may move Tasks.

    Args:
        wanted: The Task as it should be.
        present: The Tasks that carry its key already.
        gone: Ids of people who were deleted, merged or converted.
        shapes: What the compared fields take, where it is not any text.
    """
    if not present:
        values = {**wanted.first, **_fields_of(wanted, wanted.who_id)}
        if wanted.who_id:
            values["WhoId"] = wanted.who_id
        return CreateTask(wanted, values)
    oldest, *others = sorted(present, key=_age)
    duplicates = tuple(task.id for task in others)
    replaced = bool(
        wanted.who_id
        and oldest.who_id != wanted.who_id
        and (oldest.who_id is None or oldest.who_id in gone)
    )
    who_id = wanted.who_id if replaced else oldest.who_id
    changed = {
        name: value
        for name, value in _fields_of(wanted, who_id).items()
        if not same_value(value, oldest.fields.get(name), shapes.get(name, TEXT))
    }
    if oldest.adopted and wanted.first["ActivityDate"] != oldest.fields["ActivityDate"]:
        changed["ActivityDate"] = wanted.first["ActivityDate"]
    if replaced:
        changed["WhoId"] = wanted.who_id
    if not changed and not oldest.adopted:
        return KeepTask(wanted, oldest.id, who_id, duplicates)
    return UpdateTask(
        wanted,
        oldest.id,
        who_id,
        changed,
        duplicates,
        who_replaced=replaced,
        keyed=oldest.keyed,
        adopted=oldest.adopted,
    )


def _fields_of(wanted: TaskWish, who_id: str | None) -> dict[str, object]:
    """What is kept right; beside a Lead, Salesforce takes no WhatId."""
    on_lead = who_id is not None and sobject_of(who_id) == "Lead"
    fields = wanted.fields.items()
    return {name: value for name, value in fields if not (on_lead and name == "WhatId")}


def decide_surplus(key: str, part: int, present: Sequence[PresentTask], moved: str) -> Decision:
    """What to do with a Task that the day no longer needs, because the day shrank."""
    who_id = min(present, key=_age).who_id
    return decide(TaskWish(key, part, who_id, {"Description": moved}, {}), present, (), {})


def _age(task: PresentTask) -> tuple[bool, str, str]:
    """Sort Tasks of one key: where Salesforce keeps it unique before others, then by age."""
    return (not task.keyed, task.created, task.id)
