"""From a handler to a route: log-in, service, body, and errors in each version's shape."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from zingle_sandbox.answers import reason
from zingle_sandbox.responses import decode_json, json_response
from zingle_sandbox.sandbox import NOT_BUILT, violation

from .auth import AuthFailed, authenticate, is_organization_token
from .call import Call, parse_query
from .errors import Refused, V2Refused, http_status, word_code
from .ids import Kind, read_id

if TYPE_CHECKING:
    import sqlite3

    from starlette.requests import Request
    from starlette.responses import Response

    from zingle_sandbox.sandbox import Sandbox


Handler = Callable[[Call], "Response"]
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def route(  # noqa: PLR0913 - a route is described in one line
    sandbox: Sandbox,
    method: str,
    path: str,
    handler: Handler,
    *,
    query: frozenset[str] = frozenset(),
    takes_body: bool | None = None,
) -> Route:
    """Serve `handler` at a path such as `/v1/services/{service_id}/contacts`.

    `query` names the query keys of this path; others are reported as violations, or ignored under
    the reading `unknown_query = lenient`.
    """
    version = int(path[2])
    body_allowed = method in {"POST", "PUT", "PATCH"} if takes_body is None else takes_body

    async def serve(request: Request) -> Response:
        raw = await request.body()
        parsed = parse_query(request.scope["query_string"].decode("latin-1"))
        try:
            login = authenticate(sandbox, request)
            service = _service(sandbox, request, login)
            _check_query(sandbox, request, parsed.values.keys() - query, parsed.plus_in)
            body = _body(request, raw) if body_allowed else {}
            call = Call(sandbox, request, parsed, body, login, service, version)
            if method in _WRITES:
                with sandbox.store.transaction():
                    return handler(call)
            return _read(call, handler)
        except AuthFailed as failure:
            request.state.changed_rows = 0
            return _unauthorised(sandbox, failure, version)
        except Refused as refused:
            request.state.changed_rows = 0
            return refusal(sandbox, refused, version)

    return Route(path, serve, methods=[method], include_in_schema=False)


def _read(call: Call, handler: Handler) -> Response:
    """The answer of a handler, and what happens in the world once it is made."""
    answer = handler(call)
    for happening in call.afterwards:
        happening()
    return answer


def not_built(path: str, methods: list[str]) -> Route:
    """A documented path that neither plugin calls: answers 501, which the journal notes."""

    async def refuse(request: Request) -> Response:
        await request.body()
        violation(request, NOT_BUILT)
        return _plain_error(request, 501, "This sandbox does not simulate this path")

    return Route(path, refuse, methods=methods, include_in_schema=False)


def wrong_methods(path: str, methods: set[str]) -> Route:
    """A path that exists, with every method that it does not take: 405, and a violation."""

    async def refuse(request: Request) -> Response:
        await request.body()
        violation(request, f"this path does not take {request.method}")
        return _plain_error(request, 405, "The method is not allowed here")

    rest = sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - methods)
    return Route(path, refuse, methods=rest, include_in_schema=False)


def not_found(request: Request) -> Response:
    """The answer to an unknown path."""
    return _plain_error(request, 404, "There is nothing at this path")


def location(call: Call, path: str) -> str:
    """The absolute URL of a path, with the host that the caller used."""
    return call.sandbox.url_for(call.request) + path


def v1_status(status: int, description: str | None = None, **more: object) -> dict[str, Any]:
    """The `status` object of a v1 answer."""
    return {"text": _text(status), "status_code": status, "description": description, **more}


def refusal(sandbox: Sandbox, refused: Refused, version: int) -> Response:
    """A refusal in a version's shape."""
    if version == 1:
        status = http_status(refused.code)
        code: int | str = refused.code
        if sandbox.profile["error_code_type"] == "string":
            code = str(code)
        return json_response({"status": v1_status(status, str(refused), error_code=code)}, status)
    errors = {refused.field: str(refused)} if refused.field else {}
    status = http_status(refused.code)
    if isinstance(refused, V2Refused):
        errors, status = refused.errors, refused.status
    return json_response(
        {
            "code": word_code(refused),
            "description": str(refused),
            "fieldErrors": [{"field": name, "errors": [text]} for name, text in errors.items()],
        },
        status,
    )


def _text(status: int) -> str:
    return "OK" if status == 200 else reason(status)  # noqa: PLR2004 - HTTP OK


def _plain_error(request: Request, status: int, description: str) -> Response:
    if request.url.path.startswith("/v2"):
        word = "method_not_allowed" if status == 405 else "not_found"  # noqa: PLR2004 - HTTP
        return json_response({"code": word, "description": description}, status)
    return json_response({"status": v1_status(status, description)}, status)


def _unauthorised(sandbox: Sandbox, failure: AuthFailed, version: int) -> Response:
    if version == 1:
        return refusal(sandbox, Refused(2601, failure.description), 1)
    return json_response({"error": failure.word}, 401)


def _service(sandbox: Sandbox, request: Request, login: Any) -> Any:  # noqa: ANN401 - sqlite3.Row or nothing
    """The service row of the path, once the login may see it."""
    service_id = request.path_params.get("service_id")
    service = sandbox.store.one("SELECT * FROM zg_services WHERE id = ?", (service_id,))
    if login["authorization_class"] != "account" and request.url.path.rstrip("/") != "/v1":
        raise Refused(_contact_class(sandbox, request, service))
    if service_id is None:
        return {}
    if service is None:
        raise Refused(2800)
    seen = sandbox.store.one(
        "SELECT 1 FROM zg_user_services WHERE user = ? AND service = ?",
        (login["number"], service["number"]),
    )
    unseen = seen is None and not is_organization_token(request)
    if unseen or service_id in listed_ids(sandbox, "zingle_refused_services"):
        raise Refused(2602)
    if sandbox.options["zingle_suspended"] or service_id in listed_ids(
        sandbox, "zingle_suspended_services"
    ):
        raise Refused(2814)
    return service


def listed_ids(sandbox: Sandbox, option: str) -> set[str]:
    """The ids that an option lists."""
    return {part.strip() for part in str(sandbox.options[option] or "").split(",")}


def _contact_class(sandbox: Sandbox, request: Request, service: sqlite3.Row | None) -> int:
    """Why a contact-class login is refused: no header, not its contact, or not its resource."""
    named = request.headers.get("x-zingle-contact-id")
    if named is None:
        return 2613
    known = sandbox.store.one(
        "SELECT 1 FROM zg_contacts WHERE service = ? AND (number = ? OR id = ?)",
        (service["number"] if service else None, read_id(Kind.CONTACT, named), named),
    )
    return 2614 if known else 2615


def _check_query(
    sandbox: Sandbox, request: Request, unknown: set[str], plus_in: tuple[str, ...]
) -> None:
    if sandbox.profile["unknown_query"] == "violation":
        for key in sorted(unknown):
            violation(request, f"unknown query key {re.sub('[^A-Za-z0-9_]', '?', key)}")
    for key in plus_in:
        violation(request, f"unescaped + in the value of {key}")


def _body(request: Request, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        violation(request, "a body without Content-Type application/json")
    try:
        body = decode_json(raw)
    except ValueError:
        raise Refused(2604) from None
    if not isinstance(body, dict):
        raise Refused(2604)
    return body
