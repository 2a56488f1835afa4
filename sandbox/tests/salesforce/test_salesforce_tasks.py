from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import salesforce

if TYPE_CHECKING:
    from conftest import Org

KEY = "Zingle_Conversation_Key__c"


def refused(org: Org, **fields: Any) -> tuple[str, str, list[str]]:
    """Code, message and fields of the refusal of a new Task."""
    answer = org.rest("POST", "/sobjects/Task", json=fields)
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()
    return error["errorCode"], error["message"], error["fields"]


@pytest.fixture
def world(org: Org) -> dict[str, str]:
    """An account with a contact and an opportunity, a lead, and a converted lead."""
    account = org.create("Account", Name="Acme")
    contact = org.create("Contact", LastName="A", AccountId=account)
    lead = org.create("Lead", LastName="L", Company="C")
    converted = org.create("Lead", LastName="M", Company="C")
    salesforce.convert_lead(org.running.sandbox, converted)
    deal = org.create(
        "Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-05-01", AccountId=account
    )
    return {
        "account": account,
        "contact": contact,
        "lead": lead,
        "converted": converted,
        "deal": deal,
    }


def test_a_plain_task_gets_its_defaults(org: Org) -> None:
    """Nothing is required; status, priority, owner and subtype are filled."""
    task = org.read("Task", org.create("Task"))

    assert {
        "Status": "Not Started",
        "Priority": "Normal",
        "TaskSubtype": "Task",
        "IsClosed": False,
        "IsHighPriority": False,
        "IsArchived": False,
        "CompletedDateTime": None,
        "WhoId": None,
    }.items() <= task.items()
    assert task["OwnerId"] == task["CreatedById"]


def test_who_must_be_a_living_person(org: Org, world: dict[str, str]) -> None:
    """Other objects, unknown, deleted and converted people are refused."""
    gone = org.create("Contact", LastName="Gone")
    org.rest("DELETE", f"/sobjects/Contact/{gone}")

    assert (
        "FIELD_INTEGRITY_EXCEPTION",
        f"Name ID: id value of incorrect type: {world['account']}",
        ["WhoId"],
    ) == refused(org, WhoId=world["account"])
    assert ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["WhoId"]) == refused(
        org, WhoId="003Zs00000ZZZZZ"
    )
    assert ("ENTITY_IS_DELETED", "entity is deleted", ["WhoId"]) == refused(org, WhoId=gone)
    assert (
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "cannot reference converted lead",
        ["WhoId"],
    ) == refused(org, WhoId=world["converted"])
    org.profile(converted_lead="accept")
    assert org.create("Task", WhoId=world["converted"])


def test_a_lead_cannot_have_a_what(org: Org, world: dict[str, str]) -> None:
    """Neither on insert nor by a later update of either field."""
    expected = ("FIELD_INTEGRITY_EXCEPTION", "cannot specify whatId with whoId of lead", ["WhatId"])
    task = org.create("Task", WhoId=world["lead"])
    later = org.rest("PATCH", f"/sobjects/Task/{task}", json={"WhatId": world["account"]}).json()[0]

    assert expected == refused(org, WhoId=world["lead"], WhatId=world["account"])
    assert expected == (later["errorCode"], later["message"], later["fields"])


@pytest.mark.parametrize(
    ("who", "what"), [("contact", None), (None, "account"), (None, "deal"), ("contact", "deal")]
)
def test_the_account_follows(
    org: Org, world: dict[str, str], who: str | None, what: str | None
) -> None:
    """AccountId comes from WhatId, else from the contact."""
    fields = {"WhoId": who and world[who], "WhatId": what and world[what]}

    assert (
        world["account"] == org.read("Task", org.create("Task", **fields), "AccountId")["AccountId"]
    )


def test_closing_and_reopening(org: Org) -> None:
    """IsClosed follows the status, CompletedDateTime the moment; values are not restricted."""
    task = org.create("Task", Status="Completed", Priority="High")
    closed = org.read("Task", task)
    org.rest("PATCH", f"/sobjects/Task/{task}", json={"Status": "Whatever", "Priority": "Low"})
    reopened = org.read("Task", task)

    assert (True, True, closed["CreatedDate"]) == (
        closed["IsClosed"],
        closed["IsHighPriority"],
        closed["CompletedDateTime"],
    )
    assert (False, False, None, "Whatever") == (
        reopened["IsClosed"],
        reopened["IsHighPriority"],
        reopened["CompletedDateTime"],
        reopened["Status"],
    )


def test_statuses_tell_which_one_closes(org: Org) -> None:
    """TaskStatus can be queried, with SOQL's own words."""
    assert ["Completed"] == org.values("SELECT MasterLabel FROM TaskStatus WHERE IsClosed = true")
    assert ["Not Started"] == org.values("SELECT ApiName FROM TaskStatus WHERE IsDefault = true")


def test_descriptions_end_at_32000(org: Org) -> None:
    """One character more is refused."""
    org.create("Task", Description="x" * 32_000)
    code, message, fields = refused(org, Description="x" * 32_001)

    assert ("STRING_TOO_LONG", ["Description"]) == (code, fields)
    assert message.endswith("(max length=32000)")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("CallType", "Sideways", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("TaskSubtype", "Fax", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("IsClosed", True, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("IsArchived", True, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("AccountId", "001Zs00000000G9", "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("ActivityDate", "2026-03-01T10:00:00Z", "JSON_PARSER_ERROR"),
    ],
)
def test_wrong_values_are_refused(org: Org, field: str, value: str | bool, code: str) -> None:
    """Restricted picklists, read-only fields, dates that are instants."""
    answer = org.rest("POST", "/sobjects/Task", json={field: value})

    assert (400, code) == (answer.status_code, answer.json()[0]["errorCode"])


def test_the_subtype_cannot_change(org: Org) -> None:
    """TaskSubtype is set on insert only."""
    task = org.create("Task", TaskSubtype="Call")
    answer = org.rest("PATCH", f"/sobjects/Task/{task}", json={"TaskSubtype": "Task"})

    assert "INVALID_FIELD_FOR_INSERT_UPDATE" == answer.json()[0]["errorCode"]


def test_old_closed_tasks_are_archived(org: Org) -> None:
    """At once on insert, by the daily run later; archived ones can be changed, not seen."""
    old = org.create("Task", Status="Completed", ActivityDate="2025-03-02")
    young = org.create("Task", Status="Completed", ActivityDate="2025-03-04")
    still_open = org.create("Task", ActivityDate="2020-01-01")
    undated = org.create("Task", Status="Completed")
    before = org.values("SELECT Id FROM Task ORDER BY Id")
    changed = org.rest("PATCH", f"/sobjects/Task/{old}", json={"Subject": "new"})
    org.running.sandbox.clock.advance(3 * 86_400)
    org.log_in()
    after = org.values("SELECT Id FROM Task ORDER BY Id")
    young_row = org.query(
        f"SELECT IsArchived, SystemModstamp, LastModifiedDate FROM Task WHERE Id = '{young}'",
        everything=True,
    )[0]

    assert [young, still_open, undated] == before
    assert 204 == changed.status_code
    assert [still_open, undated] == after
    assert young_row["IsArchived"]
    assert young_row["LastModifiedDate"] < young_row["SystemModstamp"]


def test_a_closed_task_moves_the_last_activity(org: Org, world: dict[str, str]) -> None:
    """The person's LastActivityDate and SystemModstamp move, LastModifiedDate does not."""
    before = org.read("Contact", world["contact"])
    org.running.sandbox.clock.advance(60)
    org.create("Task", WhoId=world["contact"], Status="Completed", ActivityDate="2026-03-01")
    after = org.read("Contact", world["contact"])

    assert (None, "2026-03-01") == (before["LastActivityDate"], after["LastActivityDate"])
    assert before["SystemModstamp"] < after["SystemModstamp"]
    assert before["LastModifiedDate"] == after["LastModifiedDate"]


def test_tasks_go_with_their_person_and_come_back(org: Org, world: dict[str, str]) -> None:
    """Deleting a contact deletes its tasks; undeleting restores them."""
    task = org.create("Task", WhoId=world["contact"])
    org.rest("DELETE", f"/sobjects/Contact/{world['contact']}")
    gone = org.rest("GET", f"/sobjects/Task/{task}")
    salesforce.undelete(org.running.sandbox, world["contact"])

    assert 404 == gone.status_code
    assert world["contact"] == org.read("Task", task, "WhoId")["WhoId"]


def test_deleting_an_account_takes_everything_along(org: Org, world: dict[str, str]) -> None:
    """Contacts, opportunities and the tasks of both."""
    tasks = [org.create("Task", WhoId=world["contact"]), org.create("Task", WhatId=world["deal"])]
    org.rest("DELETE", f"/sobjects/Account/{world['account']}")

    for path in (
        f"Contact/{world['contact']}",
        f"Opportunity/{world['deal']}",
        *(f"Task/{one}" for one in tasks),
    ):
        assert 404 == org.rest("GET", f"/sobjects/{path}").status_code


@pytest.mark.parametrize(("reading", "moves"), [("bump", True), ("keep", False)])
def test_conversion_moves_tasks_to_the_contact(org: Org, reading: str, moves: bool) -> None:
    """The lead stays, names its contact and cannot be changed; whether stamps move is a reading."""
    org.profile(conversion_stamp=reading)
    lead = org.create("Lead", LastName="L", Company="C", Email="l@example.net")
    task = org.create("Task", WhoId=lead)
    before = org.read("Task", task)
    org.running.sandbox.clock.advance(60)
    contact = salesforce.convert_lead(org.running.sandbox, lead)
    after, converted = org.read("Task", task), org.read("Lead", lead)
    refusal = org.rest("PATCH", f"/sobjects/Lead/{lead}", json={"Title": "x"})

    assert (contact, moves) == (after["WhoId"], before["SystemModstamp"] < after["SystemModstamp"])
    assert (True, contact) == (converted["IsConverted"], converted["ConvertedContactId"])
    assert "l@example.net" == org.read("Contact", contact, "Email")["Email"]
    assert (400, "CANNOT_UPDATE_CONVERTED_LEAD") == (
        refusal.status_code,
        refusal.json()[0]["errorCode"],
    )


def test_merging_moves_tasks_to_the_winner(org: Org) -> None:
    """The loser is deleted and names its master."""
    winner, loser = org.create("Contact", LastName="W"), org.create("Contact", LastName="L")
    task = org.create("Task", WhoId=loser)
    salesforce.merge(org.running.sandbox, winner, [loser])
    (lost,) = org.query(
        f"SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '{loser}'", everything=True
    )

    assert {"IsDeleted": True, "MasterRecordId": winner} == lost
    assert winner == org.read("Task", task, "WhoId")["WhoId"]
    with pytest.raises(ValueError, match="merged"):
        salesforce.merge(
            org.running.sandbox, winner, [org.create("Lead", LastName="L", Company="C")]
        )


def test_the_key_is_no_field_where_it_is_absent(org: Org) -> None:
    """An org without the External Id field refuses it everywhere."""
    org.options(activity_key="absent")

    assert "INVALID_FIELD" == refused(org, **{KEY: "k"})[0]
    assert "INVALID_FIELD" == org.refusal(f"SELECT {KEY} FROM Task")[1]
    assert 404 == org.rest("PATCH", f"/sobjects/Task/{KEY}/k", json={}).status_code
