"""An operator's day without Meltano: check, fix, preview, run, break, replay, forget.

The commands run in this process, the plugins as programs, both services are simulated.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.project.plain import PlainProject
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox
from zingle_sandbox.zingle import insert_contacts
from zingle_sync.salesforce import Salesforce

BIN = Path(sys.executable).parent
PEOPLE = [
    {
        "FirstName": "Ana",
        "LastName": "Lopez",
        "MobilePhone": "(202) 555-0101",
        "Email": "ana@hotel.example.org",
    },
    {"FirstName": "Ben", "LastName": "Ito", "MobilePhone": "+1 202 555 0102", "VIP__c": True},
    {"FirstName": "Cy", "LastName": "Nokey", "Phone": "unknown"},
]


class Installation:
    """A configuration file that names the real plugins and one sandbox."""

    def __init__(self, sandbox: RunningSandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.path = folder / "zingle-sync.yml"
        self.target: dict[str, Any] = {
            **sandbox.zingle_settings(),
            "service_id": sandbox.service_id,
            "default_region": "US",
            "requests_per_second": 0,
        }
        self.write()

    def write(self, **changes: Any) -> None:
        """Write the file, with some of target-zingle's settings changed."""
        self.target |= changes
        salesforce = self.sandbox.salesforce_settings()
        document = {
            "sync_log_url": f"sqlite:///{self.path.parent}/log.db",
            "pipelines": [
                {
                    "name": "contacts",
                    "expected_interval": "5m",
                    "state": "state.json",
                    "tap": plugin("tap-salesforce-zingle", {**salesforce, "objects": ["Contact"]}),
                    "target": plugin("target-zingle", self.target),
                }
            ],
        }
        self.path.write_text(yaml.safe_dump(document))

    def __call__(self, *arguments: str) -> Result:
        """Run a command."""
        return CliRunner().invoke(
            app, [arguments[0], "--config", str(self.path), *arguments[1:]], catch_exceptions=False
        )

    def outcomes(self, *arguments: str) -> list[dict[str, Any]]:
        """What `outcomes` lists."""
        log = ["--sync-log-url", f"sqlite:///{self.path.parent}/log.db"]
        result = CliRunner().invoke(app, ["outcomes", *log, "--json", *arguments])
        return list(json.loads(result.stdout))

    def run(self) -> int:
        """Run the pipeline as a scheduler would, and keep its state."""
        project, state = PlainProject(self.path), self.path.with_name("state.json")
        (pipeline,) = project.pipelines
        environ = {**os.environ, "SYNC_LOG_URL": project.sync_log_url}
        commands = []
        for name, more in (
            (pipeline.tap, {}),
            (pipeline.target, {"sync_log_url": project.sync_log_url}),
        ):
            config = self.path.with_name(f"{name}.json")
            config.write_text(json.dumps({**project.settings(name), **more}))
            commands.append([str(BIN / name), "--config", str(config)])
        commands[0] += ["--state", str(state)] if state.exists() else []
        read = subprocess.run(commands[0], check=False, capture_output=True, env=environ)
        # A tap that never began tells the log itself; its target has nothing to do.
        done = subprocess.run(
            commands[1], check=False, input=read.stdout, capture_output=True, env=environ
        )
        if lines := done.stdout.splitlines():
            state.write_bytes(lines[-1])
        return done.returncode or read.returncode

    def status(self) -> tuple[int, str, str]:
        """Exit code, word and reason."""
        result = self("status", "--json")
        assert result.stdout, result.stderr
        document = json.loads(result.stdout)
        return result.exit_code, document["status"], document["reason"]


def plugin(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """A plugin's entry in the file."""
    return {"name": name, "executable": str(BIN / name), "settings": settings}


@pytest.fixture
def installation(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """Three people in Salesforce, nobody in Zingle, nothing run yet."""
    for name in ("SYNC_LOG_URL", "ZINGLE_SYNC_SYNC_LOG_URL", "MELTANO_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    insert_rows(sandbox.sandbox, "Contact", PEOPLE)
    sandbox.sandbox.clock.advance(60)  # rows of the present second are read by the next run
    return Installation(sandbox, tmp_path)


def test_preview_tells_where_a_run_would_stop(installation: Installation) -> None:
    """A preview counts every create and names the limit that a real run would stop at."""
    installation.write(max_creates_per_run=1)

    (told,) = json.loads(installation("preview", "--json").stdout)

    assert {"would_create": 2, "rejected": 1} == told["outcomes"]
    assert 1 == told["stops_at_creates"]


def test_a_refused_create_is_sent_again_by_hand_alone(installation: Installation) -> None:
    """What Zingle refused for a phone that nobody shows waits for a replay by hand."""
    sandbox = installation.sandbox
    sandbox.sandbox.set_options({"zingle_masked_phones": True})
    channel = {"type": "phone", "value": "+12025550104", "country": "US"}
    insert_contacts(sandbox.sandbox, [{"channels": [channel]}])
    person = {"LastName": "Roe", "Phone": channel["value"], "Email": "dee@inbox-hotel.net"}
    insert_rows(sandbox.sandbox, "Contact", [person])
    sandbox.sandbox.clock.advance(60)

    def refused() -> int:
        posts = [call for call in sandbox.journal() if call.method == "POST"]
        sandbox.clear_journal()
        return sum("/v2/" in call.path and call.path.endswith("/contacts") for call in posts)

    installation.run()
    assert {"conflict"} == {row["reason"] for row in installation.outcomes("--reason", "conflict")}
    assert refused()

    installation("replay", "--waiting")
    assert 0 == refused()
    installation("replay", "--reason", "conflict")
    assert refused()


def test_a_replay_maps_nobody_twice(installation: Installation) -> None:
    """Records were kept behind the target's stream maps: they are sent as they were kept."""
    sandbox = installation.sandbox
    mapping = {"first_name": "Called", "last_name": "LastName", "phones": ["Handy"]}
    maps = {"__alias__": "people", "Called": "'Dr ' + FirstName", "Handy": "MobilePhone"}
    installation.write(
        stream_maps={"contacts": {**maps, "LastName": "LastName.upper()"}},
        contact_mapping={"people": mapping},
    )
    refusal = {"kind": "status", "status": 400, "method": "POST", "path": "*/contacts"}
    sandbox.faults.add(system="zingle", **refusal)
    installation.run()
    sandbox.faults.clear()
    assert 2 == len(installation.outcomes("--reason", "refused"))

    told = json.loads(installation("replay", "--reason", "refused", "--json").stdout)

    assert [{"created": 2}] == [one["outcomes"] for one in told]
    names = sandbox.sandbox.store.all("SELECT first_name, last_name FROM zg_contacts")
    assert {("Dr Ana", "LOPEZ"), ("Dr Ben", "ITO")} == {(row[0], row[1]) for row in names}


GUESTS = """#!{python}
import json, sys
schema = {{"properties": {{"id": {{"type": "string"}}, "phone": {{"type": ["string", "null"]}}}}}}
message = {{"type": "SCHEMA", "stream": "guests", "schema": schema, "key_properties": ["id"]}}
print(json.dumps(message))
if "--test=schema" not in sys.argv:
    record = {{"id": "7", "phone": "+12025550177"}}
    print(json.dumps({{"type": "RECORD", "stream": "guests", "record": record}}))
"""


def test_two_taps_before_one_target(installation: Installation, tmp_path: Path) -> None:
    """What one tap does not send is no problem of `check` where the other does, nor of a replay."""
    mapping = {"guests": {"phones": ["phone"], "external_id": "id"}, "contacts": {}}
    installation.write(contact_mapping=mapping)
    document = yaml.safe_load(installation.path.read_text())
    (first,) = document["pipelines"]
    tap = {"name": "tap-guests", "executable": str(tmp_path / "tap-guests")}
    document["pipelines"].append({"name": "files", "tap": tap, "target": first["target"]})
    installation.path.write_text(yaml.safe_dump(document))
    (tmp_path / "tap-guests").write_text(GUESTS.format(python=sys.executable))
    (tmp_path / "tap-guests").chmod(0o755)
    checked = installation("check")
    assert (0, False) == (checked.exit_code, "no stream of this name" in checked.stdout)
    faults = installation.sandbox.faults
    faults.add(kind="status", status=400, method="POST", path="*/contacts", system="zingle")
    project = PlainProject(installation.path)
    project.run(project.pipelines[1], {})
    installation.sandbox.faults.clear()

    done = installation("replay", "--json")

    assert 0 == done.exit_code, done.stderr
    assert [("files", 1, {"created": 1})] == [
        (one["pipeline"], one["sent"], one["outcomes"]) for one in json.loads(done.stdout)
    ]


def test_operator_walk(installation: Installation, tmp_path: Path) -> None:
    """Red, fixed, green, previewed, run, broken, seen, repaired, replayed, forgotten."""
    sandbox = installation.sandbox
    assert (3, "Never run") == installation.status()[:2]

    # A mapped field that Zingle lacks: red, with a way out; then green.
    installation.write(contact_mapping={"contacts": {"fields": {"Is VIP": "VIP__c"}}})
    red = installation("check")
    assert 1 == red.exit_code
    assert 'no contact field "Is VIP"' in red.stdout
    fixed = installation("check", "--fix", "--yes", "--json")
    assert (0, True) == (fixed.exit_code, json.loads(fixed.stdout)["ready"])
    assert "Is VIP was created" in fixed.stderr
    green = installation("check", "--json")
    document = json.loads(green.stdout)
    assert (0, True, []) == (green.exit_code, document["ready"], document["missing_fields"])
    assert 3 == document["estimate"]["people"]

    # A preview writes nothing anywhere.
    writes = sandbox.writes("zingle")
    preview = installation("preview", "--json")
    (told,) = json.loads(preview.stdout)
    assert {"would_create": 2, "rejected": 1} == told["outcomes"]
    assert writes == sandbox.writes("zingle")
    assert not (tmp_path / "state.json").exists()
    assert (3, "Never run") == installation.status()[:2]

    # The run; one of three is rejected, which is above the threshold.
    assert 0 == installation.run()
    code, word, reason = installation.status()
    assert (1, "Needs Attention") == (code, word)
    assert "1 of 3 records are rejected: no_usable_key 1." == reason
    (rejected,) = installation.outcomes("--kind", "rejected")

    # A replay of what is still wrong changes nothing and says so.
    again = installation("replay", "--json")
    assert (1, True) == (again.exit_code, "1 still rejected" in again.stderr)
    assert_sent_once(json.loads(again.stdout))

    # Corrected at the source, the next run settles it: Connected.
    correct(sandbox, rejected["source_key"], "+1 202 555 0103")
    sandbox.sandbox.clock.advance(60)
    assert 0 == installation.run()
    assert (0, "Connected") == installation.status()[:2]
    assert "nothing to replay" in installation("replay").stderr

    # A broken mapping stops the run before it writes, and status tells the reason.
    writes = sandbox.writes("zingle")
    installation.write(contact_mapping={"contacts": {"fields": {"Is VIP": "VIP_c"}}})
    assert 0 != installation.run()
    code, word, reason = installation.status()
    assert (1, "Needs Attention") == (code, word)
    assert 'no field "VIP_c" in stream contacts' in reason
    assert writes == sandbox.writes("zingle")
    installation.write(contact_mapping={"contacts": {"fields": {"Is VIP": "VIP__c"}}})
    assert 0 == installation.run()
    assert (0, "Connected") == installation.status()[:2]

    # Lost credentials are seen, too, although only the tap notices.
    installation.sandbox.faults.add(
        kind="status", status=400, code="invalid_grant", path="/services/oauth2/token"
    )
    assert 0 != installation.run()
    code, word, reason = installation.status()
    assert (1, "Needs Attention") == (code, word)
    assert reason.startswith("Reading failed")

    # One person is erased from the log, on both sides' ids.
    assert_forgettable(installation, rejected["source_key"])


def assert_sent_once(told: list[dict[str, Any]]) -> None:
    """A replay told a program that one record was sent and rejected again."""
    (sent,) = told
    assert (1, {"rejected": 1}, 1) == (sent["sent"], sent["outcomes"], sent["still_rejected"])


def assert_forgettable(installation: Installation, key: str) -> None:
    """A person is listed, erased, and unknown then."""
    log = ["--sync-log-url", f"sqlite:///{installation.path.parent}/log.db"]
    assert installation.outcomes("--key", key)
    assert 0 == CliRunner().invoke(app, ["forget", key, "--yes", *log]).exit_code
    assert [] == installation.outcomes("--key", key)
    assert 1 == CliRunner().invoke(app, ["forget", key, "--yes", *log]).exit_code


def correct(sandbox: RunningSandbox, record_id: str, phone: str) -> None:
    """Change a phone in Salesforce, through its API."""
    client = Salesforce.from_settings(sandbox.salesforce_settings())
    (result,) = client.update("Contact", [{"Id": record_id, "MobilePhone": phone}])
    assert result.success, result.errors
