"""One test per row of the vendor's FAQ that concerns contacts, named after the row."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.target_base import Target

from target_zingle.wanted.records import SourceField
from target_zingle.wanted.types import LEGAL, SourceKind, TargetKind, source_kind
from zingle_sandbox.zingle import FieldSeed, LabelSeed, ServiceSeed, insert_services

if TYPE_CHECKING:
    from conftest import Make, World

OTHER_SERVICE = "7c1c2f0e-0000-4d7a-9a35-2f6c1e8b9a02"
PHONE, OTHER = "+18585551212", "+18585551313"


def field_of(world: World, name: str, contact: int = 0) -> Any:  # noqa: ANN401 - whatever the field holds
    """What a contact holds in a field, by the field's name."""
    (number,) = world.running.sandbox.store.connection.execute(
        "SELECT number FROM zg_fields WHERE display_name = ? AND service = 1", (name,)
    ).fetchone()
    contacts = list(world.contacts().values())
    return contacts[contact]["fields"].get(str(number))


def custom(world: World, make: Make, kind: str, value: object, target: str, **rule: Any) -> Any:  # noqa: ANN401 - an outcome
    """Write one custom field of a kind into a Zingle field; the outcome."""
    result = world.stream(
        "contacts",
        {**make.contact_fields, "X__c": kind},
        [make.person(Phone=PHONE, X__c=value)],
        mapping={"fields": {target: {"from": "X__c", **rule}}},
    )
    return result.of(make.person()["Id"])


def problems(caught: pytest.ExceptionInfo[Any]) -> list[str]:
    """Every problem of a refused configuration."""
    return list(caught.value.errors)


def test_f01_people_flow_one_way_into_zingle(world: World, make: Make) -> None:
    """Contacts and Leads arrive in Zingle; Salesforce gets no call at all."""
    world.sync([make.person(Phone=PHONE)], [make.lead(Phone="+18585551313")])

    assert (2, 0) == (len(world.contacts()), world.running.calls("salesforce"))


def test_f02_existing_contacts_are_synced_and_others_created(world: World, make: Make) -> None:
    """A known phone is matched, an unknown one becomes a contact."""
    contact_id = world.contact(phones=[PHONE])

    result = world.sync([make.person(1, Phone=PHONE), make.person(2, Phone="+18585551313")])

    assert [contact_id, "created"] == [
        result.of(make.person(1)["Id"]).target_id,
        result.of(make.person(2)["Id"]).kind,
    ]


def test_f03_new_records_are_created_without_anybody_asking(world: World, make: Make) -> None:
    """A record that a later run brings is created in that run."""
    world.sync([make.person(1, Phone=PHONE)])

    assert ["created"] == list(world.sync([make.person(2, Phone="+18585551313")]).kinds().values())


def test_f04_a_run_without_changes_costs_nothing(world: World, make: Make) -> None:
    """A quiet run sends no call to Zingle."""
    lines = make.messages("contacts", make.schema(make.contact_fields), [])

    assert (0, 0) == (world.listen(lines).calls, world.listen(lines).writes)


def test_f05_contacts_leads_or_both(world: World, make: Make) -> None:
    """Each stream has its own mapping, and a person who is both is one contact."""
    result = world.sync(
        [make.person(Phone=PHONE)],
        [make.lead(1, Phone=PHONE), make.lead(2, Phone=OTHER)],
        contact_mapping={"leads": {"last_name": "FirstName"}},
    )

    assert ["Lee", "Lou2"] == [contact["last_name"] for contact in world.contacts().values()]
    assert {
        make.person()["Id"]: "created",
        make.lead(1)["Id"]: "skipped/shared_channel",
        make.lead(2)["Id"]: "created",
    } == result.kinds()


def test_f06_custom_soql_streams_are_mapped_like_any_other(world: World, make: Make) -> None:
    """Any stream whose rows carry a key and a phone or e-mail can be synced."""
    result = world.stream(
        "arrivals",
        {"Id": "id", "Guest_Phone__c": "phone", "Guest__c": "string"},
        [{"Id": make.salesforce_id("a0B", 1), "Guest_Phone__c": PHONE, "Guest__c": "Ann"}],
        mapping={"phones": ["Guest_Phone__c"], "first_name": "Guest__c"},
    )

    assert ["created"] == list(result.kinds().values())


def test_f14_rows_of_any_other_tap_work(world: World) -> None:
    """No Salesforce hints, extra columns, `_sdc_*` columns and null types are all fine."""
    schema = {
        "type": "object",
        "properties": {
            "customer": {"type": "integer"},
            "mobile": {"type": ["null", "string"]},
            "nothing": {"type": "null"},
            "_sdc_deleted_at": {"type": ["null", "string"], "format": "date-time"},
        },
    }
    lines = [
        {"type": "SCHEMA", "stream": "rows", "schema": schema, "key_properties": ["customer"]},
        {
            "type": "RECORD",
            "stream": "rows",
            "record": {"customer": 7, "mobile": PHONE, "nothing": None, "more": [1]},
        },
    ]

    mapping = {"rows": {"phones": ["mobile"], "fields": {"Company": "nothing"}}}
    result = world.listen(lines, contact_mapping=mapping)

    assert {"7": "created"} == result.kinds()
    lines[1]["record"]["_sdc_deleted_at"] = "2026-03-01T00:00:00Z"
    again = world.listen(lines, contact_mapping=mapping)
    assert {"7": "skipped/deleted_in_source"} == again.kinds()


def test_f15_parents_fields_are_reached(world: World, make: Make) -> None:
    """An Opportunity row reaches its contact's phone and its own fields."""
    schema = {
        "type": "object",
        "properties": {
            "Id": {"type": "string"},
            "ContactId": {"type": "string"},
            "Contact": {
                "type": ["object", "null"],
                "properties": {"MobilePhone": {"type": ["string", "null"]}},
            },
            "Account": {
                "type": ["object", "null"],
                "properties": {"Name": {"type": ["string", "null"]}},
            },
        },
    }
    row = {
        "Id": make.salesforce_id("006", 1),
        "ContactId": make.salesforce_id("003", 1),
        "Contact": {"MobilePhone": PHONE},
        "Account": {"Name": "Acme"},
    }
    lines = make.messages("deals", schema, [row])
    mapping = {
        "external_id": "ContactId",
        "phones": ["Contact.MobilePhone"],
        "fields": {"Account": "Account.Name"},
    }

    world.listen(lines, contact_mapping={"deals": mapping})

    (contact,) = world.contacts().values()
    assert (row["ContactId"], "Acme") == (contact["external_id"], field_of(world, "Account"))


def test_f16_missing_rights_are_named_in_plain_words(world: World, make: Make) -> None:
    """A privilege that the log-in lacks stops the run with a sentence that says what to do."""
    world.running.sandbox.set_options({"zingle_denied": "3016"})

    with pytest.raises(Exception, match="lacks a privilege; grant it to the API user"):
        world.sync([make.person(Phone=PHONE)])


def test_f18_organisations_are_told_apart_by_a_namespace(world: World, make: Make) -> None:
    """With {org_id}:{id} a sandbox's copy of a record is another record."""
    orgs = {
        "00D5g000004AbCdEAK": make.person(Phone=PHONE, LastName="Lee"),
        "00D9z000001XyZwEAK": make.person(Phone=OTHER, LastName="Test"),
    }
    runs = []
    for org, record in orgs.items():
        schema = {**make.schema(make.contact_fields), "x-salesforce-org": org}
        runs.append(make.messages("contacts", schema, [record]))
        world.listen(runs[-1], external_id_template="{org_id}:{id}")

    assert {f"{org}:{record['Id']}": record["LastName"] for org, record in orgs.items()} == {
        contact["external_id"]: contact["last_name"] for contact in world.contacts().values()
    }
    for lines in runs:
        assert 0 == world.listen(lines, external_id_template="{org_id}:{id}").writes


def test_f21_the_salesforce_id_comes_first(world: World, make: Make) -> None:
    """The external id finds the contact although its phone has changed, in 15 characters too."""
    contact_id = world.contact(
        phones=["+18585550000"], external_id=make.person()["Id"][:15], first="Old"
    )

    for lookup in ("index", "per_record"):
        outcome = world.sync([make.person(Phone=PHONE)], lookup=lookup).of(make.person()["Id"])
        assert (contact_id, "external_id") == (outcome.target_id, outcome.matched_on)


def test_f22_existing_contacts_are_found_by_phone_or_email(world: World, make: Make) -> None:
    """Another spelling of phone or e-mail finds the contact."""
    by_phone = world.contact(phones=[PHONE])
    by_email = world.contact(emails=["Ann@Inbox-Hotel.net"])

    result = world.sync(
        [
            make.person(1, Phone="(858) 555-1212", MailingCountryCode="US"),
            make.person(2, Email="ann@inbox-hotel.NET"),
        ]
    )

    assert [(by_phone, "phone"), (by_email, "email")] == [
        (outcome.target_id, outcome.matched_on) for outcome in result.outcomes
    ]


def test_f23_matched_contacts_get_new_values_only(world: World, make: Make) -> None:
    """Only what differs is written, and only in the fields that are mapped."""
    world.sync([make.person(Phone=PHONE)])
    world.running.clear_journal()

    world.sync([make.person(Phone=PHONE, LastName="Lee-Ng")])

    (write,) = [call for call in world.running.journal() if call.method == "PUT"]
    assert write.body is not None
    assert b'"value":"Lee-Ng"' in write.body
    assert b"Ann1" not in write.body
    assert b"channels" not in write.body
    assert b"is_" not in write.body


def test_f24_nobody_matches_so_a_contact_is_created(world: World, make: Make) -> None:
    """Without a match the person becomes a contact, in one call that carries the id."""
    result = world.sync([make.person(Phone=PHONE)])

    (contact,) = world.contacts().values()
    assert ("created", 1, make.person()["Id"]) == (
        result.of(make.person()["Id"]).kind,
        result.writes,
        contact["external_id"],
    )


def test_f25_the_first_run_takes_everybody_and_can_be_resumed(
    world: World, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every checkpoint is settled before its STATE is emitted."""
    records = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 31)]
    lines = make.messages("contacts", make.schema(make.contact_fields), records)[:-1]
    for number in (10, 20, 30):
        place = next(i for i, one in enumerate(lines) if one.get("record") == records[number - 1])
        lines.insert(place + 1, {"type": "STATE", "value": {"n": number}})

    emit, there = Target._write_state_message, {}

    def count(target: Target, state: dict[str, Any]) -> None:
        there[state["n"]] = len(world.contacts())
        emit(target, state)

    monkeypatch.setattr(Target, "_write_state_message", count)
    result = world.listen(lines, checkpoint_records=10)

    assert {10: 10, 20: 20, 30: 30} == there
    assert [{"n": 10}, {"n": 20}, {"n": 30}] == list(
        {str(state): state for state in result.states}.values()
    )


def test_f26_later_runs_take_what_has_changed(world: World, make: Make) -> None:
    """One changed record of many costs one write, whatever else the look-back brings."""
    records = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 11)]
    world.sync(records)
    records[3]["LastName"] = "Changed"

    assert 1 == world.sync(records).writes


def test_f28_a_record_that_is_read_again_is_not_logged_as_an_update(
    world: World, make: Make
) -> None:
    """Re-read records are unchanged, not updated again and again for a day."""
    world.sync([make.person(Phone=PHONE)])

    outcome = world.sync([make.person(Phone=PHONE)]).of(make.person()["Id"])

    assert ("unchanged", ()) == (outcome.kind, outcome.changed_fields)


def test_f30_contacts_are_never_pushed_to_salesforce(world: World, make: Make) -> None:
    """Whatever the contact says, Salesforce is not called."""
    world.contact(phones=[PHONE], first="Another")

    world.sync([make.person(Phone=PHONE)])

    assert 0 == world.running.calls("salesforce")


def test_f31_a_hand_edit_is_overwritten_or_kept_field_by_field(world: World, make: Make) -> None:
    """`always` restores the CRM's value, `if_blank` respects what an agent wrote."""
    fields = {**make.contact_fields, "Company__c": "string", "Room__c": "string"}
    world.contact(phones=[PHONE], fields={"Company": "by hand", "Room": "by hand"})

    world.stream(
        "contacts",
        fields,
        [make.person(Phone=PHONE, Company__c="CRM", Room__c="CRM")],
        mapping={
            "fields": {"Company": "Company__c", "Room": {"from": "Room__c", "write": "if_blank"}}
        },
    )

    assert ("CRM", "by hand") == (field_of(world, "Company"), field_of(world, "Room"))


def other_service(world: World) -> None:
    """Add a second service."""
    insert_services(
        world.running.sandbox,
        [
            ServiceSeed(
                OTHER_SERVICE, "Second", fields=(FieldSeed("Room"),), labels=(LabelSeed("VIP"),)
            )
        ],
    )


def test_f39_one_run_feeds_several_services(world: World, make: Make) -> None:
    """With `route: all` each service gets the person, by its own mapping."""
    other_service(world)

    result = world.sync(
        [make.person(Phone=PHONE)],
        service_id=None,
        services=[
            {"service_id": world.service_id},
            {
                "service_id": OTHER_SERVICE,
                "contact_mapping": {"contacts": {"first_name": "LastName"}},
            },
        ],
        route="all",
    )

    assert [("created", world.service_id), ("created", OTHER_SERVICE)] == [
        (outcome.kind, outcome.service_id) for outcome in result.outcomes
    ]
    assert ["Ann1", "Lee"] == sorted(one["first_name"] for one in world.contacts().values())


def test_f40_records_are_routed_to_services_by_condition(world: World, make: Make) -> None:
    """The first service whose condition holds takes the record; the rest is reported."""
    other_service(world)
    services = [
        {"service_id": world.service_id, "when": "MailingCountryCode == 'US'"},
        {"service_id": OTHER_SERVICE, "when": "MailingCountryCode in ('FR', 'DE')"},
    ]
    people = [
        make.person(1, Phone=PHONE, MailingCountryCode="US"),
        make.person(2, Phone="+33123456789", MailingCountryCode="FR"),
        make.person(3, Phone="+525512345678", MailingCountryCode="MX"),
    ]

    result = world.sync(people, service_id=None, services=services)

    assert {
        make.person(1)["Id"]: ("created", None, world.service_id),
        make.person(2)["Id"]: ("created", None, OTHER_SERVICE),
        make.person(3)["Id"]: ("skipped", "unrouted", ""),
    } == {one.source_key: (one.kind, one.reason, one.service_id) for one in result.outcomes}


def test_f41_two_organisations_need_a_namespace(world: World, make: Make) -> None:
    """Records of a second Salesforce organisation are refused before anything is written."""
    lines: list[dict[str, Any]] = []
    for stream, org in (("contacts", "00D5g000004AbCd"), ("leads", "00D9z000001AbCd")):
        fields = make.contact_fields if stream == "contacts" else make.lead_fields
        schema = {**make.schema(fields), "x-salesforce-org": org}
        build = make.person if stream == "contacts" else make.lead
        lines += make.messages(stream, schema, [build(Phone=PHONE)])

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        world.listen(lines)

    assert "two Salesforce organisations" in problems(caught)[0]
    assert {} == world.contacts()
    world.listen(lines, external_id_template="{org_id}:{id}")


def test_f42_custom_fields_are_mapped_by_name_or_code(world: World, make: Make) -> None:
    """A Zingle field is named as agents see it, or by its code."""
    fields = {**make.contact_fields, "Tier__c": "picklist", "Nights__c": "double"}
    world.stream(
        "contacts",
        fields,
        [make.person(Phone=PHONE, Tier__c="gold", Nights__c=12)],
        mapping={"fields": {"loyalty_tier": "Tier__c", "nights stayed": "Nights__c"}},
    )

    assert ("Gold", 12) == (field_of(world, "Loyalty Tier"), field_of(world, "Nights Stayed"))


@pytest.mark.parametrize(
    ("kind", "value", "target", "held"),
    [
        ("date", "2026-03-05", "Checkin Date", 1772668800),
        ("datetime", "2026-03-05T03:00:00.000Z", "Checkin Date", 1772582400),
        ("datetime", "2026-03-05T03:00:00.000+0000", "Last Stay", 1772679600),
        ("time", "15:30:00.000Z", "Arrival Time", "15:30"),
        ("date", "1990-02-28", "Birthday", 636163200),
    ],
)
def test_f43_dates_and_times(  # noqa: PLR0917 - parameters
    world: World, make: Make, kind: str, value: str, target: str, held: object
) -> None:
    """Dates keep their calendar day (moments that of the service's zone), times their minutes."""
    custom(world, make, kind, value, target)

    assert held == field_of(world, target)
    world.running.clear_journal()
    custom(world, make, kind, value, target)
    assert 0 == world.running.writes("zingle")


@pytest.mark.parametrize(
    ("kind", "value", "target", "held"),
    [
        ("double", 5.0, "Nights Stayed", 5),
        ("double", 12.5, "Nights Stayed", 12.5),
        ("double", 5.0, "Company", "5"),
        ("currency", 1234.50, "Company", "1234.5"),
        ("int", 1e21, "Company", "1000000000000000000000"),
    ],
)
def test_f44_numbers_become_numbers_or_plain_text(  # noqa: PLR0917 - parameters
    world: World, make: Make, kind: str, value: float, target: str, held: object
) -> None:
    """No float noise, no exponent, no trailing zero."""
    custom(world, make, kind, value, target)

    assert held == field_of(world, target)


@pytest.mark.parametrize(
    "kind",
    [
        *("string", "phone", "email", "url", "picklist", "id", "textarea", "reference"),
        *("encryptedstring", "percent", "currency", "double", "int"),
    ],
)
def test_f45_every_text_and_number_type_arrives(world: World, make: Make, kind: str) -> None:
    """Formula, roll-up, auto number, percent, currency, URL, picklist … come as they are."""
    number = kind in {"percent", "currency", "double", "int"}

    custom(world, make, kind, 12.5 if number else "12.5", "Company")

    assert "12.5" == field_of(world, "Company")


@pytest.mark.parametrize("known", [False, True])
def test_f46_checkboxes_arrive(world: World, make: Make, *, known: bool) -> None:
    """A ticked box is true, on a new contact and on one that is there."""
    if known:
        world.contact(phones=[PHONE])

    custom(world, make, "boolean", value=True, target="Newsletter")

    assert "true" == field_of(world, "Newsletter")


def test_f47_no_type_is_ignored_silently(world: World, make: Make) -> None:
    """Multipicklists are joined texts; what cannot be written is an error with its name."""
    custom(world, make, "multipicklist", "Spa;Pool", "Company")

    assert "Spa;Pool" == field_of(world, "Company")
    for kind in ("base64", "complexvalue", "anyType"):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
            custom(world, make, kind, "x", "Company")
        assert [
            f'contact_mapping.contacts.fields["Company"].from: "X__c" ({kind}) cannot be written to Zingle'
        ] == (problems(caught))


def test_f48_three_hundred_fields_are_mapped(world: World, make: Make) -> None:
    """There is no limit on the number of mapped fields."""
    names = [f"Extra {number}" for number in range(300)]
    insert_services(
        world.running.sandbox,
        [ServiceSeed(OTHER_SERVICE, "Wide", fields=tuple(FieldSeed(name) for name in names))],
    )
    fields = {**make.contact_fields, **{f"X{n}__c": "string" for n in range(300)}}
    record = make.person(Phone=PHONE, **{f"X{n}__c": f"value {n}" for n in range(300)})
    mapping = {"fields": {name: f"X{n}__c" for n, name in enumerate(names)}}

    first = world.stream("contacts", fields, [record], mapping=mapping, service_id=OTHER_SERVICE)
    again = world.stream("contacts", fields, [record], mapping=mapping, service_id=OTHER_SERVICE)

    assert ("created", 0) == (first.of(record["Id"]).kind, again.writes)
    (contact,) = world.contacts().values()
    assert {f"value {n}" for n in range(300)} <= set(contact["fields"].values())


def test_f49_edits_in_zingle_stay_in_zingle(world: World, make: Make) -> None:
    """Fields that are not mapped keep what agents write there."""
    world.contact(phones=[PHONE], fields={"Room": "12"}, notes="Likes quiet rooms")

    world.sync([make.person(Phone=PHONE)])

    (contact,) = world.contacts().values()
    assert ("12", "Likes quiet rooms") == (field_of(world, "Room"), contact["notes"])


def test_f52_matching_by_profile_id_can_be_all_there_is(world: World, make: Make) -> None:
    """`match_keys: [external_id]` never matches by phone, creates, and takes no phone away."""
    world.contact(phones=[PHONE])
    people = [make.person(1, Phone=PHONE), make.person(2, Phone=OTHER)]

    result = world.sync(people, match_keys=["external_id"])

    assert {
        people[0]["Id"]: "rejected/no_usable_key",
        people[1]["Id"]: "created",
    } == result.kinds()
    assert 1 == world.values().count(PHONE)


def test_f53_phones_come_before_emails(world: World, make: Make) -> None:
    """Phone decides where phone and e-mail disagree; the order can be turned round."""
    by_phone = world.contact(phones=[PHONE], locked_by_source="pms")
    by_email = world.contact(emails=["ann@inbox-hotel.net"], locked_by_source="pms")
    record = make.person(Phone=PHONE, Email="ann@inbox-hotel.net")

    usual = world.sync([record]).of(record["Id"])
    other = world.sync([record], match_keys=["external_id", "email", "phone"]).of(record["Id"])

    assert [(by_phone, "phone"), (by_email, "email")] == [
        (usual.target_id, usual.matched_on),
        (other.target_id, other.matched_on),
    ]


def test_f54_an_empty_service_is_filled(world: World, make: Make) -> None:
    """Everybody is created once when Zingle is still empty."""
    records = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 101)]

    world.sync(records)

    assert 100 == len(world.contacts())


def test_f55_another_system_may_push_as_well(world: World, make: Make) -> None:
    """A contact that a PMS locks is matched, never duplicated, and only its free fields change."""
    world.contact(phones=[PHONE], first="By PMS", locked_by_source="pms")
    fields = {**make.contact_fields, "Company__c": "string"}

    outcome = world.stream(
        "contacts",
        fields,
        [make.person(Phone=PHONE, Email="ann@inbox-hotel.net", Company__c="Acme")],
        mapping={"fields": {"Company": "Company__c"}},
    ).of(make.person()["Id"])

    (contact,) = world.contacts().values()
    assert ("By PMS", [PHONE], "Acme") == (
        contact["first_name"],
        [channel[0] for channel in contact["channels"]],
        field_of(world, "Company"),
    )
    assert {"not_linked:locked", "locked_fields_skipped"} == set(outcome.warnings)


def test_f56_update_only_never_creates(world: World, make: Make) -> None:
    """Strangers are skipped, known people are updated."""
    world.contact(phones=[PHONE])

    result = world.sync(
        [make.person(1, Phone=PHONE), make.person(2, Phone="+18585551313")],
        sync_mode="update_only",
    )

    assert {make.person(1)["Id"]: "updated", make.person(2)["Id"]: "skipped/no_match"} == (
        result.kinds()
    )


def test_f57_long_texts_are_allowed_with_a_policy(world: World, make: Make) -> None:
    """Text that may exceed 255 characters needs `on_overflow`; characters are counted, not bytes."""
    fields = {**make.contact_fields, "Text__c": "textarea"}

    def sync(text: str, **rule: str) -> Any:  # noqa: ANN401 - an outcome
        return world.stream(
            "contacts",
            fields,
            [make.person(Phone=PHONE, Text__c=text)],
            mapping={"fields": {"Company": {"from": "Text__c", **rule}}},
            lengths={"Text__c": 32000},
        ).of(make.person()["Id"])

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        sync("short")
    assert "may hold 32000 characters, the field 255; set on_overflow" in problems(caught)[0]
    assert ("rejected", "overflow") == (
        sync("é" * 256, on_overflow="error").kind,
        sync("é" * 256, on_overflow="error").reason,
    )
    assert "created" == sync("é" * 255, on_overflow="error").kind
    outcome = sync("日" * 300, on_overflow="truncate")
    assert "日" * 255 == field_of(world, "Company")
    assert any(warning.startswith("truncated:") for warning in outcome.warnings)


def test_f58_the_list_of_types_is_one_table(make: Make) -> None:
    """Every kind of source says where it may go; nothing is missing from the table."""
    assert set(SourceKind) == set(LEGAL)
    assert {TargetKind.TEXT, TargetKind.OPTION} == LEGAL[SourceKind.TEXT]
    assert all(TargetKind.UNKNOWN not in allowed for allowed in LEGAL.values())


# The types that a describe may name (Object Reference, "Data Types"), as the README calls them.
TYPES = {
    "string": "text",
    "phone": "phone",
    "email": "e-mail",
    "url": "URL",
    "id": "id",
    "picklist": "picklist",
    "combobox": "picklist",
    "multipicklist": "multipicklist",
    "reference": "reference",
    "textarea": "text area",
    "encryptedstring": "encrypted text",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "currency",
    "percent": "percent",
    "boolean": "checkbox",
    "date": "date",
    "datetime": "date and time",
    "time": "time",
    "address": "address",
    "location": "location",
}
NOWHERE = ("base64", "complexvalue", "anyType", "json")
WORDS = {
    "string": TargetKind.TEXT,
    "a field with options": TargetKind.OPTION,
    "number": TargetKind.NUMBER,
    "boolean": TargetKind.BOOLEAN,
    "date": TargetKind.DATE,
    "date and time": TargetKind.DATETIME,
    "time": TargetKind.TIME,
    "map the parts": None,
}


def test_f58_the_readme_has_the_list_that_counts() -> None:
    """The README's table says of every type of Salesforce where it may go, and nothing else."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Types")[2].partition("\n## ")[0]
    told: dict[str, set[TargetKind]] = {}
    for types, targets in re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)[1:]:
        plain = re.sub(r"\([^)]*\)|without float noise", "", targets)
        words = [part.strip() for part in re.split(r", or |, | or ", plain) if part.strip()]
        for name in types.split(", "):
            told[name] = {kind for word in words if (kind := WORDS[word])}
    known = {kind: source_kind(SourceField("x", hint={"type": kind})) for kind in TYPES}

    assert set(TYPES.values()) == told.keys()
    assert {kind: told[word] for kind, word in TYPES.items()} == {
        kind: LEGAL[family] for kind, family in known.items()
    }
    assert SourceKind.UNKNOWN not in known.values()
    assert {SourceKind.UNSUPPORTED} == {
        source_kind(SourceField("x", hint={"type": kind})) for kind in NOWHERE
    }


def test_f59_the_first_batch_is_written_at_once(world: World, make: Make) -> None:
    """Writing begins with the first checkpoint, while the tap still sends."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 11)]
    lines = make.messages("contacts", make.schema(make.contact_fields), people)
    lines.append({"type": "RECORD", "stream": "nowhere", "record": {}})

    with pytest.raises(Exception, match="nowhere"):
        world.listen(lines, checkpoint_records=5)

    assert 10 == len(world.contacts())


@pytest.mark.parametrize(("value", "held"), [(True, "true"), (False, "false"), (None, None)])
def test_f60_false_booleans_are_written(
    world: World, make: Make, value: object, held: object
) -> None:
    """An unticked box arrives as false, an absent value leaves the field alone."""
    custom(world, make, "boolean", value, "Newsletter")

    assert held == field_of(world, "Newsletter")


def test_f60_a_box_that_was_unticked_becomes_false(world: World, make: Make) -> None:
    """True turns to false on an existing contact too."""
    custom(world, make, "boolean", value=True, target="Newsletter")
    custom(world, make, "boolean", value=False, target="Newsletter")

    assert "false" == field_of(world, "Newsletter")


def test_f61_custom_queries_are_validated_all_at_once(world: World, make: Make) -> None:
    """Every problem of a mapping is listed, with its path and the nearest name."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        world.stream(
            "vips",
            {"Id": "id", "Mobile__c": "phone", "Loyalty_Tier__c": "picklist", "Vip__c": "boolean"},
            [],
            mapping={
                "phones": [{"from": "Mobil__c", "label": "CELL"}],
                "when": "Vip == 1",
                "labels": [{"name": "VIPP", "when": "Vip__c"}],
                "fields": {
                    "Loyalty Tier": "Loyalty_Teir__c",
                    "Loyalty Teir": "Loyalty_Tier__c",
                    "Checkin Date": "Vip__c",
                    "Company": {"from": "Vip__c", "write": "sometimes"},
                },
            },
        )

    assert {
        "contact_mapping.vips.phones[0].label: must be one of MOBILE, BUSINESS, HOME",
        'contact_mapping.vips.fields["Company"].write: must be one of always, if_blank, on_create',
        'contact_mapping.vips.phones[0].from: no field "Mobil__c" in stream vips; did you mean "Mobile__c"?',
        'contact_mapping.vips.fields["Loyalty Tier"].from: no field "Loyalty_Teir__c" in stream vips; did you mean "Loyalty_Tier__c"?',
        'contact_mapping.vips.when: no field "Vip" in stream vips; did you mean "Vip__c"?',
        'contact_mapping.vips.fields["Loyalty Teir"]: no contact field "Loyalty Teir" in Zingle; did you mean "Loyalty Tier"? (zingle-sync check --fix creates missing fields)',
        'contact_mapping.vips.fields["Checkin Date"].from: "Vip__c" (boolean) cannot go into "Checkin Date" (date)',
        'contact_mapping.vips.labels[0].name: no label "VIPP" in Zingle; did you mean "VIP"?',
    } == set(problems(caught))
    assert {} == world.contacts()


def test_f63_changed_types_are_found_in_every_run(world: World, make: Make) -> None:
    """A field whose type changed in Zingle stops the run before anything is written."""
    assert "created" == custom(world, make, "boolean", value=True, target="Newsletter").kind
    world.running.sandbox.store.connection.execute(
        "UPDATE zg_fields SET data_type = 'date' WHERE display_name = 'Newsletter'"
    )

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        custom(world, make, "boolean", value=False, target="Newsletter")

    assert 'cannot go into "Newsletter" (date)' in problems(caught)[0]


def test_f64_compound_fields_are_mapped_by_their_parts(world: World, make: Make) -> None:
    """A raw MailingAddress is refused with advice; its parts arrive."""
    fields = {**make.contact_fields, "MailingAddress": "address", "MailingCity": "string"}
    address = {"street": "1 Main St", "city": "San Diego"}
    record = make.person(Phone=PHONE, MailingAddress=address, MailingCity=address["city"])

    def sync(source: str) -> None:
        world.stream("contacts", fields, [record], mapping={"fields": {"Company": source}})

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        sync("MailingAddress")
    assert "is a compound field; map its parts instead" in problems(caught)[0]

    sync("MailingCity")

    assert "San Diego" == field_of(world, "Company")


def test_f65_fields_are_mapped_by_api_name(world: World, make: Make) -> None:
    """What the page calls Business Phone is `Phone`, and gets the label BUSINESS when added."""
    world.contact(external_id=make.person()["Id"], phones=["+18585550000"])

    world.sync([make.person(Phone=PHONE)])

    (contact,) = world.contacts().values()
    assert (PHONE, "BUSINESS") == (contact["channels"][1][0], contact["channels"][1][2])
