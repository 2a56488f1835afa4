"""The Meltano adapter against real Meltano, with toy plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zingle_operator.app import app
from zingle_operator.errors import OperatorError
from zingle_operator.project.meltano import MeltanoProject

PROJECT = """
requires_meltano: '>=4.4'
project_id: 6f0f4b0e-6a7b-4c57-9f60-5d1f0a6a8c77
send_anonymous_usage_stats: false
default_environment: dev
environments:
- name: dev
- name: prod
  config:
    plugins:
      loaders:
      - {{name: target-zingle--west, config: {{service_id: west-prod}}}}
plugins:
  extractors:
  - name: tap-salesforce-zingle
    namespace: tap_salesforce_zingle
    executable: {folder}/tap
    capabilities: [state]
    settings:
    - {{name: client_secret, kind: password, sensitive: true, value: s3cret}}
  loaders:
  - name: target-zingle
    namespace: target_zingle
    executable: {folder}/target
    settings:
    - {{name: password, kind: password, sensitive: true, value: hunter2}}
    - {{name: service_id}}
    - {{name: dry_run, kind: boolean, value: false}}
    - {{name: sync_log_url, kind: password, sensitive: true}}
    - {{name: contact_mapping, kind: object}}
  - name: target-zingle--west
    inherit_from: target-zingle
    config:
      service_id: west
      contact_mapping: {{contacts: {{fields: {{VIP: VIP__c}}}}}}
jobs:
- name: contacts
  tasks: [tap-salesforce-zingle target-zingle--west]
"""
# Both note how they were called; the target also what it was given.
TAP = """#!/usr/bin/env python3
import json, os, sys
state = json.load(open(sys.argv[sys.argv.index("--state") + 1])) if "--state" in sys.argv else None
print(json.dumps({{"type": "SCHEMA", "stream": "contacts", "schema": {{"properties": {{}}}},
                  "key_properties": []}}))
print(json.dumps({{"type": "STATE", "value": {{"bookmarks": {{}}}}}}))
open("tap.log", "a").write(" ".join(sys.argv[1:]) + "|" + os.environ.get("SYNC_LOG_URL", "") + "\\n")
open("states.log", "a").write(json.dumps(state) + "\\n")
"""
TARGET = """#!/usr/bin/env python3
import json, os, sys
config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
given = sys.stdin.read()
entry = {{"config": config, "given": given, "name": os.environ["MELTANO_LOADER_NAME"]}}
open("target.log", "a").write(json.dumps(entry) + "\\n")
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Meltano project in a path with a space, as the working folder."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "meltano.yml").write_text(PROJECT.format(folder=folder))
    for name, text in (("tap", TAP), ("target", TARGET)):
        (folder / name).write_text(text.format())
        (folder / name).chmod(0o755)
    for name in list(os.environ):
        if name.startswith("MELTANO") or name.endswith("SYNC_LOG_URL"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    return folder


def test_settings_come_unmasked_from_meltano(root: Path) -> None:
    """Secrets, inherited values and the environment's own are what the plugin would get."""
    settings = MeltanoProject(root, "prod").settings("target-zingle--west")

    assert "hunter2" == settings["password"]
    assert "west-prod" == settings["service_id"]
    assert {"contacts": {"fields": {"VIP": "VIP__c"}}} == settings["contact_mapping"]


def test_run_overrides_settings_of_the_named_plugin(root: Path) -> None:
    """A dry run reaches the inherited target through its own variables, and no state is kept."""
    project = MeltanoProject(root, "dev")
    (pipeline,) = project.pipelines

    done = project.run(
        pipeline,
        {"target-zingle--west": {"dry_run": True}},
        sync_log="sqlite:///elsewhere.db",
    )

    assert 0 == done.code, done.log
    (called,) = map(json.loads, (root / "target.log").read_text().splitlines())
    assert ("target-zingle--west", True, "sqlite:///elsewhere.db", "west") == (
        called["name"],
        called["config"]["dry_run"],
        called["config"]["sync_log_url"],
        called["config"]["service_id"],
    )
    assert "|sqlite:///elsewhere.db" in (root / "tap.log").read_text().splitlines()[-1]


def test_what_meltano_would_not_hand_over_is_refused(root: Path) -> None:
    """It drops what a definition does not declare: a preview would write, a replay read it all."""
    path = root / "meltano.yml"
    declared = "    - {name: dry_run, kind: boolean, value: false}\n"
    path.write_text(path.read_text().replace(declared, ""))
    project = MeltanoProject(root, "dev")
    (pipeline,) = project.pipelines

    with pytest.raises(OperatorError, match="dry_run is not declared"):
        project.run(pipeline, {pipeline.target: {"dry_run": True}})
    with pytest.raises(OperatorError, match="dry_run is not declared"):
        project.feed(pipeline.target, b"", {"dry_run": True, "contact_mapping": {}})
    with pytest.raises(OperatorError, match="days and only_keys_file are not declared"):
        project.read(pipeline, {"only_keys_file": "a", "days": 3}, sync_log="sqlite://")

    assert [] == [name for name in ("tap.log", "target.log") if (root / name).exists()]


def test_target_is_fed_with_the_taps_schemas(root: Path) -> None:
    """The tap tells its schemas without reading, and a target gets exactly what it is fed."""
    project = MeltanoProject(root, "dev")
    (pipeline,) = project.pipelines

    schemas, told = project.schemas(pipeline)
    done = project.feed(pipeline.target, schemas, {"dry_run": True})

    assert (0, 0) == (told.code, done.code)
    assert "--test=schema" in (root / "tap.log").read_text()
    (called,) = map(json.loads, (root / "target.log").read_text().splitlines())
    assert schemas.decode() == called["given"]
    assert called["config"]["dry_run"] is True


def test_secrets_are_never_shown(root: Path) -> None:
    """A check that fails prints no secret that Meltano told."""
    result = CliRunner().invoke(app, ["check"])

    assert 1 == result.exit_code
    assert "hunter2" not in result.output
    assert "s3cret" not in result.output


def test_trouble_with_meltano_is_one_sentence(root: Path) -> None:
    """A plugin that the project lacks is told in Meltano's words."""
    with pytest.raises(OperatorError, match="settings of target-nowhere"):
        MeltanoProject(root, "dev").settings("target-nowhere")


STATE = {"bookmarks": {"contacts": {"replication_key_value": "2026-03-02"}}}


def meltano(root: Path, *arguments: str) -> str:
    """What Meltano prints in the environment dev."""
    program = str(Path(sys.executable).with_name("meltano"))
    command = [program, "--environment", "dev", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def test_a_preview_begins_where_the_next_run_would(root: Path) -> None:
    """The tap gets the bookmark when it is asked for, none otherwise, and it stays in its place."""
    state_id = "dev:tap-salesforce-zingle-to-target-zingle--west"
    meltano(root, "state", "set", "--force", state_id, json.dumps({"singer_state": STATE}))
    project = MeltanoProject(root, "dev")
    (pipeline,) = project.pipelines

    done = [project.run(pipeline, {}, from_state=choice) for choice in (True, False)]

    assert [0, 0] == [one.code for one in done], done
    assert [STATE, None] == list(map(json.loads, (root / "states.log").read_text().splitlines()))
    assert {"singer_state": STATE} == json.loads(meltano(root, "state", "get", state_id))
    assert [state_id] == meltano(root, "state", "list").split()


def test_a_replay_leaves_no_state_behind(root: Path) -> None:
    """What a target emits in a run beside the schedules moves no bookmark and makes no other."""
    state_id = "dev:tap-salesforce-zingle-to-target-zingle--west"
    meltano(root, "state", "set", "--force", state_id, json.dumps({"singer_state": STATE}))
    emitting = TARGET.replace("{{", "{").replace("}}", "}") + "print(json.dumps({'bookmarks': 5}))"
    (root / "target").write_text(emitting)
    project = MeltanoProject(root, "dev")

    done = project.run(project.pipelines[0], {}, from_state=True)

    assert 0 == done.code, done.log
    assert {"singer_state": STATE} == json.loads(meltano(root, "state", "get", state_id))
    assert [state_id] == meltano(root, "state", "list").split()


def test_a_tap_that_is_looked_into_notes_its_run_elsewhere(root: Path) -> None:
    """What a command reads for itself is no run of the pipeline."""
    (root / ".env").write_text("SYNC_LOG_URL=sqlite:///ours.db")
    project = MeltanoProject(root, "dev")

    _, done = project.read(project.pipelines[0], {}, sync_log="sqlite:///apart.db")

    assert 0 == done.code, done.log
    assert "sqlite:///apart.db" == (root / "tap.log").read_text().strip().rpartition("|")[2]


PATIENT_TAP = """#!/usr/bin/env python3
import json, os, pathlib, sys, time
mark = pathlib.Path("started-" + os.environ["WHO"])
mark.touch()
while len(list(pathlib.Path(".").glob("started-*"))) < 2:
    time.sleep(0.01)
given = json.load(open(sys.argv[sys.argv.index("--state") + 1])) if "--state" in sys.argv else None
print(json.dumps({"type": "STATE", "value": given or {"bookmarks": {}}}))
pathlib.Path("state-" + os.environ["WHO"]).write_text(json.dumps(given))
"""


def test_a_command_beside_a_schedule_takes_no_state_of_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a scheduled run of the same tap is under way, each of the two gets what is its own."""
    state_id = "dev:tap-salesforce-zingle-to-target-zingle--west"
    meltano(root, "state", "set", "--force", state_id, json.dumps({"singer_state": STATE}))
    (root / "tap").write_text(PATIENT_TAP)
    program = str(Path(sys.executable).with_name("meltano"))
    schedule = subprocess.Popen(
        [program, "--environment", "dev", "run", "contacts"],
        cwd=root,
        env={**os.environ, "WHO": "schedule"},
        stderr=subprocess.DEVNULL,
    )
    monkeypatch.setenv("WHO", "command")
    project = MeltanoProject(root, "dev")

    done = project.run(project.pipelines[0], {})

    assert (0, 0) == (done.code, schedule.wait()), done.log
    told = {who: json.loads((root / f"state-{who}").read_text()) for who in ("schedule", "command")}
    assert {"schedule": STATE, "command": None} == told
    assert [] == list((root / ".meltano").glob("zingle-sync-*"))


def test_an_unknown_environment_is_refused(root: Path) -> None:
    """A name that the project does not have is told with the nearest one, not taken for new."""
    result = CliRunner().invoke(app, ["status", "--environment", "prd"])

    assert 1 == result.exit_code
    assert 'did you mean "prod"?' in result.stderr
