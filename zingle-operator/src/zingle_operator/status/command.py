"""`zingle-sync status`: is everything well?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from zingle_operator import options
from zingle_operator.console import add_row, out, plain_table, print_json, print_table
from zingle_operator.project.runs import facts_of, log_of
from zingle_operator.services import names_in
from zingle_operator.status.alerts import notify
from zingle_operator.status.metrics import write_metrics
from zingle_sync.status.facts import Status, Word
from zingle_sync.status.from_log import PipelineStanding, by_service, gather, judge
from zingle_sync.status.verdict import as_json, worst
from zingle_sync.zingle import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zingle_operator.project.project import Project

EXIT_CODES: Mapping[Word, int] = {"Connected": 0, "Needs Attention": 1, "Never run": 3}
_STYLES: Mapping[Word, str] = {
    "Connected": "bold green",
    "Needs Attention": "bold red",
    "Never run": "bold yellow",
}


def status(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
    reject_threshold: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of rejected records that needs attention."),
    ] = 0.1,
    notify_urls: Annotated[
        list[str] | None,
        typer.Option(
            "--notify",
            metavar="URL",
            envvar="ZINGLE_SYNC_NOTIFY",
            help="Tell this address of apprise (mail, chat, pager) when a status has changed since "
            "the last alert, and when it is well again. May be given more than once.",
        ),
    ] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option(help="Write gauges for Prometheus to this file.", dir_okay=False),
    ] = None,
    json: options.AsJson = False,
) -> None:
    """Tell how each service stands: Connected, Needs Attention or Never run.

    Exit codes for monitors: 0 Connected, 1 Needs Attention, 3 Never run.
    """
    project = options.need_project(config, environment, sync_log)
    standings = standings_of(project, pipeline, reject_threshold)
    names = names_in(log_of(project), project.environment)
    overall = worst(standing.status for standing in standings)
    if json:
        print_json(_document(project, overall, standings, names))
    else:
        _print(overall, standings, names)
    if prometheus:
        write_metrics(prometheus, standings, names)
    if notify_urls:
        notify(project, standings, names, notify_urls)
    raise typer.Exit(EXIT_CODES[overall.word])


def standings_of(
    project: Project, pipeline: str | None, reject_threshold: float
) -> list[PipelineStanding]:
    """How the project's pipelines stand now."""
    engine = log_of(project)
    now = datetime.now(UTC)
    return [
        judge(
            gather(engine, facts_of(project, one), project.environment),
            now=now,
            reject_threshold=reject_threshold,
        )
        for one in options.chosen_pipelines(project, pipeline)
    ]


def _document(
    project: Project,
    overall: Status,
    standings: Sequence[PipelineStanding],
    names: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "environment": project.environment,
        **as_json(overall),
        "services": [
            {
                "service_id": service_id,
                "name": names.get(service_id),
                **as_json(worst(statuses.values())),
                "pipelines": {name: as_json(one) for name, one in statuses.items()},
            }
            for service_id, statuses in by_service(standings).items()
        ],
        "pipelines": [
            {
                "name": standing.facts.name,
                "tap": standing.facts.tap,
                "target": standing.facts.target,
                **as_json(standing.status),
            }
            for standing in standings
        ],
    }


def _print(
    overall: Status, standings: Sequence[PipelineStanding], names: Mapping[str, str]
) -> None:
    out().print(overall.word, style=_STYLES[overall.word])
    table = plain_table("service", "pipeline", "status", "since (UTC)", "reason", "what to do")
    for service_id, statuses in by_service(standings).items():
        for name, one in statuses.items():
            add_row(
                table,
                named(service_id, names) or "(all)",
                name,
                Text(one.word, _STYLES[one.word]),
                f"{one.since:%Y-%m-%d %H:%M}" if one.since else "",
                one.reason,
                one.todo,
            )
    print_table(table)
