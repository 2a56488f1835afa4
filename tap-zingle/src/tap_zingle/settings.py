"""The tap's settings, as JSON Schema."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tap_zingle.conversations import parse_key
from tap_zingle.zones import UnknownZoneError, zone_info
from zingle_sync.zingle import CONNECTION_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONFIG_SCHEMA", "config_problems"]

READ_SETTINGS: dict[str, dict[str, Any]] = {
    "service_ids": {
        "type": "array",
        "items": {"type": "string"},
        "title": "Services",
        "description": "Ids of the services to read; all that the log-in sees by default.",
        "default": [],
    },
    "start_date": {
        "type": "string",
        "format": "date",
        "title": "Start date",
        "description": "First local day of interest, such as `2026-01-31`.",
    },
    "lookback_seconds": {
        "type": "integer",
        "minimum": 0,
        "title": "Lookback",
        "description": "How far behind the bookmark changes are still looked for, in seconds.",
        "default": 600,
    },
    "scheduled_days": {
        "type": "integer",
        "minimum": 0,
        "title": "Scheduled days",
        "description": "The longest time between scheduling a message and its sending, in days.",
        "default": 7,
    },
    "late_changes": {
        "type": "boolean",
        "title": "Late changes",
        "description": "Look for messages that changed on days before the bookmark.",
        "default": True,
    },
    "time_zone": {
        "type": ["string", "null"],
        "title": "Time zone",
        "description": "IANA zone to cut days in, instead of each service's own.",
    },
    "only_keys": {
        "type": "array",
        "items": {"type": "string"},
        "title": "Only these days",
        "description": (
            "Read these conversation days again and nothing else, each as "
            "`service_id:contact_id:YYYY-MM-DD`; the bookmark stays where it is."
        ),
        "default": [],
    },
}

CONFIG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {**CONNECTION_SETTINGS, **READ_SETTINGS},
    "required": ["start_date"],
}


def config_problems(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with settings that fit the schema, in sentences."""
    problems = []
    if not (config.get("token") or (config.get("username") and config.get("password"))):
        problems.append("username and password, or token, are needed to log in to Zingle")
    try:
        date.fromisoformat(str(config.get("start_date"))[:10])
    except ValueError:
        problems.append("start_date: must be a date such as 2026-01-31")
    if zone := config.get("time_zone"):
        try:
            zone_info(zone)
        except UnknownZoneError as error:
            problems.append(f"time_zone: {error}")
    for number, key in enumerate(config.get("only_keys") or []):
        problems += [f"only_keys[{number}]: {problem}" for problem in _key_problems(key)]
    return problems


def _key_problems(key: str) -> list[str]:
    try:
        parse_key(key)
    except ValueError as error:
        return [str(error)]
    return []
