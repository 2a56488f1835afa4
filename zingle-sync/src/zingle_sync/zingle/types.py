"""Shapes of API v1 objects, as documented and as really seen (contract, section 5)."""

from __future__ import annotations

from typing import Any, TypedDict


class FieldOption(TypedDict, total=False):
    """One choice of a contact field with options."""

    id: str
    display_name: str
    value: str
    sort_order: int | str


class ContactField(TypedDict, total=False):
    """Definition of a contact field; ``options`` may be None, ``code`` may be absent."""

    id: str
    display_name: str
    code: str | None
    data_type: str
    replacement_variable: str | None
    is_global: bool
    options: list[FieldOption] | None


class ChannelType(TypedDict, total=False):
    """Kind of channel, such as PhoneNumber or EmailAddress (``type_class``)."""

    id: str
    type_class: str
    display_name: str


class Channel(TypedDict, total=False):
    """A phone number, e-mail address or other address of one contact."""

    id: str
    display_name: str | None
    value: str
    formatted_value: str
    country: str | None
    is_default: bool
    is_default_for_type: bool
    block_inbound: bool
    block_outbound: bool
    is_messageable: bool
    channel_type: ChannelType


class Label(TypedDict, total=False):
    """A label, called tag in v2."""

    id: str
    display_name: str


class CustomFieldValue(TypedDict, total=False):
    """A value of one contact field; dates, numbers and booleans arrive in several forms."""

    value: str | int | float | None
    selected_custom_field_option_id: str | None
    custom_field: ContactField


class Contact(TypedDict, total=False):
    """A contact; phones and e-mails are channels, names are top-level and custom values."""

    id: str
    external_id: str | None
    first_name: str | None
    last_name: str | None
    title: str | None
    notes: str | None
    service_id: str
    assigned_to_team_id: str | None
    assigned_to_user_id: str | None
    is_messageable: bool
    is_confirmed: bool
    is_starred: bool
    is_closed: bool
    optin_status: str | None
    created_at: int
    updated_at: int
    locked_by_source: str | None
    channels: list[Channel]
    custom_field_values: list[CustomFieldValue]
    labels: list[Label]


class Service(TypedDict, total=False):
    """A service with its definitions; times are in ``time_zone`` (IANA) for people."""

    id: str
    display_name: str
    time_zone: str
    channel_types: list[ChannelType]
    contact_labels: list[Label]
    contact_custom_fields: list[ContactField]
    features: list[Any]
    service_address: dict[str, Any] | None


class Message(TypedDict, total=False):
    """A message; times in epoch seconds, 0 and None both mean none."""

    id: str
    body: str | None
    template_id: str | None
    created_at: int
    updated_at: int
    read_at: int | None
    deleted_by_contact_at: int | None
    triggered_by_user_id: str | None
    triggered_by_user: dict[str, Any] | None
    sender_type: str
    sender: dict[str, Any]
    recipient_type: str
    recipient: dict[str, Any]
    communication_direction: str
    attachments: list[str | None]
    is_delayed: bool
    execute_at: int | None
    executed_at: int | None
    body_language_code: str | None
    translated_body: str | None
    translated_body_language_code: str | None
    statuses: list[dict[str, Any]]
