"""The Metadata API over SOAP: `deploy()` and `checkDeployStatus()`.

Source: the Metadata API guide; faults as public logs show them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from zingle_sandbox.salesforce.org.calls import FIRST_VERSION, LAST_VERSION, ApiError
from zingle_sandbox.salesforce.org.envelopes import (
    SoapError,
    local,
    read_envelope,
    soap_answer,
    soap_fault,
    texts,
)
from zingle_sandbox.salesforce.org.sessions import find_session
from zingle_sandbox.salesforce.org.storage import COPY_ID, USER_ID, org_id
from zingle_sandbox.salesforce.writes.deploys import FINISHED, Deploy, proceed, queue
from zingle_sandbox.salesforce.writes.packages import Component, read_package

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from starlette.requests import Request
    from starlette.responses import Response

    from zingle_sandbox.salesforce.org.calls import Org

_METADATA = "http://soap.sforce.com/2006/04/metadata"
_LEVELS = frozenset({"NoTestRun", "RunSpecifiedTests", "RunLocalTests", "RunAllTestsInOrg"})
# Components that make the org run its tests in production: code, and nothing that we deploy.
_CODE = frozenset({"ApexClass", "ApexTrigger", "ApexPage", "ApexComponent"})


async def metadata(org: Org, request: Request) -> Response:
    """`POST /services/Soap/m/{version}`, whatever follows in the path."""
    body = await request.body()
    try:
        with org.sandbox.store.lock:
            return soap_answer(_operate(org, request, body))
    except SoapError as fault:
        return soap_fault(fault)


def _operate(org: Org, request: Request, body: bytes) -> str:
    root = read_envelope(body)
    version = request.path_params["version"]
    if not version.replace(".", "", 1).isdigit() or not (
        FIRST_VERSION <= float(version) <= LAST_VERSION
    ):
        raise SoapError("UNSUPPORTED_API_VERSION", f"Invalid Api version specified: {version}")
    session_id = texts(root.iter()).get("sessionId", "")
    try:
        find_session(org, f"Bearer {session_id or '-'}")
    except ApiError as error:
        raise SoapError(
            "INVALID_SESSION_ID",
            "Invalid Session ID found in SessionHeader: Illegal Session. Session not found",
        ) from error
    org.usage.add(org.sandbox.clock.timestamp())
    _check_rights(org)
    operation = next((one for part in root if local(part) == "Body" for one in part), None)
    match None if operation is None else local(operation):
        case "deploy" if operation is not None:
            return _deploy(org, request, operation)
        case "checkDeployStatus" if operation is not None:
            return _status(org, texts(operation))
        case name:
            request.state.violations.append(f"the sandbox does not have the metadata call {name}")
            raise SoapError("UNKNOWN_EXCEPTION", f"The sandbox does not have {name}")


def _check_rights(org: Org) -> None:
    if not org.option("api_enabled"):
        raise SoapError(
            "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner"
        )
    able = org.may("ModifyAllData") or org.may("ModifyMetadata")
    if not able or not org.option("modify_metadata"):
        raise SoapError(
            "INSUFFICIENT_ACCESS",
            "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata"
            " permissions",
        )


def _deploy(org: Org, request: Request, operation: ET.Element) -> str:
    content, given = "", {}
    for part in operation:
        if local(part).lower() == "zipfile":
            content = (part.text or "").strip()
        else:
            given = {name: value.lower() for name, value in texts(part).items()}
            level = texts(part).get("testLevel")
    package = read_package(content, single=given.get("singlePackage") == "true")
    production = org_id(org.sandbox) != COPY_ID
    rollback = given.get("rollbackOnError") == "true"
    tests = _runs_tests(level if given else None, package.components, production=production)
    if production and not rollback:
        raise SoapError(
            "INVALID_OPERATION", "rollbackOnError must be true in production organizations"
        )
    deploy = queue(
        org,
        package,
        check_only=given.get("checkOnly") == "true",
        rollback=rollback,
        tests=tests,
    )
    if not deploy.check_only:
        request.state.changed_rows += len(package.components)
    proceed(org, deploy)
    return (
        f'<deployResponse xmlns="{_METADATA}"><result><done>false</done><id>{deploy.id}</id>'
        "<state>Queued</state></result></deployResponse>"
    )


def _runs_tests(level: str | None, components: list[Component], *, production: bool) -> bool:
    """Whether tests run; without a level production runs them for code alone.

    Raises:
        SoapError: there is no such level, or production does not take it.
    """
    if level is None or level not in _LEVELS:
        if level not in {None, "", "None"}:
            raise SoapError("INVALID_OPERATION", f"'{level}' is not a valid value for testLevel")
        return production and any(one.kind in _CODE for one in components)
    if level == "NoTestRun" and production:
        raise SoapError(
            "INVALID_OPERATION",
            "testLevel of NoTestRun cannot be used in production organizations",
        )
    return level != "NoTestRun"


def _status(org: Org, given: dict[str, str]) -> str:
    deploy = org.deploys.get(given.get("asyncProcessId", ""))
    if deploy is None:
        raise SoapError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    proceed(org, deploy)
    details = _details(deploy) if given.get("includeDetails", "").lower() == "true" else ""
    done = deploy.status in FINISHED
    deployed = len(deploy.package.components) - len(deploy.problems)
    stamp = datetime.fromtimestamp(deploy.queued_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    values = {
        "checkOnly": _flag(deploy.check_only),
        "completedDate": stamp if done else "",
        "createdBy": USER_ID,
        "createdByName": "Integration User",
        "createdDate": stamp,
        "details": details,
        "done": _flag(done),
        "errorMessage": escape(deploy.error),
        "errorStatusCode": "UNKNOWN_EXCEPTION" if deploy.error else "",
        "id": deploy.id,
        "ignoreWarnings": "false",
        "lastModifiedDate": stamp,
        "numberComponentErrors": str(len(deploy.problems)),
        "numberComponentsDeployed": str(deployed if done and not deploy.error else 0),
        "numberComponentsTotal": str(len(deploy.package.components)),
        "numberTestErrors": str(deploy.tests_failed),
        "numberTestsCompleted": str(deploy.tests_run - deploy.tests_failed),
        "numberTestsTotal": str(deploy.tests_run),
        "rollbackOnError": _flag(deploy.rollback),
        "runTestsEnabled": _flag(deploy.tests),
        "startDate": stamp,
        "status": deploy.status,
        "success": _flag(deploy.status.startswith("Succeeded")),
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value)
    return (
        f'<checkDeployStatusResponse xmlns="{_METADATA}"><result>{inner}</result>'
        "</checkDeployStatusResponse>"
    )


def _details(deploy: Deploy) -> str:
    if deploy.status not in FINISHED:
        return ""
    parts = [_message(deploy, one) for one in deploy.package.components]
    failures = "".join(
        f"<failures><id>01p00000000000{at}AAA</id><message>System.AssertException: Assertion"
        f" Failed</message><methodName>test{at}</methodName><name>HotelTest</name><namespace/>"
        "<packageName/><stackTrace>Class.HotelTest: line 1</stackTrace><time>1.0</time></failures>"
        for at in range(deploy.tests_failed)
    )
    return (
        "".join(parts)
        + f"<runTestResult>{failures}<numFailures>{deploy.tests_failed}</numFailures>"
        f"<numTestsRun>{deploy.tests_run}</numTestsRun><totalTime>0.0</totalTime></runTestResult>"
    )


def _message(deploy: Deploy, component: Component) -> str:
    problem = deploy.problems.get(component, "")
    made = component.name in deploy.created
    kept = not problem and deploy.status.startswith("Succeeded") and not deploy.check_only
    values = {
        "changed": _flag(kept),
        "componentType": component.kind,
        "created": _flag(made),
        "deleted": "false",
        "fileName": component.file,
        "fullName": component.name,
        "problem": problem,
        "problemType": "Error" if problem else "",
        "success": _flag(not problem),
    }
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items() if value)
    name = "componentFailures" if problem else "componentSuccesses"
    return f"<{name}>{inner}</{name}>"


def _flag(value: object) -> str:
    return str(bool(value)).lower()
