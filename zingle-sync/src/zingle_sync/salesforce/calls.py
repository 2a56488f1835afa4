"""Calls with a session: log in, keep to the quota, read what comes back."""

from __future__ import annotations

import random
import re
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests
from typing_extensions import override

from zingle_sync import http
from zingle_sync.http import Answer, Request
from zingle_sync.salesforce.answers import is_fault, object_reader, reason_in, refused_in
from zingle_sync.salesforce.errors import (
    RELOGIN_CODES,
    ConfigurationError,
    OutcomeUnknownError,
    QuotaError,
    SalesforceError,
    TransientError,
    error_for,
)
from zingle_sync.salesforce.flows import Connection, GivenToken
from zingle_sync.salesforce.login import log_in
from zingle_sync.salesforce.retry import kind_of
from zingle_sync.salesforce.usage import parse_usage, quota_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from zingle_sync.salesforce.values import Login, Usage

T = TypeVar("T")


class _BaseCaller(http.Caller):
    """What Salesforce's answers mean, and what to raise."""

    @override
    def kind_of(self, answer: Answer) -> http.Kind:
        return kind_of(answer)

    @override
    def error(
        self, request: Request, answer: Answer, attempt: int, *, outcome_unknown: bool
    ) -> SalesforceError:
        if answer.final:
            text = f"Nothing can be exchanged with Salesforce for {request.what}: {answer.message}."
            return ConfigurationError(text)
        tries = "" if attempt == 1 else f" in {attempt} tries"
        if answer.status is None:
            text = f"Salesforce did not answer {request.what}{tries}: {answer.message}."
            return OutcomeUnknownError(text) if outcome_unknown else TransientError(text)
        error = error_for(answer.status, answer.code, answer.message, what=request.what + tries)
        if outcome_unknown:
            return OutcomeUnknownError(str(error), status=error.status, code=error.code)
        return error


class _LoginCaller(_BaseCaller):
    """Sends login requests: the network, 5xx and answers of another shape are tried again."""

    @override
    def error(
        self, request: Request, answer: Answer, attempt: int, *, outcome_unknown: bool
    ) -> SalesforceError:
        if answer.status is None and not answer.final:
            answer = replace(answer, message=f"{answer.message}; check domain or login_url")
        return super().error(request, answer, attempt, outcome_unknown=False)


class Caller(_BaseCaller):
    """Sends calls of one user to one org; thread-safe.

    A session that has ended is renewed by one thread while the others wait for it.

    Args:
        connection: The settings, read.
        session: Carries connections, proxies and certificates; one is made when absent.
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
        wire = http.Wire(connection.request_timeout, session)
        if connection.user_agent:
            wire.session.headers["User-Agent"] = connection.user_agent
        super().__init__(wire, sleep=sleep, jitter=jitter)
        self.connection = connection
        self.calls = 0
        self.usage: Usage | None = None
        self.server_date: datetime | None = None
        self._now = now
        self._login_caller = _LoginCaller(wire, sleep=sleep, jitter=jitter)
        self._login: Login | None = None
        self._login_lock = threading.Lock()
        self._count_lock = threading.Lock()

    @property
    def instance_url(self) -> str:
        """Where the calls go, without a trailing slash."""
        return self.log_in().instance_url

    @property
    def data_path(self) -> str:
        """Path of the REST API."""
        return f"/services/data/v{self.connection.api_version}"

    def log_in(self, *, instead_of: Login | None = None) -> Login:
        """The session; a new one when `instead_of` has ended and nobody has renewed it yet.

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
                self._login = log_in(self.connection, self._login_caller, now=self._now())
            return self._login

    @override
    def call(self, request: Request, read: Callable[[requests.Response], T | Answer]) -> T:
        """Send with authorization until there is a value, a refusal, or no more tries.

        Raises:
            SalesforceError: If there is no value in the end.
        """

        def noted(response: requests.Response) -> T | Answer:
            self._take_note(response)
            if response.status_code < requests.codes.multiple_choices:
                return read(response)
            return refused_in(response)

        return super().call(request, noted)

    def pass_on(self, request: Request) -> requests.Response:
        """Send as `call` does, and give refusals that no repetition changes to the caller as well.

        Raises:
            SalesforceError: If Salesforce cannot be reached, or the tries are over.
        """

        def read(response: requests.Response) -> requests.Response | Answer:
            self._take_note(response)
            http.load(response)
            if response.status_code < requests.codes.multiple_choices:
                return response
            if is_fault(response.content):
                # The session stands in the request: whoever asks again builds it with a new one.
                if reason_in(response.content)[0] in RELOGIN_CODES:
                    self.log_in(instead_of=self._login)
                return response
            answer = refused_in(response)
            return response if kind_of(answer) is http.Kind.FINAL else answer

        return super().call(request, read)

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        what: str,
        **members: type,
    ) -> dict[str, Any]:
        """GET a JSON object below `/services/data/vNN.0/`.

        It must hold all `members`; anything else came from a gateway in between.
        """
        request = Request("GET", self._url(path), what, params=params)
        return self.call(request, object_reader(**members))

    def versions(self) -> list[str]:
        """The versions of the REST API that this org serves, the newest last."""
        # Public and free of the daily quota (REST API guide, "Versions").
        request = Request("GET", f"{self.instance_url}/services/data", "GET versions")
        body = self.call(request, http.body_of)
        return [found.decode() for found in re.findall(rb'"version" *: *"([0-9.]+)"', body)]

    def check_version(self) -> None:
        """Tell a version that this org lacks from an object that it lacks.

        Raises:
            ConfigurationError: If the version is not among those served.
        """
        served, asked = self.versions(), self.connection.api_version
        if served and asked not in served:
            told = f"api_version: this org has no {asked}, its newest is {served[-1]}."
            raise ConfigurationError(told)

    def send_json(  # noqa: PLR0913 - one argument per part of a request
        self,
        method: str,
        path: str,
        body: object,
        read: Callable[[requests.Response], T | Answer],
        *,
        what: str,
        repeatable: bool = True,
    ) -> T:
        """Send JSON, or no body where it is None, below `/services/data/vNN.0/`."""
        request = Request(
            method,
            self._url(path),
            what,
            headers={"Content-Type": "application/json"},
            body=None if body is None else msgspec.json.encode(body),
            repeatable=repeatable,
        )
        return self.call(request, read)

    def open(self, path: str, params: Mapping[str, str], *, what: str) -> requests.Response:
        """GET a table below `/services/data/vNN.0/` and leave its body to be streamed."""
        headers = {"Accept": "text/csv"}
        request = Request("GET", self._url(path), what, headers=headers, params=params)
        return self.call(request, lambda response: response)

    def _url(self, path: str) -> str:
        return f"{self.instance_url}{self.data_path}/{path}"

    @override
    def before(self) -> str:
        login = self.log_in()
        problem = quota_problem(
            self.usage,
            self.calls,
            percent_total=self.connection.quota_percent_total,
            percent_per_run=self.connection.quota_percent_per_run,
        )
        if problem:
            raise QuotaError(f"{problem} Stopped; run again when usage has gone down.")
        with self._count_lock:
            self.calls += 1
        return _bearer(login)

    @override
    def renew(self, refused: str | None) -> bool:
        login = self._login
        if login is not None and _bearer(login) == refused:
            self.log_in(instead_of=login)
        return True

    def _take_note(self, response: requests.Response) -> None:
        with self._count_lock:
            self.usage = parse_usage(response.headers.get("Sforce-Limit-Info")) or self.usage
            date = http.date_of(response.headers.get("Date"))
            self.server_date = date or self.server_date


def _bearer(login: Login) -> str:
    return f"Bearer {login.access_token}"
