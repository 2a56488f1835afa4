"""`query`, `queryAll` and their further pages (contract §4)."""

from __future__ import annotations

import asyncio
import json
import re
from array import array
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from zingle_sandbox.salesforce.columns import column_metadata
from zingle_sandbox.salesforce.locators import Result
from zingle_sandbox.salesforce.service import Answer, ApiError, Call, Org
from zingle_sandbox.salesforce.soql.aggregate import MOST_GROUPS, Aggregation
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY, SoqlError
from zingle_sandbox.salesforce.soql.parser import parse
from zingle_sandbox.salesforce.soql.plan import Count, Plan, Rows, plan, row_query
from zingle_sandbox.salesforce.soql.scope import Context
from zingle_sandbox.salesforce.soql.select import ChildQuery, Selection, select
from zingle_sandbox.salesforce.soql.shape import build, build_flat
from zingle_sandbox.salesforce.times import sf_datetime

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from zingle_sandbox.salesforce.soql.ast import Query

SMALLEST_BATCH, LARGEST_BATCH = 200, 2_000
CHILD_ROWS = 200
RECYCLE_BIN_DAYS = 15
# Beyond this many rows, an undefined order is shuffled in blocks.
_SHUFFLED_WHOLE = 20_000
# Beyond this many rows, the first page is answered before the rest is looked up.
_READ_WHOLE = 50_000
_PAUSE = 0.1  # seconds, in which the first page leaves
_BATCH = re.compile(r"batchsize\s*=\s*(\d+)", re.IGNORECASE)


def query(call: Call) -> Answer:
    """`GET …/query?q=`: live rows."""
    return _query(call, everything=False)


def query_all(call: Call) -> Answer:
    """`GET …/queryAll?q=`: deleted rows and archived activities too."""
    return _query(call, everything=True)


def context_of(org: Org, user_id: str, *, everything: bool) -> Context:
    """What the user's queries are compiled against."""
    now = org.sandbox.clock.now()
    zone = org.sandbox.store.value("SELECT TimeZoneSidKey FROM sf_User WHERE Id = ?", (user_id,))
    return Context(
        objects=org.objects,
        now=now,
        zone=ZoneInfo(zone or "UTC"),
        user_id=user_id,
        everything=everything,
        purged_before=sf_datetime(now - timedelta(days=RECYCLE_BIN_DAYS)),
    )


def compile_query(context: Context, text: str) -> tuple[Query, Plan]:
    """Parse and plan.

    Raises:
        ApiError: 400; the query is refused.
    """
    try:
        tree = parse(text)
        return tree, plan(context, tree)
    except SoqlError as error:
        raise ApiError(400, error.code, error.laid_out(text)) from error


def _query(call: Call, *, everything: bool) -> Answer:
    text = call.params.get("q")
    if not text:
        raise ApiError(400, MALFORMED_QUERY, "SOQL statement is missing")
    context = context_of(call.org, call.session.user_id, everything=everything)
    tree, compiled = compile_query(context, text)
    if call.flag("columns"):
        return Answer(body=column_metadata(context, tree, compiled))
    store = call.org.sandbox.store
    match compiled:
        case Count(sql, parameters):
            return Answer(
                body={"totalSize": store.value(sql, parameters), "done": True, "records": []}
            )
        case Aggregation():
            return Answer(body=_aggregate(call, compiled))
        case Rows():
            return Answer(body=_first_page(call, compiled))


def _aggregate(call: Call, compiled: Aggregation) -> dict[str, Any]:
    rows = call.org.sandbox.store.all(compiled.sql, compiled.parameters)
    if len(rows) > MOST_GROUPS:
        raise ApiError(
            400, "EXCEEDED_ID_LIMIT", "Aggregate query does not support queryMore(), use LIMIT"
        )
    records = []
    for row in rows:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for value, (key, kind, _) in zip(tuple(row), compiled.keys, strict=False):
            record[key] = bool(value) if kind == "boolean" and value is not None else value
        records.append(record)
    return {"totalSize": len(records), "done": True, "records": records}


def _first_page(call: Call, compiled: Rows) -> dict[str, Any]:
    org = call.org
    size = page_size(call)
    rows, total, complete = _first_rows(org, compiled, size)
    result = Result(
        selection=compiled.selection,
        rows=rows,
        total=total,
        user_id=call.session.user_id,
        expires=_expiry(org),
        size=size,
    )
    if complete is not None:
        result.complete = lambda: complete(result)
        _soon(org, result)
    return _page(call, result, 0, None)


def _expiry(org: Org) -> float:
    return org.sandbox.clock.timestamp() + 3600 * float(org.option("locator_hours"))


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
        result.total = len(result.rows)

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


def plain_cursor(org: Org) -> sqlite3.Cursor:
    """A cursor that yields tuples, which are faster than named rows."""
    cursor = org.sandbox.store.connection.cursor()
    cursor.row_factory = None
    return cursor


def page_size(call: Call) -> int:
    """Rows a page: the caller's wish within the service's bounds."""
    size = min(int(call.org.option("page_size")), LARGEST_BATCH)
    wish = _BATCH.search(call.headers.get("sforce-query-options", ""))
    if wish is not None:
        size = min(size, max(SMALLEST_BATCH, int(wish[1])))
    return size


def _page(call: Call, result: Result, start: int, locator: str | None) -> dict[str, Any]:
    """One page, and the way to the next."""
    org = call.org
    size = result.size
    if org.option("short_pages"):
        size = org.sandbox.random.randint(max(1, size // 2), size)
    rows = result.rows[start : start + size]
    body: dict[str, Any] = {
        "totalSize": result.total,
        "done": start + len(rows) >= result.total,
    }
    if not body["done"]:
        locator = locator or org.locators.add(result)
        body["nextRecordsUrl"] = (
            f"/services/data/v{call.version}/query/{locator}-{start + len(rows)}"
        )
    body["records"] = records(call, result.selection, rows)
    return body


def more(call: Call, locator: str) -> Answer:
    """`GET …/query/{locator}-{offset}`.

    Raises:
        ApiError: 400 or 404; nothing is known by that locator, or it has expired.
    """
    name, _, offset = locator.rpartition("-")
    result = call.org.locators.results.get(name)
    lost = ApiError(
        int(call.org.profile("lost_locator")), "INVALID_QUERY_LOCATOR", "invalid query locator"
    )
    if result is None or not offset.isdigit() or result.user_id != call.session.user_id:
        raise lost
    if call.org.sandbox.clock.timestamp() > result.expires:
        del call.org.locators.results[name]
        raise lost
    if int(offset) >= result.total:
        raise lost
    return Answer(body=_page(call, result, int(offset), name))


def fetch(org: Org, selection: Selection, rows: Sequence[int]) -> list[tuple[Any, ...]]:
    """The columns of some rows, in the order given; rows that are gone are left out."""
    columns = ", ".join(selection.columns)
    live = ""
    if not selection.everything and "isdeleted" in selection.sobject.fields:
        live = f" WHERE {selection.alias}.IsDeleted = 0"
    source = selection.from_sql.replace(
        f"{selection.sobject.table} AS {selection.alias}",
        f"json_each(:chosen) AS chosen CROSS JOIN {selection.sobject.table} AS {selection.alias}"
        f" ON {selection.alias}.rowid = chosen.value",
        1,
    )
    cursor = plain_cursor(org)
    found: list[tuple[Any, ...]] = cursor.execute(
        f"SELECT {columns} FROM {source}{live} ORDER BY chosen.key",
        {**selection.parameters, "chosen": json.dumps(list(rows))},
    ).fetchall()
    return found


def records(call: Call, selection: Selection, rows: Sequence[int]) -> list[dict[str, Any]]:
    """Rows as records."""
    base = f"/services/data/v{call.version}/sobjects"
    found = fetch(call.org, selection, rows)
    flat = build_flat(selection.shape, found, base)
    if flat is not None:
        return flat
    ids = [row[selection.shape.id_at] for row in found]
    children = [_children(call, child, ids, selection) for child in selection.children]

    def of_parent(index: int, parent_id: str) -> dict[str, Any] | None:
        return children[index].get(parent_id)

    return [
        record
        for row in found
        if (record := build(selection.shape, row, base, of_parent)) is not None
    ]


def _children(
    call: Call, child: ChildQuery, ids: list[str], parent: Selection
) -> dict[str, dict[str, Any]]:
    """The result of a child subquery for each parent id that has children."""
    context = context_of(call.org, call.session.user_id, everything=parent.everything)
    try:
        chosen = select(context, child.sobject, child.query, nested=True)
        one_by_one = replace(child.query, limit=None, offset=None)
        among = f"{{alias}}.{child.lookup} IN (SELECT value FROM json_each(:parents))"
        sql, parameters = row_query(context, child.sobject, one_by_one, among=among)
    except SoqlError as error:
        raise ApiError(400, error.code, error.message) from error
    parameters["parents"] = json.dumps(ids)
    cursor = plain_cursor(call.org)
    alias = sql.removeprefix("SELECT ").partition(".")[0]
    found: dict[str, list[int]] = {}
    with_parent = sql.replace(f"{alias}.rowid", f"{alias}.rowid, {alias}.{child.lookup}", 1)
    for row, parent_id in cursor.execute(with_parent, parameters):
        found.setdefault(parent_id, []).append(row)
    first = child.query.offset or 0
    last = None if child.query.limit is None else first + child.query.limit
    results = {}
    for parent_id, rows in found.items():
        kept = rows[first:last]
        if kept:
            results[parent_id] = _child_page(call, chosen, kept)
    return results


def _child_page(call: Call, selection: Selection, rows: list[int]) -> dict[str, Any]:
    """The first page of one parent's children, with its own way to the next."""
    result = Result(
        selection=selection,
        rows=array("q", rows),
        total=len(rows),
        user_id=call.session.user_id,
        expires=_expiry(call.org),
        size=CHILD_ROWS,
    )
    return _page(call, result, 0, None)
