"""What a change of the settings means for Tasks that are there."""

from __future__ import annotations

from typing import Any

import pytest

from target_salesforce_activity.settings import ACTIVITY_SETTINGS, CONFIG_SCHEMA, settings_from

SHAPELESS = {"adopt_tasks", "allow_vendor_connector", "concurrency"}
OTHER: dict[str, Any] = {
    "activity_key_field": "Key__c",
    "allow_archived_backfill": True,
    "conversation_url": "https://app.example.com/{contact_id}",
    "extra_fields": {"Priority": "Low"},
    "owner_id": "005000000000001AAA",
    "status": "In Progress",
    "subject": "Chat",
    "stream_maps": {"conversations": {"first_name": "''"}},
}


def fingerprint(**config: Any) -> str:
    """Of these settings."""
    return settings_from(config).fingerprint


@pytest.mark.parametrize(
    "name",
    [each.name for each in ACTIVITY_SETTINGS if each.name not in SHAPELESS] + ["stream_maps"],
)
def test_whatever_shapes_a_task_changes_the_fingerprint(name: str) -> None:
    """Another value of any setting that decides about Tasks is told as a change."""
    words = CONFIG_SCHEMA["properties"].get(name, {}).get("enum", [])
    value = OTHER[name] if name in OTHER else words[-1]

    assert fingerprint() != fingerprint(**{name: value})


@pytest.mark.parametrize(
    "config",
    [
        {"concurrency": 9},
        {"adopt_tasks": True},
        {"allow_vendor_connector": True},
        {"domain": "acme.my.salesforce.com", "client_secret": "x"},
        {"quota_percent_total": 5},
        {"dry_run": True, "max_error_rate": 0.1},
        {"sync_log_url": "sqlite:///x", "retention_days": 3},
        {"subject": "Zingle Conversation", "extra_fields": {}},
    ],
)
def test_whatever_does_not_shape_a_task_leaves_the_fingerprint(config: dict[str, Any]) -> None:
    """Connection, limits, log, and defaults that are written out are no change."""
    assert fingerprint() == fingerprint(**config)
