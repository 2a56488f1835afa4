"""What `status` knows of runs and records, and what it says, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

Word = Literal["Connected", "Needs Attention", "Never run"]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run's row says.

    Attributes:
        status: running, ok, failed, stopped or terminated.
        seen_at: Last sign of life.
        alive: Whether its process still exists, where that can be known.
        full: Whether it started without a bookmark.
        of_some: Whether it was about single records, as a replay: it says nothing of the others.
        settled: How many records it settled.
        problems: Every single problem, where there were several.
        linking_stopped: Whether it stopped linking contacts, because one changed by it.
        api_calls: Requests by system.
        quota: What the services said about their limits, as `{"salesforce": {"used", "max"}}`.
        unread: What a changed selection of the tap has not been read with yet, by stream; None
            where the run kept no state.
    """

    status: str
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None
    alive: bool | None = None
    full: bool | None = None
    of_some: bool = False
    mapping_hash: str | None = None
    settled: int = 0
    error: str | None = None
    error_class: str | None = None
    problems: tuple[str, ...] = ()
    linking_stopped: bool = False
    unread: Mapping[str, Sequence[str]] | None = None
    api_calls: Mapping[str, int] = field(default_factory=dict)
    quota: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """Where the records of one service stand.

    Attributes:
        service_id: The service, "" for records that were never routed.
        records: How many records have an outcome.
        rejected: Which of them are rejected now, by reason.
        rejected_since: When the oldest of these was rejected.
    """

    service_id: str
    records: int
    rejected: Mapping[str, int]
    rejected_since: datetime | None


@dataclass(frozen=True, slots=True)
class PipelineFacts:
    """All that is known of a pipeline; its runs and those of its tap are the newest first.

    Attributes:
        interval: The longest time between two runs, where known.
        name: What its people call it.
        tap, target: The plugins' names in the project.
        refresh_command: The command of a full run.
        standing: How many records stand how: rows of `service_id`, `outcome`, `matched_on`,
            `reason` and `count`.
    """

    interval: timedelta | None
    target_runs: Sequence[RunFacts] = ()
    tap_runs: Sequence[RunFacts] = ()
    services: Sequence[ServiceFacts] = ()
    refresh_command: str = ""
    name: str = ""
    tap: str = ""
    target: str = ""
    standing: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """A word and its reason, since when (None for never) and what a person should do."""

    word: Word
    reason: str
    since: datetime | None = None
    todo: str = ""
