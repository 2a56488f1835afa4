"""The command: bad input ends with exit code 1 and a sentence for each problem, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from zingle_sandbox.testing import RunningSandbox


def run(tmp_path: Path, config: dict[str, Any], *more: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    command = Path(sys.executable).with_name("tap-salesforce-zingle")
    return subprocess.run(
        [str(command), "--config", str(path), *more], capture_output=True, text=True, check=False
    )


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the command said at level ERROR."""
    lines = [line.split(" | ", 3) for line in done.stderr.splitlines() if "| ERROR" in line]
    return [line[-1].strip() for line in lines]


@pytest.mark.parametrize(
    ("flow", "wrong", "expected"),
    [
        ("password", {"password": "wrong"}, "check the user's credentials"),
        ("client_credentials", {"client_secret": "wrong"}, "check client_secret"),
        ("refresh_token", {"refresh_token": "old"}, "authorise again"),
        ("jwt", {"username": "nobody@acme.com"}, "pre-authorise the user"),
    ],
)
def test_wrong_credentials(
    demo_sandbox: RunningSandbox,
    tmp_path: Path,
    flow: Literal["client_credentials", "jwt", "password", "refresh_token"],
    wrong: dict[str, str],
    expected: str,
) -> None:
    """A refused login is one sentence that says what to check."""
    done = run(tmp_path, {**demo_sandbox.salesforce_settings(flow), **wrong})

    (sentence,) = sentences(done)
    assert (1, True, False) == (
        done.returncode,
        expected in sentence,
        "Traceback" in done.stderr or next(iter(wrong.values())) in sentence,
    )


def test_all_problems_of_the_settings(tmp_path: Path) -> None:
    """Settings that contradict each other are all reported, before any call."""
    done = run(
        tmp_path,
        {
            "domain": "acme",
            "client_id": "i",
            "refresh_token": "r",
            "password": "p",
            "start_date": "yesterday",
            "where": {"Contact": "Email ="},
            "custom_queries": [
                {"name": "contacts", "soql": "SELECT Id FROM X WHERE A = :b"},
                {"name": "q", "soql": "SELECT Id FROM X LIMIT 1", "replication_key": "A"},
            ],
        },
    )

    said = "\n".join(sentences(done))
    parts = (
        "two login flows",
        "domain is 'acme'",
        "start_date",
        "where.Contact",
        "another stream of this name",
        "Apex bind",
        "LIMIT and replication_key",
    )
    assert (1, [], False) == (
        done.returncode,
        [part for part in parts if part not in said],
        "Traceback" in done.stderr,
    )


def test_settings_of_a_wrong_kind_hide_no_other_problem(tmp_path: Path) -> None:
    """A setting that breaks the schema is reported beside what else is wrong."""
    done = run(
        tmp_path,
        {
            "api": "soap",
            "objects": ["Contact", "Lead", "Cont act"],
            "where": {"Contact": "Id = :b"},
            "custom_queries": [{"name": "leads", "soql": "SELECT Id FROM X FOR UPDATE"}],
        },
    )

    said = "\n".join(sentences(done))
    parts = (
        "api: must be one of auto, rest, bulk",
        "objects: 'Cont act' is no API name of an object",
        "where.Contact: :b is an Apex bind",
        "custom_queries.leads: there is another stream of this name",
        "FOR UPDATE would write",
        "No login flow is given",
    )
    assert (1, [], False) == (
        done.returncode,
        [part for part in parts if part not in said],
        "Traceback" in done.stderr,
    )


def test_all_unknown_names(demo_sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Unknown objects and fields are all reported at discovery, Salesforce's objections too."""
    config = {
        **demo_sandbox.salesforce_settings(),
        "where": {"Contact": "Emial != null"},
        "custom_queries": [
            {"name": "a", "soql": "SELECT Id, Acount.Name FROM Contact"},
            {"name": "b", "soql": "SELECT Id FROM Contct"},
            {"name": "c", "soql": "SELECT Description FROM Contact WHERE Description = null"},
            {"name": "d", "soql": "SELECT Id FROM Contact", "replication_key": "SystemModstmp"},
        ],
    }
    done = run(tmp_path, config, "--discover")

    parts = (
        "has no field 'Emial'; did you mean Email?",
        "has no relationship 'Acount'; did you mean Account?",
        "no object 'Contct'; did you mean Contact",
        "INVALID_FIELD: field 'Description' can not be filtered",
        "replication_key: Contact has no field 'SystemModstmp'; did you mean SystemModstamp?",
    )
    said = "\n".join(sentences(done))
    assert (1, "", [], True, True) == (
        done.returncode,
        done.stdout,
        [part for part in parts if part not in said],
        "SELECT Id FROM Contct\n               ^" in done.stderr,
        # Salesforce's place, not the first one where this word stands.
        f"WHERE Description = null\n{' ' * 38}^" in done.stderr,
    )


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is down is named."""
    config = {"login_url": "http://127.0.0.1:9", "client_id": "i", "client_secret": "s"}
    code = (
        "import zingle_sync.salesforce.calls as calls, tap_salesforce_zingle.tap as tap\n"
        "calls.Caller.__init__.__kwdefaults__['sleep'] = lambda seconds: None\n"
        "tap.TapSalesforceZingle.cli()"
    )
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (
        1,
        [
            (
                "Salesforce did not answer the login at http://127.0.0.1:9 in 6 tries: "
                "the connection failed; check domain or login_url."
            )
        ],
    ) == (
        done.returncode,
        sentences(done),
    )


def test_about_is_honest() -> None:
    """Every setting is described, secrets are marked, and nothing is offered that is not there."""
    command = Path(sys.executable).with_name("tap-salesforce-zingle")
    about = json.loads(
        subprocess.run(
            [str(command), "--about", "--format=json"], capture_output=True, check=True
        ).stdout
    )

    settings = about["settings"]["properties"]
    own = {name: setting for name, setting in settings.items() if "stream_map" not in name}
    assert {"batch", "stream-maps", "schema-flattening"} <= {*about["capabilities"]}
    assert {"batch_config", "stream_maps", "flattening_enabled"} <= settings.keys()
    assert all(setting.get("description") for setting in own.values())


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"is_sandbox": True}, "is_sandbox: is no setting here; write `domain: test`"),
        ({"api_type": "BULK"}, "write `api: rest`"),
        ({"lookback_window": 60}, "write `lookback_seconds`"),
        ({"max_workers": 8}, "one after another"),
        ({"state_message_threshold": 1000}, "every 1,000 records"),
        ({"api_type_overrides": {"Task": "BULK"}}, "write `api_by_object`, or `api` in the entry"),
        ({"select_fields_by_default": True}, "every visible field is selected"),
        ({"streams_to_discover": ["Lead"]}, "write `objects`"),
        ({"objetcs": ["Lead"]}, "objects"),
        (
            {"custom_queries": [{"name": "q", "soql": "SELECT Id FROM X", "replicaton_key": "Y"}]},
            "replication_key",
        ),
    ],
)
def test_names_of_other_taps(tmp_path: Path, wrong: dict[str, Any], expected: str) -> None:
    """A setting that only another tap knows is refused with what to write here."""
    done = run(tmp_path, {"access_token": "t", "instance_url": "http://localhost:9", **wrong})

    assert (1, True) == (done.returncode, expected in "\n".join(sentences(done)))


@pytest.mark.parametrize(
    ("option", "content", "expected"),
    [
        ("--catalog", '{"streams": 5}', "no Singer catalog"),
        ("--catalog", '{"streams": [{}]}', "no Singer catalog"),
        (
            "--catalog",
            '{"streams": [{"tap_stream_id": "contacts", "schema": 5}]}',
            "no Singer catalog",
        ),
        ("--catalog", "[]", "no JSON object"),
        ("--state", "{", "not JSON"),
        ("--state", '{"bookmarks": {"contacts": 3}}', "bookmark of contacts"),
        ("--state", '{"type": "STATE", "value": {"bookmarks": {}}}', "value of a STATE message"),
    ],
)
def test_files_that_are_none(tmp_path: Path, option: str, content: str, expected: str) -> None:
    """A file of another kind than its option asks for is one sentence, before any call."""
    file = tmp_path / "file.json"
    file.write_text(content)

    done = run(
        tmp_path, {"access_token": "t", "instance_url": "http://localhost:9"}, option, str(file)
    )

    assert (1, True, 1) == (
        done.returncode,
        expected in "\n".join(sentences(done)),
        len(sentences(done)),
    )


def test_connection_test(demo_sandbox: RunningSandbox, tmp_path: Path) -> None:
    """`--test` reads one record of each stream and says nothing of errors."""
    done = run(tmp_path, demo_sandbox.salesforce_settings(), "--test=records")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    records = [line["stream"] for line in lines if line["type"] == "RECORD"]
    assert (0, ["contacts", "leads"], []) == (done.returncode, records, sentences(done))
    assert "unhandled" not in done.stderr


def test_loader_that_ends(demo_sandbox: RunningSandbox, tmp_path: Path) -> None:
    """When the loader ends, the tap says so in a sentence."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(demo_sandbox.salesforce_settings()))
    command = Path(sys.executable).with_name("tap-salesforce-zingle")
    tap = subprocess.Popen(
        [str(command), "--config", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert tap.stdout is not None
    assert tap.stderr is not None
    tap.stdout.readline()
    tap.stdout.close()
    said = tap.stderr.read().decode()
    tap.stderr.close()

    assert (1, True, False) == (
        tap.wait(),
        "The loader has ended before the tap" in said,
        "Traceback" in said or "Exception ignored" in said,
    )
