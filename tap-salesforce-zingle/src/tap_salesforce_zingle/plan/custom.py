"""From the user's own SOQL to a stream (pure).

Which keys fit is decided here; what a SELECT list means in `select_list`, how a stream is asked
for in `plans`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.columns import Leaf, column_of, holds_files, parent_ids, selection
from tap_salesforce_zingle.plan.custom_query import (
    CustomQuery,
    CustomQueryError,
    reasons_for_full_table,
)
from tap_salesforce_zingle.plan.paths import UnknownNameError, did_you_mean, follow, sentence
from tap_salesforce_zingle.plan.plans import DEFAULT_KEY, Api, Definition, Plan
from tap_salesforce_zingle.plan.select_list import Level, columns_of, distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_salesforce_zingle.plan.schemas import Describe, Field


def custom_definition(
    query: CustomQuery,
    describe: Describe,
    *,
    api: Api,
    objects: Callable[[], Sequence[str]] = tuple,
) -> Definition:
    """The stream of a custom query.

    Args:
        query: The setting; its text has been scanned without problems before.
        describe: Gives describes; raises LookupError for objects that are not visible.
        api: The tap's own setting.
        objects: Gives the names of all objects, asked only to explain a wrong one.

    Raises:
        CustomQueryError: If the query names what does not exist, or its keys do not fit.
    """
    scanned = soql.scan(query.text)
    try:
        sobject = describe(scanned.sobject)
    except LookupError:
        hint = did_you_mean(scanned.sobject, objects())
        message = f"there is no object {scanned.sobject!r}{hint}"
        position = scanned.sobject_position
        raise CustomQueryError([query.given.problem(message, position)]) from None
    level = Level(query.given, scanned, sobject, describe)
    level.read()
    key = _replication_key(query, level)
    by_id = not scanned.has_aggregate
    primary_keys = query.primary_keys
    if primary_keys is None:
        primary_keys = ("Id",) if by_id else ()
    extra = [_field_of("Id", level)] if by_id else []
    extra += [key] if key else []
    columns = list(columns_of(level.tree))
    texts = list(level.texts)
    is_id_hidden = False
    for entry in extra:
        name = str(entry["name"])
        origin = level.origins.get((name.lower(),))
        if origin == "":  # the field itself is selected
            continue
        if origin is not None:
            level.problems.append(
                f"{query.place}: the column {name} is not the field {name}, which reading goes by; "
                "give it an alias of its own."
            )
        texts.append(name)
        if name == "Id" and "Id" not in primary_keys:
            is_id_hidden = True
        else:
            columns.append(column_of(entry, sobject))
    level.problems += _missing_keys(query, primary_keys, [column.name for column in columns])
    if level.problems:
        raise CustomQueryError(level.problems)
    clauses = {**scanned.clauses, "SELECT": distinct(texts)}
    include_deleted = clauses.pop("ALL ROWS", None) is not None
    is_fixed = any(name in clauses for name in ("ORDER BY", "LIMIT", "OFFSET"))
    for_bulk = [*columns, *([Leaf("Id", "id")] if is_id_hidden else [])]
    is_for_bulk = level.is_plain and "OFFSET" not in clauses and not holds_files(columns)
    plan = Plan(
        sobject=str(sobject["name"]),
        clauses=clauses,
        columns=tuple(columns),
        # The Ids of parents tell missing ones from empty ones.
        bulk_select=distinct([*selection(for_bulk), *parent_ids(for_bulk)])
        if is_for_bulk
        else None,
        key=None if key is None else str(key["name"]),
        kind="date" if key is not None and key["type"] == "date" else "datetime",
        by_id=by_id and (key is not None or not is_fixed),
        is_total=scanned.is_total,
        # What functions answer has names of Salesforce's choice: they are looked at.
        is_exact=level.is_plain
        and not is_id_hidden
        and all(isinstance(column, Leaf) for column in columns),
        include_deleted=include_deleted,
        api=query.api or api,
    )
    return Definition(
        name=query.name,
        primary_keys=primary_keys,
        plan=plan,
        is_custom=True,
        looks_at=(*scanned.related, *level.formulas),
        warnings=(*_warnings_of(query, scanned, key), *_keyless(query, level, primary_keys)),
    )


def _field_of(name: str, level: Level) -> Field:
    return follow((name,), level.sobject, level.describe).field


def _replication_key(query: CustomQuery, level: Level) -> Field | None:
    """The field of the replication key, None to read the whole table."""
    named = query.replication_key
    if named == "" or (named is None and reasons_for_full_table(level.scanned)):
        return None
    place = f"{query.place}.replication_key"
    try:
        entry = _field_of(named or DEFAULT_KEY, level)
    except UnknownNameError as error:
        level.problems += [] if named is None else [sentence(f"{place}: {error}")]
        return None
    if entry["type"] not in {"date", "datetime"}:
        reason = f"is of type {entry['type']}, but must be a date or datetime"
    elif not entry.get("filterable", True) or not entry.get("sortable", True):
        reason = "can be neither filtered nor sorted by"
    else:
        return entry
    level.problems += [] if named is None else [f"{place}: {entry['name']} {reason}."]
    return None


def _missing_keys(query: CustomQuery, keys: Sequence[str], columns: Sequence[str]) -> list[str]:
    place = f"{query.place}.primary_keys"
    otherwise = f"; it has {', '.join(columns)}"
    return [
        sentence(
            f"{place}: the query has no column {name!r}{did_you_mean(name, columns) or otherwise}"
        )
        for name in keys
        if name not in columns
    ]


def _warnings_of(query: CustomQuery, scanned: soql.Query, key: Field | None) -> tuple[str, ...]:
    """What the user should know about a query that can be read."""
    warnings = []
    if key is not None and "ORDER BY" in scanned.clauses:
        warnings.append(
            f"{query.place}: its ORDER BY is replaced by the order of {key['name']} and Id, so "
            "that reading can be resumed."
        )
    if key is not None and query.replication_key and key.get("nillable"):
        warnings.append(f"{query.place}: rows without {key['name']} are never read incrementally.")
    return tuple(warnings)


def _keyless(query: CustomQuery, level: Level, keys: Sequence[str]) -> list[str]:
    """Keys of which a row may have none: it could not be told from the others without."""
    where = level.scanned.clauses.get("WHERE", "")
    columns = (level.tree.get(name) for name in keys)
    return [
        f"{query.place}.primary_keys: {column.name} may be empty, and a row "
        f"without it has no key; add {column.field['name']} != null to the WHERE."
        for column in columns
        if isinstance(column, Leaf)
        and column.field.get("nillable")
        and not re.search(rf"\b{column.field['name']}\s*(!=|<>)\s*null\b", where, re.IGNORECASE)
    ]
