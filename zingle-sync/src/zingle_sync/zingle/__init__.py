"""The Zingle API: client, errors, settings and shapes."""

from zingle_sync.zingle.client import Zingle, record_id
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
from zingle_sync.zingle.pages import A_HANDFUL, PAGE_SIZE, Page, not_before
from zingle_sync.zingle.retry import MAX_TRIES
from zingle_sync.zingle.settings import CONNECTION_SETTINGS
from zingle_sync.zingle.slim import SlimContacts
from zingle_sync.zingle.types import (
    Channel,
    ChannelType,
    Contact,
    ContactField,
    CustomFieldValue,
    FieldOption,
    Label,
    Message,
    Service,
)

__all__ = [
    "A_HANDFUL",
    "CONNECTION_SETTINGS",
    "MAX_TRIES",
    "PAGE_SIZE",
    "AlreadyDoneError",
    "Channel",
    "ChannelType",
    "ClientBugError",
    "ConfigurationError",
    "ConflictError",
    "Contact",
    "ContactField",
    "CustomFieldValue",
    "FieldOption",
    "GoneError",
    "Label",
    "LockedError",
    "Message",
    "Page",
    "RecordError",
    "Service",
    "SlimContacts",
    "TransientError",
    "UnknownCodeError",
    "UnknownOutcomeError",
    "Zingle",
    "ZingleError",
    "not_before",
    "record_id",
]
