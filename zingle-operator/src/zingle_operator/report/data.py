"""What the report shows, as values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zingle_operator.report.charts import Bar, Part
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, recent_runs
from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS, WARNINGS, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Engine, RowMapping

    from zingle_operator.project.project import Pipeline

KINDS = ("created", "linked", "updated", "unchanged", "skipped", "rejected")
RUNS_SHOWN = 60
ROWS_SHOWN = 1000
SAMPLES = 5
CONFLICT_REASONS = frozenset(
    {"shared_channel", "channel_conflict", "ambiguous", "duplicate_external_id", "merge_needed"}
)
CONFLICT_WARNINGS = frozenset({"channel_conflict", "email_belongs_to", "shared_phone"})
UNMATCHED_REASONS = frozenset({"unmatched", "ambiguous", "excluded_by_sync_to"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record, and who holds the guest, phone or e-mail that it wants."""

    source: str
    holders: tuple[str, ...]


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
    """What the report shows of one pipeline."""

    pipeline: Pipeline
    runs: list[RowMapping]
    records: Counter[str] = field(default_factory=Counter)
    matched_on: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    reasons: list[ReasonRow] = field(default_factory=list)
    left_out: list[RowMapping] = field(default_factory=list)
    left_out_total: int = 0
    conflicts: dict[str, list[Conflict]] = field(default_factory=dict)
    unmatched: list[RowMapping] = field(default_factory=list)

    @property
    def last(self) -> RowMapping | None:
        """The newest run."""
        return self.runs[-1] if self.runs else None

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

    def outcome_bars(self) -> list[Bar]:
        """One bar per run: its outcomes."""
        return [
            Bar(
                _run_title(run, run["outcomes"] or {}),
                tuple(Part(kind, (run["outcomes"] or {}).get(kind, 0)) for kind in KINDS),
                failed=run["status"] not in {"ok", "running"},
            )
            for run in self.runs
        ]

    def call_bars(self, tap_runs: Sequence[RowMapping]) -> list[Bar]:
        """One bar per run: the calls that it cost, the tap's of the same time included."""
        return [
            Bar(_run_title(run, calls), tuple(Part(name, calls[name]) for name in sorted(calls)))
            for run in self.runs
            if (calls := _calls(run, tap_runs)) is not None
        ]


def collect(engine: Engine, pipeline: Pipeline, environment: str) -> PipelineReport:
    """Read what the report shows of a pipeline."""
    runs = recent_runs(engine, pipeline.target, environment, RUNS_SHOWN)
    report = PipelineReport(pipeline, list(reversed(runs)))
    samples: dict[tuple[str, str], list[str]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    wanted = OutcomeFilter(plugin=pipeline.target, environment=environment)
    for row in list_outcomes(engine, wanted):
        report.records[row["outcome"]] += 1
        if row["matched_on"] != "none":
            report.matched_on[row["matched_on"]] += 1
        for warning in row["warnings"] or ():
            report.warnings[warning.partition(":")[0]] += 1
        for kind, conflict in _conflicts(row):
            report.conflicts.setdefault(kind, []).append(conflict)
        if row["reason"] is None:
            continue
        report.left_out_total += 1
        if len(report.left_out) < ROWS_SHOWN:
            report.left_out.append(row)
        if pipeline.direction == "conversations" and row["reason"] in UNMATCHED_REASONS:
            report.unmatched.append(row)
        key = (row["outcome"], row["reason"])
        counts[key] += 1
        if len(samples.setdefault(key, [])) < SAMPLES:
            samples[key].append(row["source_key"])
    report.reasons = [
        ReasonRow(kind, reason, count, _word(kind, reason), tuple(samples[kind, reason]))
        for (kind, reason), count in counts.most_common()
    ]
    return report


def _word(kind: str, reason: str) -> Word:
    table = SKIP_REASONS if kind == "skipped" else REJECT_REASONS
    return table.get(reason, Word(reason))


def _conflicts(row: RowMapping) -> Iterator[tuple[str, Conflict]]:
    """The kinds of conflict that an outcome tells of: its reason, else its warnings."""
    warnings = [warning.partition(":") for warning in row["warnings"] or ()]
    named = [(word, ids) for word, _, ids in warnings if word in CONFLICT_WARNINGS]
    if row["reason"] in CONFLICT_REASONS:
        named = [(row["reason"], " ".join([row["target_id"] or "", *(ids for _, ids in named)]))]
    for kind, ids in named:
        # Details are written as `a,b` or `a b`.
        holders = dict.fromkeys(ids.replace(",", " ").split())
        yield kind, Conflict(row["source_key"], tuple(holders))


def record_url(base: str | None, record_id: str) -> str | None:
    """Where a Salesforce record can be looked at; nowhere without the org's own address."""
    known = record_id[:3] in {"003", "00Q", "00T", "001", "006"} and len(record_id) in {15, 18}
    return f"{base}/{record_id}" if base and known else None


def _run_title(run: RowMapping, counts: Mapping[str, int]) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing"
    ending = f" - {run['status']}: {run['error']}" if run["error"] else ""
    return f"Run {run['id']}, {run['started_at']:%Y-%m-%d %H:%M} UTC: {told}{ending}"


def _calls(run: RowMapping, tap_runs: Sequence[RowMapping]) -> dict[str, int] | None:
    end = run["finished_at"]
    if end is None:
        return None
    calls: Counter[str] = Counter(run["api_calls"] or {})
    for other in tap_runs:
        # The two processes of one `meltano run` overlap.
        if other["finished_at"] and run["started_at"] <= other["finished_at"] <= end:
            calls.update(other["api_calls"] or {})
    return dict(calls)
