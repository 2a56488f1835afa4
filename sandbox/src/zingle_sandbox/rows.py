"""The rows that seeds and tests hand to the two sides' bulk inserts.

`zingle_sandbox.salesforce.insert_rows(sandbox, sobject, rows)` takes dictionaries of Salesforce
field names to the values that the REST API would answer (`"2026-02-20T10:00:00.000+0000"`,
booleans, numbers, None). `Id` is an 18-character id; without it the side makes one. Absent fields
get the org's defaults, audit fields the clock's time. No Task rule, trigger or uniqueness is
checked. It returns the ids in order.

`zingle_sandbox.zingle.insert_contacts(sandbox, rows)` and `insert_messages(sandbox, rows)` take the
shapes below and return the ids in order. Nothing is validated: a seed must know what it does.
Times are epoch seconds. All four accept an iterator and work in one transaction.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class _ChannelRowRequired(TypedDict):
    type: Literal["phone", "email"]
    value: str  # E.164 for phones, as typed for e-mails


class ChannelRow(_ChannelRowRequired, total=False):
    """One channel of a contact."""

    id: str
    country: str | None  # ISO 3166 alpha-2; phones only
    display_name: str | None  # MOBILE, HOME, BUSINESS
    is_default: bool
    is_default_for_type: bool
    block_inbound: bool
    block_outbound: bool


class CalendarEventRow(TypedDict, total=False):
    """A stay or another date of a contact; times are epoch seconds."""

    title: str | None
    description: str | None
    starts_at: int | None
    ends_at: int | None


class ContactRow(TypedDict, total=False):
    """One Zingle contact."""

    id: str
    service_id: str  # default: credentials.ZINGLE_SERVICE_ID
    external_id: str | None
    channels: list[ChannelRow]
    fields: dict[str, str | int | None]  # contact field display name -> value as v1 reads it
    labels: list[str]  # label display names that exist in the base world
    notes: str | None
    assigned_to_user_id: str | None
    assigned_to_team: str | None  # display name of a team that exists in the base world
    locked_by_source: str | None
    optin_status: str | None
    calendar_events: list[CalendarEventRow]
    is_confirmed: bool
    is_starred: bool
    is_closed: bool
    created_at: int
    updated_at: int


class _MessageRowRequired(TypedDict):
    contact_id: str
    direction: Literal["inbound", "outbound"]
    body: str
    created_at: int


class MessageRow(_MessageRowRequired, total=False):
    """One message; the contact's last_message follows from these."""

    id: str
    service_id: str
    channel_value: str  # default: the contact's first channel
    updated_at: int
    read_at: int | None
    deleted_by_contact_at: int | None
    triggered_by_user_id: str | None
    template_id: str | None
    attachments: list[str]
    is_delayed: bool  # scheduled and not yet sent
    execute_at: int | None
    executed_at: int | None
    body_language_code: str | None
    translated_body: str | None
    translated_body_language_code: str | None
    failed: bool  # carries a status of type "failed"
