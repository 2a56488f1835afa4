"""Rows to pages of records, with the way to the next page."""

from __future__ import annotations

import json
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.org.calls import ApiError, Call, Org
from zingle_sandbox.salesforce.org.locators import Result
from zingle_sandbox.salesforce.queries.contexts import context_of
from zingle_sandbox.salesforce.soql.errors import SoqlError
from zingle_sandbox.salesforce.soql.plan import row_query
from zingle_sandbox.salesforce.soql.select import ChildQuery, Selection, select
from zingle_sandbox.salesforce.soql.shape import build, build_flat

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CHILD_ROWS = 200


def plain_cursor(org: Org) -> sqlite3.Cursor:
    """A cursor that yields tuples, which are faster than named rows."""
    cursor = org.sandbox.store.connection.cursor()
    cursor.row_factory = None
    return cursor


def expiry(org: Org) -> float:
    """When a result that is made now is forgotten, in epoch seconds."""
    return org.sandbox.clock.timestamp() + 3600 * float(org.option("locator_hours"))


def page(call: Call, result: Result, start: int, locator: str | None) -> dict[str, Any]:
    """One page, and the way to the next."""
    org = call.org
    size = result.size
    if org.option("short_pages"):
        size = org.sandbox.random.randint(max(1, size // 2), size)
    rows = result.rows[start : start + size]
    body: dict[str, Any] = {
        "totalSize": result.total,
        # Rows may have vanished behind the API's back: no page without rows leads on.
        "done": not rows or start + len(rows) >= result.total,
    }
    if not body["done"]:
        locator = locator or org.locators.add(result)
        body["nextRecordsUrl"] = (
            f"/services/data/v{call.version}/query/{locator}-{start + len(rows)}"
        )
    body["records"] = records(call, result.selection, rows)
    return body


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
        token=call.session.token,
        expires=expiry(call.org),
        size=CHILD_ROWS,
    )
    return page(call, result, 0, None)
