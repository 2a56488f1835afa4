"""From a message in Zingle to a Task in Salesforce."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from zingle_sandbox.zingle import AGENT_IDS, ServiceSeed, insert_services
from zingle_sync.salesforce import ConfigurationError, OutcomeUnknownError, Salesforce
from zingle_sync.singer.plain import sentences_of

if TYPE_CHECKING:
    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity
    from zingle_sync.salesforce import RowResult

HOUR, DAY = 3_600, 86_400
OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"
BOTH_KEYS = pytest.mark.parametrize("key", ["unique", "non_unique", "absent"])


@pytest.fixture
def keyed(pipeline: Pipeline, key: str) -> Pipeline:
    """A pipeline into an org with, or without, the External Id field on Activity."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": key})
    return pipeline


def kinds(pipeline: Pipeline) -> list[str]:
    """What became of the Tasks of the last run, with reasons."""
    return sorted("/".join(filter(None, (each.kind, each.reason))) for each in pipeline.outcomes)


def quick(target: TargetSalesforceActivity) -> None:
    """Wait for nothing."""
    target.settler.sleep = lambda _: None


def phone(value: str) -> dict[str, str]:
    """A phone of a guest."""
    return {"type": "phone", "value": value}


def fault(pipeline: Pipeline, kind: str, **fields: Any) -> None:
    """Make calls to Salesforce fail."""
    pipeline.sandbox.sandbox.faults.add(kind=kind, system="salesforce", **fields)


@BOTH_KEYS
def test_a_day_becomes_one_task_and_stays_one(keyed: Pipeline) -> None:
    """A day is written once, rewritten when it grows, and left alone when nothing happens."""
    who = keyed.person()
    guest = keyed.guest(who)
    keyed.message(guest)
    keyed.run()
    keyed.message(guest)
    keyed.wait(HOUR)
    keyed.run()
    keyed.sandbox.clear_journal()
    keyed.wait(HOUR)
    keyed.run()

    (task,) = keyed.tasks()
    assert who == task["WhoId"]
    assert ("Zingle Conversation", "Completed", "2026-03-02") == (
        task["Subject"],
        task["Status"],
        task["ActivityDate"],
    )
    assert task["Description"].index("text-1-end") < task["Description"].index("text-2-end")
    assert keyed.sandbox.calls("salesforce") == 0
    assert keyed.sandbox.calls("zingle") == 3
    assert keyed.sandbox.violations() == []


@BOTH_KEYS
def test_the_same_input_twice_writes_nothing(keyed: Pipeline) -> None:
    """Replaying the tap's output changes nothing in Salesforce."""
    for _ in range(3):
        keyed.message(keyed.linked_guest())
    lines = keyed.tap()
    keyed.target(lines)
    keyed.sandbox.clear_journal()
    keyed.target(lines)

    assert ["unchanged"] * 3 == kinds(keyed)
    assert keyed.sandbox.writes("salesforce") == 0


@BOTH_KEYS
def test_a_lost_answer_makes_no_second_task(keyed: Pipeline) -> None:
    """When the answer to the write is lost, the next look finds what was written."""
    keyed.message(keyed.linked_guest())
    fault(keyed, "drop_after", path="*/composite/sobjects*", method="POST,PATCH", times=1)
    keyed.target(keyed.tap(), quick)

    assert ["created"] == kinds(keyed)
    assert len(keyed.tasks()) == 1


def test_a_write_whose_answer_was_lost_gets_time_to_end(pipeline: Pipeline) -> None:
    """Where the org's triggers take some seconds more, the next look comes after them."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": "absent"})
    pipeline.message(pipeline.linked_guest())
    late: list[list[dict[str, Any]]] = []

    def slow(target: TargetSalesforceActivity) -> None:
        salesforce = target.salesforce
        insert = salesforce.insert

        def lost(_: str, rows: list[dict[str, Any]]) -> list[RowResult]:
            salesforce.insert = insert  # type: ignore[method-assign] # once
            late.append(rows)
            raise OutcomeUnknownError("the connection was reset")

        def sleep(seconds: float) -> None:
            if seconds > 5 and late:
                insert("Task", late.pop())

        salesforce.insert = lost  # type: ignore[method-assign,assignment] # the loss
        target.settler.sleep = sleep

    pipeline.target(pipeline.tap(), slow)

    assert (["created"], 1, []) == (kinds(pipeline), len(pipeline.tasks()), late)


@BOTH_KEYS
def test_a_lost_request_is_sent_again(keyed: Pipeline) -> None:
    """When the write itself never arrived, the next look finds nothing and writes."""
    keyed.message(keyed.linked_guest())
    fault(keyed, "drop_before", path="*/composite/sobjects*", method="POST,PATCH", times=1)
    keyed.target(keyed.tap(), quick)

    assert ["created"] == kinds(keyed)
    assert len(keyed.tasks()) == 1


@BOTH_KEYS
def test_a_hand_edit_lasts_until_the_day_changes(keyed: Pipeline) -> None:
    """A description edited in Salesforce is overwritten when its day changes again."""
    guest = keyed.linked_guest()
    keyed.message(guest)
    keyed.wait(HOUR)
    keyed.run()
    (task,) = keyed.tasks()
    client = Salesforce.from_settings(keyed.sandbox.salesforce_settings())
    client.update("Task", [{"Id": task["Id"], "Description": "mine", "Status": "In Progress"}])
    keyed.wait(HOUR)
    keyed.run()
    assert keyed.tasks()[0]["Description"] == "mine"
    keyed.message(guest)
    keyed.wait(HOUR)
    keyed.run()

    (task,) = keyed.tasks()
    assert "text-1-end" in task["Description"]
    assert "text-2-end" in task["Description"]
    assert task["Status"] == "In Progress"


@BOTH_KEYS
def test_a_long_day_is_several_tasks_that_shrink_again(keyed: Pipeline) -> None:
    """A day longer than a description continues; if it shrinks, surplus parts say so, once."""
    guest = keyed.linked_guest()
    ids = [keyed.message(guest, body=f"no-{number} " + "😀 שלום " * 1_000) for number in range(12)]
    keyed.run()
    parts = keyed.tasks()
    assert len(parts) > 2
    joined = "".join(task["Description"] for task in parts)
    assert all(joined.count(f"no-{number} ") == 1 for number in range(12))
    for message_id in ids[1:]:
        keyed.change(message_id, body="short")
    keyed.wait(HOUR)
    keyed.run()

    moved = [task["Description"] for task in keyed.tasks()][1:]
    assert ["(moved)"] * (len(parts) - 1) == moved
    keyed.sandbox.clear_journal()
    keyed.target(keyed.tap(start_date="2026-03-02"))
    keyed.state = None
    keyed.run()
    assert keyed.sandbox.writes("salesforce") == 0


def test_duplicate_tasks_are_reported_and_left(pipeline: Pipeline) -> None:
    """Where several Tasks carry one key, the oldest is kept right; none is deleted."""
    pipeline.sandbox.sandbox.set_options({"salesforce_activity_key": "absent"})
    guest = pipeline.linked_guest()
    pipeline.message(guest)
    pipeline.run()
    (first,) = pipeline.tasks()
    client = Salesforce.from_settings(pipeline.sandbox.salesforce_settings())
    pipeline.wait(60)
    (copy,) = client.insert(
        "Task", [{"CallObject": first["CallObject"], "WhoId": first["WhoId"], "Subject": "Copy"}]
    )
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()

    assert len(pipeline.tasks()) == 2
    (outcome,) = pipeline.outcomes
    assert (first["Id"], (f"duplicate_tasks:{copy.id}",)) == (outcome.target_id, outcome.warnings)


def test_links_of_15_characters_and_leads_count(pipeline: Pipeline) -> None:
    """A 15-character id and a Lead's id are links like any other."""
    contact, lead = pipeline.person(), pipeline.person("Lead")
    for link in (contact[:15], lead):
        pipeline.message(pipeline.guest(link))
    pipeline.run()

    assert {contact, lead} == {task["WhoId"] for task in pipeline.tasks()}


def test_a_merged_person_is_followed(pipeline: Pipeline) -> None:
    """The Task of a merged person goes to the winner."""
    winner = pipeline.person()
    loser = pipeline.person(IsDeleted=True, MasterRecordId=winner)
    pipeline.message(pipeline.guest(loser))
    pipeline.run()

    (task,) = pipeline.tasks()
    assert winner == task["WhoId"]
    assert pipeline.outcomes[0].matched_on == "relink_merge"


def test_a_converted_lead_is_followed(pipeline: Pipeline) -> None:
    """The Task of a converted Lead goes to the Contact that it became."""
    contact = pipeline.person()
    lead = pipeline.person("Lead", IsConverted=True, ConvertedContactId=contact)
    pipeline.message(pipeline.guest(lead))
    pipeline.run()

    (task,) = pipeline.tasks()
    assert contact == task["WhoId"]
    assert pipeline.outcomes[0].matched_on == "relink_conversion"


def test_a_deleted_person_gets_nothing(pipeline: Pipeline) -> None:
    """A link to a deleted person is not guessed around."""
    gone = pipeline.person(IsDeleted=True, Phone="858-555-1212")
    pipeline.person(Phone="858-555-1212")
    pipeline.message(pipeline.guest(gone, channels=[phone("+18585551212")]))
    pipeline.run()

    assert ["skipped/unmatched"] == kinds(pipeline)
    assert pipeline.tasks() == []


def test_the_person_of_a_task_is_replaced_when_gone(pipeline: Pipeline) -> None:
    """When a person was merged between two runs, the Task moves if Salesforce left it behind."""
    winner, loser = pipeline.person(), pipeline.person()
    guest = pipeline.guest(loser)
    pipeline.message(guest)
    pipeline.run()
    pipeline.sandbox.sandbox.store.execute(
        "UPDATE sf_Contact SET IsDeleted = 1, MasterRecordId = ? WHERE Id = ?", (winner, loser)
    )
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()

    (task,) = pipeline.tasks()
    assert winner == task["WhoId"]
    assert pipeline.outcomes[0].warnings == ("who_replaced",)


def test_a_task_that_a_user_moved_stays_there(pipeline: Pipeline) -> None:
    """A user's choice of person is respected while that person lives."""
    guest, other = pipeline.linked_guest(), pipeline.person()
    pipeline.message(guest)
    pipeline.run()
    client = Salesforce.from_settings(pipeline.sandbox.salesforce_settings())
    client.update("Task", [{"Id": pipeline.tasks()[0]["Id"], "WhoId": other}])
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()

    (task,) = pipeline.tasks()
    assert other == task["WhoId"]
    assert "text-2-end" in task["Description"]


@pytest.mark.parametrize("field", ["Phone", "MobilePhone", "HomePhone", "OtherPhone"])
def test_a_guest_without_link_is_found_by_phone(pipeline: Pipeline, field: str) -> None:
    """Any of a person's phones matches, in any notation; the fax does not."""
    who = pipeline.person(**{field: "(858) 555-1212"})
    pipeline.person(Fax="(858) 555-1212")
    pipeline.message(pipeline.guest(channels=[phone("+18585551212")]))
    pipeline.run()

    (task,) = pipeline.tasks()
    assert who == task["WhoId"]
    assert ("phone", ("not_linked_person",)) == (
        pipeline.outcomes[0].matched_on,
        pipeline.outcomes[0].warnings,
    )


def test_a_guest_without_link_is_found_by_email(pipeline: Pipeline) -> None:
    """An e-mail in another case matches; a converted Lead does not count."""
    who = pipeline.person("Lead", Email="O'Hara@Hotel.com")
    pipeline.person("Lead", Email="o'hara@hotel.com", IsConverted=True)
    pipeline.message(pipeline.guest(channels=[{"type": "email", "value": "o'hara@hotel.com"}]))
    pipeline.run()

    (task,) = pipeline.tasks()
    assert who == task["WhoId"]


def test_ambiguous_and_unknown_guests_are_reported(pipeline: Pipeline) -> None:
    """Who can't be told apart, or is not there, is skipped with the reason; searching is optional."""
    for _ in range(2):
        pipeline.person(Phone="858-555-1212")
    pipeline.message(pipeline.guest(channels=[phone("+18585551212")]))
    pipeline.message(pipeline.guest(channels=[phone("+18585551213")]))
    lines = pipeline.tap()
    pipeline.target(lines)
    assert ["skipped/ambiguous", "skipped/unmatched"] == kinds(pipeline)
    pipeline.target(lines, unlinked_match="none")

    assert ["skipped/unmatched"] * 2 == kinds(pipeline)


def test_unmatched_days_may_be_logged_without_a_person(pipeline: Pipeline) -> None:
    """log_unlinked writes a Task on nobody, which finds its person later."""
    guest = pipeline.guest(channels=[phone("+18585551212")])
    pipeline.message(guest)
    pipeline.run(on_unmatched="log_unlinked")
    assert [None] == [task["WhoId"] for task in pipeline.tasks()]
    who = pipeline.person(Phone="858-555-1212")
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run(on_unmatched="log_unlinked")

    assert [who] == [task["WhoId"] for task in pipeline.tasks()]


@pytest.mark.parametrize(
    ("sync_to", "expected"),
    [("contacts", {"Contact"}), ("leads", {"Lead"}), ("both", {"Contact", "Lead"})],
)
def test_sync_to_chooses_kinds(pipeline: Pipeline, sync_to: str, expected: set[str]) -> None:
    """Days of people of a left-out kind are skipped with that reason."""
    people = {pipeline.person(kind): kind for kind in ("Contact", "Lead")}
    for who in people:
        pipeline.message(pipeline.guest(who))
    pipeline.run(sync_to=sync_to)

    assert expected == {people[task["WhoId"]] for task in pipeline.tasks()}
    assert 2 - len(expected) == kinds(pipeline).count("skipped/excluded_by_sync_to")


def test_a_dry_run_writes_nothing_and_keeps_the_state(pipeline: Pipeline) -> None:
    """A dry run says what it would do and leaves both Salesforce and the bookmark alone."""
    pipeline.message(pipeline.linked_guest())
    pipeline.message(pipeline.guest())
    pipeline.run(dry_run=True)

    assert ["skipped/unmatched", "would_create"] == kinds(pipeline)
    assert pipeline.sandbox.writes("salesforce") == 0
    assert pipeline.state is None


@pytest.mark.parametrize(("allowed", "expected"), [(False, "skipped/archived"), (True, "created")])
def test_days_that_salesforce_archives_need_consent(
    pipeline: Pipeline, allowed: bool, expected: str
) -> None:
    """Days older than 365 days are written only if the settings say so."""
    pipeline.message(pipeline.linked_guest(), created_at=pipeline.now - 400 * DAY)
    lines = pipeline.tap(start_date="2024-01-01")
    pipeline.target(lines, allow_archived_backfill=allowed)
    assert [expected] == kinds(pipeline)
    pipeline.target(lines, allow_archived_backfill=allowed)

    assert [expected.replace("created", "unchanged")] == kinds(pipeline)


def test_fields_follow_the_settings(pipeline: Pipeline) -> None:
    """Subject, status, owner and further fields are as the settings say."""
    pipeline.message(pipeline.linked_guest())
    pipeline.run(
        subject="{service_name} {date}",
        status="In Progress",
        extra_fields={"CallDisposition": "{message_count} messages", "Priority": "Low"},
    )

    (task,) = pipeline.tasks()
    assert ("Harbor Lights Hotel 2026-03-02", "In Progress", "1 messages", "Low") == tuple(
        task[name] for name in ("Subject", "Status", "CallDisposition", "Priority")
    )


def test_two_services_make_two_tasks(pipeline: Pipeline) -> None:
    """One person who writes to two services has a Task for each; nothing mixes."""
    insert_services(pipeline.sandbox.sandbox, [ServiceSeed(OTHER_SERVICE, "Spa", "Asia/Tokyo")])
    who = pipeline.person()
    pipeline.message(pipeline.guest(who))
    pipeline.message(pipeline.guest(who, service_id=OTHER_SERVICE), service_id=OTHER_SERVICE)
    pipeline.run()

    texts = {task["ActivityDate"]: task["Description"] for task in pipeline.tasks()}
    assert {"2026-03-02": True, "2026-03-03": False} == {
        day: "text-1-end" in text for day, text in texts.items()
    }


def test_hipaa_services_keep_their_texts(pipeline: Pipeline) -> None:
    """Of a service with the hipaa feature only counts and times reach Salesforce."""
    insert_services(
        pipeline.sandbox.sandbox, [ServiceSeed(OTHER_SERVICE, "Clinic", features=("hipaa",))]
    )
    guest = pipeline.guest(pipeline.person(), service_id=OTHER_SERVICE)
    pipeline.message(guest, service_id=OTHER_SERVICE)
    pipeline.run()

    (task,) = pipeline.tasks()
    assert "text-1-end" not in task["Description"]
    assert "1 message: 1 in, 0 out" in task["Description"]
    assert pipeline.outcomes[0].warnings == ("bodies_left_out",)


def test_agents_are_named(pipeline: Pipeline) -> None:
    """A person's answer carries the name, an automation's does not."""
    guest = pipeline.linked_guest()
    pipeline.message(guest, direction="outbound", triggered_by_user_id=AGENT_IDS[0])
    pipeline.message(guest, direction="outbound")
    pipeline.run()

    (task,) = pipeline.tasks()
    assert "] Service (" in task["Description"]
    assert "] Auto > text-2-end" in task["Description"]


@BOTH_KEYS
def test_many_changed_days_cost_few_calls(keyed: Pipeline) -> None:
    """450 changed days cost three writes, at most three looks, and a handful of other calls."""
    for _ in range(450):
        keyed.message(keyed.linked_guest())
    keyed.run()
    paths = [call.path for call in keyed.sandbox.journal() if call.system == "salesforce"]

    assert sum("composite/sobjects" in path for path in paths) == 3
    assert sum(path.endswith("/composite") for path in paths) <= 3
    assert keyed.sandbox.calls("salesforce") <= 3 + 3 + 6
    assert len(keyed.tasks()) == 450


def test_short_pages_are_followed(pipeline: Pipeline) -> None:
    """Salesforce may answer fewer rows than it has: the rest is asked for."""
    pipeline.sandbox.sandbox.set_options({"salesforce_short_pages": True})
    for _ in range(60):
        pipeline.message(pipeline.linked_guest())
    lines = pipeline.tap()
    pipeline.target(lines)
    pipeline.target(lines)

    assert ["unchanged"] * 60 == kinds(pipeline)


def test_tasks_from_before_the_field_are_adopted(pipeline: Pipeline) -> None:
    """When the field is deployed later, Tasks that keep their key in CallObject go on."""
    options = pipeline.sandbox.sandbox.set_options
    options({"salesforce_activity_key": "absent"})
    guest = pipeline.linked_guest()
    pipeline.message(guest)
    pipeline.run()
    (before,) = pipeline.tasks()
    options({"salesforce_activity_key": "unique"})
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()

    (task,) = pipeline.tasks()
    assert before["Id"] == task["Id"]
    assert before["CallObject"] == task["Zingle_Conversation_Key__c"]
    assert "text-3-end" in task["Description"]


def test_a_link_of_another_org_is_left_alone(pipeline: Pipeline) -> None:
    """Where several orgs share a service, each takes the conversations that it owns."""
    own = pipeline.person(Phone="858-555-1212")
    org = Salesforce.from_settings(pipeline.sandbox.salesforce_settings()).org_id
    channels = [phone("+18585551212")]
    pipeline.message(pipeline.guest(f"{org}:{own}"))
    pipeline.message(pipeline.guest(f"00D000000000001EAA:{own}", channels=channels))
    pipeline.run()

    assert ["created", "skipped/unmatched"] == kinds(pipeline)


def test_the_person_of_an_unlinked_guests_task_is_replaced_when_gone(pipeline: Pipeline) -> None:
    """A Task found by phone moves on too when its person is gone."""
    first = pipeline.person(Phone="858-555-1212")
    guest = pipeline.guest(channels=[phone("+18585551212")])
    pipeline.message(guest)
    pipeline.run()
    second = pipeline.person(Phone="858-555-1212")
    pipeline.sandbox.sandbox.store.execute(
        "UPDATE sf_Contact SET IsDeleted = 1 WHERE Id = ?", (first,)
    )
    pipeline.message(guest)
    pipeline.wait(HOUR)
    pipeline.run()

    assert [second] == [task["WhoId"] for task in pipeline.tasks()]


def test_further_fields_that_are_right_are_not_written_again(pipeline: Pipeline) -> None:
    """A number written from a template is the same number when it is read back."""
    pipeline.message(pipeline.linked_guest())
    fields = {"CallDurationInSeconds": "{message_count}", "CallDisposition": "{service_name}"}
    lines = pipeline.tap()
    pipeline.target(lines, extra_fields=fields)
    pipeline.target(lines, extra_fields=fields)

    assert ["unchanged"] == kinds(pipeline)


@BOTH_KEYS
@pytest.mark.parametrize("reading", ["match", "ignore"])
def test_archived_tasks_are_kept_right(keyed: Pipeline, key: str, reading: str) -> None:
    """A late change reaches a Task that Salesforce has archived, whatever an upsert makes of it."""
    keyed.sandbox.sandbox.choose_profile({"salesforce_upsert_archived": reading})
    guest = keyed.linked_guest()
    message = keyed.message(guest, created_at=keyed.now - 400 * DAY)
    keyed.tap_config = {"start_date": "2024-01-01"}
    keyed.run(allow_archived_backfill=True)
    (before,) = keyed.tasks()
    assert before["IsArchived"] == 1
    keyed.wait(HOUR)
    keyed.change(message, body="changed-late")
    keyed.run()

    (task,) = keyed.tasks()
    assert ["updated"] == kinds(keyed)
    assert (before["Id"], True) == (task["Id"], "changed-late" in task["Description"])


def test_a_user_who_sees_no_leads_finds_contacts(pipeline: Pipeline) -> None:
    """Where Leads are hidden from the user, Contacts are searched all the same."""
    pipeline.sandbox.sandbox.set_options({"salesforce_hidden_fields": "Lead"})
    who = pipeline.person(Phone="858-555-1212")
    pipeline.message(pipeline.guest(channels=[phone("+18585551212")]))
    pipeline.run()

    assert [who] == [task["WhoId"] for task in pipeline.tasks()]


def refused(pipeline: Pipeline, lines: list[dict[str, Any]], **config: Any) -> str:
    """Run the target with settings that it refuses, and return its words."""
    pipeline.sandbox.clear_journal()
    with pytest.raises((ConfigValidationError, ConfigurationError)) as caught:
        pipeline.target(lines, **config)
    return " ".join(sentences_of(caught.value))


@BOTH_KEYS
@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"extra_fields": {"CallObject": "room {date}"}}, "extra_fields.CallObject"),
        ({"extra_fields": {"zingle_conversation_key__C": "x"}}, "extra_fields.zingle"),
        ({"extra_fields": {"whoid": "0038d000003PNoQAAW"}}, "extra_fields.whoid"),
        ({"activity_key_field": "Subject"}, "activity_key_field"),
        (
            {"activity_key_field": "CallDisposition", "extra_fields": {"CallDisposition": "x"}},
            "activity_key_field",
        ),
        ({"owner_id": "Ana Lopez"}, "owner_id"),
    ],
)
def test_settings_that_take_what_the_target_owns_are_refused(
    keyed: Pipeline, config: dict[str, Any], named: str
) -> None:
    """Such a setting ends the run before its first call, named together with the field."""
    keyed.message(keyed.linked_guest())
    words = refused(keyed, keyed.tap(), **config)

    assert named in words
    assert keyed.sandbox.calls("salesforce") == 0
    assert keyed.tasks() == []


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"status": "Finished"}, "status: "),
        ({"extra_fields": {"CallDurationInSeconds": "{contact_name}"}}, "CallDurationInSeconds"),
        ({"extra_fields": {"CallType": "Telepathic"}}, "takes only"),
        ({"activity_key_field": "CallType"}, "activity_key_field"),
    ],
)
def test_settings_that_no_task_can_take_are_refused(
    pipeline: Pipeline, config: dict[str, Any], named: str
) -> None:
    """What the org's Task does not take ends the run before anything is written, without a value."""
    pipeline.message(pipeline.guest(pipeline.person(), fields={"First Name": "Secretname"}))
    words = refused(pipeline, pipeline.tap(), **config)

    assert named in words
    assert "Secretname" not in words
    assert pipeline.sandbox.writes("salesforce") == 0


@BOTH_KEYS
def test_a_long_day_stays_with_the_person_of_its_first_task(keyed: Pipeline) -> None:
    """Parts that come later go where a user has moved the first one, while that person lives."""
    guest, other = keyed.linked_guest(), keyed.person()
    keyed.message(guest)
    keyed.run()
    client = Salesforce.from_settings(keyed.sandbox.salesforce_settings())
    client.update("Task", [{"Id": keyed.tasks()[0]["Id"], "WhoId": other}])
    for _ in range(10):
        keyed.message(guest, body="no " * 3_000)
    keyed.wait(HOUR)
    keyed.run()

    assert len(keyed.tasks()) > 1
    assert {other} == {task["WhoId"] for task in keyed.tasks()}


def test_a_long_day_leaves_a_person_who_is_gone(pipeline: Pipeline) -> None:
    """When the first Task's person was merged, the whole day goes to the winner."""
    winner, loser = pipeline.person(), pipeline.person()
    guest = pipeline.guest(loser)
    pipeline.message(guest)
    pipeline.run()
    pipeline.sandbox.sandbox.store.execute(
        "UPDATE sf_Contact SET IsDeleted = 1, MasterRecordId = ? WHERE Id = ?", (winner, loser)
    )
    for _ in range(10):
        pipeline.message(guest, body="no " * 3_000)
    pipeline.wait(HOUR)
    pipeline.run()

    assert len(pipeline.tasks()) > 1
    assert {winner} == {task["WhoId"] for task in pipeline.tasks()}


def test_a_corrected_link_does_not_tear_a_day(pipeline: Pipeline) -> None:
    """When a guest is linked to somebody else at noon, the day stays where it began."""
    first, second = pipeline.person(), pipeline.person()
    guest = pipeline.guest(first)
    pipeline.message(guest)
    pipeline.run()
    pipeline.sandbox.sandbox.store.execute(
        "UPDATE zg_contacts SET external_id = ?, updated_at = ?", (second, pipeline.now)
    )
    for _ in range(10):
        pipeline.message(guest, body="no " * 3_000)
    pipeline.wait(HOUR)
    pipeline.run()

    assert len(pipeline.tasks()) > 1
    assert {first} == {task["WhoId"] for task in pipeline.tasks()}


@pytest.mark.parametrize("parts", [1, 10])
def test_a_day_that_was_begun_is_completed_though_its_kind_is_left_out(
    pipeline: Pipeline, parts: int
) -> None:
    """A Lead that becomes a Contact at noon keeps its whole day, also under `sync_to: leads`."""
    contact, lead = pipeline.person(), pipeline.person("Lead")
    guest = pipeline.guest(lead)
    pipeline.message(guest)
    pipeline.target_config = {"sync_to": "leads"}
    pipeline.run()
    pipeline.sandbox.sandbox.store.execute(
        "UPDATE sf_Lead SET IsConverted = 1, ConvertedContactId = ? WHERE Id = ?", (contact, lead)
    )
    pipeline.sandbox.sandbox.store.execute("UPDATE sf_Task SET WhoId = ?", (contact,))
    for number in range(parts):
        pipeline.message(guest, body=f"late-{number} " + "no " * 3_000)
    pipeline.wait(HOUR)
    pipeline.run()

    text = "".join(task["Description"] for task in pipeline.tasks())
    assert all(f"late-{number} " in text for number in range(parts))
    assert {contact} == {task["WhoId"] for task in pipeline.tasks()}


@BOTH_KEYS
def test_fields_that_are_right_are_not_written_again_whatever_their_texts(keyed: Pipeline) -> None:
    """Outer blanks, emoji, line breaks and long names in Subject and fields settle in one write."""
    names = {"First Name": " Ja\nne ", "Last Name": "👍" * 300}
    guest = keyed.guest(keyed.person(), fields=names)
    keyed.message(guest)
    lines = keyed.tap()
    fields = {"CallDisposition": "{contact_name} ", "CallDurationInSeconds": "{message_count}"}
    config = {"subject": " {contact_name}", "extra_fields": fields}
    keyed.target(lines, **config)
    assert ["created"] == kinds(keyed)
    keyed.target(lines, **config)

    assert ["unchanged"] == kinds(keyed)
    (task,) = keyed.tasks()
    assert task["Subject"].startswith("Ja ne 👍")
    assert task["Subject"].endswith("👍…")
    assert task["CallDurationInSeconds"] == 1


@BOTH_KEYS
def test_a_changed_day_costs_four_calls(keyed: Pipeline) -> None:
    """Beside the log-in: describe, what the org has, what is there, and the write."""
    keyed.message(keyed.linked_guest())
    lines = keyed.tap()
    keyed.sandbox.clear_journal()
    keyed.target(lines)

    assert keyed.sandbox.calls("salesforce") == 4


@pytest.mark.parametrize("blocked", [True, False])
def test_an_opted_out_guest_is_marked(pipeline: Pipeline, blocked: bool) -> None:
    """Whoever reads the Task sees that the guest takes no messages any more."""
    channel = {**phone("+18585551212"), "block_outbound": blocked}
    pipeline.message(pipeline.guest(pipeline.person(), channels=[channel]))
    pipeline.run()

    (task,) = pipeline.tasks()
    assert blocked == ("opted out" in task["Description"])


@pytest.mark.parametrize(("country", "clock"), [("US", "PM] "), ("DE", ":00] ")])
def test_the_clock_is_that_of_the_services_country(
    pipeline: Pipeline, country: str, clock: str
) -> None:
    """A German hotel reads 22:00 where an American one reads 10:00 PM."""
    store = pipeline.sandbox.sandbox.store
    store.execute("UPDATE zg_services SET country = ?, time_zone = 'UTC'", (country,))
    noon = datetime(2026, 3, 1, 22, tzinfo=UTC).timestamp()
    pipeline.message(pipeline.linked_guest(), created_at=int(noon))
    pipeline.run()

    (task,) = pipeline.tasks()
    assert clock in task["Description"]


def test_changed_settings_are_told_once(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """Days that do not come again keep what was written; the run says so, with the command."""
    guest = pipeline.linked_guest()
    said = []
    for subject in ("Chat", "Chat", "Talk", "Talk"):
        pipeline.message(guest)
        pipeline.wait(HOUR)
        caplog.clear()
        pipeline.run(subject=subject)
        said.append("--full-refresh" in caplog.text)

    assert [False, False, True, False] == said


def test_a_service_is_remembered_by_its_name(pipeline: Pipeline) -> None:
    """A project of conversations alone shows its services by name; foreign texts are one line."""
    pipeline.message(pipeline.linked_guest())
    lines = pipeline.tap()
    named = [line["record"]["service_name"] for line in lines if line["type"] == "RECORD"]
    target = pipeline.target(lines)

    service_id = pipeline.sandbox.service_id
    assert named[0] == target.run.facts[service_id, "service_name"]


@pytest.mark.parametrize("plugin", ["tap", "target"])
def test_flattened_days_are_written_the_same(pipeline: Pipeline, plugin: str) -> None:
    """Flattening, which both plugins offer, changes nothing of a Task."""
    pipeline.message(pipeline.linked_guest(), attachments=["https://f/x.pdf"])
    pipeline.run()
    (before,) = pipeline.tasks()
    pipeline.state = None
    flattening = {"flattening_enabled": True, "flattening_max_depth": 3}
    lines = pipeline.tap(**(flattening if plugin == "tap" else {}))
    pipeline.target(lines, **(flattening if plugin == "target" else {}))

    assert [before] == pipeline.tasks()
    assert ["unchanged"] == [each.kind for each in pipeline.outcomes]
