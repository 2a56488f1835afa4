"""`zingle-sync runs`: what ran, when, and how did it end?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zingle_operator import options
from zingle_operator.console import add_row, plain_table, print_json, print_table, say
from zingle_operator.project.runs import log_of
from zingle_sync.outcomes.queries import recent_runs
from zingle_sync.status.verdict import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

TOLD = (
    *("id", "plugin", "version", "environment", "started_at", "finished_at", "status", "full"),
    *("error", "error_class", "error_code", "outcomes", "reasons", "warnings", "api_calls"),
    "quota",
)


def runs(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 20,
    json: options.AsJson = False,
) -> None:
    """List the newest runs of taps and targets: when, how long, how they ended, what they cost."""
    project = options.need_project(config, environment, sync_log)
    engine = log_of(project)
    plugins = {
        name
        for one in options.chosen_pipelines(project, pipeline)
        for name in (one.tap, one.target)
    }
    rows = [
        row
        for plugin in sorted(plugins)
        for row in (recent_runs(engine, plugin, project.environment, limit) if engine else ())
    ]
    rows = sorted(rows, key=lambda row: row["id"], reverse=True)[:limit]
    if json:
        print_json([{name: row[name] for name in TOLD} for row in rows])
    elif rows:
        _print(rows)
    else:
        say("No run has written a sync log yet.")


def _print(rows: Sequence[RowMapping]) -> None:
    headings = ("run", "started (UTC)", "took", "plugin", "ended", "records", "calls", "error")
    table = plain_table(*headings)
    for row in rows:
        end = row["finished_at"]
        add_row(
            table,
            str(row["id"]),
            f"{row['started_at']:%Y-%m-%d %H:%M:%S}",
            spoken(end - row["started_at"]) if end else "",
            row["plugin"],
            row["status"],
            _listed(row["outcomes"]),
            _listed(row["api_calls"]),
            row["error"] or "",
        )
    print_table(table)


def _listed(counts: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in (counts or {}).items())
