"""Run a pipeline for a command, with a sync log of its own."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from zingle_operator.errors import OperatorError
from zingle_sync.outcomes import tables
from zingle_sync.outcomes.database import NoSyncLogYetError, SyncLogError, connect
from zingle_sync.outcomes.queries import count_outcomes, learnt, newest_run, open_log
from zingle_sync.status.facts import PipelineFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine, RowMapping

    from zingle_operator.project.project import Finished, Pipeline, Project

# What Meltano and the plugins put before a line: time, level and who says it.
_LOG_PREFIX = re.compile(
    r"^(?:\d{4}-\d\d-\d\dT\S+ \[\w+ *\] \S+ +|\d{4}-\d\d-\d\d [\d:,.]+ \| *\w+ *\| *\S+ *\| *)*"
)


@contextmanager
def temporary_log(project: Project | None = None) -> Iterator[tuple[str, Engine]]:
    """A sync log that is gone afterwards; it knows what runs of a project have learnt."""
    with tempfile.TemporaryDirectory(prefix="zingle-sync-") as folder:
        url = f"sqlite:///{Path(folder) / 'log.db'}"
        engine = connect(url)
        known = log_of(project) if project else None
        facts = [dict(row) for row in learnt(known)] if known else []
        if facts:
            with engine.begin() as connection:
                connection.execute(insert(tables.facts), facts)
        yield url, engine
        engine.dispose()


def log_of(project: Project) -> Engine | None:
    """The project's sync log, or None where no run has written one."""
    try:
        return open_log(project.sync_log_url)
    except NoSyncLogYetError:
        return None


def facts_of(project: Project, pipeline: Pipeline) -> PipelineFacts:
    """What the project itself knows of a pipeline."""
    return PipelineFacts(
        pipeline.expected_interval,
        name=pipeline.name,
        tap=pipeline.tap,
        target=pipeline.target,
        refresh_command=project.run_command(pipeline, "--full-refresh"),
    )


def records_in(engine: Engine) -> int:
    """How many outcomes a log holds by now; 0 while it can't be read."""
    try:
        return count_outcomes(engine)
    except SyncLogError:
        return 0


def run_of(engine: Engine, target: str, environment: str, done: Finished) -> RowMapping:
    """The row of the run that has just ended.

    Raises:
        OperatorError: With what the programs said, if the target never began.
    """
    run = newest_run(engine, target, environment)
    if run is None or run["status"] == "running":
        raise OperatorError(f"{target} did not run to its end: {last_words(done)}")
    return run


def last_words(done: Finished) -> str:
    """The most telling line that a program wrote, without what a logger puts before it."""
    lines = [line.strip() for line in done.log.splitlines() if line.strip()]
    telling = [line for line in lines if "ERROR" in line or "[error" in line] or [
        line for line in lines if re.search(r"error|exception|fail", line, re.IGNORECASE)
    ]
    return _LOG_PREFIX.sub("", (telling or lines or [f"exit code {done.code}"])[-1])
