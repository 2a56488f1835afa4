"""`zingle-sync takeover`: from the vendor's connector to this one, as a plan."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from zingle_operator import options
from zingle_operator.console import plain, say
from zingle_operator.errors import OperatorError
from zingle_operator.progress import watched
from zingle_operator.project.services import wanted_services
from zingle_operator.services import other_services
from zingle_sync.salesforce import Salesforce, SalesforceError
from zingle_sync.zingle import Zingle, ZingleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_zingle.wanted.definitions import Definitions
    from zingle_operator.fields.suggestions import SalesforceField
    from zingle_operator.project.project import Pipeline, Project
    from zingle_operator.takeover.carried import Carried
    from zingle_operator.takeover.connector import Objects
    from zingle_operator.takeover.people import People
    from zingle_operator.takeover.plan import Plan
    from zingle_operator.takeover.tasks import Activities


# What the terminal shows of a long list; the file has all of it.
LISTED = 10


def takeover(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    service: Annotated[str, typer.Argument(help="Id of the Zingle service, 36 characters.")],
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Where the plan goes.", dir_okay=False)
    ] = Path("takeover.md"),
    integration: Annotated[
        str | None,
        typer.Option(help="Code of the vendor's integration, where it does not say Salesforce."),
    ] = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
) -> None:
    """Plan the switch from the vendor's Salesforce connector; nothing is changed.

    Reads what theirs is set to, what it wrote, and what ours would do, and writes the plan to the
    terminal and to takeover.md. Exit code 0: the plan is whole. 1: a part could not be looked at.
    """
    # The plugins take a second to import, which no other command needs.
    from zingle_operator.takeover.plan import page_of  # noqa: PLC0415 - see above

    project = options.need_project(config, environment, None)
    pipelines = options.chosen_pipelines(project, pipeline)
    planner = _Planner(project, _into(project, pipelines, service), service)
    client = planner.log_in()
    try:
        plan = planner.plan(client, integration, _back(project, pipelines))
    except ZingleError as error:
        raise OperatorError(f"Zingle: {error}") from error
    finally:
        client.close()
    # First to the terminal: what took minutes to find is not lost where no file can be written.
    sys.stdout.write(plain(page_of(plan, most=LISTED)))
    try:
        output.write_text(page_of(plan), encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{output} can't be written: {error.strerror}") from error
    say(f"The plan is in {output}; nothing was changed.")
    for problem in (plan.about_people, plan.about_activities):
        if problem:
            say(problem)
    raise typer.Exit(0 if plan.complete else 1)


def _into(project: Project, pipelines: tuple[Pipeline, ...], service_id: str) -> Pipeline:
    """The pipeline that writes contacts: the one that names the service, else the first."""
    found = [one for one in pipelines if one.direction == "contacts" and one.own_tap]
    if not found:
        raise OperatorError("the project has no pipeline from Salesforce into Zingle to plan with")
    named = (one for one in found if service_id in wanted_services(project.settings(one.target)))
    return next(named, found[0])


def _back(project: Project, pipelines: tuple[Pipeline, ...]) -> Pipeline | None:
    chosen = (*pipelines, *project.pipelines)
    return next((one for one in chosen if one.direction == "conversations"), None)


@dataclass(frozen=True, slots=True)
class _Planner:
    """Looks at both services with a project's log-ins."""

    project: Project
    pipeline: Pipeline
    service_id: str

    def log_in(self) -> Zingle:
        """A client of the log-in that writes contacts."""
        try:
            return Zingle.from_settings(self._target)
        except ZingleError as error:
            raise OperatorError(f"Zingle: {error}") from error

    @property
    def _target(self) -> dict[str, Any]:
        return self.project.settings(self.pipeline.target)

    def plan(self, client: Zingle, code: str | None, back: Pipeline | None) -> Plan:
        """Look at everything, in the order of the page."""
        from zingle_operator.takeover import gather  # noqa: PLC0415 - as above
        from zingle_operator.takeover.carried import carry_over  # noqa: PLC0415 - as above
        from zingle_operator.takeover.connector import (  # noqa: PLC0415 - as above
            objects_of,
            queries_of,
        )
        from zingle_operator.takeover.plan import Commands, Plan  # noqa: PLC0415 - as above

        with watched("looking at the vendor's connector"):
            definitions = self._definitions(client)
            connector, about = gather.read_connector(client, self.service_id, code)
            salesforce = self._salesforce(self.pipeline.tap)
            tap = self.project.settings(self.pipeline.tap)
            objects = objects_of(connector, tap.get("objects") or ())
            sources = self._sources(salesforce, objects)
            carried = carry_over((connector and connector.mapping) or (), sources, definitions)
        people, about_people, calls = self._people(client, definitions, objects, carried)
        now = client.server_now or datetime.now(UTC)
        activities, about_activities, more = self._activities(
            back, definitions, now, connected=connector is not None and connector.is_connected
        )
        return Plan(
            service_id=self.service_id,
            service_name=definitions.name,
            zone=definitions.zone or ZoneInfo("UTC"),
            now=now,
            connector=connector,
            about_connector=about,
            objects=objects,
            queries=queries_of(connector),
            carried=carried,
            mapped=bool(carried.contact_mapping) and not carried.problems,
            commands=Commands(
                self.project.run_command(self.pipeline),
                self.project.run_command(back) if back else None,
                "zingle-sync",
            ),
            people=people,
            about_people=about_people,
            activities=activities,
            about_activities=about_activities,
            calls={
                "zingle": calls.get("zingle", 0) + client.calls,
                "salesforce": calls.get("salesforce", 0) + salesforce.calls + more,
            },
        )

    def _definitions(self, client: Zingle) -> Definitions:
        from target_zingle.wanted.definitions import definitions_of  # noqa: PLC0415 - as above

        try:
            service = client.service(self.service_id)
            return definitions_of(service, client.contact_fields(self.service_id))
        except ZingleError as error:
            others = other_services(client, self.service_id, self._target, error)
            raise OperatorError(f"Zingle: {error}" + (f". {others}" if others else "")) from error

    def _salesforce(self, plugin: str) -> Salesforce:
        try:
            return Salesforce.from_settings(self.project.settings(plugin))
        except SalesforceError as error:
            raise OperatorError(f"Salesforce: {plugin}: {error}") from error

    def _sources(
        self, salesforce: Salesforce, objects: Objects
    ) -> Mapping[str, Mapping[str, SalesforceField]]:
        from zingle_operator.takeover.gather import read_sources  # noqa: PLC0415 - as above

        try:
            return read_sources(salesforce, objects.names)
        except SalesforceError as error:
            raise OperatorError(f"Salesforce: {error}") from error

    def _people(
        self, client: Zingle, definitions: Definitions, objects: Objects, carried: Carried
    ) -> tuple[People | None, str, Mapping[str, int]]:
        """Contacts and people laid beside each other, or why not; and what the dry run cost."""
        from zingle_operator.takeover.gather import (  # noqa: PLC0415 - as above
            match_everybody,
            read_contacts,
        )
        from zingle_operator.takeover.people import laid_beside  # noqa: PLC0415 - as above

        usable = carried.contact_mapping if not carried.problems else {}
        settings = self._target
        names = {pair.field for pair in carried.pairs if pair.place.startswith("fields[")}
        fields = [one for one in definitions.fields if one.get("display_name") in names]
        keeper = None
        if settings.get("external_id_storage") == "custom_field":
            keeper = definitions.field(str(settings.get("external_id_field")))
        with watched("matching everybody by our rules"):
            matched = match_everybody(
                self.project,
                self.pipeline,
                self.service_id,
                usable or None,
                objects.names if objects.told else None,
            )
        if matched.problem:
            told = f"The dry run of {self.pipeline.name} ended early: {matched.problem}"
            return None, told, matched.calls
        with watched("reading the contacts"):
            contacts = read_contacts(
                client,
                self.service_id,
                [str(one["id"]) for one in fields],
                str(keeper["id"]) if keeper else None,
            )
        return laid_beside(contacts, matched.rows, fields), "", matched.calls

    def _activities(
        self, back: Pipeline | None, definitions: Definitions, now: datetime, *, connected: bool
    ) -> tuple[Activities | None, str, int]:
        """What the vendor has logged, or why that is not known; and the calls that it cost."""
        from zingle_operator.takeover.gather import read_tasks  # noqa: PLC0415 - as above
        from zingle_operator.takeover.tasks import logged  # noqa: PLC0415 - as above

        with watched("reading the vendor's Activities"):
            try:
                # Whoever writes Tasks sees them; who only reads people may not.
                plugin = back.target if back else self.pipeline.tap
                salesforce = Salesforce.from_settings(self.project.settings(plugin))
                rows, keys = read_tasks(salesforce)
            except SalesforceError as error:
                return None, f"The Tasks can't be read: {error}", 0
        zone = definitions.zone or ZoneInfo("UTC")
        today = now.astimezone(zone).date()
        found = logged(rows, keys, zone=zone, today=today, connected=connected)
        return found, "", salesforce.calls
