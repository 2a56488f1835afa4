"""The objects of the org: their flags, fields and relationships, and how a describe shows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.catalogue import people, setup, work
from zingle_sandbox.salesforce.catalogue.fields import Field, parse_field
from zingle_sandbox.salesforce.catalogue.lists import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVITY_KEY = "Zingle_Conversation_Key__c"
# Fields of orgs where Accounts may be people.
PERSON_ACCOUNT_FIELDS = "Account.IsPersonAccount,Account.PersonContactId"
_ALL = frozenset({"createable", "updateable", "deletable", "undeletable", "searchable"})
_COMMON = _ALL | {"layoutable", "triggerable", "feedEnabled", "mruEnabled", "compactLayoutable"}
_COMMON |= {"searchLayoutable", "replicateable"}
_PEOPLE_SCOPES = ("everything", "mine", "scopingRule", "team")


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """A lookup of another object, seen from the object that it points to."""

    child: str
    field: str
    name: str | None
    cascade: bool


@dataclass(frozen=True, slots=True)
class SObject:
    """One object of the org, as the current user sees it."""

    name: str
    label: str
    plural: str
    prefix: str | None
    flags: frozenset[str]
    scopes: tuple[str, ...]
    fields: Mapping[str, Field]  # by lower-case name, in describe order
    children: tuple[ChildRelationship, ...] = ()

    def field(self, name: str) -> Field | None:
        """A field by its name, in any case."""
        return self.fields.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """The lookup that a relationship name follows, in any case."""
        wanted = name.lower()
        for field in self.fields.values():
            if (field.relationship or "").lower() == wanted and field.references:
                return field
        return None

    @property
    def custom(self) -> bool:
        """Whether an administrator made it."""
        return self.name.endswith("__c")

    @property
    def table(self) -> str:
        """The table that holds its rows."""
        return f"sf_{self.name}"


_DECLARED: tuple[tuple[str, str, str, str, frozenset[str], tuple[str, ...], str], ...] = (
    (
        "Account",
        "Account",
        "Accounts",
        "001",
        _COMMON | {"mergeable"},
        ("everything", "mine", "team"),
        people.ACCOUNT,
    ),
    (
        "Contact",
        "Contact",
        "Contacts",
        "003",
        _COMMON | {"mergeable"},
        _PEOPLE_SCOPES,
        people.CONTACT + people.CONTACT_CUSTOM,
    ),
    ("Group", "Group", "Group", "00G", _ALL - {"undeletable", "searchable"}, (), people.GROUP),
    (
        "Lead",
        "Lead",
        "Leads",
        "00Q",
        _COMMON | {"mergeable"},
        ("everything", "mine", "queue_owned", "scopingRule", "team", "user_owned"),
        people.LEAD,
    ),
    (
        "Opportunity",
        "Opportunity",
        "Opportunities",
        "006",
        _COMMON,
        _PEOPLE_SCOPES,
        work.OPPORTUNITY,
    ),
    (
        "OpportunityContactRole",
        "Opportunity Contact Role",
        "Opportunity Contact Role",
        "00K",
        frozenset({"createable", "updateable", "deletable", "replicateable", "triggerable"}),
        (),
        work.OPPORTUNITY_CONTACT_ROLE,
    ),
    (
        "Organization",
        "Organization",
        "Organization",
        "00D",
        frozenset({"updateable"}),
        (),
        people.ORGANIZATION,
    ),
    (
        "PermissionSet",
        "Permission Set",
        "Permission Sets",
        "0PS",
        frozenset({"createable", "updateable", "deletable"}),
        (),
        setup.PERMISSION_SET,
    ),
    (
        "PermissionSetAssignment",
        "Permission Set Assignment",
        "Permission Set Assignments",
        "0Pa",
        frozenset({"createable", "updateable", "deletable"}),
        (),
        setup.PERMISSION_SET_ASSIGNMENT,
    ),
    (
        "Stay__c",
        "Stay",
        "Stays",
        "a01",
        _COMMON - {"feedEnabled", "mruEnabled"},
        _PEOPLE_SCOPES,
        work.STAY,
    ),
    (
        "Task",
        "Task",
        "Tasks",
        "00T",
        _COMMON - {"mruEnabled"},
        ("delegated", "everything", "mine", "scopingRule", "team"),
        work.TASK
        + f"{ACTIVITY_KEY} | Zingle Conversation Key | string 255 | ext unique perm\n"
        + "Guest_Mood__c | Guest Mood | string 40 | perm\n",
    ),
    (
        "TaskStatus",
        "Task Status Value",
        "Task Status Value",
        "01T",
        frozenset(),
        (),
        work.TASK_STATUS,
    ),
    (
        "User",
        "User",
        "Users",
        "005",
        frozenset({"createable", "updateable", "searchable", "layoutable", "triggerable"})
        | {"feedEnabled", "mruEnabled", "replicateable", "searchLayoutable", "compactLayoutable"},
        ("everything", "mine"),
        people.USER,
    ),
)


def _children_of(name: str, fields: Mapping[str, tuple[Field, ...]]) -> list[ChildRelationship]:
    return [
        ChildRelationship(
            child=child,
            field=field.name,
            name=field.options.get("child"),
            cascade=bool(field.flags & {"cascade", "master"}),
        )
        for child, child_fields in fields.items()
        for field in child_fields
        if name in field.references
    ]


@lru_cache(maxsize=1)
def declared_objects() -> dict[str, SObject]:
    """Every object with every field, by lower-case name: what the database holds."""
    parsed = {
        name: tuple(parse_field(line, LISTS) for line in text.splitlines() if line.strip())
        for name, *_, text in _DECLARED
    }
    return {
        name.lower(): SObject(
            name=name,
            label=label,
            plural=plural,
            prefix=prefix,
            flags=flags,
            scopes=scopes,
            fields={field.name.lower(): field for field in parsed[name]},
            children=tuple(_children_of(name, parsed)),
        )
        for name, label, plural, prefix, flags, scopes, _ in _DECLARED
    }


def object_for_prefix(prefix: str) -> SObject | None:
    """The object whose ids start with these three characters."""
    for sobject in declared_objects().values():
        if sobject.prefix == prefix:
            return sobject
    return None
