"""The demo worlds must hold what the demo and the end-to-end tests rely on."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from zingle_sandbox.page.keys import region_of
from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    import sqlite3

    from zingle_sandbox.testing import RunningSandbox

ZONE = ZoneInfo("America/Los_Angeles")


def rows(sandbox: RunningSandbox, sql: str, *values: object) -> list[sqlite3.Row]:
    """Rows of a query."""
    return sandbox.sandbox.store.all(sql, values)


def contact_numbers(sandbox: RunningSandbox) -> dict[str, int]:
    """Contact id to row number."""
    from zingle_sandbox.zingle.ids import Kind, make_id  # noqa: PLC0415 - internal, only here

    return {
        make_id(Kind.CONTACT, row["number"]): row["number"]
        for row in rows(sandbox, "SELECT number FROM zg_contacts")
    }


def people(sandbox: RunningSandbox) -> dict[str, dict[str, Any]]:
    """Every Contact and Lead by id, the country under one name."""
    found = {
        row["Id"]: {**dict(row), "Country": row["MailingCountry"]}
        for row in rows(sandbox, "SELECT * FROM sf_Contact")
    }
    found |= {row["Id"]: dict(row) for row in rows(sandbox, "SELECT * FROM sf_Lead")}
    return found


def keys_of(person: dict[str, Any]) -> set[str]:
    """The phones in E.164 and the e-mail in lower case, as a matching program reads them."""
    keys = set()
    for field in ("Phone", "MobilePhone"):
        for text in (person[field] or "").split("/"):
            try:
                number = phonenumbers.parse(text, region_of(person["Country"]))
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                keys.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if person["Email"]:
        keys.add(person["Email"].lower())
    return keys


def test_the_figures_are_those_that_the_demo_promises(demo_sandbox: RunningSandbox) -> None:
    """1,200 people, 500 guests of which 60 are linked, 4,000 messages."""
    count = demo_sandbox.sandbox.store.value

    assert (800, 400) == (
        count("SELECT count(*) FROM sf_Contact"),
        count("SELECT count(*) FROM sf_Lead"),
    )
    assert (500, 60) == (
        count("SELECT count(*) FROM zg_contacts"),
        count("SELECT count(*) FROM zg_contacts WHERE external_id IS NOT NULL"),
    )
    assert 4000 == count("SELECT count(*) FROM zg_messages")
    assert 15 == count("SELECT count(*) FROM zg_contacts WHERE locked_by_source IS NOT NULL")


def test_a_twin_shares_a_key_with_its_own_guest_and_no_other(demo_sandbox: RunningSandbox) -> None:
    """The truth about twins can be found by anybody who normalises phones and e-mails."""
    numbers = contact_numbers(demo_sandbox)
    owners = {
        row["value"].lower(): row["contact"]
        for row in rows(demo_sandbox, "SELECT value, contact FROM zg_channels")
    }
    known = people(demo_sandbox)
    wrong = [
        truth
        for truth in demo_sandbox.truths("twin")
        if {owners[key] for key in keys_of(known[str(truth.salesforce_id)]) if key in owners}
        != {numbers[str(truth.contact_id)]}
    ]

    assert 300 == len(demo_sandbox.truths("twin"))
    assert [] == wrong


def test_walk_ins_share_no_key_with_anybody(demo_sandbox: RunningSandbox) -> None:
    """Nobody of the org has a walk-in's phone or e-mail."""
    numbers = contact_numbers(demo_sandbox)
    walk_ins = {numbers[str(truth.contact_id)] for truth in demo_sandbox.truths("walk_in")}
    theirs = {
        row["value"].lower()
        for row in rows(demo_sandbox, "SELECT value, contact FROM zg_channels")
        if row["contact"] in walk_ins
    }
    everybody = set[str]().union(*(keys_of(person) for person in people(demo_sandbox).values()))

    assert 140 == len(walk_ins)
    assert set() == theirs & everybody


def test_linked_guests_carry_their_persons_id(demo_sandbox: RunningSandbox) -> None:
    """The external id is the record's 18-character id."""
    numbers = contact_numbers(demo_sandbox)
    external_ids = {
        row["number"]: row["external_id"]
        for row in rows(demo_sandbox, "SELECT number, external_id FROM zg_contacts")
    }

    assert [truth.salesforce_id for truth in demo_sandbox.truths("linked")] == [
        external_ids[numbers[str(truth.contact_id)]] for truth in demo_sandbox.truths("linked")
    ]


def test_no_channel_sits_on_two_guests(demo_sandbox: RunningSandbox) -> None:
    """A service's channel values are unique."""
    assert [] == rows(
        demo_sandbox,
        "SELECT lower(value) FROM zg_channels GROUP BY service, type, lower(value)"
        " HAVING count(*) > 1",
    )


def test_messages_cover_ten_local_days_and_cross_midnights(demo_sandbox: RunningSandbox) -> None:
    """Sent messages belong to the ten days before the anchor, many within an hour of midnight."""
    sent = [
        datetime.fromtimestamp(row["executed_at"] or row["created_at"], UTC).astimezone(ZONE)
        for row in rows(demo_sandbox, "SELECT * FROM zg_messages WHERE is_delayed = 0")
    ]
    days = {instant.date().isoformat() for instant in sent}

    assert {f"2026-02-{day}" for day in range(20, 29)} | {"2026-03-01"} == days
    assert 600 < sum(instant.hour in {23, 0} for instant in sent)
    assert {"23:59:59", "00:00:00"} <= {instant.strftime("%H:%M:%S") for instant in sent}


def test_messages_come_in_every_kind(demo_sandbox: RunningSandbox) -> None:
    """Scheduled and sent, scheduled and pending, translated, with attachments, deleted, failed."""
    (row,) = rows(
        demo_sandbox,
        "SELECT sum(is_delayed) AS pending, sum(executed_at IS NOT NULL) AS executed,"
        " sum(translated_body IS NOT NULL) AS translated, sum(attachments IS NOT NULL) AS attached,"
        " sum(deleted_by_contact_at IS NOT NULL) AS deleted, sum(failed_at IS NOT NULL) AS failed,"
        " sum(user IS NOT NULL) AS by_staff FROM zg_messages",
    )
    counts = dict(row)

    assert 20 == counts.pop("pending")
    assert [] == [name for name, number in counts.items() if number < 10]


def test_every_sent_message_has_its_event(demo_sandbox: RunningSandbox) -> None:
    """Beside them guests are created, and conversations closed, reopened, noted and handed over."""
    counts = Counter(
        row["event_type"] for row in rows(demo_sandbox, "SELECT event_type FROM zg_events")
    )
    unsent = rows(
        demo_sandbox,
        "SELECT 1 FROM zg_messages AS message WHERE is_delayed = 0 AND NOT EXISTS"
        " (SELECT 1 FROM zg_events WHERE message = message.number"
        "  AND contact = message.contact AND event_type = 'message')",
    )

    assert (3980, 500) == (counts.pop("message"), counts.pop("contact_created"))
    assert [] == unsent
    assert counts.pop("feed_closed") == counts.pop("feed_reopened") > 100
    assert {"note", "assignment_changed"} == set(counts)


def test_texting_guests_are_of_every_kind(demo_sandbox: RunningSandbox) -> None:
    """Linked people, twins and walk-ins all have conversations."""
    texting = {row["contact"] for row in rows(demo_sandbox, "SELECT contact FROM zg_messages")}
    numbers = contact_numbers(demo_sandbox)
    roles = Counter(
        truth.role
        for truth in demo_sandbox.truths()
        if truth.contact_id and numbers[truth.contact_id] in texting
    )

    assert {"linked", "twin", "walk_in"} == set(roles)
    assert 40 < min(roles.values())


def test_nothing_happened_after_the_anchor_began(demo_sandbox: RunningSandbox) -> None:
    """No stamp lies in the future of a clock that stands anywhere in the anchor day."""
    (stamp,) = rows(
        demo_sandbox,
        "SELECT max(SystemModstamp) AS newest FROM (SELECT SystemModstamp FROM sf_Contact"
        " UNION ALL SELECT SystemModstamp FROM sf_Lead)",
    )
    (message,) = rows(
        demo_sandbox,
        "SELECT max(created_at) AS newest, max(updated_at) AS touched FROM zg_messages",
    )
    midnight = datetime(2026, 3, 2, tzinfo=ZONE)

    assert stamp["newest"][:19] <= midnight.astimezone(UTC).isoformat()[:19]
    assert message["newest"] < midnight.timestamp()
    assert message["touched"] < midnight.timestamp() + 3600


def test_converted_leads_and_merged_contacts_name_their_successors(
    demo_sandbox: RunningSandbox,
) -> None:
    """ConvertedContactId and MasterRecordId point at living Contacts."""
    living = "SELECT Id FROM sf_Contact WHERE IsDeleted = 0"

    assert 25 == len(
        rows(
            demo_sandbox,
            f"SELECT 1 FROM sf_Lead WHERE IsConverted = 1 AND ConvertedContactId IN ({living})",
        )
    )
    assert 3 == len(
        rows(
            demo_sandbox,
            f"SELECT 1 FROM sf_Contact WHERE IsDeleted = 1 AND MasterRecordId IN ({living})",
        )
    )


def test_guests_have_values_of_every_type(demo_sandbox: RunningSandbox) -> None:
    """Texts, numbers, dates, booleans, choices; notes, and people or teams who look after them."""
    counts: Counter[str] = Counter()
    types = {
        str(row["number"]): row["data_type"]
        for row in rows(demo_sandbox, "SELECT number, data_type FROM zg_fields")
    }
    for row in rows(demo_sandbox, "SELECT * FROM zg_contacts"):
        counts.update(
            types[key] for key, value in json.loads(row["fields"]).items() if value is not None
        )
        counts.update(
            name for name in ("notes", "assigned_user", "assigned_team") if row[name] is not None
        )

    assert {
        "string",
        "single_select_options",
        "boolean",
        "number",
        "date",
        "anniversary",
        "datetime",
        "time",
        "notes",
        "assigned_user",
        "assigned_team",
    } == counts.keys()
    assert 20 < min(counts.values())


def test_numbers_have_notes_behind_them(demo_sandbox: RunningSandbox) -> None:
    """Sixteen people's telephone fields say more than a number."""
    ids = [t.salesforce_id for t in demo_sandbox.truths() if "note_behind" in t.traits]
    phones = [str(people(demo_sandbox)[str(key)]["Phone"]) for key in ids]

    assert 16 == len(phones)
    assert all(any(mark.isalpha() for mark in phone) for phone in phones)


def test_countries_are_written_as_people_write_them(demo_sandbox: RunningSandbox) -> None:
    """In English, in their own language, shortened, as codes."""
    countries = {person["Country"] for person in people(demo_sandbox).values()}

    assert {"USA", "U.S.A.", "UK", "Deutschland", "España", "us"} <= countries


@pytest.mark.parametrize("anchor", ["2026-03-12", "2026-11-05"], ids=["spring", "autumn"])
def test_other_anchors_give_the_same_people(demo_sandbox: RunningSandbox, anchor: str) -> None:
    """The anchor moves the days, over both changes of the clocks, and nothing else."""
    with run_sandbox("demo", anchor=anchor) as other:
        assert demo_sandbox.truths() == other.truths()
        days = {
            datetime.fromtimestamp(row["at"], UTC).astimezone(ZONE).date().isoformat()
            for row in rows(
                other,
                "SELECT coalesce(executed_at, created_at) AS at FROM zg_messages"
                " WHERE is_delayed = 0",
            )
        }
    assert 10 == len(days)
    assert max(days) < anchor


def test_the_same_anchor_gives_the_same_worlds() -> None:
    """Every table of two seedings holds the same rows."""
    dumps = []
    for _ in range(2):
        with run_sandbox() as running:
            running.sandbox.reset()
            from zingle_sandbox.seeds import apply_seed  # noqa: PLC0415 - not through the cache

            running.sandbox.clock.freeze()
            apply_seed(running.sandbox, "demo", anchor="2026-03-02")
            tables = [
                row["name"]
                for row in rows(
                    running,
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN"
                    " ('sf_Contact', 'sf_Lead', 'sf_Account', 'zg_contacts', 'zg_channels',"
                    " 'zg_messages', 'zg_events', 'sandbox_truth')",
                )
            ]
            dumps.append(
                {
                    name: [tuple(row) for row in rows(running, f"SELECT * FROM {name}")]
                    for name in tables
                }
            )

    assert 8 == len(dumps[0])
    assert dumps[0] == dumps[1]
