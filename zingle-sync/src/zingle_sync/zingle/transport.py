"""Sending: the one function of this library that speaks HTTP to Zingle, and its retry loop."""

from __future__ import annotations

import email.utils
import itertools
import logging
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from zingle_sync.zingle.errors import (
    TOKEN_CODES,
    TransientError,
    UnknownOutcomeError,
    error_for,
    read_refusal,
)
from zingle_sync.zingle.retry import LONGEST_BACKOFF, Failure, may_repeat, retry_delay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zingle_sync.zingle.rate import Rate
    from zingle_sync.zingle.tokens import Login

logger = logging.getLogger(__name__)

# Decimals are numbers with all their digits; the default would send them as texts.
_encoder = msgspec.json.Encoder(decimal_format="number")

_FIRST_FAILURE, _FIRST_REDIRECT, _UNAUTHORISED, _TOO_MANY = 400, 300, 401, 429
_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: HTTP method.
        path: From the root, such as ``/v1/services/<id>``; holds ids only, so it may be logged.
        params: Query, never logged.
        body: JSON, never logged.
        repeatable: Overrides what the method says about sending it twice.
        about_contact: The path names one contact; a 404 then means that the contact is gone.
        authorization: A header to use instead of the log-in's.
        shape: A msgspec type; an answer that fits is cut down to it while it is decoded.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    repeatable: bool | None = None
    about_contact: bool = False
    authorization: str | None = None
    shape: Any = None

    @property
    def may_be_sent_twice(self) -> bool:
        """Whether a second sending ends in the same state as one."""
        return self.method in _IDEMPOTENT if self.repeatable is None else self.repeatable


@dataclass(frozen=True, slots=True)
class Reply:
    """A success, or a redirect where the call's caller asked for it."""

    status: int
    body: Any
    location: str | None


class _Header(AuthBase):
    """Sets the header, and keeps requests from looking credentials up elsewhere."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


class _NoAnswerError(Exception):
    """The exchange ended without a usable answer."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """A Retry-After header, in seconds or as an HTTP date, as seconds from now."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now)
    except (TypeError, ValueError):
        return None


class Transport:
    """Sends calls with a timeout, at a bounded rate, again when that is safe.

    Args:
        root: Address without ``/v1``.
        rate: Shared by all workers.
        timeout: Seconds for connecting, and between two bytes of an answer.
        session: A session to use for everything; else one per thread is made.
        sleep: Waits for that many seconds.
    """

    def __init__(
        self,
        root: str,
        *,
        rate: Rate,
        timeout: float,
        session: requests.Session | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.root = root.rstrip("/")
        self.login: Login | None = None
        self._rate, self._timeout, self._sleep = rate, timeout, sleep
        self._given = session
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._counter = itertools.count(1)
        self.calls = 0
        self.server_date: str | None = None

    def _session(self) -> requests.Session:
        if self._given is not None:
            return self._given
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.mount(self.root, HTTPAdapter(pool_connections=1, pool_maxsize=1))
            self._local.session = session
            self._sessions.append(session)
        return session

    def close(self) -> None:
        """Close the connections that this transport opened."""
        while self._sessions:
            self._sessions.pop().close()
        self._local = threading.local()

    def pause(self, attempt: int) -> None:
        """Wait as long as after that many failed tries."""
        delay = retry_delay(Failure(attempt, "GET", None), random.random())  # noqa: S311 - spreads load, no secret
        self._sleep(LONGEST_BACKOFF if delay is None else delay)

    def send(self, call: Call) -> Reply:
        """Send a call until it succeeds, is refused, or is not worth another try.

        Returns:
            The success, or a redirect.

        Raises:
            UnknownOutcomeError: A write that may have taken effect got no usable answer.
            TransientError: No try succeeded, and nothing was changed.
            ZingleError: Zingle's refusal, by what the caller should do.
        """
        renewed = False
        for attempt in itertools.count(1):
            header = call.authorization or (self.login.header() if self.login else "")
            reason, status, code, wait, sent = "", None, None, None, True
            refusal: Exception | None = None
            try:
                response = self._exchange(call, header)
                body = _body_of(response, call.shape)
            except _NoAnswerError as error:
                reason, sent = str(error), error.sent
            else:
                status = response.status_code
                self.server_date = response.headers.get("Date") or self.server_date
                failed = status >= _FIRST_FAILURE or _is_failure(body)
                if not failed and not (status < _FIRST_REDIRECT and _unreadable(call, body)):
                    self._rate.accepted()
                    return Reply(status, body, response.headers.get("Location"))
                code = read_refusal(body).code
                if self._renewable(call, status, code) and not renewed:
                    renewed = True
                    if self.login is not None and self.login.refused(header):
                        continue
                wait = retry_after_seconds(response.headers.get("Retry-After"), time.time())
                if status == _TOO_MANY:
                    self._rate.refused(wait or 0.0)
                if failed:
                    refusal = error_for(
                        method=call.method,
                        path=call.path,
                        status=status,
                        body=body,
                        about_contact=call.about_contact,
                    )
                else:
                    # A success that is no JSON comes from something in between: no answer.
                    reason, status = "the answer is not JSON", None
            failure = Failure(
                attempt, call.method, status, code, wait, call.may_be_sent_twice, sent
            )
            delay = retry_delay(failure, random.random())  # noqa: S311 - spreads load, no secret
            if delay is None:
                raise _final(call, failure, refusal, reason)
            logger.debug(
                "%s %s: try %d failed, next in %.1f s", call.method, call.path, attempt, delay
            )
            self._sleep(delay)
        raise AssertionError("unreachable: the loop above is endless")

    def _renewable(self, call: Call, status: int, code: str | None) -> bool:
        return call.authorization is None and (status == _UNAUTHORISED or code in TOKEN_CODES)

    def _exchange(self, call: Call, header: str) -> requests.Response:
        """Send one request. The only place that does."""
        self._rate.wait()
        if call.authorization is None:
            self.calls = next(self._counter)
        try:
            return self._session().request(
                call.method,
                self.root + call.path,
                params=dict(call.params) or None,
                data=None if call.body is None else _encoder.encode(call.body),
                headers={"Accept": "application/json"}
                | ({} if call.body is None else {"Content-Type": "application/json"}),
                auth=_Header(header) if header else None,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            raise _NoAnswerError("the TLS connection failed", sent=False) from error
        except requests.ConnectTimeout as error:
            raise _NoAnswerError("no connection in time", sent=False) from error
        except requests.Timeout as error:
            raise _NoAnswerError("no answer in time", sent=True) from error
        except requests.ConnectionError as error:
            raise _NoAnswerError("the connection failed", sent=not _never_sent(error)) from error
        except (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise _NoAnswerError("the answer was cut short", sent=True) from error


def _never_sent(error: requests.ConnectionError) -> bool:
    """Whether no connection was made, so that nothing can have arrived."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError)


class _NotJson:
    """Marks a body that is there but is no JSON."""


def _body_of(response: requests.Response, shape: Any) -> object:  # noqa: ANN401 - a type
    if not response.content:
        return None
    if shape is not None and response.status_code < _FIRST_REDIRECT:
        try:
            return msgspec.to_builtins(msgspec.json.decode(response.content, type=shape))
        except msgspec.DecodeError:
            # Another form than expected: the caller looks at it as it is.
            pass
    try:
        return msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return _NotJson()


def _unreadable(call: Call, body: object) -> bool:
    """Reads need JSON; writes may answer with an empty body (contract, U37)."""
    return isinstance(body, _NotJson) or (call.method == "GET" and body is None)


def _is_failure(body: object) -> bool:
    """A v1 body that names an error without a result, whatever its HTTP status."""
    return (
        isinstance(body, dict)
        and "result" not in body
        and isinstance(body.get("status"), dict)
        and bool(body["status"].get("error_code"))
    )


def _final(call: Call, failure: Failure, refusal: Exception | None, reason: str) -> Exception:
    """What to raise once there is no further try."""
    unclear = not may_repeat(failure)
    if refusal is not None and not (isinstance(refusal, TransientError) and unclear):
        return refusal
    told = reason or f"HTTP {failure.status}" + (f", code {failure.code}" if failure.code else "")
    tries = f"{failure.attempt} tries" if failure.attempt > 1 else "1 try"
    if unclear:
        return UnknownOutcomeError(
            f"{call.method} {call.path}: it is not known whether Zingle did it ({told})",
            status=failure.status,
            code=failure.code,
        )
    return TransientError(
        f"{call.method} {call.path}: Zingle is not available ({told}, {tries})",
        status=failure.status,
        code=failure.code,
    )
