"""A catalog that is older or smaller than the org (pure).

What a catalog does not name is not selected: that is Singer's rule, and a matter of privacy. Types
are always those of describe, so that SCHEMA and RECORD agree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.plan.columns import Leaf
from tap_salesforce_zingle.plan.plans import with_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_salesforce_zingle.plan.plans import Definition


def as_cataloged(
    definition: Definition, named: Mapping[str, Mapping[str, Any]], key: str | None
) -> tuple[Definition, list[str]]:
    """The stream with those columns that a catalog names, and what the user should know."""
    plan = definition.plan
    kept = {*definition.primary_keys, *definition.always, plan.key, key, *named}
    columns = [column for column in plan.columns if column.name in kept]
    gone = sorted(named.keys() - {column.name for column in plan.columns})
    warnings = [
        f"{definition.name}: {name} of the catalog is not there or not visible any more; "
        "it is left out."
        for name in gone
    ]
    warnings += [
        f"{definition.name}: {column.name} has another type than in the catalog; "
        "SCHEMA follows Salesforce."
        for column in columns
        if column.name in named and _kind(column.schema) != _kind(named[column.name])
    ]
    warnings += [
        f"{definition.name}: rows without {key} are never read incrementally."
        for column in columns
        if column.name == key != plan.key
        and isinstance(column, Leaf)
        and column.field.get("nillable")
    ]
    if definition.is_custom:
        is_exact = plan.is_exact and len(columns) == len(plan.columns)
        narrow = replace(plan, columns=tuple(columns), is_exact=is_exact)
    else:
        narrow = with_columns(plan, columns)
    return replace(definition, plan=narrow), warnings


def _kind(schema: Mapping[str, Any]) -> tuple[frozenset[str], object]:
    types = schema.get("type") or ()
    names = [types] if isinstance(types, str) else types
    return frozenset(names) - {"null"}, schema.get("format")
