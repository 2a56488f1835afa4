"""Count outcomes: what the last log line, the run's row and the error threshold are made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zingle_sync.outcomes.values import Outcome

_MINIMUM_FOR_RATE = 50


@dataclass(slots=True)
class Tally:
    """Counts of a run, built up batch by batch.

    Attributes:
        outcomes: Records by kind of outcome.
        matched_on: Records that were neither created, skipped nor rejected, by key of matching.
        reasons: Skipped and rejected records by `kind/reason`.
        warnings: Warnings by word.
        errors: Refusals by the destination's code, or by class where there is none.
        services: Records by service and kind of outcome.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    matched_on: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    services: dict[str, Counter[str]] = field(default_factory=dict)
    _waiting: dict[tuple[str, str, str], Outcome] = field(default_factory=dict)

    def add(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """Count one batch of outcomes.

        A record that waits for somebody else may be settled later in the run, and is counted once.

        Returns:
            Former outcomes of this run that no longer count.
        """
        replaced: list[Outcome] = []
        for outcome in outcomes:
            newer = outcome.reason != "superseded"  # that one says nothing about the record
            if newer and (former := self._waiting.pop(outcome.key, None)):
                self._count(former, -1)
                replaced.append(former)
            if outcome.kind == "skipped" and outcome.kept:
                self._waiting[outcome.key] = outcome
            self._count(outcome, 1)
        return replaced

    def _count(self, outcome: Outcome, by: int) -> None:
        counters = [
            (self.outcomes, outcome.kind),
            (self.services.setdefault(outcome.service_id, Counter()), outcome.kind),
            *((self.warnings, warning.partition(":")[0]) for warning in outcome.warnings),
        ]
        if outcome.matched_on != "none":
            counters.append((self.matched_on, outcome.matched_on))
        if outcome.reason is not None:
            counters.append((self.reasons, f"{outcome.kind}/{outcome.reason}"))
        if outcome.error is not None:
            counters.append((self.errors, outcome.error.code or outcome.error.klass))
        for counter, word in counters:
            counter[word] += by
            if not counter[word]:
                del counter[word]

    @property
    def settled(self) -> int:
        """How many records have an outcome."""
        return self.outcomes.total()

    @property
    def rejected(self) -> int:
        """How many records were rejected."""
        return self.outcomes["rejected"]


def too_many_rejects(
    tally: Tally, *, on_reject: Literal["continue", "fail"], max_error_rate: float
) -> str | None:
    """Decide whether a run goes on after a batch.

    Args:
        tally: The run's counts so far.
        on_reject: `fail` stops at the first rejected record.
        max_error_rate: Share of rejected records, 0 to 1, that stops a run once more than 50
            records have an outcome.

    Returns:
        The sentence to stop with, or None to go on.
    """
    if not tally.rejected:
        return None
    counts = f"{tally.rejected} of {tally.settled} records were rejected"
    if on_reject == "fail":
        return f"{counts} and on_reject is fail; `zingle-sync outcomes` lists them with reasons."
    if tally.settled > _MINIMUM_FOR_RATE and tally.rejected / tally.settled > max_error_rate:
        return (
            f"{counts}, more than max_error_rate {max_error_rate:g} allows; "
            "`zingle-sync outcomes` lists them with reasons."
        )
    return None


def summary_line(
    tally: Tally, *, api_calls: Mapping[str, int], seconds: float, dry_run: bool = False
) -> str:
    """Put a run into one line.

    Returns:
        Such as `1,200 records: 380 created, 292 linked; matched on phone 280, email 12;
        rejected no_usable_key 9; API calls zingle 512; 12.3 s`.
    """
    parts = [f"{tally.settled:,} records: {_listed(tally.outcomes, before=True) or 'none'}"]
    if tally.matched_on:
        parts.append(f"matched on {_listed(tally.matched_on)}")
    if tally.reasons:
        parts.append(_listed(Counter({k.replace("/", " "): n for k, n in tally.reasons.items()})))
    if tally.warnings:
        parts.append(f"warnings {_listed(tally.warnings)}")
    if api_calls:
        parts.append(f"API calls {_listed(Counter(api_calls))}")
    parts.append(f"{seconds:.1f} s")
    return ("Dry run, nothing was written: " if dry_run else "") + "; ".join(parts)


def _listed(counts: Counter[str], *, before: bool = False) -> str:
    return ", ".join(
        f"{count:,} {word}" if before else f"{word} {count:,}"
        for word, count in counts.most_common()
    )
