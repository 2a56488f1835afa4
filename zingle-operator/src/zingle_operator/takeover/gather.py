"""Ask both services what a plan needs; nothing is written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.rules import DEFAULT_KEY_FIELD, FALLBACK_KEY_FIELD
from target_zingle.known.contact import read_contact
from zingle_operator.fields.suggestions import SalesforceField, salesforce_fields
from zingle_operator.project.runs import last_words, run_of, temporary_log
from zingle_operator.takeover.connector import chosen
from zingle_operator.takeover.people import Held, held
from zingle_operator.takeover.tasks import query_of
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, newest_run
from zingle_sync.salesforce import NotFoundError, Salesforce
from zingle_sync.zingle import (
    ConfigurationError,
    Integration,
    TransientError,
    Zingle,
    ZingleError,
    integration_of,
    integrations_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zingle_operator.project.project import Pipeline, Project

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Matched:
    """What our matching says of everybody: outcomes of a dry run, and how it ended."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    problem: str = ""
    calls: Mapping[str, int] = field(default_factory=dict)


def read_connector(
    client: Zingle, service_id: str, code: str | None
) -> tuple[Integration | None, str]:
    """The vendor's connector, and why not all of it is known in a sentence.

    Raises:
        TransientError: Zingle can't be asked just now.
    """
    try:
        found = integrations_of(client, service_id)
    except TransientError:
        raise
    except ZingleError as error:
        return None, _unseen("What the service is connected to", error)
    one = chosen(found, code)
    if one is None:
        known = ", ".join(f"`{other.code}` ({other.status})" for other in found) or "none at all"
        if code is not None:
            return None, f"The service has no integration of code `{code}`; it has {known}."
        return None, (
            "The service has no integration whose code or name says Salesforce; it has "
            f"{known}. Name another one with --integration."
        )
    try:
        whole = integration_of(client, service_id, one.code)
    except TransientError:
        raise
    except ZingleError as error:
        return one, _unseen("The settings of the connector", error)
    return whole, _about_mapping(whole)


def _unseen(what: str, error: ZingleError) -> str:
    if error.status == _NOT_FOUND:
        return f"{what} can't be read: this instance does not show it (HTTP 404)."
    if isinstance(error, ConfigurationError):
        return (
            f"{what} can't be read: this log-in may not see it (HTTP {error.status}); an "
            "administrator's may."
        )
    return f"{what} can't be read: {error}."


def _about_mapping(integration: Integration) -> str:
    told = []
    if integration.mapping is None:
        told.append("It shows no field mapping.")
    elif not integration.mapping and not integration.unread:
        told.append("Its field mapping is empty.")
    if integration.unread:
        many = integration.unread
        told.append(
            f"{many} entr{'y' if many == 1 else 'ies'} of its field mapping came in a shape that "
            "is not known: compare with Zingle > Settings > Integrations."
        )
    return " ".join(told)


def read_sources(
    salesforce: Salesforce, objects: Iterable[str]
) -> dict[str, dict[str, SalesforceField]]:
    """Salesforce fields by object and name; objects that can't be seen are left out."""
    found: dict[str, dict[str, SalesforceField]] = {}
    for sobject in objects:
        try:
            fields = salesforce_fields(salesforce.describe(sobject))
        except NotFoundError:
            continue
        found[sobject] = {one.name: one for one in fields}
    return found


def read_contacts(
    client: Zingle, service_id: str, watched: Sequence[str], external_id_field: str | None
) -> list[Held]:
    """Every contact of the service, cut down to what the plan needs.

    Args:
        client: The API.
        service_id: The service.
        watched: Ids of the mapped contact fields.
        external_id_field: Id of the contact field that holds external ids, if one does.
    """
    return [
        held(read_contact(row, external_id_field=external_id_field), watched)
        for row in client.contacts(service_id)
    ]


def match_everybody(
    project: Project,
    pipeline: Pipeline,
    service_id: str,
    contact_mapping: Mapping[str, Any] | None,
    objects: Sequence[str] | None,
) -> Matched:
    """Run the real pipeline dry over everybody, into one service.

    Args:
        project: Whose pipeline it is.
        pipeline: The one into Zingle.
        service_id: The service.
        contact_mapping: Instead of the configured one, None for that one.
        objects: Instead of the configured ones, None for those.
    """
    target: dict[str, Any] = {"dry_run": True, "service_id": service_id, "services": []}
    if contact_mapping is not None:
        target["contact_mapping"] = contact_mapping
    overrides = {pipeline.target: target}
    if objects is not None:
        overrides[pipeline.tap] = {"objects": list(objects)}
    with temporary_log() as (url, engine):
        done = project.run(pipeline, overrides, sync_log=url)
        run = run_of(engine, pipeline.target, project.environment, done)
        rows = [dict(row) for row in list_outcomes(engine, OutcomeFilter(runs=str(run["id"])))]
        read = newest_run(engine, pipeline.tap, project.environment)
    # Somebody who was left out may get a better outcome later in the run.
    latest = {(row["stream"], row["source_key"]): row for row in rows}
    problem = ""
    if run["status"] != "ok" or done.code != os.EX_OK:
        problem = str(run["error"] or last_words(done))
    calls = {**((read and read["api_calls"]) or {}), **(run["api_calls"] or {})}
    return Matched(list(latest.values()), problem, calls)


def read_tasks(salesforce: Salesforce) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Every Task of the vendor's title, and the fields that may hold a key of ours.

    Raises:
        SalesforceError: Tasks can't be read.
    """
    known = {str(one["name"]) for one in salesforce.describe("Task")["fields"]}
    keys = tuple(name for name in (DEFAULT_KEY_FIELD, FALLBACK_KEY_FIELD) if name in known)
    return list(salesforce.rows(query_of(keys), include_deleted=True)), keys
