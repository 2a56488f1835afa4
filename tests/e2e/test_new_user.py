"""A new user's first day: real Meltano from an empty folder, and the report in a browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from selenium.webdriver.common.by import By

from zingle_sandbox.salesforce import insert_rows

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from tests.e2e.conftest import Newcomer

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


@pytest.fixture
def newcomer(empty_project: Newcomer) -> Newcomer:
    """An empty project, and ten people in Salesforce."""
    insert_rows(empty_project.sandbox.sandbox, "Contact", PEOPLE)
    # Rows of the present second are read by the next run.
    empty_project.sandbox.sandbox.clock.advance(60)
    return empty_project


def set_up(newcomer: Newcomer) -> None:
    """The README's lines, with a service id that is not there."""
    newcomer.meltano("init", ".")
    newcomer.add("extractor", "tap-salesforce-zingle")
    newcomer.add("loader", "target-zingle")
    newcomer.add("utility", "zingle-sync")
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
