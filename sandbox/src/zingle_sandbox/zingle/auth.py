"""Who calls: HTTP Basic or a JWT as Bearer, on both versions; tokens and their refresh."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from zingle_sandbox.credentials import ZINGLE_ORGANIZATION_TOKEN

from .constants import API_USER_ID

if TYPE_CHECKING:
    import sqlite3

    from jwt.types import Options
    from starlette.requests import Request

    from zingle_sandbox.sandbox import Sandbox


_SIGNING_KEY = "the sandbox signs its tokens with this public constant"
_ISSUER = "zingle-sandbox"
_REQUIRED = ["exp", "iat", "sub"]


@dataclass(frozen=True)
class AuthFailed(Exception):  # noqa: N818 - the answer is what matters
    """401: `word` is the v2 code, `description` what v1 says."""

    word: str
    description: str


def authenticate(sandbox: Sandbox, request: Request) -> sqlite3.Row:
    """The user row that the `Authorization` header stands for.

    Raises:
        AuthFailed: no or a wrong login, an expired or forgotten token, an unverified user.
    """
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "basic":
            user = _basic(sandbox, value.strip())
        case "bearer":
            user = _bearer(sandbox, value.strip())
        case _:
            raise AuthFailed("login_failure", "Authentication is required")
    if not user["is_verified"]:
        raise AuthFailed("login_failure", "The email is not verified")
    return user


def issue_token(sandbox: Sandbox, user: sqlite3.Row) -> str:
    """A JWT that lives for the option `zingle_token_seconds`, from now by the sandbox's clock."""
    issued_at = int(sandbox.clock.timestamp())
    lifetime = int(sandbox.options["zingle_token_seconds"] or 0)
    claims = {
        "iss": _ISSUER,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "sub": user["id"],
        "jti": f"{sandbox.random.getrandbits(64):016x}",
        "staff": False,
        "hipaa": False,
    }
    return jwt.encode(claims, _SIGNING_KEY, algorithm="HS256")


def refresh_token(sandbox: Sandbox, request: Request) -> str | None:
    """A new token for the one in the header; None if that one cannot be refreshed (any more)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    claims = _claims(token.strip()) if scheme.lower() == "bearer" else None
    if claims is None or _is_forgotten(sandbox, token.strip()):
        return None
    grace = int(sandbox.options["zingle_refresh_grace_seconds"] or 0)
    if claims["exp"] + grace <= sandbox.clock.timestamp():
        return None
    user = _user(sandbox, "id", claims["sub"])
    return None if user is None else issue_token(sandbox, user)


def expire_token(sandbox: Sandbox, authorization: str) -> None:
    """Forget the token of an `Authorization` header value; anything else is left alone."""
    scheme, _, value = authorization.partition(" ")
    token = value.strip()
    ours = token == ZINGLE_ORGANIZATION_TOKEN or _claims(token) is not None
    if scheme.lower() == "bearer" and ours:
        sandbox.store.execute(
            "INSERT OR IGNORE INTO zg_forgotten_tokens VALUES (?)", (_digest(token),)
        )


def is_organization_token(request: Request) -> bool:
    """Whether the call carries the organisation's token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and token.strip() == ZINGLE_ORGANIZATION_TOKEN


def _basic(sandbox: Sandbox, value: str) -> sqlite3.Row:
    try:
        username, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise AuthFailed("login_failure", "The Basic credentials cannot be read") from None
    user = _user(sandbox, "username", username)
    if user is None or user["password"] is None or user["password"] != password:
        raise AuthFailed("login_failure", "The user name or password is wrong")
    return user


def _bearer(sandbox: Sandbox, token: str) -> sqlite3.Row:
    if token == ZINGLE_ORGANIZATION_TOKEN:
        return _organization(sandbox, token)
    claims = _claims(token)
    if claims is None:
        raise AuthFailed("login_failure", "The token is not one of ours")
    if claims["exp"] <= sandbox.clock.timestamp() or _is_forgotten(sandbox, token):
        raise AuthFailed("token_expired", "The token has expired")
    user = _user(sandbox, "id", claims["sub"])
    if user is None:
        raise AuthFailed("user_not_found", "The user of this token does not exist")
    return user


def _organization(sandbox: Sandbox, token: str) -> sqlite3.Row:
    """The user in whose name the organisation's token acts: the first one."""
    standing = sandbox.options["zingle_organization_token"]
    if standing == "expired" or _is_forgotten(sandbox, token):
        raise AuthFailed("token_expired", "The token has expired")
    user = _user(sandbox, "id", API_USER_ID) if standing == "accepted" else None
    if user is None:
        raise AuthFailed("login_failure", "The token is not one of ours")
    return user


def _claims(token: str) -> dict[str, Any] | None:
    """The claims of a token that we signed, expired or not."""
    checks: Options = {"verify_exp": False, "verify_iat": False, "require": _REQUIRED}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, _SIGNING_KEY, algorithms=["HS256"], issuer=_ISSUER, options=checks
        )
    except jwt.InvalidTokenError:
        return None
    return claims


def _is_forgotten(sandbox: Sandbox, token: str) -> bool:
    return (
        sandbox.store.one("SELECT 1 FROM zg_forgotten_tokens WHERE digest = ?", (_digest(token),))
        is not None
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _user(sandbox: Sandbox, column: str, value: str) -> sqlite3.Row | None:
    return sandbox.store.one(f"SELECT * FROM zg_users WHERE {column} = ?", (value,))
