"""From Salesforce's describe to JSON Schema (pure).

Everything but the Id is nullable: describe's `nillable` is about writing, and rows older than a
rule break it. No `enum` is ever given: inactive picklist values come back on read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Field = Mapping[str, Any]
"""One field of a describe, as Salesforce answers it."""
Describe = Callable[[str], Mapping[str, Any]]
"""Gives an object's describe; raises LookupError for an object that is not visible."""
Schema = dict[str, Any]
"""A JSON Schema."""

_JSON_TYPES = {
    "boolean": "boolean",
    "currency": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "percent": "number",
}
_FORMATS = {"date": "date", "datetime": "date-time", "time": "time"}
_STRINGS = frozenset(
    {
        *("anyType", "base64", "combobox", "datacategorygroupreference", "email"),
        *("encryptedstring", "id", "multipicklist", "phone", "picklist", "reference"),
        *("string", "textarea", "url"),
    }
)
# Types that are made of other fields; REST gives an object, Bulk API 2.0 refuses them.
COMPOUNDS = frozenset({"address", "location"})
# Types whose values may be objects.
_OBJECTS = frozenset({"complexvalue", "json"})
# Types that this tap was written for.
KNOWN = _STRINGS | COMPOUNDS | _OBJECTS | _JSON_TYPES.keys() | _FORMATS.keys()
_HINTS = ("type", "label", "length", "precision", "scale", "calculated")


def schema_of(field: Field) -> Schema:
    """The JSON Schema of one field's values; compound ones have their own.

    >>> schema_of({"name": "Birthdate", "label": "Birthdate", "type": "date"})
    {'type': ['string', 'null'], 'format': 'date', 'title': 'Birthdate'}
    """
    schema = {"type": ["string"]} if field["name"] == "Id" else typed(str(field["type"]))
    return {**schema, "title": field["label"]} if field.get("label") else schema


def typed(kind: str) -> Schema:
    """The JSON Schema of a describe type; types of the future are strings."""
    if kind in _FORMATS:
        return {"type": ["string", "null"], "format": _FORMATS[kind]}
    if kind in _OBJECTS:
        return {"type": ["object", "array", "string", "null"]}
    return {"type": [_JSON_TYPES.get(kind, "string"), "null"]}


def object_of(properties: Mapping[str, Schema]) -> Schema:
    """The JSON Schema of an object that may be missing."""
    return {"type": ["object", "null"], "properties": dict(properties)}


def hint_of(field: Field) -> dict[str, Any]:
    """What a target wants to know about a field beyond JSON Schema (`x-salesforce`)."""
    hint = {name: field.get(name) for name in _HINTS}
    markup = {"htmlFormatted": True} if field.get("htmlFormatted") else {}
    return {**hint, "referenceTo": list(field.get("referenceTo") or ()), **markup}


def parts_of(compound: Field, describe: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """The fields that a compound one is made of: name, type, and what REST calls it in the object.

    >>> city = {"name": "MailingCity", "compoundFieldName": "MailingAddress", "type": "string"}
    >>> parts_of({"name": "MailingAddress"}, {"fields": [city]})
    (('MailingCity', 'string', 'city'),)
    >>> spot = {"name": "Spot__Latitude__s", "compoundFieldName": "Spot__c", "type": "double"}
    >>> parts_of({"name": "Spot__c"}, {"fields": [spot]})
    (('Spot__Latitude__s', 'double', 'latitude'),)
    """
    name = str(compound["name"])
    parts = (
        (str(field["name"]), str(field["type"]), _inner_name(str(field["name"]), name))
        for field in describe["fields"]
        if field.get("compoundFieldName") == name and field["name"] != name
    )
    return tuple(sorted(parts, key=lambda part: part[2]))


def _inner_name(part: str, compound: str) -> str:
    if part.endswith("__s"):
        inner = part.removesuffix("__s").rpartition("__")[2]
    else:
        inner = part.removeprefix(compound.removesuffix("Address"))
    return inner[:1].lower() + inner[1:]
