"""The tap's settings, and what can be wrong with them before Salesforce is asked (pure)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.custom_query import CustomQuery, text_problems
from tap_salesforce_zingle.planner import STREAM_OF, Plan
from tap_salesforce_zingle.windows import Settings, moment_of
from zingle_sync.salesforce import CONNECTION_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

_API: Final = {"type": "string", "enum": ["auto", "rest", "bulk"]}
_TEXT: Final = {"type": "string"}

TAP_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "objects": {
        "type": "array",
        "title": "Objects",
        "description": "Objects to offer as streams: `Contact` (contacts) and `Lead` (leads); "
        "others by `custom_queries`.",
        "items": {"type": "string", "enum": sorted(STREAM_OF)},
        "default": sorted(STREAM_OF),
    },
    "custom_queries": {
        "type": "array",
        "title": "Custom queries",
        "description": "Streams from SOQL: a `name` and a `soql` each, and where needed "
        "`primary_keys` (default: Id), `replication_key` (default: SystemModstamp; empty: the "
        "whole table each time) and `api`.",
        "items": {
            "type": "object",
            "properties": {
                "name": {**_TEXT, "minLength": 1},
                "soql": {**_TEXT, "minLength": 1},
                "primary_keys": {"type": "array", "items": _TEXT},
                "replication_key": _TEXT,
                "api": _API,
            },
            "required": ["name", "soql"],
            "additionalProperties": False,
        },
        "default": [],
    },
    "where": {
        "type": "object",
        "title": "Filters",
        "description": "A SOQL condition by object, such as "
        '`{"Contact": "MailingCountry = \'US\'"}`.',
        "properties": dict.fromkeys(sorted(STREAM_OF), _TEXT),
        "additionalProperties": False,
        "default": {},
    },
    "start_date": {
        "type": ["string", "null"],
        "title": "Start date",
        "description": "The earliest change to read, as a date or datetime; absent = all history.",
        "format": "date-time",
    },
    "lookback_seconds": {
        "type": "integer",
        "title": "Lookback",
        "description": "How far before the bookmark reading begins, in seconds: long transactions "
        "in Salesforce commit rows with older stamps.",
        "minimum": 0,
        "default": 600,
    },
    "api": {
        **_API,
        "title": "API",
        "description": "`rest`, `bulk` (Bulk API 2.0) or `auto`: Bulk from 20,000 expected rows "
        "on, REST where Bulk refuses.",
        "default": "auto",
    },
    "include_deleted": {
        "type": "boolean",
        "title": "Include deleted",
        "description": "Read deleted and merged rows too, as long as they are in the Recycle Bin.",
        "default": True,
    },
    "formula_refresh_hours": {
        "type": "integer",
        "title": "Formula refresh",
        "description": "Read everything again after so many hours, for formulas that change "
        "without their row changing; 0 = never.",
        "minimum": 0,
        "default": 0,
    },
    "verify_counts": {
        "type": "boolean",
        "title": "Verify counts",
        "description": "Compare the rows of each window with `COUNT()`, one more call each.",
        "default": False,
    },
}

CONFIG: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {**CONNECTION_SETTINGS, **TAP_SETTINGS},
}
"""JSON Schema of the configuration."""


def without(config: Mapping[str, Any], wrong: frozenset[str]) -> dict[str, Any]:
    """The configuration with the defaults of some settings instead of their values."""
    defaults = {name: TAP_SETTINGS.get(name, {}).get("default") for name in wrong}
    return {**config, **defaults}


def setting_problems(config: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with the tap's own settings, one sentence each.

    Args:
        config: The configuration, defaults filled in, of the right types.
    """
    problems = []
    if config.get("start_date"):
        try:
            moment_of(config["start_date"])
        except (ValueError, IndexError):
            problems.append(
                f"start_date: {config['start_date']!r} is no date such as 2026-01-31 or "
                "2026-01-31T08:00:00Z."
            )
    objects = config["objects"]
    for sobject, condition in config["where"].items():
        problems += _where_problems(sobject, condition, objects)
    names = [STREAM_OF[name] for name in dict.fromkeys(objects)]
    for setting in config["custom_queries"]:
        query = CustomQuery.from_setting(setting)
        if query.name in names:
            problems.append(f"custom_queries.{query.name}: there is another stream of this name.")
        names.append(query.name)
        problems += text_problems(query)
    return problems


def _where_problems(sobject: str, condition: str, objects: list[str]) -> list[str]:
    if sobject not in objects:
        return [f"where.{sobject}: {sobject} is not among the objects."]
    head = soql.render({"SELECT": "Id", "FROM": sobject, "WHERE": ""})
    try:
        scanned = soql.scan(f"{head} {condition}")
    except soql.SoqlError as error:
        _, column, line = soql.pointed(condition, max(0, error.position - len(head) - 1))
        return [f"where.{sobject}: {error.message} (column {column}):\n{line}"]
    extra = scanned.clauses.keys() - {"SELECT", "FROM", "WHERE"}
    return [f"where.{sobject}: {', '.join(sorted(extra))} is not part of a condition."] * bool(
        extra
    )


def window_settings(config: Mapping[str, Any], plan: Plan) -> Settings | None:
    """What decides about a plan's windows; None when the whole table is read."""
    if plan.key is None:
        return None
    start_date = config.get("start_date")
    hours = config["formula_refresh_hours"]
    return Settings(
        key=plan.key,
        kind=plan.kind,
        start_date=moment_of(start_date) if start_date else None,
        lookback=timedelta(seconds=config["lookback_seconds"]),
        full_every=timedelta(hours=hours) if hours else None,
    )
