"""Lookups of a row: do they point to something that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.sobjects import (
    SObject,
    declared_objects,
    object_for_prefix,
)
from zingle_sandbox.salesforce.writes.tasks import check_task
from zingle_sandbox.salesforce.writes.values import RowError, column_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.catalogue.fields import Field
    from zingle_sandbox.salesforce.org.calls import Call


def check(
    call: Call, sobject: SObject, values: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Refuse lookups to what is not there, and combinations that a Task may not have.

    Args:
        call: whose org it is.
        sobject: the row's object.
        values: what the row sets.
        after: the record as it will be.

    Raises:
        RowError: naming the field.
    """
    for name, value in values.items():
        field = sobject.field(name)
        if field is None or field.type != "reference" or value is None:
            continue
        _check_one(call, sobject, field, value)
    if sobject.name == "Task":
        check_task(call, values, after)
    if sobject.name == "PermissionSetAssignment":
        _check_assignment(call, values)


def _check_assignment(call: Call, values: Mapping[str, Any]) -> None:
    """Refuse to assign a permission set twice, or without the right to assign any."""
    if not call.org.option("assign_permission_sets"):
        raise RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    given = (values.get("PermissionSetId"), values.get("AssigneeId"))
    known = call.org.sandbox.store.one(
        "SELECT 1 FROM sf_PermissionSetAssignment WHERE PermissionSetId = ? AND AssigneeId = ?",
        given,
    )
    if known is not None:
        raise RowError(
            "DUPLICATE_VALUE",
            f"Duplicate PermissionSetAssignment. Assignee: {given[1]}; Permission Set: {given[0]}",
        )


def _check_one(call: Call, sobject: SObject, field: Field, value: str) -> None:
    target = object_for_prefix(value[:3])
    if target is None or target.name not in field.references:
        known = any(name.lower() in declared_objects() for name in field.references)
        if not known:
            return
        raise RowError(
            "FIELD_INTEGRITY_EXCEPTION",
            f"{field.label}: id value of incorrect type: {value}",
            [field.name],
        )
    row = call.org.sandbox.store.one(
        f"SELECT * FROM {target.table} WHERE Id = ?",
        (value,),
    )
    if row is None:
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
    names = row.keys()
    if "IsDeleted" in names and row["IsDeleted"]:
        raise RowError("ENTITY_IS_DELETED", "entity is deleted", [field.name])
    if field.name == "OwnerId" and target.name == "User" and not row["IsActive"]:
        raise RowError(
            "INACTIVE_OWNER_OR_USER",
            f"operation performed with inactive user [{value}] as owner of {sobject.name.lower()}",
            [field.name],
        )


def by_external_id(call: Call, lookup: Field, value: Mapping[str, Any] | None) -> str | None:
    """The id behind `"Account": {"Ext__c": "x"}`.

    Raises:
        RowError: nothing, or more than one record, has that key.
    """
    if value is None:
        return None
    keys = {name: one for name, one in value.items() if name != "attributes"}
    attributes = value.get("attributes")
    named = attributes.get("type") if isinstance(attributes, dict) else None
    types = [named] if isinstance(named, str) else list(lookup.references)
    if len(types) != 1 or len(keys) != 1:
        raise RowError(
            "INVALID_FIELD",
            f"The relationship {lookup.relationship} needs one external id field, and the type in"
            " attributes where it may point to several",
        )
    target = call.org.objects.get(types[0].lower())
    ((name, key),) = keys.items()
    field = target.field(name) if target else None
    if (
        target is None
        or target.name not in lookup.references
        or field is None
        or not field.id_lookup
    ):
        raise RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {types[0]}")
    found = call.org.sandbox.store.all(
        f'SELECT Id FROM {target.table} WHERE "{field.name}" = ?'
        + (" AND IsDeleted = 0" if target.field("IsDeleted") else ""),
        (column_value(field, key),),
    )
    if not found:
        raise RowError(
            "INVALID_FIELD",
            f"Foreign key external ID: {key} not found for field {field.name} in entity"
            f" {target.name}",
        )
    if len(found) > 1:
        raise RowError(
            "DUPLICATE_EXTERNAL_ID",
            f"{field.name}: more than one record found for external id field:"
            f" [{', '.join(row['Id'] for row in found)}]",
        )
    return str(found[0]["Id"])
