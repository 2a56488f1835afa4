"""What the report shows, as values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zingle_operator.report.charts import Bar, Part
from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, recent_runs
from zingle_sync.outcomes.words import REJECT_REASONS, SKIP_REASONS, WARNINGS, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Engine, RowMapping

    from zingle_operator.project.project import Pipeline

KINDS = ("created", "linked", "updated", "unchanged", "skipped", "rejected")
RUNS_SHOWN = 60
ROWS_SHOWN = 1000
SAMPLES = 5
_CONFLICT_REASONS = frozenset(
    {"shared_channel", "channel_conflict", "ambiguous", "duplicate_external_id", "merge_needed"}
)
_CONFLICT_WARNINGS = frozenset({"channel_conflict", "email_belongs_to", "shared_phone"})
_UNMATCHED_REASONS = frozenset({"unmatched", "ambiguous", "excluded_by_sync_to"})


@dataclass(frozen=True, slots=True)
class Links:
    """Where records can be looked at.

    Attributes:
        salesforce: Address before a Salesforce id, or None.
        zingle: Root address of Zingle's API, or None.
    """

    salesforce: str | None = None
    zingle: str | None = None

    def record(self, record_id: str) -> str | None:
        """The address of a Salesforce record."""
        return f"{self.salesforce}/{record_id}" if self.salesforce else None

    def contact(self, service_id: str, contact_id: str) -> str | None:
        """The address of a Zingle contact."""
        if not self.zingle or not service_id:
            return None
        return f"{self.zingle}/v1/services/{service_id}/contacts/{contact_id}"


@dataclass(frozen=True, slots=True)
class LinkedId:
    """An id, and where it can be looked at."""

    id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two records that want the same guest."""

    what: str
    meaning: str
    remedy: str
    source: LinkedId
    holders: tuple[LinkedId, ...]
    when: datetime


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How many records stand with one reason, and some of them."""

    kind: str
    reason: str
    count: int
    word: Word
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """How often a code was answered in the runs shown."""

    code: str
    count: int


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
    conflicts: list[Conflict] = field(default_factory=list)
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
    def errors(self) -> list[ErrorRow]:
        """The destination's codes in the runs shown, most frequent first."""
        counts: Counter[str] = Counter()
        for run in self.runs:
            counts.update(run["errors"] or {})
        return [ErrorRow(code, count) for code, count in counts.most_common(10)]

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


def collect(engine: Engine, pipeline: Pipeline, environment: str, links: Links) -> PipelineReport:
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
        report.conflicts.extend(_conflicts(row, links))
        if row["reason"] is None:
            continue
        report.left_out_total += 1
        if len(report.left_out) < ROWS_SHOWN:
            report.left_out.append(row)
        if pipeline.direction == "conversations" and row["reason"] in _UNMATCHED_REASONS:
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


def _conflicts(row: RowMapping, links: Links) -> Iterable[Conflict]:
    service = row["service_id"]
    source = _linked(row["source_key"], service, links)
    warnings = [warning.partition(":") for warning in row["warnings"] or ()]
    named = [detail for word, _, detail in warnings if word in _CONFLICT_WARNINGS and detail]
    if row["reason"] in _CONFLICT_REASONS:
        word = _word(row["outcome"], row["reason"])
        holders = [*([row["target_id"]] if row["target_id"] else []), *named]
        yield Conflict(
            row["reason"],
            word.meaning,
            word.remedy,
            source,
            tuple(_linked(one, service, links) for one in _ids(holders)),
            row["ts"],
        )
        return
    for name, _, detail in warnings:
        if name in _CONFLICT_WARNINGS:
            yield Conflict(
                name,
                WARNINGS[name].meaning,
                WARNINGS[name].remedy,
                source,
                tuple(_linked(one, service, links) for one in _ids([detail])),
                row["ts"],
            )


def _ids(texts: Iterable[str]) -> list[str]:
    """The single ids of details such as `a,b` or `a b`, each once."""
    found = (one for text in texts for one in text.replace(",", " ").split())
    return list(dict.fromkeys(found))


def _linked(record_id: str, service: str, links: Links) -> LinkedId:
    salesforce = record_id[:3] in {"003", "00Q", "00T", "001", "006"} and len(record_id) in {15, 18}
    url = links.record(record_id) if salesforce else None
    if url is None and "-" in record_id and ":" not in record_id:
        url = links.contact(service, record_id)
    return LinkedId(record_id, url)


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
