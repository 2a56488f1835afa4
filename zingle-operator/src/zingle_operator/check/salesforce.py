"""Can Salesforce be reached, with enough rights and enough calls left?"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from zingle_sync.salesforce import ConfigurationError, LoginError, Salesforce, SalesforceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zingle_operator.check.findings import Findings

AREA = "Salesforce"
KEY_FIELD = "Zingle_Conversation_Key__c"
_TASK_FIELDS = ("Subject", "Description", "ActivityDate", "Status", "WhoId")
_PERMISSION_SET = "Setup > Permission Sets > (the integration user's set)"
_API_OFF = frozenset({"API_CURRENTLY_DISABLED", "API_DISABLED_FOR_ORG"})
_LOW_SHARE = 0.9
# A closed Task takes 2 KB of data storage (Salesforce help, "Data and File Storage Allocations").
TASK_KILOBYTES = 2

LEAST_PRIVILEGES = (
    "API Enabled",
    "Read on Contact and Lead (and on every object that a custom query names)",
    "View All on Contact and Lead, or sharing that shows the user everybody to be synced",
    "Read on every mapped field",
    "Read, Create and Edit on Task, with Edit on Subject, Description, Due Date, Status and Name",
    "Edit Tasks",
    "View Setup and Configuration (optional: lets the check read the org's limits)",
)


def log_in(settings: Mapping[str, Any], findings: Findings, plugin: str) -> Salesforce | None:
    """Log in with a plugin's settings, or say why that is impossible."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", FutureWarning)
            client = Salesforce.from_settings(settings)
        for warning in caught:
            findings.warn(AREA, f"{plugin}: {warning.message}")
        findings.ok(AREA, f"{plugin} logs in to org {client.org_id} as user {client.user_id}.")
    except ConfigurationError as error:
        if isinstance(error, LoginError) and error.code not in _API_OFF:
            findings.problem(
                AREA,
                f"{plugin} can't log in: {error}",
                "Compare client id, secret, user and domain with Setup > App Manager > "
                "(the connected app) > View; the log of attempts is in Setup > Login History.",
            )
        elif error.code in _API_OFF:
            findings.problem(
                AREA,
                f"{plugin}: this org or user may not use the API.",
                f"{_PERMISSION_SET} > System Permissions > API Enabled. Professional Edition "
                "needs the API add-on; ask Salesforce for it.",
            )
        else:
            for problem in error.problems:
                findings.problem(AREA, f"{plugin}: {problem}", "Correct the plugin's settings.")
        return None
    except SalesforceError as error:
        findings.problem(AREA, f"{plugin}: {error}", "Try again when Salesforce is well.")
        return None
    return client


def check_reading(client: Salesforce, objects: Sequence[str], findings: Findings) -> None:
    """May the user read the people, and does it see all of them?"""
    visible: list[str] = []
    for name in objects:
        try:
            describe = client.describe(name)
        except SalesforceError as error:
            findings.problem(
                AREA,
                f"{name} can't be read: {error}",
                f"{_PERMISSION_SET} > Object Settings > {name} > Read.",
            )
            continue
        if not describe.get("queryable"):
            findings.problem(AREA, f"{name} can't be queried.", "Use a custom query instead.")
            continue
        visible.append(name)
        findings.ok(AREA, f"{name} can be read: {len(describe['fields'])} fields.")
    _count(client, visible, findings)


def _count(client: Salesforce, objects: Sequence[str], findings: Findings) -> None:
    """Compare what the user sees with Salesforce's own estimate of all rows."""
    try:
        estimates = client.record_counts(objects) if objects else {}
        counts = {name: _rows_of(client, name) for name in objects}
    except SalesforceError as error:
        findings.note(AREA, f"The people could not be counted: {error}")
        return
    for name, seen in counts.items():
        findings.facts[f"salesforce rows of {name}"] = seen
        whole = estimates.get(name, 0)
        if whole and seen < whole * _LOW_SHARE:
            findings.warn(
                AREA,
                f"The user sees {seen:,} of about {whole:,} rows of {name}.",
                f"If more should be synced: {_PERMISSION_SET} > Object Settings > {name} > "
                "View All Records.",
            )
        else:
            findings.ok(AREA, f"{seen:,} rows of {name} are visible.")


def _rows_of(client: Salesforce, name: str) -> int:
    # A name that describe answered for is no injection.
    return client.count(f"SELECT COUNT() FROM {name}")  # noqa: S608 - SOQL, of a described object


def check_tasks(client: Salesforce, settings: Mapping[str, Any], findings: Findings) -> None:
    """May the user write Tasks, and which field keeps their key?"""
    try:
        describe = client.describe("Task")
    except SalesforceError as error:
        findings.problem(
            AREA,
            f"Tasks can't be seen: {error}",
            f"{_PERMISSION_SET} > Object Settings > Tasks > Read, Create, Edit.",
        )
        return
    fields = {field["name"]: field for field in describe["fields"]}
    for right, word in (("createable", "created"), ("updateable", "edited")):
        if not describe.get(right):
            findings.problem(
                AREA,
                f"Tasks can't be {word}.",
                f"{_PERMISSION_SET} > Object Settings > Tasks > Create, Edit; and System "
                "Permissions > Edit Tasks.",
            )
    locked = [
        name for name in _TASK_FIELDS if not (fields.get(name) or {}).get("createable", False)
    ]
    if locked:
        findings.problem(
            AREA,
            f"These fields of Task can't be written: {', '.join(locked)}.",
            f"{_PERMISSION_SET} > Object Settings > Tasks > Field Permissions > Edit Access.",
        )
    elif describe.get("createable") and describe.get("updateable"):
        findings.ok(AREA, "Tasks can be created and edited.")
    _check_key(fields, str(settings.get("activity_key_field") or "auto"), findings)


def _check_key(fields: Mapping[str, Mapping[str, Any]], wanted: str, findings: Findings) -> None:
    name = KEY_FIELD if wanted == "auto" else wanted
    found = fields.get(name)
    if found is None and wanted == "auto":
        findings.note(
            AREA,
            "Task key: CallObject, since this org has no External Id field for it.",
            f"Optional: create {KEY_FIELD} on Activity from docs/salesforce; two runs at the same "
            "time then can't create the same Task twice.",
        )
    elif found is None:
        findings.problem(AREA, f"activity_key_field: Task has no field {name}.", "Set it to auto.")
    elif not found.get("externalId") and name != "CallObject":
        findings.problem(
            AREA,
            f"Task key: {name} is no External Id.",
            f"Setup > Object Manager > Activity > Fields > {name} > Edit > External ID, Unique.",
        )
    elif not found.get("unique") and name != "CallObject":
        findings.warn(
            AREA,
            f"Task key: {name} is not unique.",
            f"Setup > Object Manager > Activity > Fields > {name} > Edit > Unique.",
        )
    else:
        findings.ok(AREA, f"Task key: {name}.")


def find_duplicates(client: Salesforce, settings: Mapping[str, Any], findings: Findings) -> None:
    """Find Tasks that carry the same key: two runs at the same time may have made them."""
    wanted = str(settings.get("activity_key_field") or "auto")
    try:
        names = {field["name"] for field in client.describe("Task")["fields"]}
        key = (KEY_FIELD if KEY_FIELD in names else "CallObject") if wanted == "auto" else wanted
        soql = (
            f"SELECT Id, {key} FROM Task WHERE {key} LIKE 'zgl:%' "  # noqa: S608 - described name
            "AND IsDeleted = false ORDER BY CreatedDate, Id"
        )
        tasks: dict[str, list[str]] = {}
        for row in client.rows(soql, include_deleted=True):
            tasks.setdefault(str(row[key]), []).append(str(row["Id"]))
    except SalesforceError as error:
        findings.problem(AREA, f"The Tasks can't be searched for duplicates: {error}")
        return
    for name, ids in tasks.items():
        if len(ids) > 1:
            findings.warn(
                AREA,
                f"{len(ids)} Tasks carry the key {name}; {ids[0]} is the oldest and is kept up to "
                "date.",
                f"Delete the others by hand: {', '.join(ids[1:])}.",
            )
    findings.ok(AREA, f"{len(tasks):,} keys of Tasks were looked at.")


def check_limits(client: Salesforce, settings: Mapping[str, Any], findings: Findings) -> None:
    """How many calls are left today, and how much storage?"""
    try:
        limits = client.limits()
    except SalesforceError:
        usage = client.usage
        if usage is None:
            findings.note(AREA, "Salesforce tells no API limit to this user.")
            return
        _check_calls(usage.used, usage.limit, settings, findings)
        findings.note(
            AREA,
            "The org's storage is unknown: the user may not read the limits.",
            f"Optional: {_PERMISSION_SET} > System Permissions > View Setup and Configuration.",
        )
        return
    daily = limits.get("DailyApiRequests") or {}
    if daily:
        used = int(daily["Max"]) - int(daily["Remaining"])
        _check_calls(used, int(daily["Max"]), settings, findings)
    storage = limits.get("DataStorageMB") or {}
    if storage:
        findings.facts["storage megabytes left"] = int(storage["Remaining"])


def _check_calls(used: int, limit: int, settings: Mapping[str, Any], findings: Findings) -> None:
    findings.facts["salesforce calls left"] = max(limit - used, 0)
    share = int(settings.get("quota_percent_total") or 80)
    told = f"{used:,} of {limit:,} API calls of the last 24 hours are used"
    if used * 100 > limit * share:
        findings.problem(
            AREA,
            f"{told}, beyond quota_percent_total ({share} %): runs stop until it falls.",
            "See who uses them: Setup > System Overview > API Usage.",
        )
    else:
        findings.ok(AREA, f"{told}; runs may go up to {share} %.")
