"""How a stream is read, as values: its columns, its clauses and the queries they make (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.columns import Column, Compound, Leaf, holds_files, selection
from tap_salesforce_zingle.plan.schemas import hint_of
from zingle_sync.salesforce.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Api = Literal["auto", "rest", "bulk"]
KeyKind = Literal["datetime", "date"]

# Changes with every change by users and by Salesforce itself, unlike LastModifiedDate.
DEFAULT_KEY = "SystemModstamp"
# What an object without it is read by, the best first; with the last two, new rows alone are seen.
REPLICATION_KEYS = (DEFAULT_KEY, "LastModifiedDate", "CreatedDate", "LoginTime")
SEES_CHANGES = frozenset(REPLICATION_KEYS[:2])


@dataclass(frozen=True, slots=True)
class Plan:
    """How one stream is read.

    Attributes:
        sobject: The FROM object.
        clauses: The query without window; SELECT holds what REST is asked for.
        columns: What the record consists of.
        bulk_select: The SELECT list for Bulk API 2.0, None when it cannot serve this query.
        key: Replication key, None to read the whole table.
        kind: Type of the replication key.
        by_id: Whether rows can be put in the order of their Id.
        is_total: Whether there is but one row, about all records.
        is_exact: Whether the row holds nothing but the columns.
        include_deleted: Whether deleted rows and archived activities are read.
        api: Which API to use.
    """

    sobject: str
    clauses: Mapping[str, str]
    columns: tuple[Column, ...]
    bulk_select: str | None = None
    key: str | None = None
    kind: KeyKind = "datetime"
    by_id: bool = True
    is_total: bool = False
    is_exact: bool = True
    include_deleted: bool = False
    api: Api = "auto"


@dataclass(frozen=True, slots=True)
class Definition:
    """A stream: what the catalog says about it and how it is read.

    Attributes:
        name: Stream name.
        primary_keys: Names of the key properties.
        plan: How it is read when everything is selected.
        always: Properties that cannot be deselected.
        on_request: Properties that are not selected unless somebody asks for them.
        is_custom: Whether the user wrote the query.
        ended: A condition for rows whose place another one takes, "" where there is none.
        living: The condition for all others.
        looks_at: What rows depend on and which changes without changing their replication key.
        warnings: What the user should know.
    """

    name: str
    primary_keys: tuple[str, ...]
    plan: Plan
    always: tuple[str, ...] = ()
    on_request: tuple[str, ...] = ()
    is_custom: bool = False
    ended: str = ""
    living: str = ""
    looks_at: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the records."""
        properties = {column.name: column.schema for column in self.plan.columns}
        return {"type": "object", "properties": properties}

    @property
    def hints(self) -> Mapping[str, Mapping[str, Any]]:
        """`x-salesforce` by property."""
        return {
            column.name: hint_of(column.field)
            for column in self.plan.columns
            if isinstance(column, Leaf | Compound) and column.field
        }


def with_columns(plan: Plan, columns: Sequence[Column]) -> Plan:
    """A plan that selects these columns of its object, and nothing else."""
    names = selection(columns)
    text = ", ".join(names)
    return replace(
        plan,
        columns=tuple(columns),
        clauses={**plan.clauses, "SELECT": text},
        bulk_select=None if holds_files(columns) else text,
        is_exact=len(names) == len(columns),
    )


def narrowed(definition: Definition, selected: Collection[str]) -> Plan:
    """The plan for the selected properties; a custom query is read as it was written."""
    if definition.is_custom:
        return definition.plan
    columns = [column for column in definition.plan.columns if column.name in selected]
    return with_columns(definition.plan, columns)


def with_condition(plan: Plan, condition: str) -> Plan:
    """A plan for those rows only that fulfil a further condition."""
    return replace(plan, clauses=conjoined(plan.clauses, condition))


def with_key(plan: Plan, key: str | None) -> Plan:
    """The plan with the replication key that a catalog asks for, None for the whole table.

    Raises:
        ConfigurationError: If it is no date or datetime of the stream, or a window of the query
            would be another query.
    """
    if key in {None, plan.key}:
        # A whole table is in the order of its Id alone, behind which reading goes on.
        return replace(plan, key=key)
    if whole := [name for name in ("LIMIT", "OFFSET", "GROUP BY") if name in plan.clauses]:
        raise ConfigurationError(
            f"The catalog wants the replication key {key}, with which {whole[0]} does not go "
            f"together: the query of {plan.sobject} is read whole, as FULL_TABLE."
        )
    kinds = {column.name: column.kind for column in plan.columns if isinstance(column, Leaf)}
    match kinds.get(key or ""):
        case "datetime" | "date" as kind:
            return replace(plan, key=key, kind=kind)
        case _:
            raise ConfigurationError(
                f"The catalog wants the replication key {key}, which is no selected date or "
                f"datetime of {plan.sobject}."
            )


def is_served_by_selection(definition: Definition, deselected: Collection[tuple[str, ...]]) -> bool:
    """Whether the query alone leaves out these breadcrumbs, such as `("properties", "Fax")`."""
    gone = {path for path in deselected if len(path) == len(("properties", "name"))}
    return not deselected or (
        not definition.is_custom and all(path[:2] in gone for path in deselected)
    )


def rest_soql(plan: Plan, condition: str | None) -> str:
    """The query for REST: the window's rows in an order that can be resumed.

    >>> plan = Plan("Lead", {"SELECT": "Id", "FROM": "Lead", "WHERE": "A = 1 OR B = 2"}, ())
    >>> rest_soql(plan, "Id > 'x'")
    "SELECT Id FROM Lead WHERE (A = 1 OR B = 2) AND Id > 'x' ORDER BY Id"
    """
    order = ", ".join(name for name in (plan.key, "Id" if plan.by_id else None) if name)
    clauses = {**plan.clauses, **({"ORDER BY": order} if order else {})}
    return soql.render(conjoined(clauses, condition))


def probe_soql(plan: Plan, condition: str | None) -> str:
    """The query for REST, for one row: what Salesforce says of it, it would say of a run's."""
    limit = {} if plan.is_total else {"LIMIT": "1"}
    return rest_soql(replace(plan, clauses={**limit, **plan.clauses}), condition)


def bulk_soql(plan: Plan, condition: str | None) -> str:
    """The query for Bulk API 2.0: without an order, so that Salesforce may read in parallel."""
    clauses = {**plan.clauses, "SELECT": plan.bulk_select or ""}
    if "LIMIT" not in clauses:
        clauses.pop("ORDER BY", None)
    return soql.render(conjoined(clauses, condition))


def count_soql(plan: Plan, condition: str | None) -> str:
    """The query for the number of rows."""
    clauses = {**plan.clauses, "SELECT": "COUNT()"}
    clauses.pop("ORDER BY", None)
    return soql.render(conjoined(clauses, condition))


def conjoined(clauses: Mapping[str, str], condition: str | None) -> dict[str, str]:
    """Clauses with a further condition beside the user's own."""
    if not condition:
        return dict(clauses)
    own = clauses.get("WHERE")
    return {**clauses, "WHERE": soql.conjunction(own, condition) if own else condition}
