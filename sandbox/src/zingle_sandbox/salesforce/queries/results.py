"""The rows of a query's result, in its order."""

from __future__ import annotations

import asyncio
from array import array
from typing import TYPE_CHECKING

from zingle_sandbox.salesforce.org.calls import ApiError, Call, Org
from zingle_sandbox.salesforce.org.locators import Result
from zingle_sandbox.salesforce.queries.pages import expiry, plain_cursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from zingle_sandbox.salesforce.soql.plan import Rows

# Beyond this many rows, an undefined order is shuffled in blocks.
_SHUFFLED_WHOLE = 20_000
# Beyond this many rows, the first page is answered before the rest is looked up.
_READ_WHOLE = 50_000
_PAUSE = 0.1  # seconds, in which the first page leaves


def result_of(call: Call, compiled: Rows, size: int) -> Result:
    """Run a query; of a long result, only the first page is looked up at once.

    Raises:
        ApiError: 400; the query takes too long.
    """
    org = call.org
    rows, total, complete = _first_rows(org, compiled, size)
    result = Result(
        selection=compiled.selection,
        rows=rows,
        total=total,
        user_id=call.session.user_id,
        token=call.session.token,
        expires=expiry(org),
        size=size,
    )
    if complete is not None:
        result.complete = lambda: complete(result)
        _soon(org, result)
    return result


def _first_rows(
    org: Org, compiled: Rows, size: int
) -> tuple[array[int], int, Callable[[Result], None] | None]:
    """The rows of a result, or of its first page if it is long; then also what reads the rest."""
    if compiled.windowed:
        rows = row_numbers(org, compiled)
        return rows, len(rows), None
    cursor = plain_cursor(org)
    total: int = cursor.execute(compiled.count_sql, compiled.parameters).fetchone()[0]
    if 0 < int(org.option("timeout_rows")) < total:
        raise ApiError(400, "QUERY_TIMEOUT", "Your query request was running for too long.")
    if total <= _READ_WHOLE:
        return row_numbers(org, compiled), total, None
    limited = f"{compiled.sql} LIMIT {size}"
    first = array("q", (row for (row,) in cursor.execute(limited, compiled.parameters)))
    taken = len(first)
    if not compiled.ordered and org.option("shuffle"):
        org.sandbox.random.shuffle(first)

    def complete(result: Result) -> None:
        rest = row_numbers(org, compiled, skip=taken)
        result.rows = result.rows + rest

    return first, total, complete


def _soon(org: Org, result: Result) -> None:
    """Read the rest once the first page has been sent, but before any other call is served."""

    def finish() -> None:
        with org.sandbox.store.lock:
            org.locators.finish()

    org.locators.unfinished.append(result)
    try:
        asyncio.get_running_loop().call_later(_PAUSE, finish)
    except RuntimeError:  # no server around us
        finish()


def row_numbers(org: Org, compiled: Rows, *, skip: int = 0) -> array[int]:
    """The rows of a result in its order; without ORDER BY the order means nothing."""
    found = plain_cursor(org).execute(compiled.sql, compiled.parameters).fetchall()
    rows = array("q", (row for (row,) in (found[skip:] if skip else found)))
    if not compiled.ordered and org.option("shuffle"):
        _shuffle(org, rows)
    return rows


def _shuffle(org: Org, rows: array[int]) -> None:
    if len(rows) <= _SHUFFLED_WHOLE:
        org.sandbox.random.shuffle(rows)
        return
    blocks = [rows[at : at + _SHUFFLED_WHOLE] for at in range(0, len(rows), _SHUFFLED_WHOLE)]
    org.sandbox.random.shuffle(blocks)
    org.sandbox.random.shuffle(blocks[0])
    at = 0
    for block in blocks:
        rows[at : at + len(block)] = block
        at += len(block)
