"""Single rows: `sobjects/{object}`, by id and by external id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.ids import to_18
from zingle_sandbox.salesforce.org.calls import Answer, ApiError, Call, not_found
from zingle_sandbox.salesforce.org.storage import all_or_nothing
from zingle_sandbox.salesforce.queries.contexts import context_of
from zingle_sandbox.salesforce.queries.pages import records as read_records
from zingle_sandbox.salesforce.soql.ast import Item, Path, Query, Source
from zingle_sandbox.salesforce.soql.errors import SoqlError
from zingle_sandbox.salesforce.soql.select import select
from zingle_sandbox.salesforce.writes import records, upserts
from zingle_sandbox.salesforce.writes.values import RowError

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.catalogue.sobjects import SObject


def create(call: Call, sobject: str) -> Answer:
    """`POST …/sobjects/{object}`."""
    target = call.org.sobject(sobject)
    body = call.json_object()
    with all_or_nothing(call.org.sandbox.store):
        try:
            record_id = records.insert(call, target, body)
        except RowError as error:
            call.changed_rows = 0
            raise error.api_error() from error
    return Answer(201, {"id": record_id, "success": True, "errors": []})


def record_id_of(sobject: SObject, record_id: str) -> str:
    """The 18-character id of a path.

    Raises:
        ApiError: 404; it is no id of this object.
    """
    found = to_18(record_id)
    if found is None:
        raise ApiError(
            404,
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {record_id}",
        )
    if not found.startswith(sobject.prefix or "???"):
        raise not_found()
    return found


def read(call: Call, sobject: str, record_id: str) -> Answer:
    """`GET …/sobjects/{object}/{id}[?fields=]`."""
    target = call.org.sobject(sobject)
    return Answer(body=_record(call, target, record_id_of(target, record_id)))


def _record(call: Call, sobject: SObject, record_id: str) -> dict[str, Any]:
    row = records.find(call, sobject, record_id)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise RowError("ENTITY_IS_DELETED", "entity is deleted", status=404).api_error()
    names = [name for name in call.params.get("fields", "").split(",") if name.strip()]
    return read_fields(call, sobject, [record_id], names)[record_id]


def read_fields(
    call: Call, sobject: SObject, ids: list[str], names: list[str]
) -> dict[str, dict[str, Any]]:
    """Fields (all without names) of records that are there, by id.

    Raises:
        ApiError: 400; a field does not exist.
    """
    names = list(dict.fromkeys(name.strip() for name in names)) or [
        field.name for field in sobject.fields.values()
    ]
    context = context_of(call.org, call.session.user_id, everything=False)
    tree = Query(
        items=tuple(Item(Path(tuple(name.split(".")), 0), None) for name in names),
        source=Source(sobject.name, None, 0),
        counting=False,
        scope=None,
        where=None,
        group_by=(),
        grouping="plain",
        having=None,
        order_by=(),
        limit=None,
        offset=None,
        suffixes=(),
        at=0,
    )
    try:
        selection = select(context, sobject, tree)
    except SoqlError as error:
        raise ApiError(400, error.code, error.message) from error
    marks = ", ".join("?" * len(ids))
    rows = [
        row[0]
        for row in call.org.sandbox.store.all(
            f"SELECT rowid FROM {sobject.table} WHERE Id IN ({marks})",
            ids,
        )
    ]
    found = read_records(call, selection, rows)
    return {record["attributes"]["url"].rpartition("/")[2]: record for record in found}


def change(call: Call, sobject: str, record_id: str) -> Answer:
    """`PATCH …/sobjects/{object}/{id}`."""
    target = call.org.sobject(sobject)
    known = record_id_of(target, record_id)
    body = call.json_object()
    if any(name.lower() == "id" for name in body):
        raise ApiError(
            400, "INVALID_FIELD", "The Id field should not be specified in the sobject data."
        )
    with all_or_nothing(call.org.sandbox.store):
        if records.find(call, target, known) is None:
            raise not_found()
        try:
            records.update(call, target, known, body)
        except RowError as error:
            call.changed_rows = 0
            raise error.api_error() from error
    return Answer(204)


def remove(call: Call, sobject: str, record_id: str) -> Answer:
    """`DELETE …/sobjects/{object}/{id}`."""
    target = call.org.sobject(sobject)
    known = record_id_of(target, record_id)
    with all_or_nothing(call.org.sandbox.store):
        if records.find(call, target, known) is None:
            raise not_found()
        try:
            records.delete(call, target, known)
        except RowError as error:
            call.changed_rows = 0
            raise error.api_error() from error
    return Answer(204)


def _one_match(call: Call, sobject: SObject, name: str, value: str) -> str | Answer:
    """The id behind a key, or the 300 that lists several.

    Raises:
        ApiError: 404; nothing has that key.
    """
    field = records.field_or_404(sobject, name)
    if field.type == "id":
        return record_id_of(sobject, value)
    found = upserts.matches(call, sobject, field, value)
    if not found:
        raise not_found()
    if len(found) > 1:
        base = f"/services/data/v{call.version}/sobjects/{sobject.name}"
        return Answer(300, [f"{base}/{one}" for one in found])
    return found[0]


def read_by_key(call: Call, sobject: str, name: str, value: str) -> Answer:
    """`GET …/sobjects/{object}/{field}/{value}`."""
    target = call.org.sobject(sobject)
    found = _one_match(call, target, name, value)
    return found if isinstance(found, Answer) else Answer(body=_record(call, target, found))


def remove_by_key(call: Call, sobject: str, name: str, value: str) -> Answer:
    """`DELETE …/sobjects/{object}/{field}/{value}`."""
    found = _one_match(call, call.org.sobject(sobject), name, value)
    return found if isinstance(found, Answer) else remove(call, sobject, found)


def upsert(call: Call, sobject: str, name: str, value: str) -> Answer:
    """`PATCH …/sobjects/{object}/{field}/{value}`: 201 created, 200 updated, 300 several."""
    target = call.org.sobject(sobject)
    field = records.field_or_404(target, name)
    body = call.json_object()
    for forbidden in {"id", field.name.lower()} & {key.lower() for key in body}:
        raise ApiError(
            400,
            "INVALID_FIELD",
            f"The {forbidden} field should not be specified in the sobject data.",
        )
    if field.type == "id":
        return change(call, sobject, value)
    upserts.check_allowed(call, field)
    found = upserts.matches(call, target, field, value)
    if len(found) > 1:
        base = f"/services/data/v{call.version}/sobjects/{target.name}"
        return Answer(300, [f"{base}/{one}" for one in found])
    if not found and call.flag("updateOnly"):
        raise not_found()
    with all_or_nothing(call.org.sandbox.store):
        try:
            done = upserts.upsert(call, target, field, {**body, field.name: value})
        except RowError as error:
            call.changed_rows = 0
            raise error.api_error() from error
    return Answer(
        201 if done.created else 200,
        {"id": done.id, "success": True, "errors": [], "created": done.created},
    )
