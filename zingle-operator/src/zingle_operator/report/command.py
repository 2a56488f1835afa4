"""`zingle-sync report`: one page that answers most questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zingle_operator import options
from zingle_operator.console import say
from zingle_operator.errors import OperatorError
from zingle_operator.project.runs import facts_of, log_of
from zingle_sync.report.page import REJECT_THRESHOLD, report_page, write_page


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
    ] = REJECT_THRESHOLD,
    links: Annotated[
        bool, typer.Option(help="Link ids to Salesforce and Zingle, where a run has told where to.")
    ] = True,
) -> None:
    """Write one self-contained HTML page: status, runs, reasons, conflicts, mapping, calls."""
    project = options.need_project(config, environment, sync_log)
    engine = log_of(project)
    if engine is None:
        raise OperatorError("no run has written a sync log yet, so there is nothing to report")
    chosen = options.chosen_pipelines(project, pipeline)
    page = report_page(
        engine,
        project.environment,
        [facts_of(project, one) for one in chosen],
        reject_threshold=reject_threshold,
        links=links,
    )
    try:
        write_page(page, output)
    except OSError as error:
        raise OperatorError(f"{output} can't be written: {error.strerror}") from error
    say(f"{output} is written: {len(page) // 1024 + 1} kB, no network needed.")
