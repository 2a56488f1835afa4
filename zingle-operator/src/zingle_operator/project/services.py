"""The Zingle services that a project's settings name; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def wanted_services(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The services that a plugin's settings name; empty for all that the log-in sees."""
    named = [str(settings["service_id"])] if settings.get("service_id") else []
    named += [
        str(entry["service_id"])
        for entry in settings.get("services") or ()
        if isinstance(entry, dict) and entry.get("service_id")
    ]
    named += [str(one) for one in settings.get("service_ids") or ()]
    return tuple(dict.fromkeys(named))
