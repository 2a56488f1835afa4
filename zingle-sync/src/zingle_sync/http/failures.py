"""What it means when an exchange ends without a whole answer."""

from __future__ import annotations

import requests
from urllib3.exceptions import NewConnectionError

from zingle_sync.http.retry import Answer

# The first that fits counts: some of these are kinds of others.
_WORDS = (
    (requests.exceptions.SSLError, "the TLS certificate is not accepted"),
    (requests.exceptions.ProxyError, "the proxy does not pass it on"),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.ConnectionError, "the connection failed"),
    (requests.exceptions.Timeout, "no answer in time"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the answer is garbled"),
)


def failure_of(error: requests.exceptions.RequestException) -> Answer:
    """What the retry decision needs to know of an exchange that the transport broke off."""
    sent = not (
        isinstance(error, (requests.exceptions.SSLError, requests.exceptions.ConnectTimeout))
        or _never_connected(error)
    )
    unknown = f"the request failed ({type(error).__name__})"
    words = next((text for kind, text in _WORDS if isinstance(error, kind)), unknown)
    return Answer(None, message=words, sent=sent)


def _never_connected(error: requests.exceptions.RequestException) -> bool:
    # urllib3 wraps the cause: MaxRetryError(reason=NewConnectionError) for a refused connection;
    # a name that cannot be resolved is a kind of it.
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError)
