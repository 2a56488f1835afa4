"""What the org's Task allows this user, read from its describe. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


DEFAULT_KEY_FIELD = "Zingle_Conversation_Key__c"
FALLBACK_KEY_FIELD = "CallObject"
TEXT_LENGTH = 255
SHORTEST_DESCRIPTION = 2_000


@dataclass(frozen=True, slots=True)
class TaskRules:
    """What the org's Task allows this user.

    Attributes:
        key_field: Field that holds the key.
        upsert: Whether Salesforce itself keeps the key unique, so that rows are upserted by it.
        key_length: Length of that field.
        old_key_field: Where Tasks that were written before the key field existed keep their key.
        description_length: Length of Description.
        fixed: Values that every new Task gets.
        warnings: What the admin should know, in sentences.
    """

    key_field: str
    upsert: bool
    key_length: int = 255
    old_key_field: str | None = None
    description_length: int = 32_000
    fixed: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def task_rules(
    describe: Mapping[str, Any],
    *,
    activity_key_field: str,
    extra_fields: Collection[str] = (),
    owner_id: str | None = None,
    status: str | None = None,
) -> tuple[TaskRules | None, tuple[str, ...]]:
    """Read the rules out of the describe of Task.

    Args:
        describe: Salesforce's describe of Task, as this user sees it.
        activity_key_field: `auto` or the name of a field.
        extra_fields: Names of further fields that are filled.
        owner_id: Who owns a new Task; `None` for the login's user.
        status: The Status of a new Task.

    Returns:
        The rules and no problems, or no rules and every problem in a sentence.
    """
    fields = {row["name"]: row for row in describe["fields"]}
    problems = [
        f"Task.{name} is not visible to this user or can't be written."
        for name in ("WhoId", "Subject", "Description", "ActivityDate", "Status")
        if not _writable(fields.get(name))
    ]
    problems += [
        f"extra_fields: Task.{name} does not exist or can't be written by this user."
        for name in extra_fields
        if not _writable(fields.get(name))
    ]
    description_length = int((fields.get("Description") or {}).get("length") or 0)
    if description_length < SHORTEST_DESCRIPTION:
        problems.append(
            f"Task.Description holds {description_length} characters; a transcript needs "
            f"{SHORTEST_DESCRIPTION}."
        )
    key_field = _key_field(fields, activity_key_field)
    if not (_writable(fields.get(key_field)) and _filterable(fields.get(key_field))):
        problems.append(
            f"activity_key_field: Task.{key_field} does not exist, or this user can't write it or "
            "filter by it; grant field access or leave the setting at auto."
        )
    if problems:
        return None, tuple(problems)
    row = fields[key_field]
    has_old = key_field != FALLBACK_KEY_FIELD and _filterable(fields.get(FALLBACK_KEY_FIELD))
    upsert = bool(row.get("externalId") and row.get("unique"))
    warnings = []
    if row.get("externalId") and not upsert:
        warnings.append(
            f"Task.{key_field} is an External Id but not unique: Tasks are looked up by it before "
            "writing, and two runs at the same time may create a Task twice."
        )
    fixed: dict[str, object] = {"Status": status} if status else {}
    if owner_id:
        fixed["OwnerId"] = owner_id
    if _creatable(fields.get("TaskSubtype")) and not upsert:
        # It can't be updated, so that a repeated upsert would be refused; Task is the default.
        fixed["TaskSubtype"] = "Task"
    if _creatable(fields.get("IsReminderSet")):
        fixed["IsReminderSet"] = False
    rules = TaskRules(
        key_field=key_field,
        upsert=upsert,
        key_length=int(row.get("length") or TEXT_LENGTH),
        old_key_field=FALLBACK_KEY_FIELD if has_old else None,
        description_length=description_length,
        fixed=fixed,
        warnings=tuple(warnings),
    )
    return rules, ()


def first_closed_status(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The first closed status of the org, in the order of its list; labels are localised."""
    closed = [row for row in rows if row.get("IsClosed")]
    first = min(closed, key=lambda row: row.get("SortOrder") or 0, default=None)
    return None if first is None else str(first.get("ApiName") or first["MasterLabel"])


def _key_field(fields: Mapping[str, Mapping[str, Any]], setting: str) -> str:
    if setting != "auto":
        return setting
    own = fields.get(DEFAULT_KEY_FIELD)
    usable = own is not None and _writable(own) and own.get("externalId")
    return DEFAULT_KEY_FIELD if usable else FALLBACK_KEY_FIELD


def _filterable(row: Mapping[str, Any] | None) -> bool:
    return bool(row and row.get("filterable"))


def _creatable(row: Mapping[str, Any] | None) -> bool:
    return bool(row and row.get("createable"))


def _writable(row: Mapping[str, Any] | None) -> bool:
    return bool(row and row.get("createable") and row.get("updateable"))
