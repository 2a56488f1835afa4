"""Whoever takes one plugin into a stack of their own, with nothing but its README."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from demo import ROOT

from zingle_sandbox import zingle
from zingle_sandbox.salesforce import insert_rows

if TYPE_CHECKING:
    from tests.e2e.conftest import Newcomer


def _section(package: str) -> str:
    """What a plugin's README says about other taps."""
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    return text.partition("\n## Behind another tap\n")[2].partition("\n## ")[0]


def _block(text: str, language: str) -> str:
    """The first code block of a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found, f"no {language} block"
    return found[1]


def _feed(newcomer: Newcomer, plugin: str, lines: str) -> None:
    """Pipe Singer lines into a plugin through Meltano."""
    answer = newcomer.command("meltano", "invoke", plugin, lines=lines)
    assert answer.returncode == 0, answer.stderr[-4000:]


def test_guests_of_a_csv_arrive_from_the_readme_alone(empty_project: Newcomer) -> None:
    """The README's settings and Singer lines of a CSV create its guests; again, nothing is written."""
    newcomer = empty_project
    section = _section("target-zingle")
    lines = _block(section, "json")
    newcomer.meltano("init", ".")
    newcomer.add("loader", "target-zingle")
    config = yaml.safe_load(_block(section, "yaml"))
    newcomer.configure("target-zingle", newcomer.sandbox.zingle_settings())
    newcomer.configure(
        "target-zingle",
        config.get("config", config) | {"service_id": newcomer.sandbox.service_id},
    )

    _feed(newcomer, "target-zingle", lines)
    first = newcomer.worlds.contacts()
    writes = newcomer.sandbox.writes("zingle")
    _feed(newcomer, "target-zingle", lines)

    # The third one does not want texts.
    assert {"G-7", "G-8"} == {contact["external_id"] for contact in first}
    assert all(contact["channels"] for contact in first)
    assert writes == newcomer.sandbox.writes("zingle")


def test_a_conversation_of_another_tap_becomes_a_task_from_the_readme_alone(
    empty_project: Newcomer,
) -> None:
    """The README's Singer lines of another tap write one Task for the person with that phone."""
    newcomer = empty_project
    lines = _block(_section("target-salesforce-activity"), "json")
    sandbox = newcomer.sandbox
    person = {"LastName": "Doe", "Phone": "+1 858 555 1212"}
    (person_id,) = insert_rows(sandbox.sandbox, "Contact", [person])
    sandbox.sandbox.clock.advance(60)
    newcomer.meltano("init", ".")
    newcomer.add("loader", "target-salesforce-activity")
    newcomer.configure("target-salesforce-activity", sandbox.salesforce_settings())

    for _ in range(2):
        _feed(newcomer, "target-salesforce-activity", lines)

    (task,) = newcomer.worlds.tasks()
    assert person_id == task["WhoId"]
    assert sandbox.writes("salesforce") == 1


def test_a_project_of_conversations_only_is_checked_and_runs(empty_project: Newcomer) -> None:
    """With nothing but the two conversation plugins `check` is content, and a second run writes nothing."""
    newcomer = empty_project
    sandbox = newcomer.sandbox
    person = {"LastName": "Doe", "Phone": "+1 858 555 1212"}
    (person_id,) = insert_rows(sandbox.sandbox, "Contact", [person])
    now = int(sandbox.sandbox.clock.now().timestamp())
    (guest,) = zingle.insert_contacts(
        sandbox.sandbox,
        [{"channels": [{"type": "phone", "value": "+18585551212", "country": "US"}]}],
    )
    zingle.insert_messages(
        sandbox.sandbox,
        [{"contact_id": guest, "direction": "inbound", "body": "two towels please",
          "created_at": now - 3600, "updated_at": now - 3600}],
    )  # fmt: skip
    sandbox.sandbox.clock.advance(600)
    newcomer.meltano("init", ".")
    newcomer.add("extractor", "tap-zingle")
    newcomer.add("loader", "target-salesforce-activity")
    newcomer.add("utility", "zingle-sync")
    newcomer.meltano(
        *("job", "add", "conversations", "--tasks", "tap-zingle target-salesforce-activity")
    )
    newcomer.configure("tap-zingle", sandbox.zingle_settings() | {"start_date": "2026-01-01"})
    newcomer.configure("target-salesforce-activity", sandbox.salesforce_settings())

    told = newcomer.sync("check")
    assert told.returncode == 0, told.stdout
    newcomer.meltano("run", "conversations")
    first = newcomer.worlds.tasks()
    writes = sandbox.writes("salesforce")
    newcomer.meltano("run", "conversations")

    assert [person_id] == [task["WhoId"] for task in first]
    assert writes == sandbox.writes("salesforce")
    assert newcomer.status()[:2] == (0, "Connected")
