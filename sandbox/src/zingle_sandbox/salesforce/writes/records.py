"""Inserting, updating and deleting one record: checks, derived values, consequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.sobjects import SObject, declared_objects
from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.org.calls import ApiError, Call
from zingle_sandbox.salesforce.org.storage import (
    auto_number,
    column_defaults,
    new_id,
    stored,
    take_numbers,
)
from zingle_sandbox.salesforce.writes import customs, locks, references
from zingle_sandbox.salesforce.writes.derived import consequences, derive
from zingle_sandbox.salesforce.writes.values import RowError, column_value

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.catalogue.fields import Field

Row = dict[str, Any]


def find(call: Call, sobject: SObject, record_id: str) -> Row | None:
    """A record by its 18-character id, deleted or not."""
    row: sqlite3.Row | None = call.org.sandbox.store.one(
        f"SELECT * FROM {sobject.table} WHERE Id = ?",
        (record_id,),
    )
    return None if row is None else dict(row)


def read_values(call: Call, sobject: SObject, body: Mapping[str, Any], *, creating: bool) -> Row:
    """Column values of the fields that a row names, lookups by external id resolved.

    Raises:
        ApiError: 400; a value has the wrong JSON type.
        RowError: a field is unknown, not writable, or its value does not fit.
    """
    values: Row = {}
    refused: list[str] = []
    for name, value in body.items():
        if name == "attributes":
            continue
        field = sobject.field(name)
        if field is None:
            lookup = sobject.relationship(name)
            if lookup is not None and (value is None or isinstance(value, dict)):
                values[lookup.name] = references.by_external_id(call, lookup, value)
                continue
            raise unknown_field(sobject, name)
        if not (field.createable if creating else field.updateable):
            refused.append(field.name)
            continue
        values[field.name] = column_value(field, value)
    if refused:
        raise RowError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(refused)}. Please check the security"
            " settings of this field and verify that it is read/write for your profile or"
            " permission set.",
            refused,
        )
    return values


def unknown_field(sobject: SObject, name: str) -> RowError:
    """A row names a field that is not there or not visible."""
    return RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")


def _check_required(sobject: SObject, values: Row, *, creating: bool) -> None:
    missing = []
    for field in sobject.fields.values():
        if field.nillable or not field.createable or field.type == "boolean":
            continue
        given = field.name in values
        if (given and values[field.name] is None) or (
            creating and not given and "defaulted" not in field.flags
        ):
            missing.append(field.name)
    if missing:
        raise RowError(
            "REQUIRED_FIELD_MISSING",
            f"Required fields are missing: [{', '.join(missing)}]",
            missing,
        )


def _check_unique(call: Call, sobject: SObject, values: Row, own_id: str | None) -> None:
    for name, value in values.items():
        field = sobject.field(name)
        if field is None or not field.unique or value is None:
            continue
        live = " AND IsDeleted = 0" if sobject.field("IsDeleted") else ""
        other = call.org.sandbox.store.value(
            f'SELECT Id FROM {sobject.table} WHERE "{name}" = ? AND Id IS NOT ?{live}',
            (value, own_id),
        )
        if other is not None:
            raise RowError(
                "DUPLICATE_VALUE",
                f"duplicate value found: {name} duplicates value on record with id: {other[:15]}",
            )


def insert(call: Call, sobject: SObject, body: Mapping[str, Any]) -> str:
    """Create a record; its id.

    Raises:
        ApiError: 400; a value has the wrong JSON type.
        RowError: the row is refused.
    """
    if "createable" not in sobject.flags:
        raise not_allowed(sobject, "insert")
    if any(name.lower() == "id" and value is not None for name, value in body.items()):
        raise RowError(
            "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"]
        )
    body = {name: value for name, value in body.items() if name.lower() != "id"}
    values = read_values(call, sobject, body, creating=True)
    _check_required(sobject, values, creating=True)
    references.check(call, sobject, values, values)
    customs.check(call, sobject, values, creating=True)
    _check_unique(call, sobject, values, None)
    # What the caller does not see has its defaults all the same.
    whole = declared_objects()[sobject.name.lower()]
    locks.take(call, sobject, {**column_defaults(whole, ""), **values}, creating=True)
    store = call.org.sandbox.store
    now = sf_datetime(call.org.sandbox.clock.now())
    row = {**column_defaults(whole, now), **values, "Id": new_id(store, sobject)}
    for name in ("CreatedById", "LastModifiedById"):
        if name in row:
            row[name] = call.session.user_id
    for field in whole.fields.values():
        if "auto" in field.flags:
            row[field.name] = auto_number(
                field, take_numbers(store, f"{sobject.name}.{field.name}")
            )
    row = derive(call, sobject, row, None)
    columns = [name for name in row if _stored(sobject, name)]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    store.execute(
        f"INSERT INTO {sobject.table} ({names}) VALUES ({marks})",
        [row[name] for name in columns],
    )
    call.changed_rows += 1
    consequences(call, sobject, None, row)
    return str(row["Id"])


def _stored(sobject: SObject, name: str) -> bool:
    field = declared_objects()[sobject.name.lower()].field(name)
    return field is not None and stored(field)


def not_allowed(sobject: SObject, verb: str) -> RowError:
    """The object does not support the operation."""
    return RowError(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        f"entity type {sobject.name} does not support {verb}",
    )


def update(call: Call, sobject: SObject, record_id: str, body: Mapping[str, Any]) -> None:
    """Change a live record.

    Raises:
        ApiError: 400; a value has the wrong JSON type.
        RowError: the record is not there, or the row is refused.
    """
    if "updateable" not in sobject.flags:
        raise not_allowed(sobject, "update")
    before = live(call, sobject, record_id)
    values = read_values(call, sobject, body, creating=False)
    _check_required(sobject, values, creating=False)
    after = {**before, **values}
    references.check(call, sobject, values, after)
    customs.check(call, sobject, values, creating=False)
    _check_unique(call, sobject, values, before["Id"])
    locks.take(call, sobject, after, creating=False)
    if before.get("IsConverted"):
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    now = sf_datetime(call.org.sandbox.clock.now())
    for name in ("LastModifiedDate", "SystemModstamp"):
        if name in after:
            after[name] = now
    if "LastModifiedById" in after:
        after["LastModifiedById"] = call.session.user_id
    after = derive(call, sobject, after, before)
    write(call, sobject, before, after)
    call.changed_rows += 1
    consequences(call, sobject, before, after)


def write(call: Call, sobject: SObject, before: Row, after: Row) -> None:
    """Store what differs."""
    changes = {
        name: value
        for name, value in after.items()
        if value != before.get(name) and _stored(sobject, name)
    }
    if changes:
        assignments = ", ".join(f'"{name}" = ?' for name in changes)
        call.org.sandbox.store.execute(
            f"UPDATE {sobject.table} SET {assignments} WHERE Id = ?",
            [*changes.values(), before["Id"]],
        )


def live(call: Call, sobject: SObject, record_id: str) -> Row:
    """A record that is there and not deleted.

    Raises:
        RowError: 404; it is not.
    """
    row = find(call, sobject, record_id)
    if row is None:
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
    if row.get("IsDeleted"):
        raise RowError("ENTITY_IS_DELETED", "entity is deleted", status=404)
    return row


def delete(call: Call, sobject: SObject, record_id: str) -> None:
    """Move a record and its dependents to the recycle bin.

    Raises:
        RowError: it is not there any more, or the object cannot be deleted.
    """
    if "deletable" not in sobject.flags:
        raise not_allowed(sobject, "delete")
    before = live(call, sobject, record_id)
    locks.take(call, sobject, before, creating=False)
    after = {**before, "IsDeleted": 1}
    now = sf_datetime(call.org.sandbox.clock.now())
    for name in ("LastModifiedDate", "SystemModstamp"):
        if name in after:
            after[name] = now
    write(call, sobject, before, after)
    call.changed_rows += 1
    consequences(call, sobject, before, after)
    for child in declared_objects()[sobject.name.lower()].children:
        if not child.cascade:
            continue
        dependents = declared_objects()[child.child.lower()]
        for row in call.org.sandbox.store.all(
            f'SELECT Id FROM {dependents.table} WHERE "{child.field}" = ? AND IsDeleted = 0',
            (record_id,),
        ):
            delete(call, dependents, row["Id"])


def field_or_404(sobject: SObject, name: str) -> Field:
    """A field that identifies records, for upserts and look-ups by key.

    Raises:
        ApiError: 404; it is not there, or identifies nothing.
    """
    field = sobject.field(name)
    if field is None or not field.id_lookup:
        raise ApiError(
            404,
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {name}",
        )
    return field
