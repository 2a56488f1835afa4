"""The streams of whole objects (pure).

Which fields are always part of them is decided here, and which rows come first: those whose place
another one takes. A Lead that was converted and a row that was merged or deleted must be known
before the row that inherits from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.columns import column_of
from tap_salesforce_zingle.plan.custom_query import Given
from tap_salesforce_zingle.plan.plans import (
    DEFAULT_KEY,
    REPLICATION_KEYS,
    SEES_CHANGES,
    Api,
    Definition,
    Plan,
    with_columns,
)
from tap_salesforce_zingle.plan.schemas import COMPOUNDS, KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_salesforce_zingle.plan.schemas import Field

# Stream name by object; others have their own name.
STREAM_OF = {"Contact": "contacts", "Lead": "leads"}
# Without these nobody can tell deleted, merged and converted people from the others.
ALWAYS = {
    "Contact": ("IsDeleted", "MasterRecordId"),
    "Lead": ("IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId"),
}
# Deleted rows can't be told from the others without.
ALWAYS_OF_OTHERS = ("IsDeleted",)


def stream_of(sobject: str) -> str:
    """The name of an object's stream.

    >>> stream_of("Contact"), stream_of("Stay__c")
    ('contacts', 'Stay__c')
    """
    return STREAM_OF.get(sobject, sobject)


def replication_key_of(fields: Iterable[Field]) -> str | None:
    """What an object is read by: the first of `REPLICATION_KEYS` that a query may ask for."""
    usable = {
        str(entry["name"])
        for entry in fields
        if entry["type"] == "datetime"
        and entry.get("filterable", True)
        and entry.get("sortable", True)
    }
    return next((name for name in REPLICATION_KEYS if name in usable), None)


def where_given(sobject: str, condition: str) -> Given:
    """A condition of the setting `where`, and what makes a query of it."""
    head = soql.render({"SELECT": "Id", "FROM": sobject, "WHERE": ""})
    return Given(f"where.{sobject}", condition, f"{head} ")


def object_definition(
    describe: Mapping[str, Any], *, include_deleted: bool, api: Api
) -> Definition:
    """The stream of one object, with every field that the user may see."""
    sobject = str(describe["name"])
    fields = [entry for entry in describe["fields"] if not entry.get("deprecatedAndHidden")]
    by_name = {str(entry["name"]): entry for entry in fields}
    plan = Plan(
        sobject=sobject,
        clauses={"FROM": sobject},
        columns=(),
        key=replication_key_of(fields),
        include_deleted=include_deleted,
        api=api,
    )
    # Whose place nobody takes are read in one go: it costs a call less.
    flags = [
        name
        for name in ("IsDeleted", "IsConverted")
        if sobject in STREAM_OF
        and name in by_name
        and by_name[name].get("filterable", True)
        and (include_deleted or name != "IsDeleted")
    ]
    ended = " OR ".join(f"{name} = true" for name in flags)
    return Definition(
        name=stream_of(sobject),
        primary_keys=("Id",),
        plan=with_columns(plan, [column_of(entry, describe) for entry in fields]),
        always=tuple(name for name in ALWAYS.get(sobject, ALWAYS_OF_OTHERS) if name in by_name),
        on_request=tuple(
            name for name, entry in by_name.items() if entry["type"] in {*COMPOUNDS, "base64"}
        ),
        ended=f"({ended})" if len(flags) > 1 else ended,
        living=" AND ".join(f"{name} = false" for name in flags),
        warnings=tuple(_warnings_of(sobject, by_name, plan.key)),
    )


def _warnings_of(sobject: str, by_name: Mapping[str, Field], key: str | None) -> list[str]:
    unknown = sorted({str(field["type"]) for field in by_name.values()} - KNOWN)
    warnings = [
        f"objects: {sobject} has fields of the unknown type {kind}: read as strings."
        for kind in unknown
    ]
    if missing := [name for name in ALWAYS.get(sobject, ()) if name not in by_name]:
        warnings.append(
            f"objects: the user may not see {', '.join(missing)} of {sobject}: people who were "
            "deleted, merged or converted can't be told from the others; grant the fields."
        )
    if key is None:
        warnings.append(
            f"objects: {sobject} has no {', '.join(REPLICATION_KEYS)} that this user may see and "
            "ask for: all is read each time."
        )
    elif key != DEFAULT_KEY:
        lost = "" if key in SEES_CHANGES else "; rows that change later do not come again"
        warnings.append(
            f"objects: {sobject} has no {DEFAULT_KEY} that this user may see: it is read by "
            f"{key}{lost}."
        )
    return warnings
