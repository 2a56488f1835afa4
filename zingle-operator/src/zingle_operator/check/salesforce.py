"""Can Salesforce be reached, with enough rights and enough calls left?"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.rules import DEFAULT_KEY_FIELD
from target_salesforce_activity.searches import KINDS, LINKED, person_fields
from target_salesforce_activity.settings import settings_from
from target_salesforce_activity.start import BOTH_WRITE, settler_for
from zingle_sync.salesforce import (
    ConfigurationError,
    LoginError,
    NotFoundError,
    QuotaError,
    Salesforce,
    SalesforceError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_salesforce_activity.rules import TaskRules
    from zingle_operator.check.findings import Findings

AREA = "Salesforce"
PERMISSION_SET = "Setup > Permission Sets > (the integration user's set)"
SHIPPED_SET = "the permission set that `zingle-sync check --fix` deploys grants it"
API_OFF = frozenset({"API_CURRENTLY_DISABLED", "API_DISABLED_FOR_ORG"})
SESSION_ENDED = "The session has ended: give a new access_token, or log in with client_id."
LOW_SHARE = 0.9

LEAST_PRIVILEGES = (
    "API Enabled",
    "Read on Contact and Lead (and on every object that a custom query names)",
    "View All on Contact and Lead, or sharing that shows the user everybody to be synced",
    "Read on every mapped field",
    "Read on all phones, Email and country, and of Leads on IsConverted and ConvertedContactId",
    "Read, Create and Edit on Task, with Edit on Subject, Description, Due Date, Status and Name",
    "Edit Tasks",
    "View Setup and Configuration (optional: lets the check read the org's limits)",
)


def advice(error: SalesforceError) -> str:
    """What to do about an error, by its class: the same wherever it is met."""
    match error:
        case _ if error.code in API_OFF:
            return (
                f"{PERMISSION_SET} > System Permissions > API Enabled. Professional Edition needs "
                "the API add-on; ask Salesforce for it."
            )
        case QuotaError():
            return (
                "Wait until calls of the last 24 hours fall away, or raise the limit; see who uses "
                "them: Setup > Company Information > API Requests, Last 24 Hours."
            )
        case LoginError() if error.code in {"INVALID_SESSION_ID", "Bad_OAuth_Token"}:
            return SESSION_ENDED
        case LoginError():
            return (
                "Compare client id, secret, user and domain with Setup > App Manager > "
                "(the connected app) > View; the log of attempts is in Setup > Login History."
            )
        case TransientError():
            return (
                "Try again when Salesforce is well; if it never answers, compare domain and "
                "login_url with the address that you log in at."
            )
        case _:
            return "Correct the plugin's settings."


def is_the_orgs(error: SalesforceError) -> bool:
    """Whether every plugin that asks this org meets the same cause."""
    return error.code in API_OFF or isinstance(error, QuotaError)


def stops_all(error: SalesforceError) -> bool:
    """Whether whatever is asked next would meet the same cause."""
    return is_the_orgs(error) or isinstance(error, (LoginError, TransientError))


def tell(error: SalesforceError, findings: Findings, plugin: str) -> None:
    """Note what stops everything else, and what to do about it."""
    findings.root(AREA, plugin, error, advice(error), shared=is_the_orgs(error))


def log_in(settings: Mapping[str, Any], findings: Findings, plugin: str) -> Salesforce | None:
    """Log in with a plugin's settings, or say why that is impossible."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", FutureWarning)
            client = Salesforce.from_settings(settings)
        for warning in caught:
            findings.warn(AREA, f"{plugin}: {warning.message}")
        findings.ok(AREA, f"{plugin} logs in to org {client.org_id} as user {client.user_id}.")
    except SalesforceError as error:
        problems = getattr(error, "problems", ())
        if len(problems) > 1:
            for problem in problems:
                findings.problem(AREA, f"{plugin}: {problem}", advice(error))
        else:
            # The answer to a dead session says nothing but its status.
            dead = settings.get("access_token") and error.status in {401, 403}
            todo = SESSION_ENDED if dead and error.code not in API_OFF else advice(error)
            findings.root(AREA, plugin, error, todo, shared=is_the_orgs(error))
        return None
    return client


def check_reading(client: Salesforce, objects: Sequence[str], findings: Findings) -> None:
    """May the user read the people, and does it see all of them?

    Raises:
        SalesforceError: For a cause that stops everything else.
    """
    visible: list[str] = []
    for name in objects:
        try:
            describe = client.describe(name)
        except NotFoundError as error:
            findings.problem(
                AREA,
                f"{name} can't be read: {error}",
                f"{PERMISSION_SET} > Object Settings > {name} > Read.",
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
        # Names that describe answered for are no injection.
        counts = {name: client.count(f"SELECT COUNT() FROM {name}") for name in objects}  # noqa: S608 - SOQL
    except SalesforceError as error:
        if stops_all(error):
            raise
        findings.note(AREA, f"The people could not be counted: {error}")
        return
    for name, seen in counts.items():
        findings.facts[f"salesforce rows of {name}"] = seen
        whole = estimates.get(name, 0)
        if seen < whole * LOW_SHARE:
            findings.warn(
                AREA,
                f"The user sees {seen:,} of about {whole:,} rows of {name}.",
                f"If more should be synced: {PERMISSION_SET} > Object Settings > {name} > "
                "View All Records.",
            )
        else:
            findings.ok(AREA, f"{seen:,} rows of {name} are visible.")


def check_tasks(
    client: Salesforce,
    settings: Mapping[str, Any],
    findings: Findings,
    *,
    learnt: Mapping[tuple[str, str], Any],
) -> TaskRules | None:
    """May the user write Tasks, and which field keeps their key? The target's own rules say so.

    Args:
        client: The org.
        settings: The target's settings, with their defaults.
        findings: Where the findings go.
        learnt: What runs have learnt, by org and name, and the next one does not ask.

    Raises:
        SalesforceError: For a cause that stops everything else.
    """
    where = f"{PERMISSION_SET} > Object Settings > Tasks > "
    try:
        describe = client.describe("Task")
    except NotFoundError as error:
        findings.problem(AREA, f"Tasks can't be seen: {error}", f"{where}Read, Create, Edit.")
        return None
    for right, word in (("createable", "created"), ("updateable", "edited")):
        if not describe.get(right):
            findings.problem(
                AREA,
                f"Tasks can't be {word}.",
                f"{where}Create, Edit; and System Permissions > Edit Tasks.",
            )
    told: list[str] = []  # the rules' own warnings are told with the key
    try:
        with ThreadPoolExecutor(1) as pool:
            settler = settler_for(
                client, settings_from(settings), pool, told.append, dry_run=True, learnt=learnt
            )
    except ConfigurationError as error:
        if stops_all(error):
            raise
        for problem in error.problems:
            grant = f"{where}Field Permissions > Read and Edit Access; or correct the settings."
            findings.problem(AREA, problem, grant)
        return None
    if describe.get("createable") and describe.get("updateable"):
        findings.ok(AREA, "Tasks can be created and edited.")
    if BOTH_WRITE in told:
        findings.problem(AREA, BOTH_WRITE, "`zingle-sync takeover SERVICE` plans the switch.")
    _tell_key(settler.rules.task, findings)
    return settler.rules.task


def check_people(client: Salesforce, settings: Mapping[str, Any], findings: Findings) -> bool:
    """May the user read and filter by all that the search for a guest's person needs?

    Raises:
        SalesforceError: For a cause that stops everything else.
    """
    grant = f"{PERMISSION_SET} > Object Settings > {{}}; {SHIPPED_SET}."
    whole = True
    for kind in KINDS:
        try:
            describe = client.describe(kind)
        except NotFoundError:
            wanted = settings["sync_to"] in {"both", f"{kind.lower()}s"}
            (findings.problem if wanted else findings.warn)(
                AREA,
                f"{kind} is not visible to this user: guests who are linked to one, or have the "
                "phone or e-mail of one, get no Task.",
                grant.format(f"{kind}s > Read"),
            )
            whole = False
            continue
        known = {str(field["name"]) for field in describe["fields"]}
        missing = dict.fromkeys(person_fields(kind, describe).missing)
        missing |= dict.fromkeys(name for name in LINKED[kind] if name not in known)
        if missing:
            findings.warn(
                AREA,
                f"{kind}: this user can't see or filter by {', '.join(missing)}; guests are "
                "searched, and merged or converted people followed, without.",
                grant.format(f"{kind}s > Field Permissions > Read Access"),
            )
            whole = False
        else:
            findings.ok(AREA, f"{kind} can be searched for guests.")
    return whole


def _tell_key(rules: TaskRules, findings: Findings) -> None:
    for warning in rules.warnings:
        edit = f"Setup > Object Manager > Activity > Fields > {rules.key_field} > Edit > Unique."
        findings.warn(AREA, warning, edit)
    if rules.upsert:
        findings.ok(AREA, f"Task key: {rules.key_field}.")
    elif not rules.warnings:
        findings.note(
            AREA,
            f"Task key: {rules.key_field}, which Salesforce does not keep unique.",
            f"Optional: `zingle-sync check --fix` deploys {DEFAULT_KEY_FIELD} on Activity; two "
            "runs at the same time then can't create the same Task twice.",
        )


def find_duplicates(client: Salesforce, rules: TaskRules, findings: Findings) -> None:
    """Find Tasks that carry the same key: two runs at the same time may have made them."""
    key = rules.key_field
    soql = (
        f"SELECT Id, {key} FROM Task WHERE {key} LIKE 'zgl:%' "  # noqa: S608 - described name
        "AND IsDeleted = false ORDER BY CreatedDate, Id"
    )
    tasks: dict[str, list[str]] = {}
    try:
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
    """How many calls are left today, and how much storage?

    Raises:
        SalesforceError: For a cause that stops everything else.
    """
    used, limit, limits = 0, 0, {}
    try:
        limits = client.limits()
    except SalesforceError as error:
        if stops_all(error):
            raise
        findings.note(
            AREA,
            "The org's storage is unknown: the user may not read the limits.",
            f"Optional: {PERMISSION_SET} > System Permissions > View Setup and Configuration.",
        )
        if client.usage:
            used, limit = client.usage.used, client.usage.limit
    if daily := limits.get("DailyApiRequests"):
        limit = int(daily["Max"])
        used = limit - int(daily["Remaining"])
    if storage := limits.get("DataStorageMB"):
        findings.facts["storage megabytes left"] = int(storage["Remaining"])
    if not limit:
        findings.note(AREA, "Salesforce tells no API limit to this user.")
        return
    findings.facts["salesforce calls left"] = max(limit - used, 0)
    share = settings["quota_percent_total"]
    told = f"{used:,} of {limit:,} API calls of the last 24 hours are used"
    if used * 100 > limit * share:
        findings.problem(
            AREA,
            f"{told}, beyond quota_percent_total ({share} %): runs stop until it falls.",
            "See who uses them: Setup > System Overview > API Usage.",
        )
    else:
        findings.ok(AREA, f"{told}; runs may go up to {share} %.")
