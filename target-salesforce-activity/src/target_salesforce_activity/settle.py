"""Settle a batch: look, decide, write, and look again at what did not settle.

The order of these steps is all that lives here: what is decided stands in `plan`, what is asked in
`lookup`, what is sent in `writes`. Every record leaves with an outcome, or the batch raises.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never
from zoneinfo import ZoneInfo

from target_salesforce_activity.answers import refusal, verdict
from target_salesforce_activity.days import (
    Day,
    InvalidDayError,
    day_from_record,
    key_of,
    private_texts,
)
from target_salesforce_activity.people import Matched
from target_salesforce_activity.plan import (
    CreateTask,
    DayPlan,
    DayRules,
    Decision,
    KeepTask,
    Rendered,
    Skip,
    UpdateTask,
    plan_day,
    warnings_of,
)
from target_salesforce_activity.transcript import bodies_left_out, render
from target_salesforce_activity.vendor import Place
from target_salesforce_activity.writes import LOST
from zingle_sync.outcomes import Outcome, OutcomeError
from zingle_sync.salesforce import QuotaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_salesforce_activity.lookup import Lookup, Seen
    from target_salesforce_activity.transcript import TranscriptOptions
    from target_salesforce_activity.writes import Writer
    from zingle_sync.salesforce import RowResult

LOGGED_BEFORE = (
    "Zingle's own connector has logged conversations until {day}: guests may have two Tasks on "
    "these days. Set adopt_tasks: true to make one of them, or the tap's start_date to a later day."
)
ROUNDS = 3
# Seconds before the second round; where an answer was lost, its write may still be under way.
PAUSE = 1.0
PAUSE_AFTER_LOSS = 20.0


@dataclass
class Settler:
    """Settles conversation days.

    Attributes:
        lookup: Reads.
        writer: Writes.
        rules: Decide about days.
        dry_run: Whether nothing is written.
        warn: Tells the administrator a sentence.
        vendor_until: The last day that the vendor's connector has logged, as far as it is known.
        sleep: Waits, in seconds.
    """

    lookup: Lookup
    writer: Writer
    rules: DayRules
    dry_run: bool
    warn: Callable[[str], object]
    vendor_until: str | None = None
    sleep: Callable[[float], object] = time.sleep

    def settle(self, stream: str, records: Iterable[object]) -> list[Outcome]:
        """What became of every record, one outcome per Task or skipped day.

        Raises:
            zingle_sync.salesforce.QuotaError: If rows meet a limit of the org that is used up.
            zingle_sync.salesforce.SalesforceError: If a whole call is refused.
        """
        options = self.rules.settings.transcript
        batch = _Batch(stream, options, dry_run=self.dry_run)
        days: dict[str, Day] = {}
        for record in records:
            try:
                day = day_from_record(record)
            except InvalidDayError as error:
                batch.refuse(record, error)
                continue
            if days.pop(day.source_key, None):
                batch.skip(day, "superseded")
            days[day.source_key] = day
        length = self.rules.task.description_length
        pending = [Rendered(day, render(day, options, length)) for day in days.values()]
        for round_number in range(1, ROUNDS + 1):
            pending = self._round(batch, pending, last=round_number == ROUNDS)
            if not pending:
                break
            pause = PAUSE_AFTER_LOSS if batch.has_losses else PAUSE * round_number
            self.sleep(pause * (0.5 + random.random()))  # noqa: S311 - no secret
            for rendered in pending:
                self.lookup.forget(rendered.day)
        return batch.outcomes

    def _round(self, batch: _Batch, days: Sequence[Rendered], *, last: bool) -> list[Rendered]:
        """Settle days and return those that need another look."""
        plans = self._plans(days)
        writes = [
            decision
            for plan in plans
            if isinstance(plan, DayPlan)
            for decision in plan.decisions
            if not isinstance(decision, KeepTask)
        ]
        results = {} if self.dry_run else self.writer.write(writes)
        for result in results.values():
            if verdict(result) == "stop":
                raise _used_up(result)
        self.lookup.leave(
            write.id
            for write in writes
            if isinstance(write, UpdateTask) and _is_kept_from_us(write, results)
        )
        again = []
        for rendered, plan in zip(days, plans, strict=True):
            if isinstance(plan, Skip):
                batch.skip(rendered.day, plan.reason)
            elif not last and batch.unsettled(plan, results):
                again.append(rendered)
            else:
                batch.add(rendered.day, plan, results)
        return again

    def _plans(self, days: Sequence[Rendered]) -> list[DayPlan | Skip]:
        """What to do about days, by what is there: Tasks of ours, and of the vendor's."""
        seen = self.lookup.look(days)
        plans = [self._plan(seen, rendered) for rendered in days]
        new = _new_days(days, plans)
        if new and self.rules.settings.adopt_tasks:
            self.lookup.adopt(seen, new)
            return [self._plan(seen, rendered) for rendered in days]
        if (
            new
            and self.vendor_until
            and min(each.day for each in new.values()) <= self.vendor_until
        ):
            self.warn(LOGGED_BEFORE.format(day=self.vendor_until))
        return plans

    def _plan(self, seen: Seen, rendered: Rendered) -> DayPlan | Skip:
        person = seen.persons[rendered.day.source_key]
        return plan_day(rendered, person, self.lookup.present(seen, rendered), self.rules)


def _new_days(days: Sequence[Rendered], plans: Sequence[DayPlan | Skip]) -> dict[str, Place]:
    """Where the days are that get their first Task, by source key."""
    found = {}
    for rendered, plan in zip(days, plans, strict=True):
        if not isinstance(plan, DayPlan) or not isinstance(plan.decisions[0], CreateTask):
            continue
        if who_id := plan.decisions[0].wish.who_id:
            day = rendered.day
            found[day.source_key] = Place(who_id, day.date.isoformat(), ZoneInfo(day.time_zone))
    return found


def _is_kept_from_us(write: Decision, results: Mapping[str, RowResult]) -> bool:
    """Whether Salesforce refuses that a Task of the vendor's becomes ours."""
    result = results.get(write.wish.key)
    adopted = isinstance(write, UpdateTask) and write.adopted
    return adopted and result is not None and verdict(result) == "refused"


class _Batch:
    """The outcomes of a batch, gathered over its rounds."""

    def __init__(self, stream: str, options: TranscriptOptions, *, dry_run: bool) -> None:
        self.outcomes: list[Outcome] = []
        self.has_losses = False
        self._stream = stream
        self._options = options
        self._dry_run = dry_run
        self._started = time.monotonic()
        self._tried: dict[str, list[Decision]] = {}

    def refuse(self, record: object, error: InvalidDayError) -> None:
        """Record what is no conversation day."""
        why = OutcomeError(klass="InvalidRecord", message=str(error))
        self._nothing("", key_of(record), kind="rejected", reason="invalid_record", error=why)

    def skip(self, day: Day, reason: str) -> None:
        """Record a day for which nothing is written."""
        self._nothing(day.service_id, day.source_key, kind="skipped", reason=reason)

    def _nothing(self, service_id: str, key: str, **more: Any) -> None:
        self.outcomes.append(
            Outcome(self._stream, service_id=service_id, source_key=key, attempts=0, **more)
        )

    def unsettled(self, plan: DayPlan, results: Mapping[str, RowResult]) -> bool:
        """Whether a write of the day needs another look; remembers what was tried."""
        sent = [decision for decision in plan.decisions if decision.wish.key in results]
        for decision in sent:
            self._tried.setdefault(decision.wish.key, []).append(decision)
            self.has_losses |= results[decision.wish.key] == LOST
        return any(
            verdict(results[decision.wish.key]) == "look_again"
            or _is_kept_from_us(decision, results)
            for decision in sent
        )

    def add(self, day: Day, plan: DayPlan, results: Mapping[str, RowResult]) -> None:
        """Record what became of a day's Tasks."""
        for decision in plan.decisions:
            result = results.get(decision.wish.key)
            self.outcomes.append(self._outcome(day, plan, decision, result))

    def _outcome(
        self, day: Day, plan: DayPlan, decision: Decision, result: RowResult | None
    ) -> Outcome:
        tried = self._tried.get(decision.wish.key, ())
        part = decision.wish.part
        common: dict[str, Any] = {
            "stream": self._stream,
            "service_id": day.service_id,
            "source_key": day.source_key if part == 1 else f"{day.source_key}:{part}",
            "matched_on": plan.person.matched_on if isinstance(plan.person, Matched) else "none",
            "warnings": warnings_of(plan, decision, quiet=bodies_left_out(day, self._options)),
            "attempts": max(len(tried), 1),
            "duration_ms": int((time.monotonic() - self._started) * 1000),
        }
        if result is not None and not result.success:
            reason, error = refusal(result, private_texts(day))
            return Outcome(kind="rejected", reason=reason, error=error, **common)
        # What an earlier round wrote, or may have written, is there now.
        done = tried[0] if tried and isinstance(decision, KeepTask) else decision
        known = None if isinstance(decision, CreateTask) else decision.id
        common["target_id"] = known or (result.id if result else None)
        match done:
            case KeepTask():
                return Outcome(kind="unchanged", **common)
            case CreateTask():
                common["kind"] = "would_create" if self._dry_run else "created"
            case UpdateTask():
                common["kind"] = "would_update" if self._dry_run else "updated"
            case _:
                assert_never(done)
        return Outcome(changed_fields=tuple(done.values), **common)


def _used_up(result: RowResult) -> QuotaError:
    """The error that stops the run; what was written is found again by the next one."""
    error = result.errors[0]
    return QuotaError(
        f"Salesforce takes no more rows for now ({error.code}: {error.message}).",
        status=200,
        code=error.code,
    )
