"""How much the sandbox can take, so that benchmarks measure the plugins and not the sandbox.

Usage::

    python benchmarks/sandbox.py [--rows 1000000]

Prints a JSON list of ``{"name", "value", "unit", "context"}``. The sandbox runs in a process of its
own, seeded with so many people and guests; one client sends one call after the other.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from zingle_sandbox import credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SERVICE = f"/v1/services/{credentials.ZINGLE_SERVICE_ID}"
DATA = "/services/data/v62.0"
FIELDS = (
    *("Id", "IsDeleted", "MasterRecordId", "AccountId", "LastName", "FirstName", "Salutation"),
    *("Name", "OtherStreet", "OtherCity", "OtherState", "OtherPostalCode", "OtherCountry"),
    *("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry"),
    *("Phone", "Fax", "MobilePhone", "HomePhone", "OtherPhone", "Email", "Title", "Department"),
    *("LeadSource", "Birthdate", "Description", "OwnerId", "HasOptedOutOfEmail", "DoNotCall"),
    *("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"),
    *("LastActivityDate", "LastViewedDate", "LastReferencedDate"),
)
SIMPLE_CALLS = 1_000
PAGES = 7


def sandbox(state_dir: Path, *arguments: str) -> str:
    """Run one `zingle-sandbox` command."""
    command = [sys.executable, "-m", "zingle_sandbox", *arguments, "--state-dir", str(state_dir)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    """Measures one running sandbox."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        parts = urlsplit(status["url"])
        self.pid: int = status["pid"]
        self.connection = HTTPConnection(str(parts.hostname), parts.port)
        login = f"{credentials.ZINGLE_USERNAME}:{credentials.ZINGLE_PASSWORD}"
        self.zingle = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.SALESFORCE_CLIENT_ID,
            "client_secret": credentials.SALESFORCE_CLIENT_SECRET,
        }
        body = urlencode(form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        token = self.send("POST", "/services/oauth2/token", headers, body)["access_token"]
        self.salesforce = {"Authorization": f"Bearer {token}"}

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        """One call that must succeed."""
        self.connection.request(method, path, body, dict(headers))
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        return json.loads(content)

    def rate(self, call: Callable[[int], object], calls: int) -> float:
        """Calls that one core serves in a second."""
        before = cpu_seconds(self.pid)
        for number in range(calls):
            call(number)
        return calls / max(cpu_seconds(self.pid) - before, 0.01)

    def milliseconds(self, call: Callable[[int], object], calls: int) -> float:
        """Median time until an answer has been read."""
        times = []
        for number in range(calls):
            start = time.perf_counter()
            call(number)
            times.append((time.perf_counter() - start) * 1000)
        return statistics.median(times)


def figure(name: str, value: float, unit: str, context: str) -> dict[str, Any]:
    """One line of the result."""
    return {"name": name, "value": round(value, 2), "unit": unit, "context": context}


def measure(bench: Bench, rows: int) -> list[dict[str, Any]]:
    """Simple calls and large pages of both sides."""
    page = bench.send("GET", f"{SERVICE}/contacts?page_size=100", bench.zingle)
    ids = [contact["id"] for contact in page["result"]]

    def get_contact(number: int) -> object:
        return bench.send("GET", f"{SERVICE}/contacts/{ids[number % len(ids)]}", bench.zingle)

    def get_limits(_number: int) -> object:
        return bench.send("GET", f"{DATA}/limits", bench.salesforce)

    soql = (
        f"SELECT {', '.join(FIELDS)} FROM Contact"  # noqa: S608 - SOQL of our own fields
        " WHERE SystemModstamp > 2020-01-01T00:00:00Z"
        " ORDER BY SystemModstamp, Id LIMIT 2000"
    )

    def query(_number: int) -> object:
        return bench.send("GET", f"{DATA}/query?q={quote(soql)}", bench.salesforce)

    def contacts(number: int) -> object:
        path = f"{SERVICE}/contacts?page_size=500&page={number + 1}"
        return bench.send("GET", path, bench.zingle)

    context = f"{rows} people and guests, one client, one connection"
    return [
        figure(
            "sandbox.zingle_calls_per_core_s",
            bench.rate(get_contact, SIMPLE_CALLS),
            "calls/s",
            f"GET one contact; {context}",
        ),
        figure(
            "sandbox.salesforce_calls_per_core_s",
            bench.rate(get_limits, SIMPLE_CALLS),
            "calls/s",
            f"GET limits; {context}",
        ),
        figure(
            "sandbox.salesforce_page_ms",
            bench.milliseconds(query, PAGES),
            "ms",
            f"2,000 rows of {len(FIELDS)} fields; {context}",
        ),
        figure(
            "sandbox.zingle_page_ms",
            bench.milliseconds(contacts, PAGES),
            "ms",
            f"500 contacts; {context}",
        ),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        start = time.perf_counter()
        sandbox(state_dir, "seed", "--people", str(rows), "--contacts", str(rows))
        context = f"{rows} people and {rows} guests"
        size = (state_dir / "sandbox.sqlite").stat().st_size / 1_000_000
        figures = [
            figure("sandbox.seed_s", time.perf_counter() - start, "s", context),
            figure("sandbox.seed_mb", size, "MB", f"{context}, on disk"),
        ]
        sandbox(state_dir, "start")
        try:
            figures += measure(Bench(json.loads(sandbox(state_dir, "status", "--json"))), rows)
        finally:
            sandbox(state_dir, "stop")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
