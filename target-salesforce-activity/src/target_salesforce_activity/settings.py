"""The target's settings, as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_salesforce_activity.activity import Templates
from zingle_sync.salesforce import CONNECTION_SETTINGS
from zingle_sync.singer import RUN_SETTINGS, SYNC_LOG_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONFIG_SCHEMA", "template_settings"]


def _choice(title: str, description: str, default: str, *others: str) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "description": description,
        "enum": [default, *others],
        "default": default,
    }


ACTIVITY_SETTINGS: dict[str, dict[str, Any]] = {
    "sync_to": _choice("Sync to", "Which people get Tasks.", "both", "contacts", "leads"),
    "unlinked_match": _choice(
        "Match without link",
        "How to find people whose Zingle contact carries no Salesforce id.",
        "phone_email",
        "none",
    ),
    "on_unmatched": _choice(
        "On nobody found",
        "`skip` keeps the day's key for replay; `log_unlinked` writes a Task without a person.",
        "skip",
        "log_unlinked",
    ),
    "activity_key_field": {
        "type": "string",
        "title": "Key field",
        "description": (
            "Field of Task that holds the day's key. `auto` takes `Zingle_Conversation_Key__c` "
            "where the org has it, else `CallObject`."
        ),
        "default": "auto",
    },
    "subject": {
        "type": "string",
        "title": "Subject",
        "description": "Subject of the Tasks; may name {service_name}, {date} and others.",
        "default": "Zingle Conversation",
    },
    "status": {
        "type": ["string", "null"],
        "title": "Status",
        "description": "Status of new Tasks; the org's first closed one by default.",
    },
    "owner_id": {
        "type": ["string", "null"],
        "title": "Owner",
        "description": "Id of the user or queue that owns new Tasks; the login's user by default.",
    },
    "extra_fields": {
        "type": "object",
        "title": "Further fields",
        "description": (
            "Further fields of the Task by API name; texts may name {service_name}, {date} and "
            "others, as in the subject."
        ),
        "default": {},
    },
    "message_bodies": _choice(
        "Message bodies",
        "`auto` leaves the texts out where the service has the hipaa feature.",
        "auto",
        "full",
        "none",
    ),
    "translation": _choice(
        "Translation",
        "Which text of a translated message to show.",
        "both",
        "original",
        "translated",
    ),
    "attachments": _choice(
        "Attachments", "Show how many there are, or their links.", "count", "link"
    ),
    "deleted_messages": _choice(
        "Deleted messages", "Mark what the guest deleted, or leave it out.", "mark", "omit"
    ),
    "allow_archived_backfill": {
        "type": "boolean",
        "title": "Write days that Salesforce archives",
        "description": "Write Tasks for days older than 365 days too.",
        "default": False,
    },
    "concurrency": {
        "type": "integer",
        "title": "Concurrency",
        "description": "Calls at the same time; rows of one person are never in two of them.",
        "minimum": 1,
        "maximum": 16,
        "default": 4,
    },
}

CONFIG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        **CONNECTION_SETTINGS,
        **ACTIVITY_SETTINGS,
        **RUN_SETTINGS,
        **SYNC_LOG_SETTINGS,
    },
}


def template_settings(config: Mapping[str, Any]) -> Templates:
    """Return the templates of the settings."""
    return Templates(config["subject"], config.get("extra_fields") or {})
