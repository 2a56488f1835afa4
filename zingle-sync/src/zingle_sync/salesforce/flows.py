"""Which login flow the settings mean (pure)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sync.http import address_problem, header_problem
from zingle_sync.salesforce.settings import (
    CONNECTION_SETTINGS,
    DEFAULT_API_VERSION,
    OLDEST_API_VERSION,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PRODUCTION = "https://login.salesforce.com"
SANDBOX = "https://test.salesforce.com"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The app's own user; Salesforce offers it on My Domain hosts only."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """A signed assertion instead of a password; `private_key` is PEM text."""

    client_id: str
    username: str
    private_key: str
    audience: str


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A grant that somebody gave in a browser; may rotate with every use."""

    client_id: str
    client_secret: str | None
    refresh_token: str


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """OAuth with user name and password (security token included in `password`)."""

    client_id: str
    client_secret: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class SoapLogin:
    """User name and password alone; ends with Salesforce's Summer '27 release."""

    username: str
    password: str
    security_token: str


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A session that somebody else opened; it cannot be renewed."""

    access_token: str
    instance_url: str


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A grant that somebody has just given in a browser; a code works once."""

    client_id: str
    client_secret: str | None
    redirect_uri: str
    code_verifier: str
    code: str = ""


Flow = (
    ClientCredentials
    | JwtBearer
    | RefreshToken
    | PasswordGrant
    | SoapLogin
    | GivenToken
    | AuthorizationCode
)


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything that a client needs to know.

    Attributes:
        flow: How to log in.
        login_url: Where to log in, with scheme, without a trailing slash.
        instance_url: Where to send the calls, None for what the login answers.
        api_version: Such as `62.0`.
        token_store: Path of the file for rotated refresh tokens.
        quota_percent_total: Share of the daily limit for everybody together.
        quota_percent_per_run: Share of the daily limit for this run.
        request_timeout: Seconds.
        user_agent: Sent with every call, None for the library's own.
    """

    flow: Flow
    login_url: str
    instance_url: str | None
    api_version: str
    token_store: str | None
    quota_percent_total: int
    quota_percent_per_run: int
    request_timeout: int
    user_agent: str | None = None


def connection_from(
    settings: Mapping[str, Any], flow: Flow | None = None
) -> Connection | tuple[str, ...]:
    """Read the connection settings.

    Args:
        settings: The settings by name; `private_key_file` must already be replaced by
            `private_key`, because this function reads no files.
        flow: A flow that is in no settings.

    Returns:
        The connection, or every problem as one sentence.

    >>> connection_from({"access_token": "t"})
    ('access_token is given without instance_url; set both.',)
    """
    given = _texts(settings)
    problems = _unsendable(given)
    login_url = _login_url(given, problems)
    version = _api_version(given["api_version"], problems)
    try:
        flow = flow or _flow(given, login_url)
    except _ProblemError as problem:
        return (*problems, str(problem))
    if problems:
        return tuple(problems)
    instance_url = given.get("instance_url")
    return Connection(
        flow=flow,
        login_url=login_url,
        instance_url=instance_url.rstrip("/") if instance_url else None,
        api_version=version,
        token_store=given.get("token_store"),
        quota_percent_total=int(given["quota_percent_total"]),
        quota_percent_per_run=int(given["quota_percent_per_run"]),
        request_timeout=int(given["request_timeout"]),
        user_agent=given.get("user_agent"),
    )


def _texts(settings: Mapping[str, Any]) -> dict[str, str]:
    """The connection settings that are given or have a default, without line ends around them."""
    given = {}
    for name, declared in CONNECTION_SETTINGS.items():
        text = str(settings.get(name) or "").strip("\r\n")
        text = (text if name in {"password", "private_key"} else text.strip()) or str(
            declared.get("default", "")
        )
        if text:
            given[name] = text
    return given


def _unsendable(given: Mapping[str, str]) -> list[str]:
    """What may not be sent, or not sent there, as sentences that show no secret."""
    problems = [
        f"{name} {problem}."
        for name in ("login_url", "instance_url")
        if name in given and (problem := address_problem(given[name]))
    ]
    if "access_token" in given and (problem := header_problem(given["access_token"])):
        problems.append(f"access_token {problem}.")
    problems += [
        f"{name} must be a whole number."
        for name, declared in CONNECTION_SETTINGS.items()
        if declared["type"] == "integer" and not given[name].isdecimal()
    ]
    agent = given.get("user_agent", "")
    if not (agent.isascii() and agent.isprintable()):
        problems.append("user_agent takes letters, digits, signs and blanks of ASCII only.")
    problems += [
        f"{name} holds a line break or another control character; copy it again."
        for name, text in given.items()
        if CONNECTION_SETTINGS[name].get("secret")
        and name not in {"private_key", "access_token"}
        and any(unicodedata.category(char) == "Cc" for char in text)
    ]
    return problems


# What the address of a page has where the API's host has `.my.salesforce.com`.
_PAGES = re.compile(r"(\.lightning\.force|\.my\.salesforce-setup)\.com$")
_PARTITIONED = re.compile(
    r"[a-z0-9-]+\.(sandbox|scratch|develop|demo|free|patch|stage|trailblaze|wfd)"
)


def _login_url(given: Mapping[str, str], problems: list[str]) -> str:
    if "login_url" in given:
        return given["login_url"].rstrip("/")
    domain = re.sub(r"^https?://|/.*$", "", given["domain"].lower())
    if domain == "login":
        return PRODUCTION
    if domain == "test":
        return SANDBOX
    domain = _PAGES.sub(".my", domain)
    if _PARTITIONED.fullmatch(domain):
        domain += ".my"
    if domain.endswith(".my"):
        domain += ".salesforce.com"
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
        problems.append(
            f"domain is {given['domain']!r}, but must be login, test or a My Domain host "
            "such as acme.my.salesforce.com."
        )
    return f"https://{domain}"


def _api_version(value: str, problems: list[str]) -> str:
    text = value.removeprefix("v")
    if not re.fullmatch(r"\d{2,3}(\.0)?", text):
        problems.append(f"api_version is {value!r}, but must look like {DEFAULT_API_VERSION}.")
        return DEFAULT_API_VERSION
    if float(text) < OLDEST_API_VERSION:
        problems.append(f"api_version is {value}, but must be {OLDEST_API_VERSION} or later.")
    return text if text.endswith(".0") else f"{text}.0"


class _ProblemError(Exception):
    """What is wrong with the settings of a flow, as one sentence."""


def _flow(given: Mapping[str, str], login_url: str) -> Flow:
    names = _flows_given(given)
    if not names:
        raise _ProblemError(
            "No login flow is given: set client_id and client_secret, or client_id, username and "
            "private_key, or client_id and refresh_token, or username and password, or "
            "access_token and instance_url; or run `zingle-sync login salesforce`, which keeps a "
            "grant in token_store."
        )
    if len(names) > 1:
        how_many = "two" if len(names) == 2 else "several"  # noqa: PLR2004 - a pair
        raise _ProblemError(
            f"Settings of {how_many} login flows are given: {' and '.join(names)}; "
            "keep one of them."
        )
    return _READERS[names[0].partition(" (")[0]](given, login_url)


def _flows_given(given: Mapping[str, str]) -> list[str]:
    """The flows that the settings hint at, each named with the setting that gives it away."""
    flows = {
        "access_token": "access token",
        "refresh_token": "refresh token",
        "private_key": "JWT bearer",
        "password": "password",
    }
    names = [f"{flow} ({name})" for name, flow in flows.items() if name in given]
    if "username" in given and not {"private_key", "password"} & given.keys():
        names.append("password (username)")
    if not names and {"client_id", "client_secret"} & given.keys():
        names.append("client credentials (client_id and client_secret)")
    return names


def _together(given: Mapping[str, str], one: str, other: str, advice: str = "set both") -> None:
    for name, missing in ((one, other), (other, one)):
        if name in given and missing not in given:
            raise _ProblemError(f"{name} is given without {missing}; {advice}.")


def _given_token(given: Mapping[str, str], _url: str) -> GivenToken:
    _together(given, "access_token", "instance_url")
    return GivenToken(given["access_token"], given["instance_url"].rstrip("/"))


def _refresh_token(given: Mapping[str, str], _url: str) -> RefreshToken:
    if "client_id" not in given:
        raise _ProblemError("refresh_token is given without client_id; set both.")
    return RefreshToken(given["client_id"], given.get("client_secret"), given["refresh_token"])


def _jwt_bearer(given: Mapping[str, str], login_url: str) -> JwtBearer:
    missing = [name for name in ("client_id", "username") if name not in given]
    if missing:
        raise _ProblemError(
            f"private_key is given without {' and '.join(missing)}; the JWT bearer flow needs "
            "client_id, username and private_key."
        )
    key = given["private_key"].replace("\\n", "\n")
    return JwtBearer(given["client_id"], given["username"], key, audience_of(login_url))


def audience_of(login_url: str) -> str:
    """Who the JWT is for: the environment's common host, also on a My Domain.

    >>> audience_of("https://acme--uat.sandbox.my.salesforce.com")
    'https://test.salesforce.com'
    """
    host = login_url.partition("://")[2].partition("/")[0]
    is_sandbox = host == "test.salesforce.com" or ".sandbox." in host or ".scratch." in host
    return SANDBOX if is_sandbox else PRODUCTION


def _password(given: Mapping[str, str], _url: str) -> PasswordGrant | SoapLogin:
    if "password" not in given:
        raise _ProblemError("username is given without password or private_key; set one of them.")
    _together(given, "password", "username")
    username, password = given["username"], given["password"]
    token = given.get("security_token", "")
    if not {"client_id", "client_secret"} & given.keys():
        return SoapLogin(username, password, token)
    _together(given, "client_id", "client_secret", "set both, or neither")
    return PasswordGrant(given["client_id"], given["client_secret"], username, password + token)


def _client_credentials(given: Mapping[str, str], login_url: str) -> ClientCredentials:
    _together(given, "client_id", "client_secret")
    if login_url in (PRODUCTION, SANDBOX):
        raise _ProblemError(
            "The client credentials flow works on a My Domain host only: set domain to one such "
            "as acme.my.salesforce.com."
        )
    return ClientCredentials(given["client_id"], given["client_secret"])


_READERS: dict[str, Callable[[Mapping[str, str], str], Flow]] = {
    "access token": _given_token,
    "refresh token": _refresh_token,
    "JWT bearer": _jwt_bearer,
    "password": _password,
    "client credentials": _client_credentials,
}
