"""A service's own channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contact_view import formatted
from .definition_views import channel_type_view, channel_types
from .ids import Kind, make_id

if TYPE_CHECKING:
    from .call import Call


def service_channel_view(call: Call) -> dict[str, Any]:
    """The service's phone number, the sender of its text messages."""
    phone = next(row for row in channel_types(call).values() if row["type_class"] == "PhoneNumber")
    value = call.service["phone_number"]
    return {
        "id": make_id(Kind.SERVICE_CHANNEL, call.service_number),
        "display_name": None,
        "value": value,
        "formatted_value": formatted(value),
        "country": call.service["country"],
        "is_default": True,
        "is_default_for_type": True,
        "block_inbound": False,
        "block_outbound": False,
        "channel_type": channel_type_view(phone),
    }
