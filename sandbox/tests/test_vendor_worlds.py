"""The worlds that the vendor's connector has worked in, and the connector itself."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import requests

from zingle_sandbox import salesforce, zingle
from zingle_sandbox.testing import run_sandbox
from zingle_sandbox.zingle.ids import contact_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from zingle_sandbox.rows import ChannelRow
    from zingle_sandbox.testing import RunningSandbox

ZONE = ZoneInfo("America/Los_Angeles")
TITLED = "SELECT * FROM sf_Task WHERE Subject = 'Zingle Conversation'"


def rows(running: RunningSandbox, sql: str, *values: object) -> list[sqlite3.Row]:
    """Rows of a query."""
    return running.sandbox.store.all(sql, values)


def values(running: RunningSandbox, name: str) -> dict[str, Any]:
    """A contact field's values, by the external id of the contact."""
    key = running.sandbox.store.value(
        "SELECT number FROM zg_fields WHERE display_name = ?", (name,)
    )
    return {
        row["external_id"]: json.loads(row["fields"]).get(str(key))
        for row in rows(running, "SELECT external_id, fields FROM zg_contacts")
    }


def spoken_days(task: sqlite3.Row) -> set[str]:
    """The local days that a Task's lines name."""
    lines = task["Description"].splitlines()
    return {line[1:11] for line in lines if line.startswith("[")}


# What the seed holds.


def test_external_ids_are_of_every_kind(vendor_sandbox: RunningSandbox) -> None:
    """Of living and of dead records of this org, of another system, of another org, or none."""
    living = {
        row["Id"]
        for row in rows(
            vendor_sandbox,
            "SELECT Id FROM sf_Contact WHERE IsDeleted = 0"
            " UNION SELECT Id FROM sf_Lead WHERE IsDeleted = 0 AND IsConverted = 0",
        )
    }
    known = {
        row["Id"]
        for row in rows(vendor_sandbox, "SELECT Id FROM sf_Contact UNION SELECT Id FROM sf_Lead")
    }
    kinds = Counter(
        "none"
        if row["external_id"] is None
        else "living"
        if row["external_id"] in living
        else "dead"
        if row["external_id"] in known
        else "hotel system"
        if row["external_id"].startswith("OPERA-")
        else "other org"
        for row in rows(vendor_sandbox, "SELECT external_id FROM zg_contacts")
    )

    assert {"none", "living", "dead", "hotel system", "other org"} == kinds.keys()
    assert 10 <= min(kinds.values())
    assert 900 < kinds["living"]


def test_the_truth_tells_what_the_connector_did(vendor_sandbox: RunningSandbox) -> None:
    """Everybody of the org was linked, created, doubled or left out; each kind is there."""
    done = Counter(
        truth.traits[-1] for truth in vendor_sandbox.truths() if truth.salesforce_id is not None
    )

    assert {"linked", "created", "doubled", "left_out"} == done.keys()
    assert 50 < min(done.values())


def test_the_doubled_have_two_contacts(vendor_sandbox: RunningSandbox) -> None:
    """The guest is there without their Salesforce id, and another contact has it."""
    holders = {
        row["external_id"]: row["number"]
        for row in rows(vendor_sandbox, "SELECT external_id, number FROM zg_contacts")
    }
    ids = {
        contact_id(row["number"]): row["external_id"]
        for row in rows(vendor_sandbox, "SELECT external_id, number FROM zg_contacts")
    }
    doubled = [truth for truth in vendor_sandbox.truths() if "doubled" in truth.traits]

    assert all(truth.salesforce_id in holders for truth in doubled)
    assert all(ids[truth.contact_id or ""] != truth.salesforce_id for truth in doubled)


def test_unticked_boxes_never_arrived(vendor_sandbox: RunningSandbox) -> None:
    """Everybody whose box is ticked has true, all others nothing."""
    ticked = {row["Id"] for row in rows(vendor_sandbox, "SELECT Id FROM sf_Contact WHERE VIP__c")}
    written = values(vendor_sandbox, "VIP Guest")

    assert {"true", None} == set(written.values())
    assert {key for key, value in written.items() if value} <= ticked


def test_long_texts_end_after_255_characters(vendor_sandbox: RunningSandbox) -> None:
    """Some notes are whole, some are cut, none is longer; compound fields are empty."""
    lengths = Counter(len(text) for text in values(vendor_sandbox, "About").values() if text)

    assert 255 == max(lengths)
    assert 20 < lengths[255] < lengths.total()
    assert {None} == set(values(vendor_sandbox, "Home Address").values())


def test_tasks_hold_rolling_hours_without_a_key(vendor_sandbox: RunningSandbox) -> None:
    """Many of them tell of two local days, some have the date of neither; none has a key."""
    tasks = [task for task in rows(vendor_sandbox, TITLED) if "by hand" not in task["Description"]]
    days = Counter(len(spoken_days(task)) for task in tasks)
    elsewhere = [
        task
        for task in tasks
        if f"{datetime.fromisoformat(task['ActivityDate']):%m/%d/%Y}" not in spoken_days(task)
    ]

    assert 150 < len(tasks)
    assert {1, 2} == days.keys()
    assert 20 < days[2]
    assert 5 < len(elsewhere)
    assert {None} == {task["Zingle_Conversation_Key__c"] for task in tasks}
    assert {salesforce.CONNECTOR_USER_ID} == {task["CreatedById"] for task in tasks}


def test_the_last_tasks_are_of_today(vendor_sandbox: RunningSandbox) -> None:
    """The connector worked until noon of the anchor, and never after it."""
    newest = max(task["LastModifiedDate"] for task in rows(vendor_sandbox, TITLED))
    today = [task for task in rows(vendor_sandbox, TITLED) if task["ActivityDate"] == "2026-03-02"]

    assert today
    assert newest <= "2026-03-02T20:00:00.000+0000"


def test_people_have_touched_some_tasks(vendor_sandbox: RunningSandbox) -> None:
    """Edited ones name the person, deleted ones are in the bin, one was typed by hand."""
    tasks = rows(vendor_sandbox, TITLED)
    edited = [
        task
        for task in tasks
        if task["LastModifiedById"] != task["CreatedById"] and not task["IsDeleted"]
    ]

    assert 5 < len(edited) < len(tasks) // 4
    assert all("Ada" in task["Description"] for task in edited)
    assert any(task["IsDeleted"] for task in tasks)
    assert 1 == sum(task["CreatedById"] == salesforce.OTHER_USER_ID for task in tasks)


def test_the_connector_is_connected_and_says_what_it_does(vendor_sandbox: RunningSandbox) -> None:
    """Its status and its mapping are what the API shows."""
    settings = vendor_sandbox.zingle_settings()
    answer = requests.get(
        f"{vendor_sandbox.url}/v2/services/{vendor_sandbox.service_id}/integrations/salesforce",
        auth=(settings["username"], settings["password"]),
        timeout=10,
    ).json()

    assert "connected" == answer["status"]
    mapping = answer["field_mapping"]["column_field_mapping"]
    assert ("VIP Guest", "Sales Rating") == (mapping["VIP__c"], mapping["Rating"])


def test_the_connectors_user_is_one_of_the_org(vendor_sandbox: RunningSandbox) -> None:
    """It has a name, and is neither the integration user nor a person."""
    (user,) = rows(
        vendor_sandbox, "SELECT Name FROM sf_User WHERE Id = ?", salesforce.CONNECTOR_USER_ID
    )

    assert "Zingle Connector" == user["Name"]


def test_the_connector_may_work_as_the_integration_user(working: RunningSandbox) -> None:
    """Then its Tasks are by the user that our programs log in with."""
    working.sandbox.set_options({"salesforce_connector_user": "integration"})
    person(working, Email="ann@hotel.example")
    working.connector_tick()
    say(working, contact_id(1), 1)
    pass_hours(working, 2)
    working.connector_tick()

    (task,) = rows(working, TITLED)
    assert (salesforce.USER_ID, salesforce.USER_ID) == (
        task["CreatedById"],
        task["LastModifiedById"],
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dated", "[03/02/2026 01:00 PM] Ann Berg: at 1"),
        ("named", "Ann Berg (13:00): at 1"),
        ("sides", "Inbound: at 1"),
    ],
)
def test_the_text_of_a_task_is_nobodys_publication(
    working: RunningSandbox, text: str, line: str
) -> None:
    """A line for each message, in one of three forms."""
    working.sandbox.set_options({"zingle_connector_text": text})
    person(working, FirstName="Ann", Email="ann@hotel.example")
    working.connector_tick()
    say(working, contact_id(1), 1)
    pass_hours(working, 2)
    working.connector_tick()

    (task,) = rows(working, TITLED)
    assert line == task["Description"]


def test_the_same_anchor_gives_the_same_worlds(vendor_sandbox: RunningSandbox) -> None:
    """Two seedings hold the same contacts and Tasks."""
    with run_sandbox() as other:
        requests.post(
            f"{other.url}/_sandbox/reset",
            json={"seed": "vendor", "anchor": "2026-03-02"},
            timeout=60,
        ).raise_for_status()
        for sql in ("SELECT Id, WhoId, Description FROM sf_Task", "SELECT * FROM zg_contacts"):
            assert [tuple(row) for row in rows(vendor_sandbox, sql)] == [
                tuple(row) for row in rows(other, sql)
            ]


# The connector at work.


@pytest.fixture
def working(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """Two empty worlds with the connector connected, the clock frozen at noon."""
    sandbox.sandbox.clock.freeze()
    sandbox.sandbox.set_options({"zingle_integration": "connected"})
    yield sandbox
    sandbox.sandbox.clock.resume()


def contact(running: RunningSandbox, salesforce_id: str) -> dict[str, Any]:
    """The contact of a person, with its channels' values."""
    (row,) = rows(running, "SELECT * FROM zg_contacts WHERE external_id = ?", salesforce_id)
    channels = rows(running, "SELECT value FROM zg_channels WHERE contact = ?", row["number"])
    return {**dict(row), "channels": [channel["value"] for channel in channels]}


def person(running: RunningSandbox, **fields: object) -> str:
    """A Contact; its id."""
    return salesforce.insert_rows(running.sandbox, "Contact", [{"LastName": "Berg", **fields}])[0]


def say(running: RunningSandbox, guest: str, *hours: float) -> None:
    """Messages of a contact, so many hours from the clock's time."""
    now = running.sandbox.clock.timestamp()
    zingle.insert_messages(
        running.sandbox,
        [
            {
                "contact_id": guest,
                "direction": "inbound",
                "body": f"at {hour}",
                "created_at": int(now + hour * 3600),
            }
            for hour in hours
        ],
    )


def pass_hours(running: RunningSandbox, hours: float) -> None:
    """Let time go by."""
    running.sandbox.clock.advance(hours * 3600)


def test_a_person_becomes_a_contact(working: RunningSandbox) -> None:
    """With names, channels and the Salesforce id; a second run changes nothing."""
    one = person(working, FirstName="Ann", MobilePhone="(415) 555-0132", Email="ann@hotel.example")

    first, second = working.connector_tick(), working.connector_tick()

    made = contact(working, one)
    assert ({"created": 1}, {"unchanged": 1}) == (first.contacts, second.contacts)
    assert ("Ann", "Berg", ["+14155550132", "ann@hotel.example"]) == (
        made["first_name"],
        made["last_name"],
        made["channels"],
    )


@pytest.mark.parametrize(
    ("field", "value"), [("MobilePhone", "+1 415 555 0132"), ("Email", "ann@hotel.example")]
)
def test_a_guest_is_found_by_phone_or_email(
    working: RunningSandbox, field: str, value: str
) -> None:
    """The guest gets the Salesforce id, and nobody is created."""
    zingle.insert_contacts(
        working.sandbox,
        [{"channels": [{"type": "phone", "value": "+14155550132"}, {"type": "email", "value": "ann@hotel.example"}]}],
    )  # fmt: skip
    one = person(working, **{field: value})

    assert {"linked": 1} == working.connector_tick().contacts
    assert 1 == contact(working, one)["number"]


@pytest.mark.parametrize(
    ("guest", "fields"),
    [
        ({"type": "email", "value": "Ann@Hotel.example"}, {"Email": "ann@hotel.example"}),
        ({"type": "phone", "value": "+4915228810001"}, {"MobilePhone": "01522 8810001", "Email": "a@b.example"}),
        ({"type": "phone", "value": "+14155550132"}, {"OtherPhone": "+14155550132", "Email": "a@b.example"}),
    ],
    ids=["capitals", "another country", "another column"],
)  # fmt: skip
def test_a_guest_that_is_misread_is_doubled(
    working: RunningSandbox, guest: ChannelRow, fields: dict[str, str]
) -> None:
    """The guest stays as it was, and another contact is created."""
    zingle.insert_contacts(working.sandbox, [{"channels": [guest]}])

    one = person(working, **fields)

    assert {"created": 1} == working.connector_tick().contacts
    assert 2 == contact(working, one)["number"]


def test_a_taken_channel_is_left_away(working: RunningSandbox) -> None:
    """A couple's second one is created without the number that they share."""
    person(working, MobilePhone="+14155550132")
    second = person(working, FirstName="Bea", MobilePhone="+14155550132")

    assert {"created": 2} == working.connector_tick().contacts
    assert [] == contact(working, second)["channels"]


def test_who_has_no_key_is_left_out(working: RunningSandbox) -> None:
    """Without a number that can be read and without an address nobody is created."""
    person(working, MobilePhone="ask at reception")

    assert {"left_out": 1} == working.connector_tick().contacts


def test_an_unticked_box_and_an_emptied_field_change_nothing(working: RunningSandbox) -> None:
    """What was true once stays true."""
    zingle.set_integration(
        working.sandbox,
        zingle.SALESFORCE_CONNECTOR._replace(
            mapping=(("Email", "email"), ("VIP__c", "Newsletter"), ("FirstName", "First Name"))
        ),
    )
    one = person(working, FirstName="Ann", Email="ann@hotel.example", VIP__c=True)
    working.connector_tick()
    salesforce.update_rows(working.sandbox, "Contact", one, VIP__c=False, FirstName=None)

    assert {"unchanged": 1} == working.connector_tick().contacts
    assert ("Ann", "true") == (
        contact(working, one)["first_name"],
        values(working, "Newsletter")[one],
    )


def test_only_people_of_the_last_day_are_taken(working: RunningSandbox) -> None:
    """Who changed longer ago waits for a run over everybody."""
    person(working, Email="ann@hotel.example")
    pass_hours(working, 25)

    assert {} == working.connector_tick().contacts
    assert {"created": 1} == working.connector_tick(everybody=True).contacts


def test_a_conversation_is_a_task_for_24_hours(working: RunningSandbox) -> None:
    """Later messages of the same 24 hours are written into it, over midnight too."""
    one = person(working, FirstName="Ann", Email="ann@hotel.example")
    working.connector_tick()
    guest = contact_id(1)
    say(working, guest, 8, 20, 31.9, 32)
    ticks = []
    for hours in (9, 12, 11, 1):
        pass_hours(working, hours)
        ticks.append(working.connector_tick().tasks)

    first, second = rows(working, TITLED + " ORDER BY CreatedDate")
    assert [(1, 0), (0, 1), (1, 1), (0, 0)] == [(t["created"], t["updated"]) for t in ticks]
    assert ["at 8", "at 20", "at 31.9"] == [
        line.rsplit(": ", 1)[1] for line in first["Description"].splitlines()
    ]
    assert ["at 32"] == [line.rsplit(": ", 1)[1] for line in second["Description"].splitlines()]
    assert one == first["WhoId"] == second["WhoId"]


def test_a_task_has_the_date_of_the_run_that_made_it(working: RunningSandbox) -> None:
    """What is said at 23:40 has the next day's date, in the service's zone."""
    person(working, Email="ann@hotel.example")
    working.connector_tick()
    say(working, contact_id(1), 11.67)
    pass_hours(working, 12)
    working.connector_tick()

    (task,) = rows(working, TITLED)
    said = datetime.fromtimestamp(working.sandbox.clock.timestamp(), UTC).astimezone(ZONE)
    assert said.date().isoformat() == task["ActivityDate"]
    assert {f"{said - timedelta(days=1):%m/%d/%Y}"} == spoken_days(task)


def test_what_others_wrote_into_its_task_is_overwritten(working: RunningSandbox) -> None:
    """The connector knows its row by the id alone; a deleted one is made anew."""
    person(working, Email="ann@hotel.example")
    working.connector_tick()
    say(working, contact_id(1), 1, 3, 5)
    pass_hours(working, 2)
    working.connector_tick()
    working.sandbox.store.execute(
        "UPDATE sf_Task SET Description = 'mine', Zingle_Conversation_Key__c = 'k'"
    )
    pass_hours(working, 2)
    working.connector_tick()
    (task,) = rows(working, TITLED)
    working.sandbox.store.execute("UPDATE sf_Task SET IsDeleted = 1")
    pass_hours(working, 2)

    assert ("k", True) == (task["Zingle_Conversation_Key__c"], "at 1" in task["Description"])
    assert {"created": 1, "updated": 0} == working.connector_tick().tasks


def test_a_guest_without_a_link_is_not_logged(working: RunningSandbox) -> None:
    """Nor is one that has the id of another system."""
    zingle.insert_contacts(working.sandbox, [{}, {"external_id": "OPERA-1"}])
    say(working, contact_id(1), -1)
    say(working, contact_id(2), -1)

    assert {"created": 0, "updated": 0} == working.connector_tick().tasks


@pytest.mark.parametrize("status", ["absent", "needs_attention", "disconnected"])
def test_only_a_connected_connector_works(working: RunningSandbox, status: str) -> None:
    """Switched off, or in need of somebody, it does nothing."""
    person(working, Email="ann@hotel.example")
    working.sandbox.set_options({"zingle_integration": status})

    tick = working.connector_tick()

    assert (status, {}, {}) == (tick.status, tick.contacts, tick.tasks)
    assert [] == rows(working, "SELECT 1 FROM zg_contacts")


def test_its_calls_are_not_in_the_journal(working: RunningSandbox) -> None:
    """What clients called and wrote is counted alone; the control API lets it work too."""
    person(working, Email="ann@hotel.example")
    answer = requests.post(f"{working.url}/_sandbox/connector", json={}, timeout=10)

    assert {"status": "connected", "contacts": {"created": 1}} == {
        key: answer.json()[key] for key in ("status", "contacts")
    }
    assert (0, 0) == (working.writes("zingle"), working.writes("salesforce"))
