"""`zingle-sync preview`: what would the next run do?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zingle_operator import options
from zingle_operator.console import add_row, out, plain_table, print_json, print_table, say
from zingle_operator.errors import OperatorError
from zingle_operator.preview.shown import show_record
from zingle_operator.progress import watched
from zingle_operator.project.runs import (
    last_words,
    log_of,
    records_in,
    run_of,
    temporary_log,
)
from zingle_operator.services import names_in
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from zingle_operator.project.project import Pipeline, Project

SHOWN = ("would_create", "would_link", "would_update", "skipped", "rejected")
SAMPLED = ("stream", "source_key", "target_id", "matched_on", "reason")
COUNTS = ("outcomes", "matched_on", "reasons", "warnings", "api_calls")


def preview(  # noqa: PLR0913, PLR0917 - options are arguments to typer
    sync_log: options.SyncLogUrl = None,
    environment: options.Environment = None,
    config: options.ConfigFile = None,
    pipeline: options.OnlyPipeline = None,
    full: Annotated[
        bool, typer.Option("--full", help="From the beginning, as a first load would.")
    ] = False,
    samples: Annotated[int, typer.Option(min=0, help="Records shown of each kind.")] = 5,
    key: Annotated[
        str | None,
        typer.Option(
            help="Only this record, from end to end: its key in its stream, such as a Salesforce "
            "id, or service:contact:day of a conversation."
        ),
    ] = None,
    json: options.AsJson = False,
) -> None:
    """Run the real pipeline without writing, and tell what it would do.

    Nothing is written to Zingle, Salesforce, the state or the sync log.
    """
    project = options.need_project(config, environment, sync_log)
    if key := (key or "").strip():
        _look_at_one(project, options.chosen_pipelines(project, pipeline), key, as_json=json)
        return
    documents = [
        _preview(project, one, full=full, samples=samples)
        for one in options.chosen_pipelines(project, pipeline)
    ]
    if json:
        print_json(documents)
    else:
        for document in documents:
            _print(document)
    if any(document["status"] != "ok" for document in documents):
        raise typer.Exit(1)


def _look_at_one(
    project: Project, pipelines: Sequence[Pipeline], key: str, *, as_json: bool
) -> None:
    # The plugins take a second to import, which the other previews leave to their own processes.
    from zingle_operator.preview.one_record import look, pipelines_for  # noqa: PLC0415 - see above

    chosen = pipelines_for(key, pipelines)
    if not chosen:
        raise OperatorError(f"no pipeline of the project reads records like {key}")
    documents = []
    for one in chosen:
        with watched(f"looking at {key} in {one.name}"):
            documents.append(look(project, one, key))
    if as_json:
        print_json(documents)
        return
    for document in documents:
        show_record(document, names_in(log_of(project), project.environment))


def _preview(project: Project, pipeline: Pipeline, *, full: bool, samples: int) -> dict[str, Any]:
    with temporary_log(project) as (url, engine):
        with watched(f"preview of {pipeline.name}", lambda: records_in(engine)):
            dry = {pipeline.target: {"dry_run": True}}
            done = project.run(pipeline, dry, from_state=not full, sync_log=url)
        run = run_of(engine, pipeline.target, project.environment, done)
        rows = list(list_outcomes(engine, OutcomeFilter(runs=str(run["id"]))))
    failed = done.code != 0 and run["status"] == "ok"
    return {
        "pipeline": pipeline.name,
        "direction": pipeline.direction,
        "status": "failed" if failed else run["status"],
        "error": last_words(done) if failed else run["error"],
        **{name: run[name] for name in COUNTS},
        "stops_at_creates": _stops_at_creates(project, pipeline, run["outcomes"] or {}),
        "changed_fields": _changed_fields(rows),
        "samples": _samples(rows, samples),
    }


def _stops_at_creates(
    project: Project, pipeline: Pipeline, outcomes: Mapping[str, int]
) -> int | None:
    """The limit of new contacts that would stop a real run, None if none would."""
    creates = outcomes.get("would_create", 0)
    if pipeline.direction != "contacts" or not creates:
        return None
    from target_zingle.settings import CONFIG_SCHEMA  # noqa: PLC0415 - takes a second

    usual = CONFIG_SCHEMA["properties"]["max_creates_per_run"]["default"]
    limit = int(project.settings(pipeline.target).get("max_creates_per_run", usual))
    return limit if 0 < limit < creates else None


def _changed_fields(rows: Sequence[RowMapping]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        if row["outcome"] in {"would_update", "would_link"}:
            counts.update(row["changed_fields"] or ())
    return dict(counts.most_common())


def _samples(rows: Sequence[RowMapping], limit: int) -> dict[str, list[dict[str, Any]]]:
    samples: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        shown = samples.setdefault(row["outcome"], [])
        if row["outcome"] in SHOWN and len(shown) < limit:
            lists = {name: row[name] or [] for name in ("changed_fields", "warnings")}
            shown.append({**{name: row[name] for name in SAMPLED}, **lists})
    return {kind: shown for kind, shown in samples.items() if shown}


def _print(document: dict[str, Any]) -> None:
    console = out()
    console.print(f"{document['pipeline']}: nothing was written", style="bold", markup=False)
    if document["status"] != "ok":
        say(f"It would end early: {document['error']}")
    counts = plain_table("outcome", "records", "by")
    for kind, count in (document["outcomes"] or {}).items():
        why = {
            reason.partition("/")[2]: number
            for reason, number in (document["reasons"] or {}).items()
            if reason.startswith(f"{kind}/")
        }
        add_row(counts, kind, f"{count:,}", _listed(why))
    print_table(counts)
    for title in ("matched_on", "changed_fields", "warnings", "api_calls"):
        if document[title]:
            console.print(f"{title.replace('_', ' ')}: {_listed(document[title])}", markup=False)
    table = plain_table("outcome", "record", "target", "matched on", "fields, reason, warnings")
    for kind, rows in document["samples"].items():
        for row in rows:
            add_row(
                table,
                kind,
                row["source_key"],
                row["target_id"] or "",
                row["matched_on"] if row["matched_on"] != "none" else "",
                ", ".join(filter(None, [*row["changed_fields"], row["reason"], *row["warnings"]])),
            )
    if document["samples"]:
        console.print()
        print_table(table)
    if document["direction"] == "contacts" and (document["outcomes"] or {}).get("would_create"):
        say("Zingle's automations may text new contacts: try a test service first.")
    if document["stops_at_creates"]:
        say(
            f"A run would stop after {document['stops_at_creates']:,} new contacts: "
            "that is max_creates_per_run of target-zingle."
        )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in counts.items())
