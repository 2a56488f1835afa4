"""Gather from the sync log what `status` and `report` judge."""

from __future__ import annotations

import os
import socket
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zingle_sync.outcomes.queries import (
    is_waiting,
    kept_counts,
    recent_runs,
    standing_counts,
)
from zingle_sync.outcomes.values import is_of_some
from zingle_sync.status.facts import PipelineFacts, RunFacts, ServiceFacts, Status
from zingle_sync.status.verdict import pipeline_status, service_status, worst

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine, RowMapping

RUNS_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class PipelineStanding:
    """How one pipeline stands, as a whole and by service."""

    facts: PipelineFacts
    status: Status
    services: dict[str, Status]


def gather(engine: Engine | None, known: PipelineFacts, environment: str) -> PipelineFacts:
    """Add what the log knows of a pipeline; without a log that is nothing.

    Args:
        engine: The log.
        known: Its names, interval and command.
        environment: The Meltano environment, or "".
    """
    if engine is None:
        return known
    standing = standing_counts(engine, known.target, environment)
    return replace(
        known,
        standing=[dict(row) for row in standing],
        target_runs=_runs(engine, known.target, environment, tap=known.tap),
        tap_runs=_runs(engine, known.tap, environment),
        services=_services(standing, kept_counts(engine, known.target, environment)),
    )


def judge(facts: PipelineFacts, *, now: datetime, reject_threshold: float) -> PipelineStanding:
    """Decide how a pipeline stands."""
    status = pipeline_status(facts, now=now)
    services = {
        service.service_id: service_status(status, service, reject_threshold=reject_threshold)
        for service in facts.services
    }
    return PipelineStanding(facts, worst([status, *services.values()]), services)


def by_service(standings: Sequence[PipelineStanding]) -> dict[str, dict[str, Status]]:
    """Each service's status in each pipeline.

    What a pipeline does before a service is known ("") counts for the services it serves, or stands
    alone where it serves none yet.
    """
    found: dict[str, dict[str, Status]] = {}
    for standing in standings:
        services = {key: status for key, status in standing.services.items() if key}
        unrouted = standing.services.get("")
        if not services:
            services = {"": standing.status}
        elif unrouted is not None and unrouted.word != "Connected":
            services[""] = unrouted
        for service_id, status in services.items():
            found.setdefault(service_id, {})[standing.facts.name] = status
    return found


def _runs(engine: Engine, plugin: str, environment: str, *, tap: str = "") -> tuple[RunFacts, ...]:
    rows = recent_runs(engine, plugin, environment, RUNS_LOOKED_AT, tap=tap)
    # A run that made way for another one did nothing, and says nothing.
    return tuple(_run_facts(row) for row in rows if row["error_class"] != "AlreadyRunning")


def _run_facts(row: RowMapping) -> RunFacts:
    facts = row["facts"] or {}
    return RunFacts(
        status=row["status"],
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        finished_at=row["finished_at"],
        alive=_alive(row) if row["status"] == "running" else None,
        full=row["full"],
        of_some=is_of_some(row["state_before"]),
        mapping_hash=row["mapping_hash"],
        settled=sum((row["outcomes"] or {}).values()),
        error=row["error"],
        error_class=row["error_class"],
        problems=tuple(facts.get("problems") or ()),
        linking_stopped=bool(facts.get("linking_stopped")),
        unread=_unread(row["state_after"]),
        api_calls=row["api_calls"] or {},
        quota=row["quota"] or {},
    )


def _unread(state: object) -> dict[str, list[str]] | None:
    """What the tap's bookmarks say of a selection that has changed since they began."""
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    if not isinstance(bookmarks, dict):
        return None
    marks = {stream: mark for stream, mark in bookmarks.items() if isinstance(mark, dict)}
    return {stream: mark["changed"] for stream, mark in marks.items() if mark.get("changed")}


def _alive(row: RowMapping) -> bool | None:
    """Whether the run's process exists; None where it runs, or ran, on another machine."""
    if row["host"] != socket.gethostname() or row["pid"] is None:
        return None
    try:
        os.kill(row["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's process
    return True


def _services(
    standing: Sequence[RowMapping], kept: Sequence[RowMapping]
) -> tuple[ServiceFacts, ...]:
    records: Counter[str] = Counter()
    for row in standing:
        records[row["service_id"]] += row["count"]
    rejects: dict[str, list[RowMapping]] = {}
    for row in kept:
        if not is_waiting(row):
            rejects.setdefault(row["service_id"], []).append(row)
    return tuple(
        ServiceFacts(service, max(records[service], rejected.total()), rejected, since)
        for service in sorted({*records, *rejects})
        for rows in [rejects.get(service, [])]
        for rejected in [_by_reason(rows)]
        for since in [min((row["since"] for row in rows), default=None)]
    )


def _by_reason(rows: Sequence[RowMapping]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["reason"]] += row["count"]
    return counts
