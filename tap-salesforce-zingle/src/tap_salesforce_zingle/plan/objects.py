"""The streams of Contact and Lead (pure). Which fields are always part of them is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle import soql
from tap_salesforce_zingle.plan.columns import column_of
from tap_salesforce_zingle.plan.plans import DEFAULT_KEY, Api, Definition, Plan, with_columns
from tap_salesforce_zingle.plan.schemas import COMPOUNDS, is_known

if TYPE_CHECKING:
    from collections.abc import Mapping

# Stream name by object.
STREAM_OF = {"Contact": "contacts", "Lead": "leads"}
# Without these nobody can tell deleted, merged and converted people from the others.
ALWAYS = ("IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId")


def where_head(sobject: str) -> str:
    """What makes a query of a condition on an object."""
    return soql.render({"SELECT": "Id", "FROM": sobject, "WHERE": ""}) + " "


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
    names = {str(entry["name"]) for entry in fields}
    unknown = sorted({str(entry["type"]) for entry in fields if not is_known(str(entry["type"]))})
    plan = Plan(
        sobject=sobject,
        clauses={"FROM": sobject, **({"WHERE": where} if where else {})},
        columns=(),
        key=DEFAULT_KEY if DEFAULT_KEY in names else None,
        include_deleted=include_deleted,
        api=api,
    )
    return Definition(
        name=STREAM_OF[sobject],
        primary_keys=("Id",),
        plan=with_columns(plan, [column_of(entry, describe) for entry in fields]),
        always=tuple(name for name in ALWAYS if name in names),
        on_request=tuple(
            str(entry["name"]) for entry in fields if entry["type"] in {*COMPOUNDS, "base64"}
        ),
        warnings=tuple(
            f"objects: {sobject} has fields of the unknown type {kind}: read as strings."
            for kind in unknown
        ),
    )
