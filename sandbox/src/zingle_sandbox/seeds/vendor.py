"""The vendor's seed: people like the demo's, in worlds in which the vendor's connector works.

It was connected ninety days ago, took everybody once, and has logged conversations every hour for
sixty days, until noon of today.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zingle_sandbox import salesforce, zingle
from zingle_sandbox.connector import SUBJECT, log_messages, sync_people
from zingle_sandbox.seeds.conversations import make_messages
from zingle_sandbox.seeds.guest_rows import LOCK_SOURCE, contact_row
from zingle_sandbox.seeds.people import Person, make_people
from zingle_sandbox.seeds.salesforce_rows import OrgWriter, sf_time
from zingle_sandbox.truth import Truth, write_fact, write_truths
from zingle_sandbox.zingle.base import AGENT_IDS, BASE_SERVICE
from zingle_sandbox.zingle.ids import contact_id

if TYPE_CHECKING:
    from datetime import date

    from zingle_sandbox.rows import MessageRow
    from zingle_sandbox.sandbox import Sandbox

MESSAGES = 6_000
DAYS = 60
CONNECTED_DAYS = 90
# What the connector is told beside what every tenant's is: a text without limit, a box, a compound
# field (which never arrives), and a field that somebody has deleted since.
FIELDS = (
    zingle.FieldSeed("VIP Guest", "boolean"),
    zingle.FieldSeed("About"),
    zingle.FieldSeed("Home Address"),
)
MAPPING = (
    *zingle.SALESFORCE_CONNECTOR.mapping,
    ("Phone", "phone"),
    ("VIP__c", "VIP Guest"),
    ("Description", "About"),
    ("MailingAddress", "Home Address"),
    ("Birthdate", "Birthday"),
    ("Rating", "Sales Rating"),
)
_STORY = "Prefers the quiet side of the house, and a table at the window. "


def insert_vendor(sandbox: Sandbox, anchor: date, noon: datetime) -> None:
    """Fill two empty worlds, and let the connector work in them; the same anchor, the same worlds.

    Args:
        sandbox: has been reset before.
        anchor: today, in the service's time zone.
        noon: of that day: when the connector worked last.
    """
    people = make_people("vendor")
    with sandbox.store.transaction():
        ids = OrgWriter(
            sandbox,
            noon - timedelta(hours=13),
            random.Random("vendor org"),  # noqa: S311 - repeatable, not secret
        ).insert(people)
        _describe(sandbox, people, ids)
        guests = [person for person in people if person.role != "salesforce_only"]
        contact_ids = _insert_guests(sandbox, guests, noon)
        connected = zingle.SALESFORCE_CONNECTOR._replace(status="connected", mapping=MAPPING)
        zingle.set_integration(sandbox, connected, FIELDS)
        _connect(sandbox, people, ids, noon - timedelta(days=CONNECTED_DAYS))
        _converse(sandbox, guests, contact_ids, anchor, noon)
        _edit(sandbox, noon)
        by_person = dict(zip(map(id, guests), contact_ids, strict=True))
        write_truths(sandbox.store, _truths(sandbox, people, ids, by_person))


def _describe(sandbox: Sandbox, people: list[Person], ids: dict[int, str]) -> None:
    """Notes about every fifth Contact, half of them longer than a contact field takes."""
    contacts = [ids[id(person)] for person in people if person.sobject == "Contact"]
    sandbox.store.executemany(
        "UPDATE sf_Contact SET Description = ? WHERE Id = ?",
        [(_STORY * (1 + at % 2 * 5), contact) for at, contact in enumerate(contacts[::5])],
    )


def _insert_guests(sandbox: Sandbox, guests: list[Person], noon: datetime) -> list[str]:
    """The guests of before the connector: some have an id of another system or org."""
    chance = random.Random("vendor contacts")  # noqa: S311 - repeatable, not secret
    rows = []
    for at, person in enumerate(guests):
        row = contact_row(person, None, noon - timedelta(days=CONNECTED_DAYS), chance)
        if at % 11 == 0:
            row["external_id"] = f"OPERA-{100_000 + at}"
            row["locked_by_source"] = LOCK_SOURCE
        elif at % 29 == 0:  # of the org that the hotel had before
            row["external_id"] = salesforce.make_id("003", 90_000_000 + at)
        rows.append(row)
    return list(zingle.insert_contacts(sandbox, rows))


def _connect(
    sandbox: Sandbox, people: list[Person], ids: dict[int, str], connected: datetime
) -> None:
    """Take everybody once; some were deleted, and some Leads converted, only afterwards."""
    ended = {"deleted": "IsDeleted", "merged": "IsDeleted", "converted": "IsConverted"}
    gone = [
        (f"UPDATE sf_{person.sobject} SET {ended[person.trait]} = ? WHERE Id = ?", ids[id(person)])
        for person in people
        if person.trait in ended
    ][::2]
    for change, salesforce_id in gone:
        sandbox.store.execute(change, (False, salesforce_id))
    leads = [salesforce_id for _, salesforce_id in gone if salesforce_id.startswith("00Q")]
    # A Lead comes before the Contact that it became.
    sync_people(sandbox, connected - timedelta(hours=1), only=leads)
    sync_people(sandbox, connected)
    for change, salesforce_id in gone:
        sandbox.store.execute(change, (True, salesforce_id))


def _converse(
    sandbox: Sandbox,
    guests: list[Person],
    contact_ids: list[str],
    anchor: date,
    noon: datetime,
) -> None:
    """Two months of messages until noon, and the connector's hourly runs over them."""
    texting = list(zip(contact_ids, guests, strict=True))
    messages = make_messages(
        texting,
        zone=BASE_SERVICE.time_zone,
        anchor=anchor + timedelta(days=1),
        staff=AGENT_IDS,
        chance=random.Random("vendor messages"),  # noqa: S311 - repeatable, not secret
        count=MESSAGES,
        days=DAYS,
    )
    until = int(noon.timestamp())
    said = [row for row in messages if _sent(row) <= until and row["created_at"] <= until]
    zingle.insert_messages(sandbox, said)
    first = min(map(_sent, said)) // 3_600 * 3_600
    write_fact(sandbox.store, "connector_logged_until", str(first))
    for hour in sorted({_sent(row) // 3_600 + 1 for row in said}):
        log_messages(sandbox, datetime.fromtimestamp(min(hour * 3_600, until), UTC))


def _sent(row: MessageRow) -> int:
    return row.get("executed_at") or row["created_at"]


def _edit(sandbox: Sandbox, noon: datetime) -> None:
    """What people have done to Tasks since: notes, deletions, and one of their own title."""
    store = sandbox.store
    tasks = store.all(
        "SELECT * FROM sf_Task WHERE Subject = ? AND LastModifiedDate < ? ORDER BY CreatedDate, Id",
        (SUBJECT, sf_time(noon - timedelta(days=2))),
    )
    for at, task in enumerate(tasks):
        modified = datetime.fromisoformat(task["LastModifiedDate"]) + timedelta(hours=30)
        stamp = sf_time(min(modified, noon))
        note = "\n-- Called back, all is well. Ada" if at % 17 == 0 else ""
        if not note and at % 41:
            continue
        store.execute(
            "UPDATE sf_Task SET Description = Description || ?, IsDeleted = ?,"
            " LastModifiedById = ?, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ?",
            (note, not note, salesforce.OTHER_USER_ID, stamp, stamp, task["Id"]),
        )
    by_hand = tasks[1]
    salesforce.insert_rows(
        sandbox,
        "Task",
        [
            {
                "WhoId": by_hand["WhoId"],
                "AccountId": by_hand["AccountId"],
                "Subject": SUBJECT,
                "Status": "Completed",
                "ActivityDate": by_hand["ActivityDate"],
                "Description": "Typed in by hand: the guest rang the front desk.",
                "OwnerId": salesforce.OTHER_USER_ID,
                "CreatedById": salesforce.OTHER_USER_ID,
                "LastModifiedById": salesforce.OTHER_USER_ID,
                **dict.fromkeys(
                    ("CreatedDate", "LastModifiedDate", "SystemModstamp"), by_hand["CreatedDate"]
                ),
            }
        ],
    )


def _truths(
    sandbox: Sandbox,
    people: list[Person],
    ids: dict[int, str],
    contact_ids: dict[int, str],
) -> list[Truth]:
    """Who is whom now; traits `linked`, `created`, `doubled`, `left_out`: by the connector."""
    linked = {
        row["external_id"]: row["id"] or contact_id(row["number"])
        for row in sandbox.store.all(
            "SELECT number, id, external_id FROM zg_contacts WHERE external_id IS NOT NULL"
        )
    }
    truths = []
    for person in people:
        salesforce_id, guest = ids.get(id(person)), contact_ids.get(id(person))
        holder = linked.get(salesforce_id or "")
        role, done = person.role, "left_out"
        if person.role == "walk_in":
            done = ""
        elif holder is not None and guest is None:
            role, guest, done = "linked", holder, "created"
        elif holder is not None:
            role, done = ("linked", "linked") if holder == guest else ("twin", "doubled")
        elif guest is not None:
            role = "twin"
        traits = tuple(trait for trait in (person.trait, done) if trait)
        shares = person.shares or ("both" if person.role == "linked" else None)
        truths.append(Truth(role, salesforce_id, guest, shares, person.locked, traits))
    return truths
