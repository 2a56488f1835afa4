"""Which Salesforce types go into which Zingle types, for suggestions. Pure.

target-zingle's own matrix decides in a run; a contract test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS = (
    *("string", "phone", "email", "url", "picklist", "id", "textarea", "combobox"),
    *("encryptedstring", "multipicklist", "reference"),
)
_NUMBERS = ("int", "long", "double", "currency", "percent")

# Best first. "single_select_options" stands for a field with options.
LEGAL_TYPES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_TEXTS, ("string", "single_select_options")),
    **dict.fromkeys(_NUMBERS, ("number", "string")),
    "boolean": ("boolean", "string"),
    "date": ("date", "anniversary", "string"),
    "datetime": ("datetime", "date", "anniversary", "string"),
    "time": ("time", "string"),
    "address": (),
    "location": (),
    "base64": (),
    "complexvalue": (),
    "anyType": (),
    "json": (),
}
# What Zingle lets a program create; both APIs know these (contract of the API, section 7).
CREATABLE_TYPES = ("string", "date", "boolean", "time", "number")


def legal_types(salesforce_type: str) -> tuple[str, ...]:
    """The Zingle types that a Salesforce type may go into, best first; nothing for none.

    >>> legal_types("currency"), legal_types("address")
    (('number', 'string'), ())
    """
    return LEGAL_TYPES.get(salesforce_type, ("string",))


def creatable_type(salesforce_type: str) -> str | None:
    """The Zingle type that a new field for a Salesforce type gets, or None for none.

    >>> creatable_type("datetime"), creatable_type("address")
    ('date', None)
    """
    return next((one for one in legal_types(salesforce_type) if one in CREATABLE_TYPES), None)


def field_type(definition: Mapping[str, object]) -> str:
    """The type of a Zingle field: what has options is a choice, whatever its type says."""
    if definition.get("options"):
        return "single_select_options"
    return str(definition.get("data_type") or "unknown")
