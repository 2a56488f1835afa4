"""The settings that both targets share, as JSON Schema properties."""

from __future__ import annotations

from typing import Any

RUN_SETTINGS: dict[str, dict[str, Any]] = {
    "on_reject": {
        "type": "string",
        "title": "On a rejected record",
        "description": "`continue` records it for replay and goes on; `fail` stops the run.",
        "enum": ["continue", "fail"],
        "default": "continue",
    },
    "max_error_rate": {
        "type": "number",
        "title": "Highest share of rejected records",
        "description": (
            "The run stops when more than this share of its records is rejected, "
            "looked at once more than 50 are settled. 1 turns it off."
        ),
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
    },
    "dry_run": {
        "type": "boolean",
        "title": "Dry run",
        "description": "Read, decide and record what would happen; write nothing, emit no STATE.",
        "default": False,
    },
    "checkpoint_records": {
        "type": "integer",
        "title": "Records between checkpoints",
        "description": "STATE is emitted after this many settled records.",
        "minimum": 1,
        "default": 1000,
    },
}

SYNC_LOG_SETTINGS: dict[str, dict[str, Any]] = {
    "sync_log_url": {
        "type": "string",
        "title": "Sync log",
        "description": (
            "SQLAlchemy URL of the sync log. "
            "By default a SQLite file in the Meltano project's `.meltano` folder."
        ),
        "secret": True,
        "writeOnly": True,
    },
    "retention_days": {
        "type": "integer",
        "title": "Days to keep",
        "description": "Runs, outcomes and rejected records older than this are erased.",
        "minimum": 1,
        "default": 30,
    },
    "log_personal_data": {
        "type": "boolean",
        "title": "Keep personal data in the sync log",
        "description": "Keep keys that are phones or e-mails unmasked.",
        "default": False,
    },
}
