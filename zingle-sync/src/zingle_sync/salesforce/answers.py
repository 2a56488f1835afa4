"""Read Salesforce's answers: a value, or what is wrong with the answer.

The shape of every answer is checked here, for reads and writes; nothing behind looks again.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

import msgspec
import requests

from zingle_sync.http import Answer, UnreadableError, body_of, decoded, retry_after
from zingle_sync.salesforce.exact_numbers import number
from zingle_sync.salesforce.values import QueryPage

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# A success that is not what it should be, such as a gateway's HTML page.
NOT_OURS = Answer(None, message="the answer is not Salesforce's JSON")


class _Page(msgspec.Struct):
    records: list[dict[str, Any]]
    done: bool
    totalSize: int  # noqa: N815 - Salesforce's name
    nextRecordsUrl: str | None = None  # noqa: N815 - same


class _Part(TypedDict):
    body: Any
    httpStatusCode: int
    referenceId: str


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


def read_page(response: requests.Response) -> QueryPage | Answer:
    """The body as a page of a query."""
    page = _read(response, _PAGE)
    return page if isinstance(page, Answer) else _page(page)


def whole(
    read: Callable[[requests.Response], QueryPage | Answer],
) -> Callable[[requests.Response], QueryPage | Answer]:
    """A reader of the first page of a query for rows: if it is the last too, it holds them all."""

    def read_whole(response: requests.Response) -> QueryPage | Answer:
        page = read(response)
        cut = isinstance(page, QueryPage) and page.done and len(page.records) != page.total_size
        return NOT_OURS if cut else page

    return read_whole


def _page(page: _Page) -> QueryPage | Answer:
    """A page that says whether it is the last one, and where the next one is if it is not.

    A page that says both, or neither, was changed on its way.
    """
    url = page.nextRecordsUrl
    if page.done == bool(url) or (url is not None and not is_path(url)):
        return NOT_OURS
    return QueryPage(page.records, page.totalSize, page.done, url)


def is_path(address: str) -> bool:
    """Whether an address from an answer is a path of the API; a session is sent nowhere else."""
    return re.fullmatch(r"/services/[!-~]+", address) is not None and ".." not in address


def read_composite(response: requests.Response) -> list[dict[str, Any]] | Answer:
    """The subresponses of a composite request, whatever became of them."""
    answer = _read(response, _COMPOSITE)
    return answer if isinstance(answer, Answer) else cast("Any", answer.compositeResponse)


def read_composite_of_reads(response: requests.Response) -> list[dict[str, Any]] | Answer:
    """The subresponses of reads: the first failed one decides about the whole call."""
    parts = read_composite(response)
    for part in [] if isinstance(parts, Answer) else parts:
        status = part["httpStatusCode"]
        if status >= requests.codes.multiple_choices:
            return Answer(status, *_refusal(msgspec.json.encode(part["body"])))
    return parts


def read_composite_page(response: requests.Response) -> QueryPage | Answer:
    """A page of a query that came as the one part of a composite answer."""
    parts = read_composite_of_reads(response)
    if isinstance(parts, Answer):
        return parts
    try:
        return _page(msgspec.convert(parts[0]["body"], _Page))
    except (msgspec.ValidationError, IndexError):
        return NOT_OURS


def without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """Drop Salesforce's `attributes` from a row, its parents and its children, in place."""
    record.pop("attributes", None)
    for value in record.values():
        if isinstance(value, dict):
            for child in value.get("records") or [value]:
                without_attributes(child)
    return record
