"""Measure target-zingle: creates against the latency limit, calls per record, a large index.

The sandbox runs in this process and the target in one of its own, so that neither takes the
other's share of the interpreter. Prints a JSON list of ``{"name", "value", "unit", "context"}``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import peak_memory_mb

from zingle_sandbox.faults import FaultRule
from zingle_sandbox.seeds.scale import insert_scale
from zingle_sandbox.testing import run_sandbox
from zingle_sandbox.zingle import insert_contacts

if TYPE_CHECKING:
    from zingle_sandbox.journal import Call
    from zingle_sandbox.testing import RunningSandbox

BIN = Path(sys.executable).parent
CREATES, LINKS, WORKERS, LATENCY = 10_000, 2_000, 16, 0.1
# A short list is read page by page, a longer one by all workers at the same time.
INDEX_WORKERS, FEWEST_PAGES = 4, 30
CONTACTS = int(os.environ.get("BENCH_CONTACTS", "1000000"))
FIELDS = {
    "Id": "id",
    "FirstName": "string",
    "LastName": "string",
    "MobilePhone": "phone",
    "Email": "email",
    "CreatedDate": "datetime",
}


def main() -> None:
    """Print the figures."""
    figures = [*creates(), *links(), *index()]
    print(json.dumps(figures, indent=2))


def settings(sandbox: RunningSandbox, folder: Path, **more: Any) -> dict[str, Any]:
    """The target's settings for a sandbox."""
    return {
        **sandbox.zingle_settings(),
        "service_id": sandbox.service_id,
        "max_creates_per_run": 0,
        "requests_per_second": 0,
        "concurrency": WORKERS,
        "sync_log_url": f"sqlite:///{folder}/log.db",
        **more,
    }


def messages(count: int, *, first: int = 0) -> str:
    """Singer messages with that many people, a STATE after every 1,000."""
    properties = {
        name: {"type": ["string", "null"], "x-salesforce": {"type": kind, "length": 80}}
        for name, kind in FIELDS.items()
    }
    lines = [
        {
            "type": "SCHEMA",
            "stream": "contacts",
            "schema": {"type": "object", "properties": properties},
            "key_properties": ["Id"],
        }
    ]
    for number in range(first, first + count):
        record = {
            "Id": f"003Bm{number:010d}",
            "FirstName": "Ann",
            "LastName": f"Lee {number}",
            "MobilePhone": f"+1{(201, 212, 213, 305)[number % 4]}{2_000_000 + number:07d}",
            "Email": f"guest{number}@inbox-hotel.net",
            "CreatedDate": "2026-01-01T00:00:00.000Z",
        }
        lines.append({"type": "RECORD", "stream": "contacts", "record": record})
        if number % 1000 == 999:  # noqa: PLR2004 - as taps do
            lines.append({"type": "STATE", "value": {"bookmarks": {"contacts": {"n": number}}}})
    return "".join(json.dumps(line) + "\n" for line in lines)


def run_target(config: dict[str, Any], text: str, folder: Path) -> tuple[float, float]:
    """Run the target on messages; return its seconds and its peak memory in MB."""
    settings_file, input_file = folder / "config.json", folder / "input.singer"
    log_file = folder / "target.log"
    settings_file.write_text(json.dumps(config), encoding="utf-8")
    input_file.write_text(text, encoding="utf-8")
    started, peak = time.perf_counter(), 0.0
    with input_file.open(encoding="utf-8") as source, log_file.open("w") as log:
        process = subprocess.Popen(
            [str(BIN / "target-zingle"), "--config", str(settings_file)],
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        while process.poll() is None:
            peak = peak_memory_mb(process.pid) or peak
            time.sleep(0.02)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"target-zingle failed:\n{log_file.read_text()[-2000:]}")
    return seconds, peak


def figure(name: str, value: float, unit: str, context: str) -> dict[str, Any]:
    """One line of the result."""
    return {"name": f"target_zingle.{name}", "value": value, "unit": unit, "context": context}


def creates() -> list[dict[str, Any]]:
    """10,000 creates at 100 ms and 16 workers, then the same people unchanged."""
    with tempfile.TemporaryDirectory() as name, run_sandbox(keep_bodies=False) as sandbox:
        folder = Path(name)
        text = messages(CREATES)
        sandbox.sandbox.faults.add(FaultRule("latency", system="zingle", seconds=LATENCY))
        config = settings(sandbox, folder)
        seconds, _ = run_target(config, text, folder)
        made = [call for call in sandbox.journal() if call.system == "zingle"]
        # The journal's time includes the injected latency: L + s of the definition.
        each = statistics.median(call.milliseconds for call in made if call.method == "POST") / 1000
        sandbox.clear_journal()
        unchanged, _ = run_target(config, text, folder)
        again = [call for call in sandbox.journal() if call.system == "zingle"]
        context = f"{CREATES:,} people, {LATENCY * 1000:.0f} ms latency, {WORKERS} workers"
        return [
            figure(
                "create_10k.fraction_of_limit",
                round(len(made) * each / (WORKERS * seconds), 3),
                "1",
                f"{context}, {each * 1000:.1f} ms a call",
            ),
            figure("create_10k.seconds", round(seconds, 1), "s", context),
            figure("calls_per_create", round(len(made) / CREATES, 4), "calls", context),
            figure(
                "calls_per_unchanged",
                round(sum(call.method != "GET" for call in again) / CREATES, 4),
                "calls",
                f"{CREATES:,} unchanged people; reading all contacts took {len(again)} calls",
            ),
            figure("unchanged_10k.seconds", round(unchanged, 1), "s", context),
        ]


def links() -> list[dict[str, Any]]:
    """2,000 guests who are known by phone, linked; one more before them is the proof."""
    with tempfile.TemporaryDirectory() as name, run_sandbox(keep_bodies=False) as sandbox:
        folder = Path(name)
        records = [json.loads(line) for line in messages(LINKS + 1).splitlines()]
        people = [line["record"] for line in records if line["type"] == "RECORD"]
        insert_contacts(
            sandbox.sandbox,
            [
                {
                    "fields": {"First Name": one["FirstName"], "Last Name": one["LastName"]},
                    "channels": [
                        {"type": "phone", "value": one["MobilePhone"], "country": "US"},
                        {"type": "email", "value": one["Email"]},
                    ],
                }
                for one in people
            ],
        )
        config = settings(sandbox, folder, lookup="index")
        run_target(config, messages(1), folder)
        sandbox.clear_journal()
        seconds, _ = run_target(config, messages(LINKS, first=1), folder)
        calls = [call for call in sandbox.journal() if "/contacts/" in call.path]
        rows = sandbox.sandbox.store.all("SELECT external_id FROM zg_contacts")
        if {one["Id"] for one in people} != {str(row[0])[:15] for row in rows}:
            raise SystemExit("not everybody was linked")
        if {call.method for call in calls} != {"PATCH", "GET"}:
            raise SystemExit("contacts were written in another way than by PATCH")
        context = f"{LINKS:,} guests matched by phone; the list of contacts is read besides"
        return [
            figure("calls_per_link", round(len(calls) / LINKS, 4), "calls", context),
            figure("link_2k.seconds", round(seconds, 1), "s", f"{context}; {WORKERS} workers"),
        ]


def index() -> list[dict[str, Any]]:
    """Memory and page rate while indexing a large service."""
    with tempfile.TemporaryDirectory() as name, run_sandbox(keep_bodies=False) as sandbox:
        folder = Path(name)
        insert_scale(sandbox.sandbox, people=0, contacts=CONTACTS)
        config = settings(sandbox, folder, lookup="index", concurrency=INDEX_WORKERS)
        started, _ = run_target(config, messages(0), folder)
        seconds, peak_mb = run_target(config, messages(1), folder)
        pages = reads_of_the_list(sandbox)
        seconds_reading = (pages[-1].at - pages[0].at).total_seconds()
        alone = page_rate(sandbox, [call.query for call in pages])
        context = f"{CONTACTS:,} contacts, {len(pages)} pages"
        return [
            figure("rss_mb_index_1m", round(peak_mb, 1), "MB", context),
            figure("index_1m.seconds", round(seconds - started, 1), "s", context),
            figure(
                "index_1m.fraction_of_page_rate",
                round((len(pages) - 1) / seconds_reading / alone, 3),
                "1",
                f"{context}; the server alone gives {alone:.1f} pages/s to {INDEX_WORKERS} readers",
            ),
        ]


def reads_of_the_list(sandbox: RunningSandbox) -> list[Call]:
    """The calls that read the service's list of contacts, in their order; lookups are none.

    Raises:
        SystemExit: They are so few that the target reads them in turn.
    """
    path = f"/v1/services/{sandbox.service_id}/contacts"
    pages = [
        call
        for call in sandbox.journal()
        if call.method == "GET" and call.path == path and "sort_fields=" in call.query
    ]
    if len(pages) < FEWEST_PAGES:
        raise SystemExit(f"{len(pages)} pages were read: set BENCH_CONTACTS to more contacts")
    return sorted(pages, key=lambda call: call.at)


def page_rate(sandbox: RunningSandbox, queries: list[str]) -> float:
    """Pages per second that the server gives to readers who throw the same pages away."""
    script = (
        "import sys, queue, threading, requests\n"
        "url, user, password, readers = sys.argv[1:]\n"
        "waiting = queue.SimpleQueue()\n"
        "[waiting.put(line.strip()) for line in sys.stdin]\n"
        "def read():\n"
        "    session = requests.Session()\n"
        "    while True:\n"
        "        try: query = waiting.get_nowait()\n"
        "        except queue.Empty: return\n"
        "        session.get(url + '?' + query, auth=(user, password)).raise_for_status()\n"
        "threads = [threading.Thread(target=read) for _ in range(int(readers))]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
    )
    known = sandbox.zingle_settings()
    url = f"{sandbox.url}/v1/services/{sandbox.service_id}/contacts"
    arguments = [url, known["username"], known["password"], str(INDEX_WORKERS)]
    sandbox.clear_journal()
    subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input="\n".join(queries),
        text=True,
        check=True,
    )
    calls = sandbox.journal()
    if sorted(call.query for call in calls) != sorted(queries):
        raise SystemExit("the comparing readers did not ask what the target asked")
    calls.sort(key=lambda call: call.at)
    return (len(calls) - 1) / (calls[-1].at - calls[0].at).total_seconds()


if __name__ == "__main__":
    main()
