"""From Salesforce's describe to JSON Schema (pure).

Everything but the Id is nullable: describe's ``nillable`` is about writing, and rows older than a
rule break it. No ``enum`` is ever given: inactive picklist values come back on read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Field = Mapping[str, Any]
"""One field of a describe, as Salesforce answers it."""
Describe = Callable[[str], Mapping[str, Any]]
"""Gives an object's describe; raises LookupError for an object that is not visible."""

_JSON_TYPES: Final = {
    "boolean": "boolean",
    "currency": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "percent": "number",
}
_FORMATS: Final = {"date": "date", "datetime": "date-time", "time": "time"}
_STRINGS: Final = frozenset(
    {
        "anyType",
        "base64",
        "combobox",
        "datacategorygroupreference",
        "email",
        "encryptedstring",
        "id",
        "multipicklist",
        "phone",
        "picklist",
        "reference",
        "string",
        "textarea",
        "url",
    }
)
COMPOUNDS: Final = frozenset({"address", "location"})
"""Types that are made of other fields; REST gives an object, Bulk API 2.0 refuses them."""
OBJECTS: Final = frozenset({"complexvalue", "json"})
"""Types whose values may be objects."""
_GEO: Final = frozenset({"latitude", "longitude"})
_HINTS: Final = ("type", "label", "length", "precision", "scale", "calculated")


def schema_of(field: Field, parts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON Schema of one field's values.

    Args:
        field: From a describe.
        parts: For a compound field, the names inside the object by the part's field name.

    >>> schema_of({"name": "Birthdate", "label": "Birthdate", "type": "date"})
    {'type': ['string', 'null'], 'format': 'date', 'title': 'Birthdate'}
    """
    schema = typed(str(field["type"]), parts)
    if field["name"] == "Id":
        schema["type"] = ["string"]
    if field.get("label"):
        schema["title"] = field["label"]
    return schema


def typed(kind: str, parts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON Schema of a describe type; types of the future are strings."""
    if kind in _FORMATS:
        return {"type": ["string", "null"], "format": _FORMATS[kind]}
    if kind in COMPOUNDS:
        names = sorted((parts or {}).values())
        return {
            "type": ["object", "null"],
            "properties": {
                name: {"type": ["number" if name in _GEO else "string", "null"]} for name in names
            },
        }
    if kind in OBJECTS:
        return {"type": ["object", "array", "string", "null"]}
    return {"type": [_JSON_TYPES.get(kind, "string"), "null"]}


def is_known(kind: str) -> bool:
    """Whether the type is one that this tap was written for."""
    return kind in _STRINGS | COMPOUNDS | OBJECTS | _JSON_TYPES.keys() | _FORMATS.keys()


def hint_of(field: Field) -> dict[str, Any]:
    """What a target wants to know about a field beyond JSON Schema (``x-salesforce``)."""
    hint = {name: field.get(name) for name in _HINTS}
    return {**hint, "referenceTo": list(field.get("referenceTo") or ())}


def fields_by_name(describe: Mapping[str, Any]) -> dict[str, Field]:
    """The object's fields by lower-case name: SOQL does not mind case."""
    return {str(field["name"]).lower(): field for field in describe["fields"]}


def parts_of(compound: Field, describe: Mapping[str, Any]) -> dict[str, str]:
    """The fields that a compound one is made of, and what REST calls each inside the object.

    Args:
        compound: A field of type address or location.
        describe: Its object's describe.

    Returns:
        Names inside the object by field name, in alphabetic order of the former.

    >>> fields = [{"name": "MailingCity", "compoundFieldName": "MailingAddress"},
    ...           {"name": "Spot__Latitude__s", "compoundFieldName": "Spot__c"}]
    >>> parts_of({"name": "MailingAddress"}, {"fields": fields})
    {'MailingCity': 'city'}
    >>> parts_of({"name": "Spot__c"}, {"fields": fields})
    {'Spot__Latitude__s': 'latitude'}
    """
    name = str(compound["name"])
    found = {
        str(field["name"]): _inner_name(str(field["name"]), name)
        for field in describe["fields"]
        if field.get("compoundFieldName") == name and field["name"] != name
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def _inner_name(part: str, compound: str) -> str:
    if part.endswith("__s"):
        inner = part.removesuffix("__s").rpartition("__")[2]
    else:
        inner = part.removeprefix(compound.removesuffix("Address"))
    return inner[:1].lower() + inner[1:]
