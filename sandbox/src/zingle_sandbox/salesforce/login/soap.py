"""SOAP `login()` and `logout()`, up to API 64.0 and where the org allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from zingle_sandbox.credentials import SALESFORCE_PASSWORD, SALESFORCE_USERNAME
from zingle_sandbox.salesforce.catalogue.ids import to_18
from zingle_sandbox.salesforce.login.oauth import instance_url, password_fits
from zingle_sandbox.salesforce.login.refusals import reshaped
from zingle_sandbox.salesforce.org.calls import FIRST_VERSION
from zingle_sandbox.salesforce.org.envelopes import (
    SoapError,
    local,
    read_envelope,
    soap_answer,
    soap_fault,
)
from zingle_sandbox.salesforce.org.sessions import open_session, revoke
from zingle_sandbox.salesforce.org.storage import USER_ID, org_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zingle_sandbox.salesforce.org.calls import Org

LAST_LOGIN_VERSION = 64
_PARTNER = "urn:partner.soap.sforce.com"


async def soap(org: Org, request: Request) -> Response:
    """`POST /services/Soap/u/{version}`."""
    body = await request.body()
    version = request.path_params["version"]
    try:
        return soap_answer(_operate(org, request, version, body))
    except SoapError as fault:
        shape = str(org.option("refused_login"))
        return reshaped(shape, fault.code, fault.message, 500) or soap_fault(
            fault, "LoginFault" if fault.code == "INVALID_LOGIN" else "UnexpectedErrorFault"
        )


def _operate(org: Org, request: Request, version: str, body: bytes) -> str:
    root = read_envelope(body)
    if not version.replace(".", "", 1).isdigit() or float(version) < FIRST_VERSION:
        raise SoapError("UNSUPPORTED_API_VERSION", f"UNSUPPORTED_API_VERSION: {version}")
    given = {local(element): (element.text or "") for element in root.iter()}
    if "logout" in given:
        revoke(org.sandbox, given.get("sessionId", ""))
        return f'<logoutResponse xmlns="{_PARTNER}"/>'
    if "login" not in given:
        raise SoapError("UNKNOWN_EXCEPTION", "The sandbox knows login and logout only")
    return _login(org, request, version, given)


def _login(org: Org, request: Request, version: str, texts: dict[str, str]) -> str:
    if float(version) > LAST_LOGIN_VERSION:
        raise SoapError(
            "INVALID_OPERATION",
            "The SOAP Login operation is not available in the API version specified"
            f" ({version}). Refer to the documentation for supported versions.",
        )
    if not org.option("soap_login"):
        raise SoapError(
            "INVALID_OPERATION",
            "SOAP API login() is disabled by default in this org. Contact the org administrator"
            " to enable SOAP API login().",
        )
    code, _, message = str(org.option("login_error") or "").partition(": ")
    if code.isupper():
        raise SoapError(code, message)
    username, password = texts.get("username", ""), texts.get("password", "")
    # A caller who names the org comes from a trusted network and needs no security token.
    trusted = (
        to_18(texts.get("organizationId", "")) == org_id(org.sandbox)
        and username.lower() == SALESFORCE_USERNAME.lower()
        and password == SALESFORCE_PASSWORD
    )
    if not trusted and not password_fits(username, password):
        raise SoapError(
            "INVALID_LOGIN",
            "Invalid username, password, security token; or user locked out.",
        )
    base = instance_url(org, request)
    session = open_session(org.sandbox, USER_ID)
    user = org.sandbox.store.one("SELECT * FROM sf_User WHERE Id = ?", (USER_ID,))
    name = org.sandbox.store.value("SELECT Name FROM sf_Organization")
    information = {
        "accessibilityMode": "false",
        "organizationId": org_id(org.sandbox),
        "organizationMultiCurrency": "false",
        "organizationName": str(name),
        "profileId": user["ProfileId"] if user else "",
        "sessionSecondsValid": str(org.option("session_seconds")),
        "userEmail": user["Email"] if user else "",
        "userFullName": user["Name"] if user else "",
        "userId": USER_ID,
        "userLanguage": "en_US",
        "userLocale": "en_US",
        "userName": SALESFORCE_USERNAME,
        "userTimeZone": "America/New_York",
        "userType": "Standard",
        "userUiSkin": "Theme3",
    }
    inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in information.items())
    return (
        f'<loginResponse xmlns="{_PARTNER}"><result>'
        f"<metadataServerUrl>{base}/services/Soap/m/{version}/{org_id(org.sandbox)}</metadataServerUrl>"
        f"<passwordExpired>{str(bool(org.option('password_expired'))).lower()}</passwordExpired>"
        "<sandbox>false</sandbox>"
        f"<serverUrl>{base}/services/Soap/u/{version}/{org_id(org.sandbox)}</serverUrl>"
        f"<sessionId>{escape(session)}</sessionId><userId>{USER_ID}</userId>"
        f"<userInfo>{inner}</userInfo></result></loginResponse>"
    )
