"""The deployable metadata is the field that the target looks for."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from target_salesforce_activity.rules import DEFAULT_KEY_FIELD, TaskRules
from target_salesforce_activity.task import task_key

METADATA = Path(__file__).parents[3] / "docs" / "salesforce"
NAMESPACE = {"m": "http://soap.sforce.com/2006/04/metadata"}


def values(path: str, element: str) -> list[dict[str, str]]:
    """The children of each such element of a file, by name."""
    root = ET.parse(METADATA / path).getroot()
    return [
        {child.tag.partition("}")[2]: child.text or "" for child in found}
        for found in root.findall(element, NAMESPACE)
    ]


def test_the_field_is_a_unique_external_id_that_holds_any_key() -> None:
    """The shipped field has the name, the uniqueness and the length that the target needs."""
    (field,) = values("objects/Activity.object", "m:fields")
    longest = task_key(
        ":".join(("s" * 36, "c" * 36, "2026-03-02")), 99, TaskRules(DEFAULT_KEY_FIELD, upsert=True)
    )

    assert (DEFAULT_KEY_FIELD, "true", "true", "true") == (
        field["fullName"],
        field["externalId"],
        field["unique"],
        field["caseSensitive"],
    )
    assert len(longest) <= int(field["length"])


def test_the_permission_set_lets_the_user_write_the_field() -> None:
    """The permission set names the same field, and reading of people only."""
    path = "permissionsets/Zingle_Conversations.permissionset"
    fields = {row["field"]: row["editable"] for row in values(path, "m:fieldPermissions")}
    objects = values(path, "m:objectPermissions")

    assert {"Task.Description", f"Task.{DEFAULT_KEY_FIELD}", "Task.WhoId"} == {
        name for name, editable in fields.items() if editable == "true"
    }
    assert {"Account", "Contact", "Lead"} == {row["object"] for row in objects}
    assert {"false"} == {
        row[f"allow{verb}"] for row in objects for verb in ("Create", "Edit", "Delete")
    }


def test_the_package_lists_both() -> None:
    """What is deployed is the field and the permission set."""
    text = (METADATA / "package.xml").read_text(encoding="utf-8")

    assert f"Activity.{DEFAULT_KEY_FIELD}" in text
    assert "Zingle_Conversations" in text
