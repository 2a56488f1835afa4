"""The Zingle API: client, errors and settings."""

from zingle_sync.http import MAX_TRIES
from zingle_sync.zingle.client import Zingle
from zingle_sync.zingle.errors import (
    AlreadyDoneError,
    ClientBugError,
    ConfigurationError,
    ConflictError,
    GoneError,
    LockedError,
    RecordError,
    TransientError,
    UnknownCodeError,
    UnknownOutcomeError,
    ZingleError,
)
from zingle_sync.zingle.integrations import (
    Integration,
    MappedColumn,
    integration_of,
    integrations_of,
)
from zingle_sync.zingle.organisations import (
    SeenService,
    named,
    service_name,
    to_paste,
    visible_services,
)
from zingle_sync.zingle.pages import PAGE_SIZE, Page, not_before
from zingle_sync.zingle.paths import record_id
from zingle_sync.zingle.settings import CONNECTION_SETTINGS, LOGIN_GROUPS
from zingle_sync.zingle.slim import SlimContacts
from zingle_sync.zingle.tokens import claims_of

__all__ = [
    "CONNECTION_SETTINGS",
    "LOGIN_GROUPS",
    "MAX_TRIES",
    "PAGE_SIZE",
    "AlreadyDoneError",
    "ClientBugError",
    "ConfigurationError",
    "ConflictError",
    "GoneError",
    "Integration",
    "LockedError",
    "MappedColumn",
    "Page",
    "RecordError",
    "SeenService",
    "SlimContacts",
    "TransientError",
    "UnknownCodeError",
    "UnknownOutcomeError",
    "Zingle",
    "ZingleError",
    "claims_of",
    "integration_of",
    "integrations_of",
    "named",
    "not_before",
    "record_id",
    "service_name",
    "to_paste",
    "visible_services",
]
