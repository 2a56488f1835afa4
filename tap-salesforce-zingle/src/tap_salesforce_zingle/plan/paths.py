"""Follow field paths through describes, and find what a wrong name was meant to be (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_salesforce_zingle.plan.schemas import Describe, Field

# Relationships from child to parent in one path (SOQL and SOSL Reference, "SOQL limits").
MAX_DEPTH = 5

# What every record behind a polymorphic relationship has (Object Reference, "Name").
_NAME_FIELDS = {
    name.lower(): (name, kind)
    for kind, names in {
        "boolean": "IsActive",
        "email": "Email",
        "id": "Id",
        "phone": "Phone",
        "picklist": "Type",
        "reference": "ProfileId UserRoleId",
        "string": "Alias FirstName LastName Name Title Username",
    }.items()
    for name in names.split()
}


class UnknownNameError(LookupError):
    """A path leads nowhere; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a path leads.

    Attributes:
        parents: Relationship names on the way, in Salesforce's spelling.
        field: The field, as describe gives it.
        owner: Describe of the object that has the field; None behind a polymorphic relationship.
    """

    parents: tuple[str, ...]
    field: Field
    owner: Mapping[str, Any] | None


def follow(
    path: tuple[str, ...], sobject: Mapping[str, Any] | None, describe: Describe
) -> Destination:
    """Follow a path of names from an object, None for one of several, to a field.

    Raises:
        UnknownNameError: If a name does not exist; the sentence names the nearest ones that do.
    """
    if len(path) > MAX_DEPTH + 1:
        raise UnknownNameError(f"{'.'.join(path)} goes through more than {MAX_DEPTH} relationships")
    parents: list[str] = []
    owner = sobject
    for name in path[:-1]:
        if owner is None:
            parents.append(name)
            continue
        missing = f"{owner['name']} has no relationship"
        relationship = _named(name, owner["fields"], "relationshipName", missing)
        parents.append(str(relationship["relationshipName"]))
        owner = _target(relationship, describe)
    return Destination(tuple(parents), _field(path[-1], owner), owner)


def _named(
    name: str, entries: Iterable[Mapping[str, Any]], attribute: str, missing: str
) -> Mapping[str, Any]:
    """The entry of a describe that is called so: SOQL does not mind case."""
    by_name = {str(entry[attribute]).lower(): entry for entry in entries if entry.get(attribute)}
    if name.lower() not in by_name:
        names = (str(entry[attribute]) for entry in by_name.values())
        raise UnknownNameError(f"{missing} {name!r}{did_you_mean(name, names)}")
    return by_name[name.lower()]


def _target(relationship: Field, describe: Describe) -> Mapping[str, Any] | None:
    targets: list[str] = list(relationship.get("referenceTo") or ())
    if len(targets) != 1 or relationship.get("polymorphicForeignKey"):
        return None
    try:
        return describe(targets[0])
    except LookupError:
        return None  # Not visible to this user; Salesforce itself will say what it thinks of it.


def _field(name: str, owner: Mapping[str, Any] | None) -> Field:
    if owner is None:
        spelling, kind = _NAME_FIELDS.get(name.lower(), (name, "string"))
        return {"name": spelling, "type": kind, "label": spelling}
    return _named(name, owner["fields"], "name", f"{owner['name']} has no field")


def child_object(name: str, sobject: Mapping[str, Any]) -> tuple[str, str]:
    """The relationship and the object of a subquery.

    Returns:
        The relationship's name in Salesforce's spelling, and the children's object.

    Raises:
        UnknownNameError: If there is no such relationship.
    """
    missing = f"{sobject['name']} has no child relationship"
    children = sobject.get("childRelationships") or ()
    child = _named(name, children, "relationshipName", missing)
    return str(child["relationshipName"]), str(child["childSObject"])


def sentence(text: str) -> str:
    """A full stop at the end, unless a question from `did_you_mean` ends it."""
    return text if text.endswith("?") else f"{text}."


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The nearest other names that exist, as the end of a sentence.

    >>> did_you_mean("emial", ["Email", "Phone", "Id"])
    '; did you mean Email?'
    """
    by_key = {other.lower(): other for other in names if other.lower() != name.lower()}
    near = get_close_matches(name.lower(), by_key, n=3, cutoff=0.7)
    return f"; did you mean {' or '.join(by_key[key] for key in near)}?" if near else ""
