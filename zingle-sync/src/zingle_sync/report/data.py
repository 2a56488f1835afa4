"""What the report shows of a pipeline: a bounded part of a log of any size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from zingle_sync.outcomes.lookups import channels_of, owners_of
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, recent_runs
from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS, WARNINGS, Word
from zingle_sync.report.charts import Bar, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Engine, RowMapping

    from zingle_sync.status.facts import PipelineFacts

KINDS = ("created", "linked", "updated", "unchanged", "skipped", "rejected")
RUNS_SHOWN = 60
RUNS_LISTED = 20
ROWS_SHOWN = 1000
WARNED_LOOKED_AT = 20_000
SAMPLES = 5
CONFLICT_REASONS = frozenset(
    {"shared_channel", "channel_conflict", "ambiguous", "duplicate_external_id", "merge_needed"}
)
CONFLICT_WARNINGS = frozenset({"channel_conflict", "email_belongs_to", "shared_phone"})
UNMATCHED_REASONS = frozenset({"unmatched", "ambiguous", "excluded_by_sync_to"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same guest, phone or e-mail, wanted by some records and held by somebody else.

    Attributes:
        service_id: Where it is.
        holders: Contacts (or people) that hold it, each with the record that it belongs to, where
            the log knows one.
        wanted_by: The records that want it, each with its masked phones and e-mails, where the
            record is kept for a replay.
    """

    service_id: str
    holders: tuple[tuple[str, str | None], ...]
    wanted_by: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How many records stand with one reason, and some of them."""

    kind: str
    reason: str
    count: int
    word: Word
    samples: tuple[str, ...]


@dataclass(slots=True)
class PipelineReport:
    """What the report shows of one pipeline.

    Attributes:
        runs, tap_runs: The newest runs of the target and of the tap, oldest first.
        records, matched_on: How many records stand so, by outcome and by key of matching.
        warnings: How many of the newest `WARNED_LOOKED_AT` records with a warning have which.
        left_out, unmatched: The newest of them, at most `ROWS_SHOWN`.
        conflicts: By kind.
    """

    facts: PipelineFacts
    runs: list[RowMapping]
    tap_runs: list[RowMapping]
    records: Counter[str] = field(default_factory=Counter)
    matched_on: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    reasons: list[ReasonRow] = field(default_factory=list)
    left_out: list[RowMapping] = field(default_factory=list)
    left_out_total: int = 0
    conflicts: dict[str, list[Conflict]] = field(default_factory=dict)
    unmatched: list[RowMapping] = field(default_factory=list)
    unmatched_total: int = 0

    @property
    def last(self) -> RowMapping | None:
        """The newest run."""
        return self.runs[-1] if self.runs else None

    @property
    def listed_runs(self) -> list[RowMapping]:
        """The newest runs of target and tap, newest first."""
        both = [*self.runs, *self.tap_runs]
        return sorted(both, key=lambda run: run["id"], reverse=True)[:RUNS_LISTED]

    @property
    def next_due(self) -> datetime | None:
        """When the next run is due at the latest, where a schedule says so."""
        if self.last is None or self.facts.interval is None:
            return None
        due: datetime = self.last["started_at"] + self.facts.interval
        return due

    @property
    def mapping(self) -> list[Mapping[str, Any]]:
        """The mapping table of the newest run that told one."""
        for run in reversed(self.runs):
            if (run["facts"] or {}).get("mapping"):
                return list(run["facts"]["mapping"])
        return []

    @property
    def problems(self) -> list[str]:
        """What the newest run found wrong with the configuration."""
        return list((self.last["facts"] or {}).get("problems") or ()) if self.last else []

    @property
    def errors(self) -> list[tuple[str, int]]:
        """The destination's codes in the runs shown, most frequent first."""
        counts: Counter[str] = Counter()
        for run in self.runs:
            counts.update(run["errors"] or {})
        return counts.most_common(10)

    @property
    def explained_conflicts(self) -> list[tuple[str, Word, list[Conflict]]]:
        """Conflicts of each kind, with what the kind means."""
        words = {**REJECT_REASONS, **SKIP_REASONS, **WARNINGS}
        return [(kind, words[kind], conflicts) for kind, conflicts in self.conflicts.items()]

    @property
    def links(self) -> dict[str, str]:
        """Where people look at records, as the newest runs told it."""
        found: dict[str, str] = {}
        for run in [*self.tap_runs, *self.runs]:
            told = (run["facts"] or {}).get("links") or {}
            found |= {system: str(address) for system, address in told.items() if address}
        return found

    @property
    def quotas(self) -> dict[str, Mapping[str, int]]:
        """The newest quota that any of the runs told, by system."""
        quotas: dict[str, Mapping[str, int]] = {}
        for run in sorted([*self.tap_runs, *self.runs], key=lambda run: run["id"]):
            quotas |= run["quota"] or {}
        return quotas

    def outcome_bars(self) -> list[Bar]:
        """One bar per run: its outcomes."""
        return [
            Bar(
                _run_title(run, run["outcomes"] or {}),
                tuple(Part(kind, (run["outcomes"] or {}).get(kind, 0)) for kind in KINDS),
                f"{run['started_at']:%b %d, %H:%M}",
                failed=run["status"] not in {"ok", "running"},
            )
            for run in self.runs
        ]

    def call_bars(self) -> dict[str, list[Bar]]:
        """By system one bar per run: the calls that it cost, the tap's of that time included."""
        told = [(run, calls) for run in self.runs if (calls := _calls(run, self.tap_runs))]
        return {
            system: [
                Bar(
                    _run_title(run, {system: calls.get(system, 0)}),
                    (Part("calls", calls.get(system, 0)),),
                    f"{run['started_at']:%b %d, %H:%M}",
                )
                for run, calls in told
            ]
            for system in sorted({name for _, calls in told for name in calls})
        }


def collect(engine: Engine, facts: PipelineFacts, environment: str) -> PipelineReport:
    """Read what the report shows of a pipeline, besides what `gather` has found."""
    runs, tap_runs = (
        list(reversed(recent_runs(engine, plugin, environment, RUNS_SHOWN)))
        for plugin in (facts.target, facts.tap)
    )
    report = PipelineReport(facts, runs, tap_runs)
    wanted = OutcomeFilter(plugin=facts.target, environment=environment, newest=ROWS_SHOWN)
    reasons = _count(report)
    conflicts = _look_at_reasons(engine, report, wanted, reasons)
    if reasons:
        left_out = replace(wanted, kinds=("skipped", "rejected"))
        report.left_out = list(list_outcomes(engine, left_out))
    for word, rows in _look_at_warnings(engine, report, wanted).items():
        conflicts.setdefault(word, []).extend(rows)
    for kind, rows in conflicts.items():
        report.conflicts[kind] = _grouped(engine, facts.target, environment, kind, rows)
    return report


def _count(report: PipelineReport) -> Counter[tuple[str, str]]:
    """Count what stands how; gives those that were left out, by outcome and reason."""
    reasons: Counter[tuple[str, str]] = Counter()
    for row in report.facts.standing:
        report.records[row["outcome"]] += row["count"]
        if row["matched_on"] != "none":
            report.matched_on[row["matched_on"]] += row["count"]
        if row["reason"] is not None:
            reasons[row["outcome"], row["reason"]] += row["count"]
    report.left_out_total = reasons.total()
    return reasons


def _look_at_reasons(
    engine: Engine,
    report: PipelineReport,
    wanted: OutcomeFilter,
    reasons: Counter[tuple[str, str]],
) -> dict[str, list[RowMapping]]:
    """Samples and unmatched days; gives the records that are in a conflict, by reason."""
    conflicts: dict[str, list[RowMapping]] = {}
    for (kind, reason), count in reasons.most_common():
        of_reason = replace(wanted, kinds=(kind,), reason=reason)
        unmatched = kind == "skipped" and reason in UNMATCHED_REASONS
        listed = reason in CONFLICT_REASONS or unmatched
        shown = of_reason if listed else replace(of_reason, newest=SAMPLES)
        rows = list(list_outcomes(engine, shown))
        keys = tuple(row["source_key"] for row in rows[:SAMPLES])
        report.reasons.append(ReasonRow(kind, reason, count, _word(kind, reason), keys))
        if unmatched:
            report.unmatched_total += count
            report.unmatched = [*report.unmatched, *rows][:ROWS_SHOWN]
        elif listed:
            conflicts.setdefault(reason, []).extend(rows)
    return conflicts


def _look_at_warnings(
    engine: Engine, report: PipelineReport, wanted: OutcomeFilter
) -> dict[str, list[RowMapping]]:
    """Count warnings; gives the records that one of them puts in a conflict, by warning."""
    conflicts: dict[str, list[RowMapping]] = {}
    for row in list_outcomes(engine, replace(wanted, warned=True, newest=WARNED_LOOKED_AT)):
        words = {warning.partition(":")[0] for warning in row["warnings"]}
        report.warnings.update(words)
        for word in words & CONFLICT_WARNINGS if row["reason"] not in CONFLICT_REASONS else ():
            if len(conflicts.setdefault(word, [])) < ROWS_SHOWN:
                conflicts[word].append(row)
    return conflicts


def _word(kind: str, reason: str) -> Word:
    table = SKIP_REASONS if kind == "skipped" else REJECT_REASONS
    return table.get(reason, Word(reason))


def _grouped(
    engine: Engine, plugin: str, environment: str, kind: str, rows: Sequence[RowMapping]
) -> list[Conflict]:
    """Conflicts by who holds what is wanted: who decides about one decides about the holder."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for row in rows:
        key = (row["service_id"], _holders(kind, row))
        groups.setdefault(key, {})[row["source_key"]] = None
    holders = list({one for _, some in groups for one in some})
    owners = owners_of(engine, plugin, environment, holders)
    # Where a contact and its own record are both named, one line says so.
    own = {(one, owners[one]) for one in owners}
    channels = channels_of(engine, plugin, environment, [row["source_key"] for row in rows])
    return [
        Conflict(
            service_id,
            tuple(
                (one, owners.get(one))
                for one in held_by
                if not any((other, one) in own for other in held_by)
            ),
            tuple((record, channels.get(record, ())) for record in sorted(wanted_by)),
        )
        for (service_id, held_by), wanted_by in groups.items()
    ]


def _holders(kind: str, row: RowMapping) -> tuple[str, ...]:
    """The ids that an outcome names, by its reason or by its warnings."""
    told = [warning.partition(":") for warning in row["warnings"] or ()]
    if row["reason"] == kind:
        details = [
            row["target_id"] or "",
            *(ids for word, _, ids in told if word in CONFLICT_WARNINGS),
        ]
    else:
        details = [ids for word, _, ids in told if word == kind]
    # Details are written as `a,b` or `a b`.
    return tuple(sorted(set(" ".join(details).replace(",", " ").split())))


def _run_title(run: RowMapping, counts: Mapping[str, int]) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing"
    ending = f" - {run['status']}: {run['error']}" if run["error"] else ""
    return f"Run {run['id']}, {run['started_at']:%Y-%m-%d %H:%M} UTC: {told}{ending}"


def _calls(run: RowMapping, tap_runs: Iterable[RowMapping]) -> dict[str, int]:
    end = run["finished_at"]
    if end is None:
        return {}
    calls: Counter[str] = Counter(run["api_calls"] or {})
    for other in tap_runs:
        # The two processes of one `meltano run` overlap.
        if other["finished_at"] and run["started_at"] <= other["finished_at"] <= end:
            calls.update(other["api_calls"] or {})
    return dict(calls)
