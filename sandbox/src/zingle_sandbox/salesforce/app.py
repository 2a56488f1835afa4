"""The HTTP surface: routes, and what surrounds every REST call."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from zingle_sandbox.responses import json_response
from zingle_sandbox.salesforce.login import authorize, identity, oauth, soap
from zingle_sandbox.salesforce.org.calls import (
    FIRST_VERSION,
    JSON,
    LAST_VERSION,
    VERSIONED,
    Answer,
    ApiError,
    Call,
    Org,
    dispatch,
)
from zingle_sandbox.salesforce.org.calls import (
    not_found as no_resource,
)
from zingle_sandbox.salesforce.org.late import release_due
from zingle_sandbox.salesforce.org.locators import Locators
from zingle_sandbox.salesforce.org.sessions import find_session
from zingle_sandbox.salesforce.org.storage import name_the_org
from zingle_sandbox.salesforce.resources import metadata
from zingle_sandbox.salesforce.resources.discovery import usage_header, version_list
from zingle_sandbox.salesforce.resources.table import RESOURCES, not_built
from zingle_sandbox.salesforce.soql.sqlite_functions import add_functions
from zingle_sandbox.salesforce.writes.tasks import archive_old_tasks
from zingle_sandbox.sandbox import NOT_BUILT, violation

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from zingle_sandbox.sandbox import Sandbox

URI_LIMIT = 16_384
_DEPRECATED_UNTIL = 40
_SMALLEST_COMPRESSED = 1_024
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
OrgHandler = Callable[[Org, "Request"], Awaitable[Response]]


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """Everything under `/services` and `/id`."""
    org = Org(sandbox, Locators(), resources=RESOURCES)
    add_functions(sandbox.store.connection)

    def forget() -> None:
        org.locators.clear()
        org.jobs.clear()
        org.usage.minutes.clear()
        org.jobs_ran_on = None
        org.lock_attempts.clear()
        org.log_ins.clear()
        org.codes.clear()
        org.deploys.clear()

    sandbox.on_reset.append(forget)

    def bound(handler: OrgHandler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await handler(org, request)

        return endpoint

    def versions(_: Request) -> Response:
        return json_response(version_list(), media_type=JSON)

    return [
        Route("/services/oauth2/authorize", bound(authorize.authorize), methods=["GET"]),
        Route("/services/oauth2/token", bound(oauth.token), methods=_METHODS),
        Route("/services/oauth2/revoke", bound(oauth.revoke_token), methods=["POST"]),
        Route("/services/oauth2/userinfo", bound(identity.userinfo), methods=["GET", "POST"]),
        Route("/id/{org}/{user}", bound(identity.identity), methods=["GET"]),
        Route("/services/Soap/u/{version}", bound(soap.soap), methods=["POST"]),
        Route("/services/Soap/u/{version}/{org_id}", bound(soap.soap), methods=["POST"]),
        Route("/services/Soap/m/{version}", bound(metadata.metadata), methods=["POST"]),
        Route("/services/Soap/m/{version}/{rest:path}", bound(metadata.metadata), methods=["POST"]),
        Route("/services/data", versions, methods=["GET"]),
        Route("/services/data/", versions, methods=["GET"]),
        Route("/services/data/{rest:path}", bound(_rest), methods=_METHODS),
    ]


def not_found(request: Request) -> Response:
    """The answer to an unknown path: 501 if the real service has it, else 404."""
    if not_built(request.url.path):
        violation(request, NOT_BUILT)
        return json_response(
            [
                {
                    "message": f"The sandbox does not have {request.method} {request.url.path}",
                    "errorCode": "NOT_IMPLEMENTED",
                }
            ],
            501,
            media_type=JSON,
        )
    return _response(no_resource().answer())


def _response(answer: Answer) -> Response:
    if answer.body is None or answer.status in {204, 304}:
        return Response(status_code=answer.status, headers=answer.headers)
    if isinstance(answer.body, bytes):
        return Response(answer.body, answer.status, answer.headers, answer.media_type)
    return json_response(
        answer.body, answer.status, headers=answer.headers, media_type=answer.media_type
    )


def _too_long(request: Request) -> Response | None:
    """414 for a long URI, 431 for a long URI with its headers."""
    uri = len(request.scope.get("raw_path", b"")) + 1 + len(request.scope["query_string"])
    if uri > URI_LIMIT:
        return PlainTextResponse("<h1>URI Too Long</h1>", 414, media_type="text/html")
    headers = sum(len(key) + len(value) + 4 for key, value in request.scope["headers"])
    if uri + headers > URI_LIMIT:
        page = "<h1>Request Header Fields Too Large</h1>"
        return PlainTextResponse(page, 431, media_type="text/html")
    return None


def _check_version(version: str) -> None:
    number, _, minor = version.partition(".")
    if int(number) < FIRST_VERSION:
        raise ApiError(
            410,
            "UNSUPPORTED_API_VERSION",
            f"API version {version} is retired and no longer available.",
        )
    if int(number) > LAST_VERSION or minor != "0":
        raise no_resource()


async def _body(request: Request) -> bytes:
    """The body, decompressed if it says so.

    Raises:
        ApiError: 400; it says so and is not.
    """
    body = await request.body()
    if request.headers.get("content-encoding", "").lower() != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError) as error:
        raise ApiError(400, "JSON_PARSER_ERROR", "The body is no gzip") from error


async def _rest(org: Org, request: Request) -> Response:
    """One call of a versioned resource."""
    if (refused := _too_long(request)) is not None:
        return refused
    raw = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
    match = VERSIONED.fullmatch(raw or request.url.path)
    if match is None:
        return not_found(request)
    try:
        body = await _body(request)
        _check_version(match[1])
        session = find_session(org, request.headers.get("authorization"))
    except ApiError as error:
        refused_answer = error.answer()
        refused_answer.headers["Sforce-Limit-Info"] = usage_header(org)
        return _response(refused_answer)
    call = Call(
        org=org,
        session=session,
        version=match[1],
        method=request.method,
        path=match[2] or "/",
        params=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
        instance_url=org.sandbox.url_for(request),
    )
    try:
        answer = await _admit(org, call)
    except ApiError as error:
        answer = error.answer()
    request.state.changed_rows += call.changed_rows
    request.state.violations.extend(call.notes)
    if answer.status == 404 and not_built(request.url.path):  # noqa: PLR2004 - Not Found
        return not_found(request)
    answer.headers["Sforce-Limit-Info"] = usage_header(org)
    if int(match[1].partition(".")[0]) <= _DEPRECATED_UNTIL:
        answer.headers["Warning"] = '299 - "This API version is deprecated."'
    response = _response(answer)
    if org.option("gzip") and "gzip" in request.headers.get("accept-encoding", "").lower():
        return _compressed(response)
    return response


def _compressed(response: Response) -> Response:
    """The same answer with gzip."""
    body = bytes(response.body)
    if len(body) < _SMALLEST_COMPRESSED:
        return response
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    headers["Content-Encoding"] = "gzip"
    return Response(gzip.compress(body, 1), response.status_code, headers)


def _run_daily_jobs(org: Org) -> None:
    """What the org does by night, once a day of its clock."""
    today = org.sandbox.clock.now().date()
    if org.jobs_ran_on != today:
        org.jobs_ran_on = today
        archive_old_tasks(org)


async def _admit(org: Org, call: Call) -> Answer:
    """Count the call, let it wait if calls are slow today, and serve it.

    Raises:
        ApiError: 403; a daily or concurrent limit is reached.
    """
    if not org.option("api_enabled") or not org.may("ApiEnabled"):
        raise ApiError(
            403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."
        )
    now = org.sandbox.clock.timestamp()
    if org.usage.used(now) >= int(org.option("daily_limit")):
        raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    org.usage.add(now)
    seconds = float(org.option("call_seconds"))
    if seconds <= 0:
        return _serve(org, call)
    is_long = seconds >= float(org.option("long_call_seconds"))
    if is_long and org.long_calls >= int(org.option("concurrent_limit")):
        raise ApiError(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        )
    org.long_calls += is_long
    try:
        await asyncio.sleep(seconds)
        return _serve(org, call)
    finally:
        org.long_calls -= is_long


def _serve(org: Org, call: Call) -> Answer:
    """Answer while no other thread uses the database."""
    with org.sandbox.store.lock:
        org.locators.finish()
        release_due(org.sandbox)
        name_the_org(org.sandbox)
        _run_daily_jobs(org)
        return dispatch(call)
