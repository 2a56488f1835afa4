"""Measure the operator's commands over a sync log of a million outcomes.

700,000 records: a first load of all of them, then 150 runs that settle 2,000 each again. Seven in
a hundred were left out, and one in twenty carries a warning.
Prints a JSON list of ``{"name", "value", "unit", "context"}``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import peak_memory_mb
from sqlalchemy import insert

from zingle_sync.outcomes import tables
from zingle_sync.outcomes.database import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
OUTCOMES = int(os.environ.get("BENCH_OUTCOMES", "1000000"))
RUNS = 150
PER_RUN = OUTCOMES // 500
FIRST = OUTCOMES - RUNS * PER_RUN
SERVICES = ("5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01", "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a02")
PROJECT = """
sync_log_url: sqlite:///log.db
pipelines:
- name: contacts
  expected_interval: 5m
  tap: {name: tap-salesforce-zingle}
  target: {name: target-zingle}
"""
COMMANDS = {
    "outcomes_key": ["outcomes", "--sync-log-url", "sqlite:///log.db", "--key", "003Bm0000012345"],
    "status": ["status", "--config", "sync.yml"],
    "report": ["report", "--config", "sync.yml", "--out", "report.html"],
}


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        figures = [figure for name in COMMANDS for figure in measure(name, Path(folder))]
    print(json.dumps(figures, indent=2))


def outcome(run: int, number: int) -> dict[str, Any]:
    """The row of one record."""
    kind, reason, matched, target = "unchanged", None, "external_id", f"z{number:09d}"
    if number % 100 < 4:  # noqa: PLR2004 - four in a hundred
        kind, reason, matched = "skipped", "shared_channel", "phone"
    elif number % 100 < 7:  # noqa: PLR2004 - and three
        kind, reason, matched, target = "rejected", "no_usable_key", "none", ""
    elif run == 1:
        kind, matched = "created", "none"
    return {
        "run_id": run,
        "ts": datetime.now(UTC),
        "stream": "contacts",
        "service_id": SERVICES[number % 2],
        "source_key": f"003Bm{number:010d}",
        "target_id": target or None,
        "outcome": kind,
        "matched_on": matched,
        "reason": reason,
        "warnings": [f"channel_conflict:z{number + 1:09d}"] if number % 20 == 0 else None,
        "attempts": 1,
        "duration_ms": 12,
    }


def fill(folder: Path) -> None:
    """Write the log as runs would have written it."""
    (folder / "sync.yml").write_text(PROJECT, encoding="utf-8")
    engine = connect(f"sqlite:///{folder}/log.db")
    begin = datetime.now(UTC) - timedelta(minutes=5 * (RUNS + 1))
    with engine.begin() as connection:
        for run in range(1, RUNS + 2):
            numbers = range(FIRST) if run == 1 else range(run * PER_RUN, (run + 1) * PER_RUN)
            at = begin + timedelta(minutes=5 * run)
            row = {
                "plugin": "target-zingle",
                "environment": "",
                "started_at": at,
                "seen_at": at,
                "finished_at": at,
                "status": "ok",
                "dry_run": False,
                "full": run == 1,
                "outcomes": {"created": len(numbers)} if run == 1 else {"unchanged": len(numbers)},
                "api_calls": {"zingle": len(numbers)},
            }
            connection.execute(insert(tables.runs).values(row))
            rows = [outcome(run, number) for number in numbers]
            for start in range(0, len(rows), 50_000):
                connection.execute(insert(tables.outcomes), rows[start : start + 50_000])
            kept = [
                {
                    "run_id": 1,
                    "environment": "",
                    "plugin": "target-zingle",
                    "stream": "contacts",
                    "service_id": one["service_id"],
                    "source_key": one["source_key"],
                    "reason": one["reason"],
                    "rejected_at": at,
                    "payload": json.dumps({"Id": one["source_key"], "LastName": "Lee"}),
                }
                for one in rows
                if run == 1 and one["outcome"] == "rejected"
            ]
            if kept:
                connection.execute(insert(tables.rejected), kept)
    engine.dispose()


def measure(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """CPU seconds and peak memory of one command, the start of Python included."""
    before, peak = resource.getrusage(resource.RUSAGE_CHILDREN), 0.0
    with subprocess.Popen(
        [str(BIN / "zingle-sync"), *COMMANDS[name]],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            peak = max(peak, peak_memory_mb(process.pid) or 0.0)
            time.sleep(0.02)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what = f"SQLite, {OUTCOMES:,} outcomes of {FIRST:,} records"
    for figure, unit, value in (("cpu_s", "s", seconds), ("rss_mb", "MB", peak)):
        full_name = f"log.million.{name}_{figure}"
        yield {"name": full_name, "value": round(value, 2), "unit": unit, "context": what}


if __name__ == "__main__":
    main()
