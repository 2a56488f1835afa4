"""The page itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from zingle_sync.outcomes.lookups import targets_and_taps
from zingle_sync.outcomes.queries import service_names
from zingle_sync.outcomes.words import WARNINGS
from zingle_sync.report.charts import stacked_bars
from zingle_sync.report.data import KINDS, ROWS_SHOWN, WARNED_LOOKED_AT, collect
from zingle_sync.report.links import record_url
from zingle_sync.status.facts import PipelineFacts
from zingle_sync.status.from_log import by_service, gather, judge
from zingle_sync.status.verdict import spoken, worst

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from zingle_sync.report.data import PipelineReport
    from zingle_sync.status.from_log import PipelineStanding

REJECT_THRESHOLD = 0.1


def known_pipelines(engine: Engine, environment: str) -> list[PipelineFacts]:
    """The pipelines that the log itself tells of: each target with the tap before it."""
    return [
        PipelineFacts(
            None,
            name=f"{tap} {target}".strip(),
            tap=tap,
            target=target,
            refresh_command=f"meltano run --full-refresh {tap} {target}",
        )
        for target, tap in targets_and_taps(engine, environment).items()
    ]


def report_page(
    engine: Engine,
    environment: str,
    known: Sequence[PipelineFacts],
    *,
    reject_threshold: float = REJECT_THRESHOLD,
    links: bool = True,
) -> str:
    """One self-contained HTML page about some pipelines.

    Args:
        engine: The sync log.
        environment: The Meltano environment, or "".
        known: Names, intervals and commands of the pipelines.
        reject_threshold: Share of rejected records, 0 to 1, above which somebody must look.
        links: Whether ids become links, where a run has told where to.

    Raises:
        SyncLogError: If the log can't be read.
    """
    now = datetime.now(UTC)
    standings = [
        judge(gather(engine, one, environment), now=now, reject_threshold=reject_threshold)
        for one in known
    ]
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            now=now,
            environment=environment,
            overall=worst(standing.status for standing in standings),
            services=by_service(standings),
            names=service_names(engine, environment),
            pipelines=[_shown(engine, one, environment, links=links) for one in standings],
            kinds=KINDS,
            rows_shown=ROWS_SHOWN,
            warned_looked_at=WARNED_LOOKED_AT,
            warning_words=WARNINGS,
            spoken=spoken,
        )
    )


def write_page(page: str, path: Path) -> None:
    """Put the page in its place as a whole: who reads meanwhile sees the former one.

    Raises:
        OSError: If it can't be written there.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(page, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@cache
def _templates() -> Templates:
    return Templates(
        loader=PackageLoader("zingle_sync.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(
    engine: Engine, standing: PipelineStanding, environment: str, *, links: bool
) -> dict[str, Any]:
    """One pipeline as the template wants it."""
    found: PipelineReport = collect(engine, standing.facts, environment)
    name = standing.facts.name
    return {
        "report": found,
        "status": standing.status,
        "url": partial(record_url, found.links if links else {}),
        "outcomes": stacked_bars(found.outcome_bars(), label=f"Outcomes of {name} by run"),
        "calls": {
            system: stacked_bars(bars, label=f"Calls to {system} of {name} by run")
            for system, bars in found.call_bars().items()
        },
    }
