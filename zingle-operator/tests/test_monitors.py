"""What monitors get: alerts that arrive, gauges, and the list of runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_sync.outcomes import Outcome
from zingle_sync.outcomes.sync_log import SyncLog

# An import of apprise itself.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SERVICE = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
PROJECT = """
pipelines:
- name: contacts
  tap: {name: tap-salesforce-zingle}
  target: {name: target-zingle}
"""


class Inbox(HTTPServer):
    """Takes what apprise posts, and answers with a status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[dict[str, str]] = []
        self.answer = 200

    @property
    def url(self) -> str:
        """Where apprise posts JSON to."""
        return f"json://127.0.0.1:{self.server_port}/?secret=hush"


class Handler(BaseHTTPRequestHandler):
    """Answers for the inbox."""

    server: Inbox

    def do_POST(self) -> None:
        """Keep what came, if it is taken."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.answer == 200:
            self.server.got.append(body)
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[Inbox]:
    """An inbox that listens."""
    with Inbox() as inbox:
        thread = threading.Thread(target=inbox.serve_forever)
        thread.start()
        yield inbox
        inbox.shutdown()
        thread.join()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Where alerts arrive."""
    with served() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that has run well once."""
    for name in ("SYNC_LOG_URL", "MELTANO_ENVIRONMENT", "ZINGLE_SYNC_NOTIFY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "sync.yml").write_text(f"sync_log_url: sqlite:///{tmp_path}/log.db{PROJECT}")
    ran(tmp_path)
    return tmp_path


def ran(folder: Path, error: str | None = None) -> None:
    """One more run of the target, well or with an error."""
    run = SyncLog.open(f"sqlite:///{folder}/log.db").start_run("target-zingle")
    run.remember(SERVICE, "service_name", "Harbor Lights")
    run.record(
        [
            Outcome("contacts", SERVICE, "003A", "created"),
            Outcome("contacts", SERVICE, "003B", "skipped", reason="filtered"),
        ]
    )
    run.finish(
        status="failed" if error else "ok",
        error=error,
        error_class="LoginError" if error else None,
        api_calls={"zingle": 7},
        quota={"salesforce": {"used": 10, "max": 100}},
    )


def status(folder: Path, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["status", "--config", str(folder / "sync.yml"), *arguments])


def test_people_are_told_when_it_fails_and_when_it_is_well_again(
    folder: Path, inbox: Inbox
) -> None:
    """Four looks at a pipeline that fails and recovers send two alerts, with what to do."""
    for error in (None, "The password of ana@example.org is wrong.", None):
        ran(folder, error)
        for _ in range(2):
            assert (1 if error else 0) == status(folder, "--notify", inbox.url).exit_code

    told = [(one["title"], one["message"]) for one in inbox.got]
    assert ["Needs Attention", "Connected"] == [title.split(": ")[1] for title, _ in told]
    assert "contacts, Harbor Lights" in told[0][1]
    assert "Correct the Salesforce log-in" in told[0][1]
    assert "ana@example.org" not in str(told)


def test_an_alert_that_did_not_arrive_is_sent_again(folder: Path, inbox: Inbox) -> None:
    """A dead address is told without its secret, and the next look tells what was not told."""
    ran(folder, "The password is wrong.")
    inbox.answer = 500

    failed = status(folder, "--notify", inbox.url)
    inbox.answer = 200
    again = status(folder, "--notify", inbox.url)

    assert (1, 1) == (failed.exit_code, again.exit_code)
    assert "could not be sent to address 1 of --notify" in failed.stderr
    assert "hush" not in failed.output + again.output
    assert 1 == len(inbox.got)


def test_an_unknown_address_is_refused_without_being_shown(folder: Path) -> None:
    """A typing error in an address with a password in it is told by its number."""
    result = status(folder, "--notify", "nowhere://hush@x")

    assert "address 1 of --notify is none that apprise knows" in result.stderr
    assert "hush" not in result.output


def test_gauges_tell_what_status_tells(folder: Path) -> None:
    """The file holds status, last success, records, calls and quota, and nothing is left beside."""
    ran(folder, "The password is wrong.")
    file = folder / "zingle.prom"

    assert 1 == status(folder, "--prometheus", str(file)).exit_code

    gauges = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }
    of_service = {"pipeline": "contacts", "service": "Harbor Lights", "service_id": SERVICE}

    def value(name: str, **labels: str) -> float:
        return gauges[f"zingle_sync_{name}", tuple(sorted(labels.items()))]

    assert 1 == value("status", **of_service, status="Needs Attention")
    assert 0 == value("status", **of_service, status="Connected")
    assert 1 == value("records", **of_service, outcome="created")
    assert 1 == value("records", **of_service, outcome="skipped")
    assert 7 == value("last_run_calls", pipeline="contacts", system="zingle")
    assert (10, 100) == (
        value("quota_used_calls", system="salesforce"),
        value("quota_max_calls", system="salesforce"),
    )
    assert 0 < value("last_success_timestamp_seconds", pipeline="contacts")
    assert ["log.db", "sync.yml", "zingle.prom"] == sorted(
        path.name for path in folder.iterdir() if not path.name.startswith("log.db-")
    )


def test_runs_are_listed_newest_first(folder: Path) -> None:
    """Each run has its end, its records, its calls and its error, for people and for programs."""
    ran(folder, "The password is wrong.")
    arguments = ["runs", "--config", str(folder / "sync.yml")]

    listed = CliRunner().invoke(app, arguments)
    told = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    (newest,) = json.loads(CliRunner().invoke(app, [*arguments, "--json", "--limit", "1"]).stdout)

    _, first, second = listed.stdout.splitlines()
    assert "failed" in first
    assert "The password is wrong." in first
    assert "1 created, 1 skipped" in second
    assert ["failed", "ok"] == [run["status"] for run in told]
    assert {"zingle": 7} == newest["api_calls"] == told[0]["api_calls"]
