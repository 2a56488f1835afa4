"""`zingle-sync replay`: send again what was rejected, through the same plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zingle_operator import options
from zingle_operator.console import add_row, out, plain_table, say
from zingle_operator.errors import OperatorError
from zingle_operator.progress import watched
from zingle_operator.project.runs import last_words
from zingle_operator.replay.messages import day_keys, replay_messages
from zingle_operator.status.command import log_of
from zingle_sync.outcomes.queries import (
    OutcomeFilter,
    kept_rejects,
    list_outcomes,
    newest_run,
    payloads_of,
)
from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine, RowMapping

    from zingle_operator.project.project import Finished, Pipeline, Project


def replay(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
    reason: Annotated[
        str | None,
        typer.Option(help="Only this reason. For conversations also one of skipping: unmatched."),
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="Only these records.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be sent.")
    ] = False,
) -> None:
    """Send rejected records again; what is settled then is erased from the log.

    Contacts are sent as they were kept. Conversations are read again from Zingle, day by day: the
    log keeps their keys alone.
    """
    if reason is not None and reason not in {*REJECT_REASONS, *SKIP_REASONS}:
        known = ", ".join(sorted({*REJECT_REASONS, *SKIP_REASONS}))
        raise typer.BadParameter(f"unknown reason; one of {known}")
    project = options.need_project(config, environment, sync_log)
    engine = log_of(project)
    if engine is None:
        say("No run has written a sync log yet: there is nothing to replay.")
        return
    failed = False
    for one in options.chosen_pipelines(project, pipeline):
        rows = _wanted(engine, project, one, reason, key)
        if not rows:
            say(f"{one.name}: nothing to replay.")
        elif dry_run:
            _list(one, rows)
        else:
            failed |= not _replay(engine, project, one, rows)
    if failed:
        raise typer.Exit(1)


def _wanted(
    engine: Engine, project: Project, pipeline: Pipeline, reason: str | None, keys: list[str] | None
) -> list[RowMapping]:
    """The records that are meant: rejected ones, and skipped days where a reason asks for them."""
    rows = kept_rejects(engine, pipeline.target, project.environment)
    if pipeline.direction == "conversations" and reason in SKIP_REASONS:
        skipped = OutcomeFilter(
            kinds=("skipped",),
            reason=reason,
            plugin=pipeline.target,
            environment=project.environment,
        )
        rows = [*rows, *list_outcomes(engine, skipped)]
    return [
        row
        for row in rows
        if (reason is None or row["reason"] == reason) and (not keys or row["source_key"] in keys)
    ]


def _replay(engine: Engine, project: Project, pipeline: Pipeline, rows: list[RowMapping]) -> bool:
    """Replay one pipeline's records; whether all of them are settled now."""
    before = newest_run(engine, pipeline.target, project.environment)
    with watched(f"sending {len(rows):,} records of {pipeline.name} again"):
        if pipeline.direction == "contacts":
            done = _send_again(engine, project, pipeline, rows)
        else:
            keys = day_keys(row["source_key"] for row in rows)
            done = project.run(pipeline, {pipeline.tap: {"only_keys": keys}})
    run = newest_run(engine, pipeline.target, project.environment)
    if run is None or (before is not None and run["id"] == before["id"]):
        raise OperatorError(f"{pipeline.name}: the replay did not start: {last_words(done)}")
    counts = ", ".join(f"{count:,} {kind}" for kind, count in (run["outcomes"] or {}).items())
    say(f"{pipeline.name}: {len(rows):,} sent again; {counts or 'nothing arrived'}.")
    if run["error"]:
        say(f"{pipeline.name}: {run['error']}")
    left = len(kept_rejects(engine, pipeline.target, project.environment))
    if left:
        say(
            f"{pipeline.name}: {left:,} still rejected; see `zingle-sync outcomes --kind rejected`."
        )
    return done.code == 0 and run["status"] == "ok" and not (run["outcomes"] or {}).get("rejected")


def _send_again(
    engine: Engine, project: Project, pipeline: Pipeline, rows: Sequence[RowMapping]
) -> Finished:
    schemas, told = project.schemas(pipeline)
    if told.code:
        raise OperatorError(f"{pipeline.tap} can't tell its schemas: {last_words(told)}")
    payloads = payloads_of(engine, [row["id"] for row in rows])
    messages, unknown = replay_messages(schemas, payloads)
    if unknown:
        say(f"{pipeline.tap} has no stream {', '.join(unknown)} any more; its records stay kept.")
    if not messages:
        raise OperatorError("none of the records has its stream in the tap any more")
    return project.feed(pipeline.target, messages, {})


def _list(pipeline: Pipeline, rows: Sequence[RowMapping]) -> None:
    table = plain_table("pipeline", "stream", "record", "reason")
    for row in rows:
        add_row(table, pipeline.name, row["stream"], row["source_key"], row["reason"])
    out().print(table)
