from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tap_salesforce_zingle.plan.catalogs import as_cataloged
from tap_salesforce_zingle.plan.changes import begin_whole, end_whole, note_selection
from tap_salesforce_zingle.plan.objects import ALWAYS, object_definition
from tap_salesforce_zingle.plan.plans import Definition
from tap_salesforce_zingle.plan.schemas import hint_of

KINDS = st.sampled_from(["string", "double", "date", "datetime", "boolean", "int", "address"])
NAMES = ["Phone", "Birthdate", "MailingAddress", "Score__c", "Title", "Spot__c"]
ALWAYS_THERE = {"Id": "id", "SystemModstamp": "datetime", "IsDeleted": "boolean"}
FIELDS = st.dictionaries(st.sampled_from(NAMES), KINDS)


def definition(fields: dict[str, str]) -> Definition:
    """The stream of Contact in an org with these visible fields."""
    described = [
        {"name": name, "type": kind, "label": name, "filterable": True}
        for name, kind in {**ALWAYS_THERE, **fields}.items()
    ]
    describe = {"name": "Contact", "fields": described}
    return object_definition(describe, include_deleted=True, api="auto")


@given(then=FIELDS, now=FIELDS, named=st.sets(st.sampled_from(NAMES)))
def test_any_catalog_in_any_org(then: dict[str, str], now: dict[str, str], named: set[str]) -> None:
    """What is read is what the catalog names and the user still sees, with the types of today."""
    before = definition(then).schema["properties"]
    catalog = {name: before[name] for name in named & then.keys()}
    current = definition(now)

    narrow, warnings = as_cataloged(current, catalog, None)

    expected = (catalog.keys() & now.keys()) | ALWAYS_THERE.keys()
    properties = narrow.schema["properties"]
    assert expected == properties.keys()
    assert all(current.schema["properties"][name] == properties[name] for name in expected)
    gone = catalog.keys() - now.keys()
    changed = {
        name
        for name in catalog.keys() & now.keys()
        if before[name]["type"] != properties[name]["type"]
        or before[name].get("format") != properties[name].get("format")
    }
    assert gone | changed == {warning.split()[1] for warning in warnings}


SELECTIONS = st.fixed_dictionaries(
    {
        "filter": st.sampled_from(["a", "b"]),
        "start": st.sampled_from([None, "2026-01-01", "2026-02-01"]),
        "columns": st.lists(st.sampled_from(NAMES), unique=True).map(sorted),
        "deleted": st.booleans(),
        "org": st.sampled_from([None, "00D000000000001", "00D000000000002"]),
    }
)


@given(before=SELECTIONS, now=SELECTIONS, later=SELECTIONS)
def test_changes_are_kept_until_everything_was_read(
    before: dict[str, Any], now: dict[str, Any], later: dict[str, Any]
) -> None:
    """A wider selection is told once and kept; only a whole read that began under it ends that."""
    state: dict[str, Any] = {}
    assert [] == note_selection(state, before)
    state["replication_key_value"] = "2026-03-01T00:00:00.000Z"

    told = note_selection(state, now)
    is_wider = (
        before["filter"] != now["filter"]
        or (before["start"] is not None and (now["start"] or "") < before["start"])
        or bool(set(now["columns"]) - set(before["columns"]))
        or (now["deleted"] and not before["deleted"])
        or (None is not before["org"] != now["org"] is not None)
    )
    assert is_wider == bool(told) == ("changed" in state)
    assert [] == note_selection(copy.deepcopy(state), now)

    end_whole(state)  # of a window that was no whole one
    assert is_wider == ("changed" in state)
    begin_whole(state)
    is_wider_again = bool(note_selection(state, later))
    end_whole(state)
    assert is_wider_again == ("changed" in state)


def test_rich_text_is_marked() -> None:
    """Rich text areas say so, so that a target can take the markup out; other fields do not."""
    rich = hint_of({"name": "Notes__c", "type": "textarea", "htmlFormatted": True})
    plain = hint_of({"name": "Name", "type": "string", "htmlFormatted": False})

    assert (True, False) == (rich["htmlFormatted"], "htmlFormatted" in plain)


def test_hidden_flags_are_named() -> None:
    """Flags that decide a person's fate are named when the user may not see them."""
    (warning,) = definition({}).warnings
    assert "MasterRecordId of Contact" in warning
    assert {"IsDeleted", "MasterRecordId"} == set(ALWAYS["Contact"])


def test_an_organisation_that_nobody_names_is_no_other() -> None:
    """A run that does not learn the organisation forgets none."""
    others = {"filter": "a", "start": None, "columns": [], "deleted": False}
    state: dict[str, Any] = {"replication_key_value": "2026-03-01T00:00:00.000Z"}

    told = [note_selection(state, {**others, "org": org}) for org in ("00DA", None, "00DA", "00DB")]

    assert [[], [], [], ["the organisation"]] == told
