"""Settings: those that both targets share, and how a plugin declares its own.

The library declares its settings plainly, as JSON Schema properties, for it must not know the SDK;
`declared` brings them into a plugin's `th.PropertiesList`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping


class Setting(th.Property[Any]):
    """A plugin's own setting: null is allowed only where there is no default to take its place."""

    @override
    def to_dict(self) -> dict[str, Any]:
        schema = super().to_dict()[self.name]
        types = schema.get("type")
        if self.default is not None and isinstance(types, list):
            kept = [name for name in types if name != "null"]
            schema["type"] = kept[0] if len(kept) == 1 else kept
        return {self.name: schema}


class _Declared(th.Property[Any]):
    @override
    def to_dict(self) -> dict[str, Any]:
        return {self.name: dict(self.type_dict)}


def declared(*groups: Mapping[str, Mapping[str, Any]]) -> list[th.Property[Any]]:
    """The library's plain declarations as properties, their JSON Schema unchanged.

    ```python
    config_jsonschema = th.PropertiesList(
        *declared(CONNECTION_SETTINGS, RUN_SETTINGS),
        Setting("sync_to", th.StringType, default="both", description="…"),
    ).to_dict()
    ```

    Args:
        groups: JSON Schemas of settings by name, such as `RUN_SETTINGS`.
    """
    return [
        _Declared(name, th.CustomType(dict(schema)))
        for group in groups
        for name, schema in group.items()
    ]


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
    "report_file": {
        "type": "string",
        "title": "Report",
        "description": (
            "File that the page of `zingle-sync report` is written to at the end of each run, "
            "about every pipeline of the sync log."
        ),
    },
    "log_personal_data": {
        "type": "boolean",
        "title": "Keep personal data in the sync log",
        "description": "Keep keys that are phones or e-mails unmasked.",
        "default": False,
    },
}
