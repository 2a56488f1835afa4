"""Calls, time and memory of the conversations' way: tap-zingle into target-salesforce-activity.

Usage::

    python benchmarks/conversations.py [--days 100000]

Prints a JSON list of ``{"name", "value", "unit", "context"}``. Both plugins run as processes of
their own, joined by a pipe; the sandbox runs here and counts their calls (token requests aside).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import peak_memory_mb

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import run_sandbox
from zingle_sandbox.zingle import insert_contacts, insert_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zingle_sandbox.testing import RunningSandbox

DAY = 86_400
DAYS_PER_GUEST = 50
QUIET_MESSAGES = 4_000


@dataclass(frozen=True, slots=True)
class Ran:
    """What running both plugins took."""

    seconds: float
    tap_rss_mb: float
    target_rss_mb: float
    zingle_calls: int
    salesforce_calls: int
    state: dict[str, Any] | None


def fill(sandbox: RunningSandbox, guests: int, days: int, *, per_day: int = 1) -> None:
    """Let linked guests write on each of the last days."""
    people = insert_rows(
        sandbox.sandbox, "Contact", ({"LastName": f"Guest {number}"} for number in range(guests))
    )
    ids = insert_contacts(
        sandbox.sandbox, ({"external_id": person, "channels": []} for person in people)
    )
    noon = int(sandbox.sandbox.clock.timestamp()) - DAY

    def messages() -> Iterator[dict[str, Any]]:
        for day in range(days, 0, -1):
            for number in range(guests):
                for index in range(per_day):
                    yield {
                        "contact_id": ids[number],
                        "direction": "inbound" if index % 2 == 0 else "outbound",
                        "body": f"Could we get two extra towels in room {number}, please?",
                        "created_at": noon - day * DAY + number % 3_600 + index,
                    }

    insert_messages(sandbox.sandbox, messages())


def run(sandbox: RunningSandbox, directory: Path, state: dict[str, Any] | None = None) -> Ran:
    """Run ``tap-zingle | target-salesforce-activity`` and measure."""
    tap_config = {
        **sandbox.zingle_settings(),
        "service_ids": [sandbox.service_id],
        "start_date": "2025-06-01",
        "requests_per_second": 0,
    }
    target_config = {
        **sandbox.salesforce_settings(),
        "sync_log_url": f"sqlite:///{directory}/log.db",
        "quota_percent_per_run": 100,
    }
    catalog = discover(write(directory / "tap.json", tap_config), directory)
    command = ["tap-zingle", "--config", f"{directory}/tap.json", "--catalog", str(catalog)]
    if state is not None:
        command += ["--state", str(write(directory / "state.json", state))]
    sandbox.clear_journal()
    started = time.monotonic()
    with (directory / "err.log").open("w") as errors, (directory / "out.json").open("w") as out:
        tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        target = subprocess.Popen(
            [
                "target-salesforce-activity",
                "--config",
                str(write(directory / "target.json", target_config)),
            ],
            stdin=tap.stdout,
            stdout=out,
            stderr=errors,
        )
        if tap.stdout:
            tap.stdout.close()
        peaks = peaks_rss_mb(tap, target)
    states = (directory / "out.json").read_text().splitlines()
    return Ran(
        time.monotonic() - started,
        *peaks,
        sandbox.calls("zingle"),
        sandbox.calls("salesforce"),
        json.loads(states[-1]) if states else state,
    )


def discover(config: Path, directory: Path) -> Path:
    """Select the conversations alone."""
    found = subprocess.run(
        ["tap-zingle", "--config", str(config), "--discover"],
        check=True,
        capture_output=True,
        text=True,
    )
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        for row in stream["metadata"]:
            if row["breadcrumb"] == []:
                row["metadata"]["selected"] = stream["tap_stream_id"] == "conversations"
    return write(directory / "catalog.json", catalog)


def write(path: Path, content: object) -> Path:
    """Write JSON to a file."""
    path.write_text(json.dumps(content))
    return path


def peaks_rss_mb(*processes: subprocess.Popen[bytes]) -> list[float]:
    """Wait for processes and return the most memory that each held, in MB.

    Their own high-water marks are watched: what `wait4` tells counts the parent's memory too.
    """
    peaks = dict.fromkeys(processes, 0.0)
    while any(process.poll() is None for process in processes):
        for process in processes:
            peaks[process] = peak_memory_mb(process.pid) or peaks[process]
        time.sleep(0.02)
    for process in processes:
        if process.returncode:
            raise SystemExit(f"{process.args} ended with {process.returncode}")
    return list(peaks.values())


def figures(days: int) -> Sequence[dict[str, Any]]:
    """Measure everything."""
    with (
        tempfile.TemporaryDirectory() as name,
        run_sandbox(keep_bodies=False) as sandbox,
    ):
        fill(sandbox, guests=QUIET_MESSAGES // 40, days=5, per_day=8)
        first = run(sandbox, Path(name))
        sandbox.sandbox.clock.advance(2 * 3_600)
        quiet = run(sandbox, Path(name), first.state)
    with (
        tempfile.TemporaryDirectory() as name,
        run_sandbox(keep_bodies=False) as sandbox,
    ):
        guests = max(1, days // DAYS_PER_GUEST)
        fill(sandbox, guests=guests, days=DAYS_PER_GUEST)
        load = run(sandbox, Path(name))
        tasks = sandbox.sandbox.store.value("SELECT count(*) FROM sf_Task")
    quiet_context = f"{QUIET_MESSAGES} messages in the last 7 days, nothing new"
    load_context = f"{guests} guests x {DAYS_PER_GUEST} days, {tasks} Tasks, both plugins piped"
    return [
        figure("conversations.quiet_calls", quiet.zingle_calls, "Zingle calls", quiet_context),
        figure(
            "conversations.quiet_salesforce_calls",
            quiet.salesforce_calls,
            "Salesforce calls",
            quiet_context,
        ),
        figure(
            "conversations.load_100k.salesforce_calls",
            load.salesforce_calls,
            "Salesforce calls",
            load_context,
        ),
        figure(
            "conversations.load_100k.zingle_calls", load.zingle_calls, "Zingle calls", load_context
        ),
        figure("conversations.load_100k.seconds", round(load.seconds, 1), "s", load_context),
        figure("tap_zingle.rss_mb", round(load.tap_rss_mb, 1), "MB", load_context),
        figure("target_activity.rss_mb", round(load.target_rss_mb, 1), "MB", load_context),
    ]


def figure(name: str, value: float, unit: str, context: str) -> dict[str, Any]:
    """One measured figure."""
    return {"name": name, "value": value, "unit": unit, "context": context}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=100_000, help="conversation days to load")
    json.dump(figures(parser.parse_args().days), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
