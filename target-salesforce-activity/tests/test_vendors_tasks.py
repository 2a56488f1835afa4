"""Beside and after the vendor's own connector: its Tasks are adopted, or told; none is doubled."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.salesforce.writes.life import merge
from zingle_sync.salesforce import ConfigurationError

if TYPE_CHECKING:
    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity

VENDOR, PERSON = "005000000000777AAA", "005000000000778AAA"
TEXT = "Jane Doe\n03/01/2026 09:41 AM Guest: two towels\n03/01/2026 09:42 AM Ana: on their way"
DAY = "2026-03-01"
NEXT_DAY = "2026-03-02"
AT = 1_772_359_000  # 09:56 UTC of that day
TWO_DAYS = 172_800
KEYS = pytest.mark.parametrize("key", ["unique", "non_unique", "absent"])


@pytest.fixture
def world(pipeline: Pipeline) -> Pipeline:
    """Two empty worlds, two days after the day that the vendor has logged."""
    clock = pipeline.sandbox.sandbox.clock
    pipeline.wait(AT + TWO_DAYS - clock.timestamp())
    pipeline.target_config = {"adopt_tasks": True}
    return pipeline


def moment(epoch: int) -> str:
    """A time as Salesforce writes it."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def vendors(pipeline: Pipeline, who_id: str, **fields: Any) -> str:
    """Let the vendor's connector log a day of a person."""
    row = {
        "Subject": "Zingle Conversation",
        "Description": TEXT,
        "WhoId": who_id,
        "ActivityDate": DAY,
        "Status": "Completed",
        "CreatedById": VENDOR,
        "LastModifiedById": VENDOR,
        "CreatedDate": moment(AT),
        **fields,
    }
    return insert_rows(pipeline.sandbox.sandbox, "Task", [row])[0]


def day_of(pipeline: Pipeline, who_id: str, **fields: Any) -> str:
    """Let a linked guest have written on that day; return the contact."""
    guest = pipeline.guest(who_id)
    pipeline.message(guest, created_at=AT, updated_at=AT, body="two towels", **fields)
    return guest


def told(pipeline: Pipeline) -> list[tuple[str, tuple[str, ...]]]:
    """What became of the days: kind and warnings."""
    return [(each.kind, each.warnings) for each in pipeline.outcomes]


def key_in(task: dict[str, Any]) -> str | None:
    """The key that the Task carries."""
    return task["Zingle_Conversation_Key__c"] or task["CallObject"]


def quick(target: TargetSalesforceActivity) -> None:
    """Wait for nothing."""
    target.settler.sleep = lambda _: None


@KEYS
def test_the_vendors_task_becomes_ours(world: Pipeline, key: str) -> None:
    """It gets the key and our text in one write, so that the history is one row a day."""
    world.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    person = world.person()
    task_id = vendors(world, person)
    guest = day_of(world, person)

    world.run()

    (task,) = world.tasks()
    assert task["Id"] == task_id
    assert key_in(task) == f"zgl:{world.sandbox.service_id}:{guest}:{DAY}"
    assert "> two towels" in task["Description"]
    assert [("updated", ("adopted_task",))] == told(world)


@KEYS
def test_a_second_run_adopts_nothing_and_writes_nothing(world: Pipeline, key: str) -> None:
    """What was adopted is found by its key from then on."""
    world.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    person = world.person()
    vendors(world, person)
    vendors(world, person, CreatedDate=moment(AT + 60))
    day_of(world, person)
    lines = world.tap()
    world.target(lines)
    tasks = world.tasks()
    world.sandbox.clear_journal()

    world.target(lines)

    assert [("unchanged", ())] == told(world)
    assert (0, tasks) == (world.sandbox.writes("salesforce"), world.tasks())


def test_of_two_on_a_day_the_older_is_adopted_and_the_other_told(world: Pipeline) -> None:
    """Rolling 24 hours may give two; the other stays as it is, named by its id."""
    person = world.person()
    younger = vendors(world, person, CreatedDate=moment(AT + 3_600))
    older = vendors(world, person)
    day_of(world, person)

    world.run()

    assert [("updated", ("adopted_task", f"vendor_tasks_left:{younger}"))] == told(world)
    by_id = {task["Id"]: task for task in world.tasks()}
    assert {older, younger} == by_id.keys()
    assert (TEXT, None) == (by_id[younger]["Description"], key_in(by_id[younger]))


@pytest.mark.parametrize(
    "other",
    [
        {"LastModifiedById": PERSON},
        {"Subject": "Call"},
        {"Description": "She asked for towels; Ana knows.", "CreatedById": PERSON},
        {"CallObject": "a telephone system's own"},
        {"ActivityDate": "2026-02-28"},
        {"ActivityDate": None},
        {"WhoId": None},
        {"IsDeleted": True},
    ],
    ids=str,
)
def test_what_is_not_the_vendors_stays_as_it_is(world: Pipeline, other: dict[str, Any]) -> None:
    """Edited, titled, typed, keyed, dated otherwise, nobody's or deleted: ours is a new one."""
    world.sandbox.sandbox.set_options({"salesforce_activity_key": "absent"})
    person = world.person()
    task_id = vendors(world, person, **other)
    (before,) = world.sandbox.sandbox.store.all("SELECT * FROM sf_Task")
    day_of(world, person)

    world.run()

    assert ["created"] == [each.kind for each in world.outcomes]
    rows = world.sandbox.sandbox.store.all("SELECT * FROM sf_Task WHERE Id = ?", (task_id,))
    assert [dict(before)] == [dict(row) for row in rows]


@pytest.mark.parametrize("key", ["unique", "absent"])
@pytest.mark.parametrize("batch", [1, 1_000])
def test_one_that_is_dated_the_day_after_it_was_begun_is_adopted(
    world: Pipeline, key: str, batch: int
) -> None:
    """It gets its own day's date; the day after, in whatever batch, has a Task of its own."""
    world.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    person = world.person()
    late = vendors(world, person, ActivityDate=NEXT_DAY)
    guest = day_of(world, person)
    world.message(guest, created_at=AT + 86_400, updated_at=AT + 86_400, body="one more")

    world.run(checkpoint_records=batch)

    days = {task["Id"]: task["ActivityDate"] for task in world.tasks()}
    assert (DAY, [DAY, NEXT_DAY]) == (days[late], sorted(days.values()))


def test_one_that_a_person_edited_is_told(world: Pipeline) -> None:
    """The day then has two Tasks, and the log says which is the other."""
    person = world.person()
    edited = vendors(world, person, LastModifiedById=PERSON)
    day_of(world, person)

    world.run()

    assert [("created", (f"vendor_tasks_left:{edited}",))] == told(world)


def test_each_task_is_adopted_by_one_day_only(world: Pipeline) -> None:
    """Two contacts of one person: the first takes the Task, the second gets one of its own."""
    person = world.person()
    vendors(world, person)
    first, second = sorted([day_of(world, person), day_of(world, person)])

    world.run()

    kinds = {each.source_key.split(":")[1]: each.kind for each in world.outcomes}
    assert {first: "updated", second: "created"} == kinds
    assert 2 == len({key_in(task) for task in world.tasks()})


def test_people_found_by_phone_or_by_a_merge_are_served_too(world: Pipeline) -> None:
    """Whoever gets the Task, by whatever key: the vendor's Task of that person is adopted."""
    winner, loser = world.person(), world.person()
    caller = world.person(Phone="+1 858 555 1212")
    tasks = {vendors(world, winner), vendors(world, caller)}
    merge(world.sandbox.sandbox, winner, [loser])
    day_of(world, loser)
    guest = world.guest(channels=[{"type": "phone", "value": "+18585551212"}])
    world.message(guest, created_at=AT, updated_at=AT)

    world.run()

    assert ["updated"] * 2 == [each.kind for each in world.outcomes]
    assert tasks == {task["Id"] for task in world.tasks() if key_in(task)}


def test_a_long_day_continues_behind_the_adopted_task(world: Pipeline) -> None:
    """The first part takes the vendor's Task, the others are new."""
    person = world.person()
    task_id = vendors(world, person)
    guest = day_of(world, person)
    for _ in range(8):
        world.message(guest, created_at=AT + 5, updated_at=AT + 5, body="towels " * 800)

    world.run()

    assert ["updated", "created"] == [each.kind for each in world.outcomes]
    assert f"zgl:{world.sandbox.service_id}:{guest}:{DAY}" == next(
        key_in(task) for task in world.tasks() if task["Id"] == task_id
    )


def test_a_dry_run_counts_and_writes_nothing(world: Pipeline) -> None:
    """`preview` shows what would be adopted."""
    person = world.person()
    vendors(world, person)
    day_of(world, person)

    target = world.run(dry_run=True)

    assert [("would_update", ("adopted_task",))] == told(world)
    assert 1 == target.run.tally.warnings["adopted_task"]
    assert 0 == world.sandbox.writes("salesforce")


@pytest.mark.parametrize("adopt", [True, False])
def test_adopting_costs_a_call_for_each_batch_with_new_days(world: Pipeline, adopt: bool) -> None:
    """None where it is off, and none for days that have their Task."""
    for _ in range(30):
        person = world.person()
        vendors(world, person)
        day_of(world, person)
    lines = world.tap()
    world.target(lines, dry_run=True, adopt_tasks=False)  # what is asked once in a run
    world.sandbox.clear_journal()
    world.target(lines, dry_run=True, adopt_tasks=False)
    usual = world.sandbox.calls("salesforce")
    world.sandbox.clear_journal()

    world.target(lines, dry_run=True, adopt_tasks=adopt)
    assert usual + adopt == world.sandbox.calls("salesforce")

    world.target(lines, adopt_tasks=adopt)
    world.sandbox.clear_journal()
    world.target(lines, adopt_tasks=adopt)
    assert (usual, 0) == (world.sandbox.calls("salesforce"), world.sandbox.writes("salesforce"))


@KEYS
@pytest.mark.parametrize("left", [0, 1])
def test_a_kill_between_read_and_write_changes_nothing(
    world: Pipeline, key: str, left: int
) -> None:
    """Before the write nothing is adopted, after it all: the next run ends the same."""
    world.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    people = [world.person() for _ in range(3)]
    tasks = {vendors(world, person) for person in people}
    for person in people:
        day_of(world, person)
    lines = world.tap()

    def dying(target: TargetSalesforceActivity) -> None:
        writer = target.settler.writer
        write = writer.write

        def die(writes: Any) -> Any:  # noqa: ANN401 - passed on
            if left:
                write(writes)
            raise SystemExit(137)

        writer.write = die  # type: ignore[method-assign] # the kill

    with pytest.raises(SystemExit):
        world.target(lines, dying)
    world.target(lines)

    assert tasks == {task["Id"] for task in world.tasks() if key_in(task)}
    assert len(tasks) == len(world.tasks())


def test_where_salesforce_refuses_the_change_the_day_gets_its_own_task(world: Pipeline) -> None:
    """A Task that this user may not edit is left; the conversation is logged all the same."""
    person = world.person()
    task_id = vendors(world, person)
    day_of(world, person)
    error = {"statusCode": "INSUFFICIENT_ACCESS_OR_READONLY", "message": "no", "fields": []}
    world.sandbox.faults.add(
        kind="status",
        path="*/composite/sobjects",
        method="PATCH",
        status=200,
        body=json.dumps([{"success": False, "errors": [error]}]),
        times=1,
    )

    world.target(world.tap(), quick)

    assert [("created", (f"vendor_tasks_left:{task_id}",))] == told(world)
    assert 2 == len(world.tasks())


# The vendor's connector is still at work.


def test_the_first_run_stops_while_the_vendor_writes(world: Pipeline) -> None:
    """One sentence before the first write; nothing is logged twice."""
    person = world.person()
    vendors(world, person, CreatedDate=moment(world.now - 3_600))
    day_of(world, person)

    with pytest.raises(ConfigurationError, match="allow_vendor_connector"):
        world.run()

    assert 0 == world.sandbox.writes("salesforce")
    assert [] == world.outcomes


def test_the_run_goes_on_where_that_is_wanted(world: Pipeline) -> None:
    """`allow_vendor_connector` is for whoever has switched the connector off, or wants both."""
    person = world.person()
    vendors(world, person, CreatedDate=moment(world.now - 3_600))
    day_of(world, person)

    world.run(allow_vendor_connector=True)

    assert ["updated"] == [each.kind for each in world.outcomes]


@pytest.mark.parametrize(
    "other",
    [
        {"CreatedDate": "2026-03-01T09:56:40.000+0000"},
        {"Description": "She asked for towels; Ana knows.", "CreatedById": PERSON},
        {"Zingle_Conversation_Key__c": "zgl:s:c:2026-03-01"},
        {"CallObject": "zgl:s:c:2026-03-01"},
        {
            "Description": "[9:41 AM] Jane > hi\n\nWritten by zingle-sync: changes made here are overwritten."
        },
        {"Subject": "Conversation"},
    ],
    ids=str,
)
def test_other_tasks_stop_nobody(world: Pipeline, other: dict[str, Any]) -> None:
    """Tasks of weeks ago, typed by people, or of an earlier set-up of ours."""
    person = world.person()
    vendors(
        world, person, **{"CreatedDate": moment(world.now - 3_600), "ActivityDate": None, **other}
    )
    day_of(world, person)

    world.run()

    assert ["created"] == [each.kind for each in world.outcomes]


def test_whoever_has_written_before_is_not_asked_again(world: Pipeline) -> None:
    """The question belongs to the first run; the sync log knows that it was asked."""
    person = world.person()
    guest = day_of(world, person)
    world.run()
    vendors(world, world.person(), CreatedDate=moment(world.now - 3_600))
    world.message(guest)

    world.run()

    assert ["created"] == [each.kind for each in world.outcomes]


def test_a_dry_run_beside_the_vendor_tells_and_goes_on(
    world: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """A week of previews beside the vendor's connector is how one compares."""
    person = world.person()
    vendors(world, person, CreatedDate=moment(world.now - 3_600))
    day_of(world, person)

    world.run(dry_run=True)

    assert ["would_update"] == [each.kind for each in world.outcomes]
    assert "allow_vendor_connector" in caplog.text


def test_without_adopting_days_that_the_vendor_has_logged_are_told(
    world: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """Once in a run, with the last of them and what to do; later days say nothing."""
    person = world.person()
    vendors(world, person)
    guest = day_of(world, person)
    world.run(adopt_tasks=False)

    assert 1 == caplog.text.count(f"has logged conversations until {DAY}")
    assert 2 == len(world.tasks())
    caplog.clear()
    world.message(guest)
    world.run(adopt_tasks=False)
    assert "has logged conversations" not in caplog.text


def test_where_the_question_is_refused_the_run_says_so_and_goes_on(
    world: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """What is only nice to know may fail."""
    world.sandbox.sandbox.set_options({"salesforce_unfilterable_fields": "Task.Subject"})
    person = world.person()
    vendors(world, person)
    day_of(world, person)

    world.run()

    assert ["created"] == [each.kind for each in world.outcomes]
    assert "look whether it is off" in caplog.text
    assert "not adopted" in caplog.text
