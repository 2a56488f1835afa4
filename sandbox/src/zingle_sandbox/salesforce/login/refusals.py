"""Refused log-ins whose body has another shape than the documentation gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from starlette.responses import Response

from zingle_sandbox.responses import json_response

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN"><html><head>'
    "<title>Error Page</title></head><body><table><tr><td>{}</td></tr></table></body></html>"
)
_SOAP_12 = (
    '<?xml version="1.0" encoding="UTF-8"?><env:Envelope'
    ' xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault><env:Code>'
    "<env:Value>env:Sender</env:Value></env:Code><env:Reason>"
    '<env:Text xml:lang="en">{}</env:Text></env:Reason></env:Fault></env:Body></env:Envelope>'
)
_BARE_FAULT = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault>'
    "<faultcode>S:Client</faultcode><faultstring>{}</faultstring></S:Fault></S:Body></S:Envelope>"
)


def _xml(template: str) -> Callable[[str, str, int], Response]:
    def answer(code: str, message: str, status: int) -> Response:
        del code, status
        return Response(template.format(escape(message)), 500, media_type="text/xml;charset=UTF-8")

    return answer


SHAPES: dict[str, Callable[[str, str, int], Response]] = {
    # A page of the login host, or of what stands in front of it.
    "html": lambda _, message, status: Response(
        _PAGE.format(escape(message)), status, media_type="text/html;charset=UTF-8"
    ),
    # The array of the REST resources.
    "list": lambda code, message, status: json_response(
        [{"errorCode": code.upper(), "message": message}], status
    ),
    # One object of the same kind, as some hosts answer.
    "object": lambda code, message, status: json_response(
        {"errorCode": code.upper(), "message": message}, status
    ),
    "text": lambda _, message, status: Response(message, status, media_type="text/plain"),
    "empty": lambda _, __, status: Response(status_code=status),
    "null": lambda _, __, status: json_response(None, status),
    # SOAP faults without code or detail, of either version.
    "bare_fault": _xml(_BARE_FAULT),
    "soap12_fault": _xml(_SOAP_12),
}


def reshaped(shape: str, code: str, message: str, status: int) -> Response | None:
    """The refusal in a shape of `SHAPES`; None for any other name."""
    make = SHAPES.get(shape)
    return None if make is None else make(code, message, status)
