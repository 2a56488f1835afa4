"""Services by name for people, by id for programs; and whether the vendor's connector is off."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.check.findings import Findings
from zingle_operator.check.vendor import check_vendor
from zingle_operator.check.zingle import check_services
from zingle_operator.services import other_services
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.outcomes import SERVICE_NAME, Outcome
from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.zingle import ConfigurationError, Zingle

NOBODY = "00000000-0000-4000-8000-000000000000"


def client(sandbox: RunningSandbox, **settings: Any) -> Zingle:
    """A client of the sandbox's log-in."""
    known = settings or sandbox.zingle_settings()
    return Zingle.from_settings({**known, "requests_per_second": 0})


def name_of(sandbox: RunningSandbox) -> str:
    """What people call the sandbox's first service."""
    row = sandbox.sandbox.store.one(
        "SELECT display_name FROM zg_services WHERE id = ?", (sandbox.service_id,)
    )
    assert row is not None
    return str(row["display_name"])


def looked(sandbox: RunningSandbox, **settings: Any) -> Findings:
    """What `check` finds about the services that settings name."""
    findings = Findings()
    check_services(client(sandbox), settings, findings, plugin="target-zingle")
    return findings


def test_a_service_is_shown_by_its_name_with_its_id(sandbox: RunningSandbox) -> None:
    """Who reads knows which one is meant, and which id stands for it."""
    (found, *_) = looked(sandbox, service_id=sandbox.service_id).found

    assert ("ok", f"Service {name_of(sandbox)} ({sandbox.service_id}) is there") == (
        found.level,
        found.text.partition(":")[0],
    )


@pytest.mark.parametrize("wrong", [NOBODY, "12", "Harbor Lights", "name:Harbor Lights", "own name"])
def test_a_wrong_id_is_answered_with_the_line_to_paste(sandbox: RunningSandbox, wrong: str) -> None:
    """Names and numbers of the web app are no ids; the line that is meant is told."""
    wrong = name_of(sandbox) if wrong == "own name" else wrong

    (found,) = looked(sandbox, service_id=wrong).found

    assert "problem" == found.level
    assert f"\nservice_id: {sandbox.service_id}  # {name_of(sandbox)}" in found.todo


def test_a_tap_is_told_its_own_setting(sandbox: RunningSandbox) -> None:
    """What is pasted into tap-zingle's settings is a list."""
    (found,) = looked(sandbox, service_ids=[NOBODY]).found

    assert f"\nservice_ids: [{sandbox.service_id}]  # {name_of(sandbox)}" in found.todo


def test_a_service_that_is_there_and_closed_says_so(sandbox: RunningSandbox) -> None:
    """An administrator's list tells a service without access from one that does not exist."""
    sandbox.sandbox.set_options({"zingle_org_admin": True})
    sandbox.sandbox.store.execute("DELETE FROM zg_user_services")

    (found,) = looked(sandbox, service_id=sandbox.service_id).found

    assert f"{name_of(sandbox)} is there, and this log-in has no access to it." in found.todo


def test_a_service_that_works_is_no_wrong_id(sandbox: RunningSandbox) -> None:
    """An error that is not about the id brings no list of ids."""
    api = client(sandbox)

    told = other_services(api, sandbox.service_id, {}, ConfigurationError("no right"))

    assert "" == told


def test_a_token_of_the_organisation_logs_in(sandbox: RunningSandbox) -> None:
    """It is sent as Bearer, and sees the service by name."""
    api = client(sandbox, **sandbox.zingle_settings("organization_token"))
    findings = Findings()

    found = check_services(api, {"service_id": sandbox.service_id}, findings, plugin="tap-zingle")

    assert [sandbox.service_id] == list(found)


@pytest.mark.parametrize("standing", ["expired", "revoked"])
def test_an_expired_token_of_the_organisation_is_told(
    sandbox: RunningSandbox, standing: str
) -> None:
    """The message says that it has expired, and who makes a new one."""
    sandbox.sandbox.set_options({"zingle_organization_token": standing})
    api = client(sandbox, **sandbox.zingle_settings("organization_token"))

    with pytest.raises(ConfigurationError, match=r"token has expired.*administrator"):
        api.service(sandbox.service_id)


@pytest.mark.parametrize(
    ("status", "allowed", "levels"),
    [
        ("connected", False, ["problem"]),
        ("connected", True, ["warning"]),
        ("needs_attention", False, ["warning"]),
        ("disconnected", False, ["ok"]),
        ("absent", False, ["ok"]),
    ],
)
def test_check_judges_the_vendors_connector(
    sandbox: RunningSandbox, status: str, levels: list[str], *, allowed: bool
) -> None:
    """While it is connected that is a problem, unless the settings allow it; one call."""
    sandbox.sandbox.set_options({"zingle_integration": status})
    findings, api = Findings(), client(sandbox)

    check_vendor(api, sandbox.service_id, findings, shown="Harbor Lights", allowed=allowed)

    assert (levels, 1) == ([one.level for one in findings.found], api.calls)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_list_that_may_not_be_read_is_a_note(sandbox: RunningSandbox, status: int) -> None:
    """Unknown is neither well nor a problem."""
    sandbox.sandbox.set_options({"zingle_integrations_refused": status})
    findings = Findings()

    check_vendor(client(sandbox), sandbox.service_id, findings, shown="x", allowed=False)

    assert [("note", True)] == [(one.level, "not known" in one.text) for one in findings.found]


@pytest.fixture
def installation(sandbox: RunningSandbox, tmp_path: Path) -> Path:
    """A configuration file with both log-ins and a sync log of one run."""
    target = {**sandbox.zingle_settings(), "service_id": sandbox.service_id}
    document = {
        "sync_log_url": f"sqlite:///{tmp_path}/log.db",
        "pipelines": [
            {
                "name": "contacts",
                "tap": {
                    "name": "tap-salesforce-zingle",
                    "settings": {**sandbox.salesforce_settings(), "objects": ["Lead"]},
                },
                "target": {"name": "target-zingle", "settings": target},
            }
        ],
    }
    path = tmp_path / "sync.yml"
    path.write_text(yaml.safe_dump(document))
    run = SyncLog.open(f"sqlite:///{tmp_path}/log.db").start_run("target-zingle", mapping_hash="h")
    run.record([Outcome("leads", sandbox.service_id, "00Q000000000001", "created")])
    run.remember(sandbox.service_id, SERVICE_NAME, name_of(sandbox))
    run.finish(status="ok", api_calls={"zingle": 2})
    return path


def command(installation: Path, *arguments: str) -> Result:
    """Run a command of that installation."""
    return CliRunner().invoke(app, [arguments[0], "--config", str(installation), *arguments[1:]])


def test_status_and_report_name_the_service_and_cost_no_call(
    sandbox: RunningSandbox, installation: Path
) -> None:
    """What a run has seen of the name is in the sync log."""
    before = sandbox.calls("zingle")
    page = installation.with_suffix(".html")

    told = command(installation, "status")
    (service,) = json.loads(command(installation, "status", "--json").stdout)["services"]
    command(installation, "report", "--no-links", "--out", str(page))

    assert f"{name_of(sandbox)} ({sandbox.service_id})" in told.stdout
    assert (sandbox.service_id, name_of(sandbox)) == (service["service_id"], service["name"])
    assert f"{name_of(sandbox)} <code>{sandbox.service_id}</code>" in page.read_text()
    assert before == sandbox.calls("zingle")


def test_fields_names_the_service_or_those_that_there_are(
    sandbox: RunningSandbox, installation: Path
) -> None:
    """The table says whose fields these are; a name instead of an id is answered with the line."""
    told = command(installation, "fields")
    wrong = command(installation, "fields", "--service", name_of(sandbox))

    assert f"Fields of service {name_of(sandbox)} ({sandbox.service_id}):" in told.stderr
    assert 1 == wrong.exit_code
    assert f"service_id: {sandbox.service_id}  # {name_of(sandbox)}" in wrong.stderr


def test_nothing_of_the_vendors_secrets_is_in_what_check_says(sandbox: RunningSandbox) -> None:
    """Names and statuses are read, and nothing else."""
    from zingle_sandbox.zingle import CONNECTOR_SECRETS  # noqa: PLC0415 - after the fixture

    sandbox.sandbox.set_options({"zingle_integration": "connected"})
    findings = Findings()

    check_vendor(client(sandbox), sandbox.service_id, findings, shown="x", allowed=False)

    told = json.dumps([asdict(one) for one in findings.found])
    assert not [secret for secret in CONNECTOR_SECRETS if secret in told]
