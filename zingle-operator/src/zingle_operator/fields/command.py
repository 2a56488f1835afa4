"""`zingle-sync fields`: what can be mapped, and a mapping to start with."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from tap_salesforce_zingle.plan.objects import stream_of
from zingle_operator import options
from zingle_operator.console import add_row, out, plain_table, print_json, print_table, say
from zingle_operator.errors import OperatorError
from zingle_operator.fields.suggestions import (
    SalesforceField,
    legal_sources,
    mapping_of,
    salesforce_fields,
    suggest,
)
from zingle_operator.project.services import wanted_services
from zingle_operator.services import other_services
from zingle_sync.salesforce import Salesforce, SalesforceError
from zingle_sync.zingle import SeenService, Zingle, ZingleError, named, service_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zingle_operator.project.project import Pipeline, Project

LISTED = 6


def fields(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    sobject: Annotated[
        list[str] | None, typer.Option("--object", help="Only these Salesforce objects.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="The Zingle service to look at.")] = None,
    only_mapping: Annotated[
        bool, typer.Option("--mapping", help="Print the suggested mapping alone, as YAML.")
    ] = False,
    json: options.AsJson = False,
) -> None:
    """List Salesforce fields beside Zingle fields, and suggest a mapping as ready YAML."""
    project = options.need_project(config, environment, None)
    pipeline = _contacts(project)
    sources = _sources(project, pipeline, sobject)
    chosen, definitions = _definitions(project, pipeline, service)
    mapping: dict[str, Any] = {}
    for name, found in sources.items():
        mapping |= mapping_of(stream_of(name), list(suggest(definitions, found)))
    document = {"contact_mapping": mapping}
    if json:
        print_json(
            {
                "salesforce": {name: [asdict(one) for one in own] for name, own in sources.items()},
                "service": {"id": chosen.id, "name": chosen.name},
                "zingle": definitions,
                **document,
            }
        )
        return
    if not only_mapping:
        _print_sources(sources)
        say(f"Fields of service {named(chosen.id, {chosen.id: chosen.name})}:")
        _print_definitions(definitions, sources)
        say("A mapping to start with, for target-zingle's config in meltano.yml:")
    sys.stdout.write(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def _contacts(project: Project) -> Pipeline:
    for one in project.pipelines:
        if one.direction == "contacts" and one.own_tap:
            return one
    raise OperatorError("the project has no pipeline from Salesforce into Zingle")


def _sources(
    project: Project, pipeline: Pipeline, objects: list[str] | None
) -> dict[str, list[SalesforceField]]:
    settings = project.settings(pipeline.tap)
    try:
        salesforce = Salesforce.from_settings(settings)
        return {
            name: salesforce_fields(salesforce.describe(name))
            for name in objects or settings.get("objects") or ("Contact", "Lead")
        }
    except SalesforceError as error:
        raise OperatorError(f"Salesforce: {error}") from error


def _definitions(
    project: Project, pipeline: Pipeline, service: str | None
) -> tuple[SeenService, list[Mapping[str, Any]]]:
    settings = project.settings(pipeline.target)
    chosen = service or next(iter(wanted_services(settings)), None)
    if chosen is None:
        raise OperatorError("name a Zingle service with --service")
    try:
        zingle = Zingle.from_settings(settings)
    except ZingleError as error:
        raise OperatorError(f"Zingle: {error}") from error
    try:
        name = service_name(zingle.service(chosen))
        found: list[Mapping[str, Any]] = [*zingle.contact_fields(chosen)]
    except ZingleError as error:
        others = other_services(zingle, chosen, settings, error)
        raise OperatorError(f"Zingle: {error}" + (f". {others}" if others else "")) from error
    finally:
        zingle.close()
    found.sort(key=lambda one: str(one.get("display_name")))
    return SeenService(chosen, name or ""), found


def _print_sources(sources: Mapping[str, Sequence[SalesforceField]]) -> None:
    table = plain_table("object", "API name", "label", "type", "length")
    for name, found in sources.items():
        for one in found:
            add_row(table, name, one.name, one.label, one.type, str(one.length or ""))
    print_table(table)
    out().print()


def _print_definitions(
    definitions: Sequence[Mapping[str, Any]], sources: Mapping[str, Sequence[SalesforceField]]
) -> None:
    table = plain_table("Zingle field", "code", "type", "options", "may take")
    for one in definitions:
        legal = list(
            dict.fromkeys(
                source.name for found in sources.values() for source in legal_sources(one, found)
            )
        )
        more = f" and {len(legal) - LISTED} more" if len(legal) > LISTED else ""
        add_row(
            table,
            str(one.get("display_name") or ""),
            str(one.get("code") or ""),
            "single_select_options"
            if one.get("options")
            else str(one.get("data_type") or "unknown"),
            ", ".join(str(option.get("display_name")) for option in one.get("options") or ()),
            (", ".join(legal[:LISTED]) + more) or "nothing here",
        )
    print_table(table)
    out().print()
