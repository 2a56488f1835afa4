"""What `status` knows of runs and records, and what it says, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

Word = Literal["Connected", "Needs Attention", "Never run"]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run's row says.

    Attributes:
        id: Its number.
        status: running, ok, failed, stopped or terminated.
        started_at: Start.
        seen_at: Last sign of life.
        finished_at: End, or None.
        alive: Whether its process still exists, where that can be known.
        full: Whether it started without a bookmark.
        mapping_hash: Hash of its mapping.
        settled: How many records it settled.
        error: Why it did not end well.
        error_class: Name of the error's class.
        problems: Every single problem, where there were several.
        linking_stopped: Whether it stopped linking contacts, because one changed by it.
        services: Counts of outcomes by service.
    """

    id: int
    status: str
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None
    alive: bool | None = None
    full: bool | None = None
    mapping_hash: str | None = None
    settled: int = 0
    error: str | None = None
    error_class: str | None = None
    problems: tuple[str, ...] = ()
    linking_stopped: bool = False
    services: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


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
    """All that is known of a pipeline.

    Attributes:
        name: Its name.
        interval: The longest time between two runs, where known.
        target_runs: The target's runs, newest first.
        tap_runs: The tap's runs, newest first.
        services: Where the records stand.
        refresh_command: The command of a full run.
    """

    name: str
    interval: timedelta | None
    target_runs: Sequence[RunFacts]
    tap_runs: Sequence[RunFacts]
    services: Sequence[ServiceFacts]
    refresh_command: str


@dataclass(frozen=True, slots=True)
class Status:
    """A word, why, since when and what to do.

    Attributes:
        word: The status.
        reason: One sentence.
        since: Since when, or None for never.
        todo: What a person should do, "" for nothing.
    """

    word: Word
    reason: str
    since: datetime | None = None
    todo: str = ""
