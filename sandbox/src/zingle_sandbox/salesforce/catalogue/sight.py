"""What one user sees of the org: permissions, and how an administrator changed fields."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.catalogue.sobjects import (
    ACTIVITY_KEY,
    ChildRelationship,
    SObject,
    declared_objects,
)

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.catalogue.fields import Field

# Every user reads these; what may be seen of them is not a question of permission sets.
_OPEN = frozenset({"group", "organization", "taskstatus", "user"})
# Seen with "View Setup and Configuration", written with "Assign Permission Sets".
_SETUP = frozenset({"permissionset", "permissionsetassignment"})
_WRITING = frozenset({"createable", "updateable", "deletable", "undeletable"})
# Rights on these objects come with a right on their parent, or with a user permission.
_PARENT = {"opportunitycontactrole": "opportunity"}

# "Not subject to field-level security, available for any user" (Object Reference, Task).
_NEVER_SECURED = frozenset({"task.calldisposition", "task.callobject"})


@dataclass(frozen=True, slots=True)
class Grants:
    """What a permission set gives to a user whose profile is Minimum Access.

    Attributes:
        objects: lower-case names to the flags of `SObject` that the user keeps.
        fields: lower-case `object.field` to whether it may be edited as well as read.
        user: names of user permissions, such as `ApiEnabled`, `EditTask`, `ViewSetup`.
    """

    objects: dict[str, frozenset[str]]
    fields: dict[str, bool]
    user: frozenset[str]


@lru_cache(maxsize=8)
def grants_of(xml: str) -> Grants:
    """Read a permission set in its metadata format; several may follow each other.

    Raises:
        ValueError: the text is no such XML.
    """
    try:
        root = ET.fromstring(f"<sets>{_without_declarations(xml)}</sets>")  # noqa: S314 - the tester's own file
    except ET.ParseError as error:
        raise ValueError(
            f"a permission set is XML as `sf project retrieve` writes it: {error}"
        ) from error
    objects: dict[str, frozenset[str]] = {}
    fields: dict[str, bool] = {}
    user = set()
    for element in root.iter():
        texts = {_local(child): (child.text or "").strip() for child in element}
        match _local(element):
            case "objectPermissions" if texts.get("allowRead") == "true":
                flags = {
                    flag
                    for flag, right in (
                        ("createable", "allowCreate"),
                        ("updateable", "allowEdit"),
                        ("deletable", "allowDelete"),
                    )
                    if texts.get(right) == "true"
                }
                objects[texts["object"].lower()] = frozenset(flags)
            case "fieldPermissions" if texts.get("readable") == "true":
                fields[texts["field"].lower()] = texts.get("editable") == "true"
            case "userPermissions" if texts.get("enabled") == "true":
                user.add(texts["name"])
    return Grants(objects, fields, frozenset(user))


def _without_declarations(xml: str) -> str:
    return "".join(part.partition("?>")[2] or part for part in xml.split("<?xml"))


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


@dataclass(frozen=True, slots=True)
class Sight:
    """What decides which objects and fields there are for a user.

    Attributes:
        activity_key: `unique`, `non_unique` or `absent`: what became of the External Id field on
            Activity in this org.
        hidden: objects (`Lead`) and fields (`Task.Type`) that the user does not see.
        unfilterable: fields that no WHERE may use.
        types: fields whose type an administrator changed, such as `Contact.Discount__c=string`.
        permission_set: XML; empty for a user who may everything.

    The lists are separated by commas.
    """

    activity_key: str = "unique"
    hidden: str = ""
    unfilterable: str = ""
    types: str = ""
    permission_set: str = ""


def _names(text: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


@lru_cache(maxsize=32)
def visible_objects(sight: Sight) -> dict[str, SObject]:
    """The objects and fields that the current user sees, by lower-case name."""
    hidden = set(_names(sight.hidden))
    if sight.activity_key == "absent":
        hidden.add(f"task.{ACTIVITY_KEY}".lower())
    types = dict(name.split("=", 1) for name in _names(sight.types) if "=" in name)
    unfilterable = _names(sight.unfilterable)
    grants = grants_of(sight.permission_set) if sight.permission_set.strip() else None
    seen: dict[str, SObject] = {}
    for key, declared in declared_objects().items():
        sobject = declared if grants is None else _granted(declared, grants)
        if key in hidden or sobject is None:
            continue
        fields = {
            name: _changed(field, f"{key}.{name}", sight, unfilterable, types)
            for name, field in sobject.fields.items()
            if f"{key}.{name}" not in hidden
        }
        seen[key] = replace(sobject, fields=fields)
    return {key: replace(one, children=_children(one, seen)) for key, one in seen.items()}


def _children(sobject: SObject, seen: dict[str, SObject]) -> tuple[ChildRelationship, ...]:
    return tuple(
        child
        for child in sobject.children
        if child.child.lower() in seen and seen[child.child.lower()].field(child.field) is not None
    )


def _changed(
    field: Field, path: str, sight: Sight, unfilterable: frozenset[str], types: dict[str, str]
) -> Field:
    """A field as this org's administrator left it."""
    flags = field.flags
    if field.name == ACTIVITY_KEY and sight.activity_key == "non_unique":
        flags -= {"unique"}
    if path in unfilterable:
        flags |= {"nofilter"}
    if path in types:
        return replace(
            field, flags=flags, type=types[path], options={**field.options, "was": field.type}
        )
    return field if flags == field.flags else replace(field, flags=flags)


def _granted(sobject: SObject, grants: Grants) -> SObject | None:
    """The object as a user with these grants alone sees it, or None."""
    key = sobject.name.lower()
    if key in _OPEN:
        return replace(sobject, flags=sobject.flags - _WRITING)
    if key in _SETUP:
        if "ViewSetup" not in grants.user:
            return None
        assigns = "AssignPermissionSets" in grants.user
        return sobject if assigns else replace(sobject, flags=sobject.flags - _WRITING)
    if key == "task":
        rights = _WRITING if "EditTask" in grants.user else frozenset()
    elif (name := _PARENT.get(key, key)) in grants.objects:
        rights = grants.objects[name]
    else:
        return None
    fields = {}
    for name, field in sobject.fields.items():
        # Parts of an address go with it: permission sets name the address alone.
        whole = f"{key}.{field.options.get('in', name)}".lower()
        path = whole if whole in grants.fields else f"{key}.{name}"
        secured = field.permissionable and path not in _NEVER_SECURED
        if secured and path not in grants.fields:
            continue
        read_only = secured and not grants.fields[path]
        fields[name] = replace(field, flags=field.flags | {"ro"}) if read_only else field
    return replace(sobject, fields=fields, flags=sobject.flags - (_WRITING - rights))
