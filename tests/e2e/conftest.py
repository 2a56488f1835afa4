"""Real `meltano run` of the repository's own project, against a sandbox of the test's own."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml
from demo import ROOT, environment

from zingle_sandbox import zingle
from zingle_sandbox.credentials import ZINGLE_PASSWORD, ZINGLE_USERNAME
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zingle_sandbox.sandbox import Option
    from zingle_sandbox.testing import RunningSandbox

BIN = Path(sys.executable).parent
CONTACTS = "contacts-to-zingle"
CONVERSATIONS = "conversations-to-salesforce"
# Seconds between two messages that no zone has on one date, not even when clocks go back.
LONGEST_DAY = 25 * 3600


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give real runs the time that they need on a busy machine."""
    item.add_marker(pytest.mark.timeout(900))


def clean_environment() -> dict[str, str]:
    """The environment of somebody who has never set a variable of ours or of Meltano's."""
    foreign = ("MELTANO", "TAP_", "TARGET_", "SYNC_LOG", "ZINGLE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return clean | {
        "PATH": os.pathsep.join([str(BIN), str(ROOT / ".tools"), os.environ["PATH"]]),
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


@pytest.fixture(name="clean_environment")
def _clean_environment() -> dict[str, str]:
    return clean_environment()


def run_meltano(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Meltano in the repository's project, one run at a time.

    Two runs of one project write the same files below `.meltano/run`.
    """
    folder = ROOT / ".meltano"
    folder.mkdir(exist_ok=True)
    with (folder / "e2e.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.run(
            [str(BIN / "meltano"), *arguments],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )


@dataclass
class Project:
    """The Meltano project with its own state and sync log, pointed at one sandbox."""

    sandbox: RunningSandbox
    folder: Path

    def meltano(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a Meltano command; `settings` are environment variables on top."""
        env = environment(self.sandbox.url, self.folder) | settings
        return run_meltano(env, *arguments)

    def run(self, job: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a job that must succeed."""
        answer = self.meltano("run", job, **settings)
        assert answer.returncode == 0, answer.stderr[-4000:]
        return answer

    def outcomes(self, plugin: str, *arguments: str) -> list[dict[str, Any]]:
        """List what the operator's command tells of a plugin's last run."""
        command = ["outcomes", "--run", "last", "--plugin", plugin, "--json", *arguments]
        answer = subprocess.run(
            [str(BIN / "zingle-sync"), *command],
            env=environment(self.sandbox.url, self.folder),
            capture_output=True,
            text=True,
            check=True,
        )
        return list(json.loads(answer.stdout))

    def service(self) -> dict[str, Any]:
        """The Zingle service, through the v1 API."""
        url = f"{self.sandbox.url}/v1/services/{self.sandbox.service_id}"
        answer = requests.get(url, auth=(ZINGLE_USERNAME, ZINGLE_PASSWORD), timeout=30)
        return dict(answer.json()["result"])

    def contacts(self) -> list[dict[str, Any]]:
        """Every Zingle contact, through the v1 API."""
        return self._zingle_rows("contacts", "created_at asc,id asc")

    def messages(self) -> list[dict[str, Any]]:
        """Every Zingle message, through the v1 API."""
        return self._zingle_rows("messages", "created_at asc,id asc")

    def _zingle_rows(self, what: str, order: str) -> list[dict[str, Any]]:
        url = f"{self.sandbox.url}/v1/services/{self.sandbox.service_id}/{what}"
        rows: list[dict[str, Any]] = []
        while True:
            page = requests.get(
                url,
                params={
                    "page": len(rows) // 500 + 1,
                    "page_size": 500,
                    "sort_fields": order,
                },
                auth=(ZINGLE_USERNAME, ZINGLE_PASSWORD),
                timeout=30,
            ).json()
            rows += page["result"]
            if len(rows) >= page["status"]["total_records"]:
                return rows

    def tasks(self) -> list[dict[str, Any]]:
        """Every Task, through the REST API."""
        return self.query(
            "SELECT Id, Zingle_Conversation_Key__c, Subject, Status, WhoId, ActivityDate,"
            " Description FROM Task"
        )

    def salesforce_headers(self) -> dict[str, str]:
        """Log in to Salesforce as the integration user."""
        settings = self.sandbox.salesforce_settings()
        answer = requests.post(
            f"{self.sandbox.url}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": settings["client_id"],
                "client_secret": settings["client_secret"],
            },
            timeout=30,
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def query(self, soql: str) -> list[dict[str, Any]]:
        """Every row of a query, deleted rows too."""
        url, headers = self.sandbox.url, self.salesforce_headers()
        path, rows = "/services/data/v62.0/queryAll", []
        page = requests.get(url + path, params={"q": soql}, headers=headers, timeout=30).json()
        rows += page["records"]
        while not page["done"]:
            page = requests.get(url + page["nextRecordsUrl"], headers=headers, timeout=30).json()
            rows += page["records"]
        return rows


@pytest.fixture(scope="session")
def installed() -> None:
    """The plugins in Meltano's environments, as `meltano install` leaves them."""
    env = environment("http://127.0.0.1:9", ROOT / ".meltano") | {
        "MELTANO_DATABASE_URI": f"sqlite:///{ROOT / '.meltano' / 'e2e.db'}"
    }
    answer = run_meltano(env, "install")
    assert answer.returncode == 0, answer.stderr[-4000:]


@pytest.fixture(scope="module")
def project(
    installed: None, demo_sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The project in front of the demo worlds, shared by the tests of a module."""
    assert os.environ.get("MELTANO_PROJECT_ROOT") is None
    return Project(demo_sandbox, tmp_path_factory.mktemp("project"))


@dataclass(frozen=True)
class Newcomer:
    """A Meltano project that its user makes step by step; the folder's name has a space."""

    sandbox: RunningSandbox
    folder: Path
    environment: dict[str, str]

    @property
    def worlds(self) -> Project:
        """Both services, as the tests of the repository's own project look at them."""
        return Project(self.sandbox, self.folder)

    def command(
        self, name: str, *arguments: str, lines: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the project, with lines on its standard input."""
        return subprocess.run(
            [str(BIN / name), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            input=lines or "",
        )

    def meltano(self, *arguments: str) -> None:
        """Run a Meltano command that must succeed."""
        answer = self.command("meltano", *arguments)
        assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]

    def sync(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an operator's command; it never shows the secrets."""
        answer = self.command("zingle-sync", *arguments)
        password = self.sandbox.zingle_settings()["password"]
        assert password not in answer.stdout + answer.stderr
        return answer

    def status(self) -> tuple[int, str, str]:
        """Exit code, word and reason."""
        answer = self.sync("status", "--json")
        told = json.loads(answer.stdout)
        return answer.returncode, told["status"], told["reason"]

    def add(self, kind: str, name: str) -> None:
        """Add a plugin from its definition, as the README says."""
        definition = str(ROOT / "definitions" / f"{name}.yml")
        self.meltano("add", "--plugin-type", kind, name, "--from-ref", definition)

    def configure(self, plugin: str, settings: dict[str, Any]) -> None:
        """Edit a plugin's config in meltano.yml."""
        path = self.folder / "meltano.yml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = [one for kind in document["plugins"].values() for one in kind]
        entry = next(one for one in entries if one["name"] == plugin)
        entry["config"] = entry.get("config", {}) | settings
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


@pytest.fixture
def empty_project(tmp_path: Path) -> Iterator[Newcomer]:
    """An empty folder, a checkout, and two empty services."""
    environment = clean_environment() | {"ZINGLE_SYNC_HOME": str(ROOT)}
    folder = tmp_path / "our guests"
    folder.mkdir()
    with run_sandbox(anchor=None) as sandbox:
        yield Newcomer(sandbox, folder, environment)


@contextmanager
def run_hotel(
    *, people: int, guests: int, days: int, options: Mapping[str, Option] | None = None
) -> Iterator[RunningSandbox]:
    """Two services that run: so many people, of whom the first are guests who wrote on some days."""
    with run_sandbox(anchor=None, options=options) as sandbox:
        insert_rows(
            sandbox.sandbox,
            "Contact",
            [
                {
                    "FirstName": "Guest",
                    "LastName": f"N{n}",
                    "MobilePhone": f"+1 202 555 {100 + n:04}",
                }
                for n in range(people)
            ],
        )
        contacts = zingle.insert_contacts(
            sandbox.sandbox,
            [
                {"channels": [{"type": "phone", "value": f"+1202555{100 + n:04}", "country": "US"}]}
                for n in range(guests)
            ],
        )
        now = int(sandbox.sandbox.clock.now().timestamp())
        sent = [(day, now - day * LONGEST_DAY) for day in range(1, days + 1)]
        zingle.insert_messages(
            sandbox.sandbox,
            [
                {"contact_id": contact, "direction": "inbound", "body": f"day {day}",
                 "created_at": at, "updated_at": at}
                for contact in contacts
                for day, at in sent
            ],
        )  # fmt: skip
        sandbox.sandbox.clock.advance(600)
        yield sandbox


@dataclass(frozen=True)
class Scheduler:
    """A Meltano project with its own state, such as one server of two."""

    folder: Path

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of ours in the project."""
        return subprocess.run(
            [str(BIN / arguments[0]), *arguments[1:]],
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def run(self, job: str) -> subprocess.CompletedProcess[str]:
        """Run a job."""
        return self.command("meltano", "run", job)


def _plugin(
    name: str, capabilities: list[str], config: dict[str, Any], *declared: str
) -> dict[str, Any]:
    """A plugin of Meltano that needs no installation: it is ours, from this environment.

    Meltano hands over what is declared alone, and what has a value in the config.
    """
    return {
        "settings": [{"name": setting} for setting in declared],
        "name": name,
        "namespace": name.replace("-", "_"),
        "executable": str(BIN / name),
        "capabilities": capabilities,
        "config": config,
    }


def scheduler(folder: Path, sandbox: RunningSandbox, sync_log_url: str) -> Scheduler:
    """Make a project with both pipelines."""
    folder.mkdir()
    reads, writes = ["catalog", "discover", "state"], ["structured-logging"]
    zingle_, salesforce = sandbox.zingle_settings(), sandbox.salesforce_settings()
    log = {"sync_log_url": sync_log_url}
    contacts = {"service_id": sandbox.service_id, "max_creates_per_run": 0}
    document = {
        "project_id": "4f4d6b8e-0000-4000-8000-000000000000",
        "default_environment": "prod",
        "environments": [{"name": "prod"}],
        "plugins": {
            "extractors": [
                _plugin("tap-salesforce-zingle", reads, {**salesforce, "objects": ["Contact"]}),
                _plugin(
                    "tap-zingle", reads, {**zingle_, "start_date": "2026-01-01"}, "only_keys_file"
                ),
            ],
            "loaders": [
                _plugin("target-zingle", writes, {**zingle_, **log, **contacts}),
                _plugin("target-salesforce-activity", writes, {**salesforce, **log}),
            ],
        },
        "jobs": [
            {"name": CONTACTS, "tasks": ["tap-salesforce-zingle target-zingle"]},
            {"name": CONVERSATIONS, "tasks": ["tap-zingle target-salesforce-activity"]},
        ],
    }
    (folder / "meltano.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    made = Scheduler(folder)
    # Meltano makes its own database at first use; two first uses at once trip over each other.
    listed = made.command("meltano", "state", "list")
    assert listed.returncode == 0, listed.stderr[-3000:]
    return made
