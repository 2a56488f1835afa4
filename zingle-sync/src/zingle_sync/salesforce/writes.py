"""sObject Collections: insert, update and upsert of up to 200 rows a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from zingle_sync.salesforce.errors import TransientError, clean_message
from zingle_sync.salesforce.values import RowError, RowResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zingle_sync.salesforce.client import Salesforce

ROWS_PER_CALL: Final = 200
LOCK_TRIES: Final = 5
"""Tries of rows that another transaction holds a lock on, the first included."""
LOCK_DELAY: Final = 0.5
"""Seconds before rows are tried again; doubles with every further try."""


class _Error(msgspec.Struct):
    statusCode: str = ""  # noqa: N815 - Salesforce's name
    message: str = ""
    fields: list[str] | None = None


class _Result(msgspec.Struct):
    success: bool
    id: str | None = None
    created: bool | None = None
    errors: list[_Error] = []


class CollectionWriter:
    """Writes rows and tries locked ones again.

    Args:
        client: Sends the calls.
        sleep: Waits between two tries.
    """

    def __init__(self, client: Salesforce, *, sleep: Callable[[float], object]) -> None:
        self._client = client
        self._sleep = sleep

    def write(
        self,
        method: str,
        sobject: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        key: str | None = None,
    ) -> list[RowResult]:
        """Write rows in order, 200 in a call.

        Args:
            method: POST to insert, PATCH to update or upsert.
            sobject: Type of the rows.
            rows: Fields by name.
            key: Field to upsert by.

        Returns:
            One result per row, in order.
        """
        results: list[RowResult] = []
        for start in range(0, len(rows), ROWS_PER_CALL):
            results += self._write_chunk(method, sobject, rows[start : start + ROWS_PER_CALL], key)
        return results

    def _write_chunk(
        self, method: str, sobject: str, rows: Sequence[Mapping[str, Any]], key: str | None
    ) -> list[RowResult]:
        results = self._send(method, sobject, rows, key)
        for attempt in range(1, LOCK_TRIES):
            locked = [index for index, result in enumerate(results) if is_locked(result)]
            if not locked:
                break
            self._sleep(LOCK_DELAY * 2.0 ** (attempt - 1))
            # Fewer rows at a time, so that they wait for fewer locks.
            size = max(1, len(locked) // 2) if attempt > 1 else len(locked)
            for start in range(0, len(locked), size):
                part = locked[start : start + size]
                again = self._send(method, sobject, [rows[index] for index in part], key)
                for index, result in zip(part, again, strict=True):
                    results[index] = result
        return results

    def _send(
        self, method: str, sobject: str, rows: Sequence[Mapping[str, Any]], key: str | None
    ) -> list[RowResult]:
        path = "composite/sobjects"
        if key is not None:
            path += f"/{quote(sobject, safe='')}/{quote(key, safe='')}"
        verb = "upsert" if key else {"POST": "insert", "PATCH": "update"}[method]
        answer = self._client.send_json(
            method,
            path,
            {
                "allOrNone": False,
                "records": [{"attributes": {"type": sobject}, **row} for row in rows],
            },
            what=f"{verb} of {len(rows)} {sobject} rows",
            repeatable=method != "POST",
        )
        results = msgspec.convert(answer, list[_Result])
        if len(results) != len(rows):
            raise TransientError(
                f"Salesforce answered {len(results)} results for {len(rows)} {sobject} rows."
            )
        return [_row_result(result) for result in results]


def _row_result(result: _Result) -> RowResult:
    errors = tuple(
        RowError(error.statusCode, clean_message(error.message), tuple(error.fields or ()))
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
