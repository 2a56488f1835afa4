"""What it means when an exchange ends without a whole answer."""

from __future__ import annotations

import ssl

import requests
from urllib3.exceptions import NewConnectionError

from zingle_sync.http.bodies import LARGEST_BODY, TooLongError
from zingle_sync.http.retry import Answer

_CERTIFICATE = (
    "its TLS certificate is not accepted; where a proxy signs with a certificate of its own, name "
    "the file of its authority in the environment variable REQUESTS_CA_BUNDLE"
)
# The first that fits counts: some of these are kinds of others.
_WORDS = (
    (requests.exceptions.SSLError, "the TLS connection failed"),
    (requests.exceptions.ProxyError, "the proxy does not pass it on"),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.ConnectionError, "the connection failed"),
    (requests.exceptions.Timeout, "no answer in time"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
    (requests.exceptions.ContentDecodingError, "the answer is garbled"),
)


def failure_of(error: Exception) -> Answer:
    """What the retry decision needs to know of an exchange that broke off.

    The words are ours: those of the error may hold an address, a header or a secret.
    """
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Answer(None, message=_CERTIFICATE, sent=False, final=True)
    if isinstance(error, TooLongError):
        words = f"it is larger than {LARGEST_BODY >> 20} MB"
        return Answer(None, message=f"the answer cannot be read: {words}", final=True)
    words = next((text for kind, text in _WORDS if isinstance(error, kind)), "")
    if not words:
        # The request itself cannot be written, such as a header with a line break.
        words = f"the request cannot be sent ({type(error).__name__})"
        return Answer(None, message=words, sent=False, final=True)
    never_sent = isinstance(error, requests.ConnectTimeout) or any(
        isinstance(cause, NewConnectionError) for cause in causes
    )
    return Answer(None, message=words, sent=not never_sent)


def _causes(error: Exception) -> list[object]:
    """The error and what it wraps: urllib3 keeps causes in `reason` and in arguments."""
    causes: list[object] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        causes.append(cause)
        if isinstance(cause, BaseException):
            waiting += [cause.__cause__, *cause.args]
        waiting.append(getattr(cause, "reason", None))
        waiting = [each for each in waiting if each is not None and each not in causes]
    return causes
