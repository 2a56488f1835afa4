"""The settings of the how-to pages, run through the plugins against the simulated services."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from demo import ROOT
from typer.testing import CliRunner

from zingle_operator.app import app
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.zingle import ServiceSeed, insert_contacts, insert_services

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox

DOCS = ROOT / "docs"
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
TEXT = {"type": ["string", "null"]}


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(text) for _, kind, text in found if kind == language]


def settings(page: str, plugin: str) -> dict[str, Any]:
    """The settings that a page gives to a plugin."""
    (block,) = (
        text for text in blocks(DOCS / "how-to" / page, "yaml") if text.startswith(f"# {plugin}\n")
    )
    given: dict[str, Any] = yaml.safe_load(block)
    return given


class Plugins:
    """The plugins as programs, each told the settings of a page."""

    def __init__(self, sandbox: RunningSandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.log = f"sqlite:///{folder / 'log.db'}"

    def tap(self, **given: Any) -> bytes:
        """The lines of the Salesforce tap."""
        self.sandbox.sandbox.clock.advance(600)
        return self._program("tap-salesforce-zingle", self.sandbox.salesforce_settings() | given)

    def target(self, lines: bytes, **given: Any) -> None:
        """Feed the Zingle target."""
        service = {} if "services" in given else {"service_id": self.sandbox.service_id}
        log = {"sync_log_url": self.log}
        self._program(
            "target-zingle", {**self.sandbox.zingle_settings(), **service, **log, **given}, lines
        )

    def _program(self, name: str, config: dict[str, Any], given: bytes = b"") -> bytes:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        command = [str(Path(sys.executable).with_name(name)), "--config", str(path)]
        done = subprocess.run(command, input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout

    def outcomes(self, *options: str) -> list[dict[str, Any]]:
        """What the operator lists."""
        command = ["outcomes", "--sync-log-url", self.log, "--json", *options]
        answer = CliRunner().invoke(app, command)
        assert answer.exit_code == 0, answer.output
        listed: list[dict[str, Any]] = json.loads(answer.stdout)
        return listed

    def guests(self) -> dict[str, dict[str, Any]]:
        """Fields of each service's guests, by their first name."""
        rows = self.sandbox.sandbox.store.all(
            "SELECT c.first_name, c.fields, c.external_id, s.id AS service FROM zg_contacts c"
            " JOIN zg_services s ON s.number = c.service"
        )
        names = {
            str(row["number"]): row["display_name"]
            for row in self.sandbox.sandbox.store.all("SELECT number, display_name FROM zg_fields")
        }
        return {
            row["first_name"]: {
                "service": row["service"],
                "external_id": row["external_id"],
                **{names[key]: each for key, each in json.loads(row["fields"]).items()},
            }
            for row in rows
        }


@pytest.fixture
def plugins(sandbox: RunningSandbox, tmp_path: Path) -> Plugins:
    """The plugins in front of two empty worlds."""
    return Plugins(sandbox, tmp_path)


def people(sandbox: RunningSandbox) -> None:
    """Two Contacts of one account, in two countries."""
    (account,) = insert_rows(sandbox.sandbox, "Account", [{"Name": "Acme"}])
    rows = [
        {"FirstName": "Ana", "LastName": "Lima", "Email": "ana@lima.com", "MailingCountry": "US", "Department": "Spa",
         "MobilePhone": "+1 858 555 1212", "AccountId": account},
        {"FirstName": "Bo", "LastName": "Kern", "Email": "bo@kern.de", "MailingCountry": "Germany", "Department": "Golf",
         "MobilePhone": "+49 30 901820", "AccountId": account},
    ]  # fmt: skip
    insert_rows(sandbox.sandbox, "Contact", rows)


def test_people_of_a_query(plugins: Plugins, sandbox: RunningSandbox) -> None:
    """The query's rows become guests with a field of their parent."""
    people(sandbox)
    lines = plugins.tap(**settings("custom-soql.md", "tap-salesforce-zingle"))
    plugins.target(lines, **settings("custom-soql.md", "target-zingle"))

    assert {"Ana": "Acme", "Bo": "Acme"} == {
        name: guest["Account"] for name, guest in plugins.guests().items()
    }


def test_several_services(plugins: Plugins, sandbox: RunningSandbox) -> None:
    """Each service gets the people of its condition, mapped its own way."""
    given = settings("several-services.md", "target-zingle")
    other = given["services"][0]["service_id"]
    insert_services(sandbox.sandbox, [ServiceSeed(other, "Spa", "Europe/Berlin", "DE")])
    people(sandbox)
    plugins.target(plugins.tap(objects=["Contact"]), **given)
    guests = plugins.guests()

    assert {"Ana": sandbox.service_id, "Bo": other} == {
        name: guest["service"] for name, guest in guests.items()
    }
    assert (guests["Ana"]["Company"], "Company" in guests["Bo"]) == ("Spa", False)


def test_update_only(plugins: Plugins, sandbox: RunningSandbox) -> None:
    """The known guest is completed; who is none is listed with the page's own command."""
    people(sandbox)
    channel = {"type": "phone", "value": "+18585551212", "country": "US"}
    insert_contacts(sandbox.sandbox, [{"channels": [channel], "fields": {"First Name": "Ana"}}])
    given = settings("update-only.md", "target-zingle")
    plugins.target(plugins.tap(objects=["Contact"]), **given)
    guests = plugins.guests()
    skipped = plugins.outcomes("--reason", "no_match")

    assert {"Ana": "Spa"} == {name: guest["Company"] for name, guest in guests.items()}
    assert guests["Ana"]["external_id"].startswith("003")
    assert ["no_match"] == [each["reason"] for each in skipped]


def lines_of(stream: str, key: str, rows: list[dict[str, Any]], types: dict[str, Any]) -> bytes:
    """A tap's lines."""
    schema = {"type": "object", "properties": types}
    head = {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": [key]}
    records = [{"type": "RECORD", "stream": stream, "record": row} for row in rows]
    return "\n".join(json.dumps(line) for line in [head, *records]).encode()


def guests_of_the_csv() -> bytes:
    """The page's file as tap-csv reads it: every column a text."""
    (text,) = blocks(DOCS / "how-to" / "csv.md", "csv")
    rows: list[dict[str, Any]] = [dict(row) for row in csv.DictReader(io.StringIO(text))]
    return lines_of("guests", "guest_no", rows, dict.fromkeys(rows[0], TEXT))


def test_a_csv_file(plugins: Plugins, sandbox: RunningSandbox) -> None:
    """The file's people arrive; the same file again writes nothing."""
    given = settings("csv.md", "target-zingle")
    files = settings("csv.md", "tap-csv")["files"]
    plugins.target(guests_of_the_csv(), **given, dry_run=True)
    assert plugins.guests() == {}
    plugins.target(guests_of_the_csv(), **given)
    writes = sandbox.writes("zingle")
    plugins.target(guests_of_the_csv(), **given)

    assert ("guests", ["guest_no"]) == (files[0]["entity"], files[0]["keys"])
    assert {"Ana": "G-1", "Bo": "G-2"} == {
        name: guest["external_id"] for name, guest in plugins.guests().items()
    }
    assert 0 < writes == sandbox.writes("zingle")


def test_another_source(plugins: Plugins) -> None:
    """Dates, numbers and truth values of a database arrive as such; who cancelled stays out."""
    page = "another-source.md"
    (text,) = blocks(DOCS / "how-to" / page, "json")
    rows = [json.loads(line) for line in text.splitlines()]
    types: dict[str, Any] = dict.fromkeys(rows[0], TEXT) | {
        "profile_id": {"type": "integer"},
        "arrival": {"type": ["string", "null"], "format": "date"},
        "nights": {"type": ["integer", "null"]},
        "newsletter": {"type": ["boolean", "null"]},
        "cancelled": {"type": "boolean"},
    }
    plugins.target(lines_of("stays", "profile_id", rows, types), **settings(page, "target-zingle"))
    guests = plugins.guests()

    assert {"Ana": "4711", "Bo": "4712"} == {
        name: guest["external_id"] for name, guest in guests.items()
    }
    assert ("204", 1_772_409_600, 3, "false") == tuple(
        guests["Ana"][name] for name in ("Room", "Checkin Date", "Nights Stayed", "Newsletter")
    )


def test_the_log_may_be_in_postgresql(plugins: Plugins, postgresql_url: str) -> None:
    """An address of the page's form is taken by the plugins and the operator's commands."""
    (line,) = [
        text for text in blocks(DOCS / "how-to" / "postgresql-log.md", "sh") if "SYNC_LOG" in text
    ]
    scheme = line.partition("=")[2].partition("://")[0]
    plugins.log = postgresql_url.replace("postgresql", scheme, 1)
    plugins.target(guests_of_the_csv(), **settings("csv.md", "target-zingle"))

    assert ["created", "created"] == [each["outcome"] for each in plugins.outcomes("--kind", "all")]
