"""A new user's first day: real Meltano from an empty folder, and the report in a browser."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from demo import BIN, ROOT
from selenium.webdriver.common.by import By

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

    from zingle_sandbox.testing import RunningSandbox

# Ten guests; the notes of three are longer than a Zingle field holds.
LONG_NOTES, LONGEST = 3, 302
PEOPLE = [
    {
        "FirstName": "Guest",
        "LastName": f"Number {n}",
        "MobilePhone": f"+1 202 555 01{n:02}",
        "Loyalty_Tier__c": "Gold",
        "VIP__c": n == 1,
        "Description": "n" * (300 + n) if n < LONG_NOTES else "short",
    }
    for n in range(10)
]


@dataclass(frozen=True)
class Newcomer:
    """A Meltano project that its user makes step by step; the folder's name has a space."""

    sandbox: RunningSandbox
    folder: Path
    environment: dict[str, str]

    def command(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the project."""
        return subprocess.run(
            [str(BIN / name), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
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

    def configure(self, plugin: str, settings: dict[str, Any]) -> None:
        """Edit a plugin's config in meltano.yml."""
        path = self.folder / "meltano.yml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = [one for kind in document["plugins"].values() for one in kind]
        entry = next(one for one in entries if one["name"] == plugin)
        entry["config"] = entry.get("config", {}) | settings
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """An empty folder, a checkout, and two services with ten people in one of them."""
    foreign = ("MELTANO", "TAP_", "TARGET_", "SYNC_LOG", "ZINGLE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment = clean | {
        "PATH": os.pathsep.join([str(BIN), str(ROOT / ".tools"), os.environ["PATH"]]),
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "ZINGLE_SYNC_HOME": str(ROOT),
    }
    folder = tmp_path / "our guests"
    folder.mkdir()
    with run_sandbox(anchor=None) as sandbox:
        insert_rows(sandbox.sandbox, "Contact", PEOPLE)
        sandbox.sandbox.clock.advance(60)  # rows of the present second are read by the next run
        yield Newcomer(sandbox, folder, environment)


def set_up(newcomer: Newcomer) -> None:
    """The README's lines, with a service id that is not there."""
    newcomer.meltano("init", ".")
    for kind, name in (
        ("extractor", "tap-salesforce-zingle"),
        ("loader", "target-zingle"),
        ("utility", "zingle-sync"),
    ):
        definition = str(ROOT / "definitions" / f"{name}.yml")
        newcomer.meltano("add", "--plugin-type", kind, name, "--from-ref", definition)
    newcomer.meltano(
        *("job", "add", "contacts-to-zingle", "--tasks", "tap-salesforce-zingle target-zingle")
    )
    nowhere = "00000000-0000-0000-0000-000000000000"
    newcomer.meltano("config", "set", "target-zingle", "service_id", nowhere)
    tap = newcomer.sandbox.salesforce_settings() | {"objects": ["Contact"]}
    newcomer.configure("tap-salesforce-zingle", tap)
    newcomer.configure("target-zingle", newcomer.sandbox.zingle_settings())


def test_a_new_users_first_day(newcomer: Newcomer, browser: Chrome) -> None:
    """Set up, red, fixed, green, previewed, Connected, broken with its reason, Connected again."""
    set_up(newcomer)
    assert newcomer.status()[:2] == (3, "Never run")
    fields = from_red_to_green(newcomer)
    preview_and_run(newcomer, browser)
    break_and_mend(newcomer, browser, fields)


def from_red_to_green(newcomer: Newcomer) -> dict[str, Any]:
    """Do what `check` says until it is content; returns the mapped fields."""
    # Red: the service id is wrong, and the finding says what to do.
    red = newcomer.sync("check", "--json")
    problems = [one for one in json.loads(red.stdout)["findings"] if one["level"] == "problem"]
    assert red.returncode == 1
    assert any("service 00000000-" in one["text"] for one in problems), problems
    assert any("correct the id" in one["todo"] for one in problems), problems
    newcomer.configure("target-zingle", {"service_id": newcomer.sandbox.service_id})

    # A mapping to paste, with two fields more that Zingle lacks: created by `check --fix`.
    pasted = yaml.safe_load(newcomer.sync("fields", "--mapping").stdout)
    fields = pasted["contact_mapping"]["contacts"]["fields"]
    assert fields["Loyalty Tier"] == "Loyalty_Tier__c"
    fields |= {"Is VIP": "VIP__c", "Notes": {"from": "Description", "on_overflow": "truncate"}}
    newcomer.configure("target-zingle", pasted)
    fixed = newcomer.sync("check", "--fix", "--yes", "--json")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    created = [name for name in ("Is VIP", "Notes") if f"{name} was created" in fixed.stderr]
    assert created == ["Is VIP", "Notes"]
    found = [one["text"] for one in json.loads(fixed.stdout)["findings"]]
    assert any(f"{LONGEST} characters; {LONG_NOTES} are longer" in one for one in found), found
    return dict(fields)


def preview_and_run(newcomer: Newcomer, browser: Chrome) -> None:
    """A preview writes nothing; the first run connects."""
    sandbox = newcomer.sandbox
    writes = sandbox.writes("zingle")
    (told,) = json.loads(newcomer.sync("preview", "--json").stdout)
    assert (told["status"], told["outcomes"]) == ("ok", {"would_create": len(PEOPLE)})
    assert (sandbox.writes("zingle"), newcomer.status()[0]) == (writes, 3)

    newcomer.meltano("run", "contacts-to-zingle")
    answer = newcomer.command("meltano", "invoke", "zingle-sync:status", "--json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["status"]) == (0, "Connected")
    assert [one["service_id"] for one in told["services"]] == [sandbox.service_id]
    assert "Connected" in heading_of_report(newcomer, browser)


def break_and_mend(newcomer: Newcomer, browser: Chrome, fields: dict[str, Any]) -> None:
    """A mapping that can't run, one that loses records, and the way back."""
    sandbox = newcomer.sandbox
    # A typing error stops the next run before it writes; the status names it.
    writes = sandbox.writes("zingle")
    newcomer.configure("target-zingle", mapping(fields | {"Is VIP": "VIP_c"}))
    assert newcomer.command("meltano", "run", "contacts-to-zingle").returncode != 0
    code, word, reason = newcomer.status()
    assert (code, word) == (1, "Needs Attention")
    assert 'no field "VIP_c" in stream contacts' in reason
    assert sandbox.writes("zingle") == writes

    # A legal mapping that loses records: they are kept, and named by reason.
    lossy = mapping(fields | {"Notes": {"from": "Description", "on_overflow": "error"}})
    newcomer.configure("target-zingle", lossy)
    newcomer.meltano("run", "--full-refresh", "contacts-to-zingle")
    assert newcomer.status() == (
        1,
        "Needs Attention",
        f"{LONG_NOTES} of {len(PEOPLE)} records are rejected: overflow {LONG_NOTES}.",
    )
    assert "Needs Attention" in heading_of_report(newcomer, browser)

    # Fixed: the kept records are sent again, without waiting for them to change.
    newcomer.configure("target-zingle", mapping(fields))
    replay = newcomer.sync("replay")
    assert replay.returncode == 0, replay.stderr
    assert f"{LONG_NOTES} sent again; {LONG_NOTES} unchanged" in replay.stderr
    # Nothing is rejected any more; what the changed mapping asks for is told, and done.
    told = json.loads(newcomer.sync("status", "--json").stdout)
    assert told["reason"].startswith("The mapping changed")
    command = "meltano --environment dev run --full-refresh contacts-to-zingle"
    assert told["todo"].startswith(f"`{command}`")
    newcomer.meltano(*command.split()[1:])
    assert newcomer.status()[:2] == (0, "Connected")


def mapping(fields: dict[str, Any]) -> dict[str, Any]:
    """The setting of target-zingle."""
    return {"contact_mapping": {"contacts": {"fields": fields}}}


def heading_of_report(newcomer: Newcomer, browser: Chrome) -> str:
    """Write the report, open it without any network use, and read its heading."""
    page = newcomer.folder / "report.html"
    answer = newcomer.sync("report", "--out", str(page))
    assert answer.returncode == 0, answer.stderr
    browser.get_log("performance")
    browser.get(page.as_uri())
    sent = [
        str(entry["message"])
        for entry in browser.get_log("performance")
        if "Network.requestWillBeSent" in str(entry["message"])
    ]
    assert sent
    assert all("report.html" in message for message in sent)
    assert browser.get_log("browser") == []
    return str(browser.find_element(By.TAG_NAME, "h1").text)
