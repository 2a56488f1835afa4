"""What the Salesforce tap costs: CPU, calls and memory, beside singer-io's tap in the same run.

Usage::

    python benchmarks/tap_salesforce.py [--rows 20000,200000] [--memory-rows 1000000] [--no-peer]

Prints a JSON list of ``{"name", "value", "unit", "context"}``. The sandbox plays Salesforce in this
process; each tap runs in a process of its own, whose CPU time and peak memory are measured.
The peer is ``tap-salesforce`` from PyPI in its own environment; a shim sends its fixed host names
to the sandbox (``peers/singer_io_tap_salesforce.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import peak_memory_mb

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox, run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PEER = "tap-salesforce==2.8.0"
FIELDS = (
    *("Id", "IsDeleted", "MasterRecordId", "AccountId", "LastName", "FirstName", "Salutation"),
    *("Name", "OtherStreet", "OtherCity", "OtherState", "OtherPostalCode", "OtherCountry"),
    *("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry"),
    *("Phone", "Fax", "MobilePhone", "HomePhone", "OtherPhone", "Email", "Title", "Department"),
    *("LeadSource", "Birthdate", "Description", "OwnerId", "HasOptedOutOfEmail", "DoNotCall"),
    *("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"),
    *("LastActivityDate", "LastViewedDate", "LastReferencedDate"),
)
"""What both taps select: 40 fields, 5 datetimes and 2 dates among them."""


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    cpu_s: float
    wall_s: float
    rss_mb: float
    calls: int
    records: int


def people(count: int) -> Iterator[dict[str, Any]]:
    """Contacts with all of these fields filled in, changed one after the other."""
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(count):
        stamp = (begin + timedelta(seconds=number * 10)).isoformat(timespec="milliseconds")
        stamp = stamp.replace("+00:00", "+0000")
        yield {
            "FirstName": f"First {number}",
            "LastName": f"Last {number}",
            "Salutation": "Ms.",
            "OtherStreet": f"{number} Harbour Road",
            "OtherCity": "Tucson",
            "OtherState": "AZ",
            "OtherPostalCode": "85721",
            "OtherCountry": "US",
            "MailingStreet": f"{number} Station Street\nHouse {number % 10}",
            "MailingCity": "Guadalajara",
            "MailingState": "JAL",
            "MailingPostalCode": f"{number % 90000:05}",
            "MailingCountry": "Mexico",
            "Phone": f"+1415555{number % 10000:04}",
            "Fax": f"+1415556{number % 10000:04}",
            "MobilePhone": f"(415) 555-{number % 10000:04}",
            "HomePhone": f"415.555.{number % 10000:04}",
            "OtherPhone": f"415 557 {number % 10000:04}",
            "Email": f"person.{number}@example.com",
            "Title": "Guest",
            "Department": "None",
            "LeadSource": "Web",
            "Birthdate": "1980-05-05",
            "Description": "A few words about this person, as people write them down.",
            "CreatedDate": stamp,
            "LastModifiedDate": stamp,
            "SystemModstamp": stamp,
            "LastActivityDate": "2025-05-05",
            "LastViewedDate": stamp,
            "LastReferencedDate": stamp,
        }


def catalog_of(command: list[str], config: Path) -> dict[str, Any]:
    """The tap's own catalog with contacts alone and the fields that both taps select."""
    done = subprocess.run(
        [*command, "--config", str(config), "--discover"], check=True, capture_output=True
    )
    catalog = json.loads(done.stdout)
    for stream in catalog["streams"]:
        is_wanted = stream["tap_stream_id"] in {"contacts", "Contact"}
        for entry in stream["metadata"]:
            name = entry["breadcrumb"][1:]
            entry["metadata"]["selected"] = is_wanted and (not name or name[0] in FIELDS)
    return catalog


def run(sandbox: RunningSandbox, command: list[str], *, output: Path | None = None) -> Cost:
    """Run a tap and measure its process."""
    sandbox.clear_journal()
    target = output or Path(os.devnull)
    begun = time.perf_counter()
    with target.open("wb") as out, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=out, stderr=log, env=plain_environment())
        peak = 0.0
        while True:
            peak = peak_memory_mb(process.pid) or peak
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            raise SystemExit(f"{command[0]} failed:\n{log.read().decode()[-3000:]}")
    records = 0
    if output is not None:
        with output.open("rb") as lines:
            records = sum(b'"RECORD"' in line for line in lines)
    return Cost(
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - begun,
        rss_mb=peak,
        calls=sandbox.calls("salesforce"),
        records=records,
    )


def plain_environment() -> dict[str, str]:
    """The environment without what slows Python down for developers."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    }


def peer_python(folder: Path) -> Path:
    """The peer in an environment of its own."""
    environment = folder / "peer"
    uv = os.environ.get("UV", "uv")
    subprocess.run([uv, "venv", "-q", "--python", "3.11", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), PEER], check=True)
    return python


class Bench:
    """Runs the taps one after the other and keeps the figures."""

    def __init__(self, folder: Path, *, with_peer: bool) -> None:
        """Prepare the peer."""
        self.folder = folder
        self.figures: list[dict[str, Any]] = []
        self.ours = [sys.executable, "-m", "tap_salesforce_zingle"]
        shim = HERE / "peers" / "singer_io_tap_salesforce.py"
        self.peer = [str(peer_python(folder)), str(shim)] if with_peer else None

    def note(self, name: str, value: float, unit: str, context: str) -> None:
        """Keep a figure, and show it."""
        figure = {"name": name, "value": round(value, 3), "unit": unit, "context": context}
        self.figures.append(figure)
        print(figure, file=sys.stderr)

    def write(self, name: str, content: object) -> Path:
        """A JSON file in the folder."""
        path = self.folder / name
        path.write_text(json.dumps(content))
        return path

    def our_command(self, sandbox: RunningSandbox, api: str, *more: str) -> list[str]:
        """Our tap's command line for one API, contacts with 40 fields."""
        config = self.write(f"ours-{api}.json", {**sandbox.salesforce_settings(), "api": api})
        catalog = self.folder / "ours-catalog.json"
        if not catalog.exists():
            self.write(catalog.name, catalog_of(self.ours, config))
        return [*self.ours, "--config", str(config), "--catalog", str(catalog), *more]

    def peer_command(self, sandbox: RunningSandbox) -> list[str]:
        """The peer's command line for the same rows and fields."""
        settings = sandbox.salesforce_settings("refresh_token")
        config = self.write(
            "peer.json",
            {
                "client_id": settings["client_id"],
                "client_secret": settings["client_secret"],
                "refresh_token": settings["refresh_token"],
                "start_date": "2020-01-01T00:00:00Z",
                "api_type": "REST",
                "select_fields_by_default": False,
            },
        )
        os.environ["SANDBOX_URL"] = sandbox.url
        command = self.peer or []
        catalog = self.write("peer-catalog.json", catalog_of(command, config))
        return [*command, "--config", str(config), "--properties", str(catalog)]

    def cost(self, rows: int) -> None:
        """CPU, calls and speed of every tap for so many rows."""
        largest = rows >= 200_000  # noqa: PLR2004 - the size that the published figures are about
        context = f"{rows} rows x {len(FIELDS)} fields, sandbox on the same machine"
        with run_sandbox(keep_bodies=False) as sandbox:
            insert_rows(sandbox.sandbox, "Contact", people(rows))
            for api in ("rest", "bulk"):
                cost = run(sandbox, self.our_command(sandbox, api))
                self.tell(f"tap.{api}", cost, rows, context, largest=largest)
            self.quiet(sandbox) if largest else None
            if self.peer:
                cost = run(sandbox, self.peer_command(sandbox))
                self.tell("peer.singer_io.rest", cost, rows, context, largest=largest)

    def tell(self, name: str, cost: Cost, rows: int, context: str, *, largest: bool) -> None:
        """Keep the figures of one run; those of the largest one have the plain names."""
        end = "" if largest else f"_{rows // 1000}k"
        self.note(f"{name}.cpu_s_per_20k{end}", cost.cpu_s / rows * 20_000, "s", context)
        self.note(f"{name}.records_per_s{end}", rows / cost.wall_s, "1/s", context)
        self.note(f"{name}.calls_{rows // 1000}k", cost.calls, "calls", context)
        self.note(f"{name}.rss_mb_{rows // 1000}k", cost.rss_mb, "MB", context)

    def quiet(self, sandbox: RunningSandbox) -> None:
        """Calls of a run without news, for two streams."""
        state = {
            "bookmarks": {
                name: {
                    "replication_key": "SystemModstamp",
                    "replication_key_value": "2026-03-01T00:00:00.000Z",
                }
                for name in ("contacts", "leads")
            }
        }
        config = self.write("quiet.json", sandbox.salesforce_settings())
        path = self.write("quiet-state.json", state)
        discover = subprocess.run(
            [*self.ours, "--config", str(config), "--discover"], check=True, capture_output=True
        )
        catalog = self.folder / "quiet-catalog.json"
        catalog.write_bytes(discover.stdout)
        command = [*self.ours, "--config", str(config), "--state", str(path)]
        cost = run(sandbox, [*command, "--catalog", str(catalog)])
        context = "contacts and leads, nothing changed; token requests are not counted"
        self.note("tap.quiet_calls", cost.calls, "calls", context)
        self.note("tap.quiet_cpu_s", cost.cpu_s, "s", context)

    def memory(self, rows: int) -> None:
        """Peak memory at a large number of rows."""
        millions = f"{rows // 1_000_000}m" if rows >= 1_000_000 else f"{rows // 1000}k"  # noqa: PLR2004 - a million
        context = f"{rows} rows x {len(FIELDS)} fields, peak resident memory of the tap's process"
        with run_sandbox(keep_bodies=False) as sandbox:
            insert_rows(sandbox.sandbox, "Contact", people(rows))
            for api in ("rest", "bulk"):
                cost = run(sandbox, self.our_command(sandbox, api))
                self.note(f"tap.{api}.rss_mb_{millions}", cost.rss_mb, "MB", context)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="20000,200000")
    parser.add_argument("--memory-rows", type=int, default=1_000_000)
    parser.add_argument("--no-peer", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), with_peer=not arguments.no_peer)
        for rows in sorted(int(text) for text in arguments.rows.split(",") if text):
            bench.cost(rows)
        if arguments.memory_rows:
            bench.memory(arguments.memory_rows)
    print(json.dumps(bench.figures, indent=2))


if __name__ == "__main__":
    main()
