"""Check one pipeline from end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.discovery import problems_of
from tap_salesforce_zingle.plan.objects import stream_of
from zingle_operator.check import salesforce, zingle
from zingle_operator.check.lengths import check_lengths, long_texts
from zingle_operator.check.mapping import AREA, check_mapping, hidden_defaults, missing_fields
from zingle_operator.check.settings import check_settings
from zingle_operator.check.vendor import check_vendor
from zingle_operator.fields.suggestions import SalesforceField, salesforce_fields
from zingle_operator.project.runs import log_of
from zingle_operator.project.services import wanted_services
from zingle_sync.outcomes.lookups import facts_of_plugin
from zingle_sync.salesforce import NotFoundError, SalesforceError
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.definitions import Definitions
    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Pipeline, Project
    from zingle_sync.salesforce import Salesforce

Sources = dict[str, dict[str, SalesforceField]]


def check_pipeline(
    project: Project, pipeline: Pipeline, findings: Findings, *, duplicates: bool = False
) -> None:
    """Look at the settings, at both sides, then at the mapping.

    Args:
        project: Whose settings log in.
        pipeline: What to look at.
        findings: Where the findings go.
        duplicates: Whether Tasks are searched for keys that occur twice.
    """
    before = findings.problems
    tap, target = check_settings(project, pipeline, findings)
    legal = findings.problems == before
    if pipeline.direction == "contacts":
        both = _check_contacts(pipeline, tap, target, findings)
    else:
        engine = log_of(project)
        facts = facts_of_plugin(engine, pipeline.target, project.environment) if engine else {}
        both = _check_conversations(
            pipeline,
            tap,
            target,
            findings,
            learnt=facts,
            duplicates=duplicates,
        )
    if legal and both:
        check_mapping(project, pipeline, findings)


def _check_contacts(
    pipeline: Pipeline, tap: Mapping[str, Any], target: Mapping[str, Any], findings: Findings
) -> bool:
    """Whether both sides can be asked, and the tap would start."""
    services = _check_writing(pipeline, target, findings)
    findings.pace.append((target["requests_per_second"], target["concurrency"]))
    if target["max_creates_per_run"] == 0:
        findings.warn(
            zingle.AREA,
            "max_creates_per_run is 0: a run may create any number of contacts, and Zingle's "
            "automations may text each of them.",
            "Set it to a number that is usual for a day.",
        )
    if not pipeline.own_tap:
        findings.note(AREA, f"{pipeline.tap} is a tap of others: what it reads is not looked at.")
        return services is not None
    org = salesforce.log_in(tap, findings, pipeline.tap)
    if org is None:
        return False
    try:
        salesforce.check_reading(org, tap["objects"], findings)
        salesforce.check_limits(org, tap, findings)
        problems = problems_of(tap, org)
        for problem in problems:
            tell = findings.warn if problem.is_warning else findings.problem
            tell(salesforce.AREA, f"{pipeline.tap}: {problem}", "Correct what it names.")
        sources = source_fields(org, tap["objects"])
        findings.missing_fields += missing_fields(pipeline.target, target, services or {}, sources)
        objects = {stream_of(sobject): sobject for sobject in tap["objects"]}
        for stream, names in hidden_defaults(target, sources).items():
            findings.warn(
                salesforce.AREA,
                f"{objects[stream]}: this user can't see {', '.join(names)}, which are mapped by "
                "default; people are synced without.",
                f"{salesforce.PERMISSION_SET} > Object Settings > {objects[stream]}s > Field "
                "Permissions > Read Access; or map other fields.",
            )
        for stream, fields in long_texts(target, services or (), sources).items():
            check_lengths(org, objects[stream], fields, findings)
    except SalesforceError as error:
        salesforce.tell(error, findings, pipeline.tap)
        return False
    return services is not None and all(problem.is_warning for problem in problems)


def _check_writing(
    pipeline: Pipeline, target: Mapping[str, Any], findings: Findings
) -> dict[str, Definitions] | None:
    """What the services define that are written to; None without a log-in."""
    api = zingle.log_in(target, findings, pipeline.target)
    if api is None:
        return None
    services: dict[str, Definitions] = {}
    if wanted_services(target):
        services = zingle.check_services(api, target, findings, plugin=pipeline.target)
    for service_id, service in services.items():
        check_vendor(
            api,
            service_id,
            findings,
            shown=zingle.shown(service),
            allowed=target["allow_vendor_connector"],
        )
    api.close()
    return services


def _check_conversations(  # noqa: PLR0913 - the parts of a check
    pipeline: Pipeline,
    tap: Mapping[str, Any],
    target: Mapping[str, Any],
    findings: Findings,
    *,
    learnt: Mapping[tuple[str, str], Any],
    duplicates: bool,
) -> bool:
    """Whether both sides can be asked, and Tasks can be written."""
    api = zingle.log_in(tap, findings, pipeline.tap) if pipeline.own_tap else None
    if api is not None:
        services = zingle.check_services(api, tap, findings, plugin=pipeline.tap)
        since = int(moment_of(tap["start_date"]).timestamp()) if tap.get("start_date") else None
        zingle.check_reading_messages(api, tuple(services), since, findings)
        api.close()
    org = salesforce.log_in(target, findings, pipeline.target)
    if org is None:
        return False
    try:
        rules = salesforce.check_tasks(org, target, findings, learnt=learnt)
        whole = salesforce.check_people(org, target, findings)
        if not (whole and rules and rules.upsert):
            findings.undeployed.append(pipeline.target)
        if duplicates and rules:
            salesforce.find_duplicates(org, rules, findings)
        salesforce.check_limits(org, target, findings)
    except SalesforceError as error:
        salesforce.tell(error, findings, pipeline.target)
        return False
    return (api is not None or not pipeline.own_tap) and rules is not None


def source_fields(org: Salesforce, objects: tuple[str, ...]) -> Sources:
    """Salesforce fields by stream and name; objects that can't be seen are left out."""
    found: Sources = {}
    for sobject in objects:
        try:
            fields = salesforce_fields(org.describe(sobject))
        except NotFoundError:
            continue
        found[stream_of(sobject)] = {field.name: field for field in fields}
    return found
