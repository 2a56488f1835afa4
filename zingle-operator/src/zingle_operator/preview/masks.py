"""Values of a record as an operator may see them: enough to tell what happened, no more. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zingle_sync.identity import find_salesforce_id
from zingle_sync.outcomes.masking import masked_channels

if TYPE_CHECKING:
    from collections.abc import Mapping

# Types of Salesforce fields whose values are of a list, or say nothing of a person.
_SHOWN = frozenset(
    {
        *("boolean", "combobox", "currency", "date", "datetime", "double", "id", "int"),
        *("multipicklist", "percent", "picklist", "reference", "time"),
    }
)
# What tells about a conversation's day without telling what was said, or by whom.
_PLAIN_NAMES = frozenset(
    {
        *("service_id", "contact_id", "external_id", "date", "time_zone", "service_country"),
        *("updated_at", "is_complete", "is_opted_out"),
    }
)


def masked(value: Any, kind: str | None = None) -> Any:  # noqa: ANN401 - any value of a record
    """A value without what is personal in it.

    Args:
        value: Any value of a record, or one that is wanted in Zingle.
        kind: The type of its Salesforce field, where it has one.

    >>> masked("ana@hotel.example"), masked("+12025550142"), masked("Ana"), masked("A", "picklist")
    ('a***@hotel.example', '+1202***0142', 'A***', 'A')
    """
    if value is None or isinstance(value, bool | int | float | Decimal | date) or kind in _SHOWN:
        return value
    if isinstance(value, list):
        return f"{len(value)} entries"
    if isinstance(value, dict):
        return f"{len(value)} values"
    text = str(getattr(value, "name", value))
    if find_salesforce_id(text) == text or not text:
        return text
    return next(iter(masked_channels({"phone": text})), f"{text[:1]}***")


def masked_row(record: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a record that it has, masked; lists are counted.

    Args:
        record: As its tap sent it.
        properties: The JSON Schema of its stream's properties, with the tap's hints.
    """
    return {
        name: value if name in _PLAIN_NAMES else masked(value, _kind(properties.get(name)))
        for name, value in record.items()
        if value not in (None, "", [])
    }


def _kind(schema: object) -> str | None:
    hint = schema.get("x-salesforce") if isinstance(schema, dict) else None
    return str(hint["type"]) if isinstance(hint, dict) and "type" in hint else None
