"""Read Salesforce's answers: a value, or what is wrong with the answer.

The shape of every answer is checked here, for reads and writes; nothing behind looks again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

from zingle_sync.http import Answer, body_of, retry_after
from zingle_sync.salesforce.exact_numbers import number
from zingle_sync.salesforce.values import QueryPage

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# A success that is not what it should be, such as a gateway's HTML page.
NOT_OURS = Answer(None, message="the answer is not Salesforce's JSON")


class _Page(msgspec.Struct):
    records: list[dict[str, Any]]
    done: bool = True
    totalSize: int = -1  # noqa: N815 - Salesforce's name
    nextRecordsUrl: str | None = None  # noqa: N815 - same


class _Refused(msgspec.Struct):
    errorCode: str = ""  # noqa: N815 - Salesforce's name
    message: str = ""


class _Composite(msgspec.Struct):
    compositeResponse: list[dict[str, Any]]  # noqa: N815 - Salesforce's name


_PAGE = msgspec.json.Decoder(_Page, float_hook=number)
_COMPOSITE = msgspec.json.Decoder(_Composite, float_hook=number)
_OBJECT = msgspec.json.Decoder(dict[str, Any])


def refused_in(response: requests.Response) -> Answer:
    """What an answer of 300 or more says."""
    try:
        body = body_of(response)
    except requests.exceptions.RequestException:
        body = b""  # the status says enough
    code, message = _refusal(body)
    asked = retry_after(response.headers.get("Retry-After"), time.time())
    return Answer(response.status_code, code, message, retry_after=asked)


def _refusal(body: bytes) -> tuple[str | None, str]:
    """Code and message of Salesforce's first error; most answers hold an array of one."""
    try:
        refused = msgspec.json.decode(body)
        first = refused[0] if isinstance(refused, list) else refused
        error = msgspec.convert(first, _Refused)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, IndexError):
        return None, ""
    return error.errorCode or None, error.message


def _decoded(response: requests.Response, decoder: msgspec.json.Decoder[T]) -> T | Answer:
    try:
        return decoder.decode(body_of(response))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return NOT_OURS


def reader_of(kind: type[T]) -> Callable[[requests.Response], T | Answer]:
    """A function that reads the body as a type that msgspec knows."""
    decoder = msgspec.json.Decoder(kind)
    return lambda response: _decoded(response, decoder)


def object_reader(*names: str) -> Callable[[requests.Response], dict[str, Any] | Answer]:
    """A function that reads the body as a JSON object with at least these members."""

    def read(response: requests.Response) -> dict[str, Any] | Answer:
        value = _decoded(response, _OBJECT)
        whole = isinstance(value, Answer) or value.keys() >= set(names)
        return value if whole else NOT_OURS

    return read


def read_page(response: requests.Response) -> QueryPage | Answer:
    """The body as a page of a query."""
    page = _decoded(response, _PAGE)
    return page if isinstance(page, Answer) else _page(page)


def page_from(body: object) -> QueryPage:
    """A page of a query that came as part of another answer."""
    return _page(msgspec.convert(body, _Page))


def _page(page: _Page) -> QueryPage:
    return QueryPage(page.records, page.totalSize, page.done, page.nextRecordsUrl)


def read_composite(response: requests.Response) -> list[dict[str, Any]] | Answer:
    """The subresponses of a composite request, whatever became of them."""
    answer = _decoded(response, _COMPOSITE)
    return answer if isinstance(answer, Answer) else answer.compositeResponse


def read_composite_of_reads(response: requests.Response) -> list[dict[str, Any]] | Answer:
    """The subresponses of reads: the first failed one decides about the whole call."""
    parts = read_composite(response)
    for part in [] if isinstance(parts, Answer) else parts:
        status = part["httpStatusCode"]
        if status >= requests.codes.multiple_choices:
            return Answer(status, *_refusal(msgspec.json.encode(part["body"])))
    return parts


def without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """Drop Salesforce's `attributes` from a row, its parents and its children, in place."""
    record.pop("attributes", None)
    for value in record.values():
        if isinstance(value, dict):
            for child in value.get("records") or [value]:
                without_attributes(child)
    return record
