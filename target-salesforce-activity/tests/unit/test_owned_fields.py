"""What the target owns, no setting takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.rules import (
    DEFAULT_KEY_FIELD,
    OWNED_FIELDS,
    chosen_status,
    owned_problems,
    owner_problems,
    task_rules,
)
from target_salesforce_activity.settings import settings_from

OWNED = st.sampled_from(sorted(OWNED_FIELDS))
FREE = ("Type", "CallDisposition", "CallType", "Priority", "WhatId", "Room__c", "Whoever__c")


def problems(**config: Any) -> list[str]:
    """What is wrong with the fields that these settings name."""
    return owned_problems(settings_from(config))


@given(name=OWNED, upper=st.booleans(), blank=st.sampled_from(["", " "]))
def test_no_further_field_is_one_of_the_targets(name: str, upper: bool, blank: str) -> None:
    """Whatever the case, a field that the target keeps right can't be filled by extra_fields."""
    written = (name.upper() if upper else name.lower()) + blank

    (problem,) = problems(extra_fields={written: "room {date}", "Room__c": "4"})

    assert problem.startswith(f"extra_fields.{written}: ")


@given(name=OWNED, upper=st.booleans())
def test_the_key_is_kept_in_no_other_field_of_the_targets(name: str, upper: bool) -> None:
    """The key's field may be one of the two that are made for it, and no other of the target's."""
    problem = problems(activity_key_field=name.upper() if upper else name.lower())
    allowed = name in {DEFAULT_KEY_FIELD, "CallObject"}

    assert ([] if allowed else ["activity_key_field"]) == [
        each.partition(":")[0] for each in problem
    ]


@pytest.mark.parametrize("name", FREE)
def test_other_fields_are_free(name: str) -> None:
    """Fields that merely resemble the target's, or belong to telephony, may be filled."""
    assert problems(extra_fields={name: "x"}) == []
    assert problems(activity_key_field=name) == []


@pytest.mark.parametrize("key", ["Guest_Key__c", "guest_key__C", " Guest_Key__c"])
def test_a_key_field_that_is_filled_too_is_refused(key: str) -> None:
    """A field can't hold the day's key and a text of the settings."""
    (problem,) = problems(activity_key_field=key, extra_fields={"Guest_Key__c": "{date}"})

    assert problem.startswith("activity_key_field: ")


def test_a_field_that_is_named_twice_is_refused() -> None:
    """Names of fields have no case: two spellings would be two values for one field."""
    assert len(problems(extra_fields={"Room__c": "1", "room__C": "2"})) == 2


@pytest.mark.parametrize(
    ("owner_id", "refused"),
    [
        (None, False),
        ("0058d000003PNoQ", False),
        ("0058d000003PNoQAAW", False),
        ("00G8d000003PNoQEAW", False),
        ("ana@hotel.com", True),
        ("0038d000003PNoQAAW", True),
        ("0058d000003PNoQAAX", True),
        ("005", True),
        ("", False),
    ],
)
def test_the_owner_is_a_user_or_a_queue(owner_id: str | None, refused: bool) -> None:
    """What is no id of a user or of a queue is refused before anything is asked."""
    assert refused == bool(owner_problems(settings_from({"owner_id": owner_id}).owner_id))


def rows(**more: Any) -> dict[str, Any]:
    """A describe of Task with the usual fields and another one."""
    usual = ("WhoId", "Subject", "Description", "ActivityDate", "Status", "CallObject")
    fields = [
        {
            "name": name,
            "length": 32_000,
            "type": "string",
            "createable": True,
            "updateable": True,
            "filterable": True,
        }
        for name in usual
    ]
    return {"fields": [*fields, {**fields[0], "name": "X__c", "length": 80, **more}]}


def test_a_key_fields_name_is_the_orgs() -> None:
    """A name in another case finds the field, whose old keys are not looked for in itself."""
    found, _ = task_rules(rows(), settings_from({"activity_key_field": "callobject"}))

    assert found is not None
    assert ("CallObject", ()) == (found.key_field, found.old_key_fields)


@pytest.mark.parametrize(
    ("more", "usable"),
    [({}, True), ({"length": 32}, True), ({"length": 31}, False), ({"type": "picklist"}, False)],
)
def test_the_keys_field_holds_texts_that_are_long_enough(
    more: dict[str, Any], usable: bool
) -> None:
    """A list of choices, or a field too short for a hash, can't hold the key."""
    found, problem = task_rules(rows(**more), settings_from({"activity_key_field": "X__c"}))

    assert usable == (found is not None)
    assert usable == (problem == ())


STATUSES = [
    {"ApiName": "Offen", "MasterLabel": "Open", "IsClosed": False, "SortOrder": 1},
    {"ApiName": "Erledigt", "MasterLabel": "Done", "IsClosed": True, "SortOrder": 2},
]
PICKLIST = {
    "fields": [{"name": "Status", "picklistValues": [{"value": "New"}, {"value": "Completed"}]}]
}


@pytest.mark.parametrize(
    ("setting", "listed", "expected"),
    [
        (None, STATUSES, "Erledigt"),
        ("offen", STATUSES, "Offen"),
        ("Done", STATUSES, "Erledigt"),
        (None, None, "Completed"),
        ("new", None, "New"),
    ],
)
def test_a_status_is_one_of_the_orgs(
    setting: str | None, listed: list[dict[str, Any]] | None, expected: str
) -> None:
    """A Status is known by name or label; where the list can't be read, by the picklist."""
    assert (expected, None) == chosen_status(setting, listed, PICKLIST)


@pytest.mark.parametrize(
    ("setting", "listed", "described"),
    [
        ("Complete", STATUSES, PICKLIST),
        ("Complete", None, PICKLIST),
        (None, None, {"fields": [{"name": "Status", "picklistValues": [{"value": "Fertig"}]}]}),
    ],
)
def test_an_unknown_status_is_refused(
    setting: str | None, listed: list[dict[str, Any]] | None, described: dict[str, Any]
) -> None:
    """A Status that no Task can have, or that nobody can choose, is a problem with its setting."""
    status, problem = chosen_status(setting, listed, described)

    assert status is None
    assert str(problem).startswith("status: ")
