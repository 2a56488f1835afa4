"""What is done about a day, and what is made of Salesforce's answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from target_salesforce_activity.answers import refusal, verdict
from target_salesforce_activity.days import Day, Message, private_texts
from target_salesforce_activity.fields import FieldShape
from target_salesforce_activity.people import Matched, Nobody
from target_salesforce_activity.plan import (
    CreateTask,
    DayPlan,
    DayRules,
    KeepTask,
    Present,
    PresentTask,
    Rendered,
    Skip,
    UpdateTask,
    archived_before,
    plan_day,
    warnings_of,
)
from target_salesforce_activity.rules import TaskRules
from target_salesforce_activity.settings import settings_from
from zingle_sync.salesforce import RowError, RowResult

ANN = Matched("003000000000001AAA", "external_id")
RULES = DayRules(
    TaskRules("CallObject", upsert=False, shapes={"Subject": FieldShape("combobox", 255)}),
    settings_from({}),
    archived_before=None,
)
MESSAGE = Message("m", datetime(2026, 3, 2, 12, tzinfo=UTC), inbound=True, body="Hi")
DAY = Rendered(Day("s", "c", date(2026, 3, 2), (MESSAGE,)), ("Hi",))
KEY = "zgl:s:c:2026-03-02"
TASK = PresentTask(
    "00T1", KEY, ANN.who_id, "2026", {"Subject": "Zingle Conversation", "Description": "old"}
)
NOTHING = Present({})
THERE = Present({KEY: [TASK]})


def test_a_new_day_of_a_person_becomes_a_task() -> None:
    """The usual case."""
    plan = plan_day(DAY, ANN, NOTHING, RULES)

    assert isinstance(plan, DayPlan)
    assert [CreateTask] == [type(each) for each in plan.decisions]


@pytest.mark.parametrize("reason", ["unmatched", "ambiguous", "excluded_by_sync_to"])
def test_a_day_of_nobody_is_skipped_with_its_reason(reason: str) -> None:
    """Without a person nothing is written, and the log says why."""
    assert Skip(reason) == plan_day(DAY, Nobody(reason), NOTHING, RULES)


def test_a_day_of_nobody_may_be_logged() -> None:
    """With log_unlinked an unmatched day becomes a Task without a person, an ambiguous one not."""
    rules = replace(RULES, settings=settings_from({"on_unmatched": "log_unlinked"}))
    plan = plan_day(DAY, Nobody("unmatched"), NOTHING, rules)

    assert isinstance(plan, DayPlan)
    assert ("unlinked_task",) == warnings_of(plan, plan.decisions[0], quiet=False)
    assert Skip("ambiguous") == plan_day(DAY, Nobody("ambiguous"), NOTHING, rules)


def test_a_task_that_is_there_is_kept_right_without_its_person() -> None:
    """A Task once written goes on being complete, unless its kind is left out."""
    plan = plan_day(DAY, Nobody("unmatched"), THERE, RULES)

    assert isinstance(plan, DayPlan)
    assert [{"Description": "Hi"}] == [
        each.values for each in plan.decisions if isinstance(each, UpdateTask)
    ]


def test_archived_days_are_guarded() -> None:
    """Days older than 365 days are not written anew, but kept right where they are."""
    rules = replace(RULES, archived_before=archived_before(date(2027, 3, 3), allowed=False))
    young = replace(RULES, archived_before=archived_before(date(2027, 3, 2), allowed=False))

    assert Skip("archived") == plan_day(DAY, ANN, NOTHING, rules)
    assert isinstance(plan_day(DAY, ANN, THERE, rules), DayPlan)
    assert isinstance(plan_day(DAY, ANN, NOTHING, young), DayPlan)
    assert archived_before(date(2027, 3, 3), allowed=True) is None


def test_an_empty_day_is_not_written() -> None:
    """A day without messages makes no Task."""
    empty = Rendered(replace(DAY.day, messages=()), ("",))

    assert Skip("empty_day") == plan_day(empty, ANN, NOTHING, RULES)


def test_surplus_parts_are_emptied() -> None:
    """Tasks behind the last part are marked as moved."""
    second = replace(TASK, id="00T2", key=f"{KEY}:2")
    present = Present({KEY: [TASK], second.key: [second]}, surplus=((2, second.key),))

    plan = plan_day(DAY, ANN, present, RULES)

    assert isinstance(plan, DayPlan)
    assert ["Hi", "(moved)"] == [
        each.values["Description"] for each in plan.decisions if isinstance(each, UpdateTask)
    ]


def failed(code: str, message: str = "", *fields: str) -> RowResult:
    """A refused row."""
    return RowResult(None, success=False, errors=(RowError(code, message, fields),))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (RowResult("00T1", success=True), "done"),
        (RowResult(None, success=False), "look_again"),
        (failed("ENTITY_IS_DELETED"), "look_again"),
        (failed("INVALID_CROSS_REFERENCE_KEY"), "look_again"),
        (failed("CANNOT_UPDATE_CONVERTED_LEAD"), "look_again"),
        (failed("DUPLICATE_VALUE"), "look_again"),
        (failed("SERVER_UNAVAILABLE"), "look_again"),
        (failed("UNABLE_TO_LOCK_ROW"), "refused"),
        (failed("REQUIRED_FIELD_MISSING"), "refused"),
        (failed("STRING_TOO_LONG"), "refused"),
    ],
)
def test_verdicts(result: RowResult, expected: str) -> None:
    """What may come out differently after another look is looked at again."""
    assert expected == verdict(result)


@pytest.mark.parametrize(
    ("result", "reason", "code"),
    [
        (
            failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Set a region.", "X__c"),
            "refused",
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        ),
        (failed("UNABLE_TO_LOCK_ROW"), "temporary", "UNABLE_TO_LOCK_ROW"),
        (failed("DUPLICATE_EXTERNAL_ID"), "conflict", "DUPLICATE_EXTERNAL_ID"),
        (failed("ENTITY_IS_LOCKED"), "locked", "ENTITY_IS_LOCKED"),
        (RowResult(None, success=False), "unknown_outcome", None),
    ],
)
def test_refusals_carry_a_reason_and_salesforces_words(
    result: RowResult, reason: str, code: str | None
) -> None:
    """A rejected day says what Salesforce said, and about which field."""
    got, error = refusal(result)

    assert (reason, code) == (got, error.code)
    if result.errors and result.errors[0].fields:
        assert ("Set a region.", "X__c") == (error.message, error.field)


def test_warnings_tell_what_is_unusual() -> None:
    """A guess by phone, a replaced person, duplicates and left-out texts are noted."""
    plan = DayPlan(Matched(ANN.who_id, "phone"), ())
    wish = plan_day(DAY, ANN, NOTHING, RULES).decisions[0].wish
    update = UpdateTask(wish, "00T1", ANN.who_id, {}, ("00T2", "00T3"), who_replaced=True)

    assert (
        "not_linked_person",
        "bodies_left_out",
        "duplicate_tasks:00T2 00T3",
        "who_replaced",
    ) == warnings_of(plan, update, quiet=True)
    assert ("not_linked_person", "duplicate_tasks:00T2") == warnings_of(
        plan, KeepTask(wish, "00T1", ANN.who_id, ("00T2",)), quiet=False
    )


def test_what_the_orgs_rules_repeat_stays_out_of_the_log() -> None:
    """A rule or trigger may quote what was sent; names, numbers and texts are left out, words stay."""
    said = "Guest jane doe (+18585551212, JANE@hotel.com) wrote: my card is 4111 1111. Ann, Annual!"
    message = replace(MESSAGE, body="Hello\nmy card is 4111 1111", sender="Ann")
    day = replace(
        DAY.day,
        messages=(message,),
        first_name="Jane",
        last_name="Doe",
        phones=("+18585551212",),
        emails=("jane@hotel.com",),
    )
    _, error = refusal(failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", said), private_texts(day))

    assert error.message == "Guest … (…, …) wrote: …. …, Annual!"


@pytest.mark.parametrize("description", ["Hi", "old"])
def test_a_task_on_nobody_says_so_until_it_has_a_person(description: str) -> None:
    """Written or only looked at: while a Task is on nobody, its outcome waits for a replay."""
    rules = replace(RULES, settings=settings_from({"on_unmatched": "log_unlinked"}))
    fields = {"Subject": "Zingle Conversation", "Description": description}
    alone = Present({KEY: [replace(TASK, who_id=None, fields=fields)]})

    for person, words in ((Nobody("unmatched"), ("unlinked_task",)), (ANN, ("who_replaced",))):
        plan = plan_day(DAY, person, alone, rules)
        assert isinstance(plan, DayPlan)
        assert words == warnings_of(plan, plan.decisions[0], quiet=False)
