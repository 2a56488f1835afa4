"""Access tokens and refresh tokens: how they are made, used up, expired and revoked."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.org.calls import ApiError, Org, Session
from zingle_sandbox.salesforce.org.storage import org_id

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Sandbox

# Writing the time of the last use at every call would cost more than it tells.
_USED_STEP = 30.0


def open_session(sandbox: Sandbox, user_id: str, grant_id: str | None = None) -> str:
    """A new access token; Salesforce's contain an exclamation mark."""
    token = f"{org_id(sandbox)[:15]}!AQ{secrets.token_urlsafe(60)}"
    now = sandbox.clock.timestamp()
    sandbox.store.execute(
        "INSERT INTO sf_sessions VALUES (?, ?, ?, ?, 0, ?, 0)", (token, user_id, now, now, grant_id)
    )
    return token


def expired() -> ApiError:
    """The 401 that a client answers by logging in again, once."""
    return ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def find_session(org: Org, authorization: str | None) -> Session:
    """The session of an `Authorization` header value, its idle time renewed.

    Raises:
        ApiError: 401; there is none, or it is over.
    """
    if not authorization:
        raise expired()
    kind, _, token = authorization.partition(" ")
    if kind.lower() not in {"bearer", "oauth"} or not token.strip():
        raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    store = org.sandbox.store
    row = store.one("SELECT * FROM sf_sessions WHERE token = ?", (token.strip(),))
    if row is None:
        raise expired()
    if not org.option("rest_session"):
        raise ApiError(
            401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"
        )
    now = org.sandbox.clock.timestamp()
    calls = int(org.option("session_calls") or 0)
    if now - row["used"] > float(org.option("session_seconds")) or (
        calls and row["calls"] >= calls
    ):
        store.execute("DELETE FROM sf_sessions WHERE token = ?", (row["token"],))
        raise expired()
    if calls or abs(now - row["used"]) > _USED_STEP:
        store.execute(
            "UPDATE sf_sessions SET used = ?, calls = calls + 1 WHERE token = ?",
            (now, row["token"]),
        )
    return Session(row["token"], row["user_id"])


def expire_token(sandbox: Sandbox, authorization: str) -> None:
    """Forget the token of an `Authorization` header value; ignore what is no token."""
    token = authorization.partition(" ")[2].strip()
    sandbox.store.execute("DELETE FROM sf_sessions WHERE token = ?", (token,))


def add_refresh_token(sandbox: Sandbox, token: str, grant_id: str) -> None:
    """Make a refresh token usable."""
    sandbox.store.execute("INSERT INTO sf_refresh_tokens VALUES (?, ?, 1)", (token, grant_id))


def use_refresh_token(org: Org, token: str) -> tuple[str, str | None] | None:
    """Exchange a refresh token.

    With rotation the old token dies and a new one is given; a dead one that comes back revokes
    the whole grant, its access tokens included.

    Returns:
        The grant and the new refresh token (None without rotation), or None if it is not alive.
    """
    store = org.sandbox.store
    row = store.one("SELECT * FROM sf_refresh_tokens WHERE token = ?", (token,))
    if row is None:
        return None
    grant_id: str = row["grant_id"]
    if not row["alive"]:
        revoke_grant(org.sandbox, grant_id)
        return None
    if not org.option("refresh_rotation"):
        return grant_id, None
    rotated = f"5Aep861{secrets.token_urlsafe(48)}"
    store.execute("UPDATE sf_refresh_tokens SET alive = 0 WHERE token = ?", (token,))
    add_refresh_token(org.sandbox, rotated, grant_id)
    return grant_id, rotated


def revoke_grant(sandbox: Sandbox, grant_id: str) -> None:
    """Kill every token that came from one authorisation."""
    sandbox.store.execute("UPDATE sf_refresh_tokens SET alive = 0 WHERE grant_id = ?", (grant_id,))
    sandbox.store.execute("DELETE FROM sf_sessions WHERE grant_id = ?", (grant_id,))


def revoke(sandbox: Sandbox, token: str) -> bool:
    """Revoke an access token, or a refresh token with its whole grant; False if unknown."""
    row = sandbox.store.one("SELECT grant_id FROM sf_refresh_tokens WHERE token = ?", (token,))
    if row is not None:
        revoke_grant(sandbox, row["grant_id"])
        return True
    return sandbox.store.execute("DELETE FROM sf_sessions WHERE token = ?", (token,)) > 0
