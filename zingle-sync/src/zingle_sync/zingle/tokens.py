"""Logging in: HTTP Basic, or a JSON Web Token kept fresh."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sync.http import header_problem
from zingle_sync.zingle.errors import ZingleError

if TYPE_CHECKING:
    from collections.abc import Callable


_EXPIRED = frozenset({"token_expired"})


def basic_header(username: str, password: str) -> str:
    """The header of HTTP Basic, in UTF-8."""
    pair = f"{username}:{password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True)
class FixedLogin:
    """The same header with every call; a refusal is final, for Zingle's own reason."""

    value: str

    def header(self) -> str:
        """The Authorization header for the next call."""
        return self.value

    def refused(self, header: str) -> bool:  # noqa: ARG002 - there is nothing else to try
        """Whether another header is worth a try, now that a call with this one got 401."""
        return False

    def ended(self, code: str | None) -> None:
        """What to say when it is refused for good."""


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token, unverified; empty where it cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def half_life(token: str) -> float | None:
    """Seconds after which a token should be refreshed, from its own `iat` and `exp`.

    The difference is used, not the clock, for the two machines' clocks may disagree.
    """
    claims = claims_of(token)
    try:
        return max(0.0, (float(claims["exp"]) - float(claims["iat"])) / 2)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


class TokenLogin:
    """A JSON Web Token, refreshed at half of its life and when Zingle refuses it.

    Args:
        token: The token to start with.
        refresh: Trades a token for a fresh one (`GET /v2/token/refresh`).
        renew: Gets a token with username and password, None where there are none.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        token: str,
        *,
        refresh: Callable[[str], str],
        renew: Callable[[], str] | None,
        clock: Callable[[], float],
    ) -> None:
        self._refresh, self._renew, self._clock = refresh, renew, clock
        self._lock = threading.Lock()
        self._keep(token)

    def _keep(self, token: str) -> None:
        self._token = token
        life = half_life(token)
        self._stale_at = float("inf") if life is None else self._clock() + life

    def header(self) -> str:
        """The header, after a refresh if the token has passed half of its life."""
        with self._lock:
            if self._clock() >= self._stale_at:
                # The old token is still good: a failed refresh is no reason to stop.
                self._stale_at = float("inf")
                self._replace()
            return f"Bearer {self._token}"

    def ended(self, code: str | None) -> str:
        """What to say when it is refused for good, by the code of the refusal."""
        if self._renew is not None:
            return "neither the token nor username and password are accepted"
        what = "the token has expired" + ("" if code in _EXPIRED else " or was revoked")
        told = f"{what}; set a new token, or username and password"
        # What is no JSON Web Token is an organisation's, which no user can renew.
        return (
            told if claims_of(self._token) else f"{told}; its administrator makes an organisation's"
        )

    def refused(self, header: str) -> bool:
        """Get another token, unless another worker has just done so."""
        with self._lock:
            if header != f"Bearer {self._token}":
                return True
            return self._replace()

    def _replace(self) -> bool:
        ways: list[Callable[[], str]] = [lambda: self._refresh(self._token)]
        if self._renew is not None:
            ways.append(self._renew)
        for way in ways:
            try:
                self._keep(way())
            except ZingleError:
                continue
            return True
        return False


Login = FixedLogin | TokenLogin


def holds_token(body: object) -> bool:
    """Whether an answer of `/v2/token` holds a token that can be sent."""
    token = body.get("token") if isinstance(body, dict) else None
    return isinstance(token, str) and header_problem(token) is None
