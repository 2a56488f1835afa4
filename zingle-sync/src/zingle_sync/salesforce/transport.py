"""The one function that sends HTTP to Salesforce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests

from zingle_sync.salesforce.retry import Answer

_CHUNK: Final = 1 << 20

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """What to send.

    Attributes:
        method: HTTP method.
        url: Whole address.
        what: The request in words for messages, without ids, data or queries.
        headers: HTTP headers beside the session's.
        params: Query parameters.
        body: Bytes of the body, or a form.
        repeatable: Whether carrying it out twice does no harm.
    """

    method: str
    url: str
    what: str
    headers: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None
    body: bytes | Mapping[str, str] | None = None
    repeatable: bool = True


def send(
    session: requests.Session, request: Request, *, headers: Mapping[str, str], timeout: float
) -> requests.Response | Answer:
    """Send a request once.

    Args:
        session: Carries connections, proxies and certificates.
        request: What to send.
        headers: Further headers, such as the authorization.
        timeout: Seconds to connect, and between two bytes of the answer.

    Returns:
        The response whatever its status, its body still to be read; or an Answer without a status
        when none came back.
    """
    try:
        return session.request(
            request.method,
            request.url,
            params=request.params,
            data=request.body,
            headers={**(request.headers or {}), **headers},
            timeout=timeout,
            stream=True,
            allow_redirects=False,
        )
    except requests.exceptions.RequestException as error:
        return failure_of(error)


def body_of(response: requests.Response) -> bytes:
    """The whole body, read once.

    requests' own ``content`` reads 10 KB at a time, which doubles the CPU time of a page of rows.

    Raises:
        requests.exceptions.RequestException: If it breaks off.
    """
    return b"".join(response.iter_content(_CHUNK))


def failure_of(error: requests.exceptions.RequestException) -> Answer:
    """What the retry decision needs to know about an answer that did not come back whole."""
    sent = not (
        isinstance(error, (requests.exceptions.SSLError, requests.exceptions.ConnectTimeout))
        or _never_connected(error)
    )
    message = next(
        (text for kind, text in _MESSAGES if isinstance(error, kind)),
        f"the request failed ({type(error).__name__})",
    )
    return Answer(None, message=message, sent=sent)


# The first that fits counts: some of these are kinds of others.
_MESSAGES = (
    (requests.exceptions.SSLError, "the TLS certificate is not accepted"),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.ConnectionError, "the connection failed"),
    (requests.exceptions.Timeout, "no answer in time"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the answer is garbled"),
)


def _never_connected(error: requests.exceptions.RequestException) -> bool:
    # urllib3 wraps the cause: MaxRetryError(reason=NewConnectionError) for a refused connection.
    reason: Any = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}
