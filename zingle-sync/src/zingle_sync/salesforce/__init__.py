"""Salesforce for the tap and the target: login flows, queries, describes, writes and errors.

Start with `Salesforce.from_settings`; the settings are described by `CONNECTION_SETTINGS`.
"""

from zingle_sync.salesforce.bulk import BulkJob, ResultPage
from zingle_sync.salesforce.client import Salesforce
from zingle_sync.salesforce.errors import (
    BulkJobError,
    BulkRefusedError,
    ConfigurationError,
    LocatorLostError,
    LoginError,
    NotFoundError,
    OutcomeUnknownError,
    QueryError,
    QuotaError,
    RecordError,
    RowsMissingError,
    SalesforceError,
    TooLargeError,
    TransientError,
)
from zingle_sync.salesforce.grant import GrantRequest
from zingle_sync.salesforce.settings import CONNECTION_SETTINGS, LOGIN_GROUPS
from zingle_sync.salesforce.values import QueryPage, RowError, RowResult, Usage

__all__ = [
    "CONNECTION_SETTINGS",
    "LOGIN_GROUPS",
    "BulkJob",
    "BulkJobError",
    "BulkRefusedError",
    "ConfigurationError",
    "GrantRequest",
    "LocatorLostError",
    "LoginError",
    "NotFoundError",
    "OutcomeUnknownError",
    "QueryError",
    "QueryPage",
    "QuotaError",
    "RecordError",
    "ResultPage",
    "RowError",
    "RowResult",
    "RowsMissingError",
    "Salesforce",
    "SalesforceError",
    "TooLargeError",
    "TransientError",
    "Usage",
]
