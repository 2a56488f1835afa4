"""The Task that a conversation day should be: its key, its templates, its fields. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.rules import TaskRules


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

    subject: str
    extra_fields: Mapping[str, object]

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


def task_key(source_key: str, part: int, *, length: int) -> str:
    """The key of one Task of the day `{service_id}:{contact_id}:{date}`.

    Args:
        source_key: The day's key.
        part: Number of the Task among those of its day, from 1.
        length: Length of the field; a hash stands in for a key that is longer.

    >>> task_key("s:c:2026-03-02", 1, length=255), task_key("s:c:2026-03-02", 2, length=255)
    ('zgl:s:c:2026-03-02', 'zgl:s:c:2026-03-02:2')
    >>> len(task_key("s" * 36 + ":c:2026-03-02", 1, length=40))
    32
    """
    key = f"zgl:{source_key}" + (f":{part}" if part > 1 else "")
    return key if len(key) <= length else hashlib.sha256(key.encode()).hexdigest()[:HASH_DIGITS]


def template_values(day: Day, part: int) -> dict[str, object]:
    """What templates may name."""
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
    """What is wrong with a template, in sentences; values that are no text are constants."""
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
    """The Tasks of a day as they should be, one per part of its transcript."""

    def wish(part: int, description: str) -> TaskWish:
        values = template_values(day, part)
        filled = {name: _filled(text, values) for name, text in templates.extra_fields.items()}
        subject = str(_filled(templates.subject, values))[:SUBJECT_LENGTH]
        return TaskWish(
            key=task_key(day.source_key, part, length=rules.key_length),
            part=part,
            who_id=who_id,
            fields={"Subject": subject, "Description": description, **filled},
            first={"ActivityDate": day.date.isoformat(), **rules.fixed},
        )

    return tuple(wish(part, description) for part, description in enumerate(descriptions, 1))


def _filled(template: object, values: Mapping[str, object]) -> object:
    return template.format(**values) if isinstance(template, str) else template
