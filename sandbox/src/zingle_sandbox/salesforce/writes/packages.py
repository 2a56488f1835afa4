"""A package for the Metadata API: the zip, what it names, and what is wrong with it.

Source: the Metadata API guide (deploy, package.xml, CustomField, PermissionSet); problems are
worded as public logs of deployments show them. Kinds beyond these two exist at the real service
and are refused here.
"""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from zingle_sandbox.salesforce.catalogue.sobjects import declared_objects
from zingle_sandbox.salesforce.org.envelopes import local, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "package.xml"
_LONGEST_TEXT = 255
_SUFFIXES = {
    "CustomField": ("objects", "object"),
    "PermissionSet": ("permissionsets", "permissionset"),
}
# What a right on an object needs besides.
_NEEDS = {"allowCreate": "Create", "allowEdit": "Edit", "allowDelete": "Delete"}


@dataclass(frozen=True, slots=True)
class Component:
    """One thing to deploy.

    Attributes:
        kind: `CustomField` or `PermissionSet`, or what package.xml calls it.
        name: full name, such as `Activity.Zingle_Conversation_Key__c`.
        file: where it is defined, from the top of the package.
        definition: its element; None if there is none.
        problem: why it cannot be deployed; empty if it can.
    """

    kind: str
    name: str
    file: str
    definition: ET.Element | None = None
    problem: str = ""


@dataclass(slots=True)
class Package:
    """What a zip holds: its components, or the one thing that is wrong with it."""

    components: list[Component] = field(default_factory=list)
    error: str = ""


def read_package(content: str, *, single: bool) -> Package:
    """Read a Base64 zip.

    Args:
        content: the zip.
        single: its files are at the top; else in one folder for each package.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(content, validate=True)))
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except (binascii.Error, ValueError, zipfile.BadZipFile):
        return Package(error="UNKNOWN_EXCEPTION: the zip file cannot be read")
    if not single:
        files = {name.partition("/")[2]: data for name, data in files.items()}
    if PACKAGE not in files:
        return Package(error=f"No {PACKAGE} found")
    parsed: dict[str, ET.Element] = {}
    for name, data in files.items():
        try:
            parsed[name] = ET.fromstring(data)  # noqa: S314 - only local callers send XML
        except ET.ParseError as error:
            return Package([Component("", name, name, problem=f"Error parsing file: {error}")])
    return Package(list(_components(parsed)))


def _components(files: dict[str, ET.Element]) -> Iterator[Component]:
    for types in files[PACKAGE]:
        if local(types) != "types":
            continue
        kind = texts(types).get("name", "")
        for member in types:
            if local(member) == "members":
                yield _component(files, kind, (member.text or "").strip())


def _component(files: dict[str, ET.Element], kind: str, name: str) -> Component:
    if kind not in _SUFFIXES:
        return Component(kind, name, PACKAGE, problem=f"The sandbox does not deploy {kind}")
    folder, suffix = _SUFFIXES[kind]
    owner, _, own = name.partition(".")
    file = f"{folder}/{owner if kind == 'CustomField' else name}.{suffix}"
    whole = files.get(file)
    found = whole
    if whole is not None and kind == "CustomField":
        found = next(
            (one for one in whole if local(one) == "fields" and texts(one).get("fullName") == own),
            None,
        )
    if found is None:
        problem = (
            f"An object '{name}' of type {kind} was named in package.xml, but was not found in"
            " zipped directory"
        )
        return Component(kind, name, PACKAGE, problem=problem)
    problem = _field_problem(name, found) if kind == "CustomField" else _set_problem(found)
    return Component(kind, name, file, found, problem)


def _field_problem(name: str, definition: ET.Element) -> str:
    """What is wrong with a field; the org keeps room for those of its catalogue alone."""
    return next(_field_problems(name, texts(definition)), "")


def _field_problems(name: str, given: dict[str, str]) -> Iterator[str]:
    owner, _, own = name.partition(".")
    sobject = declared_objects().get("task" if owner == "Activity" else owner.lower())
    if sobject is None:
        yield f"Entity Enumeration Or ID: bad value for restricted picklist field: {owner}"
    if owner == "Task":
        yield "Custom fields of Task and Event are fields of Activity"
    if not name.endswith("__c"):
        yield "Field names must end with __c"
    if not given.get("label"):
        yield "Must specify a non-empty label for the CustomField"
    if given.get("type") != "Text":
        yield "The sandbox deploys fields of type Text"
    length = given.get("length", "")
    if not length.isdigit():
        yield "Must specify 'length' for a CustomField of type Text"
    elif not 0 < int(length) <= _LONGEST_TEXT:
        yield f"The length of a text field is between 1 and {_LONGEST_TEXT}"
    if sobject is not None and sobject.field(own) is None:
        yield f"The sandbox has no room for {name}"


def _set_problem(definition: ET.Element) -> str:
    if not texts(definition).get("label"):
        return "Required field is missing: label"
    for part in definition:
        given = texts(part)
        match local(part):
            case "fieldPermissions":
                owner, _, own = given.get("field", "").partition(".")
                key = "task" if owner == "Activity" else owner.lower()
                sobject = declared_objects().get(key)
                if sobject is None or sobject.field(own) is None:
                    return f"In field: field - no CustomField named {owner}.{own} found"
            case "objectPermissions":
                if given.get("object", "").lower() not in declared_objects():
                    return f"In field: object - no CustomObject named {given.get('object')} found"
                for right, word in _NEEDS.items():
                    if given.get(right) == "true" and given.get("allowRead") != "true":
                        name = given["object"]
                        return f"Permission {word} {name} depends on permission(s): Read {name}"
            case _:
                pass
    return ""
