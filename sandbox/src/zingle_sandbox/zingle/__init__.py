"""The simulated Zingle: both API versions on one store.

Tests and seeds use `insert_contacts`, `insert_messages`, `insert_events` and `insert_services`;
`AGENT_IDS` are the users whose ids a message may carry; `PROFILES` and `OPTIONS` are what can be
switched.
"""

from __future__ import annotations

from .auth import expire_token
from .base import AGENT_IDS, BASE_SERVICE, insert_base
from .connector import CONNECTOR_SECRETS, SALESFORCE_CONNECTOR
from .endpoint import not_found
from .options import OPTIONS
from .profiles import PROFILES, every_reading
from .routes import routes
from .schema import create_tables
from .seed_rows import (
    ChannelTypeSeed,
    EventRow,
    FieldSeed,
    IntegrationSeed,
    LabelSeed,
    ServiceSeed,
    SettingSeed,
    TeamSeed,
    TemplateSeed,
    UserSeed,
)
from .seeding import (
    bulk_load,
    insert_contacts,
    insert_events,
    insert_messages,
    insert_services,
    set_integration,
)

__all__ = [
    "AGENT_IDS",
    "BASE_SERVICE",
    "CONNECTOR_SECRETS",
    "OPTIONS",
    "PROFILES",
    "SALESFORCE_CONNECTOR",
    "ChannelTypeSeed",
    "EventRow",
    "FieldSeed",
    "IntegrationSeed",
    "LabelSeed",
    "ServiceSeed",
    "SettingSeed",
    "TeamSeed",
    "TemplateSeed",
    "UserSeed",
    "bulk_load",
    "create_tables",
    "every_reading",
    "expire_token",
    "insert_base",
    "insert_contacts",
    "insert_events",
    "insert_messages",
    "insert_services",
    "not_found",
    "routes",
    "set_integration",
]
