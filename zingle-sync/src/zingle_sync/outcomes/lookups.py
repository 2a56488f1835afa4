"""Look up in the sync log what people ask besides outcomes: names, owners, channels, plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from zingle_sync.outcomes import tables
from zingle_sync.outcomes.database import SyncLogError, why
from zingle_sync.outcomes.facts import keep
from zingle_sync.outcomes.masking import masked_channels
from zingle_sync.outcomes.queries import last_run_ids, learnt, read_all
from zingle_sync.outcomes.values import OWN_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_AT_ONCE = 500


def owners_of(
    engine: Engine, plugin: str, environment: str, target_ids: Sequence[str]
) -> dict[str, str]:
    """The source record that each of some target records belongs to, as far as the log knows."""
    outcomes, runs = tables.outcomes.c, tables.runs.c
    of_plugin = (runs.plugin == plugin, runs.environment == environment, runs.dry_run.is_(False))
    own_runs = {row["id"] for row in read_all(engine, select(runs.id).where(*of_plugin))}
    found: dict[str, str] = {}
    for some in _chunks(target_ids):
        query = (
            select(outcomes.target_id, outcomes.source_key, outcomes.outcome, outcomes.run_id)
            .where(outcomes.target_id.in_(some))
            .order_by(outcomes.id)
        )
        found |= {
            row["target_id"]: row["source_key"]
            for row in read_all(engine, query)
            # Asked for more, the database would look by run and outcome, and at nearly every row.
            if row["outcome"] in OWN_OUTCOMES and row["run_id"] in own_runs
        }
    return found


def channels_of(
    engine: Engine, plugin: str, environment: str, source_keys: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Masked phones and e-mails of some records, of those that are kept for a replay."""
    table = tables.rejected.c
    found: dict[str, tuple[str, ...]] = {}
    for some in _chunks(source_keys):
        query = select(table.source_key, table.payload).where(
            table.source_key.in_(some),
            table.plugin == plugin,
            table.environment == environment,
            table.payload.is_not(None),
        )
        for row in read_all(engine, query):
            record: Any = msgspec.json.decode(row["payload"])
            if isinstance(record, dict):
                found[row["source_key"]] = masked_channels(record)
    return found


def targets_and_taps(engine: Engine, environment: str) -> dict[str, str]:
    """The targets that have run, each with the tap that it was last run with, or ""."""
    runs = tables.runs.c
    newest = (runs.id.in_(last_run_ids()), runs.environment == environment)
    query = select(runs.plugin, runs.facts).where(*newest).order_by(runs.plugin)
    rows = read_all(engine, query)
    return {row["plugin"]: row["facts"]["tap"] for row in rows if "tap" in (row["facts"] or {})}


def facts_of_plugin(engine: Engine, plugin: str, environment: str) -> dict[tuple[str, str], Any]:
    """What runs of a plugin have learnt, by service and name."""
    facts = tables.facts.c
    rows = learnt(engine, facts.plugin == plugin, facts.environment == environment)
    return {(row["service_id"], row["name"]): row["value"] for row in rows}


def recall(engine: Engine, environment: str, plugin: str, name: str) -> Any:  # noqa: ANN401 - JSON
    """What `remember` kept, None for nothing."""
    return facts_of_plugin(engine, plugin, environment).get(("", name))


def remember(engine: Engine, environment: str, plugin: str, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Keep something for later.

    Args:
        engine: A log that is open for writing.
        environment: The Meltano environment, or "".
        plugin: Whose it is.
        name: What it is about.
        value: Any JSON.

    Raises:
        SyncLogError: If it can't be written.
    """
    try:
        with engine.begin() as connection:
            keep(connection, (environment, plugin, "", name), value)
    except SQLAlchemyError as error:
        raise SyncLogError(f"the sync log can't be written: {why(error)}") from error


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
