"""Every setting that changes what happens, and what it costs."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Make, World

PHONE, OTHER = "+18585551212", "+18585551313"


def add_field(world: World, name: str = "Salesforce ID", data_type: str = "string") -> None:
    """Add a contact field to the service."""
    connection = world.running.sandbox.store.connection
    connection.execute(
        "INSERT INTO zg_fields (service, id, display_name, code, data_type, is_global, options,"
        " created_at, updated_at) VALUES (1, ?, ?, NULL, ?, 0, '[]', 0, 0)",
        (f"00000000-0000-4000-8000-{abs(hash(name)) % 10**12:012}", name, data_type),
    )


def test_ids_can_live_in_a_contact_field(world: World, make: Make) -> None:
    """With `external_id_storage: custom_field` created and matched contacts carry it there."""
    add_field(world)
    twin = world.contact(phones=[PHONE], first="Ann1", last="Lee", locked_by_source="pms")
    people = [make.person(1, Phone=PHONE), make.person(2, Phone=OTHER)]

    first = world.sync(people, external_id_storage="custom_field")
    moved = [make.person(1, Phone="+18585559999"), make.person(2, Phone=OTHER)]
    again = world.sync(moved, external_id_storage="custom_field")

    assert ["linked", "created"] == [outcome.kind for outcome in first.outcomes]
    assert (twin, "external_id") == (again.outcomes[0].target_id, again.outcomes[0].matched_on)
    assert (0, {None}) == (again.writes, {c["external_id"] for c in world.contacts().values()})


def test_a_missing_id_field_is_a_problem_with_a_remedy(world: World, make: Make) -> None:
    """The message says what creates the field."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        world.sync([make.person(Phone=PHONE)], external_id_storage="custom_field")

    told = 'no contact field "Salesforce ID" in Zingle (zingle-sync check --fix creates it)'
    assert [f"external_id_field: {told}"] == caught.value.errors  # type: ignore[attr-defined]  # of ConfigValidationError


def test_linking_can_be_switched_off(world: World, make: Make) -> None:
    """Without linking, people are matched by phone in every run, and sharers do not flap."""
    world.contact(phones=[PHONE])
    people = [make.person(1, Phone=PHONE), make.person(2, Phone=PHONE)]

    first = world.sync(people, link_matched=False)
    again = world.sync(people, link_matched=False)

    assert ["updated", "skipped"] == [outcome.kind for outcome in first.outcomes]
    assert ("phone", 0) == (again.of(people[0]["Id"]).matched_on, again.writes)
    assert [None] == [contact["external_id"] for contact in world.contacts().values()]


def test_create_only_leaves_known_people_alone(world: World, make: Make) -> None:
    """Matches are skipped, strangers created."""
    world.contact(phones=[PHONE], first="Kept")

    result = world.sync(
        [make.person(1, Phone=PHONE), make.person(2, Phone=OTHER)], sync_mode="create_only"
    )

    assert ["skipped/already_exists", "created"] == list(result.kinds().values())
    assert "Kept" == next(iter(world.contacts().values()))["first_name"]


def test_shared_phones_can_be_rejected(world: World, make: Make) -> None:
    """`on_shared_phone: reject` makes sharers a matter for somebody."""
    world.contact(phones=[PHONE], external_id=make.person(9)["Id"])

    outcome = world.sync([make.person(Phone=PHONE)], on_shared_phone="reject").outcomes[0]

    assert ("rejected", "shared_channel") == (outcome.kind, outcome.reason)


@pytest.mark.parametrize(
    ("policy", "kind", "reason"),
    [("keep", "updated", None), ("reject", "rejected", "channel_conflict")],
)
def test_a_new_phone_of_somebody_else(
    world: World, make: Make, policy: str, kind: str, reason: str | None
) -> None:
    """A linked record's new phone that another contact has stays there, or the record waits."""
    world.contact(external_id=make.person(1)["Id"], phones=[PHONE])
    holder = world.contact(external_id=make.person(2)["Id"], phones=[OTHER])

    outcome = world.sync([make.person(1, Phone=OTHER)], on_channel_conflict=policy).outcomes[0]

    assert (kind, reason) == (outcome.kind, outcome.reason)
    told = outcome.warnings if kind == "updated" else (outcome.error.message,)
    assert holder in told[0]
    assert sorted(world.values()) == sorted([PHONE, OTHER])


def test_locked_contacts_can_be_left_alone_or_be_ours(world: World, make: Make) -> None:
    """`on_locked: skip` skips, `own_sources` says that the lock is no obstacle."""
    contact_id = world.contact(phones=[PHONE], locked_by_source="pms")

    skipped = world.sync([make.person(Phone=PHONE)], on_locked="skip").outcomes[0]
    ours = world.sync([make.person(Phone=PHONE)], own_sources=["pms"]).outcomes[0]

    assert ("skipped", "locked", contact_id) == (skipped.kind, skipped.reason, skipped.target_id)
    # The server still refuses names, which costs nothing but a warning.
    assert "locked_fields_skipped" in ours.warnings


def test_deleted_records_leave_zingle_alone(world: World, make: Make) -> None:
    """By default a deletion in Salesforce changes nothing in Zingle."""
    world.sync([make.person(Phone=PHONE)])
    before = world.contacts()

    outcome = world.sync([make.person(Phone=PHONE, IsDeleted=True)]).outcomes[0]

    assert ("skipped", "deleted_in_source", before) == (
        outcome.kind,
        outcome.reason,
        world.contacts(),
    )


def test_deleted_records_can_be_unlinked_and_come_back(world: World, make: Make) -> None:
    """`unlink` takes the external id away, an undelete links the same contact again."""
    world.sync([make.person(Phone=PHONE)])
    (contact_id,) = world.contacts()

    world.sync([make.person(Phone=PHONE, IsDeleted=True)], on_source_delete="unlink")
    assert world.contacts()[contact_id]["external_id"] in {None, ""}

    world.sync([make.person(Phone=PHONE)], on_source_delete="unlink")
    assert [make.person()["Id"]] == [c["external_id"] for c in world.contacts().values()]


def test_deleted_records_can_be_labelled_once(world: World, make: Make) -> None:
    """`label:<name>` attaches the label, and a second run has nothing to do."""
    gone = make.person(Phone=PHONE, IsDeleted=True)
    world.sync([make.person(Phone=PHONE)])

    first = world.sync([gone], on_source_delete="label:Complaint")
    again = world.sync([gone], on_source_delete="label:Complaint")

    assert [["Complaint"]] == [contact["labels"] for contact in world.contacts().values()]
    assert (1, 0) == (first.writes, again.writes)


def test_an_unknown_label_for_deleted_records_is_refused(world: World, make: Make) -> None:
    """The label must exist before anything is written."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        world.sync([make.person(Phone=PHONE)], on_source_delete="label:Nope")

    assert ['on_source_delete: no label "Nope" in Zingle'] == caught.value.errors  # type: ignore[attr-defined]  # of ConfigValidationError


def test_labels_follow_their_condition_and_are_never_taken_away(world: World, make: Make) -> None:
    """A label is attached when its condition holds, on creates and on updates."""
    fields = {**make.contact_fields, "Rating__c": "picklist"}
    mapping = {"labels": [{"name": "VIP", "when": "Rating__c == 'Hot'"}]}

    def sync(*ratings: str | None) -> Any:  # noqa: ANN401 - a result
        people = [
            make.person(n, Phone=f"+1858555000{n}", Rating__c=rating)
            for n, rating in enumerate(ratings)
        ]
        return world.stream("contacts", fields, people, mapping=mapping)

    def labels() -> dict[str, list[str]]:
        return {one["first_name"]: one["labels"] for one in world.contacts().values()}

    sync("Hot", "Cold", None)
    assert {"Ann0": ["VIP"], "Ann1": [], "Ann2": []} == labels()
    assert 1 == sync("Cold", "Hot", None).writes
    assert {"Ann0": ["VIP"], "Ann1": ["VIP"], "Ann2": []} == labels()


def test_people_can_be_left_out(world: World, make: Make) -> None:
    """The mapping's `when` skips records, and says so."""
    fields = {**make.contact_fields, "DoNotCall": "boolean"}
    people = [make.person(n, Phone=f"+1858555000{n}", DoNotCall=n == 1) for n in (1, 2)]

    result = world.stream("contacts", fields, people, mapping={"when": "not DoNotCall"})

    assert ["skipped/filtered", "created"] == list(result.kinds().values())


def test_absent_null_and_blank_are_three_things(world: World, make: Make) -> None:
    """Absent never touches, null keeps unless `on_null: clear` says otherwise."""
    fields = {**make.contact_fields, "Company__c": "string"}
    world.contact(external_id=make.person()["Id"], phones=[PHONE], fields={"Company": "Acme"})

    def sync(on_null: str, **values: Any) -> str | None:
        world.stream(
            "contacts",
            fields,
            [make.person(Phone=PHONE, **values)],
            mapping={"fields": {"Company": {"from": "Company__c", "on_null": on_null}}},
        )
        (number,) = world.running.sandbox.store.connection.execute(
            "SELECT number FROM zg_fields WHERE display_name = 'Company'"
        ).fetchone()
        (contact,) = world.contacts().values()
        return contact["fields"].get(str(number))

    assert "Acme" == sync("clear")
    assert "Acme" == sync("keep", Company__c=None)
    assert "Acme" == sync("keep", Company__c="  ")
    assert sync("clear", Company__c=None) in {None, ""}


def test_rich_text_is_what_is_seen(world: World, make: Make) -> None:
    """Marks count neither as length nor as content: an emptied rich text clears its field."""
    fields = {**make.contact_fields, "Notes__c": "textarea"}
    schema = make.schema(fields, Notes__c=32000)
    schema["properties"]["Notes__c"]["x-salesforce"]["htmlFormatted"] = True
    rule = {"from": "Notes__c", "on_null": "clear", "on_overflow": "truncate"}
    mapping = {"contacts": {"fields": {"Company": rule}}}

    def sync(notes: str) -> tuple[Any, ...]:
        record = make.person(Phone=PHONE, Notes__c=notes)
        lines = make.messages("contacts", schema, [record])
        warnings = world.listen(lines, contact_mapping=mapping).of(record["Id"]).warnings
        (contact,) = world.contacts().values()
        return (*contact["fields"].values(), *warnings)

    assert "x" * 60 in sync("<p>" + "<b>x</b>" * 60 + "</p>")
    assert not [word for word in sync("<p>y" + "<b></b>" * 60 + "</p>") if "truncated" in str(word)]
    assert "y" not in sync("<p><br></p>")


def test_numbers_of_nobody_are_ignored(world: World, make: Make) -> None:
    """The service's own number and listed numbers and addresses are nobody's."""
    result = world.sync(
        [make.person(Phone="+16195550100", MobilePhone=PHONE, Email="desk@inbox-hotel.net")],
        ignore_phones=["858 555 1212"],
        ignore_emails=["Desk@inbox-hotel.net"],
    )

    assert ["rejected/no_usable_key"] == list(result.kinds().values())
    desk = make.person(Email="info@xn--bcher-kva.de")
    other = world.sync([desk], ignore_emails=["Info@Bücher.de"])
    assert ["rejected/no_usable_key"] == list(other.kinds().values())


def test_several_rows_of_one_record_in_a_batch_are_one(world: World, make: Make) -> None:
    """The last row wins before any call; the earlier ones are superseded."""
    rows = [make.person(Phone=PHONE, LastName=name) for name in ("First", "Second", "Third")]

    result = world.sync(rows)

    assert ["skipped", "skipped", "created"] == sorted(
        (outcome.kind for outcome in result.outcomes), reverse=True
    )
    assert "Third" == next(iter(world.contacts().values()))["last_name"]


def test_rows_without_an_external_id_are_found_by_their_one_channel(world: World) -> None:
    """Without an external id the only create that cannot duplicate is used."""
    schema = {
        "type": "object",
        "properties": {"mobile": {"type": "string"}, "n": {"type": "string"}},
    }
    rows = [{"mobile": PHONE, "n": "Ann"}]
    lines = [
        {"type": "SCHEMA", "stream": "rows", "schema": schema, "key_properties": ["mobile", "n"]},
        *({"type": "RECORD", "stream": "rows", "record": row} for row in rows),
    ]
    mapping = {"rows": {"phones": ["mobile"], "first_name": "n", "labels": ["VIP"]}}

    first = world.listen(lines, contact_mapping=mapping)
    again = world.listen(lines, contact_mapping=mapping)

    assert ["created", "unchanged"] == [first.outcomes[0].kind, again.outcomes[0].kind]
    assert (1, 0) == (len(world.contacts()), again.writes)
    assert [["VIP"]] == [contact["labels"] for contact in world.contacts().values()]


# What it costs


def calls(world: World) -> list[tuple[str, str]]:
    """Method and last part of the path of every call since the journal was cleared."""
    return [
        (call.method, call.path.rsplit("/", 1)[-1].replace(world.service_id, "service"))
        for call in world.running.journal()
    ]


def test_unchanged_costs_nothing_and_an_update_one_call(world: World, make: Make) -> None:
    """Beyond log-in, service and one page of contacts, only the difference is sent."""
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 6)]
    world.sync(people)
    world.running.clear_journal()
    fixed = [("GET", ""), ("GET", "service"), ("GET", "contacts")]

    world.sync(people)
    assert fixed == calls(world)

    world.running.clear_journal()
    people[2]["LastName"] = "Changed"
    world.sync(people)
    assert ["PUT"] == [method for method, _ in calls(world)[3:]]


def test_a_create_costs_one_call_and_the_first_twenty_one_more(world: World, make: Make) -> None:
    """Each contact is created by one POST; twenty of them are read back.

    Before the first one the service is asked once whether the vendor's connector is off.
    """
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 51)]

    world.sync(people)

    methods = [method for method, _ in calls(world)]
    assert (50, 4 + 20) == (methods.count("POST"), methods.count("GET"))


def test_the_index_costs_one_call_per_500(world: World, make: Make) -> None:
    """998 contacts are two pages, which share a row that proves them to be whole."""
    for number in range(998):
        world.contact(phones=[f"+1619555{number:04}"])
    world.running.clear_journal()

    world.sync([make.person(Phone=PHONE)], lookup="index", sync_mode="update_only")

    assert 2 == calls(world).count(("GET", "contacts"))


def test_a_few_changes_never_read_a_large_service(world: World, make: Make) -> None:
    """Twenty linked people in a service of 20,000 are looked up one by one."""
    from zingle_sandbox.zingle import insert_contacts  # noqa: PLC0415 - bulk, only here

    insert_contacts(
        world.running.sandbox,
        (
            {"channels": [{"type": "phone", "value": f"+1619{n:07}", "country": "US"}]}
            for n in range(2_000_000, 2_020_000)
        ),
    )
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 21)]
    for person in people:
        world.contact(
            external_id=person["Id"],
            phones=[person["Phone"]],
            first=person["FirstName"],
            last="Lee",
        )
    world.running.clear_journal()

    result = world.sync(people)

    pages = [call for call in world.running.journal() if "page_size=500" in call.query]
    assert ({"unchanged"}, 1, 20 + 3) == (set(result.kinds().values()), len(pages), result.calls)


def test_many_changes_switch_to_the_index(world: World, make: Make) -> None:
    """Once lookups would cost more than the list, the list is read."""
    from zingle_sandbox.zingle import insert_contacts  # noqa: PLC0415 - bulk, only here

    insert_contacts(
        world.running.sandbox,
        (
            {"channels": [{"type": "phone", "value": f"+1619{n:07}", "country": "US"}]}
            for n in range(2_000_000, 2_004_000)
        ),
    )
    people = [make.person(n, Phone=f"+1858555{n:04}") for n in range(1, 101)]

    result = world.sync(people, sync_mode="update_only")

    # 8 pages, not many more lookups than that, log-in and service.
    assert ({"skipped/no_match"}, True) == (
        set(result.kinds().values()),
        result.calls <= 2 + 8 + 12,
    )


# What is said


def test_nothing_personal_is_logged(
    world: World, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Names, phones and e-mails appear in no log line, not even when records are refused."""
    caplog.set_level(logging.INFO)
    world.contact(phones=[PHONE, OTHER], first="Marker", last="Person")
    people = [
        make.person(1, Phone=PHONE, Email="marker@inbox-hotel.net", FirstName="Marker"),
        make.person(2, Phone=OTHER, FirstName="Marker"),
        make.person(3, Phone="858 555", FirstName="Marker"),
    ]

    result = world.sync(people)

    said = caplog.text + json.dumps([repr(outcome) for outcome in result.outcomes])
    assert not [word for word in ("8585551", "marker@", "Marker", "555 1") if word in said]


def test_what_the_run_learnt_is_kept(world: World, make: Make) -> None:
    """The sync log's facts tell the mapping, and which lock our creates get."""
    world.running.sandbox.choose_profile({"v2_create_locks": "yes"})

    facts = world.sync([make.person(Phone=PHONE)]).facts

    assert [1, False] == [len(facts["zingle_locks_our_contacts"]), facts["linking_stopped"]]
    assert {
        "stream": "contacts",
        "source": "FirstName",
        "source_type": "string",
        "field": "First Name",
        "field_type": "string",
    } in facts["mapping"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"service_id": None}, "service_id: set either service_id or services"),
        ({"services": [{"service_id": "x"}]}, "service_id: set either service_id or services"),
        ({"password": ""}, "username: set username and password, or token, for Zingle"),
        ({"default_region": "Atlantis"}, "default_region: not an ISO 3166 country such as US"),
        ({"external_id_template": "{org}"}, "external_id_template: use {id}, or {org_id}:{id}"),
        (
            {"external_id_template": "x" * 40 + "{id}"},
            "external_id_template: longer than the 50 characters Zingle keeps",
        ),
        ({"match_keys": ["phone", "phone"]}, "match_keys: a key is listed twice"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    world: World, make: Make, settings: dict[str, Any], problem: str
) -> None:
    """The configuration is refused before anything is read."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its problems are looked at
        world.sync([make.person(Phone=PHONE)], **settings)

    assert problem in caught.value.errors  # type: ignore[attr-defined]  # of ConfigValidationError
