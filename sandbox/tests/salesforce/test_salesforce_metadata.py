"""Deployments by the Metadata API's SOAP calls."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from zingle_sandbox.salesforce import USER_ID

if TYPE_CHECKING:
    import requests

    from .conftest import Org

KEY = "Zingle_Conversation_Key__c"
NAME = f"Activity.{KEY}"
M = "http://soap.sforce.com/2006/04/metadata"
FIELD = (
    f"<fields><fullName>{KEY}</fullName><externalId>true</externalId><label>Key</label>"
    "<length>255</length><type>Text</type><unique>true</unique></fields>"
)
READS = (
    f"<fieldPermissions><editable>true</editable><field>Task.{KEY}</field>"
    "<readable>true</readable></fieldPermissions>"
)


def package(**members: str) -> str:
    """package.xml that names one member of each kind."""
    types = "".join(
        f"<types><members>{name}</members><name>{kind}</name></types>"
        for kind, name in members.items()
    )
    return f'<Package xmlns="{M}">{types}<version>62.0</version></Package>'


def files(field: str = FIELD, permissions: str = READS) -> dict[str, str]:
    """A package with the field and a permission set."""
    return {
        "package.xml": package(CustomField=NAME, PermissionSet="Texts"),
        "objects/Activity.object": f'<CustomObject xmlns="{M}">{field}</CustomObject>',
        "permissionsets/Texts.permissionset": (
            f'<PermissionSet xmlns="{M}"><label>Texts</label>{permissions}</PermissionSet>'
        ),
    }


def zipped(content: dict[str, str]) -> str:
    """A zip as text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return base64.b64encode(buffer.getvalue()).decode()


def soap(org: Org, operation: str, *, token: str | None = None) -> requests.Response:
    """One metadata call."""
    session = token or str(org.session.headers["Authorization"]).partition(" ")[2]
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:m="{M}"><e:Header><m:SessionHeader><m:sessionId>{session}</m:sessionId>'
        f"</m:SessionHeader></e:Header><e:Body>{operation}</e:Body></e:Envelope>"
    )
    return org.send(
        "POST",
        "/services/Soap/m/62.0/00D000000000001",
        data=body,
        headers={"Content-Type": "text/xml", "SOAPAction": "x"},
    )


def deploy(org: Org, content: dict[str, str] | None = None, **options: str) -> requests.Response:
    """Ask for a deployment; a production takes all or nothing."""
    given = {"rollbackOnError": "true", "singlePackage": "true", **options}
    inner = "".join(f"<m:{name}>{value}</m:{name}>" for name, value in given.items())
    text = zipped(files() if content is None else content)
    return soap(
        org,
        f"<m:deploy><m:ZipFile>{text}</m:ZipFile><m:DeployOptions>{inner}</m:DeployOptions>"
        "</m:deploy>",
    )


def result(answer: requests.Response) -> dict[str, Any]:
    """The result of a call that must succeed; failures and successes are lists by name."""
    assert answer.status_code == 200, answer.text
    (found,) = ET.fromstring(answer.content).iter(f"{{{M}}}result")
    values: dict[str, Any] = {part.tag.rpartition("}")[2]: part.text for part in found}
    for kind in ("componentFailures", "componentSuccesses", "failures"):
        values[kind] = [
            {part.tag.rpartition("}")[2]: part.text for part in one}
            for one in found.iter(f"{{{M}}}{kind}")
        ]
    return values


def status(org: Org, deploy_id: str) -> dict[str, Any]:
    """Where a deployment is."""
    return result(
        soap(
            org,
            f"<m:checkDeployStatus><m:asyncProcessId>{deploy_id}</m:asyncProcessId>"
            "<m:includeDetails>true</m:includeDetails></m:checkDeployStatus>",
        )
    )


def deployed(org: Org, content: dict[str, str] | None = None, **options: str) -> dict[str, Any]:
    """Deploy and look at the end."""
    return status(org, result(deploy(org, content, **options))["id"])


def fault(answer: requests.Response) -> tuple[int, str]:
    """Status and text of a fault."""
    text = ET.fromstring(answer.content).findtext(".//faultstring") or ""
    return answer.status_code, text


def has_key(org: Org) -> bool:
    """Whether the user sees the field on Task."""
    described = org.rest("GET", "/sobjects/Task/describe").json()
    return KEY in [field["name"] for field in described["fields"]]


def assign(org: Org) -> requests.Response:
    """Give the permission set to the user."""
    (set_id,) = org.values("SELECT Id FROM PermissionSet WHERE Name = 'Texts'")
    body = {"PermissionSetId": set_id, "AssigneeId": USER_ID}
    return org.rest("POST", "/sobjects/PermissionSetAssignment", json=body)


@pytest.fixture
def bare(org: Org) -> Org:
    """An org without the field."""
    org.options(activity_key="absent")
    return org


def test_a_deployment_is_queued_and_succeeds(bare: Org) -> None:
    """The call names an id and Queued; the status tells of each component."""
    queued = result(deploy(bare))
    done = status(bare, queued["id"])

    assert ("Queued", "false", "0Af") == (queued["state"], queued["done"], queued["id"][:3])
    assert ("Succeeded", "true", "2", "2", "0") == tuple(
        done[name]
        for name in (
            "status",
            "done",
            "numberComponentsTotal",
            "numberComponentsDeployed",
            "numberComponentErrors",
        )
    )
    assert [("CustomField", NAME, "true"), ("PermissionSet", "Texts", "true")] == [
        (one["componentType"], one["fullName"], one["created"])
        for one in done["componentSuccesses"]
    ]


def test_a_new_field_is_seen_once_a_permission_set_grants_it(bare: Org) -> None:
    """Deployed fields are nobody's until a set that reads them is assigned."""
    deployed(bare)
    before = has_key(bare)
    answer = assign(bare)

    assert (False, 201) == (before, answer.status_code)
    assert has_key(bare)
    field = next(
        one
        for one in bare.rest("GET", "/sobjects/Task/describe").json()["fields"]
        if one["name"] == KEY
    )
    assert (True, True, 255) == (field["externalId"], field["unique"], field["length"])
    assert (
        bare.rest("PATCH", f"/sobjects/Task/{KEY}/day-1", json={"Subject": "S"}).status_code == 201
    )


def test_a_field_that_is_not_unique_is_deployed_as_it_says(bare: Org) -> None:
    """The describe says what the file said."""
    deployed(bare, files(FIELD.replace("<unique>true", "<unique>false")))
    assign(bare)
    described = bare.rest("GET", "/sobjects/Task/describe").json()

    (field,) = [one for one in described["fields"] if one["name"] == KEY]
    assert not field["unique"]


def test_deploying_again_changes_and_creates_nothing_new(bare: Org) -> None:
    """The second time nothing is created, and whoever saw the field sees it."""
    deployed(bare)
    assign(bare)

    again = deployed(bare)

    assert ["false", "false"] == [one["created"] for one in again["componentSuccesses"]]
    assert has_key(bare)
    assert 1 == len(bare.values("SELECT Id FROM PermissionSet"))


def test_a_permission_set_is_assigned_once(bare: Org) -> None:
    """A second assignment of the same set to the same user is refused."""
    deployed(bare)
    assign(bare)

    (error,) = assign(bare).json()

    assert "DUPLICATE_VALUE" == error["errorCode"]
    assert "Duplicate PermissionSetAssignment" in error["message"]
    assert ["Texts"] == [
        one["PermissionSet"]["Name"]
        for one in bare.query("SELECT PermissionSet.Name FROM PermissionSetAssignment")
    ]


def test_assigning_needs_a_right(bare: Org) -> None:
    """An administrator of another kind may deploy and not assign."""
    deployed(bare)
    bare.options(assign_permission_sets=False)

    (error,) = assign(bare).json()

    assert "INSUFFICIENT_ACCESS_OR_READONLY" == error["errorCode"]
    assert not has_key(bare)


def test_a_deployment_takes_its_time(bare: Org) -> None:
    """Pending, in progress, and only then there."""
    bare.options(deploy_seconds=30.0)
    bare.running.sandbox.clock.freeze()
    deploy_id = result(deploy(bare))["id"]
    seen = []
    for seconds in (1, 14, 20):
        bare.running.sandbox.clock.advance(seconds)
        now = status(bare, deploy_id)
        sets = len(bare.values("SELECT Id FROM PermissionSet"))
        seen.append((now["status"], now["done"], sets))
    bare.running.sandbox.clock.resume()

    assert [("Pending", "false", 0), ("InProgress", "false", 0), ("Succeeded", "true", 1)] == seen


@pytest.mark.parametrize("where", [NAME, "Texts", "*"])
def test_a_failing_component_undoes_all(bare: Org, where: str) -> None:
    """With rollbackOnError nothing is half done, and the problem is told."""
    bare.options(deploy_failures=f"{where}=You have reached the maximum number of custom fields")

    done = deployed(bare)

    assert ("Failed", "false") == (done["status"], done["success"])
    failed = [one["fullName"] for one in done["componentFailures"]]
    assert failed == ([NAME, "Texts"] if where == "*" else [where])
    assert {"You have reached the maximum number of custom fields"} == {
        one["problem"] for one in done["componentFailures"]
    }
    assert [] == bare.values("SELECT Id FROM PermissionSet")
    assert "absent" == bare.running.sandbox.options["salesforce_activity_key"]


def test_a_sandbox_may_keep_half(bare: Org) -> None:
    """Without rollbackOnError the good part stays."""
    bare.options(full_copy=True, deploy_failures="Texts=No")

    done = deployed(bare, rollbackOnError="false")

    assert ("SucceededPartial", "1") == (done["status"], done["numberComponentsDeployed"])
    assert "unique" == bare.running.sandbox.options["salesforce_activity_key"]


def test_a_check_keeps_nothing(bare: Org) -> None:
    """CheckOnly succeeds and leaves the org as it was."""
    assert "Succeeded" == deployed(bare, checkOnly="true")["status"]
    assert [] == bare.values("SELECT Id FROM PermissionSet")
    assert 0 == bare.running.writes("salesforce")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({**files(), "objects/Activity.object": "<CustomObject/>"}, "was not found in zipped directory"),
        ({k: v for k, v in files().items() if "sets/" not in k}, "was not found in zipped directory"),
        (files(FIELD.replace("<length>255</length>", "")), "Must specify 'length'"),
        (files(FIELD.replace("<length>255", "<length>256")), "between 1 and 255"),
        (files(FIELD.replace("<label>Key</label>", "")), "non-empty label"),
        (files(permissions=READS.replace(KEY, "Nothing__c")), "no CustomField named Task.Nothing__c found"),
        (files(permissions="<objectPermissions><allowEdit>true</allowEdit><object>Lead</object></objectPermissions>"), "depends on permission(s): Read Lead"),
        ({**files(), "package.xml": package(CustomField=f"Task.{KEY}")}, "not found"),
        ({**files(), "objects/Activity.object": "<broken"}, "Error parsing file"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_component_is_told(
    bare: Org, content: dict[str, str], problem: str
) -> None:
    """The status names the component with its problem, and nothing is kept."""
    done = deployed(bare, content)

    assert "Failed" == done["status"]
    assert problem in done["componentFailures"][0]["problem"]
    assert [] == bare.values("SELECT Id FROM PermissionSet")


@pytest.mark.parametrize(
    ("content", "error"),
    [({}, "No package.xml found"), ({f"deep/{k}": v for k, v in files().items()}, "No package.xml found")],
)  # fmt: skip
def test_a_package_without_a_list_fails_whole(
    bare: Org, content: dict[str, str], error: str
) -> None:
    """Files of a single package are at the top of the zip."""
    done = deployed(bare, content)

    assert ("Failed", error) == (done["status"], done["errorMessage"])


def test_several_packages_are_in_folders(bare: Org) -> None:
    """Without singlePackage each package has a folder of its own."""
    content = {f"deep/{name}": text for name, text in files().items()}

    assert "Succeeded" == deployed(bare, content, singlePackage="false")["status"]


@pytest.mark.parametrize(
    ("options", "level", "expected"),
    [
        ({}, None, ("Succeeded", "false", "0")),
        ({"apex_tests": 3}, None, ("Succeeded", "false", "0")),
        ({"apex_tests": 3}, "RunLocalTests", ("Succeeded", "true", "3")),
        ({"apex_tests": 3, "apex_failures": 1}, "RunLocalTests", ("Failed", "true", "3")),
        ({"apex_tests": 3, "apex_failures": 1, "full_copy": True}, "NoTestRun", ("Succeeded", "false", "0")),
    ],
)  # fmt: skip
def test_tests_run_where_they_are_asked_for(
    bare: Org, options: dict[str, Any], level: str | None, expected: tuple[str, ...]
) -> None:
    """Without code none run by default; one that fails is told, and the deployment with it."""
    bare.options(**options)

    done = deployed(bare, **({} if level is None else {"testLevel": level}))

    assert expected == (done["status"], done["runTestsEnabled"], done["numberTestsTotal"])
    assert (done["status"] == "Failed") == bool(done["failures"])


@pytest.mark.parametrize(
    ("options", "given", "text"),
    [
        ({}, {"testLevel": "NoTestRun"}, "INVALID_OPERATION: testLevel of NoTestRun cannot be used in production organizations"),
        ({}, {"testLevel": "Some"}, "INVALID_OPERATION: 'Some' is not a valid value for testLevel"),
        ({}, {"rollbackOnError": "false"}, "INVALID_OPERATION: rollbackOnError must be true"),
        ({"modify_metadata": False}, {}, "INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"),
        ({"api_enabled": False}, {}, "API_DISABLED_FOR_ORG"),
    ],
)  # fmt: skip
def test_a_refused_deployment_is_a_fault(
    bare: Org, options: dict[str, Any], given: dict[str, str], text: str
) -> None:
    """HTTP 500 with the code and its sentence; nothing is queued."""
    bare.options(**options)

    code, said = fault(deploy(bare, **given))

    assert (500, True) == (code, said.startswith(text))
    assert 0 == bare.running.writes("salesforce")


def test_a_user_with_least_rights_may_not_deploy(bare: Org) -> None:
    """Unless the permission set says that metadata may be modified."""
    said = []
    for right in ("ApiEnabled", "ModifyMetadata"):
        bare.options(
            permission_set="<PermissionSet><userPermissions><enabled>true</enabled>"
            f"<name>{right}</name></userPermissions></PermissionSet>"
        )
        said.append(deploy(bare).status_code)

    assert [500, 200] == said


def test_a_session_that_is_over_is_a_fault(bare: Org) -> None:
    """INVALID_SESSION_ID, as other SOAP calls say it."""
    answer = soap(bare, "<m:checkDeployStatus/>", token="gone")

    code, said = fault(answer)
    assert (500, True) == (code, said.startswith("INVALID_SESSION_ID: Invalid Session ID"))


def test_an_unknown_deployment_is_a_fault(bare: Org) -> None:
    """An id that was never given out."""
    answer = soap(
        bare, "<m:checkDeployStatus><m:asyncProcessId>0Af1</m:asyncProcessId></m:checkDeployStatus>"
    )

    assert (500, "INVALID_CROSS_REFERENCE_KEY: invalid cross reference id") == fault(answer)


def test_other_metadata_calls_are_not_built(bare: Org) -> None:
    """They are faults, and noted."""
    answer = soap(bare, "<m:describeMetadata/>")

    assert 500 == answer.status_code
    assert any("describeMetadata" in one for one in bare.running.violations())
