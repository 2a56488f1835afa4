"""From a plugin's settings to calls that are logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sync import http
from zingle_sync.zingle.calls import Caller, Expected
from zingle_sync.zingle.errors import ConfigurationError
from zingle_sync.zingle.paths import root_of
from zingle_sync.zingle.settings import problems_in, with_defaults
from zingle_sync.zingle.tokens import FixedLogin, Login, TokenLogin, basic_header, holds_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

_TOKEN = Expected(accept=holds_token)


def connected(
    settings: Mapping[str, Any],
    *,
    session: requests.Session | None,
    sleep: Callable[[float], object],
    clock: Callable[[], float],
) -> Caller:
    """Calls with the log-in that the settings name; silent until the first one.

    Args:
        settings: See `zingle_sync.zingle.settings.CONNECTION_SETTINGS`.
        session: Carries connections, proxies and certificates; one is made when absent.
        sleep: Waits for that many seconds.
        clock: Seconds, monotonic.

    Raises:
        ConfigurationError: There is no log-in, or a secret or the address can't be sent.
    """
    given = with_defaults(settings)
    if problems := problems_in(given):
        raise ConfigurationError(" ".join(problems))
    rate = http.Rate(float(given["requests_per_second"]), clock=clock, sleep=sleep)
    root = root_of(given["api_url"])
    wire = http.Wire(float(given["request_timeout"]), session)

    def logged_in(login: Login) -> Caller:
        return Caller(root, wire, rate=rate, login=login, sleep=sleep)

    username, password = given["username"], given["password"]
    basic = FixedLogin(basic_header(username, password)) if username and password else None
    if given["token"]:
        login = TokenLogin(
            given["token"],
            refresh=lambda token: refreshed_token(logged_in(FixedLogin(f"Bearer {token}"))),
            renew=(lambda: new_token(logged_in(basic))) if basic else None,
            clock=clock,
        )
        return logged_in(login)
    return logged_in(basic or FixedLogin(""))


def new_token(caller: Caller) -> str:
    """A token for the log-in with username and password (`POST /v2/token`)."""
    reply = caller.send("POST", "/v2/token", repeatable=True, expected=_TOKEN)
    return str(reply.body["token"])


def refreshed_token(caller: Caller) -> str:
    """A fresh token for the one that is the log-in (`GET /v2/token/refresh`)."""
    return str(caller.send("GET", "/v2/token/refresh", expected=_TOKEN).body["token"])
