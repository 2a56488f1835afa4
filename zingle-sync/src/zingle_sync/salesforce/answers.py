"""Read Salesforce's answers: a value, or what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import requests

from zingle_sync.salesforce.exact_numbers import number
from zingle_sync.salesforce.retry import Answer
from zingle_sync.salesforce.transport import body_of, failure_of
from zingle_sync.salesforce.values import QueryPage

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class NotJsonError(Exception):
    """A successful answer that is not what it should be, such as a gateway's HTML page."""


class SubrequestFailedError(Exception):
    """A subrequest of a composite request failed although the call itself did not.

    Args:
        answer: The subrequest's own answer.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


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


_PAGE: Final = msgspec.json.Decoder(_Page, float_hook=number)
_COMPOSITE: Final = msgspec.json.Decoder(_Composite, float_hook=number)
_ANY: Final = msgspec.json.Decoder()


def read_answer(
    got: requests.Response | Answer, read: Callable[[requests.Response], T]
) -> T | Answer:
    """Turn what came back into a value, or into what the retry decision needs.

    Args:
        got: A response, or an answer that did not come back whole.
        read: Takes the value out of a successful response.

    Returns:
        The value or the failure.
    """
    if isinstance(got, Answer):
        return got
    if got.status_code < requests.codes.multiple_choices:
        try:
            return read(got)
        except NotJsonError:
            return Answer(None, message="the answer is not Salesforce's JSON")
        except SubrequestFailedError as failed:
            return failed.answer
        except requests.exceptions.RequestException as error:
            return failure_of(error)
    try:
        body = body_of(got)
    except requests.exceptions.RequestException:
        body = b""  # the status says enough
    code, message = _refused_in(body)
    seconds = got.headers.get("Retry-After", "")
    return Answer(
        got.status_code,
        code,
        message,
        retry_after=float(seconds) if seconds.isdigit() else None,
    )


def _refused_in(body: bytes) -> tuple[str | None, str]:
    """Code and message of Salesforce's first error; most answers hold an array of one."""
    try:
        refused = msgspec.json.decode(body)
        first = refused[0] if isinstance(refused, list) else refused
        error = msgspec.convert(first, _Refused)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, IndexError):
        return None, ""
    return error.errorCode or None, error.message


def read_json(response: requests.Response) -> Any:  # noqa: ANN401 - JSON is any
    """The body as JSON."""
    return _json(body_of(response))


def _json(body: bytes) -> Any:  # noqa: ANN401 - JSON is any
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJsonError from error


def object_reader(*names: str) -> Callable[[requests.Response], dict[str, Any]]:
    """A function that reads the body as a JSON object with at least these members."""

    def read(response: requests.Response) -> dict[str, Any]:
        value = read_json(response)
        if not isinstance(value, dict) or not value.keys() >= set(names):
            raise NotJsonError
        return value

    return read


def read_json_or_none(response: requests.Response) -> Any:  # noqa: ANN401 - JSON is any
    """The body as JSON, None for an empty one."""
    body = body_of(response)
    return _json(body) if body else None


def read_page(response: requests.Response) -> QueryPage:
    """The body as a page of a query."""
    try:
        return _page(_PAGE.decode(body_of(response)))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJsonError from error


def page_from(body: object) -> QueryPage:
    """A page of a query that came as part of another answer."""
    return _page(msgspec.convert(body, _Page))


def _page(page: _Page) -> QueryPage:
    return QueryPage(page.records, page.totalSize, page.done, page.nextRecordsUrl)


def read_composite(response: requests.Response) -> list[dict[str, Any]]:
    """The subresponses of a composite request, whatever became of them."""
    try:
        return _COMPOSITE.decode(body_of(response)).compositeResponse
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJsonError from error


def read_composite_of_reads(response: requests.Response) -> list[dict[str, Any]]:
    """The subresponses of reads: the first failed one decides about the whole call."""
    parts = read_composite(response)
    for part in parts:
        status = part["httpStatusCode"]
        if status >= requests.codes.multiple_choices:
            code, message = _refused_in(msgspec.json.encode(part["body"]))
            raise SubrequestFailedError(Answer(status, code, message))
    return parts


def without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """Drop Salesforce's ``attributes`` from a row, its parents and its children, in place."""
    record.pop("attributes", None)
    for value in record.values():
        if isinstance(value, dict):
            for child in value.get("records") or [value]:
                without_attributes(child)
    return record
