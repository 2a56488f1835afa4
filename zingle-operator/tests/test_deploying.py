"""`check --fix` brings the Salesforce side, or says why it can't and who can."""

from __future__ import annotations

import zipfile
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import pytest

from target_salesforce_activity.rules import DEFAULT_KEY_FIELD
from zingle_operator.check import deploy as deploying
from zingle_operator.check.findings import Findings
from zingle_operator.check.pipeline import check_pipeline
from zingle_operator.errors import OperatorError
from zingle_operator.project.project import Finished, Pipeline, Project
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import Salesforce

PLUGIN = "target-salesforce-activity"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits two seconds between two looks at a simulation."""
    monkeypatch.setattr(deploying, "_STEP", 0.01)
    monkeypatch.setattr(deploying, "_PAUSES", (0.01, 0.01))


@pytest.fixture
def bare(sandbox: RunningSandbox) -> RunningSandbox:
    """An org without the key field."""
    sandbox.sandbox.set_options({"salesforce_activity_key": "absent"})
    return sandbox


def project_of(sandbox: RunningSandbox) -> Project:
    """A project of conversations alone."""
    settings = {
        "tap-zingle": {**sandbox.zingle_settings(), "start_date": "2026-01-01"},
        PLUGIN: sandbox.salesforce_settings(),
    }
    return cast("Project", SimpleNamespace(settings=lambda name: settings[name], schemas=None))


def client_of(sandbox: RunningSandbox) -> Salesforce:
    """A session that has described nothing yet."""
    return Salesforce.from_settings(sandbox.salesforce_settings())


def has_key(sandbox: RunningSandbox) -> bool:
    """Whether the integration user sees the field, and Salesforce keeps it unique."""
    fields = {one["name"]: one for one in client_of(sandbox).describe("Task")["fields"]}
    return bool(fields.get(DEFAULT_KEY_FIELD, {}).get("externalId"))


def assignments(sandbox: RunningSandbox) -> int:
    """How many users have the permission set."""
    where = f"PermissionSet.Name = '{deploying.PERMISSION_SET}'"
    return client_of(sandbox).count(f"SELECT COUNT() FROM PermissionSetAssignment WHERE {where}")


def deploy(sandbox: RunningSandbox) -> bool:
    """Deploy without asking."""
    return deploying.deploy(project_of(sandbox), PLUGIN, ask=False)


def test_the_field_the_set_and_its_assignment_are_there_afterwards(bare: RunningSandbox) -> None:
    """The integration user sees the field, and a further check has nothing to mend."""
    assert not has_key(bare)

    assert deploy(bare)

    assert has_key(bare)
    assert assignments(bare) == 1


def test_again_changes_nothing_and_is_no_error(bare: RunningSandbox) -> None:
    """The assignment is not made twice."""
    deploy(bare)
    deploy(bare)

    assert assignments(bare) == 1


@pytest.mark.parametrize("full_copy", [False, True], ids=["production", "sandbox"])
def test_tests_of_the_org_do_not_stand_in_the_way(bare: RunningSandbox, full_copy: bool) -> None:
    """Without Apex in the package none runs, in neither kind of org."""
    bare.sandbox.set_options({"salesforce_full_copy": full_copy, "salesforce_apex_tests": 3})

    assert deploy(bare)
    assert has_key(bare)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"salesforce_modify_metadata": False}, ("Modify Metadata", "docs/salesforce")),
        (
            {"salesforce_deploy_failures": f"Activity.{DEFAULT_KEY_FIELD}=No room left."},
            ("No room left", "taken all of it back"),
        ),
        ({"salesforce_deploy_failures": "*=Not today."}, ("Not today",)),
    ],
)
def test_a_refused_deployment_leaves_nothing_half_done(
    bare: RunningSandbox, options: dict[str, Any], words: tuple[str, ...]
) -> None:
    """One sentence with Salesforce's reason, and neither field nor set."""
    bare.sandbox.set_options(options)

    with pytest.raises(OperatorError) as raised:
        deploy(bare)

    assert [] == [word for word in words if word not in str(raised.value)]
    assert not has_key(bare)
    assert assignments(bare) == 0


def fault(sandbox: RunningSandbox, code: str, words: str, *, times: int) -> None:
    """Let calls of the Metadata API fail as SOAP says it."""
    body = (
        '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/'
        'envelope/" xmlns:sf="http://soap.sforce.com/2006/04/metadata"><soapenv:Body>'
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {words}"
        "</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    path = "/services/Soap/m/*"
    kind: dict[str, Any] = {"kind": "status", "status": 500, "content_type": "text/xml"}
    sandbox.sandbox.faults.add(**kind, path=path, body=body, times=times)


@pytest.mark.parametrize("code", ["SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "INVALID_SESSION_ID"])
def test_what_passes_is_asked_again(bare: RunningSandbox, code: str) -> None:
    """A fault that says so, and a session that has ended, do not end a deployment."""
    fault(bare, code, "not now", times=2)

    assert deploy(bare)
    assert has_key(bare)


@pytest.mark.parametrize(
    ("code", "words", "wanted", "unwanted"),
    [
        ("SERVER_UNAVAILABLE", "not now", "Try again when Salesforce is well", "Modify Metadata"),
        (
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
            "Wait until",
            "Modify Metadata",
        ),
        ("INSUFFICIENT_ACCESS", "use of the Metadata API", "Modify Metadata", "Try again"),
        ("UNKNOWN_CODE", "for ana@hotel.example.org", "UNKNOWN_CODE", "ana@"),
    ],
)
def test_a_fault_that_stays_is_told_with_its_own_remedy(
    bare: RunningSandbox, code: str, words: str, wanted: str, unwanted: str
) -> None:
    """In Salesforce's words, without the values that they quote."""
    fault(bare, code, words, times=0)

    with pytest.raises(OperatorError) as raised:
        deploy(bare)

    assert wanted in str(raised.value)
    assert unwanted not in str(raised.value)


def test_a_set_that_may_not_be_assigned_names_the_place(bare: RunningSandbox) -> None:
    """What was deployed stays, for an administrator has one click left."""
    bare.sandbox.set_options({"salesforce_assign_permission_sets": False})

    with pytest.raises(OperatorError, match="Manage Assignments"):
        deploy(bare)


def test_a_deployment_that_takes_long_is_waited_for(bare: RunningSandbox) -> None:
    """Until Salesforce says that it has ended."""
    bare.sandbox.set_options({"salesforce_deploy_seconds": 0.5})

    assert deploy(bare)
    assert has_key(bare)


def test_a_deployment_without_an_end_is_left_to_the_person(
    bare: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its number, and where to watch it."""
    monkeypatch.setattr(deploying, "_LONGEST", 0.1)
    bare.sandbox.set_options({"salesforce_deploy_seconds": 600.0})

    with pytest.raises(OperatorError, match=r"0Af.*Deployment Status"):
        deploy(bare)


def test_a_person_who_says_no_has_nothing_deployed(
    bare: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After having seen what it would be."""
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)

    assert not deploying.deploy(project_of(bare), PLUGIN, ask=True)
    assert not has_key(bare)


@pytest.mark.parametrize(("key", "expected"), [("absent", [PLUGIN]), ("unique", [])])
def test_check_knows_whether_there_is_anything_to_deploy(
    sandbox: RunningSandbox, key: str, expected: list[str]
) -> None:
    """An org that has all of it is not asked again."""
    sandbox.sandbox.set_options({"salesforce_activity_key": key})
    findings = Findings()
    pipeline = Pipeline("conversations", "tap-zingle", PLUGIN, "conversations")
    project = cast(
        "Project",
        SimpleNamespace(
            settings=project_of(sandbox).settings,
            schemas=lambda _: (b"", Finished(0, "")),
            pipelines=(),
            feed=lambda *_: Finished(0, ""),
            environment="",
            sync_log_url="sqlite://",
        ),
    )
    check_pipeline(project, pipeline, findings, duplicates=False)

    assert findings.undeployed == expected


def test_the_package_has_its_list_at_the_root() -> None:
    """Salesforce finds each component where `package.xml` says."""
    with zipfile.ZipFile(BytesIO(deploying.package())) as archive:
        names = archive.namelist()

    assert names == [
        "objects/Activity.object",
        "package.xml",
        f"permissionsets/{deploying.PERMISSION_SET}.permissionset",
    ]
