"""Carry a login flow out."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

import msgspec
import requests

from zingle_sync.http import (
    Answer,
    Request,
    UnreadableError,
    address_problem,
    body_of,
    date_of,
    decoded,
    header_problem,
    load,
    retry_after,
)
from zingle_sync.salesforce.answers import is_fault, reason_in
from zingle_sync.salesforce.errors import (
    TRANSIENT_CODES,
    TRANSIENT_STATUSES,
    ConfigurationError,
    LoginError,
    TransientError,
)
from zingle_sync.salesforce.flows import (
    AuthorizationCode,
    ClientCredentials,
    Connection,
    GivenToken,
    JwtBearer,
    PasswordGrant,
    RefreshToken,
    SoapLogin,
)
from zingle_sync.salesforce.token_store import TokenStore
from zingle_sync.salesforce.values import Login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sync.http import Caller

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Salesforce refuses assertions that are valid for longer.
JWT_SECONDS = 180
# login() exists up to 64.0 (REST API guide, api_eol_soap).
SOAP_VERSION = "59.0"
# A success of another shape: a gateway's page, or an answer that was cut.
NO_SESSION = Answer(None, message="the answer holds no session")


_HINTS = {
    "audience is invalid": "check that domain is right for a production org or a sandbox",
    "expired authorization code": "set this machine's clock right",
    "invalid assertion": "check private_key, client_id, and that the app has the certificate",
    "user hasn't approved this consumer": "pre-authorise the user in the connected app's policies",
    "request not supported on this domain": "set domain to the org's My Domain host",
    "no client credentials user enabled": "choose a run-as user in the connected app",
    "expired access/refresh token": "the grant was revoked or has expired; authorise again",
    "authentication failure": "check the user's credentials and whether the flow is allowed",
    "invalid client credentials": "check client_secret",
    "client identifier invalid": "check client_id",
    "grant type not supported": "check login_url and whether the flow is allowed",
}


class _TokenAnswer(msgspec.Struct):
    access_token: Any = None
    instance_url: Any = None
    id: Any = None
    refresh_token: str | None = None


_TOKEN = msgspec.json.Decoder(_TokenAnswer)


def log_in(connection: Connection, caller: Caller, *, now: float) -> Login:
    """Open a session; `now` is in seconds since 1970, for the JWT's expiry.

    Raises:
        LoginError: If Salesforce refuses.
        ConfigurationError: If a key or the token store cannot be used.
        TransientError: If Salesforce cannot be reached.
    """
    match connection.flow:
        case GivenToken(access_token, instance_url):
            return Login(access_token, instance_url)
        case SoapLogin() as flow:
            return _soap_login(connection, caller, flow, now)
        case RefreshToken() as flow:
            return _refresh(connection, caller, flow, now)
        case JwtBearer() as flow:
            form = {"grant_type": JWT_BEARER, "assertion": _assertion(flow, now)}
        case ClientCredentials() as flow:
            form = {"grant_type": "client_credentials", **asdict(flow)}
        case PasswordGrant() as flow:
            form = {"grant_type": "password", **asdict(flow)}
        case AuthorizationCode() as flow:
            given = {name: value for name, value in asdict(flow).items() if value}
            form = {"grant_type": "authorization_code", **given}
    return _login_of(connection, _token(connection, caller, form, now))


def _assertion(flow: JwtBearer, now: float) -> str:
    import jwt  # noqa: PLC0415 - slow to import, and needed by this flow alone

    claims = {
        "iss": flow.client_id,
        "sub": flow.username,
        "aud": flow.audience,
        "exp": int(now) + JWT_SECONDS,
    }
    try:
        return jwt.encode(claims, flow.private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ConfigurationError(
            "The key of private_key or private_key_file is not a usable RSA key in PEM form "
            "(without a passphrase)."
        ) from error


def _holds_session(connection: Connection, answer: _TokenAnswer) -> bool:
    token, address = answer.access_token, connection.instance_url or answer.instance_url
    texts = isinstance(token, str) and isinstance(address, str)
    return texts and address_problem(address) is None and header_problem(token) is None


def _login_of(connection: Connection, answer: _TokenAnswer) -> Login:
    if not _holds_session(connection, answer):
        raise TransientError(
            f"Salesforce answered the login at {connection.login_url} without a session that can "
            "be used; check domain or login_url."
        )
    identity = re.search(r"/id/(00D\w{12,15})/(005\w{12,15})", str(answer.id))
    return Login(
        answer.access_token,
        connection.instance_url or answer.instance_url.rstrip("/"),
        identity.group(1) if identity else None,
        identity.group(2) if identity else None,
        answer.refresh_token,
    )


def _token(
    connection: Connection, caller: Caller, form: Mapping[str, str], now: float
) -> _TokenAnswer:
    url = connection.login_url

    def read(response: requests.Response) -> _TokenAnswer | Answer:
        body = body_of(response)
        if response.status_code in TRANSIENT_STATUSES:
            return _in_trouble(response, now)
        if response.status_code != requests.codes.ok:
            raise refusal(url, response, body, now)
        try:
            answer = decoded(body, _TOKEN)
        except UnreadableError:
            return NO_SESSION
        # A rotated token is kept, whatever comes with it.
        whole = answer.refresh_token or _holds_session(connection, answer)
        return answer if whole else NO_SESSION

    request = Request(
        "POST",
        f"{url}/services/oauth2/token",
        f"the login at {url}",
        headers={"Accept": "application/json"},
        body=form,
        # A refresh whose answer was lost may have rotated the token, and sending the dead one
        # again would revoke the grant: only what Salesforce cannot have seen is repeated. A code
        # works once, too.
        repeatable=not {"refresh_token", "code"} & form.keys(),
    )
    return caller.call(request, read)


def _in_trouble(response: requests.Response, now: float) -> Answer:
    asked = retry_after(response.headers.get("Retry-After"), now)
    return Answer(response.status_code, retry_after=asked)


def refusal(login_url: str, response: requests.Response, body: bytes, now: float) -> LoginError:
    """The error for a refused login, with the other side's words and a hint what to check.

    `now`, in seconds since 1970, shows whether this machine's clock is wrong.
    """
    code, reason = reason_in(body)
    hint = next((text for key, text in _HINTS.items() if key in reason.lower()), None)
    if hint is None and not code:
        hint = "check domain or login_url"
    moment = date_of(response.headers.get("Date"))
    ahead = 0 if moment is None else round(now - moment.timestamp())
    if abs(ahead) > JWT_SECONDS / 2:
        clock = f"this machine's clock is {abs(ahead)} seconds {'ahead' if ahead > 0 else 'behind'}"
        hint = f"{clock}; set it right" + (f", or {hint}" if hint else "")
    text = f"Salesforce refused the login at {login_url} (HTTP {response.status_code}"
    text += f" {code}): {reason}" if code else f"): {reason}"
    return LoginError(
        f"{text}; {hint}." if hint else f"{text.removesuffix('.')}.",
        status=response.status_code,
        code=code or None,
    )


def _refresh(connection: Connection, caller: Caller, flow: RefreshToken, now: float) -> Login:
    form = {"grant_type": "refresh_token", "client_id": flow.client_id}
    if flow.client_secret:
        form["client_secret"] = flow.client_secret
    if connection.token_store is None:
        form["refresh_token"] = flow.refresh_token
        answer = _token(connection, caller, form, now)
        if answer.refresh_token not in (None, flow.refresh_token):
            raise LoginError(
                "The connected app rotates refresh tokens and token_store is not set, so that the "
                "new token would be lost: set token_store to a file, authorise again, and set "
                "refresh_token to the new token."
            )
        return _login_of(connection, answer)
    store = TokenStore(connection.token_store, flow.refresh_token)
    with store.locked() as current:
        answer = _token(connection, caller, {**form, "refresh_token": current}, now)
        if answer.refresh_token and answer.refresh_token != current:
            store.save(answer.refresh_token)
    return _login_of(connection, answer)


class _PostOnly:
    """What simple-salesforce needs of a session: its request, sent by our own function."""

    def __init__(self, login_url: str, caller: Caller, now: float) -> None:
        self._login_url, self._caller, self._now = login_url, caller, now

    def post(
        self,
        url: str,
        data: str,
        *,
        headers: Mapping[str, str],
        proxies: object,  # noqa: ARG002 - the signature is theirs
    ) -> requests.Response:
        path = url.partition("://")[2].partition("/")[2]
        request = Request(
            "POST",
            f"{self._login_url}/{path}",
            f"the SOAP login at {self._login_url}",
            headers={**headers, "Content-Type": "text/xml; charset=UTF-8"},
            body=data.encode(),
        )
        return self._caller.call(request, self._read)

    def _read(self, response: requests.Response) -> requests.Response | Answer:
        """A response that holds a session; everything else is told here, in all its shapes."""
        body = load(response)
        fault = is_fault(body)
        if not fault and response.status_code in TRANSIENT_STATUSES:
            return _in_trouble(response, self._now)
        if fault and reason_in(body)[0] in TRANSIENT_CODES:
            return Answer(response.status_code, *reason_in(body))
        if fault or response.status_code != requests.codes.ok:
            raise refusal(self._login_url, response, body, self._now)
        # Such a session may only change its password, and every call would be refused.
        if re.search(rb"passwordExpired>\s*true\s*<", body):
            raise LoginError("The user's password has expired; set a new one in Salesforce.")
        return response if b"sessionId>" in body and b"serverUrl>" in body else NO_SESSION


def _soap_login(connection: Connection, caller: Caller, flow: SoapLogin, now: float) -> Login:
    # Slow to import, and needed by this flow alone.
    from simple_salesforce.login import SalesforceLogin  # noqa: PLC0415 - see above

    session: Any = _PostOnly(connection.login_url, caller, now)
    try:
        token, host = SalesforceLogin(
            username=flow.username,
            password=flow.password,
            security_token=flow.security_token,
            sf_version=SOAP_VERSION,
            session=session,
        )
    except ExpatError:
        token, host = "", ""
    scheme = connection.login_url.partition("://")[0]
    instance_url = connection.instance_url or f"{scheme}://{host}"
    if address_problem(instance_url) or header_problem(token):
        raise TransientError(
            f"Salesforce did not answer the SOAP login at {connection.login_url} with a session."
        )
    return Login(token, instance_url)
