"""Our describes against those that real orgs answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Org

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "salesforce" / "describe"
pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"the captured describes are not at {REAL}: NOTHING IS COMPARED"
)

FULL = ["Account", "Contact", "Lead", "Opportunity"]
# Fields of the orgs that the captures come from, not of Salesforce.
FOREIGN_FIELDS = {
    "RecordTypeId",  # that org has record types
    "Primary_Contact__c",
    "ns__Description__c",
    "History__c",
    "ns__LinkedAccount__c",
    "JIRA_User_Id__c",
}
# Differences left on purpose: (object, field, attribute or * for all) and why.
LEFT = {
    ("Account", "*", "sobjectDescribeOption"): "captured with v48, before the key existed",
    ("Contact", "Salutation", "picklistValues"): "value lists differ from org to org",
    ("Task", "WhatId", "referenceTo"): "lists the objects of that org's features",
    ("Task", "RecurrenceTimeZoneSidKey", "picklistValues"): "ours is a short list of time zones",
}


def real(name: str) -> dict[str, Any]:
    """A captured describe."""
    described: dict[str, Any] = json.loads((REAL / name).read_text(encoding="utf-8"))
    return described


def described(org: Org, sobject: str) -> dict[str, Any]:
    """Our describe."""
    answer: dict[str, Any] = org.rest("GET", f"/sobjects/{sobject}/describe").json()
    return answer


@pytest.mark.parametrize("sobject", FULL)
def test_describes_have_the_keys_of_real_ones(org: Org, sobject: str) -> None:
    """Every key of a real describe, and no other, on the object, fields and relationships."""
    captured, ours = real(f"{sobject}_describe.json"), described(org, sobject)
    keys = set(captured["fields"][0])

    left = {name for (of, field, name) in LEFT if (of, field) == (sobject, "*")}
    assert set(captured) | left | {"associateEntityType", "associateParentEntity"} == set(ours)
    assert all(keys == set(field) for field in ours["fields"])
    assert all(
        set(captured["childRelationships"][0]) == set(child) for child in ours["childRelationships"]
    )
    for part in ("recordTypeInfos", "supportedScopes"):
        assert set(captured[part][0]) == set(ours[part][0])


@pytest.mark.parametrize("sobject", FULL)
def test_standard_fields_equal_real_ones(org: Org, sobject: str) -> None:
    """Every standard field is there, in order, with the same value of every attribute."""
    captured = [
        field
        for field in real(f"{sobject}_describe.json")["fields"]
        if field["name"] not in FOREIGN_FIELDS
    ]
    ours = {field["name"]: field for field in described(org, sobject)["fields"]}

    assert [field["name"] for field in captured] == [
        name for name in ours if name in {field["name"] for field in captured}
    ]
    differences = [
        (sobject, field["name"], key, value, ours[field["name"]][key])
        for field in captured
        for key, value in field.items()
        if ours[field["name"]][key] != value
        and (sobject, field["name"], key) not in LEFT
        and key != "picklistValues"
    ]
    assert [] == differences


@pytest.mark.parametrize("sobject", FULL)
def test_picklists_have_the_shape_of_real_ones(org: Org, sobject: str) -> None:
    """Values come in the same order, with the same keys."""
    ours = {field["name"]: field for field in described(org, sobject)["fields"]}
    for field in real(f"{sobject}_describe.json")["fields"]:
        if not field["picklistValues"] or (sobject, field["name"], "picklistValues") in LEFT:
            continue
        mine = ours[field["name"]]["picklistValues"]
        assert [one["value"] for one in field["picklistValues"]] == [one["value"] for one in mine]
        assert set(field["picklistValues"][0]) == set(mine[0])


def test_task_equals_what_is_known_of_it(org: Org) -> None:
    """Task has the fields of a real org, its types, lengths and rights."""
    ours = {field["name"]: field for field in described(org, "Task")["fields"]}
    differences = [
        (field["name"], key, value, ours[field["name"]].get(key))
        for field in real("Task_describe.derived.json")["fields"]
        for key, value in field.items()
        if not key.startswith("_")
        and key != "picklistValues"
        and ("Task", field["name"], key) not in LEFT
        and ours[field["name"]].get(key) != value
    ]

    assert [] == differences


def test_a_fresh_org_shows_task_without_type(org: Org) -> None:
    """With Type hidden and no own fields, Task has exactly the 39 fields of a real fresh org."""
    org.options(hidden_fields="Task.Type,Task.Guest_Mood__c", activity_key="absent")
    captured = real("Task_describe.reduced.json")["fields"]
    ours = described(org, "Task")["fields"]

    assert {field["name"] for field in captured} == {field["name"] for field in ours}
    types = {field["name"]: field["type"] for field in ours}
    assert all(field["type"] == types[field["name"]] for field in captured)


def test_user_fields_are_those_of_a_real_user(org: Org) -> None:
    """Our User has fewer fields, each of the real type."""
    captured = {field["name"]: field for field in real("User_describe.reduced.json")["fields"]}
    for field in described(org, "User")["fields"]:
        assert captured[field["name"]]["type"] == field["type"]
        assert captured[field["name"]]["nillable"] == field["nillable"]


def test_the_organization_has_the_fields_of_a_real_one(org: Org) -> None:
    """A read record has the same keys, and compound addresses the same parts."""
    captured = real("Organization.json")
    (org_id,) = org.values("SELECT Id FROM Organization")
    ours = org.rest("GET", f"/sobjects/Organization/{org_id}").json()

    assert set(captured) == set(ours)
    assert set(captured["Address"]) == set(ours["Address"])


def test_describe_global_has_the_shape_of_a_real_one(org: Org) -> None:
    """The same keys above and in each object, the same flags of the objects that both have."""
    captured, ours = real("Global_describe.json"), org.rest("GET", "/sobjects").json()
    known = {one["name"]: one for one in captured["sobjects"]}

    assert set(captured) == set(ours)
    for one in ours["sobjects"]:
        assert set(captured["sobjects"][0]) == set(one)
        if one["name"] in FULL:
            differences = {
                key: (known[one["name"]][key], value)
                for key, value in one.items()
                if key not in {"urls", "deepCloneable", "keyPrefix"}
                and known[one["name"]].get(key) != value
            }
            assert {} == differences
