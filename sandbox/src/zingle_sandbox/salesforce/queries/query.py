"""`query`, `queryAll` and their further pages (REST API Developer Guide, Query)."""

from __future__ import annotations

import re
from typing import Any

from zingle_sandbox.salesforce.org.calls import Answer, ApiError, Call
from zingle_sandbox.salesforce.queries.columns import column_metadata
from zingle_sandbox.salesforce.queries.contexts import compile_query, context_of
from zingle_sandbox.salesforce.queries.pages import page
from zingle_sandbox.salesforce.queries.results import result_of
from zingle_sandbox.salesforce.soql.aggregate import MOST_GROUPS, Aggregation
from zingle_sandbox.salesforce.soql.errors import MALFORMED_QUERY
from zingle_sandbox.salesforce.soql.parser import FORMER_LEVELS, MOST_LEVELS
from zingle_sandbox.salesforce.soql.plan import Count, Rows

# The version since which subqueries may have subqueries.
DEEP_SINCE = 58.0
SMALLEST_BATCH, LARGEST_BATCH = 200, 2_000
_BATCH = re.compile(r"batchsize\s*=\s*(\d+)", re.IGNORECASE)


def query(call: Call) -> Answer:
    """`GET …/query?q=`: live rows."""
    return _query(call, everything=False)


def query_all(call: Call) -> Answer:
    """`GET …/queryAll?q=`: deleted rows and archived activities too."""
    return _query(call, everything=True)


def _query(call: Call, *, everything: bool) -> Answer:
    text = call.params.get("q")
    if not text:
        raise ApiError(400, MALFORMED_QUERY, "SOQL statement is missing")
    context = context_of(call.org, call.session.user_id, everything=everything)
    levels = MOST_LEVELS if float(call.version) >= DEEP_SINCE else FORMER_LEVELS
    tree, compiled = compile_query(context, text, levels)
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
            return Answer(body=page(call, result_of(call, compiled, page_size(call)), 0, None))


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


def page_size(call: Call) -> int:
    """Rows a page: the caller's wish within the service's bounds."""
    size = min(int(call.org.option("page_size")), LARGEST_BATCH)
    wish = _BATCH.search(call.headers.get("sforce-query-options", ""))
    if wish is not None:
        size = min(size, max(SMALLEST_BATCH, int(wish[1])))
    return size


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
    if call.org.option("locator_session") and result.token != call.session.token:
        raise lost
    if call.org.sandbox.clock.timestamp() > result.expires:
        call.org.locators.drop(name)
        raise lost
    if int(offset) >= result.total:
        raise lost
    return Answer(body=page(call, result, int(offset), name))
