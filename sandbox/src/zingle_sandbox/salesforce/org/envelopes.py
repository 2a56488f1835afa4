"""SOAP envelopes: how a request is read, and how answers and faults look."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

FAULTS = "urn:fault.partner.soap.sforce.com"


class SoapError(Exception):
    """A fault: HTTP 500 with a code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def read_envelope(body: bytes) -> ET.Element:
    """The root of a request.

    Raises:
        SoapError: it is no XML.
    """
    try:
        return ET.fromstring(body)  # noqa: S314 - only local callers send XML
    except ET.ParseError as error:
        raise SoapError("UNKNOWN_EXCEPTION", "The request is no XML") from error


def local(element: ET.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def texts(elements: Iterable[ET.Element]) -> dict[str, str]:
    """Names and texts of elements; of several with one name the last."""
    return {local(element): (element.text or "").strip() for element in elements}


def soap_answer(content: str) -> Response:
    """A successful answer."""
    return Response(_envelope(content), 200, media_type="text/xml;charset=UTF-8")


def soap_fault(fault: SoapError, kind: str = "UnexpectedErrorFault") -> Response:
    """A refusal; `kind` is the detail's type."""
    content = (
        f"<soapenv:Fault><faultcode>sf:{fault.code}</faultcode>"
        f"<faultstring>{escape(f'{fault.code}: {fault.message}')}</faultstring>"
        f'<detail><sf:{kind} xsi:type="sf:{kind}">'
        f"<sf:exceptionCode>{fault.code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(fault.message)}</sf:exceptionMessage>"
        f"</sf:{kind}></detail></soapenv:Fault>"
    )
    return Response(_envelope(content), 500, media_type="text/xml;charset=UTF-8")


def _envelope(content: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:sf="{FAULTS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
    )
