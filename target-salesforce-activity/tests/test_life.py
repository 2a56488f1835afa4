"""What becomes of Tasks when people are merged, converted, deleted or restored between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.salesforce.writes.life import convert_lead, delete_rows, merge, undelete

if TYPE_CHECKING:
    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity

HOUR = 3_600
BOTH_KEYS = pytest.mark.parametrize("key", ["unique", "absent"])


@pytest.fixture
def keyed(pipeline: Pipeline, key: str) -> Pipeline:
    """A pipeline into an org with, or without, the External Id field on Activity."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    return pipeline


def go_on(pipeline: Pipeline, guest: str) -> list[str]:
    """Let the guest write again and the plugins run; return what became of the day."""
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()
    return ["/".join(filter(None, (each.kind, each.reason))) for each in pipeline.outcomes]


@BOTH_KEYS
def test_a_day_goes_on_after_a_merge(keyed: Pipeline, key: str) -> None:
    """Salesforce moves the Task to the winner; the day goes on in that same Task."""
    winner, loser = keyed.person(), keyed.person()
    guest = keyed.guest(loser)
    go_on(keyed, guest)
    (before,) = keyed.tasks()
    merge(keyed.sandbox.sandbox, winner, [loser])

    assert ["updated"] == go_on(keyed, guest)
    (task,) = keyed.tasks()
    assert (before["Id"], winner) == (task["Id"], task["WhoId"])
    assert "text-2-end" in task["Description"]


@BOTH_KEYS
@pytest.mark.parametrize("moved", [True, False])
def test_a_day_goes_on_after_a_conversion(keyed: Pipeline, key: str, moved: bool) -> None:
    """The day stays one Task, on the Contact, whether or not Salesforce moved it there."""
    lead = keyed.person("Lead")
    guest = keyed.guest(lead)
    go_on(keyed, guest)
    (before,) = keyed.tasks()
    contact = convert_lead(keyed.sandbox.sandbox, lead)
    if not moved:
        keyed.sandbox.sandbox.store.execute("UPDATE sf_Task SET WhoId = ?", (lead,))

    assert ["updated"] == go_on(keyed, guest)
    (task,) = keyed.tasks()
    assert (before["Id"], contact) == (task["Id"], task["WhoId"])
    assert "text-2-end" in task["Description"]


@BOTH_KEYS
def test_a_deleted_person_takes_the_task_along_and_brings_it_back(
    keyed: Pipeline, key: str
) -> None:
    """While the person is in the recycle bin the day is skipped; restored, it goes on."""
    who = keyed.person()
    guest = keyed.guest(who)
    go_on(keyed, guest)
    (before,) = keyed.tasks()
    delete_rows(keyed.sandbox.sandbox, [who])

    assert ["skipped/unmatched"] == go_on(keyed, guest)
    assert [] == keyed.tasks()
    undelete(keyed.sandbox.sandbox, who)
    assert ["updated"] == go_on(keyed, guest)
    (task,) = keyed.tasks()
    assert before["Id"] == task["Id"]
    assert all(f"text-{number}-end" in task["Description"] for number in (1, 2, 3))


@BOTH_KEYS
def test_a_task_that_was_deleted_comes_back_with_its_day(keyed: Pipeline, key: str) -> None:
    """A Task in the recycle bin does not hold its key: the changed day is written anew."""
    guest = keyed.linked_guest()
    go_on(keyed, guest)
    keyed.sandbox.sandbox.store.execute("UPDATE sf_Task SET IsDeleted = 1")

    assert ["created"] == go_on(keyed, guest)
    assert 1 == len(keyed.tasks())


@pytest.mark.parametrize(
    ("sync_to", "expected"), [("both", "Contact"), ("contacts", "Contact"), ("leads", "Lead")]
)
def test_a_contact_comes_before_an_open_lead(
    pipeline: Pipeline, sync_to: str, expected: str
) -> None:
    """Where phone finds both a Contact and a Lead, sync_to decides, and the Contact by default."""
    people = {kind: pipeline.person(kind, Phone="858-555-1212") for kind in ("Lead", "Contact")}
    pipeline.message(pipeline.guest(channels=[{"type": "phone", "value": "+18585551212"}]))
    pipeline.run(sync_to=sync_to)

    assert [people[expected]] == [task["WhoId"] for task in pipeline.tasks()]


def test_a_link_to_a_kind_that_the_user_may_not_see_holds_nobody_else_back(
    pipeline: Pipeline,
) -> None:
    """Where Leads are hidden, a Lead's conversation is unmatched; a Contact's is written."""
    lead, who = pipeline.person("Lead"), pipeline.person()
    pipeline.sandbox.sandbox.set_options({"salesforce_hidden_fields": "Lead"})
    pipeline.message(pipeline.guest(lead))
    pipeline.message(pipeline.guest(who))
    pipeline.run()

    assert [who] == [task["WhoId"] for task in pipeline.tasks()]
    assert ["created", "skipped"] == sorted(each.kind for each in pipeline.outcomes)


def test_a_task_on_a_person_whom_the_user_may_not_see_stays_there(pipeline: Pipeline) -> None:
    """Whoever cannot be read is not gone: a Task that was moved there is left there."""
    guest, lead = pipeline.linked_guest(), pipeline.person("Lead")
    go_on(pipeline, guest)
    pipeline.sandbox.sandbox.store.execute("UPDATE sf_Task SET WhoId = ?", (lead,))
    pipeline.sandbox.sandbox.set_options({"salesforce_hidden_fields": "Lead"})

    assert ["updated"] == go_on(pipeline, guest)
    (task,) = pipeline.tasks()
    assert lead == task["WhoId"]
    assert "text-2-end" in task["Description"]


@pytest.mark.parametrize("hidden", ["", "Account"])
def test_a_link_to_a_business_account_finds_nobody(pipeline: Pipeline, hidden: str) -> None:
    """An Account is a person only in orgs with person accounts; here it is skipped."""
    pipeline.sandbox.sandbox.set_options({"salesforce_hidden_fields": hidden})
    (account,) = insert_rows(pipeline.sandbox.sandbox, "Account", [{"Name": "Acme"}])
    pipeline.message(pipeline.guest(account))
    pipeline.run()

    assert ["skipped"] == [each.kind for each in pipeline.outcomes]


def person_account(pipeline: Pipeline, **fields: object) -> tuple[str, str]:
    """Add a person who is an Account and a Contact; return both ids."""
    contact = pipeline.person()
    row = {"Name": "Doe", "IsPersonAccount": True, "PersonContactId": contact, **fields}
    return insert_rows(pipeline.sandbox.sandbox, "Account", [row])[0], contact


@BOTH_KEYS
def test_a_person_accounts_day_is_on_its_contact(keyed: Pipeline, key: str) -> None:
    """In an org with person accounts a link to one means the Contact that belongs to it."""
    keyed.sandbox.sandbox.set_options({"salesforce_person_accounts": True})
    account, contact = person_account(keyed)
    guest = keyed.guest(account)

    assert ["created"] == go_on(keyed, guest)
    assert ["updated"] == go_on(keyed, guest)
    assert [contact] == [task["WhoId"] for task in keyed.tasks()]
    assert [] == keyed.sandbox.violations()


def test_merged_and_deleted_person_accounts(pipeline: Pipeline) -> None:
    """A merged person account leads to the winner's Contact; a deleted one, or a company, to nobody."""
    pipeline.sandbox.sandbox.set_options({"salesforce_person_accounts": True})
    winner, contact = person_account(pipeline)
    loser, _ = person_account(pipeline, IsDeleted=True, MasterRecordId=winner)
    deleted, _ = person_account(pipeline, IsDeleted=True)
    (company,) = insert_rows(pipeline.sandbox.sandbox, "Account", [{"Name": "Acme"}])
    for link in (loser, deleted, company):
        pipeline.message(pipeline.guest(link))
    pipeline.run()

    assert [contact] == [task["WhoId"] for task in pipeline.tasks()]
    assert ["created", "skipped", "skipped"] == sorted(each.kind for each in pipeline.outcomes)


def test_a_lead_that_became_a_person_account_is_followed(pipeline: Pipeline) -> None:
    """A conversion into a person account leads to its Contact like any other conversion."""
    pipeline.sandbox.sandbox.set_options({"salesforce_person_accounts": True})
    _, contact = person_account(pipeline)
    lead = pipeline.person("Lead")
    guest = pipeline.guest(lead)
    go_on(pipeline, guest)
    convert_lead(pipeline.sandbox.sandbox, lead, contact)

    assert ["updated"] == go_on(pipeline, guest)
    assert [contact] == [task["WhoId"] for task in pipeline.tasks()]


@BOTH_KEYS
@pytest.mark.parametrize("parts", [1, 3])
def test_a_task_that_is_deleted_while_its_day_is_written_comes_back_whole(
    keyed: Pipeline, key: str, parts: int
) -> None:
    """Between look and write a user deletes it: what comes instead has person, date and status."""
    who = keyed.person()
    guest = keyed.guest(who)
    for _ in range(parts):
        keyed.message(guest, body="towels " * 3_000)
    keyed.run()
    whole = [{**task, "Id": "", "CreatedDate": ""} for task in keyed.tasks()]
    lines = keyed.tap()
    keyed.sandbox.sandbox.store.execute("UPDATE sf_Task SET Description = 'edited by hand'")

    def delete_meanwhile(target: TargetSalesforceActivity) -> None:
        writer = target.settler.writer
        target.settler.sleep = lambda _: None
        write = writer.write

        def late(writes: Any) -> Any:  # noqa: ANN401 - passed on
            writer.write = write  # type: ignore[method-assign] # once
            keyed.sandbox.sandbox.store.execute("UPDATE sf_Task SET IsDeleted = 1")
            return write(writes)

        writer.write = late  # type: ignore[method-assign] # the deletion

    keyed.target(lines, delete_meanwhile)

    same = {"Subject", "Status", "WhoId", "ActivityDate", "Description", "IsReminderSet"}
    assert [{name: task[name] for name in same} for task in whole] == [
        {name: task[name] for name in same} for task in keyed.tasks()
    ]
