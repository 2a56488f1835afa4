"""Finding the record that an upsert means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.ids import to_18
from zingle_sandbox.salesforce.org.calls import ApiError, Call
from zingle_sandbox.salesforce.writes import records
from zingle_sandbox.salesforce.writes.values import RowError, column_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sandbox.salesforce.catalogue.fields import Field
    from zingle_sandbox.salesforce.catalogue.sobjects import SObject


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an upsert did."""

    id: str
    created: bool


def check_allowed(call: Call, field: Field) -> None:
    """Refuse an upsert by a key that is not unique, unless the user sees all data.

    Raises:
        ApiError: 403.
    """
    if (
        field.external_id
        and not field.unique
        and not (call.org.option("view_all_data") and call.org.may("ViewAllData"))
    ):
        raise ApiError(
            403,
            "INSUFFICIENT_ACCESS",
            f"Upsert by the non-unique field {field.name} needs the permission View All Data",
        )


def matches(call: Call, sobject: SObject, field: Field, value: Any) -> list[str]:  # noqa: ANN401 - a JSON key
    """Ids of the live records that have this key.

    Unique keys ignore case unless they are case-sensitive; other external ids are compared
    exactly, standard look-up fields without case.
    """
    value = column_value(field, value)
    conditions = [f'"{field.name}" = ?1']
    if field.external_id and not field.unique:
        conditions.append(f'"{field.name}" = ?1 COLLATE BINARY')
    if sobject.field("IsDeleted"):
        conditions.append("IsDeleted = 0")
    if sobject.field("IsArchived") and call.org.profile("upsert_archived") == "ignore":
        conditions.append("IsArchived = 0")
    rows = call.org.sandbox.store.all(
        f"SELECT Id FROM {sobject.table} WHERE {' AND '.join(conditions)} ORDER BY Id",
        (value,),
    )
    return [row["Id"] for row in rows]


def upsert(call: Call, sobject: SObject, field: Field, body: Mapping[str, Any]) -> Upserted:
    """Create or update the record that a row's key means.

    Raises:
        ApiError: 400; a value has the wrong JSON type.
        RowError: no key, more than one match, or the row is refused.
    """
    key = next((value for name, value in body.items() if name.lower() == field.name.lower()), None)
    rest = {name: value for name, value in body.items() if name.lower() != field.name.lower()}
    if field.type == "id":
        if key is None:
            return Upserted(records.insert(call, sobject, rest), created=True)
        record_id = to_18(str(key))
        if record_id is None:
            raise RowError(
                "MALFORMED_ID", f"{field.label}: id value of incorrect type: {key}", ["Id"]
            )
        records.update(call, sobject, record_id, rest)
        return Upserted(record_id, created=False)
    if key is None or key == "":
        raise RowError("MISSING_ARGUMENT", f"{field.name} not specified", [field.name])
    if any(name.lower() == "id" for name in rest):
        raise RowError(
            "INVALID_FIELD", "cannot specify both an external ID reference and Id", ["Id"]
        )
    found = matches(call, sobject, field, key)
    if len(found) > 1:
        raise RowError(
            "DUPLICATE_EXTERNAL_ID",
            f"{field.name}: more than one record found for external id field: [{', '.join(found)}]",
            [field.name],
        )
    if found:
        records.update(call, sobject, found[0], rest)
        return Upserted(found[0], created=False)
    return Upserted(records.insert(call, sobject, {**rest, field.name: key}), created=True)
