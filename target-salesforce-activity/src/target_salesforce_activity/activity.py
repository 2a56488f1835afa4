"""Which Task a conversation day is, and what has to be written so that it is right.

Pure. What the org's Task allows comes in as its describe; what is there already as rows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING

from target_salesforce_activity.transcript import MOVED, same_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.rules import TaskRules

__all__ = [
    "CreateTask",
    "Decision",
    "KeepTask",
    "PresentTask",
    "TaskWish",
    "Templates",
    "UpdateTask",
    "decide",
    "decide_surplus",
    "task_key",
    "wishes",
]

SUBJECT_LENGTH = 255
HASH_DIGITS = 32
NUMBER_NAMES = frozenset({"inbound_count", "message_count", "outbound_count", "part"})
TEMPLATE_NAMES = NUMBER_NAMES | {
    "contact_id",
    "contact_name",
    "date",
    "service_id",
    "service_name",
    "time_zone",
}


@dataclass(frozen=True, slots=True)
class Templates:
    """Texts that are filled from the day, see `TEMPLATE_NAMES`.

    Attributes:
        subject: The Task's subject.
        extra_fields: Further fields by name; values that are no text are constants.
    """

    subject: str = "Zingle Conversation"
    extra_fields: Mapping[str, object] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """What is wrong with them, in sentences."""
        return [
            *template_problems("subject", self.subject),
            *(
                problem
                for name, template in self.extra_fields.items()
                for problem in template_problems(f"extra_fields.{name}", template)
            ),
        ]


@dataclass(frozen=True, slots=True)
class TaskWish:
    """A Task as it should be.

    Attributes:
        key: Value of the key field.
        part: Its number among the Tasks of the day, from 1.
        who_id: The person, `None` for a Task without one.
        fields: Values that are kept right on every run, by field name.
        first: Values that only a new Task gets, by field name.
    """

    key: str
    part: int
    who_id: str | None
    fields: Mapping[str, object]
    first: Mapping[str, object]


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


def task_key(service_id: str, contact_id: str, day: str, part: int, *, length: int = 255) -> str:
    """Return the key of a day's Task; a hash of it where the field is too short.

    >>> task_key("s", "c", "2026-03-02", 1), task_key("s", "c", "2026-03-02", 2)
    ('zgl:s:c:2026-03-02', 'zgl:s:c:2026-03-02:2')
    >>> len(task_key("s" * 36, "c" * 36, "2026-03-02", 1, length=40))
    32
    """
    key = f"zgl:{service_id}:{contact_id}:{day}" + (f":{part}" if part > 1 else "")
    if len(key) <= length:
        return key
    return hashlib.sha256(key.encode()).hexdigest()[:HASH_DIGITS]


def template_values(day: Day, part: int) -> dict[str, object]:
    """Return what templates may name."""
    inbound = sum(message.inbound for message in day.messages)
    return {
        "contact_id": day.contact_id,
        "contact_name": day.contact_name,
        "date": day.date.isoformat(),
        "inbound_count": inbound,
        "message_count": len(day.messages),
        "outbound_count": len(day.messages) - inbound,
        "part": part,
        "service_id": day.service_id,
        "service_name": day.service_name or "",
        "time_zone": day.time_zone,
    }


def template_problems(name: str, template: object) -> list[str]:
    """Return what is wrong with a template, in sentences; values that are no text are constants."""
    if not isinstance(template, str):
        return []
    try:
        used = {key for _, key, _, _ in Formatter().parse(template) if key is not None}
        if not used - TEMPLATE_NAMES:
            template.format(**{each: 1 if each in NUMBER_NAMES else "" for each in TEMPLATE_NAMES})
    except ValueError as error:
        return [f"{name}: {error}."]
    return [
        f"{name}: {{{key}}} is unknown; use one of {', '.join(sorted(TEMPLATE_NAMES))}."
        for key in sorted(used - TEMPLATE_NAMES)
    ]


def wishes(
    day: Day,
    descriptions: Sequence[str],
    who_id: str | None,
    rules: TaskRules,
    templates: Templates,
) -> tuple[TaskWish, ...]:
    """Return the Tasks of a day as they should be, one per part of its transcript."""
    wanted = []
    for part, description in enumerate(descriptions, 1):
        values = template_values(day, part)
        wanted.append(
            TaskWish(
                key=task_key(
                    day.service_id,
                    day.contact_id,
                    day.date.isoformat(),
                    part,
                    length=rules.key_length,
                ),
                part=part,
                who_id=who_id,
                fields={
                    "Subject": str(_filled(templates.subject, values))[:SUBJECT_LENGTH],
                    "Description": description,
                    **{
                        name: _filled(template, values)
                        for name, template in templates.extra_fields.items()
                    },
                },
                first={"ActivityDate": day.date.isoformat(), **rules.fixed},
            )
        )
    return tuple(wanted)


def _filled(template: object, values: Mapping[str, object]) -> object:
    return template.format(**values) if isinstance(template, str) else template


def decide(
    wanted: TaskWish,
    present: Sequence[PresentTask],
    *,
    gone: Collection[str],
) -> Decision:
    """Return what to do so that a Task is as it should be.

    Args:
        wanted: The Task as it should be.
        present: The Tasks that carry its key already.
        gone: Ids of people who were deleted, merged or converted.

    The person of a Task is only replaced when the old one is gone: users may move Tasks.
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
    """Return what to do with a Task that the day no longer needs, because the day shrank."""
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
