"""What the org's Task allows this user, and which of its fields belong to the target. Pure.

`zingle-sync check` asks the same functions, so that "ready" means that a run would start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.fields import FieldShape, shape_of
from target_salesforce_activity.templates import field_problem
from zingle_sync.identity import sobject_of, to_18

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_salesforce_activity.settings import Settings

DEFAULT_KEY_FIELD = "Zingle_Conversation_Key__c"
FALLBACK_KEY_FIELD = "CallObject"
TEXT_LENGTH = 255
# Digits of the hash that stands in for a key that does not fit.
HASH_DIGITS = 32
SHORTEST_DESCRIPTION = 2_000
LOST_KEYS = (
    "activity_key_field: earlier runs kept the keys of Tasks in Task.{field}, which this user "
    "can't see or filter by any more: every day that comes again would get a second Task. Grant "
    "the field (the permission set in docs/salesforce does), or name "
    f"{FALLBACK_KEY_FIELD} here to go on without it."
)
# What every Task gets, or is found and judged by: no setting may take one of these.
_OWN_NAMES = """
ActivityDate CallObject CreatedDate Description Id IsArchived IsClosed IsDeleted IsRecurrence
IsReminderSet Owner OwnerId Status Subject TaskSubtype TaskWhoIds Who WhoId
Zingle_Conversation_Key__c
"""
OWNED_FIELDS = frozenset(_OWN_NAMES.split())
OWN_SETTINGS = {"subject": "subject", "status": "status", "ownerid": "owner_id"}
_OWNED = frozenset(name.lower() for name in OWNED_FIELDS)
_KEYS = frozenset({DEFAULT_KEY_FIELD.lower(), FALLBACK_KEY_FIELD.lower()})


@dataclass(frozen=True, slots=True)
class TaskRules:
    """What the org's Task allows this user.

    Attributes:
        key_field: Field that holds the key.
        upsert: Whether Salesforce itself keeps the key unique, so that rows are upserted by it.
        key_length: Length of that field.
        key_folds: Whether its uniqueness takes no notice of upper and lower case.
        old_key_fields: Where Tasks may keep the key that they got while it had another field.
        description_length: Length of Description.
        fixed: Values that every new Task gets, its Status excepted until the org has told it.
        extra_fields: Templates of further fields, by the name that the org knows them by.
        shapes: What those fields and Subject take, by name.
        warnings: What the admin should know, in sentences.
    """

    key_field: str
    upsert: bool
    key_length: int = 255
    key_folds: bool = False
    old_key_fields: tuple[str, ...] = ()
    description_length: int = 32_000
    fixed: Mapping[str, object] = field(default_factory=dict)
    extra_fields: Mapping[str, object] = field(default_factory=dict)
    shapes: Mapping[str, FieldShape] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def owned_problems(settings: Settings) -> list[str]:
    """Where settings take a field that belongs to the target, in sentences; names have no case."""
    problems = []
    taken = [name.strip().lower() for name in settings.templates.extra_fields]
    for name, plain in zip(settings.templates.extra_fields, taken, strict=True):
        if plain in _OWNED or plain.startswith("recurrence"):
            instead = OWN_SETTINGS.get(plain)
            advice = f"use the setting {instead}" if instead else "choose another field"
            problems.append(
                f"extra_fields.{name}: the target itself keeps Task.{name} right; {advice}."
            )
        elif taken.count(plain) > 1:
            problems.append(f"extra_fields.{name}: the field is named twice.")
    key = settings.activity_key_field
    plain = key.strip().lower()
    if plain in taken and plain not in _OWNED:
        problems.append(
            f"activity_key_field: Task.{key} is filled by extra_fields too; the day's key needs a "
            "field of its own."
        )
    if not plain or (plain in _OWNED - _KEYS) or plain.startswith("recurrence"):
        problems.append(
            f"activity_key_field: Task.{key} can't hold the day's key, it means something else; "
            "name a text field of its own or leave the setting at auto."
        )
    return problems


def owner_problems(owner_id: str | None) -> list[str]:
    """What is wrong with the owner of new Tasks, in sentences."""
    try:
        if owner_id is None or sobject_of(to_18(owner_id)) == "User" or owner_id[:3] == "00G":
            return []
    except ValueError:
        pass
    return ["owner_id: not the id of a user (005…) or of a queue (00G…)."]


def chosen_status(
    setting: str | None, rows: Sequence[Mapping[str, Any]] | None, describe: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """The Status of new Tasks, or what is wrong with it in a sentence.

    Args:
        setting: The Status that is wanted; `None` for the first closed one.
        rows: The org's TaskStatus, `None` where this user can't read it.
        describe: Of Task; its picklist knows the names, but not which are closed.
    """
    if rows is None:
        fields = {row["name"]: row for row in describe["fields"]}
        names = [row["value"] for row in fields.get("Status", {}).get("picklistValues") or ()]
        rows = [{"ApiName": name, "IsClosed": name == "Completed"} for name in names]
        if setting is None and not any(row["IsClosed"] for row in rows):
            return None, "status: this user can't read TaskStatus; name the Status of new Tasks."
    if setting is None or not rows:
        return setting or first_closed_status(rows), None
    wanted, known = setting.strip().lower(), [_status_name(row) for row in rows]
    for name, row in zip(known, rows, strict=True):
        if wanted in {name.lower(), str(row.get("MasterLabel")).lower()}:
            return name, None
    return None, f"status: Task has no Status {setting!r}; it has {', '.join(known)}."


def first_closed_status(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The first closed status of the org, in the order of its list; labels are localised."""
    closed = [row for row in rows if row.get("IsClosed")]
    first = min(closed, key=lambda row: row.get("SortOrder") or 0, default=None)
    return _status_name(first) if first else None


def _status_name(row: Mapping[str, Any]) -> str:
    return str(row.get("ApiName") or row["MasterLabel"])


def task_rules(
    describe: Mapping[str, Any], settings: Settings, former_key_fields: Sequence[str] = ()
) -> tuple[TaskRules | None, tuple[str, ...]]:
    """Read the rules out of the describe of Task.

    Args:
        describe: Salesforce's describe of Task, as this user sees it.
        settings: Name the key's field, further fields and the owner of new Tasks.
        former_key_fields: The fields that earlier runs into this org kept the key in.

    Returns:
        The rules and no problems, or no rules and every problem in a sentence.
    """
    rows = {row["name"].lower(): row for row in describe["fields"]}
    problems = [
        f"Task.{name} is not visible to this user or can't be written."
        for name in ("WhoId", "Subject", "Description", "ActivityDate", "Status")
        if not _writable(rows.get(name.lower()))
    ]
    description_length = int((rows.get("description") or {}).get("length") or 0)
    if description_length < SHORTEST_DESCRIPTION:
        problems.append(
            f"Task.Description holds {description_length} characters; a transcript needs "
            f"{SHORTEST_DESCRIPTION}."
        )
    extra_fields, key_field = settings.templates.extra_fields, settings.activity_key_field
    known = {name: rows.get(name.strip().lower()) for name in extra_fields}
    for name, row in known.items():
        if row is None or not _writable(row):
            problems.append(
                f"extra_fields: Task.{name} does not exist or can't be written by this user."
            )
        elif problem := field_problem(name, extra_fields[name], shape_of(row)):
            problems.append(problem)
    key_row = _key_row(rows, key_field)
    problems += _key_problems(key_field, key_row)
    old_key_fields = _old_key_fields(rows, key_row, former_key_fields)
    if key_row and key_field.strip().lower() == "auto":
        lost = [one for one in former_key_fields if one not in {key_row["name"], *old_key_fields}]
        problems += [LOST_KEYS.format(field=one) for one in lost]
    if problems or key_row is None:
        return None, tuple(problems)
    rules = _rules(
        rows,
        key_row,
        old_key_fields=old_key_fields,
        description_length=description_length,
        fixed=_fixed(rows, key_row, settings.owner_id),
        extra_fields={row["name"]: extra_fields[name] for name, row in known.items() if row},
    )
    return rules, ()


def _rules(
    rows: Mapping[str, Mapping[str, Any]], key_row: Mapping[str, Any], **more: Any
) -> TaskRules:
    key_field, upsert = str(key_row["name"]), _is_unique(key_row)
    warning = (
        f"Task.{key_field} is an External Id but not unique: Tasks are looked up by it before "
        "writing, and two runs at the same time may create a Task twice."
    )
    return TaskRules(
        key_field=key_field,
        upsert=upsert,
        key_length=int(key_row.get("length") or TEXT_LENGTH),
        key_folds=upsert and key_row.get("caseSensitive") is False,
        shapes={name: shape_of(rows[name.lower()]) for name in ("Subject", *more["extra_fields"])},
        warnings=(warning,) if key_row.get("externalId") and not upsert else (),
        **more,
    )


def _fixed(
    rows: Mapping[str, Mapping[str, Any]], key_row: Mapping[str, Any], owner_id: str | None
) -> dict[str, object]:
    fixed: dict[str, object] = {"OwnerId": owner_id} if owner_id else {}
    if rows.get("tasksubtype", {}).get("createable") and not _is_unique(key_row):
        # It can't be updated, so that a repeated upsert would be refused; Task is the default.
        fixed["TaskSubtype"] = "Task"
    if rows.get("isreminderset", {}).get("createable"):
        fixed["IsReminderSet"] = False
    return fixed


def _key_problems(setting: str, row: Mapping[str, Any] | None) -> Iterable[str]:
    if row is None or not (_writable(row) and row.get("filterable")):
        name = FALLBACK_KEY_FIELD if setting == "auto" else setting
        yield (
            f"activity_key_field: Task.{name} does not exist, or this user can't write it or "
            "filter by it; grant field access or leave the setting at auto."
        )
    elif (
        row.get("type", "string") != "string" or int(row.get("length") or TEXT_LENGTH) < HASH_DIGITS
    ):
        yield (
            f"activity_key_field: Task.{row['name']} is no text field of at least {HASH_DIGITS} "
            "characters."
        )


def _old_key_fields(
    rows: Mapping[str, Mapping[str, Any]], key_row: Mapping[str, Any] | None, former: Sequence[str]
) -> tuple[str, ...]:
    """Where else a key may stand: fields that may be filled by hand or hidden between two runs."""
    names = dict.fromkeys((*former, DEFAULT_KEY_FIELD, FALLBACK_KEY_FIELD))
    found = (rows.get(name.lower()) for name in names)
    return tuple(
        str(row["name"])
        for row in found
        if row and row != key_row and row.get("filterable") and row.get("type") in {None, "string"}
    )


def _key_row(rows: Mapping[str, Mapping[str, Any]], setting: str) -> Mapping[str, Any] | None:
    name = setting.strip().lower()
    if name != "auto":
        return rows.get(name)
    own = rows.get(DEFAULT_KEY_FIELD.lower())
    usable = own is not None and _writable(own) and own.get("externalId")
    return own if usable else rows.get(FALLBACK_KEY_FIELD.lower())


def _is_unique(row: Mapping[str, Any]) -> bool:
    return bool(row.get("externalId") and row.get("unique"))


def _writable(row: Mapping[str, Any] | None) -> bool:
    return bool(row and row.get("createable") and row.get("updateable"))
