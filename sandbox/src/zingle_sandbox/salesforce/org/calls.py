"""What every REST call goes through: session, limits, version, and the answer's shape."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from zingle_sandbox.salesforce.catalogue.sight import Sight, grants_of, visible_objects
from zingle_sandbox.salesforce.catalogue.sobjects import PERSON_ACCOUNT_FIELDS, SObject
from zingle_sandbox.salesforce.org.storage import assigned_sets
from zingle_sandbox.salesforce.org.usage import Usage

if TYPE_CHECKING:
    from datetime import date

    from zingle_sandbox.salesforce.org.codes import AuthorizationCode
    from zingle_sandbox.salesforce.org.jobs import Job
    from zingle_sandbox.salesforce.org.locators import Locators
    from zingle_sandbox.sandbox import Sandbox

FIRST_VERSION, LAST_VERSION = 31, 68
JSON = "application/json;charset=UTF-8"


class ApiError(Exception):
    """An error answer: a JSON array of one element, as all REST resources give it."""

    def __init__(
        self, status: int, code: str, message: str, fields: Iterable[str] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)

    def element(self) -> dict[str, Any]:
        """The object inside the array."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = self.fields
        return body

    def answer(self) -> Answer:
        """The whole answer."""
        return Answer(self.status, [self.element()])


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """404, the answer to whatever is not there or not visible."""
    return ApiError(404, "NOT_FOUND", message)


@dataclass(slots=True)
class Answer:
    """Status, JSON value (or bytes as they are) and extra headers; `None` is an empty body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON


@dataclass(frozen=True, slots=True)
class Session:
    """Who calls."""

    token: str
    user_id: str


def _text_of(value: str) -> str:
    """A permission set as XML; a value that is no XML names a file."""
    return value if "<" in value or not value.strip() else Path(value).read_text(encoding="utf-8")


@dataclass
class Org:
    """One org: the sandbox's store and clock, and what lives only in memory."""

    sandbox: Sandbox
    locators: Locators
    usage: Usage = field(default_factory=Usage)
    jobs: dict[str, Job] = field(default_factory=dict)
    long_calls: int = 0
    jobs_ran_on: date | None = None
    lock_attempts: Counter[str] = field(default_factory=Counter)
    log_ins: list[float] = field(default_factory=list)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    deploys: dict[str, Any] = field(default_factory=dict)  # by id; of `writes.deploys`
    resources: Sequence[Resource] = ()

    def option(self, name: str) -> Any:  # noqa: ANN401 - options are of several types
        """The value of an option, its name without `salesforce_`."""
        return self.sandbox.options[f"salesforce_{name}"]

    def profile(self, name: str) -> str:
        """The chosen reading of an open question, its name without `salesforce_`."""
        return self.sandbox.profile[f"salesforce_{name}"]

    @property
    def objects(self) -> dict[str, SObject]:
        """Objects that the user sees, by lower-case name."""
        return visible_objects(self.sight)

    @property
    def sight(self) -> Sight:
        """What decides which objects and fields the user sees."""
        hidden = str(self.option("hidden_fields") or "")
        told = _text_of(str(self.option("permission_set") or ""))
        deployed = self.sandbox.store.all("SELECT name FROM sf_metadata WHERE kind = 'CustomField'")
        assigned = assigned_sets(self.sandbox) if deployed or told.strip() else ""
        if deployed:
            granted = grants_of(assigned).fields
            hidden += "".join(
                f",{row['name']}"
                for row in deployed
                if not {row["name"].lower(), row["name"].lower().replace("task.", "activity.")}
                & granted.keys()
            )
        return Sight(
            activity_key=str(self.option("activity_key")),
            hidden=hidden
            if self.option("person_accounts")
            else f"{hidden},{PERSON_ACCOUNT_FIELDS}",
            unfilterable=str(self.option("unfilterable_fields") or ""),
            types=str(self.option("field_types") or ""),
            permission_set=told and told + assigned,
        )

    def may(self, permission: str) -> bool:
        """Whether the user has a user permission, such as `ViewSetup`."""
        xml = self.sight.permission_set
        return not xml.strip() or permission in grants_of(xml).user

    def sobject(self, name: str) -> SObject:
        """A visible object.

        Raises:
            ApiError: 404; there is none of that name.
        """
        found = self.objects.get(name.lower())
        if found is None:
            raise not_found()
        return found


@dataclass(slots=True)
class Call:
    """One call of a versioned resource, from HTTP or from inside a composite request."""

    org: Org
    session: Session
    version: str  # "62.0"
    method: str
    path: str  # after /services/data/vNN.0, starts with a slash, still percent-encoded
    params: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    instance_url: str
    changed_rows: int = 0
    inside: bool = False  # a part of a composite request
    notes: list[str] = field(default_factory=list)

    def json(self) -> Any:  # noqa: ANN401 - whatever the caller sent
        """The parsed body.

        Raises:
            ApiError: 400; the body is no JSON.
        """
        try:
            return msgspec.json.decode(self.body)
        except ValueError as error:
            raise ApiError(400, "JSON_PARSER_ERROR", f"Unexpected input at {error}") from error

    def json_object(self) -> dict[str, Any]:
        """The parsed body, which must be a JSON object.

        Raises:
            ApiError: 400; it is something else.
        """
        body = self.json()
        if not isinstance(body, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object.")
        return body

    def flag(self, name: str) -> bool:
        """A query parameter that is `true` or not."""
        return self.params.get(name, "false").lower() == "true"

    def part(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Call:  # noqa: ANN401 - JSON
        """A call inside this one, of a URL that starts with a slash."""
        split = urlsplit(url)
        match = VERSIONED.fullmatch(split.path)
        version, path = (match[1], match[2]) if match else (self.version, split.path)
        return Call(
            org=self.org,
            session=self.session,
            version=version,
            method=method,
            path=path,
            params=dict(parse_qsl(split.query, keep_blank_values=True)),
            headers={**self.headers, **{key.lower(): value for key, value in headers.items()}},
            body=b"" if body is None else msgspec.json.encode(body),
            instance_url=self.instance_url,
            inside=True,
        )


VERSIONED = re.compile(r"/services/data/v(\d{1,3}\.\d)(/.*)?")
Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Resource:
    """A path and what answers each of its methods."""

    pattern: re.Pattern[str]
    parameters: frozenset[str]
    methods: Mapping[str, Handler]


def resource(path: str, parameters: str = "", **methods: Handler) -> Resource:
    """A resource at a path such as `/sobjects/{sobject}/{id}`; a final slash is accepted.

    The service ignores query parameters that it does not know; they are noted as a violation.
    """
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Resource(re.compile(f"{pattern}/?"), frozenset(parameters.split()), methods)


def _check_content(call: Call) -> None:
    """Refuse a body that does not say that it is JSON.

    Raises:
        ApiError: 415.
    """
    kind = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if call.body and not call.inside and kind != "application/json":
        raise ApiError(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"Content-Type {kind} is not supported for this resource",
        )


def dispatch(call: Call) -> Answer:
    """Find the resource and let it answer; errors become answers."""
    try:
        for candidate in call.org.resources:
            match = candidate.pattern.fullmatch(call.path)
            if match is None:
                continue
            handler = candidate.methods.get(call.method)
            if handler is None:
                allowed = ", ".join(candidate.methods)
                raise ApiError(  # noqa: TRY301 - answered below like every other error
                    405,
                    "METHOD_NOT_ALLOWED",
                    f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}",
                )
            call.notes.extend(
                f"unknown query parameter {name}"
                for name in sorted(set(call.params) - candidate.parameters)
            )
            _check_content(call)
            return handler(
                call, **{key: unquote(value) for key, value in match.groupdict().items()}
            )
    except ApiError as error:
        return error.answer()
    except sqlite3.OperationalError as error:
        # SQLite refuses what is too large for it, as the service does with its own limits.
        return ApiError(400, "QUERY_TOO_COMPLICATED", f"Query is too complicated: {error}").answer()
    return not_found().answer()
