"""What to do about each day of a batch, and what to make of Salesforce's answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from target_salesforce_activity.activity import (
    CreateTask,
    Decision,
    KeepTask,
    PresentTask,
    Templates,
    UpdateTask,
    decide,
    decide_surplus,
    wishes,
)
from target_salesforce_activity.people import Found, Nobody, Person
from zingle_sync.outcomes import OutcomeError
from zingle_sync.salesforce.errors import QUOTA_CODES, TRANSIENT_CODES, is_concurrency

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.rules import TaskRules
    from zingle_sync.salesforce import RowResult
    from zingle_sync.salesforce.values import RowError

__all__ = [
    "DayPlan",
    "DayRules",
    "Present",
    "Skip",
    "Verdict",
    "Written",
    "archived_before",
    "plan_day",
    "refusal",
    "verdict",
    "warnings_of",
]

ARCHIVED_AFTER = timedelta(days=365)
LOCK_CODES = frozenset({"UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD"})
WORTH_ANOTHER_LOOK = frozenset(
    {
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_CROSS_REFERENCE_KEY",
    }
)
TOO_MANY_CALLS = "REQUEST_LIMIT_EXCEEDED"
PASSING_CODES = (TRANSIENT_CODES - LOCK_CODES) | {TOO_MANY_CALLS}
CONFLICT_CODES = frozenset({"DUPLICATE_EXTERNAL_ID", "DUPLICATE_VALUE"})

SkipReason = Literal["unmatched", "ambiguous", "excluded_by_sync_to", "archived", "empty_day"]


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
class Written:
    """A day with its transcript.

    Attributes:
        day: The day.
        descriptions: Texts of its Tasks.
    """

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
    log_unlinked: bool = False
    archived_before: date | None = None


def plan_day(written: Written, person: Person, present: Present, rules: DayRules) -> DayPlan | Skip:
    """Return what to do about a day.

    Args:
        written: The day and its transcript.
        person: Whose conversation it is.
        present: What is there.
        rules: The settings.
    """
    day, tasks = written.day, present.tasks
    who_id = person.who_id if isinstance(person, Found) else None
    wanted = wishes(day, written.descriptions, who_id, rules.task, rules.templates)
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
    """Return the day before which Salesforce archives closed Tasks."""
    return None if allowed else today - ARCHIVED_AFTER


Verdict = Literal["done", "look_again", "refused", "stop"]


def verdict(result: RowResult) -> Verdict:
    """Return what to do about the answer to a write.

    Locks are not waited for again: the client has tried them several times already. A limit of
    the org that is used up stops the run: every further row would meet it too.
    """
    if result.success:
        return "done"
    if any(_is_used_up(error) for error in result.errors):
        return "stop"
    codes = {error.code for error in result.errors}
    if not codes or codes & (WORTH_ANOTHER_LOOK | PASSING_CODES):
        return "look_again"
    return "refused"


def _is_used_up(error: RowError) -> bool:
    """Whether a row met a limit of the org that only time, or an administrator, lifts."""
    if error.code == TOO_MANY_CALLS:
        return not is_concurrency(error.message)
    return error.code in QUOTA_CODES


def refusal(result: RowResult) -> tuple[str, OutcomeError]:
    """Return the reject reason of a refused row, and the refusal in Salesforce's words."""
    if not result.errors:
        return "unknown_outcome", OutcomeError(
            "OutcomeUnknownError", message="The answer to the write was lost."
        )
    first = result.errors[0]
    if first.code in PASSING_CODES | LOCK_CODES:
        reason = "temporary"
    elif first.code in CONFLICT_CODES:
        reason = "conflict"
    elif first.code == "ENTITY_IS_LOCKED":
        reason = "locked"
    else:
        reason = "refused"
    return reason, OutcomeError(
        klass="RecordError",
        status=200,
        code=first.code,
        message=first.message,
        field=", ".join(first.fields) or None,
    )


def warnings_of(plan: DayPlan, decision: Decision, *, quiet: bool) -> tuple[str, ...]:
    """Return what the sync log should add about a Task."""
    found = []
    match plan.person:
        case Nobody():
            if decision.wish.who_id is None and isinstance(decision, CreateTask):
                found.append("unlinked_task")
        case Found(matched_on="phone" | "email"):
            found.append("not_linked_person")
        case Found():
            pass
    if quiet:
        found.append("bodies_left_out")
    match decision:
        case UpdateTask(duplicates=duplicates, who_replaced=replaced):
            if duplicates:
                found.append(f"duplicate_tasks:{' '.join(duplicates)}")
            if replaced:
                found.append("who_replaced")
        case KeepTask(duplicates=duplicates) if duplicates:
            found.append(f"duplicate_tasks:{' '.join(duplicates)}")
        case _:
            pass
    return tuple(found)
