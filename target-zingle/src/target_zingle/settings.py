"""The target's settings as JSON Schema, each declared where it is implemented."""

from __future__ import annotations

from typing import Any

from zingle_sync.singer import RUN_SETTINGS, SYNC_LOG_SETTINGS
from zingle_sync.zingle import CONNECTION_SETTINGS

_TEXTS = {"type": "array", "items": {"type": "string"}}

CONTACT_SETTINGS: dict[str, dict[str, Any]] = {
    "service_id": {
        "type": ["string", "null"],
        "title": "Service",
        "description": "Id (36 characters) of the one Zingle service that gets the contacts.",
    },
    "services": {
        "type": ["array", "null"],
        "title": "Services",
        "description": (
            "Several services instead of `service_id`: "
            "`[{service_id, when?, contact_mapping?}]`, see `route`."
        ),
        "items": {"type": "object"},
    },
    "route": {
        "type": "string",
        "title": "Route",
        "description": (
            "With `services`: `first` sends a record to the first service whose `when` "
            "holds, `all` to every such service."
        ),
        "enum": ["first", "all"],
        "default": "first",
    },
    "contact_mapping": {
        "type": ["object", "null"],
        "title": "Contact mapping",
        "description": (
            "By stream: names, phones, e-mails, labels and contact fields. Streams `contacts` "
            "and `leads` need none; what is given replaces the default of the same key."
        ),
    },
    "default_region": {
        "type": ["string", "null"],
        "title": "Default region",
        "description": (
            "ISO 3166 alpha-2 country for phones without one, used before the service's country."
        ),
    },
    "match_keys": {
        **_TEXTS,
        "title": "Match keys",
        "description": "Keys by which contacts are matched; the order matters.",
        "items": {"type": "string", "enum": ["external_id", "phone", "email"]},
        "default": ["external_id", "phone", "email"],
        "minItems": 1,
    },
    "sync_mode": {
        "type": "string",
        "title": "Sync mode",
        "description": "`upsert`, `update_only` (never create) or `create_only` (never update).",
        "enum": ["upsert", "update_only", "create_only"],
        "default": "upsert",
    },
    "link_matched": {
        "type": "boolean",
        "title": "Link matched contacts",
        "description": (
            "Write the external id to contacts matched by phone or e-mail, by a guarded "
            "read, write and verify. Locked, blocked and opted-out contacts are never linked."
        ),
        "default": True,
    },
    "external_id_template": {
        "type": "string",
        "title": "External id template",
        "description": (
            "`{id}`, or `{org_id}:{id}` where several Salesforce organisations feed one service."
        ),
        "default": "{id}",
    },
    "lookup": {
        "type": "string",
        "title": "Lookup",
        "description": (
            "`per_record` looks contacts up one by one, `index` reads them all once, `auto` "
            "takes what costs fewer calls."
        ),
        "enum": ["auto", "per_record", "index"],
        "default": "auto",
    },
    "on_shared_phone": {
        "type": "string",
        "title": "On a shared phone",
        "description": (
            "A phone or e-mail of several records: `first_linked_wins` skips the others, "
            "`reject` rejects them."
        ),
        "enum": ["first_linked_wins", "reject"],
        "default": "first_linked_wins",
    },
    "on_channel_conflict": {
        "type": "string",
        "title": "On a channel conflict",
        "description": (
            "A linked record's new phone or e-mail that another contact has: `keep` leaves it "
            "there with a warning, `reject` rejects the record."
        ),
        "enum": ["keep", "reject"],
        "default": "keep",
    },
    "on_overflow": {
        "type": "string",
        "title": "On overflow",
        "description": (
            "A text longer than 255 characters: `error` rejects the record, `truncate` cuts it. "
            "May be set per field in the mapping."
        ),
        "enum": ["error", "truncate"],
        "default": "error",
    },
    "on_locked": {
        "type": "string",
        "title": "On a locked contact",
        "description": (
            "A contact that another source owns: `partial` writes what is not locked, `skip` "
            "leaves it alone."
        ),
        "enum": ["partial", "skip"],
        "default": "partial",
    },
    "own_sources": {
        **_TEXTS,
        "title": "Own sources",
        "description": "Values of `locked_by_source` that are ours, so that they don't count.",
        "default": [],
    },
    "on_source_delete": {
        "type": "string",
        "title": "On a deleted record",
        "description": (
            "`ignore`, `unlink` (take the external id away) or `label:<name>`. Contacts are never "
            "deleted."
        ),
        "default": "ignore",
        "pattern": "^(ignore|unlink|label:.+)$",
    },
    "ignore_phones": {
        **_TEXTS,
        "title": "Phones to ignore",
        "description": "Numbers that belong to nobody in particular, such as a front desk.",
        "default": [],
    },
    "ignore_emails": {
        **_TEXTS,
        "title": "E-mails to ignore",
        "description": "Addresses that belong to nobody in particular.",
        "default": [],
    },
    "max_creates_per_run": {
        "type": "integer",
        "title": "Most creates per run",
        "description": (
            "The run stops before more contacts than this are created, because Zingle's "
            "automations may text every new contact. 0 is no limit."
        ),
        "default": 500,
        "minimum": 0,
    },
}

SETTINGS: dict[str, dict[str, Any]] = {
    **CONNECTION_SETTINGS,
    **CONTACT_SETTINGS,
    **RUN_SETTINGS,
    **SYNC_LOG_SETTINGS,
}
