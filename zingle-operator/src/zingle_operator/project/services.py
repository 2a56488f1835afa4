"""The Zingle services that a plugin's settings name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_zingle.wanted.routes import read_routes

if TYPE_CHECKING:
    from collections.abc import Mapping


def wanted_services(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The services that a plugin's settings name; empty for all that the log-in sees."""
    routes, _ = read_routes(settings)
    named = [route.service_id for route in routes] + list(settings.get("service_ids") or ())
    return tuple(dict.fromkeys(map(str, named)))
