"""Calls to Zingle: at a bounded rate, logged in, each answer read by one reader."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from zingle_sync import http
from zingle_sync.zingle.errors import (
    RETRY_CODES,
    RETRY_STATUSES,
    TOKEN_CODES,
    ConfigurationError,
    TransientError,
    UnknownOutcomeError,
    error_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import requests

    from zingle_sync.zingle.tokens import Login

# Decimals are numbers with all their digits; the default would send them as texts.
_encoder = msgspec.json.Encoder(decimal_format="number")
_ANY = msgspec.json.Decoder()
# Marks a body that is there but is no JSON.
_UNREADABLE = object()

_FIRST_FAILURE, _FIRST_REDIRECT, _UNAUTHORISED, _TOO_MANY = 400, 300, 401, 429
_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A success, or a redirect where the call's caller asked for it."""

    status: int
    body: Any
    location: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a usable answer to a call is.

    Attributes:
        shape: A msgspec type; an answer that fits is cut down to it while it is decoded.
        accept: Whether a body is what was asked for; None for any, an empty one included.
        redirects: Whether a redirect is an answer.
        about_contact: The path names one contact; a 404 then means that the contact is gone.
    """

    shape: Any = None
    accept: Callable[[Any], bool] | None = None
    redirects: bool = False
    about_contact: bool = False


class Caller(http.Caller):
    """Sends calls of one log-in; thread-safe.

    Args:
        root: Address without `/v1`.
        rate: Shared by all workers.

    Attributes:
        calls: Requests sent so far.
        server_date: Zingle's time as of the latest answer, None before the first.
    """

    def __init__(
        self,
        root: str,
        wire: http.Wire,
        *,
        rate: http.Rate,
        login: Login,
        sleep: Callable[[float], object],
    ) -> None:
        super().__init__(wire, sleep=sleep)
        self.root = root
        self.calls = 0
        self.server_date: datetime | None = None
        self._rate, self._login = rate, login
        self._accepted = False

    def send(  # noqa: PLR0913 - one argument per part of a request
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: object = None,
        repeatable: bool | None = None,
        expected: Expected,
    ) -> Reply:
        """Send a call until it succeeds, is refused, or is not worth another try.

        Args:
            method: HTTP method.
            path: From the root, such as `/v1/services/<id>`; holds ids only, so it may be logged.
            params: Query, never logged.
            body: JSON, never logged.
            repeatable: Overrides what the method says about sending it twice.
            expected: What a usable answer is.

        Raises:
            UnknownOutcomeError: A write that may have taken effect got no usable answer.
            TransientError: No try succeeded, and nothing was changed.
            ZingleError: Zingle's refusal, by what the caller should do.
        """
        content = {} if body is None else {"Content-Type": "application/json"}
        request = http.Request(
            method,
            self.root + path,
            f"{method} {path}",
            headers={"Accept": "application/json", **content},
            params=params or None,
            body=None if body is None else _encoder.encode(body),
            repeatable=method in _IDEMPOTENT if repeatable is None else repeatable,
        )
        return self.call(request, lambda response: self._read(response, method, path, expected))

    def _read(
        self, response: requests.Response, method: str, path: str, expected: Expected
    ) -> Reply | http.Answer:
        content, status = http.body_of(response), response.status_code
        self.server_date = http.date_of(response.headers.get("Date")) or self.server_date
        try:
            body = _decoded(content, expected.shape if status < _FIRST_REDIRECT else None)
        except http.UnreadableError:
            body = _UNREADABLE
        refused = _FIRST_REDIRECT <= status < _FIRST_FAILURE and not expected.redirects
        refused = refused or status >= _FIRST_FAILURE or _is_failure(body)
        usable = status >= _FIRST_REDIRECT or (
            body is not _UNREADABLE and (expected.accept is None or expected.accept(body))
        )
        if usable and not refused:
            self._rate.accepted()
            self._accepted = True
            return Reply(status, body, response.headers.get("Location"))
        pause = http.retry_after(response.headers.get("Retry-After"), time.time())
        if status == _TOO_MANY:
            # A pause that nobody waits for must not hold the other calls back either.
            self._rate.refused(pause if pause and pause <= http.LONGEST_WAIT else 0.0)
        if not refused:
            # A success of another shape comes from something in between.
            return http.Answer(status, message="it is not what Zingle answers", retry_after=pause)
        error = error_for(
            method=method, path=path, status=status, body=body, about_contact=expected.about_contact
        )
        return http.Answer(status, error.code, retry_after=pause, error=error)

    @override
    def before(self) -> str:
        self._rate.wait()
        header = self._login.header()
        self.calls += 1
        return header

    @override
    def renew(self, refused: str | None) -> bool:
        # One stray refusal of what was accepted before is worth another try.
        return self._login.refused(refused or "") or self._accepted

    @override
    def kind_of(self, answer: http.Answer) -> http.Kind:
        return kind_of(answer)

    @override
    def error(
        self, request: http.Request, answer: http.Answer, attempt: int, *, outcome_unknown: bool
    ) -> Exception:
        refusal, what = answer.error, request.what
        if answer.final:
            return ConfigurationError(
                f"{what}: nothing can be exchanged with Zingle: {answer.message}"
            )
        ended = self._login.ended(answer.code)
        if ended and self.kind_of(answer) is http.Kind.SESSION_ENDED:
            text = f"{what}: {ended} (HTTP {answer.status})"
            return ConfigurationError(text, status=answer.status, code=answer.code)
        if refusal is not None and not (isinstance(refusal, TransientError) and outcome_unknown):
            return refusal
        reason = answer.message or f"HTTP {answer.status}"
        reason += f", code {answer.code}" if answer.code else ""
        if outcome_unknown:
            text = f"{what}: it is not known whether Zingle did it ({reason})"
            return UnknownOutcomeError(text, status=answer.status, code=answer.code)
        tries = f"{attempt} tries" if attempt > 1 else "1 try"
        if answer.status is None:
            return TransientError(f"{what}: Zingle is not available ({reason}, {tries})")
        text = f"{what}: an answer came, and cannot be read ({reason}, {tries}); check api_url"
        return TransientError(text, status=answer.status)


def kind_of(answer: http.Answer) -> http.Kind:
    """What an answer means for another try (contract of the API, section 12)."""
    if answer.status is None or (answer.status < _FIRST_REDIRECT and answer.error is None):
        return http.Kind.PASSING if answer.sent else http.Kind.UNTOUCHED
    if answer.status == _UNAUTHORISED or answer.code in TOKEN_CODES:
        return http.Kind.SESSION_ENDED
    if answer.status == _TOO_MANY:
        return http.Kind.UNTOUCHED
    passes = answer.status in RETRY_STATUSES or answer.code in RETRY_CODES
    return http.Kind.PASSING if passes else http.Kind.FINAL


@functools.cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type
    return msgspec.json.Decoder(shape)


def _decoded(content: bytes, shape: Any) -> object:  # noqa: ANN401 - a type
    if not content:
        return None
    if shape is not None:
        try:
            return msgspec.to_builtins(http.decoded(content, _decoder(shape)))
        except http.UnreadableError:
            # Another form than expected: the caller looks at it as it is.
            pass
    return http.decoded(content, _ANY)


def _is_failure(body: object) -> bool:
    """A v1 body that names an error without a result, whatever its HTTP status."""
    return (
        isinstance(body, dict)
        and "result" not in body
        and isinstance(body.get("status"), dict)
        and bool(body["status"].get("error_code"))
    )
