from __future__ import annotations

import pytest

from zingle_sync.salesforce import errors
from zingle_sync.salesforce.errors import (
    ConfigurationError,
    LocatorLostError,
    LoginError,
    NotFoundError,
    QueryError,
    QuotaError,
    RecordError,
    SalesforceError,
    TooLargeError,
    TransientError,
    error_for,
)

CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, "INVALID_FIELD", "No such column 'X'", QueryError),
        (400, "INVALID_TYPE", "sObject type 'X' is not supported.", QueryError),
        (400, "MALFORMED_QUERY", "unexpected token: FRM", QueryError),
        (400, "INVALID_QUERY_LOCATOR", "", LocatorLostError),
        (404, "INVALID_QUERY_LOCATOR", "", LocatorLostError),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", QuotaError),
        (403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT, TransientError),
        (400, "LIMIT_EXCEEDED", "", QuotaError),
        (403, "STORAGE_LIMIT_EXCEEDED", "", QuotaError),
        (400, "QUERY_TIMEOUT", "", TooLargeError),
        (400, "OPERATION_TOO_LARGE", "exceeded 100000 distinct who/what's", TooLargeError),
        (414, None, "", TooLargeError),
        (431, None, "", TooLargeError),
        (401, "INVALID_SESSION_ID", "Session expired or invalid", LoginError),
        (401, "INVALID_AUTH_HEADER", "", ConfigurationError),
        (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled.", ConfigurationError),
        (403, "INSUFFICIENT_ACCESS", "", ConfigurationError),
        (404, "NOT_FOUND", "", NotFoundError),
        (404, "ENTITY_IS_DELETED", "entity is deleted", RecordError),
        (410, None, "", NotFoundError),
        (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", RecordError),
        (503, None, "", TransientError),
        (500, "UNKNOWN_EXCEPTION", "", TransientError),
        (429, None, "", TransientError),
        (415, "UNSUPPORTED_MEDIA_TYPE", "", ConfigurationError),
    ],
)
def test_errors_by_action(
    status: int, code: str | None, message: str, kind: type[SalesforceError]
) -> None:
    """Each answer becomes the error that says what the caller should do, with status and code."""
    error = error_for(status, code, message, what="GET query")

    assert (kind, status, code) == (type(error), error.status, error.code)


def test_messages_name_status_and_code() -> None:
    """A message names the request, the HTTP status and Salesforce's code and sentence."""
    error = error_for(403, "INSUFFICIENT_ACCESS", "No access.", what="GET limits")

    assert "Salesforce answered GET limits with HTTP 403 INSUFFICIENT_ACCESS: No access." == str(
        error
    )


def test_query_error_takes_the_position() -> None:
    """Row and column are attributes; the quoted query is left out of the message."""
    text = (
        "\nSELECT Id FROM Contact WHERE Phone = '+14155550100'\n ^\nERROR at Row:1:Column:30\nno."
    )

    error = error_for(400, "MALFORMED_QUERY", text, what="GET query")

    assert isinstance(error, QueryError)
    assert ("MALFORMED_QUERY: no.", 1, 30) == (str(error), error.row, error.column)


def test_tree_is_drawn_whole() -> None:
    """The tree in the module's documentation names every error class, and only those."""
    drawn = {
        word
        for word in (errors.__doc__ or "").split()
        if word.endswith("Error") and word != "Error"
    }
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, SalesforceError)
    }

    assert defined == drawn
