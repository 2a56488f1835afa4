"""The pure parts of a takeover: the mapping, whose contacts, which days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from target_zingle.wanted.definitions import Definitions
from zingle_operator.fields.suggestions import SalesforceField
from zingle_operator.takeover.carried import Carried, carry_over
from zingle_operator.takeover.connector import chosen, objects_of, queries_of
from zingle_operator.takeover.people import Held, laid_beside
from zingle_operator.takeover.plan import yaml_of
from zingle_operator.takeover.tasks import logged, query_of
from zingle_sync.zingle import Integration, MappedColumn
from zingle_sync.zingle.integrations import Configured

PHONE_TYPE, EMAIL_TYPE = "type-phone", "type-email"
ZONE = ZoneInfo("America/Los_Angeles")


def definition(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """A contact field of v1."""
    return {"id": f"id-{name}", "display_name": name, "data_type": kind, **more}


DEFINITIONS = Definitions(
    "service",
    (
        *(definition(name) for name in ("First Name", "Last Name", "Title", "Account", "Notes")),
        definition("VIP", "boolean", code="vip_guest"),
        definition("Tier", options=[{"id": "1", "value": "Gold"}]),
        definition("Phone of the office"),
    ),
    {},
    PHONE_TYPE,
    EMAIL_TYPE,
    ZONE,
    "US",
)


def source(name: str, kind: str = "string", length: int = 80, label: str = "") -> SalesforceField:
    """A Salesforce field."""
    return SalesforceField(name, label or name, kind, length)


CONTACT = [
    source("Id", "id", 18),
    source("FirstName"),
    source("LastName"),
    source("Salutation", "picklist"),
    source("MobilePhone", "phone", 40, "Mobile"),
    source("Phone", "phone", 40, "Business Phone"),
    source("Assistant_Phone__c", "phone", 40),
    source("Email", "email"),
    source("Description", "textarea", 32_000),
    source("VIP__c", "boolean", 0),
    source("Tier__c", "picklist", 255),
    source("MailingAddress", "address", 0),
]
LEAD = [one for one in CONTACT if one.name != "VIP__c"]
SOURCES = {
    "Contact": {one.name: one for one in CONTACT},
    "Lead": {one.name: one for one in LEAD},
}


def carried(*pairs: tuple[str, str], **sources: Any) -> Carried:
    """A mapping, carried over for Contacts alone or for given objects."""
    return carry_over(
        [MappedColumn(*pair) for pair in pairs],
        sources or {"Contact": SOURCES["Contact"]},
        DEFINITIONS,
    )


def place(*pairs: tuple[str, str]) -> tuple[str, str]:
    """Where the last of some pairs goes, and the note about it."""
    pair = carried(*pairs).pairs[-1]
    return pair.place, pair.note


@pytest.mark.parametrize("name", ["VIP", "vip", "vip_guest", "id-VIP"])
def test_a_contact_field_is_known_by_name_code_and_id(name: str) -> None:
    """However the vendor's mapping names a field, ours has its display name."""
    assert {"VIP": "VIP__c"} == carried(("VIP__c", name)).contact_mapping["contacts"]["fields"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phone", "phones"),
        ("Phone Number", "phones"),
        ("phone_number", "phones"),
        (PHONE_TYPE, "phones"),
        ("E-mail", "emails"),
        ("email_address", "emails"),
        (EMAIL_TYPE, "emails"),
        ("Phone of the office", 'fields["Phone of the office"]'),
    ],
)
def test_channels_are_known_by_every_word_for_them(name: str, expected: str) -> None:
    """A contact field of that very name goes before a channel."""
    assert expected == place(("MobilePhone", name))[0]


@pytest.mark.parametrize("column", ["MobilePhone", "mobilephone", "Contact.MobilePhone", "Mobile"])
def test_a_column_is_known_by_name_object_and_label(column: str) -> None:
    """API names have no case; a label of one field alone is told as such."""
    found, note = place((column, "phone"))

    assert ("phones", column == "Mobile") == (found, "API name is MobilePhone" in note)


@pytest.mark.parametrize(
    ("column", "name", "why"),
    [
        ("Account.Name", "Account", "custom_queries"),
        ("MailingAddress", "Account", "compound field"),
        ("VIP__c", "Tier", "cannot go into"),
        ("Nickname__c", "Account", "no field of this name"),
        ("FirstName", "Sales Rating", "no contact field"),
        ("Email", "external_id", "the record's Id"),
    ],
)
def test_what_cannot_be_carried_over_says_why(column: str, name: str, why: str) -> None:
    """Each pair that is left behind has its reason, and is in no mapping."""
    found, note = place((column, name))

    assert ("", True) == (found, why in note)
    assert "fields" not in carried((column, name)).contact_mapping["contacts"]


def test_a_second_column_of_a_field_is_left_behind() -> None:
    """A field takes one value; the first column keeps it."""
    found, note = place(("Description", "Notes"), ("FirstName", "Notes"))

    assert ("", True) == (found, "Description goes there already" in note)


def test_long_texts_get_the_rule_that_ours_asks_for() -> None:
    """The vendor cuts them too; without the rule a run of ours would not start."""
    fields = carried(("Description", "Notes")).contact_mapping["contacts"]["fields"]

    assert {"Notes": {"from": "Description", "on_overflow": "truncate"}} == fields


def test_names_that_the_vendor_leaves_alone_stay_so() -> None:
    """Our default would fill them; null says that nobody does."""
    block = carried(("FirstName", "First Name"), ("LastName", "Last Name")).contact_mapping

    assert {"contacts": {"title": None}} == block


def test_phones_of_the_vendors_come_before_ours() -> None:
    """A column that our default does not read goes first, and ours stay: they find more guests."""
    block = carried(("Assistant_Phone__c", "phone"), ("MobilePhone", "phone")).contact_mapping

    phones = block["contacts"]["phones"]
    assert "Assistant_Phone__c" == phones[0]
    assert {"MobilePhone", "Phone"} <= {one["from"] for one in phones[1:]}


def test_objects_have_mappings_of_their_own() -> None:
    """What a Lead lacks is left behind for Leads alone; a column with its object is that one's."""
    both = carried(("VIP__c", "VIP"), ("Lead.Description", "Notes"), **SOURCES)

    blocks = both.contact_mapping
    assert {"VIP": "VIP__c"} == blocks["contacts"]["fields"]
    assert ["Notes"] == list(blocks["leads"]["fields"])


def test_no_mapping_is_no_block() -> None:
    """Where nothing was mapped our defaults hold, and there is nothing to paste."""
    assert ({}, "") == (carried().contact_mapping, yaml_of(carried().contact_mapping))


COLUMNS = st.sampled_from([*(one.name for one in CONTACT), "Account.Name", "Gone__c", ""])
NAMES = st.sampled_from(
    [
        *(str(one["display_name"]) for one in DEFINITIONS.fields),
        *("phone", "email", "external_id", "gone", "id-Tier", ""),
    ]
)


@given(st.lists(st.builds(MappedColumn, COLUMNS, NAMES), max_size=12))
def test_whatever_is_carried_over_a_run_of_ours_accepts(pairs: list[MappedColumn]) -> None:
    """No mapping of the vendor's leads to one that the plugins' rules refuse, or loses a pair."""
    found = carry_over(pairs, SOURCES, DEFINITIONS)

    assert () == found.problems
    assert 2 * len(pairs) == len(found.pairs)
    block = yaml_of(found.contact_mapping)
    assert "&" not in block
    assert not pairs or yaml.safe_load(block)["contact_mapping"].keys() == {"contacts", "leads"}


def integration(
    code: str = "salesforce", status: str = "connected", **settings: str
) -> Integration:
    """An integration with settings."""
    return Integration(
        code, code, status, tuple(Configured(key, key, value) for key, value in settings.items())
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"objects": "contacts_and_leads"}, (("Contact", "Lead"), True)),
        ({"sobjects": "Lead"}, (("Lead",), True)),
        ({"objects_to_sync": "both"}, (("Contact", "Lead"), True)),
        ({"conversation_objects": "leads"}, (("Contact",), False)),
        ({"objects": "accounts"}, (("Contact",), False)),
        ({}, (("Contact",), False)),
    ],
)
def test_the_objects_are_those_that_the_settings_name(
    settings: dict[str, str], expected: tuple[tuple[str, ...], bool]
) -> None:
    """Where no setting says which people are synced, those of this project's tap are meant."""
    found = objects_of(integration(**settings), ["Contact"])

    assert expected == (found.names, found.told)


def test_a_query_is_a_query_wherever_it_stands() -> None:
    """SOQL is known by its form, not by the name of its setting."""
    found = queries_of(integration(x="SELECT Id\nFROM Contact WHERE VIP__c = true", y="Select all"))

    assert ("SELECT Id\nFROM Contact WHERE VIP__c = true",) == found


def test_the_connector_that_is_at_work_is_the_one_that_is_meant() -> None:
    """A switched-off twin does not hide it; a code that the user names is taken at its word."""
    found = [
        integration("sfdc-old", "disconnected"),
        integration("sfdc-new"),
        integration("crm", "disconnected"),
    ]

    assert "sfdc-new" == getattr(chosen(found, None), "code", None)
    assert "crm" == getattr(chosen(found, "crm"), "code", None)
    assert (None, None) == (chosen(found, "other"), chosen(found[2:], None))


ANA, BEN, CY, DEE = (f"003Zs0000000{number}AAAAA"[:15] for number in range(4))
FIELDS = [definition("VIP", "boolean"), definition("Notes")]


def row(person: str, outcome: str = "unchanged", **more: Any) -> dict[str, Any]:
    """An outcome of a dry run."""
    usual = {
        "stream": "contacts",
        "source_key": person,
        "outcome": outcome,
        "matched_on": "none",
        "target_id": None,
        "reason": None,
        "warnings": None,
        "changed_fields": None,
        "error_message": None,
    }
    return {**usual, **more}


def uuid(number: int) -> str:
    """The id of a contact."""
    return f"5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a{number:02}"


def test_a_person_with_two_contacts_is_doubled() -> None:
    """The second holds the person's phone or e-mail, and is nobody else's."""
    contacts = [
        Held(uuid(1), ANA),
        Held(uuid(2), None),
        Held(uuid(3), BEN),
        Held(uuid(4), "OPERA-7"),
    ]
    linked = {"matched_on": "external_id", "target_id": uuid(1)}
    rows = [
        row(ANA, **linked, warnings=[f"channel_conflict:{uuid(2)}", f"email_belongs_to:{uuid(4)}"]),
        row(
            BEN,
            matched_on="external_id",
            target_id=uuid(3),
            warnings=[f"channel_conflict:{uuid(1)}"],
        ),
    ]

    (doubled,) = laid_beside(contacts, rows, FIELDS).doubled

    assert (ANA, (uuid(1), uuid(2), uuid(4))) == (doubled.person, doubled.contacts)


@pytest.mark.parametrize("reason", ["ambiguous", "duplicate_external_id"])
def test_contacts_that_cannot_be_told_apart_are_doubles(reason: str) -> None:
    """The target names them in its refusal."""
    contacts = [Held(uuid(1), ANA), Held(uuid(2), ANA)]
    told = f"several contacts carry the external id: contacts {uuid(1)}, {uuid(2)}"

    people = laid_beside(
        contacts, [row(ANA, "rejected", reason=reason, error_message=told)], FIELDS
    )

    assert [(uuid(1), uuid(2))] == [one.contacts for one in people.doubled]


def test_people_whom_no_contact_carries_are_left_out_with_a_reason() -> None:
    """Records that are gone are nobody's fault."""
    rows = [
        row(ANA, matched_on="external_id", target_id=uuid(1)),
        row(BEN, "would_create"),
        row(CY, "would_link", matched_on="phone", target_id=uuid(2)),
        row(DEE, "skipped", reason="deleted_in_source"),
    ]

    people = laid_beside([Held(uuid(1), ANA), Held(uuid(2), None)], rows, FIELDS)

    assert {BEN, CY} == {record for group in people.left_out for record in group.samples}
    assert ["contacts"] == [group.word for group in people.would_create]
    assert 3 == people.people


@pytest.mark.parametrize(
    ("external_id", "word"),
    [
        (ANA, "people of this org"),
        (f"{ANA}", "people of this org"),
        ("0035g00000AbCdEAAV", "Salesforce ids of nobody here"),
        ("OPERA-12", "ids of other systems"),
        (None, "none"),
    ],
)
def test_external_ids_are_sorted_by_whose_they_are(external_id: str | None, word: str) -> None:
    """Ours are those of people whom Salesforce shows; others keep theirs."""
    people = laid_beside([Held(uuid(1), external_id)], [row(ANA)], FIELDS)

    assert [(word, 1)] == [(group.word, group.count) for group in people.external_ids]


@pytest.mark.parametrize(
    ("changed", "blank", "expected"),
    [(["VIP"], {"id-VIP"}, 1), (["VIP"], set(), 0), ([], {"id-VIP"}, 0)],
)
def test_a_box_that_was_never_written_is_blank_and_would_change(
    changed: list[str], blank: set[str], expected: int
) -> None:
    """A box that says otherwise was written once, and one that may stay blank is right."""
    contact = replace(Held(uuid(1), ANA), blank=frozenset(blank))
    found = row(
        ANA, "would_update", matched_on="external_id", target_id=uuid(1), changed_fields=changed
    )

    assert expected == sum(one.count for one in laid_beside([contact], [found], FIELDS).unticked)


def task(number: int, day: str | None, **more: Any) -> dict[str, Any]:
    """A Task of the vendor's."""
    usual = {
        "Id": f"00T{number}",
        "Subject": "Zingle Conversation",
        "Description": "[03/02/2026 09:41 AM] Guest: two towels, please",
        "WhoId": ANA,
        "ActivityDate": day,
        "CreatedDate": f"{day}T20:00:00.000+0000",
        "LastModifiedDate": f"{day}T20:00:00.000+0000",
        "CreatedById": "005V",
        "LastModifiedById": "005V",
        "CallObject": None,
    }
    return {**usual, **more}


def start(*tasks: dict[str, Any], connected: bool = False) -> date:
    """The first day of ours, as of March 9th."""
    return logged(
        tasks, ["CallObject"], zone=ZONE, today=date(2026, 3, 9), connected=connected
    ).start


def test_ours_begin_the_day_after_theirs_ended() -> None:
    """Their last row may hold a message of its day, so that day stays theirs."""
    assert date(2026, 3, 3) == start(task(1, "2026-03-01"), task(2, "2026-03-02"))


def test_a_row_that_was_written_later_covers_that_day_as_well() -> None:
    """A row of 24 hours is dated by its beginning; 07:59 UTC is the day before in California."""
    late = task(1, "2026-03-02", LastModifiedDate="2026-03-03T18:00:00.000+0000")
    early = task(1, "2026-03-02", LastModifiedDate="2026-03-03T07:59:00.000+0000")

    assert (date(2026, 3, 4), date(2026, 3, 3)) == (start(late), start(early))


def test_an_edited_row_covers_the_day_after_too() -> None:
    """Nobody knows any more when the connector wrote it last."""
    assert date(2026, 3, 4) == start(task(1, "2026-03-02", LastModifiedById="005P"))


def test_while_theirs_is_connected_today_is_theirs() -> None:
    """It may write until midnight."""
    assert date(2026, 3, 10) == start(task(1, "2026-03-02"), connected=True)


def test_without_tasks_of_theirs_ours_may_begin_today() -> None:
    """Ours, and what somebody typed by hand, are not theirs."""
    keyed = task(1, "2026-03-08", CallObject="zgl:s:c:2026-03-08")
    typed = task(2, "2026-03-08", Description="Rang about the towels.")

    assert date(2026, 3, 9) == start(keyed, typed)


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 23), st.booleans(), st.booleans()), max_size=8
    )
)
def test_no_message_of_theirs_is_on_a_day_of_ours(
    rows: list[tuple[int, int, bool, bool]],
) -> None:
    """Whatever they wrote and whoever edited it: what a row may hold lies before the start."""
    tasks = []
    for number, (day, hour, later, edited) in enumerate(rows):
        written = f"2026-03-{day + (later and day < 9):02}T{hour:02}:30:00.000-0800"
        more = {"LastModifiedById": "005P"} if edited else {}
        tasks.append(task(number, f"2026-03-{day:02}", LastModifiedDate=written, **more))

    first = start(*tasks)

    for day, _, later, _ in rows:
        assert date(2026, 3, day + (later and day < 9)) < first


def test_a_day_with_several_tasks_is_told_and_adopted_once() -> None:
    """Of a person's day one Task may become ours."""
    found = logged(
        [task(1, "2026-03-02"), task(2, "2026-03-02"), task(3, "2026-03-02", WhoId=BEN)],
        ["CallObject"],
        zone=ZONE,
        today=date(2026, 3, 9),
        connected=False,
    )

    assert [(ANA, "2026-03-02", ("00T1", "00T2"))] == [
        (one.person, one.day, one.tasks) for one in found.repeated
    ]
    assert (3, 2, 2) == (found.untouched, found.adoptable, found.people)


def test_the_query_names_each_column_once() -> None:
    """Salesforce refuses a column that is named twice."""
    columns = query_of(["CallObject", "CallObject"]).partition(" FROM ")[0].split(", ")

    assert len(columns) == len(set(columns))
