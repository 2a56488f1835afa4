"""The Task that a conversation day should be: its key, its templates, its fields. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_salesforce_activity.fields import fitted
from target_salesforce_activity.rules import HASH_DIGITS, TaskRules
from target_salesforce_activity.templates import filled, template_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_salesforce_activity.days import Day
    from target_salesforce_activity.settings import Settings


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


def task_key(source_key: str, part: int, rules: TaskRules) -> str:
    """The key of one Task of the day `{service_id}:{contact_id}:{date}`.

    A hash stands in for a key that does not fit the field, or that it could not tell from the same
    one in another case. `part` is counted from 1.

    >>> rules = TaskRules("CallObject", upsert=False)
    >>> task_key("s:c:2026-03-02", 1, rules), task_key("s:c:2026-03-02", 2, rules)
    ('zgl:s:c:2026-03-02', 'zgl:s:c:2026-03-02:2')
    """
    key, stand_in = key_forms(source_key, part)
    if len(key) <= rules.key_length and not (rules.key_folds and key != key.lower()):
        return key
    return stand_in


def key_forms(source_key: str, part: int) -> tuple[str, str]:
    """The key as it reads, and its hash: a field that was another one before may hold either."""
    key = f"zgl:{source_key}" + (f":{part}" if part > 1 else "")
    return key, hashlib.sha256(key.encode()).hexdigest()[:HASH_DIGITS]


def wishes(
    day: Day,
    descriptions: Sequence[str],
    who_id: str | None,
    rules: TaskRules,
    settings: Settings,
) -> tuple[TaskWish, ...]:
    """The Tasks of a day as they should be, one per description: the parts of its transcript."""

    def wish(part: int, description: str) -> TaskWish:
        values = template_values(day, part, settings.transcript)
        texts = {"Subject": settings.templates.subject, **rules.extra_fields}
        fields = {
            name: fitted(filled(text, values), rules.shapes[name]) for name, text in texts.items()
        }
        # Without a subject nobody could open the Task from a list.
        fields["Subject"] = fields["Subject"] or day.date.isoformat()
        return TaskWish(
            key=task_key(day.source_key, part, rules),
            part=part,
            who_id=who_id,
            fields={**fields, "Description": description},
            first={"ActivityDate": day.date.isoformat(), **rules.fixed},
        )

    return tuple(wish(part, description) for part, description in enumerate(descriptions, 1))
