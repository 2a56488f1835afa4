"""sObject Collections: up to 200 rows a call, each with its own result."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.ids import to_18
from zingle_sandbox.salesforce.catalogue.sobjects import SObject, object_for_prefix
from zingle_sandbox.salesforce.org.calls import Answer, ApiError, Call
from zingle_sandbox.salesforce.org.storage import all_or_nothing
from zingle_sandbox.salesforce.resources.rows import read_fields
from zingle_sandbox.salesforce.writes import records, upserts
from zingle_sandbox.salesforce.writes.values import RowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_ROWS = 200
MOST_CHUNKS = 10
MOST_READ = 2_000
Result = dict[str, Any]
_ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using"
    " AllOrNone header",
)


class _RollBack(Exception):  # noqa: N818 - no error: it ends the transaction
    """Undo the whole call."""


def too_many(count: int, most: int = MOST_ROWS) -> None:
    """Refuse a call with too many rows.

    Raises:
        ApiError: 400.
    """
    if count > most:
        raise ApiError(
            400,
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {most} records into this call",
        )


def _rows(call: Call) -> tuple[list[dict[str, Any]], bool]:
    body = call.json_object()
    rows = body.get("records")
    if unknown := set(body) - {"records", "allOrNone"}:
        raise ApiError(400, "JSON_PARSER_ERROR", f"Unrecognized field {min(unknown)}")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ApiError(400, "JSON_PARSER_ERROR", "records must be a list of sObjects")
    if not rows:
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "records is required")
    too_many(len(rows))
    return rows, bool(body.get("allOrNone", False))


def _types(call: Call, rows: list[dict[str, Any]]) -> list[SObject]:
    """The object of each row, named in its attributes.

    Raises:
        ApiError: 400; a row has no type or an unknown one, or the types alternate too often.
    """
    found = []
    for row in rows:
        attributes = row.get("attributes")
        name = attributes.get("type") if isinstance(attributes, dict) else None
        if not isinstance(name, str):
            raise ApiError(400, "INVALID_TYPE", "Each record needs attributes with its type")
        sobject = call.org.objects.get(name.lower())
        if sobject is None:
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
        found.append(sobject)
    chunks = 1 + sum(one is not two for one, two in itertools.pairwise(found))
    if chunks > MOST_CHUNKS:
        raise ApiError(
            400,
            "INVALID_OPERATION",
            f"Cannot have more than {MOST_CHUNKS} chunks in a single operation.",
        )
    return found


def _run(
    call: Call,
    steps: list[Callable[[], Result]],
    *,
    all_or_none: bool,
    upserting: bool = False,
    ids: list[Any] | None = None,
) -> Answer:
    """Carry out one step a row; a failed row does not touch the others unless asked to."""
    results: list[Result] = []
    failed: list[bool] = []
    changed = call.changed_rows
    try:
        with all_or_nothing(call.org.sandbox.store):
            for number, step in enumerate(steps):
                before = call.changed_rows
                try:
                    with all_or_nothing(call.org.sandbox.store):
                        results.append(step())
                    failed.append(False)
                except RowError as error:
                    call.changed_rows = before
                    known = ids[number] if ids else None
                    results.append(_failure(call, error, known, upserting=upserting))
                    failed.append(True)
            if all_or_none and any(failed):
                raise _RollBack  # noqa: TRY301 - it has to leave the transaction
    except _RollBack:
        call.changed_rows = changed
        results = [
            result if bad else _failure(call, _ROLLED_BACK, None, upserting=upserting)
            for result, bad in zip(results, failed, strict=True)
        ]
    return Answer(body=results)


def _failure(call: Call, error: RowError, known_id: Any, *, upserting: bool) -> Result:  # noqa: ANN401 - as sent
    result: Result = {}
    if isinstance(known_id, str):
        result["id"] = known_id
    elif call.org.profile("failed_row_id") == "null":
        result["id"] = None
    result["success"] = False
    result["errors"] = [
        {"statusCode": error.code, "message": error.message, "fields": error.fields}
    ]
    if upserting and call.org.profile("failed_row_created") == "false":
        result["created"] = False
    return result


def _success(record_id: str) -> Result:
    return {"id": record_id, "success": True, "errors": []}


def _check_fields(call: Call, rows: list[dict[str, Any]], types: list[SObject]) -> None:
    """One reading of an open question: an unknown field fails the whole request."""
    if call.org.profile("unknown_field") != "request":
        return
    for row, sobject in zip(rows, types, strict=True):
        for name in row:
            if name != "attributes" and not (sobject.field(name) or sobject.relationship(name)):
                raise records.unknown_field(sobject, name).api_error()


def insert(call: Call) -> Answer:
    """`POST …/composite/sobjects`."""
    rows, all_or_none = _rows(call)
    types = _types(call, rows)
    _check_fields(call, rows, types)

    def step(sobject: SObject, row: dict[str, Any]) -> Callable[[], Result]:
        return lambda: _success(records.insert(call, sobject, row))

    steps = [step(sobject, row) for sobject, row in zip(types, rows, strict=True)]
    return _run(call, steps, all_or_none=all_or_none)


def update(call: Call) -> Answer:
    """`PATCH …/composite/sobjects`; a record that comes twice fails twice."""
    rows, all_or_none = _rows(call)
    types = _types(call, rows)
    _check_fields(call, rows, types)
    ids = [_row_id(row) for row in rows]
    times = Counter(to_18(one) for one in ids if isinstance(one, str))

    def step(sobject: SObject, row: dict[str, Any], given: Any) -> Callable[[], Result]:  # noqa: ANN401 - as sent
        def run() -> Result:
            if not given:
                raise RowError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
            record_id = to_18(str(given))
            if record_id is None or not record_id.startswith(sobject.prefix or "???"):
                raise RowError(
                    "MALFORMED_ID",
                    f"{sobject.fields['id'].label}: id value of incorrect type: {given}",
                    ["Id"],
                )
            if times[record_id] > 1:
                raise RowError("DUPLICATE_VALUE", f"Duplicate id specified: {record_id}", ["Id"])
            values = {name: value for name, value in row.items() if name.lower() != "id"}
            records.update(call, sobject, record_id, values)
            return _success(record_id)

        return run

    steps = [step(*three) for three in zip(types, rows, ids, strict=True)]
    return _run(call, steps, all_or_none=all_or_none, ids=ids)


def _row_id(row: dict[str, Any]) -> Any:  # noqa: ANN401 - as sent
    return next((value for name, value in row.items() if name.lower() == "id"), None)


def upsert(call: Call, sobject: str, name: str) -> Answer:
    """`PATCH …/composite/sobjects/{object}/{field}`."""
    target = call.org.sobject(sobject)
    field = records.field_or_404(target, name)
    rows, all_or_none = _rows(call)
    types = _types(call, rows)
    if any(one.name != target.name for one in types):
        raise ApiError(400, "INVALID_TYPE", f"All records must be of type {target.name}")
    _check_fields(call, rows, types)
    upserts.check_allowed(call, field)
    keys = [_key(row, field.name) for row in rows]
    times = Counter(_folded(key, exact=field.case_sensitive) for key in keys)

    def step(row: dict[str, Any], key: Any) -> Callable[[], Result]:  # noqa: ANN401 - as sent
        def run() -> Result:
            if key is not None and times[_folded(key, exact=field.case_sensitive)] > 1:
                raise RowError(
                    "DUPLICATE_VALUE", f"Duplicate external id specified: {key}", [field.name]
                )
            done = upserts.upsert(call, target, field, row)
            return {**_success(done.id), "created": done.created}

        return run

    steps = [step(*two) for two in zip(rows, keys, strict=True)]
    return _run(call, steps, all_or_none=all_or_none, upserting=True)


def _key(row: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - as sent
    return next((value for key, value in row.items() if key.lower() == name.lower()), None)


def _folded(key: Any, *, exact: bool) -> Any:  # noqa: ANN401 - as sent
    return key.lower() if isinstance(key, str) and not exact else str(key)


def _given_ids(call: Call) -> list[str]:
    ids = [one.strip() for one in call.params.get("ids", "").split(",") if one.strip()]
    if not ids:
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "ids is required")
    return ids


def delete(call: Call) -> Answer:
    """`DELETE …/composite/sobjects?ids=`."""
    ids = _given_ids(call)
    too_many(len(ids))

    def step(given: str) -> Callable[[], Result]:
        def run() -> Result:
            record_id = to_18(given)
            sobject = object_for_prefix(record_id[:3]) if record_id else None
            if record_id is None or sobject is None:
                raise RowError("MALFORMED_ID", f"malformed id {given}")
            records.delete(call, sobject, record_id)
            return _success(record_id)

        return run

    return _run(call, [step(one) for one in ids], all_or_none=call.flag("allOrNone"), ids=list(ids))


def read(call: Call, sobject: str) -> Answer:
    """`GET …/composite/sobjects/{object}?ids=&fields=`; a record that is not there is null."""
    fields = [name for name in call.params.get("fields", "").split(",") if name.strip()]
    return _read(call, call.org.sobject(sobject), _given_ids(call), fields)


def read_many(call: Call, sobject: str) -> Answer:
    """`POST …/composite/sobjects/{object}` with `ids` and `fields`."""
    target = call.org.sobject(sobject)
    body = call.json_object()
    ids, fields = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "ids and fields are required")
    return _read(call, target, [str(one) for one in ids], [str(one) for one in fields])


def _read(call: Call, sobject: SObject, ids: list[str], fields: list[str]) -> Answer:
    if not fields:
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "fields is required")
    too_many(len(ids), MOST_READ)
    known = [to_18(one) for one in ids]
    found = read_fields(call, sobject, list(_present(known)), fields)
    return Answer(body=[found.get(one or "") for one in known])


def _present(ids: list[str | None]) -> Iterator[str]:
    for one in ids:
        if one is not None:
            yield one
