"""The one function that sends HTTP."""

from __future__ import annotations

import logging
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from typing_extensions import override

from zingle_sync.http.failures import failure_of

if TYPE_CHECKING:
    from zingle_sync.http.request import Request
    from zingle_sync.http.retry import Answer

# At level DEBUG it writes whole addresses: phones, e-mails and queries stand in them.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

# As many connections to one host are kept open as workers may be configured.
_CONNECTIONS = 64


class Wire:
    """Connections to one service; may be shared between threads.

    Args:
        timeout: Seconds to connect, and between two bytes of an answer.
        session: Carries connections, proxies and certificates; one is made when absent.
    """

    def __init__(self, timeout: float, session: requests.Session | None = None) -> None:
        self.session = session or _new_session()
        self._timeout = timeout

    def send(self, request: Request, authorization: str | None) -> requests.Response | Answer:
        """Send a request once, with that Authorization header or none.

        Returns:
            The response whatever its status, its body still to be read; or an answer without a
            status when none came back.
        """
        try:
            return self.session.request(
                request.method,
                request.url,
                params=request.params,
                data=request.body,
                headers=dict(request.headers or {}),
                auth=Authorization(authorization),
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )
        except (requests.exceptions.RequestException, ValueError) as error:
            return failure_of(error)

    def close(self) -> None:
        """Close the connections; another call opens new ones."""
        self.session.close()


class Authorization(AuthBase):
    """Sets the header, or none, and keeps requests from looking one up in a netrc file or address.

    Proxies and certificates of the environment go on counting.
    """

    def __init__(self, value: str | None) -> None:
        self._value = value

    @override
    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            r.headers["Authorization"] = self._value
        return r


class _Session(requests.Session):
    """Keeps no cookies: several log-ins may share it, and a call is its Authorization's alone.

    Prepares no request for where a redirect leads: we follow none, and addresses may be odd.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    @override
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


def _new_session() -> requests.Session:
    session = _Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
