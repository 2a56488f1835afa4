"""The token endpoint: five flows, exact errors (Salesforce help: OAuth Authorization Flows)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any

import jwt
from starlette.responses import Response

from zingle_sandbox import credentials
from zingle_sandbox.responses import json_response
from zingle_sandbox.salesforce.login.authorize import use_code
from zingle_sandbox.salesforce.login.refusals import reshaped
from zingle_sandbox.salesforce.org.sessions import (
    add_refresh_token,
    open_session,
    revoke,
    use_refresh_token,
)
from zingle_sandbox.salesforce.org.storage import USER_ID, org_id
from zingle_sandbox.sandbox import violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from zingle_sandbox.salesforce.org.calls import Org

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOGIN_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})
# An assertion may live three minutes; clocks may differ by as much again.
_ASSERTION_SECONDS = 360
_HOUR = 3_600


class OAuthError(Exception):
    """An error of the token endpoint: a JSON object, not the array of the REST resources."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status


async def token(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/token`."""
    try:
        form = await _form(request)
        _check_log_in(org)
        body = _grant(org, request, form)
    except OAuthError as error:
        shape = str(org.option("refused_login"))
        if answer := reshaped(shape, error.error, error.description, error.status):
            return answer
        content = {"error": error.error}
        if org.profile("error_description") == "present":
            content["error_description"] = error.description
        return json_response(content, error.status, headers={"Cache-Control": "no-store"})
    return json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _check_log_in(org: Org) -> None:
    """Refuse every log-in where the administrator did, and too many of them.

    Raises:
        OAuthError: 400.
    """
    error, _, description = str(org.option("login_error") or "").partition(": ")
    if error:
        raise OAuthError(error, description)
    now = org.sandbox.clock.timestamp()
    org.log_ins[:] = [moment for moment in org.log_ins if now - moment < _HOUR]
    if len(org.log_ins) >= int(org.option("login_limit")):
        raise OAuthError("invalid_grant", "login rate exceeded")
    org.log_ins.append(now)


async def _form(request: Request) -> Mapping[str, str]:
    """The form fields; the client's credentials may come by HTTP Basic."""
    if request.method != "POST":
        raise OAuthError("invalid_request", "must use HTTP POST")
    if {"client_secret", "password", "refresh_token", "assertion"} & set(request.query_params):
        violation(request, "credentials in the URL of the token endpoint")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        await request.body()
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    async with request.form() as parsed:
        form = {key: value for key, value in parsed.items() if isinstance(value, str)}
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError as error:
            raise OAuthError("invalid_client", "invalid client credentials") from error
        form = {"client_id": user, "client_secret": secret, **form}
    return form


def _grant(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    match form.get("grant_type"):
        case "client_credentials":
            return _client_credentials(org, request, form)
        case "password":
            return _password(org, request, form)
        case "refresh_token":
            return _refresh(org, request, form)
        case grant if grant == JWT_GRANT:
            return _jwt(org, request, form)
        case "authorization_code":
            return _web_server(org, request, form)
        case _:
            raise OAuthError("unsupported_grant_type", "grant type not supported")


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise OAuthError("invalid_request", f"missing required parameter: {name}")
    return value


def _check_client(form: Mapping[str, str], *, secret: bool = True) -> None:
    if _required(form, "client_id") != credentials.SALESFORCE_CLIENT_ID:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if secret and not hmac.compare_digest(
        form.get("client_secret", "").encode(), credentials.SALESFORCE_CLIENT_SECRET.encode()
    ):
        raise OAuthError("invalid_client", "invalid client credentials")


def is_login_host(org: Org, request: Request) -> bool:
    """Whether the caller came by login.salesforce.com or test.salesforce.com."""
    host = request.headers.get("host", "").partition(":")[0].lower()
    return bool(org.option("login_host")) or host in LOGIN_HOSTS


def instance_url(org: Org, request: Request) -> str:
    """Where the org lives: the caller's host, unless that is a log-in host."""
    host = request.headers.get("host", "").partition(":")[0].lower()
    if host not in LOGIN_HOSTS:
        return org.sandbox.url_for(request)
    if request.url.scheme == "https" and org.sandbox.tls_url:
        return org.sandbox.tls_url
    return org.sandbox.base_url


def _client_credentials(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    if is_login_host(org, request):
        raise OAuthError("invalid_grant", "request not supported on this domain")
    _check_client(form)
    if not org.option("run_as_user"):
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    return {**_success(org, request), "scope": "api"}


def _password(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(form)
    username, password = _required(form, "username"), _required(form, "password")
    if not org.option("password_grant") or not password_fits(username, password):
        raise OAuthError("invalid_grant", "authentication failure")
    return _success(org, request)


def password_fits(username: str, password: str) -> bool:
    """Whether it is the integration user's password followed by the security token."""
    expected = credentials.SALESFORCE_PASSWORD + credentials.SALESFORCE_SECURITY_TOKEN
    return username.lower() == credentials.SALESFORCE_USERNAME.lower() and password == expected


def _web_server(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(form, secret=bool(org.option("web_server_secret")))
    if problem := use_code(org, form):
        raise OAuthError("invalid_grant", problem)
    grant_id, token = secrets.token_hex(8), f"5Aep861{secrets.token_urlsafe(48)}"
    add_refresh_token(org.sandbox, token, grant_id)
    return {
        **_success(org, request, grant_id),
        "refresh_token": token,
        "scope": "refresh_token api",
    }


def _refresh(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(form, secret=bool(org.option("web_server_secret")))
    used = use_refresh_token(org, _required(form, "refresh_token"))
    if used is None:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    grant_id, rotated = used
    body = {**_success(org, request, grant_id), "scope": "refresh_token api"}
    if rotated is not None:
        body["refresh_token"] = rotated
    return body


def _jwt(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    claims = _verified(_required(form, "assertion"))
    if claims.get("iss") != credentials.SALESFORCE_CLIENT_ID:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    audiences = {
        "https://login.salesforce.com",
        "https://test.salesforce.com",
        org.sandbox.base_url,
        org.sandbox.tls_url,
        org.sandbox.url_for(request),
    }
    if str(claims.get("aud", "")).rstrip("/") not in audiences:
        raise OAuthError("invalid_grant", "audience is invalid")
    if str(claims.get("sub", "")).lower() != credentials.SALESFORCE_USERNAME.lower():
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    try:
        # Some clients write the number as a string.
        expires = float(claims.get("exp", 0))
    except (TypeError, ValueError):
        expires = 0.0
    # A test may have set the sandbox's clock; the client's clock is the machine's.
    clocks = (org.sandbox.clock.timestamp(), time.time())
    if not any(0 < expires - now <= _ASSERTION_SECONDS for now in clocks):
        raise OAuthError("invalid_grant", "invalid assertion")
    body = _success(org, request)
    return {key: body[key] for key in ("access_token", "instance_url", "id", "token_type")} | {
        "scope": "api"
    }


def _verified(assertion: str) -> dict[str, Any]:
    """The claims of an assertion signed with the Connected App's key."""
    try:
        claims: dict[str, Any] = jwt.decode(
            assertion,
            credentials.jwt_private_key().public_key(),
            algorithms=["RS256"],
            options={
                "verify_exp": False,
                "verify_aud": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise OAuthError("invalid_grant", "invalid assertion") from error
    return claims


def _success(org: Org, request: Request, grant_id: str | None = None) -> dict[str, Any]:
    base = instance_url(org, request)
    identity = f"{base}/id/{org_id(org.sandbox)}/{USER_ID}"
    issued_at = str(int(org.sandbox.clock.timestamp() * 1000))
    digest = hmac.new(
        credentials.SALESFORCE_CLIENT_SECRET.encode(),
        (identity + issued_at).encode(),
        hashlib.sha256,
    ).digest()
    return {
        "access_token": open_session(org.sandbox, USER_ID, grant_id),
        "instance_url": base,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "signature": base64.b64encode(digest).decode(),
    }


async def revoke_token(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/revoke`."""
    async with request.form() as form:
        value = form.get("token") or request.query_params.get("token", "")
    if not isinstance(value, str) or not revoke(org.sandbox, value):
        return json_response(
            {"error": "unsupported_token_type", "error_description": "this token is not supported"},
            400,
        )
    return Response(status_code=200)
