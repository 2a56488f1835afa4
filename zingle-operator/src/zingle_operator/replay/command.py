"""`zingle-sync replay`: send again what was rejected, through the same plugins."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TYPE_CHECKING, Annotated, Any

import typer

from target_zingle.known.refusals import REFUSED
from zingle_operator import options
from zingle_operator.console import add_row, plain_table, print_json, print_table, say
from zingle_operator.errors import OperatorError
from zingle_operator.progress import watched
from zingle_operator.project.processes import private_file
from zingle_operator.project.runs import last_words, log_of
from zingle_operator.replay.selection import (
    PEOPLE_REASONS,
    UNLINKED,
    day_keys,
    passes_by_itself,
)
from zingle_sync.outcomes.erasure import forget_fact
from zingle_sync.outcomes.queries import (
    OutcomeFilter,
    is_waiting,
    kept_counts,
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

TRY_AGAIN_LATER = 75


class _NoneOfItsError(OperatorError):
    """A tap has none of the records' streams."""


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
    waiting: Annotated[
        bool,
        typer.Option(
            "--waiting",
            help="What may settle without anybody's doing: days whose person did not exist, people "
            "who waited for somebody else, and failures that pass.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be sent.")
    ] = False,
    json: options.AsJson = False,
) -> None:
    """Send rejected records again; what is settled then is erased from the log.

    Contacts are sent as they were kept. Conversations are read again from Zingle, day by day: the
    log keeps their keys alone. Of days without a person only those are read whose person
    Salesforce has now.
    """
    _check_reason(reason)
    project = options.need_project(config, environment, sync_log)
    engine = log_of(project)
    if engine is None:
        say("No run has written a sync log yet: there is nothing to replay.")
        if json:
            print_json([])
        return
    codes, told = {0}, []
    keys = {form for one in key or () for form in options.forms_of(one)}
    for one in options.chosen_pipelines(project, pipeline):
        rows = _wanted(engine, project, one, reason, waiting=waiting)
        rows = [row for row in rows if not keys or row["source_key"] in keys]
        if not dry_run:
            rows = _with_people(project, one, rows)
        if not rows:
            say(f"{one.name}: nothing to replay.")
        elif dry_run:
            told.append({"pipeline": one.name, "records": [_told(row) for row in rows]})
        elif replayed := _replay(engine, project, one, rows, may_fail_again=waiting):
            codes.add(replayed[0])
            told.append({"pipeline": one.name, **replayed[1]})
    if json:
        print_json(told)
    elif dry_run:
        _list(told)
    raise typer.Exit(max(codes))


def _check_reason(reason: str | None) -> None:
    known = sorted({*REJECT_REASONS, *SKIP_REASONS})
    if reason is not None and reason not in known:
        raise typer.BadParameter(f"unknown reason; one of {', '.join(known)}")


def _wanted(
    engine: Engine, project: Project, pipeline: Pipeline, reason: str | None, *, waiting: bool
) -> list[RowMapping]:
    """The records that are meant: rejected ones, and days without a person where asked for."""
    rows = [
        row
        for row in kept_rejects(engine, pipeline.target, project.environment)
        if (reason is None or row["reason"] == reason) and (not waiting or passes_by_itself(row))
    ]
    if pipeline.direction == "conversations":
        reasons = PEOPLE_REASONS if waiting else {reason or ""} & SKIP_REASONS.keys()
        every = OutcomeFilter(plugin=pipeline.target, environment=project.environment)
        filters = [changed(every, kinds=("skipped",), reason=one) for one in sorted(reasons)]
        if "unmatched" in reasons:
            filters.append(changed(every, warning=UNLINKED))
        for wanted in filters:
            rows += list_outcomes(engine, wanted)
    return rows


def _with_people(project: Project, pipeline: Pipeline, rows: list[RowMapping]) -> list[RowMapping]:
    """The days without those whose person Salesforce still does not have."""
    from zingle_operator.replay.people import days_with_people  # noqa: PLC0415 - takes a second

    lonely = {row["source_key"]: row for row in rows if _lacks_a_person(row)}
    if not lonely or pipeline.direction == "contacts" or not pipeline.own_tap:
        return rows
    tap, target = project.settings(pipeline.tap), project.settings(pipeline.target)
    days = day_keys(lonely)
    with watched(f"asking Salesforce for the people of {len(days):,} days"):
        there = set(days_with_people(tap, target, days))
    say(f"{pipeline.name}: {len(there):,} of {len(days):,} days have a person now.")
    return [
        row
        for row in rows
        if row["source_key"] not in lonely or not there.isdisjoint(day_keys([row["source_key"]]))
    ]


def _lacks_a_person(row: RowMapping) -> bool:
    # Rejected days have another trouble, whoever their person is.
    return "outcome" in row and (row["reason"] in PEOPLE_REASONS or row["reason"] is None)


def _replay(
    engine: Engine,
    project: Project,
    pipeline: Pipeline,
    rows: list[RowMapping],
    *,
    may_fail_again: bool,
) -> tuple[int, dict[str, Any]] | None:
    """Replay one pipeline's records; the exit code, and what is told to programs.

    Nothing where none of them came through its tap, but through another of the same target.
    """
    before = newest_run(engine, pipeline.target, project.environment)
    if not may_fail_again:
        # Somebody has acted: what Zingle refused is sent once more.
        forget_fact(engine, pipeline.target, project.environment, REFUSED)
    with watched(f"sending {len(rows):,} records of {pipeline.name} again"):
        try:
            done, sent = _run(engine, project, pipeline, rows)
        except _NoneOfItsError:
            if [*(one.target for one in project.pipelines)].count(pipeline.target) == 1:
                raise
            return None
    run = newest_run(engine, pipeline.target, project.environment)
    if run is None or (before is not None and run["id"] == before["id"]):
        raise OperatorError(f"{pipeline.name}: the replay did not start: {last_words(done)}")
    counts = run["outcomes"] or {}
    told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    say(f"{pipeline.name}: {sent:,} sent again; {told or 'nothing arrived'}.")
    if run["error"]:
        say(f"{pipeline.name}: {run['error']}")
    kept = kept_counts(engine, pipeline.target, project.environment)
    left = sum(row["count"] for row in kept if not is_waiting(row))
    if left:
        say(
            f"{pipeline.name}: {left:,} still rejected; see `zingle-sync outcomes --kind rejected`."
        )
    document = {
        "sent": sent,
        "status": run["status"],
        "error": run["error"],
        "outcomes": counts,
        "still_rejected": left,
    }
    if run["error_class"] == "AlreadyRunning":
        return TRY_AGAIN_LATER, document
    failed = done.code != 0 or run["status"] != "ok"
    code = int(failed or (counts.get("rejected", 0) > 0 and not may_fail_again))
    return code, document


def _run(
    engine: Engine, project: Project, pipeline: Pipeline, rows: Sequence[RowMapping]
) -> tuple[Finished, int]:
    """Carry the records through the plugins; how that ended, and how many they were."""
    if pipeline.direction == "contacts":
        return _send_again(engine, project, pipeline, rows)
    keys = day_keys(row["source_key"] for row in rows)
    # A variable of the environment ends at 128 kB.
    with private_file("\n".join(keys)) as path:
        asked = {pipeline.tap: {"only_keys_file": str(path)}}
        # The state knows in which time zones the days were cut.
        done = project.run(pipeline, asked, from_state=pipeline.own_tap)
    return done, len(rows)


def _send_again(
    engine: Engine, project: Project, pipeline: Pipeline, rows: Sequence[RowMapping]
) -> tuple[Finished, int]:
    from zingle_operator.replay.messages import replay_messages  # noqa: PLC0415 - loads the SDK

    schemas, told = project.schemas(pipeline)
    if told.code:
        raise OperatorError(f"{pipeline.tap} can't tell its schemas: {last_words(told)}")
    payloads = payloads_of(engine, [row["id"] for row in rows])
    messages, unknown = replay_messages(schemas, payloads, project.settings(pipeline.target))
    if unknown:
        say(f"{pipeline.tap} has no stream {', '.join(unknown)}; its records stay kept.")
    if not messages:
        raise _NoneOfItsError(f"none of the records has its stream in {pipeline.tap}")
    sent = sum(row["stream"] not in unknown for row in rows)
    return project.feed(pipeline.target, messages, {}), sent


def _told(row: RowMapping) -> dict[str, str]:
    """A record that would be sent."""
    names = ("stream", "service_id", "source_key")
    return {**{name: row[name] for name in names}, "reason": row["reason"] or UNLINKED}


def _list(documents: Sequence[dict[str, Any]]) -> None:
    table = plain_table("pipeline", "stream", "record", "reason")
    for document in documents:
        for row in document["records"]:
            record = (row["stream"], row["source_key"], row["reason"])
            add_row(table, document["pipeline"], *record)
    print_table(table)
