"""Read the sync log: what the operator's commands ask."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Text, cast, exists, func, inspect, or_, select
from sqlalchemy.exc import SQLAlchemyError

from zingle_sync.files import path_of
from zingle_sync.outcomes import tables
from zingle_sync.outcomes.database import (
    NoSyncLogYetError,
    SyncLogError,
    connect,
    parsed_url,
    reading,
    shown,
    why,
)
from zingle_sync.outcomes.values import SERVICE_NAME
from zingle_sync.outcomes.words import WAITING_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, FromClause, RowMapping, Select


@dataclass(frozen=True, slots=True)
class OutcomeFilter:
    """Which outcomes to list.

    Attributes:
        runs: `standing` is the newest outcome of each record, whatever run it came from; `last`
            the last run of each plugin; `all` everything kept; a number one run.
        kinds: Kinds of outcome; empty for all.
        reason: A reason.
        warning: A warning, without what follows its colon.
        warned: Only those with a warning, whichever.
        keys: Forms of one source key or target id; empty for all.
        ids: Ids of a person: their records, contacts and conversation days.
        plugin: A plugin.
        environment: A Meltano environment; None for all.
        newest: How many of the newest, 0 for all.
    """

    runs: str = "standing"
    kinds: tuple[str, ...] = ()
    reason: str | None = None
    warning: str | None = None
    warned: bool = False
    keys: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    plugin: str | None = None
    environment: str | None = None
    newest: int = 0


def open_log(url: str) -> Engine:
    """Open a sync log to read it.

    Raises:
        NoSyncLogYetError: If it is a SQLite file that does not exist.
        SyncLogError: If it can't be opened.
    """
    parsed = parsed_url(url)
    missing = (
        parsed.get_backend_name() == "sqlite"
        and parsed.database is not None
        and parsed.database != ":memory:"
        and not path_of(parsed.database).exists()
    )
    if missing:
        raise NoSyncLogYetError(f"no run has written a sync log yet at {shown(url)}")
    return connect(url, to_read=True)


def list_outcomes(engine: Engine, wanted: OutcomeFilter) -> Iterator[RowMapping]:
    """List outcomes, oldest first; where only the newest are wanted, those first.

    Yields:
        Rows of `outcomes` with `plugin`, `environment` and `dry_run` of their run.
    """
    table, runs = tables.outcomes.c, tables.runs.c
    query = (
        select(tables.outcomes, runs.plugin, runs.environment, runs.dry_run)
        .join(tables.runs)
        .where(*_conditions(wanted))
        .order_by(table.id.desc() if wanted.newest else table.id)
    )
    if wanted.newest:
        query = query.limit(wanted.newest)
    with _read(engine) as connection:
        yield from connection.execution_options(yield_per=1000).execute(query).mappings()


def recent_runs(
    engine: Engine, plugin: str, environment: str, limit: int, *, tap: str = ""
) -> list[RowMapping]:
    """The newest runs of a plugin, newest first, without dry runs.

    Args:
        engine: The log.
        plugin: Its name.
        environment: The Meltano environment, or "".
        limit: How many.
        tap: Of a target that several taps write to: without the runs that are known as others'.
    """
    runs = _runs_of(plugin, environment).where(tables.runs.c.dry_run.is_(False))
    if tap:
        its = tables.runs.c.facts["tap"].as_string()
        runs = runs.where(or_(its.is_(None), its.in_(("", tap))))
    return read_all(engine, runs.limit(limit))


def standing_counts(engine: Engine, plugin: str, environment: str) -> list[RowMapping]:
    """How many records of a plugin stand how, each record counted once.

    Returns:
        Rows of `service_id`, `outcome`, `matched_on`, `reason` and `count`.
    """
    table = tables.outcomes.c
    kinds = (table.service_id, table.outcome, table.matched_on, table.reason)
    wanted = OutcomeFilter(plugin=plugin, environment=environment)
    query = (
        select(*kinds, func.count().label("count"))
        .join(tables.runs)
        .where(*_conditions(wanted))
        .group_by(*kinds)
    )
    return read_all(engine, query)


def kept_rejects(engine: Engine, plugin: str, environment: str) -> list[RowMapping]:
    """The records that wait for a replay, oldest first, without their payloads.

    `reasons` are the counts of the run that kept them, where that is still known: they tell a
    record that was rejected from one that was skipped because of somebody else.
    """
    table = tables.rejected.c
    return read_all(
        engine,
        select(
            table.id,
            table.run_id,
            table.stream,
            table.service_id,
            table.source_key,
            table.reason,
            table.rejected_at,
            tables.runs.c.reasons,
        )
        .outerjoin(tables.runs, tables.runs.c.id == table.run_id)
        .where(table.plugin == plugin, table.environment == environment)
        .order_by(table.rejected_at, table.id),
    )


def kept_counts(engine: Engine, plugin: str, environment: str) -> list[RowMapping]:
    """How many records wait for a replay.

    Returns:
        Rows of `service_id`, `reason`, `count`, `since` (when the oldest was kept), and the
        `reasons` of the run that kept them, as `kept_rejects` gives them.
    """
    table = tables.rejected.c
    kinds = (table.service_id, table.reason, table.run_id)
    of_plugin = (table.plugin == plugin, table.environment == environment)
    counts = (
        select(*kinds, func.count().label("count"), func.min(table.rejected_at).label("since"))
        .where(*of_plugin)
        .group_by(*kinds)
        .subquery()
    )
    query = select(counts, tables.runs.c.reasons).outerjoin(
        tables.runs, tables.runs.c.id == counts.c.run_id
    )
    return read_all(engine, query)


def is_waiting(row: RowMapping) -> bool:
    """Whether a kept record was not rejected, but skipped because of somebody else."""
    counts = row["reasons"] or {}
    return row["reason"] in WAITING_REASONS and f"skipped/{row['reason']}" in counts


def payloads_of(engine: Engine, rejected_ids: Sequence[int]) -> list[tuple[str, str]]:
    """Stream and JSON text of rejected records, oldest first; those kept by key alone left out."""
    table = tables.rejected.c
    wanted = set(rejected_ids)
    query = select(table.id, table.stream, table.payload).order_by(table.rejected_at, table.id)
    return [
        (row["stream"], row["payload"])
        for row in read_all(engine, query)
        if row["id"] in wanted and row["payload"] is not None
    ]


def newest_run(engine: Engine, plugin: str, environment: str) -> RowMapping | None:
    """The newest run of a plugin, a dry run or not."""
    return next(iter(read_all(engine, _runs_of(plugin, environment).limit(1))), None)


def service_names(engine: Engine, environment: str) -> dict[str, str]:
    """What people call the services, as the plugins' runs have seen it, by id."""
    facts = tables.facts.c
    rows = learnt(engine, facts.name == SERVICE_NAME, facts.environment == environment)
    return {row["service_id"]: str(row["value"]) for row in rows}


def learnt(engine: Engine, *wanted: ColumnElement[bool]) -> list[RowMapping]:
    """Rows of `facts`, the oldest first; a log that no run has brought up to date yet has none."""
    with _read(engine) as connection:
        if not inspect(connection).has_table(tables.facts.name):
            return []
        query = select(tables.facts).where(*wanted).order_by(tables.facts.c.learnt_at)
        return list(connection.execute(query).mappings())


def _runs_of(plugin: str, environment: str) -> Select[Any]:
    runs = tables.runs
    of_plugin = (runs.c.plugin == plugin, runs.c.environment == environment)
    return select(runs).where(*of_plugin).order_by(runs.c.id.desc())


def count_outcomes(engine: Engine) -> int:
    """How many outcomes the log holds."""
    (row,) = read_all(engine, select(func.count().label("count")).select_from(tables.outcomes))
    return int(row["count"])


def _conditions(wanted: OutcomeFilter) -> list[ColumnElement[bool]]:
    table, runs = tables.outcomes.c, tables.runs.c
    conditions: list[ColumnElement[bool]] = []
    match wanted.runs:
        case "standing":
            conditions += _stands()
        case "last":
            conditions.append(table.run_id.in_(last_run_ids()))
        case "all":
            pass
        case number:
            conditions.append(table.run_id == int(number))
    if wanted.kinds:
        conditions.append(table.outcome.in_(wanted.kinds))
    if wanted.ids:
        days = (table.source_key.contains(f":{one}:", autoescape=True) for one in wanted.ids)
        ids = (table.source_key.in_(wanted.ids), table.target_id.in_(wanted.ids))
        conditions.append(or_(*ids, *days))
    asked = (
        (wanted.reason, table.reason == wanted.reason),
        (wanted.warned, table.warnings.is_not(None)),
        (wanted.plugin, runs.plugin == wanted.plugin),
        (wanted.environment is not None, runs.environment == wanted.environment),
    )
    conditions += [condition for is_asked, condition in asked if is_asked]
    if wanted.warning:
        conditions.append(
            cast(table.warnings, Text).contains(f'"{wanted.warning}', autoescape=True)
        )
    if wanted.keys:
        keys = wanted.keys
        conditions.append(or_(table.source_key.in_(keys), table.target_id.in_(keys)))
    return conditions


def last_run_ids() -> Select[Any]:
    """The last run of each plugin that was no dry run."""
    runs = tables.runs.c
    return (
        select(func.max(runs.id))
        .where(runs.dry_run.is_(False))
        .group_by(runs.environment, runs.plugin)
    )


def _stands() -> tuple[ColumnElement[bool], ...]:
    """An outcome that no newer one of the same record has taken the place of.

    Asked row by row: what else is asked of the rows then makes it fast, in a log of any size.
    """
    table, run = tables.outcomes, tables.runs
    newer, its_run = tables.outcomes.alias(), tables.runs.alias()
    same = (newer.c[name] == table.c[name] for name in ("source_key", "stream", "service_id"))
    its = (its_run.c[name] == run.c[name] for name in ("plugin", "environment"))
    replaced = exists().where(
        *same,
        newer.c.id > table.c.id,
        newer.c.run_id == its_run.c.id,
        *its,
        *_counts(newer, its_run),
    )
    return (*_counts(table, run), ~replaced)


def _counts(table: FromClause, run: FromClause) -> tuple[ColumnElement[bool], ...]:
    # "superseded" says nothing about the record, only that a newer row of it came along.
    reason = table.c.reason
    return run.c.dry_run.is_(False), or_(reason.is_(None), reason != "superseded")


def read_all(engine: Engine, query: Select[Any]) -> list[RowMapping]:
    """All rows of a query.

    Raises:
        SyncLogError: If the log can't be read.
    """
    with _read(engine) as connection:
        return list(connection.execute(query).mappings())


@contextlib.contextmanager
def _read(engine: Engine) -> Iterator[Connection]:
    try:
        with reading(engine) as connection:
            yield connection
    except SQLAlchemyError as error:
        raise SyncLogError(f"the sync log can't be read: {why(error)}") from error
