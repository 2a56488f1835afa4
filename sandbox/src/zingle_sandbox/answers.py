"""The bodies that failing services send, in each side's own shape. Pure."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zingle_sandbox.faults import FaultRule

_SALESFORCE_CODES = {
    400: "BAD_REQUEST",
    401: "INVALID_SESSION_ID",
    403: "REQUEST_LIMIT_EXCEEDED",
    404: "NOT_FOUND",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "UNKNOWN_EXCEPTION",
    503: "SERVER_UNAVAILABLE",
}
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def reason(status: int) -> str:
    """The reason phrase of an HTTP status."""
    return _REASONS.get(status, "Error")


def html_page(status: int) -> str:
    """What a load balancer in front of a dead service sends."""
    title = escape(f"{status} {reason(status)}")
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def error_body(system: str, path: str, status: int, code: str, message: str) -> str:
    """An error in the shape of the service that the path belongs to."""
    if path.startswith("/services/oauth2/"):
        return json.dumps({"error": code or "unknown_error", "error_description": message})
    if path.startswith("/services/Soap/"):
        return _soap_fault(code or "UNKNOWN_EXCEPTION", message)
    if path.startswith(("/v2/token", "/v2/oauth/")):
        return json.dumps({"error": message})
    if system == "salesforce":
        return json.dumps(
            [{"message": message, "errorCode": code or _SALESFORCE_CODES.get(status, "ERROR")}]
        )
    if path.startswith("/v2"):
        return json.dumps({"code": code or "error", "description": message, "fieldErrors": []})
    error_code: int | str = int(code) if code.isdigit() else code or status
    return json.dumps(
        {
            "status": {
                "text": reason(status),
                "status_code": status,
                "description": message,
                "error_code": error_code,
            }
        }
    )


def _soap_fault(code: str, message: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
        ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{escape(code)}</faultcode>"
        f"<faultstring>{escape(f'{code}: {message}')}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )


def fault_body(rule: FaultRule, system: str, path: str, status: int) -> tuple[str, str]:
    """The body and the content type that a `status` or `rate_limit` fault answers with."""
    if rule.empty:
        return "", rule.content_type
    if rule.body:
        return rule.body, rule.content_type
    if rule.content_type.startswith("text/html"):
        return html_page(status), rule.content_type
    body = error_body(system, path, status, rule.code, rule.message or reason(status))
    return body, "text/xml" if body.startswith("<?xml") else rule.content_type


Headers = list[tuple[bytes, bytes]]


def rewritten(rule: FaultRule, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """What a `rewrite` fault makes of an answer; the result is not compressed."""
    if (b"content-encoding", b"gzip") in headers:
        body = gzip.decompress(body)
    if rule.body or rule.empty:
        body = b"" if rule.empty else rule.body.encode("utf-8", "surrogatepass")
    if rule.remove or rule.replace:
        body = _rewritten_json(rule, body)
    if rule.cut < 1.0:
        body = body[: int(len(body) * rule.cut)]
        if rule.whole_lines:
            body = body[: body.rfind(b"\n") + 1]
    changes: dict[bytes, bytes | None] = {b"content-encoding": None}
    if rule.body:
        changes[b"content-type"] = rule.content_type.encode("latin-1")
    changes |= {
        name.lower().encode("latin-1"): None if value is None else value.encode("latin-1")
        for name, value in rule.headers.items()
    }
    changes[b"content-length"] = str(len(body)).encode("ascii")
    kept = [(name, value) for name, value in headers if name.lower() not in changes]
    return kept + [(name, value) for name, value in changes.items() if value is not None], body


def _rewritten_json(rule: FaultRule, body: bytes) -> bytes:
    try:
        whole = [json.loads(body)]
    except ValueError:
        return body
    # The body is the only item of a list, so that the empty path is a path like any other.
    for path in rule.remove:
        _at(whole, _steps(path), _remove)
    for path, value in rule.replace.items():

        def put(parent: Any, key: Any, value: Any = value) -> None:  # noqa: ANN401 - JSON
            parent[key] = value

        _at(whole, _steps(path), put)
    return (
        json.dumps(whole[0], ensure_ascii=False).encode("utf-8", "surrogatepass") if whole else b""
    )


def _steps(path: str) -> list[str]:
    return ["0", *path.split(".")] if path else ["0"]


def _remove(parent: Any, key: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(parent, list) or key in parent:
        del parent[key]


def _at(parent: Any, steps: Sequence[str], act: Callable[[Any, Any], None]) -> None:  # noqa: ANN401 - JSON
    """Act on every place that a path names; the last step of an object need not exist."""
    places: Sequence[Any]
    if isinstance(parent, list):
        # From the end, so that removing one leaves the others where they were.
        places = range(len(parent) - 1, -1, -1) if steps[0] == "*" else [_index(parent, steps[0])]
    else:
        names = sorted(parent) if isinstance(parent, dict) else []
        places = names if steps[0] == "*" else [steps[0]]
    for place in places:
        if place is None or not isinstance(parent, (list, dict)):
            continue
        if len(steps) == 1:
            act(parent, place)
        elif isinstance(parent, list) or place in parent:
            _at(parent[place], steps[1:], act)


def _index(items: Sequence[Any], step: str) -> int | None:
    """The position that a step names, counted from the end if negative; None: there is none."""
    number = int(step) if step.lstrip("-").isdecimal() else len(items)
    return number if -len(items) <= number < len(items) else None
