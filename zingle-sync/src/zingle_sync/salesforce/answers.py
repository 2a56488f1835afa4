"""Read Salesforce's answers: a value, or what is wrong with the answer.

The shape of every answer is checked here, for reads and writes; nothing behind looks again.
"""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

from zingle_sync.http import Answer, UnreadableError, body_of, decoded, retry_after
from zingle_sync.salesforce.exact_numbers import number
from zingle_sync.salesforce.messages import clean_message
from zingle_sync.salesforce.values import QueryPage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

# A success that is not what it should be, such as a gateway's HTML page.
NOT_OURS = Answer(None, message="the answer is not Salesforce's JSON")
_LONGEST_REFUSAL = 20_000


def is_fault(body: bytes) -> bool:
    """Whether a body is the whole answer of a SOAP call that failed; it comes with HTTP 500."""
    return re.search(rb"<(?:[\w-]+:)?Fault\b", body) is not None


# Where a refusal keeps its code and its sentence: OAuth, the REST API, gateways; then SOAP.
_CODES = ("error", "errorCode", "code", "exceptionCode", "faultcode", "Value")
_REASONS = (
    "error_description",
    "message",
    "description",
    "exceptionMessage",
    "faultstring",
    "Text",
)


def reason_in(body: bytes) -> tuple[str, str]:
    """Code and sentence of a refusal, in whatever shape the other side wrote them."""
    try:
        said: Any = decoded(body, _ANY)
    except UnreadableError:
        text = body[:_LONGEST_REFUSAL].decode("utf-8", "replace")
        said = {
            name: html.unescape(found[1])
            for name in (*_CODES, *_REASONS)
            if (found := re.search(rf"<(?:[\w-]+:)?{name}\b[^>]*>([^<]*)<", text))
        }
    said = said[0] if isinstance(said, list) and said else said
    said = said if isinstance(said, dict) else {}
    nested = said.get("error")
    said = {**said, **nested, "error": None} if isinstance(nested, dict) else said
    code = _first_of(said, _CODES).rpartition(":")[2].strip()
    reason = clean_message(_first_of(said, _REASONS))
    return code, reason.removeprefix(f"{code}: ") or "no reason given"


def _first_of(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next(
        (said[name] for name in names if isinstance(said.get(name), str) and said[name]), ""
    )


class _Page(msgspec.Struct):
    records: list[dict[str, Any]]
    done: bool
    totalSize: int  # noqa: N815 - Salesforce's name
    nextRecordsUrl: str | None = None  # noqa: N815 - same


class _Part(msgspec.Struct):
    body: Any
    httpStatusCode: int  # noqa: N815 - Salesforce's name


class _Refused(msgspec.Struct):
    errorCode: str = ""  # noqa: N815 - Salesforce's name
    message: str = ""


class RowRefusal(msgspec.Struct):
    """One reason why a row was not written."""

    statusCode: str = ""  # noqa: N815 - Salesforce's name
    message: str = ""
    fields: list[str] | None = None


class Result(msgspec.Struct):
    """What Salesforce says of one row that was to be written."""

    success: bool
    id: str | None = None
    created: bool | None = None
    errors: list[RowRefusal] = []


class _Composite(msgspec.Struct):
    compositeResponse: list[_Part]  # noqa: N815 - Salesforce's name


_PAGE = msgspec.json.Decoder(_Page, float_hook=number)
_COMPOSITE = msgspec.json.Decoder(_Composite, float_hook=number)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_RESULTS = msgspec.json.Decoder(list[Result])
_ANY = msgspec.json.Decoder()


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
        refused = decoded(body, _ANY)
        first = refused[0] if isinstance(refused, list) else refused
        error = msgspec.convert(first, _Refused)
    except (UnreadableError, msgspec.ValidationError, IndexError):
        return None, ""
    return error.errorCode or None, error.message


def _read(response: requests.Response, decoder: msgspec.json.Decoder[T]) -> T | Answer:
    try:
        return decoded(body_of(response), decoder)
    except UnreadableError:
        return NOT_OURS


def read_results(response: requests.Response) -> list[Result] | Answer:
    """The body as the results of rows that were written."""
    return _read(response, _RESULTS)


def object_reader(**members: type) -> Callable[[requests.Response], dict[str, Any] | Answer]:
    """A function that reads the body as a JSON object with at least these members."""

    def read(response: requests.Response) -> dict[str, Any] | Answer:
        value = _read(response, _OBJECT)
        whole = isinstance(value, Answer) or all(
            isinstance(value.get(name), kind) for name, kind in members.items()
        )
        return value if whole else NOT_OURS

    return read


def page_reader(*, whole: bool) -> Callable[[requests.Response], QueryPage | Answer]:
    """A function that reads the body as a page of a query.

    Args:
        whole: Whether it is the first page of rows: if it is the last too, it holds them all.
    """

    def read(response: requests.Response) -> QueryPage | Answer:
        page = _read(response, _PAGE)
        return page if isinstance(page, Answer) else _page(page, whole=whole)

    return read


def _page(page: _Page, *, whole: bool) -> QueryPage | Answer:
    """A page that says whether it is the last one, and where the next one is if it is not.

    A page that says both, or neither, was changed on its way.
    """
    url = page.nextRecordsUrl
    if page.done == bool(url) or (url is not None and not is_path(url)):
        return NOT_OURS
    # Of big objects Salesforce says -1: how many rows there are nobody has counted.
    if whole and page.done and len(page.records) != page.totalSize >= 0:
        return NOT_OURS
    return QueryPage(page.records, page.totalSize, page.done, url)


def is_path(address: str) -> bool:
    """Whether an address from an answer is a path of the API; a session is sent nowhere else."""
    return re.fullmatch(r"/services/[!-~]+", address) is not None and ".." not in address


def composite_reader(
    parts: int, *, whole: bool
) -> Callable[[requests.Response], list[QueryPage] | Answer]:
    """A function that reads a composite answer of queries; the first that failed is the answer.

    Args:
        parts: How many queries were asked.
        whole: As `page_reader`.
    """

    def read(response: requests.Response) -> list[QueryPage] | Answer:
        answer = _read(response, _COMPOSITE)
        if isinstance(answer, Answer) or len(answer.compositeResponse) != parts:
            return NOT_OURS
        pages = []
        for part in answer.compositeResponse:
            if part.httpStatusCode >= requests.codes.multiple_choices:
                return Answer(part.httpStatusCode, *_refusal(msgspec.json.encode(part.body)))
            try:
                page = _page(msgspec.convert(part.body, _Page), whole=whole)
            except msgspec.ValidationError:
                return NOT_OURS
            if isinstance(page, Answer):
                return page
            pages.append(page)
        return pages

    return read


def without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """Drop Salesforce's `attributes` from a row, its parents and its children, in place."""
    record.pop("attributes", None)
    for value in record.values():
        if isinstance(value, dict):
            for child in value.get("records") or [value]:
                without_attributes(child)
    return record
