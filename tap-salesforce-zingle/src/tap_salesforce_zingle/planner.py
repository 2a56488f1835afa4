"""From configuration and describes to queries (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.columns import Column, Compound, Leaf, parent_ids, selection
from tap_salesforce_zingle.schemas import COMPOUNDS, fields_by_name, hint_of, parts_of, schema_of
from zingle_sync.salesforce.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tap_salesforce_zingle.windows import KeyKind

Api = Literal["auto", "rest", "bulk"]

STREAM_OF: Final = {"Contact": "contacts", "Lead": "leads"}
"""Stream name by object."""
ALWAYS: Final = ("IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId")
"""Fields without which nobody can tell deleted, merged and converted people from the others."""
DEFAULT_KEY: Final = "SystemModstamp"
"""Changes with every change by users and by Salesforce itself, unlike LastModifiedDate."""
BULK_FROM: Final = 20_000
"""Expected rows from which Bulk API 2.0 is cheaper than pages of 2,000."""


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
    is_exact: bool = True
    include_deleted: bool = False
    api: Api = "auto"


@dataclass(frozen=True, slots=True)
class Definition:
    """A stream: what the catalog says about it and how it is read.

    Attributes:
        name: Stream name.
        schema: JSON Schema.
        primary_keys: Names of the key properties.
        plan: How it is read when everything is selected.
        hints: ``x-salesforce`` by property.
        always: Properties that cannot be deselected.
        on_request: Properties that are not selected unless somebody asks for them.
        is_custom: Whether the user wrote the query.
        warnings: What the user should know.
    """

    name: str
    schema: dict[str, Any]
    primary_keys: tuple[str, ...]
    plan: Plan
    hints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    on_request: tuple[str, ...] = ()
    is_custom: bool = False
    warnings: tuple[str, ...] = ()


def object_definition(
    describe: Mapping[str, Any], *, where: str | None, include_deleted: bool, api: Api
) -> Definition:
    """The stream of one object, with every field that the user may see.

    Args:
        describe: The object's describe.
        where: A SOQL condition, already scanned.
        include_deleted: Whether deleted rows are read.
        api: Which API to use.
    """
    sobject = str(describe["name"])
    fields = [entry for entry in describe["fields"] if not entry.get("deprecatedAndHidden")]
    columns = [column_of(entry, describe) for entry in fields]
    names = {str(entry["name"]) for entry in fields}
    clauses = {"FROM": sobject, **({"WHERE": where} if where else {})}
    plan = Plan(
        sobject=sobject,
        clauses=clauses,
        columns=(),
        key=DEFAULT_KEY if DEFAULT_KEY in names else None,
        include_deleted=include_deleted,
        api=api,
    )
    properties = {
        str(entry["name"]): schema_of(entry, parts_of(entry, describe)) for entry in fields
    }
    return Definition(
        name=STREAM_OF[sobject],
        schema={"type": "object", "properties": properties},
        primary_keys=("Id",),
        plan=with_columns(plan, columns),
        hints={str(entry["name"]): hint_of(entry) for entry in fields},
        always=tuple(name for name in ALWAYS if name in names),
        on_request=tuple(
            str(entry["name"]) for entry in fields if entry["type"] in {*COMPOUNDS, "base64"}
        ),
    )


def column_of(entry: Mapping[str, Any], describe: Mapping[str, Any]) -> Column:
    """The column of a field; a compound one is read by its parts."""
    name = str(entry["name"])
    if entry["type"] not in COMPOUNDS:
        return Leaf(name, str(entry["type"]))
    kinds = {key: str(part["type"]) for key, part in fields_by_name(describe).items()}
    parts = parts_of(entry, describe)
    return Compound(
        name, tuple((part, kinds[part.lower()], inner) for part, inner in parts.items())
    )


def with_columns(plan: Plan, columns: Sequence[Column]) -> Plan:
    """A plan that selects these columns of its object, and nothing else."""
    names = selection(columns)
    text = ", ".join(names)
    return replace(
        plan,
        columns=tuple(columns),
        clauses={**plan.clauses, "SELECT": text},
        bulk_select=None
        if any(isinstance(column, Leaf) and column.kind == "base64" for column in columns)
        else text,
        is_exact=len(names) == len(columns),
    )


def narrowed(definition: Definition, selected: Collection[str]) -> Plan:
    """The plan for the selected properties; a custom query is read as it was written."""
    if definition.is_custom:
        return definition.plan
    columns = [column for column in definition.plan.columns if column.name in selected]
    return with_columns(definition.plan, columns)


def with_key(plan: Plan, key: str | None) -> Plan:
    """The plan with the replication key that a catalog asks for.

    Raises:
        ConfigurationError: If it is no date or datetime of the stream.
    """
    if key in (None, plan.key):
        return plan
    kinds = {column.name: column.kind for column in plan.columns if isinstance(column, Leaf)}
    match kinds.get(key or ""):
        case "datetime":
            return replace(plan, key=key, kind="datetime")
        case "date":
            return replace(plan, key=key, kind="date")
        case _:
            raise ConfigurationError(
                f"The catalog wants the replication key {key}, which is no selected date or "
                f"datetime of {plan.sobject}."
            )


def is_served_by_selection(definition: Definition, deselected: Collection[tuple[str, ...]]) -> bool:
    """Whether the query alone leaves everything out that is deselected.

    Args:
        definition: The stream.
        deselected: Breadcrumbs, such as ``("properties", "Fax")``.
    """
    gone = {path for path in deselected if len(path) == len(("properties", "name"))}
    return not deselected or (
        not definition.is_custom and all(path[:2] in gone for path in deselected)
    )


def rest_soql(plan: Plan, condition: str | None) -> str:
    """The query for REST: the window's rows in an order that can be resumed.

    Args:
        plan: The plan.
        condition: The window, or None.

    >>> plan = Plan("Lead", {"SELECT": "Id", "FROM": "Lead", "WHERE": "A = 1 OR B = 2"}, ())
    >>> rest_soql(plan, "Id > 'x'")
    "SELECT Id FROM Lead WHERE (A = 1 OR B = 2) AND (Id > 'x') ORDER BY Id"
    """
    order = ", ".join(name for name in (plan.key, "Id" if plan.by_id else None) if name)
    clauses = {**plan.clauses, **({"ORDER BY": order} if order else {})}
    return soql.render(conjoined(clauses, condition))


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
    """Clauses with a further condition; the user's own stands in parentheses."""
    if condition is None:
        return dict(clauses)
    own = clauses.get("WHERE")
    return {**clauses, "WHERE": f"({own}) AND ({condition})" if own else condition}


def bulk_select_of(columns: Sequence[Column]) -> str:
    """The SELECT list for Bulk API 2.0, with the Ids that tell missing parents from empty ones."""
    return ", ".join(dict.fromkeys([*selection(columns), *parent_ids(columns)]))


def chosen_api(plan: Plan, expected_rows: int | None) -> Literal["rest", "bulk"]:
    """Which API reads the plan best.

    Args:
        plan: The plan.
        expected_rows: An estimate, None when there is none.
    """
    if plan.bulk_select is None or plan.api == "rest":
        return "rest"
    if plan.api == "bulk":
        return "bulk"
    return "bulk" if expected_rows is not None and expected_rows > BULK_FROM else "rest"
