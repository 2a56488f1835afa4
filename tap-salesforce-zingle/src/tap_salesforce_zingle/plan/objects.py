"""The streams of Contact and Lead (pure).

Which fields are always part of them is decided here, and which rows come first: those whose place
another one takes. A Lead that was converted and a row that was merged or deleted must be known
before the row that inherits from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.columns import column_of
from tap_salesforce_zingle.plan.custom_query import Given
from tap_salesforce_zingle.plan.plans import DEFAULT_KEY, Api, Definition, Plan, with_columns
from tap_salesforce_zingle.plan.schemas import COMPOUNDS, KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_salesforce_zingle.plan.schemas import Field

# Stream name by object.
STREAM_OF = {"Contact": "contacts", "Lead": "leads"}
# Without these nobody can tell deleted, merged and converted people from the others.
ALWAYS = {
    "Contact": ("IsDeleted", "MasterRecordId"),
    "Lead": ("IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId"),
}


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
        key=DEFAULT_KEY if DEFAULT_KEY in by_name else None,
        include_deleted=include_deleted,
        api=api,
    )
    flags = [
        name
        for name in ("IsDeleted", "IsConverted")
        if name in by_name
        and by_name[name].get("filterable", True)
        and (include_deleted or name != "IsDeleted")
    ]
    ended = " OR ".join(f"{name} = true" for name in flags)
    return Definition(
        name=STREAM_OF[sobject],
        primary_keys=("Id",),
        plan=with_columns(plan, [column_of(entry, describe) for entry in fields]),
        always=tuple(name for name in ALWAYS[sobject] if name in by_name),
        on_request=tuple(
            name for name, entry in by_name.items() if entry["type"] in {*COMPOUNDS, "base64"}
        ),
        ended=f"({ended})" if len(flags) > 1 else ended,
        living=" AND ".join(f"{name} = false" for name in flags),
        warnings=tuple(_warnings_of(sobject, by_name)),
    )


def _warnings_of(sobject: str, by_name: Mapping[str, Field]) -> list[str]:
    unknown = sorted({str(field["type"]) for field in by_name.values()} - KNOWN)
    warnings = [
        f"objects: {sobject} has fields of the unknown type {kind}: read as strings."
        for kind in unknown
    ]
    if missing := [name for name in ALWAYS[sobject] if name not in by_name]:
        warnings.append(
            f"objects: the user may not see {', '.join(missing)} of {sobject}: people who were "
            "deleted, merged or converted can't be told from the others; grant the fields."
        )
    if DEFAULT_KEY not in by_name:
        warnings.append(
            f"objects: the user may not see {DEFAULT_KEY} of {sobject}: all is read each time."
        )
    return warnings
