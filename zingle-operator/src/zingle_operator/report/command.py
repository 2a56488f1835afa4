"""`zingle-sync report`: one page that answers most questions."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from zingle_operator import options
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.project.runs import log_of
from zingle_operator.report.charts import Part, share_bar, stacked_bars
from zingle_operator.report.data import KINDS, ROWS_SHOWN, RUNS_SHOWN, collect, record_url
from zingle_operator.services import names_in
from zingle_operator.status.command import standings_of
from zingle_operator.status.standing import by_service
from zingle_operator.status.verdict import worst
from zingle_sync.outcomes.queries import recent_runs
from zingle_sync.outcomes.words import WARNINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine, RowMapping

    from zingle_operator.project.project import Pipeline, Project


COMMON_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})


def report(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Where the page goes.", dir_okay=False)
    ] = Path("zingle-sync-report.html"),
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
    reject_threshold: Annotated[
        float, typer.Option(min=0, max=1, help="Share of rejected records that needs attention.")
    ] = 0.1,
    links: Annotated[
        bool, typer.Option(help="Link ids to Salesforce (reads the settings).")
    ] = True,
) -> None:
    """Write one self-contained HTML page: status, runs, reasons, conflicts, mapping, calls."""
    project = options.need_project(config, environment, sync_log)
    engine = log_of(project)
    if engine is None:
        raise OperatorError("no run has written a sync log yet, so there is nothing to report")
    standings = standings_of(project, pipeline, reject_threshold)
    chosen = options.chosen_pipelines(project, pipeline)
    page = (
        _templates()
        .get_template("report.html.j2")
        .render(
            now=datetime.now(UTC),
            environment=project.environment,
            overall=worst(standing.status for standing in standings),
            services=by_service(standings),
            names=names_in(engine, project.environment),
            pipelines=[
                _shown(engine, project, one, org_address(project, one) if links else None)
                for one in chosen
            ],
            kinds=KINDS,
            runs_shown=RUNS_SHOWN,
            rows_shown=ROWS_SHOWN,
            warning_words=WARNINGS,
        )
    )
    output.write_text(page, encoding="utf-8")
    say(f"{output} is written: {len(page) // 1024 + 1} kB, no network needed.")


def _templates() -> Templates:
    return Templates(
        loader=PackageLoader("zingle_operator.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(engine: Engine, project: Project, pipeline: Pipeline, org: str | None) -> dict[str, Any]:
    """One pipeline as the template wants it."""
    found = collect(engine, pipeline, project.environment)
    tap_runs = recent_runs(engine, pipeline.tap, project.environment, RUNS_SHOWN)
    calls = found.call_bars(tap_runs)
    return {
        "report": found,
        "url": partial(record_url, org),
        "outcomes": stacked_bars(found.outcome_bars(), label=f"Outcomes of {pipeline.name} by run"),
        "matched": share_bar(
            [Part(key, count) for key, count in found.matched_on.most_common()],
            label="Share of each key of matching",
        ),
        "calls": stacked_bars(calls, label=f"API calls of {pipeline.name} by run"),
        "systems": sorted({part.kind for bar in calls for part in bar.parts}),
        "quotas": _quotas([*tap_runs, *reversed(found.runs)]),
    }


def _quotas(runs: list[RowMapping]) -> dict[str, Mapping[str, int]]:
    """The newest quota that any of the runs told, by system."""
    quotas: dict[str, Mapping[str, int]] = {}
    for run in runs:
        for system, quota in (run["quota"] or {}).items():
            quotas.setdefault(system, quota)
    return quotas


def org_address(project: Project, pipeline: Pipeline) -> str | None:
    """The org's own address, where the settings name it; the common log-in hosts show no record."""
    for plugin in (pipeline.tap, pipeline.target):
        settings = project.settings(plugin)
        for name in ("instance_url", "login_url", "domain"):
            host = str(settings.get(name) or "").rstrip("/")
            if "." in host and host.split("://")[-1] not in COMMON_HOSTS:
                return host if "://" in host else f"https://{host}"
    return None
