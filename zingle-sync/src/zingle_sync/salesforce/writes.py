"""sObject Collections: insert, update and upsert of up to 200 rows a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zingle_sync.http import Answer
from zingle_sync.salesforce.answers import NOT_OURS, Result, read_results
from zingle_sync.salesforce.messages import clean_message
from zingle_sync.salesforce.values import RowError, RowResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zingle_sync.salesforce.calls import Caller

ROWS_PER_CALL = 200
# Tries of rows that another transaction holds a lock on, the first included.
LOCK_TRIES = 5
# Seconds before rows are tried again; doubles with every further try.
LOCK_DELAY = 0.5


def write(
    caller: Caller,
    method: str,
    sobject: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str | None = None,
) -> list[RowResult]:
    """Write rows in order, 200 in a call, and locked ones again; one result per row, in order.

    POST inserts; PATCH updates, or upserts by the field `key`.
    """

    def send(some: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        return _send(caller, method, sobject, some, key)

    results: list[RowResult] = []
    for start in range(0, len(rows), ROWS_PER_CALL):
        results += _write_chunk(caller, send, rows[start : start + ROWS_PER_CALL])
    return results


def _write_chunk(
    caller: Caller,
    send: Callable[[Sequence[Mapping[str, Any]]], list[RowResult]],
    rows: Sequence[Mapping[str, Any]],
) -> list[RowResult]:
    results = send(rows)
    for attempt in range(1, LOCK_TRIES):
        locked = [index for index, result in enumerate(results) if is_locked(result)]
        if not locked:
            break
        caller.sleep(LOCK_DELAY * 2.0 ** (attempt - 1))
        # Fewer rows at a time, so that they wait for fewer locks.
        size = max(1, len(locked) // 2) if attempt > 1 else len(locked)
        for start in range(0, len(locked), size):
            part = locked[start : start + size]
            for index, result in zip(part, send([rows[index] for index in part]), strict=True):
                results[index] = result
    return results


def _send(
    caller: Caller,
    method: str,
    sobject: str,
    rows: Sequence[Mapping[str, Any]],
    key: str | None,
) -> list[RowResult]:
    path = "composite/sobjects"
    if key is not None:
        path += f"/{quote(sobject, safe='')}/{quote(key, safe='')}"
    verb = "upsert" if key else {"POST": "insert", "PATCH": "update"}[method]
    results = caller.send_json(
        method,
        path,
        {
            "allOrNone": False,
            "records": [{"attributes": {"type": sobject}, **row} for row in rows],
        },
        lambda response: _counted(read_results(response), len(rows)),
        what=f"{verb} of {len(rows)} {sobject} rows",
        repeatable=method != "POST",
    )
    return [_row_result(result) for result in results]


def _counted(results: list[Result] | Answer, rows: int) -> list[Result] | Answer:
    return results if isinstance(results, Answer) or len(results) == rows else NOT_OURS


def _row_result(result: Result) -> RowResult:
    errors = tuple(
        RowError(
            error.statusCode,
            clean_message(error.message, error.statusCode),
            tuple(error.fields or ()),
        )
        for error in result.errors
    )
    return RowResult(result.id or None, result.success, result.created, errors)


def is_locked(result: RowResult) -> bool:
    """Whether a row failed only because another transaction held a lock (nothing was written)."""
    return any(
        error.code in {"UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD"}
        or "UNABLE_TO_LOCK_ROW" in error.message
        for error in result.errors
    )
