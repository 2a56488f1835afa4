"""Settle a batch: look, decide, write, and look again at what did not settle."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from target_salesforce_activity.activity import CreateTask, Decision, KeepTask, UpdateTask
from target_salesforce_activity.days import Day, day_from_record
from target_salesforce_activity.deciding import (
    DayPlan,
    DayRules,
    Skip,
    Written,
    plan_day,
    refusal,
    verdict,
    warnings_of,
)
from target_salesforce_activity.people import Found
from target_salesforce_activity.transcript import TranscriptOptions, bodies_left_out, render
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.salesforce import QuotaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_salesforce_activity.looking import Looker
    from target_salesforce_activity.writes import Writer
    from zingle_sync.salesforce import RowResult

__all__ = ["Settler"]

ROUNDS = 3
PAUSE = 1.0
"""Seconds before the second round, where a lost answer's write may still be under way."""


@dataclass
class Settler:
    """Settles conversation days.

    Attributes:
        looker: Reads.
        writer: Writes.
        rules: Decide about days.
        options: How days are written down.
        dry_run: Whether nothing is written.
        sleep: Waits, in seconds.
    """

    looker: Looker
    writer: Writer
    rules: DayRules
    options: TranscriptOptions
    dry_run: bool = False
    sleep: Callable[[float], object] = time.sleep

    def settle(self, stream: str, records: Iterable[Mapping[str, Any]]) -> list[Outcome]:
        """Return what became of every record, one outcome per Task or skipped day.

        Raises:
            zingle_sync.salesforce.QuotaError: If rows meet a limit of the org that is used up.
            zingle_sync.salesforce.SalesforceError: If a whole call is refused.
        """
        outcomes: list[Outcome] = []
        days: dict[str, Day] = {}
        for record in records:
            try:
                day = day_from_record(record)
            except ValueError as error:
                outcomes.append(_invalid(stream, record, error))
                continue
            if days.pop(day.source_key, None):
                outcomes.append(_skipped(stream, day, "superseded"))
            days[day.source_key] = day
        batch = _Batch(stream, self.options)
        pending = [Written(day, render(day, self.options)) for day in days.values()]
        for round_number in range(1, ROUNDS + 1):
            pending = self._round(batch, pending, last=round_number == ROUNDS)
            if not pending:
                break
            self.sleep(PAUSE * round_number * (0.5 + random.random()))  # noqa: S311 - no secret
            for each in pending:
                self.looker.forget(each.day)
        return outcomes + batch.outcomes

    def _round(self, batch: _Batch, days: Sequence[Written], *, last: bool) -> list[Written]:
        """Settle days and return those that need another look."""
        look = self.looker.look(days)
        plans = {
            each.day.source_key: plan_day(
                each,
                look.persons[each.day.source_key],
                self.looker.present(look, each),
                self.rules,
            )
            for each in days
        }
        writes = [
            decision
            for plan in plans.values()
            if isinstance(plan, DayPlan)
            for decision in plan.decisions
            if not isinstance(decision, KeepTask)
        ]
        results = {} if self.dry_run else self.writer.write(writes)
        for result in results.values():
            if verdict(result) == "stop":
                raise _used_up(result)
        again = []
        for each in days:
            plan = plans[each.day.source_key]
            if isinstance(plan, Skip):
                batch.skip(each.day, plan)
            elif not last and batch.unsettled(plan, results):
                again.append(each)
            else:
                batch.add(each.day, plan, results, dry_run=self.dry_run)
        return again


class _Batch:
    """The outcomes of a batch, gathered over its rounds."""

    def __init__(self, stream: str, options: TranscriptOptions) -> None:
        self.outcomes: list[Outcome] = []
        self._stream = stream
        self._options = options
        self._started = time.monotonic()
        self._tried: dict[str, list[Decision]] = {}

    def unsettled(self, plan: DayPlan, results: Mapping[str, RowResult]) -> bool:
        """Whether a write of the day needs another look; remembers what was tried."""
        for decision in plan.decisions:
            if decision.wish.key in results:
                self._tried.setdefault(decision.wish.key, []).append(decision)
        return any(
            verdict(results[decision.wish.key]) == "look_again"
            for decision in plan.decisions
            if decision.wish.key in results
        )

    def skip(self, day: Day, plan: Skip) -> None:
        """Record a day for which nothing is written."""
        self.outcomes.append(_skipped(self._stream, day, plan.reason))

    def add(
        self, day: Day, plan: DayPlan, results: Mapping[str, RowResult], *, dry_run: bool
    ) -> None:
        """Record what became of a day's Tasks."""
        for decision in plan.decisions:
            self.outcomes.append(self._outcome(day, plan, decision, results, dry_run=dry_run))

    def _outcome(
        self,
        day: Day,
        plan: DayPlan,
        decision: Decision,
        results: Mapping[str, RowResult],
        *,
        dry_run: bool,
    ) -> Outcome:
        key = decision.wish.key
        result = results.get(key)
        common: dict[str, Any] = {
            "stream": self._stream,
            "service_id": day.service_id,
            "source_key": _part_key(day, decision.wish.part),
            "matched_on": plan.person.matched_on if isinstance(plan.person, Found) else "none",
            "warnings": warnings_of(plan, decision, quiet=bodies_left_out(day, self._options)),
            "attempts": max(len(self._tried.get(key, ())), 1),
            "duration_ms": int((time.monotonic() - self._started) * 1000),
        }
        if result is not None and not result.success:
            reason, error = refusal(result)
            return Outcome(kind="rejected", reason=reason, error=error, **common)
        match decision:
            case KeepTask(id=task_id):
                # What an earlier round wrote, or may have written, is there now.
                earlier = self._tried.get(key)
                return self._kept(earlier[0] if earlier else None, task_id, common)
            case CreateTask(values=values):
                return Outcome(
                    kind="would_create" if dry_run else "created",
                    target_id=result.id if result else None,
                    changed_fields=tuple(values),
                    **common,
                )
            case UpdateTask(id=task_id, values=values):
                return Outcome(
                    kind="would_update" if dry_run else "updated",
                    target_id=task_id,
                    changed_fields=tuple(values),
                    **common,
                )
            case _:
                assert_never(decision)

    def _kept(self, earlier: Decision | None, task_id: str, common: dict[str, Any]) -> Outcome:
        match earlier:
            case None | KeepTask():
                return Outcome(kind="unchanged", target_id=task_id, **common)
            case CreateTask(values=values):
                changed = tuple(values)
                return Outcome(kind="created", target_id=task_id, changed_fields=changed, **common)
            case UpdateTask(values=values):
                changed = tuple(values)
                return Outcome(kind="updated", target_id=task_id, changed_fields=changed, **common)
            case _:
                assert_never(earlier)


def _used_up(result: RowResult) -> QuotaError:
    """The error that stops the run; what was written is found again by the next one."""
    error = result.errors[0]
    return QuotaError(
        f"Salesforce takes no more rows for now ({error.code}: {error.message}).",
        status=200,
        code=error.code,
    )


def _part_key(day: Day, part: int) -> str:
    return day.source_key if part == 1 else f"{day.source_key}:{part}"


def _skipped(stream: str, day: Day, reason: str) -> Outcome:
    return Outcome(
        stream=stream,
        service_id=day.service_id,
        source_key=day.source_key,
        kind="skipped",
        reason=reason,
        attempts=0,
    )


def _invalid(stream: str, record: Mapping[str, Any], error: ValueError) -> Outcome:
    names = ("service_id", "contact_id", "date")
    return Outcome(
        stream=stream,
        service_id=str(record.get("service_id") or ""),
        source_key=":".join(str(record.get(name)) for name in names),
        kind="rejected",
        reason="invalid_record",
        error=OutcomeError(klass="InvalidRecord", message=str(error)),
        attempts=0,
    )
