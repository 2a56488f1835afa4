"""`preview --key` and `outcomes --find`: one person, from the question to the answer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import yaml
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.project.plain import PlainProject
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox
from zingle_sandbox.zingle import (
    ServiceSeed,
    insert_contacts,
    insert_messages,
    insert_services,
)
from zingle_sync.outcomes import Outcome
from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.zingle import Zingle

BIN = Path(sys.executable).parent
ANA, BEN = "+12025550101", "+12025550102"
PEOPLE = [
    {
        "FirstName": "Anastasia",
        "LastName": "Marlowe",
        "MobilePhone": "(202) 555-0101",
        "Email": "anastasia@inbox-hotel.net",
        "MailingCountry": "United States",
    },
    {"FirstName": "Benedict", "LastName": "Ito", "MobilePhone": "(202) 555-0102"},
    {"FirstName": "Cyrus", "LastName": "Nokey", "Phone": "unknown"},
]
PERSONAL = ("Anastasia", "Marlowe", "anastasia@", "555-0101", "2025550101", "Benedict", "Cyrus")


class Installation:
    """Both pipelines against one sandbox, with a guest who has Ana's phone."""

    def __init__(self, sandbox: RunningSandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.ids = insert_rows(sandbox.sandbox, "Contact", PEOPLE)
        sandbox.sandbox.clock.advance(60)
        zingle = {**sandbox.zingle_settings(), "requests_per_second": 0}
        client = Zingle.from_settings(zingle)
        self.guest = client.create_contact(
            sandbox.service_id, {"channels": [{"type": "phone_number", "value": ANA}]}
        )
        client.close()
        self.settings: dict[str, dict[str, Any]] = {
            "tap-salesforce-zingle": {**sandbox.salesforce_settings(), "objects": ["Contact"]},
            "target-zingle": {**zingle, "service_id": sandbox.service_id, "default_region": "US"},
            "tap-zingle": {**zingle, "start_date": "2026-01-01"},
            "target-salesforce-activity": sandbox.salesforce_settings(),
        }
        self.write()

    def write(self, **tap: Any) -> None:
        """Write the project's file, with some settings of the people's tap changed."""
        settings = {**self.settings}
        settings["tap-salesforce-zingle"] = {**settings["tap-salesforce-zingle"], **tap}
        names = list(settings)
        plugins = [
            {"name": name, "executable": str(BIN / name), "settings": settings[name]}
            for name in names
        ]
        pipelines = [
            {
                "name": name,
                "state": "state.json",
                "tap": plugins[place],
                "target": plugins[place + 1],
            }
            for place, name in ((0, "contacts"), (2, "conversations"))
        ]
        document = {"sync_log_url": f"sqlite:///{self.folder}/log.db", "pipelines": pipelines}
        (self.folder / "sync.yml").write_text(yaml.safe_dump(document))

    def tap_config(self) -> Path:
        """The settings of the people's tap as a file."""
        path = self.folder / "tap.json"
        path.write_text(json.dumps(self.settings["tap-salesforce-zingle"]))
        return path

    def __call__(self, command: str, *arguments: str) -> Result:
        """Run a command."""
        config = ("--config", str(self.folder / "sync.yml"))
        return CliRunner().invoke(app, [command, *config, *arguments], catch_exceptions=False)

    def looked(self, key: str) -> dict[str, Any]:
        """What `preview --key` tells of a record, after it was seen to hold nothing personal."""
        result = self("preview", "--key", key, "--json")
        assert 0 == result.exit_code, result.stderr
        assert [] == [word for word in PERSONAL if word in result.output]
        (document,) = json.loads(result.stdout)
        return dict(document)


@pytest.fixture
def installation(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """Three people in Salesforce, and one of them in Zingle."""
    for name in ("SYNC_LOG_URL", "ZINGLE_SYNC_SYNC_LOG_URL", "MELTANO_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    return Installation(sandbox, tmp_path)


def test_one_record_is_shown_from_its_row_to_its_write(installation: Installation) -> None:
    """Row, wanted values, the key that matches and what would be written are told, masked."""
    writes = installation.sandbox.writes("zingle")

    document = installation.looked(installation.ids[0])

    (service,) = document["services"]
    assert "+1202***0101" in service["wanted"]["phones"]
    assert ["a***@inbox-hotel.net"] == service["wanted"]["emails"]
    assert "A***" == service["wanted"]["fields"]["First Name"]
    assert ("phone", installation.guest) == (service["matched_on"], service["target_id"])
    assert "would_update" == service["outcome"]
    assert {"First Name", "Last Name"} <= set(service["changed_fields"])
    assert "a***@inbox-hotel.net" == document["record"]["Email"]
    assert writes == installation.sandbox.writes("zingle")
    assert not (installation.folder / "log.db").exists()


def test_a_look_is_no_run(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """`status` judges runs: what is read to look at one record is not noted among them."""
    monkeypatch.setenv("SYNC_LOG_URL", f"sqlite:///{installation.folder}/log.db")

    installation.looked(installation.ids[0])

    assert not (installation.folder / "log.db").exists()


def test_a_refusal_says_why_and_what_to_do(installation: Installation) -> None:
    """Whoever would be left out is shown with the reason, its meaning and the remedy."""
    (service,) = installation.looked(installation.ids[2])["services"]

    assert ("rejected", "no_usable_key") == (service["outcome"], service["reason"])
    assert "has no usable phone or e-mail" in service["meaning"]
    assert "Complete the phone" in service["todo"]


def test_what_the_tap_leaves_out_is_told(installation: Installation) -> None:
    """A filter, a start date or an id of nobody is the answer to why a guest is missing."""
    installation.write(where={"Contact": "LastName != 'Ito'"}, start_date="2100-01-01T00:00:00Z")

    notes = {key: installation.looked(key)["notes"] for key in installation.ids[:2]}
    (nobody,) = installation.looked("003Zs0000zzzzzz")["notes"]

    assert ["start_date" in one for one in notes[installation.ids[0]]] == [True]
    assert [True, False] == ["`where.Contact`" in one for one in notes[installation.ids[1]]]
    assert "Salesforce has no Contact 003Zs0000zzzzzz" in nobody


def test_people_read_the_same_as_programs(installation: Installation) -> None:
    """The tables name the matching key, the fields that would be written, and the outcome."""
    result = installation("preview", "--key", installation.ids[0])

    for told in ("matched on", "phone", "(would be written)", "would_update", "First Name"):
        assert told in result.stdout
    assert [] == [word for word in PERSONAL if word in result.output]


def test_a_key_that_no_pipeline_reads_is_refused(installation: Installation) -> None:
    """A conversation's day is none of the people's pipeline."""
    result = installation("preview", "--pipeline", "contacts", "--key", "s:c:2026-03-02")

    assert 1 == result.exit_code
    assert "no pipeline of the project reads records like s:c:2026-03-02" in result.stderr


def test_a_days_way_is_shown_without_its_words(installation: Installation) -> None:
    """A conversation's day is shown with its person, its outcome, and no text of it."""
    text = "My sister Anastasia is late"
    sent = int(installation.sandbox.sandbox.clock.timestamp()) - 30 * 3600
    local = datetime.fromtimestamp(sent, ZoneInfo("America/New_York")).date()
    message = {
        "contact_id": installation.guest,
        "direction": "inbound",
        "body": text,
        "created_at": sent,
    }
    insert_messages(installation.sandbox.sandbox, [cast("Any", message)])
    day = f"{installation.sandbox.service_id}:{installation.guest}:{local}"

    document = installation.looked(day)

    (service,) = document["services"]
    assert "would_create" == service["outcome"]
    assert "1 entries" == document["record"]["messages"]
    assert installation.guest == document["record"]["contact_id"]
    assert 0 == installation.sandbox.writes("salesforce")


def test_a_preview_begins_where_the_next_run_would(installation: Installation) -> None:
    """With a state only what changed since is looked at; with --full everybody is."""
    installation.sandbox.sandbox.clock.advance(3600)  # longer than the tap looks back
    read = subprocess.run(
        [str(BIN / "tap-salesforce-zingle"), "--config", str(installation.tap_config())],
        check=True,
        capture_output=True,
        text=True,
    )
    states = [json.loads(line) for line in read.stdout.splitlines() if '"STATE"' in line]
    state = states[-1]["value"]
    (installation.folder / "state.json").write_text(json.dumps(state))

    counts = {}
    for options in ((), ("--full",)):
        result = installation("preview", "--pipeline", "contacts", "--json", *options)
        (document,) = json.loads(result.stdout)
        counts[options] = sum((document["outcomes"] or {}).values())

    assert {(): 0, ("--full",): 3} == counts


def test_a_preview_knows_what_runs_have_learnt(installation: Installation) -> None:
    """Where the next run would stop by it, nobody is told of Tasks that it would create."""
    at = int(installation.sandbox.sandbox.clock.timestamp()) - 60
    said = {"contact_id": installation.guest, "direction": "inbound", "body": "Hi"}
    insert_messages(installation.sandbox.sandbox, [cast("Any", {**said, "created_at": at})])
    activity = installation.settings["target-salesforce-activity"]
    activity["activity_key_field"] = "CallDisposition"
    installation.write()
    project = PlainProject(installation.folder / "sync.yml")
    assert 0 == project.run(project.pipelines[1], {}).code
    assert 1 == installation.sandbox.writes("salesforce")

    activity["activity_key_field"] = "auto"
    installation.write()
    hidden = {"salesforce_hidden_fields": "Task.CallDisposition"}
    installation.sandbox.sandbox.set_options(hidden)
    result = installation("preview", "--pipeline", "conversations", "--json")
    (document,) = json.loads(result.stdout)
    date = datetime.fromtimestamp(at, ZoneInfo("America/New_York")).date()
    day = installation.looked(f"{installation.sandbox.service_id}:{installation.guest}:{date}")

    assert {} == (document["outcomes"] or {})
    assert "Task.CallDisposition" in document["error"]
    assert "Task.CallDisposition" in " ".join(day["notes"])


def ran(installation: Installation) -> None:
    """A run that has met Ana and Ben."""
    run = SyncLog.open(f"sqlite:///{installation.folder}/log.db").start_run("target-zingle")
    service = installation.sandbox.service_id
    ana, ben, _ = installation.ids
    run.record(
        [
            Outcome("contacts", service, ana, "linked", target_id=installation.guest),
            Outcome("contacts", service, ben, "rejected", reason="refused"),
        ]
    )
    run.finish(status="ok", api_calls={})
    day = f"{service}:{installation.guest}:2026-03-02"
    run = SyncLog.open(f"sqlite:///{installation.folder}/log.db").start_run(
        "target-salesforce-activity"
    )
    run.record([Outcome("conversations", service, day, "created", target_id="00T1")])
    run.finish(status="ok", api_calls={})


@pytest.mark.parametrize(
    "asked",
    [
        "(202) 555-0101",
        "+1 202 555 0101",
        "ANASTASIA@inbox-hotel.net",
        "marlowe",
        "Anastasia Marlowe",
        "Marlowe, Anastasia",
    ],
)
def test_a_person_is_found_by_what_the_front_desk_knows(
    installation: Installation, asked: str
) -> None:
    """Phone, e-mail and name lead to both ids and every outcome; what was asked is kept nowhere."""
    ran(installation)
    before = installation.sandbox.writes("zingle"), installation.sandbox.writes("salesforce")

    result = installation("outcomes", "--find", asked, "--json")

    document = json.loads(result.stdout)
    assert [installation.ids[0]] == document["found"]["salesforce"]
    days = [row["source_key"] for row in document["outcomes"] if row["stream"] == "conversations"]
    if asked[0] in "(+":
        (contact,) = document["found"]["zingle"]
        assert installation.guest == contact["contact_id"]
        assert 1 == len(days)
    assert installation.ids[0] in {row["source_key"] for row in document["outcomes"]}
    assert installation.ids[1] not in {row["source_key"] for row in document["outcomes"]}
    assert [] == [word for word in PERSONAL if word in result.output]
    kept = b"".join(path.read_bytes() for path in installation.folder.iterdir())
    assert [] == [word for word in PERSONAL if word.encode() in kept]
    assert before == (
        installation.sandbox.writes("zingle"),
        installation.sandbox.writes("salesforce"),
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Nobody Likethis", "Neither service knows anybody like that"),
        ("%", "ask for a phone, an e-mail, a name or an id"),
        ("a%o", "Neither service knows anybody like that"),
        ("+1 202 555 0199", "Neither service knows anybody like that"),
        ("(202) 555-0102", "No run has met this person yet"),
    ],
)
def test_nobody_is_told_as_nobody(installation: Installation, asked: str, told: str) -> None:
    """Wildcards are letters like others, and an unmet person is told from an unknown one."""
    result = installation("outcomes", "--find", asked)

    assert told in result.stderr


def test_a_list_that_was_cut_says_so(installation: Installation) -> None:
    """Where more people have the name than are shown, nobody is told that there are no others."""
    insert_rows(installation.sandbox.sandbox, "Contact", [{"LastName": "Lee"}] * 21)
    channels = [{"type": "phone", "value": "+12025550150"}]
    guests = [{"fields": {"First Name": "Jo", "Last Name": "Leeds"}, "channels": channels}] * 501
    insert_contacts(installation.sandbox.sandbox, cast("Any", guests))

    many = json.loads(installation("outcomes", "--find", "lee", "--json").stdout)["found"]
    none = installation("outcomes", "--find", "Leeds, Kim")

    assert (20, 500) == (len(many["salesforce"]), len(many["zingle"]))
    assert ["Contacts with such a name", "more such contacts"] == [
        told for told in ("Contacts with such a name", "more such contacts") if told in str(many)
    ]
    assert "more such contacts" in none.stderr
    assert "Neither service knows" not in none.stderr


def test_a_service_that_fails_hides_no_other(installation: Installation) -> None:
    """What one service refuses is told beside what the others answer; none is nobody."""
    other = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a02"
    insert_services(installation.sandbox.sandbox, [ServiceSeed(other, "Other")])
    installation.settings["tap-zingle"] |= {"service_ids": [other, installation.sandbox.service_id]}
    installation.write()
    installation.sandbox.sandbox.set_options({"zingle_refused_services": other})

    found = json.loads(installation("outcomes", "--find", ANA, "--json").stdout)["found"]
    nobody = installation("outcomes", "--find", "+1 202 555 0199")

    assert [installation.guest] == [one["contact_id"] for one in found["zingle"]]
    assert "Neither service knows" not in nobody.stderr
    assert other in nobody.stderr


def test_an_id_needs_no_call(installation: Installation) -> None:
    """Whoever has an id already asks the log alone."""
    ran(installation)
    calls = installation.sandbox.calls("zingle") + installation.sandbox.calls("salesforce")

    document = json.loads(installation("outcomes", "--find", installation.guest, "--json").stdout)

    assert 2 == len(document["outcomes"])
    assert calls == installation.sandbox.calls("zingle") + installation.sandbox.calls("salesforce")
