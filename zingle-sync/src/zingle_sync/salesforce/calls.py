"""Calls with a session: log in, send, try again, keep to the quota."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import requests

from zingle_sync.salesforce import retry
from zingle_sync.salesforce.answers import read_answer
from zingle_sync.salesforce.errors import (
    TRANSIENT_STATUSES,
    ConfigurationError,
    OutcomeUnknownError,
    QuotaError,
    SalesforceError,
    TransientError,
    error_for,
)
from zingle_sync.salesforce.flows import Connection, GivenToken
from zingle_sync.salesforce.login import log_in
from zingle_sync.salesforce.transport import Request, failure_of, send
from zingle_sync.salesforce.usage import parse_usage, quota_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from zingle_sync.salesforce.values import Login, Usage

T = TypeVar("T")


class Caller:
    """Sends calls of one user to one org; thread-safe.

    A session that has ended is renewed by one thread while the others wait for it.

    Args:
        connection: The settings, read.
        session: Carries connections, proxies and certificates; one is made when absent.
        sleep: Waits between two tries.
        jitter: Gives random numbers from 0 to 1.
        now: Gives seconds since 1970, for the JWT flow.

    Attributes:
        calls: Calls sent so far, token requests excluded.
        usage: The org's daily usage as of the last answer, None before the first.
        server_date: Salesforce's time as of the last answer, None before the first.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        session: requests.Session | None = None,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.connection = connection
        self.calls = 0
        self.usage: Usage | None = None
        self.server_date: datetime | None = None
        self.sleep = sleep
        self._session = session or _new_session()
        self._jitter = jitter
        self._now = now
        self._login: Login | None = None
        self._login_lock = threading.Lock()
        self._count_lock = threading.Lock()

    def call(self, request: Request, read: Callable[[requests.Response], T]) -> T:
        """Send with authorization until there is a value, a refusal, or no more tries.

        Args:
            request: What to send.
            read: Takes the value out of a successful response.

        Raises:
            SalesforceError: If there is no value in the end.
        """
        logged_in_again = False
        attempt = 1
        while True:
            login = self.log_in()
            self._stop_at_quota()
            headers = {"Authorization": f"Bearer {login.access_token}"}
            got = send(
                self._session, request, headers=headers, timeout=self.connection.request_timeout
            )
            self._take_note(got)
            result = read_answer(got, read)
            if not isinstance(result, retry.Answer):
                return result
            match retry.decide(
                attempt,
                result,
                repeatable=request.repeatable,
                logged_in_again=logged_in_again,
                jitter=self._jitter(),
            ):
                case retry.Retry(delay):
                    self.sleep(delay)
                    attempt += 1
                case retry.LogIn():
                    self.log_in(instead_of=login)
                    logged_in_again = True
                case retry.GiveUp(outcome_unknown):
                    raise _error(request, result, attempt, outcome_unknown=outcome_unknown)

    def log_in(self, *, instead_of: Login | None = None) -> Login:
        """The session; a new one when ``instead_of`` has ended and nobody has renewed it yet.

        Raises:
            ConfigurationError: If Salesforce refuses the login, or the session cannot be renewed.
            TransientError: If Salesforce cannot be reached.
        """
        login = self._login
        if login is not None and login is not instead_of:
            return login
        with self._login_lock:
            if self._login is None or self._login is instead_of:
                if instead_of and isinstance(self.connection.flow, GivenToken):
                    raise ConfigurationError(
                        "The session of access_token has ended or is invalid; set a new one, or "
                        "use a flow that can log in again.",
                        status=requests.codes.unauthorized,
                        code="INVALID_SESSION_ID",
                    )
                self._login = log_in(self.connection, self._post_login, now=self._now())
            return self._login

    def wait_to_repeat(self, what: str, answer: retry.Answer, attempt: int) -> None:
        """Wait before an answer that broke off is asked for again.

        Args:
            what: The request in words.
            answer: What came back.
            attempt: Number of the try that got it.

        Raises:
            TransientError: If that was the last try.
        """
        decision = retry.decide(
            attempt, answer, repeatable=True, logged_in_again=True, jitter=self._jitter()
        )
        if not isinstance(decision, retry.Retry):
            raise TransientError(f"Salesforce did not answer {what} whole: {answer.message}.")
        self.sleep(decision.delay)

    def _take_note(self, got: requests.Response | retry.Answer) -> None:
        with self._count_lock:
            self.calls += 1
            if isinstance(got, requests.Response):
                self.usage = parse_usage(got.headers.get("Sforce-Limit-Info")) or self.usage
                if date := got.headers.get("Date"):
                    self.server_date = parsedate_to_datetime(date)

    def _stop_at_quota(self) -> None:
        problem = quota_problem(
            self.usage,
            self.calls,
            percent_total=self.connection.quota_percent_total,
            percent_per_run=self.connection.quota_percent_per_run,
        )
        if problem:
            raise QuotaError(f"{problem} Stopped; run again when usage has gone down.")

    def _post_login(self, request: Request) -> requests.Response:
        """Send a login request: refusals are answers here, the network and 5xx are tried again."""
        attempt = 1
        while True:
            got = send(self._session, request, headers={}, timeout=self.connection.request_timeout)
            answer = _trouble(got)
            if not isinstance(answer, retry.Answer):
                return answer
            # A refresh whose answer was lost may have rotated the token, and sending the dead one
            # again would revoke the grant: repeat it only when Salesforce cannot have seen it.
            is_refresh = isinstance(request.body, dict) and "refresh_token" in request.body
            match retry.decide(
                attempt,
                answer,
                repeatable=not is_refresh,
                logged_in_again=True,
                jitter=self._jitter(),
            ):
                case retry.Retry(delay):
                    self.sleep(delay)
                    attempt += 1
                case _:
                    if answer.status is None:
                        hint = f"{answer.message}; check domain or login_url"
                        answer = replace(answer, message=hint)
                    raise _error(request, answer, attempt, outcome_unknown=False)


def _new_session() -> requests.Session:
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=32)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _trouble(got: requests.Response | retry.Answer) -> retry.Answer | requests.Response:
    """What went wrong with a login apart from a refusal, or the response to go by."""
    if isinstance(got, retry.Answer):
        return got
    try:
        content = got.content
    except requests.exceptions.RequestException as error:
        return failure_of(error)
    # SOAP faults come with HTTP 500.
    if got.status_code in TRANSIENT_STATUSES and b":Fault>" not in content:
        return retry.Answer(got.status_code)
    return got


def _error(
    request: Request, answer: retry.Answer, attempt: int, *, outcome_unknown: bool
) -> SalesforceError:
    tries = "" if attempt == 1 else f" in {attempt} tries"
    if answer.status is None:
        text = f"Salesforce did not answer {request.what}{tries}: {answer.message}."
        return OutcomeUnknownError(text) if outcome_unknown else TransientError(text)
    error = error_for(answer.status, answer.code, answer.message, what=request.what + tries)
    if outcome_unknown:
        return OutcomeUnknownError(str(error), status=error.status, code=error.code)
    return error
