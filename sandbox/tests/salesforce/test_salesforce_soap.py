from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import requests

from zingle_sandbox import credentials

if TYPE_CHECKING:
    from conftest import Org

ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com">
<env:Header>{header}</env:Header><env:Body>{body}</env:Body></env:Envelope>"""
PASSWORD = credentials.SALESFORCE_PASSWORD + credentials.SALESFORCE_SECURITY_TOKEN


def soap(org: Org, body: str, version: str = "59.0", header: str = "") -> requests.Response:
    """A SOAP call."""
    return requests.post(
        f"{org.running.url}/services/Soap/u/{version}",
        data=ENVELOPE.format(header=header, body=body).encode(),
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"},
        timeout=10,
    )


def login(
    org: Org, password: str = PASSWORD, version: str = "59.0", header: str = ""
) -> requests.Response:
    """A SOAP log-in."""
    user = credentials.SALESFORCE_USERNAME
    body = f"<u:login><u:username>{user}</u:username><u:password>{password}</u:password></u:login>"
    return soap(org, body, version, header)


def texts(answer: requests.Response) -> dict[str, str]:
    """The text of every element, by its local name."""
    return {one.tag.rpartition("}")[2]: one.text or "" for one in ET.fromstring(answer.text).iter()}


def test_login_opens_a_session_and_logout_ends_it(org: Org) -> None:
    """The session works with REST, the server URL names host and org."""
    answer = login(org)
    found = texts(answer)
    session = {"Authorization": f"Bearer {found['sessionId']}"}
    before = org.rest("GET", "/limits", headers=session)
    header = f"<u:SessionHeader><u:sessionId>{found['sessionId']}</u:sessionId></u:SessionHeader>"
    soap(org, "<u:logout/>", header=header)

    assert 200 == answer.status_code
    assert f"{org.running.url}/services/Soap/u/59.0/{found['organizationId']}" == found["serverUrl"]
    assert ("false", "false") == (found["passwordExpired"], found["sandbox"])
    assert (200, 401) == (
        before.status_code,
        org.rest("GET", "/limits", headers=session).status_code,
    )


def test_a_trusted_network_needs_no_security_token(org: Org) -> None:
    """A caller who names the org logs in with the password alone."""
    (org_id,) = org.values("SELECT Id FROM Organization")
    header = f"<u:LoginScopeHeader><u:organizationId>{org_id[:15]}</u:organizationId></u:LoginScopeHeader>"

    assert 200 == login(org, credentials.SALESFORCE_PASSWORD, header=header).status_code
    assert 500 == login(org, credentials.SALESFORCE_PASSWORD).status_code


def test_an_expired_password_still_opens_a_session(org: Org) -> None:
    """The answer says so, with status 200."""
    org.options(password_expired=True)

    assert (200, "true") == (login(org).status_code, texts(login(org))["passwordExpired"])


@pytest.mark.parametrize(
    ("password", "version", "enabled", "code", "message"),
    [
        ("wrong", "59.0", True, "INVALID_LOGIN", "INVALID_LOGIN: Invalid username, password, security token; or user locked out."),
        (PASSWORD, "65.0", True, "INVALID_OPERATION", "INVALID_OPERATION: The SOAP Login operation is not available in the API version specified (65.0). Refer to the documentation for supported versions."),
        (PASSWORD, "64.0", False, "INVALID_OPERATION", "INVALID_OPERATION: SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login()."),
        (PASSWORD, "30.0", True, "UNSUPPORTED_API_VERSION", "UNSUPPORTED_API_VERSION: UNSUPPORTED_API_VERSION: 30.0"),
    ],
)  # fmt: skip
def test_refused_log_ins_are_faults(  # noqa: PLR0917 - a table
    org: Org, password: str, version: str, enabled: bool, code: str, message: str
) -> None:
    """HTTP 500 with a fault: wrong password, retired version, switched off."""
    org.options(soap_login=enabled)
    answer = login(org, password, version)

    assert (500, f"sf:{code}", message) == (
        answer.status_code,
        texts(answer)["faultcode"],
        texts(answer)["faultstring"],
    )
    assert code == texts(answer)["exceptionCode"]


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ("", "<sf:exceptionCode>INVALID_LOGIN"),
        ("html", "<td>Invalid username"),
        ("list", '[{"errorCode":"INVALID_LOGIN"'),
        ("object", '{"errorCode":"INVALID_LOGIN"'),
        ("text", "Invalid username"),
        ("empty", ""),
        ("null", "null"),
        ("bare_fault", "<faultcode>S:Client</faultcode><faultstring>Invalid username"),
        ("soap12_fault", '<env:Text xml:lang="en">Invalid username'),
    ],
)
def test_a_refused_login_may_have_another_body(org: Org, shape: str, part: str) -> None:
    """What stands before Salesforce answers in its own words, always with an error's status."""
    org.options(refused_login=shape)

    answer = login(org, password="wrong")

    assert 500 == answer.status_code
    assert part in answer.text
    assert (answer.text == "") == (shape == "empty")
    assert 200 == login(org).status_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("API_DISABLED_FOR_ORG: API is not enabled for this Organization or Partner", "API_DISABLED_FOR_ORG"),
        ("LOGIN_MUST_USE_SECURITY_TOKEN: Append your security token.", "LOGIN_MUST_USE_SECURITY_TOKEN"),
    ],
)  # fmt: skip
def test_an_administrator_may_refuse_every_soap_login(org: Org, error: str, code: str) -> None:
    """The fault carries the code and the sentence that the option names."""
    org.options(login_error=error)

    found = texts(login(org))

    assert code == found["exceptionCode"]
    assert error == found["faultstring"]
