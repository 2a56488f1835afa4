"""What a test hands over to get another service; contacts and messages are in `..rows`."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

LONG_AGO = 1_577_836_800  # 2020-01-01T00:00:00Z


class FieldSeed(NamedTuple):
    """A contact custom field; `options` makes it a select whatever its `data_type`.

    `code` defaults to the name in snake case; "" leaves the key out, as old data does.

    `data_type`: string, number, boolean, date, anniversary, datetime, time, single_select_options.
    """

    display_name: str
    data_type: str = "string"
    options: tuple[str, ...] = ()
    code: str | None = None
    is_global: bool = False


class LabelSeed(NamedTuple):
    """A contact label (a tag in v2) or a contact group (a segment in v2)."""

    display_name: str
    background_color: str = "#1E88E5"
    text_color: str = "#FFFFFF"


class ChannelTypeSeed(NamedTuple):
    """A channel type beside the phone and e-mail types that each service has anyway."""

    display_name: str
    type_class: str = "UserDefinedChannel"
    v2_type: str | None = None


class TeamSeed(NamedTuple):
    """A team; `users` are the usernames of its members."""

    display_name: str
    emoji: str | None = None
    users: tuple[str, ...] = ()


class TemplateSeed(NamedTuple):
    """A template of messages; `type` is general, welcome or automated_welcome."""

    display_name: str
    body: str
    type: str = "general"
    subject: str | None = None


class UserSeed(NamedTuple):
    """A person who answers guests. Without `password` the user cannot log in to the API."""

    username: str
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    password: str | None = None
    authorization_class: str = "account"
    is_verified: bool = True


class SettingSeed(NamedTuple):
    """One setting of an integration; `field_type`: text, password, select, boolean, number."""

    code: str
    name: str
    field_type: str
    value: str | bool | int | None


class IntegrationSeed(NamedTuple):
    """What a service is connected to.

    `status`: absent (never set up, hence not listed), connected, needs_attention or disconnected.
    `mapping` takes a source's column to the display name of a contact field, `phone` or `email`.
    """

    name: str
    code: str
    status: str = "disconnected"
    configuration: tuple[SettingSeed, ...] = ()
    mapping: tuple[tuple[str, str], ...] = ()


class ServiceSeed(NamedTuple):
    """A service (one property) with its definitions.

    `id` is a 36-character UUID; `country` an ISO 3166 alpha-2 code; `time_zone` an IANA name;
    `created_at` epoch seconds; `phone_number` the service's own E.164 number.
    """

    id: str
    display_name: str
    time_zone: str = "America/New_York"
    country: str = "US"
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    phone_number: str | None = None
    features: tuple[str, ...] = ("teams", "assignment")
    has_optin: bool = False
    fields: tuple[FieldSeed, ...] = ()
    labels: tuple[LabelSeed, ...] = ()
    groups: tuple[LabelSeed, ...] = ()
    channel_types: tuple[ChannelTypeSeed, ...] = ()
    automations: tuple[str, ...] = ()
    templates: tuple[TemplateSeed, ...] = ()
    teams: tuple[TeamSeed, ...] = ()
    users: tuple[UserSeed, ...] = ()
    integrations: tuple[IntegrationSeed, ...] = ()
    created_at: int = LONG_AGO


class _EventRowRequired(TypedDict):
    contact_id: str
    event_type: str
    created_at: int


class EventRow(_EventRowRequired, total=False):
    """One event of a contact; `triggered_by_user_id` and `automation` (a name) tell who did it."""

    service_id: str
    body: str | None
    triggered_by_user_id: str | None
    automation: str | None
    message_id: str | None
