"""What can go wrong with Salesforce, named after what the caller should do.

::

    SalesforceError
    ├── ConfigurationError       change a setting, a permission or the query text
    │   ├── LoginError           the credentials or the connected app
    │   ├── NotFoundError        the object, field or record does not exist or is not visible
    │   └── QueryError           Salesforce refuses the SOQL text (with row and column)
    ├── TransientError           the bounded tries are over; run again later
    │   ├── BulkJobError         Salesforce gave a Bulk job up; start another one or use REST
    │   └── OutcomeUnknownError  a write may or may not have happened; look before writing again
    ├── QuotaError               stop with the state kept; resume when the quota has recovered
    ├── TooLargeError            ask for less at a time (a shorter window, fewer rows or fields)
    ├── LocatorLostError         the server-side result is gone; query again from the last row
    │   └── RowsMissingError     fewer rows came than were announced; query again from the first row
    ├── BulkRefusedError         Bulk API 2.0 does not serve this query; read it through REST
    └── RecordError              this record is refused; reject it and go on

Every error carries `status` (HTTP, or None) and `code` (Salesforce's, or None).
Messages carry no body, name, phone, e-mail or token.
Source of the codes: REST API guide "Status Codes and Error Responses", and the enumerations
of the partner WSDL (ExceptionCode, StatusCode).
"""

from __future__ import annotations

import re

from zingle_sync.salesforce.messages import clean_message


class SalesforceError(Exception):
    """Root of this library's errors; never raised itself.

    Args:
        message: One sentence, fit for a log.
        status: HTTP status, when there was an answer.
        code: Salesforce's error code, when there was one.
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ConfigurationError(SalesforceError):
    """A setting, a permission or a query must change first.

    Attributes:
        problems: Every single problem as a sentence, when more than one was found.
    """

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[str, ...] = (),
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.problems = problems or (message,)


class LoginError(ConfigurationError):
    """Salesforce refuses the credentials, the grant or the connected app."""


class NotFoundError(ConfigurationError):
    """The object, field, record or path does not exist, or the user may not see it."""


class QueryError(ConfigurationError):
    """Salesforce refuses a SOQL text; the message is its sentence without the quoted query.

    Attributes:
        row: Line of the error, from 1, None where Salesforce does not say.
        column: Column of the error, from 1, same.
    """

    row: int | None = None
    column: int | None = None


class TransientError(SalesforceError):
    """Salesforce or the network failed for now, and the bounded tries are over."""


class BulkJobError(TransientError):
    """Salesforce ended a Bulk job as Failed or Aborted; `code` says which."""


class OutcomeUnknownError(TransientError):
    """The answer to a write was lost: it may have happened."""


class QuotaError(SalesforceError):
    """The org's daily limit, or the share of it that the settings allow, is used up."""


class TooLargeError(SalesforceError):
    """The request asks for too much at once."""


class LocatorLostError(SalesforceError):
    """A nextRecordsUrl or a result locator is no longer known to Salesforce."""


class RowsMissingError(LocatorLostError):
    """Fewer rows came than were announced, and nobody knows which ones are missing."""

    def __init__(self, announced: int, came: int) -> None:
        super().__init__(f"Salesforce announced {announced} rows and sent {came}.")


class BulkRefusedError(SalesforceError):
    """Bulk API 2.0 does not serve this object or this query."""


class RecordError(SalesforceError):
    """Salesforce refuses this one record."""


RELOGIN_CODES = frozenset({"INVALID_SESSION_ID"})

TRANSIENT_CODES = frozenset(
    {
        "ALREADY_IN_PROCESS",
        "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE",
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "INTERNAL_ERROR",
        "INTERNAL_SERVER_ERROR",
        "ORG_IN_MAINTENANCE",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "TOO_MANY_APEX_REQUESTS",
        "TXN_SECURITY_METERING_ERROR",
        "UNABLE_TO_LOCK_RECORD",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
    }
)
TOO_MANY_REQUESTS = 429
TRANSIENT_STATUSES = frozenset({406, 408, 420, TOO_MANY_REQUESTS, 500, 502, 503, 504})
TOO_LARGE_CODES = frozenset(
    {
        "EXCEEDED_ID_LIMIT",
        "EXCEEDED_MAX_SIZE_REQUEST",
        "OPERATION_TOO_LARGE",
        "QUERY_TIMEOUT",
        "QUERY_TOO_COMPLICATED",
    }
)
QUERY_CODES = frozenset(
    {
        "INVALID_FIELD",
        "INVALID_QUERY_FILTER_OPERATOR",
        "INVALID_TYPE",
        "MALFORMED_QUERY",
        "MALFORMED_SEARCH",
        "UNKNOWN_ATTRIBUTE",
    }
)
LOCATOR_CODES = frozenset({"INVALID_LOCATOR", "INVALID_QUERY_LOCATOR"})
QUOTA_CODES = frozenset({"LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED"})
CONFIGURATION_CODES = frozenset(
    {
        "API_CURRENTLY_DISABLED",
        "API_DISABLED_FOR_ORG",
        "CLIENT_NOT_ACCESSIBLE_FOR_USER",
        "FORBIDDEN",
        "FUNCTIONALITY_NOT_ENABLED",
        "INSUFFICIENT_ACCESS",
        "INVALID_AUTH_HEADER",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_HEADER_TYPE",
        "INVALID_OPERATION",
        "JSON_PARSER_ERROR",
        "METHOD_NOT_ALLOWED",
        "UNSUPPORTED_API_VERSION",
        "UNSUPPORTED_MEDIA_TYPE",
    }
)

_BAD_REQUEST, _GONE = 400, 410
_KINDS: tuple[tuple[frozenset[str], type[SalesforceError]], ...] = (
    (LOCATOR_CODES, LocatorLostError),
    (QUOTA_CODES, QuotaError),
    (TOO_LARGE_CODES, TooLargeError),
    (RELOGIN_CODES, LoginError),
    (TRANSIENT_CODES, TransientError),
    (frozenset({"ENTITY_IS_DELETED"}), RecordError),
    (CONFIGURATION_CODES, ConfigurationError),
)
_KIND_BY_STATUS: dict[int, type[SalesforceError]] = {
    401: LoginError,
    404: NotFoundError,
    410: NotFoundError,
    414: TooLargeError,
    431: TooLargeError,
}
_POSITION = re.compile(r"ERROR at Row:(\d+):Column:(\d+)\s*", re.IGNORECASE)


def query_error(status: int, code: str, message: str) -> QueryError:
    r"""Take a SOQL error apart: the sentence without the quoted query, its row and column.

    >>> text = "select Id from XYZ\n^\nERROR at Row:1:Column:16\nsObject type 'XYZ' is not known."
    >>> error = query_error(400, "INVALID_TYPE", text)
    >>> str(error), error.row, error.column
    ("INVALID_TYPE: sObject type 'XYZ' is not known.", 1, 16)
    """
    match = _POSITION.search(message)
    detail = message[match.end() :] if match else message
    error = QueryError(f"{code}: {clean_message(detail, code)}", status=status, code=code)
    if match:
        error.row, error.column = int(match.group(1)), int(match.group(2))
    return error


def error_for(status: int, code: str | None, message: str, *, what: str) -> SalesforceError:
    """The error that tells the caller what to do about one answer.

    Args:
        status: HTTP status, 300 or more.
        code: Salesforce's error code, None when the answer was not Salesforce's JSON.
        message: Salesforce's message; "" when there was none.
        what: The request in words without personal data, such as `GET query`.
    """
    if code in QUERY_CODES:
        return query_error(status, code or "", message)
    text = f"Salesforce answered {what} with HTTP {status}"
    if code:
        text += f" {code}"
    if message:
        text += f": {clean_message(message, code or '')}"
    if status == _GONE or code == "UNSUPPORTED_API_VERSION":
        text += "; set api_version to a version that Salesforce still serves"
    kind = (_kind_by_code(status, code, message) if code else None) or _kind_by_status(status, code)
    return kind(text, status=status, code=code)


def _kind_by_code(status: int, code: str, message: str) -> type[SalesforceError] | None:
    if code == "REQUEST_LIMIT_EXCEEDED":
        passes = status == TOO_MANY_REQUESTS or is_concurrency(message)
        return TransientError if passes else QuotaError
    return next((kind for codes, kind in _KINDS if code in codes), None)


def _kind_by_status(status: int, code: str | None) -> type[SalesforceError]:
    kind = _KIND_BY_STATUS.get(status)
    if kind is not None:
        return kind
    if status in TRANSIENT_STATUSES:
        return TransientError
    # A 400 with a code that is in no list is about the record that was sent.
    return RecordError if status == _BAD_REQUEST and code else ConfigurationError


def is_concurrency(message: str) -> bool:
    """Whether a REQUEST_LIMIT_EXCEEDED is about calls at the same time, not about the day."""
    return "concurrent" in message.lower()
