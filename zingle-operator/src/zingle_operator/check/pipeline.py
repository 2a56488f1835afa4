"""Check one pipeline from end to end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zingle_operator.check import mapping, salesforce, zingle
from zingle_operator.check.lengths import check_lengths
from zingle_operator.project.services import wanted_services
from zingle_sync.salesforce import SalesforceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_operator.check.findings import Findings
    from zingle_operator.project.project import Pipeline, Project
    from zingle_sync.salesforce import Salesforce

_OBJECTS = ("Contact", "Lead")
_STREAMS = {"Contact": "contacts", "Lead": "leads"}


def check_pipeline(
    project: Project, pipeline: Pipeline, findings: Findings, *, duplicates: bool = False
) -> None:
    """Look at both sides of a pipeline, then at its mapping.

    Args:
        project: Whose settings log in.
        pipeline: What to look at.
        findings: Where the findings go.
        duplicates: Whether Tasks are searched for keys that occur twice.
    """
    if pipeline.direction == "contacts":
        _check_contacts(project, pipeline, findings)
    else:
        _check_conversations(project, pipeline, findings, duplicates=duplicates)


def _check_contacts(project: Project, pipeline: Pipeline, findings: Findings) -> None:
    source, sink = project.settings(pipeline.tap), project.settings(pipeline.target)
    types: dict[str, dict[str, str]] = {}
    org = salesforce.log_in(source, findings, pipeline.tap)
    if org is not None:
        objects = tuple(source.get("objects") or _OBJECTS)
        salesforce.check_reading(org, objects, findings)
        salesforce.check_limits(org, source, findings)
        types = source_types(org, objects)
    texting = zingle.log_in(sink, findings, pipeline.target)
    if texting is not None:
        if not wanted_services(sink):
            findings.problem(
                zingle.AREA,
                f"{pipeline.target} names no service.",
                "Set service_id, or services for routing.",
            )
        else:
            services = zingle.check_services(texting, sink, findings, plugin=pipeline.target)
            for field in mapping.missing_fields(sink, services, types):
                findings.missing_fields.append(field)
            if org is not None:
                visible = {stream: name for name, stream in _STREAMS.items() if stream in types}
                check_lengths(org, sink, services, visible, findings)
        texting.close()
    if org is not None and texting is not None:
        mapping.check_mapping(project, pipeline, findings)
    _warn_about_creates(sink, findings)


def _check_conversations(
    project: Project, pipeline: Pipeline, findings: Findings, *, duplicates: bool
) -> None:
    source, sink = project.settings(pipeline.tap), project.settings(pipeline.target)
    texting = zingle.log_in(source, findings, pipeline.tap)
    if texting is not None:
        services = zingle.check_services(texting, source, findings, plugin=pipeline.tap)
        since = _epoch(source.get("start_date"))
        zingle.check_reading_messages(texting, tuple(services), since, findings)
        texting.close()
    org = salesforce.log_in(sink, findings, pipeline.target)
    if org is not None:
        salesforce.check_tasks(org, sink, findings)
        if duplicates:
            salesforce.find_duplicates(org, sink, findings)
        salesforce.check_limits(org, sink, findings)
    if texting is not None and org is not None:
        mapping.check_mapping(project, pipeline, findings)


def source_types(salesforce: Salesforce, objects: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Salesforce types by stream and field name; objects that can't be seen are left out."""
    types: dict[str, dict[str, str]] = {}
    for name in objects:
        try:
            fields = salesforce.describe(name)["fields"]
        except SalesforceError:
            continue
        stream = _STREAMS.get(name, name)
        types[stream] = {str(field["name"]): str(field["type"]) for field in fields}
    return types


def _warn_about_creates(settings: Mapping[str, Any], findings: Findings) -> None:
    limit = settings.get("max_creates_per_run")
    if limit == 0:
        findings.warn(
            zingle.AREA,
            "max_creates_per_run is 0: a run may create any number of contacts, and Zingle's "
            "automations may text each of them.",
            "Set it to a number that is usual for a day.",
        )


def _epoch(start_date: object) -> int | None:
    """Epoch seconds of a day's start in UTC."""
    try:
        return int(datetime.fromisoformat(str(start_date)[:10]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
