"""The empty world: one service with its fields, labels and agents, and no contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox import credentials

from .connector import SALESFORCE_CONNECTOR, WEBHOOKS
from .constants import API_USER_ID
from .ids import Kind, make_id
from .seed_rows import (
    ChannelTypeSeed,
    FieldSeed,
    LabelSeed,
    ServiceSeed,
    TeamSeed,
    TemplateSeed,
    UserSeed,
)
from .seeding import insert_services
from .service_rows import insert_user

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Sandbox


_AGENTS = (
    UserSeed("ana.lopez@sandbox.zingle-hotels.net", "Ana", "Lopez", "Front Desk"),
    UserSeed("ben.carter@sandbox.zingle-hotels.net", "Ben", "Carter", "Concierge"),
    UserSeed("chloe.nguyen@sandbox.zingle-hotels.net", "Chloe", "Nguyen", None),
)
# UUIDs of the agents of the base world, for `triggered_by_user_id`.
AGENT_IDS: tuple[str, ...] = tuple(make_id(Kind.USER, n + 2) for n in range(len(_AGENTS)))

BASE_SERVICE = ServiceSeed(
    id=credentials.ZINGLE_SERVICE_ID,
    display_name="Harbor Lights Hotel",
    time_zone="America/Los_Angeles",
    country="US",
    city="San Diego",
    state="CA",
    postal_code="92101",
    phone_number="+16195550100",
    has_optin=True,
    fields=(
        FieldSeed("Account"),
        FieldSeed("Company"),
        FieldSeed("Room"),
        FieldSeed("Loyalty Tier", options=("Bronze", "Silver", "Gold", "Platinum")),
        FieldSeed("Preferred Language", "single_select_options", ("English", "Español", "中文")),
        FieldSeed("Newsletter", "boolean"),
        FieldSeed("Nights Stayed", "number"),
        FieldSeed("Checkin Date", "date"),
        FieldSeed("Checkout Date", "date"),
        FieldSeed("Birthday", "anniversary"),
        FieldSeed("Last Stay", "datetime"),
        FieldSeed("Arrival Time", "time"),
        FieldSeed("Old Loyalty Number", code=""),
    ),
    labels=(
        LabelSeed("VIP", "#C62828"),
        LabelSeed("Complaint", "#EF6C00"),
        LabelSeed("Group Booking", "#2E7D32"),
    ),
    groups=(LabelSeed("In House", "#455A64"),),
    channel_types=(ChannelTypeSeed("Loyalty App"),),
    automations=("Welcome text", "Away message"),
    templates=(
        TemplateSeed("VIP welcome", "Welcome back, {TITLE} {LAST_NAME}.", "welcome"),
        TemplateSeed("Late check-out", "Your room is yours until two o'clock."),
    ),
    users=_AGENTS,
    integrations=(WEBHOOKS, SALESFORCE_CONNECTOR),
    teams=(TeamSeed("Front Desk", "🛎️", tuple(user.username for user in _AGENTS[:2])),),
)


def insert_base(sandbox: Sandbox) -> None:
    """Insert the API user and the base service."""
    insert_user(
        sandbox.store.connection,
        UserSeed(
            credentials.ZINGLE_USERNAME, "Integration", "User", None, credentials.ZINGLE_PASSWORD
        ),
        user_id=API_USER_ID,
    )
    insert_services(sandbox, [BASE_SERVICE])
