"""Carry a login flow out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import msgspec
import requests

from zingle_sync.http import Request
from zingle_sync.salesforce.errors import ConfigurationError, LoginError
from zingle_sync.salesforce.flows import (
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

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Salesforce refuses assertions that are valid for longer.
JWT_SECONDS = 180
# login() exists up to 64.0 (REST API guide, api_eol_soap).
SOAP_VERSION = "59.0"

# Sends a request without authorization, with retries, and gives the response whatever it is.
Post = Callable[[Request], requests.Response]

_HINTS = {
    "audience is invalid": "check that domain is right for a production org or a sandbox",
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
    access_token: str
    instance_url: str
    id: str = ""
    refresh_token: str | None = None


class _Refusal(msgspec.Struct):
    error: str = ""
    error_description: str = ""


def log_in(connection: Connection, post: Post, *, now: float) -> Login:
    """Open a session.

    Args:
        connection: The settings, read.
        post: Sends the token request.
        now: Seconds since 1970, for the JWT's expiry.

    Raises:
        LoginError: If Salesforce refuses.
        ConfigurationError: If a key or the token store cannot be used.
        TransientError: If Salesforce cannot be reached.
    """
    match connection.flow:
        case GivenToken(access_token, instance_url):
            return Login(access_token, instance_url)
        case SoapLogin() as flow:
            return _soap_login(connection, post, flow)
        case RefreshToken() as flow:
            return _refresh(connection, post, flow)
        case JwtBearer() as flow:
            form = {"grant_type": JWT_BEARER, "assertion": _assertion(flow, now)}
        case ClientCredentials() as flow:
            form = {"grant_type": "client_credentials", **asdict(flow)}
        case PasswordGrant() as flow:
            form = {"grant_type": "password", **asdict(flow)}
    return _login_of(connection, _token(connection, post, form))


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


def _login_of(connection: Connection, answer: _TokenAnswer) -> Login:
    identity = re.search(r"/id/(00D\w{12,15})/(005\w{12,15})", answer.id)
    return Login(
        answer.access_token,
        connection.instance_url or answer.instance_url.rstrip("/"),
        identity.group(1) if identity else None,
        identity.group(2) if identity else None,
    )


def _token(connection: Connection, post: Post, form: Mapping[str, str]) -> _TokenAnswer:
    response = post(
        Request(
            "POST",
            f"{connection.login_url}/services/oauth2/token",
            f"the login at {connection.login_url}",
            headers={"Accept": "application/json"},
            body=form,
            # A refresh whose answer was lost may have rotated the token, and sending the dead one
            # again would revoke the grant: only what Salesforce cannot have seen is repeated.
            repeatable="refresh_token" not in form,
        )
    )
    if response.status_code == requests.codes.ok:
        try:
            return msgspec.json.decode(response.content, type=_TokenAnswer)
        except msgspec.DecodeError as error:
            raise LoginError(
                f"{connection.login_url} answered the login with something else than a token; "
                "check domain or login_url.",
                status=response.status_code,
            ) from error
    raise refusal(connection.login_url, response.status_code, response.content)


def refusal(login_url: str, status: int, body: bytes) -> LoginError:
    """The error for a refused token request, with a hint what to check."""
    try:
        refused = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        refused = _Refusal()
    reason = refused.error_description or "no reason given"
    hint = next((text for key, text in _HINTS.items() if key in reason.lower()), None)
    if hint is None and not refused.error:
        hint = "check domain or login_url"
    text = f"Salesforce refused the login at {login_url} (HTTP {status}"
    text += f" {refused.error}): {reason}" if refused.error else f"): {reason}"
    return LoginError(
        f"{text}; {hint}." if hint else f"{text}.", status=status, code=refused.error or None
    )


def _refresh(connection: Connection, post: Post, flow: RefreshToken) -> Login:
    form = {"grant_type": "refresh_token", "client_id": flow.client_id}
    if flow.client_secret:
        form["client_secret"] = flow.client_secret
    if connection.token_store is None:
        answer = _token(connection, post, {**form, "refresh_token": flow.refresh_token})
        if answer.refresh_token not in (None, flow.refresh_token):
            raise LoginError(
                "The connected app rotates refresh tokens and token_store is not set, so that the "
                "new token would be lost: set token_store to a file, authorise again, and set "
                "refresh_token to the new token."
            )
        return _login_of(connection, answer)
    store = TokenStore(connection.token_store, flow.refresh_token)
    with store.locked() as current:
        answer = _token(connection, post, {**form, "refresh_token": current})
        if answer.refresh_token and answer.refresh_token != current:
            store.save(answer.refresh_token)
    return _login_of(connection, answer)


class _PostOnly:
    """What simple-salesforce needs of a session: its request, sent by our own function."""

    def __init__(self, login_url: str, post: Post) -> None:
        self._login_url = login_url
        self._post = post

    def post(
        self,
        url: str,
        data: str,
        *,
        headers: Mapping[str, str],
        proxies: object,  # noqa: ARG002 - the signature is theirs
    ) -> requests.Response:
        path = url.partition("://")[2].partition("/")[2]
        response = self._post(
            Request(
                "POST",
                f"{self._login_url}/{path}",
                f"the SOAP login at {self._login_url}",
                headers={**headers, "Content-Type": "text/xml; charset=UTF-8"},
                body=data.encode(),
            )
        )
        # Such a session may only change its password, and every call would be refused.
        if b"passwordExpired>true<" in response.content:
            raise LoginError("The user's password has expired; set a new one in Salesforce.")
        return response


def _soap_login(connection: Connection, post: Post, flow: SoapLogin) -> Login:
    # Slow to import, and needed by this flow alone.
    from simple_salesforce.exceptions import (  # noqa: PLC0415 - see above
        SalesforceAuthenticationFailed,
    )
    from simple_salesforce.login import SalesforceLogin  # noqa: PLC0415 - see above

    session: Any = _PostOnly(connection.login_url, post)
    try:
        token, host = SalesforceLogin(
            username=flow.username,
            password=flow.password,
            security_token=flow.security_token,
            sf_version=SOAP_VERSION,
            session=session,
        )
    except SalesforceAuthenticationFailed as error:
        code, reason = str(error.code), error.auth_message
        # The rest of an answer that is no SOAP fault is not for logs.
        reason = reason.removeprefix(f"{code}: ") if code.isupper() else "no reason given"
        raise LoginError(
            f"Salesforce refused the SOAP login at {connection.login_url} ({code}): {reason}",
            code=code,
        ) from error
    scheme = connection.login_url.partition("://")[0]
    return Login(token, connection.instance_url or f"{scheme}://{host}")
