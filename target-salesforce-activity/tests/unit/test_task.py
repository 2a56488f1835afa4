"""Which Task a day is, and what has to be written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from target_salesforce_activity.days import Day, Message
from target_salesforce_activity.fields import FieldShape
from target_salesforce_activity.plan import (
    CreateTask,
    KeepTask,
    PresentTask,
    UpdateTask,
    decide,
    decide_surplus,
)
from target_salesforce_activity.rules import TaskRules, first_closed_status, task_rules
from target_salesforce_activity.settings import settings_from
from target_salesforce_activity.task import TaskWish, task_key, wishes
from target_salesforce_activity.templates import Templates

ANN = "003000000000001AAA"
BOB = "003000000000002AAA"
LEAD = "00Q000000000001AAA"
KEY_FIELD = "Zingle_Conversation_Key__c"
RULES = TaskRules(
    KEY_FIELD,
    upsert=True,
    fixed={"Status": "Completed"},
    extra_fields={"Count__c": "{message_count}", "Flag__c": True},
    shapes={
        "Subject": FieldShape("combobox", 255),
        "Count__c": FieldShape("double"),
        "Flag__c": FieldShape("boolean"),
    },
)


def describe(*fields: dict[str, Any]) -> dict[str, Any]:
    """A describe of Task with the fields that every org has, and some more."""
    usual = (
        "WhoId",
        "Subject",
        "ActivityDate",
        "Status",
        "CallObject",
        "TaskSubtype",
        "IsReminderSet",
    )
    rows = [field(name) for name in usual] + [field("Description", length=32_000, filterable=False)]
    return {"fields": [*{row["name"]: row for row in (*rows, *fields)}.values()]}


def field(name: str, **changes: Any) -> dict[str, Any]:
    """A field that this user may read, filter by and write."""
    return {
        "name": name,
        "length": 255,
        "createable": True,
        "updateable": True,
        "filterable": True,
        "externalId": False,
        "unique": False,
        **changes,
    }


def rules_of(described: dict[str, Any], **changes: Any) -> TaskRules:
    """The rules of a describe that has no problems."""
    rules, problems = task_rules(described, settings_from(changes))
    assert problems == ()
    assert rules is not None
    return rules


def test_a_unique_external_id_is_upserted_by() -> None:
    """Where the org has the field, Salesforce itself keeps the key unique."""
    rules = rules_of(describe(field(KEY_FIELD, externalId=True, unique=True)))

    assert (KEY_FIELD, True, ()) == (rules.key_field, rules.upsert, rules.warnings)


def test_without_the_field_the_key_goes_into_callobject() -> None:
    """It works with no set-up, looking before writing."""
    rules = rules_of(describe())

    assert ("CallObject", False) == (rules.key_field, rules.upsert)


def test_an_external_id_that_is_not_unique_is_looked_up_first() -> None:
    """Without uniqueness an upsert could not be trusted; the admin is told."""
    rules = rules_of(describe(field(KEY_FIELD, externalId=True)))

    assert not rules.upsert
    assert "not unique" in rules.warnings[0]


def test_all_problems_are_named_at_once() -> None:
    """What the user can't write, and what the settings name wrongly, come in one list."""
    described = describe(field("WhoId", updateable=False), field("Locked__c", createable=False))

    names = {"activity_key_field": "Nope__c", "extra_fields": {"Locked__c": "x", "Gone__c": "x"}}
    rules, problems = task_rules(described, settings_from(names))

    assert rules is None
    assert [
        name in " ".join(problems) for name in ("WhoId", "Nope__c", "Locked__c", "Gone__c")
    ] == [True] * 4


def test_a_short_description_is_refused() -> None:
    """Where no transcript fits, the run stops before it starts."""
    short = describe(field("Description", length=255, filterable=False))

    _, problems = task_rules(short, settings_from({}))

    assert ["255" in problem for problem in problems] == [True]


def test_new_tasks_get_what_the_org_allows() -> None:
    """Subtype, reminder and owner are only sent where they can be."""
    rules = rules_of(describe(field("TaskSubtype", createable=False)), owner_id="005")

    assert {"IsReminderSet": False, "OwnerId": "005"} == rules.fixed


def test_the_first_closed_status_wins() -> None:
    """Statuses are localised: the API name of the first closed one is taken."""
    rows = [
        {"ApiName": "Offen", "IsClosed": False, "SortOrder": 1},
        {"ApiName": "Verworfen", "IsClosed": True, "SortOrder": 5},
        {"ApiName": "Erledigt", "IsClosed": True, "SortOrder": 3},
    ]

    assert first_closed_status(rows) == "Erledigt"
    assert first_closed_status(rows[:1]) is None


def test_a_short_field_gets_a_hash() -> None:
    """Where the key does not fit, its hash tells parts and days apart all the same."""
    ids = "s" * 36 + ":" + "c" * 36
    keys = {
        task_key(f"{ids}:{day}", part, TaskRules("X__c", upsert=True, key_length=80))
        for day in ("2026-03-01", "2026-03-02")
        for part in (1, 2)
    }

    assert {32} == {len(key) for key in keys}
    assert len(keys) == 4


MESSAGE = Message("m", datetime(2026, 3, 2, 12, tzinfo=UTC), inbound=True, body="Hi")
DAY = Day("s", "c", date(2026, 3, 2), (MESSAGE,), service_name="Grand {Hotel}", first_name="Jane")


def test_a_wish_has_a_key_per_part_and_filled_templates() -> None:
    """Each part is a Task with its own key; templates show the day; braces in data stay data."""
    first, second = wishes(
        DAY, ("one", "two"), ANN, RULES, settings_from({"subject": "{service_name} {date}"})
    )

    assert ("zgl:s:c:2026-03-02", "zgl:s:c:2026-03-02:2") == (first.key, second.key)
    assert {
        "Subject": "Grand {Hotel} 2026-03-02",
        "Description": "one",
        "Count__c": 1,
        "Flag__c": True,
    } == first.fields
    assert {"ActivityDate": "2026-03-02", "Status": "Completed"} == first.first


def test_wrong_templates_are_named() -> None:
    """Unknown names and broken braces are found before anything is written."""
    problems = Templates(
        "{guest}", {"A__c": "{", "B__c": 3, "C__c": "{date:%Q}", "D__c": "{part:d}"}
    ).problems()
    starts = ("subject: {guest}", "extra_fields.A__c", "extra_fields.C__c")

    assert [True] * 3 == [
        problem.startswith(start) for problem, start in zip(problems, starts, strict=True)
    ]


def a_wish(**changes: Any) -> TaskWish:
    """A Task as it should be."""
    values = {
        "key": "k",
        "part": 1,
        "who_id": ANN,
        "fields": {"Subject": "Zingle Conversation", "Description": "a\nb"},
        "first": {"Status": "Completed"},
    }
    return TaskWish(**{**values, **changes})


def present(**changes: Any) -> PresentTask:
    """The same Task as Salesforce shows it."""
    values = {
        "id": "00T1",
        "key": "k",
        "who_id": ANN,
        "created": "2026-03-02T00:00:00.000+0000",
        "fields": {"Subject": "Zingle Conversation", "Description": "a\r\nb"},
    }
    return PresentTask(**{**values, **changes})


def test_what_is_not_there_is_created_with_everything() -> None:
    """A new Task gets all fields, and the person if there is one."""
    decision = decide(a_wish(), [], (), {})
    alone = decide(a_wish(who_id=None), [], (), {})

    assert isinstance(decision, CreateTask)
    assert {"Status", "Subject", "Description", "WhoId"} == set(decision.values)
    assert isinstance(alone, CreateTask)
    assert "WhoId" not in alone.values


def test_what_is_right_is_kept() -> None:
    """Equal texts with other line ends are no change."""
    assert KeepTask(a_wish(), "00T1", ANN) == decide(a_wish(), [present()], (), {})


def test_only_what_differs_is_written() -> None:
    """A hand edit of the description is overwritten, the status of users stays."""
    edited = present(fields={"Subject": "Zingle Conversation", "Description": "mine"})

    decision = decide(a_wish(), [edited], (), {})

    assert isinstance(decision, UpdateTask)
    assert {"Description": "a\nb"} == decision.values


@pytest.mark.parametrize(
    ("old", "gone", "replaced"),
    [(BOB, {BOB}, True), (BOB, set(), False), (None, set(), True), (ANN, {ANN}, False)],
)
def test_the_person_is_replaced_only_when_gone(
    old: str | None, gone: set[str], replaced: bool
) -> None:
    """A Task that a user moved to another living person stays there."""
    decision = decide(a_wish(), [present(who_id=old)], gone, {})

    assert replaced == isinstance(decision, UpdateTask)
    if isinstance(decision, UpdateTask):
        assert {"WhoId": ANN} == decision.values


def test_the_oldest_of_duplicates_is_used() -> None:
    """Of several Tasks with one key the oldest is kept right and the others are named."""
    younger = present(id="00T2", created="2026-03-03T00:00:00.000+0000")

    assert KeepTask(a_wish(), "00T1", ANN, ("00T2",)) == decide(
        a_wish(), [younger, present()], (), {}
    )


def test_a_part_that_is_no_longer_needed_says_so() -> None:
    """Of a day that shrank the surplus Tasks keep their person and lose their text, once."""
    moved = present(fields={"Description": "(moved)"})

    decision = decide_surplus("k", 2, [present()], "(moved)")

    assert isinstance(decision, UpdateTask)
    assert {"Description": "(moved)"} == decision.values
    assert isinstance(decide_surplus("k", 2, [moved], "(moved)"), KeepTask)


@pytest.mark.parametrize(
    ("kind", "wanted", "shown", "same"),
    [
        ("boolean", True, True, True),
        ("boolean", False, None, False),
        ("double", 1, 1.0, True),
        ("string", "", None, True),
        ("double", "1", 1, True),
        ("double", "3", 3.0, True),
        ("double", "many", 3.0, False),
        ("boolean", "True", True, True),
        ("boolean", "false", True, False),
        ("date", "2026-03-02", "2026-03-02", True),
        ("datetime", "2026-03-02T10:00:00+00:00", "2026-03-02T10:00:00.000+0000", True),
        ("datetime", "2026-03-02T10:00:00+00:00", "2026-03-02T11:00:00.000+0000", False),
        ("reference", "005000000000001", "005000000000001AAA", True),
        ("multipicklist", "a;b", "b;a", True),
        ("string", "a ", "a", True),
        ("textarea", "a\nb", "a\r\nb", True),
    ],
)
def test_values_are_compared_as_salesforce_shows_them(
    kind: str, wanted: object, shown: object, same: bool
) -> None:
    """What a field shows in another form than it was sent in is no change."""
    wish = a_wish(fields={"X__c": wanted})

    decision = decide(wish, [present(fields={"X__c": shown})], (), {"X__c": FieldShape(kind, 255)})

    assert same == isinstance(decision, KeepTask)


def test_a_field_without_case_gets_a_hash_where_case_counts() -> None:
    """Ids that differ in case alone are two keys also where the org's field takes no notice."""
    folding = TaskRules("X__c", upsert=True, key_folds=True)
    keys = {task_key(f"{service}:c:2026-03-02", 1, folding) for service in ("s", "S")}

    assert len({key.lower() for key in keys}) == 2
    assert "zgl:s:c:2026-03-02" in keys


@pytest.mark.parametrize(
    ("who", "present", "expected"),
    [
        (ANN, False, True),
        (LEAD, False, False),
        (ANN, True, True),
        (LEAD, True, False),
    ],
)
def test_a_lead_has_no_record_beside_it(who: str, present: bool, expected: bool) -> None:
    """Salesforce refuses a Task with both, so that a WhatId of the settings waits for a Contact."""
    there = [PresentTask("00T1", "key", who, "2026", {"Subject": "before", "WhatId": None})]
    wish = TaskWish("key", 1, who, {"Subject": "now", "WhatId": "001000000000001AAA"}, {})

    decision = decide(wish, there if present else [], (), {})

    assert isinstance(decision, CreateTask | UpdateTask)
    assert (True, expected) == ("Subject" in decision.values, "WhatId" in decision.values)
