"""The bodies that failing services send, in each side's own shape. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
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
    if rule.body:
        return rule.body, rule.content_type
    if rule.content_type.startswith("text/html"):
        return html_page(status), rule.content_type
    body = error_body(system, path, status, rule.code, rule.message or reason(status))
    return body, "text/xml" if body.startswith("<?xml") else rule.content_type
