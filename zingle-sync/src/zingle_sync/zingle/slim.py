"""Contacts cut down to what matching needs, while they are decoded.

A v1 contact repeats the definition of each of its fields, options included. Reading a million of
them must not build all that.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class _Id(msgspec.Struct):
    id: str | None = None


class _Class(msgspec.Struct):
    type_class: str | None = None


class _Channel(msgspec.Struct):
    id: str | None = None
    value: str | None = None
    display_name: str | None = None
    block_inbound: bool | None = None
    block_outbound: bool | None = None
    channel_type: _Class | None = None


class _Value(msgspec.Struct):
    value: str | int | float | bool | None = None
    selected_custom_field_option_id: str | None = None
    custom_field: _Id | None = None


class _Contact(msgspec.Struct):
    id: str
    external_id: str | UnsetType | None = UNSET
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    channels: list[_Channel] | None = None
    custom_field_values: list[_Value] | None = None
    labels: list[_Id] | None = None
    locked_by_source: str | None = None
    optin_status: str | None = None


class SlimContacts(msgspec.Struct):
    """A page of contacts; `external_id` stays absent where the server shows none."""

    status: dict[str, Any]
    result: list[_Contact]
