"""What check says of broken installations: the cause once, in words of who can act on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from zingle_operator.app import app
from zingle_operator.check.findings import Findings
from zingle_operator.check.pipeline import check_pipeline
from zingle_operator.project.plain import PlainProject
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox

Changes = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SYNC_LOG_URL", "MELTANO_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    return


def project(sandbox: RunningSandbox, folder: Path, changes: Changes) -> PlainProject:
    """An installation with both pipelines, some settings changed by plugin."""
    zingle = {**sandbox.zingle_settings(), "requests_per_second": 0}
    settings: Changes = {
        "tap-salesforce-zingle": sandbox.salesforce_settings(),
        "target-zingle": {**zingle, "service_id": sandbox.service_id, "default_region": "US"},
        "tap-zingle": {**zingle, "start_date": "2026-01-01"},
        "target-salesforce-activity": sandbox.salesforce_settings(),
    }
    names = list(settings)
    document = {
        "sync_log_url": f"sqlite:///{folder}/log.db",
        "pipelines": [
            {
                "name": tap,
                "tap": {"name": tap, "settings": {**settings[tap], **changes.get(tap, {})}},
                "target": {
                    "name": target,
                    "settings": {**settings[target], **changes.get(target, {})},
                },
            }
            for tap, target in (names[:2], names[2:])
        ],
    }
    (folder / "sync.yml").write_text(yaml.safe_dump(document))
    return PlainProject(folder / "sync.yml")


def problems(
    sandbox: RunningSandbox, folder: Path, changes: Changes | None = None
) -> list[tuple[str, str, str]]:
    """Area, text and advice of each problem of both pipelines, the mapping left out."""
    found = Findings()
    installation = project(sandbox, folder, changes or {})
    for pipeline in installation.pipelines:
        check_pipeline(installation, pipeline, found)
    return [(one.area, one.text, one.todo) for one in found.found if one.level == "problem"]


@pytest.fixture(autouse=True)
def _no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugins are not started: what the mapping is judged by has tests of its own."""
    monkeypatch.setattr("zingle_operator.check.pipeline.check_mapping", lambda *_: True)


def test_another_ones_tap_is_not_judged_as_ours(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """A documented set-up: the target is looked at, and no log-in to Salesforce is missed."""
    service = sandbox.service_id
    target = {**sandbox.zingle_settings(), "service_id": service, "requests_per_second": 0}
    pair = {
        "tap": {"name": "tap-csv", "settings": {"files": [{"entity": "guests"}]}},
        "target": {"name": "hotel", "executable": "/bin/target-zingle", "settings": target},
    }
    (tmp_path / "sync.yml").write_text(yaml.safe_dump({"pipelines": [pair]}))
    installation, found = PlainProject(tmp_path / "sync.yml"), Findings()
    for pipeline in installation.pipelines:
        check_pipeline(installation, pipeline, found)

    assert [] == [one.text for one in found.found if one.level == "problem"]
    assert ["tap-csv is a tap of others: what it reads is not looked at."] == [
        one.text for one in found.found if one.level == "note"
    ]
    assert any(service in one.text for one in found.found)


def test_no_sum_is_made_of_half_of_the_numbers(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Where a log-in fails the cost of a first load is not known, and none is told."""
    insert_rows(sandbox.sandbox, "Contact", [{"LastName": "One"}])
    project(sandbox, tmp_path, {"target-zingle": {"password": "wrong"}})
    config = ("--config", str(tmp_path / "sync.yml"))

    broken = CliRunner().invoke(app, ["check", *config])
    told = json.loads(CliRunner().invoke(app, ["check", *config, "--json"]).stdout)
    project(sandbox, tmp_path, {})
    sound = CliRunner().invoke(app, ["check", *config])

    assert told["estimate"] is None
    assert "first load" not in broken.output
    assert "A first load reads" in sound.output


@pytest.mark.parametrize(
    ("plugin", "setting", "value", "told"),
    [
        ("target-zingle", "concurrency", "four", "target-zingle: concurrency: must be of type int"),
        ("target-zingle", "requests_per_second", "fast", "requests_per_second: must be of type"),
        ("target-zingle", "sync_mode", "upsrt", "did you mean upsert?"),
        ("target-zingle", "max_error_rate", "much", "max_error_rate: must be of type"),
        ("target-zingle", "servce_id", "x", "servce_id: is not a known name; did you mean service"),
        ("tap-salesforce-zingle", "objetcs", ["Lead"], "did you mean objects?"),
        ("tap-salesforce-zingle", "quota_percent_total", "all", "quota_percent_total: must be of"),
        ("tap-zingle", "lookback_seconds", "an hour", "lookback_seconds: must be of type integer"),
        ("target-salesforce-activity", "sync_to", "contcts", "did you mean contacts?"),
        ("target-salesforce-activity", "message_body", "none", "did you mean message_bodies?"),
    ],
)
def test_a_setting_that_is_wrong_is_one_finding(  # noqa: PLR0917
    sandbox: RunningSandbox, tmp_path: Path, plugin: str, setting: str, value: object, told: str
) -> None:
    """Whatever the setting holds, it is told with its rule, and everything else is looked at."""
    ((area, text, todo),) = problems(sandbox, tmp_path, {plugin: {setting: value}})

    assert ("Settings", True) == (area, told in text)
    assert todo == "Correct the plugin's settings."


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("salesforce_daily_limit", 10, "Wait until calls"),
        ("salesforce_api_enabled", False, "API Enabled"),
    ],
)
def test_what_stops_everything_is_told_once(
    sandbox: RunningSandbox, tmp_path: Path, option: str, value: object, words: str
) -> None:
    """A used-up quota or a switched-off API is one problem with its own advice, for both pipelines."""
    sandbox.sandbox.set_options({option: value})

    told = problems(sandbox, tmp_path)

    assert [True] == [words in todo for _, _, todo in told], told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"instance_url": "{url}", "access_token": "00Ddead!session"}, "session has ended"),
        ({"login_url": "http://127.0.0.1:1"}, "domain and login_url"),
        ({"client_secret": "wrong"}, "client id, secret"),
    ],
)
def test_the_advice_is_that_of_the_error(
    sandbox: RunningSandbox, tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    """A dead session, a closed host and a wrong secret each name what to look at."""
    settings = {name: text.format(url=sandbox.url) for name, text in changes.items()}
    gone = (
        dict.fromkeys(("client_id", "client_secret", "login_url"))
        if "access_token" in settings
        else {}
    )
    plugin = {"tap-salesforce-zingle": {**gone, **settings}}

    told = problems(sandbox, tmp_path, plugin)

    assert [True] == [words in todo for _, _, todo in told], told


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"where": {"Contact": "Emial != null"}}, "where.Contact"),
        ({"custom_queries": [{"name": "vips", "soql": "SELECT Id FROM Guest"}]}, "custom_queries"),
    ],
)
def test_the_taps_problems_are_its_own_sentences(
    sandbox: RunningSandbox, tmp_path: Path, setting: dict[str, Any], told: str
) -> None:
    """What the tap would refuse is told as it says it, caret included, without a line of a log."""
    ((_, text, _),) = problems(sandbox, tmp_path, {"tap-salesforce-zingle": setting})

    assert text.startswith("tap-salesforce-zingle: ")
    assert told in text
    assert "ERROR" not in text


def test_fields_are_created_with_the_log_in_of_their_own_pipeline(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """With several pipelines, --fix logs in as the one that wants the field."""
    insert_rows(sandbox.sandbox, "Contact", [{"LastName": "One"}])
    installation = project(
        sandbox,
        tmp_path,
        {"target-zingle": {"contact_mapping": {"contacts": {"fields": {"VIP level": "Title"}}}}},
    )
    document = yaml.safe_load(installation.path.read_text())
    first, _ = document["pipelines"]
    other = json.loads(json.dumps(first))
    other["name"] = "other"
    other["target"]["name"] = "target-zingle--other"
    other["target"]["settings"] |= {"password": "wrong", "contact_mapping": {}}
    document["pipelines"] = [other, first]
    installation.path.write_text(yaml.safe_dump(document))

    done = CliRunner().invoke(
        app, ["check", "--config", str(installation.path), "--fix", "--yes"], catch_exceptions=False
    )

    assert "VIP level was created." in done.stderr
