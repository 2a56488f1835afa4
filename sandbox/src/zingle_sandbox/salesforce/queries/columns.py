"""`columns=true`: what a query would answer, without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.fields import NUMBERS
from zingle_sandbox.salesforce.soql.aggregate import Aggregation
from zingle_sandbox.salesforce.soql.plan import Count, Plan

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.soql.ast import Query
    from zingle_sandbox.salesforce.soql.scope import Context

_APEX = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "int": "Integer",
    "double": "Double",
    "currency": "Double",
    "percent": "Double",
    "date": "Date",
    "datetime": "Datetime",
    "time": "Time",
    "address": "Address",
    "location": "Location",
}


def _column(name: str, type_: str, *, aggregate: bool = False) -> dict[str, Any]:
    first, _, rest = name.partition(".")
    return {
        "aggregate": aggregate,
        "apexType": _APEX.get(type_, "String"),
        "booleanType": type_ == "boolean",
        "columnName": first,
        "custom": name.endswith("__c"),
        "displayName": first,
        "foreignKeyName": None,
        "insertable": True,
        "joinColumns": [_column(rest, type_)] if rest else [],
        "numberType": type_ in NUMBERS,
        "textType": type_ not in _APEX,
        "updatable": True,
    }


def column_metadata(context: Context, query: Query, plan: Plan) -> dict[str, Any]:
    """Names and types of the selected columns."""
    sobject = context.sobject(query.source.name, query.source.at)
    match plan:
        case Count():
            columns = []
        case Aggregation(keys=keys):
            columns = [_column(key, kind, aggregate=is_sum) for key, kind, is_sum in keys]
        case _:
            columns = [_column(header.name, header.type) for header in plan.selection.headers]
    return {
        "columnMetadata": columns,
        "entityName": sobject.name,
        "groupBy": bool(query.group_by),
        "idSelected": any(column["columnName"] == "Id" for column in columns),
        "keyPrefix": sobject.prefix,
    }
