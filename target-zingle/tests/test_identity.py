"""Who is who: external ids, keys and countries that the product did not expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import ConfigValidationError

if TYPE_CHECKING:
    from conftest import Make, World

PRODUCTION, SANDBOX = "00D5g000004AbCdEAK", "00D9z000001XyZwEAK"
NAMESPACED = {"external_id_template": "{org_id}:{id}"}
GUESTS = {"number": "string", "name": "string", "phone": "string", "mail": "string"}
GUEST_MAPPING = {"last_name": "name", "phones": ["phone"], "emails": ["mail"]}


def from_org(make: Make, org: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """Contacts of one organisation."""
    schema = {**make.schema(make.contact_fields), "x-salesforce-org": org}
    return make.messages("contacts", schema, records)


def guests(
    make: Make, records: list[dict[str, Any]], keys: list[str], stream: str = "guests"
) -> list[dict[str, Any]]:
    """Rows of a tap that knows nothing of Salesforce."""
    lines = make.messages(stream, make.schema(GUESTS, hints=False), records)
    lines[0]["key_properties"] = keys
    return lines


@pytest.mark.parametrize("lookup", ["index", "per_record", "auto"])
@pytest.mark.parametrize("fate", [{}, {"IsDeleted": True}])
def test_the_same_id_of_another_organisation_is_somebody_else(
    world: World, make: Make, lookup: str, fate: dict[str, Any]
) -> None:
    """A row of the test organisation neither renames nor unlinks the production guest."""
    how = {**NAMESPACED, "lookup": lookup, "on_source_delete": "unlink"}
    world.listen(from_org(make, PRODUCTION, make.person(1, MobilePhone="+18585551212")), **how)
    (guest,) = world.contacts()
    before = world.contacts()[guest]

    copy = make.person(1, FirstName="Test", MobilePhone="+18585551313", **fate)
    world.listen(from_org(make, SANDBOX, copy), **how)

    assert before == world.contacts()[guest]
    assert f"{PRODUCTION}:{copy['Id']}" == before["external_id"]


def test_a_merge_in_one_organisation_moves_nobody_of_the_other(world: World, make: Make) -> None:
    """Lineage, too, knows organisations: only the own contact follows its master."""
    people = [make.person(1, MobilePhone="+18585551212")]
    for org in (PRODUCTION, SANDBOX):
        people[0]["MobilePhone"] = f"+1858555{1212 if org == PRODUCTION else 1313}"
        world.listen(from_org(make, org, *people), **NAMESPACED)
    merged = make.person(1, IsDeleted=True, MasterRecordId=make.salesforce_id("003", 2))

    world.listen(from_org(make, SANDBOX, merged), **NAMESPACED)

    assert {
        f"{PRODUCTION}:{make.salesforce_id('003', 1)}",
        f"{SANDBOX}:{make.salesforce_id('003', 2)}",
    } == {contact["external_id"] for contact in world.contacts().values()}


FOREIGN = st.one_of(
    st.text("0123456789-_:/ABCdef.", min_size=1, max_size=20),
    st.sampled_from(["007", "7", "7.0", "guest:7", "GUEST:7", "hotel-a:7", "hotel-b:7"]),
).filter(lambda text: text.strip(" ") == text)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FOREIGN, min_size=2, max_size=5, unique=True), st.booleans())
def test_ids_of_other_systems_are_kept_as_they_came(
    world: World, make: Make, ids: list[str], whole: bool
) -> None:
    """Each of them is one guest, found again by nothing less than the whole id."""
    world.running.reset()
    rows = [
        {"number": number, "name": f"Guest {place}", "phone": f"+1858555{place:04}"}
        for place, number in enumerate(ids)
    ]
    how = {"contact_mapping": {"guests": GUEST_MAPPING}, "lookup": "index" if whole else "auto"}
    world.listen(guests(make, rows, ["number"]), **how)

    moved = [{**row, "phone": f"+1858666{place:04}"} for place, row in enumerate(rows)]
    world.listen(guests(make, moved, ["number"]), **how)

    stored = {c["external_id"]: c["last_name"] for c in world.contacts().values()}
    assert {row["number"]: row["name"] for row in rows} == stored


def test_a_short_salesforce_id_is_its_long_form(world: World, make: Make) -> None:
    """Inside a namespaced id, too, 15 characters equal 18."""
    record = make.person(1, MobilePhone="+18585551212")
    short = f"{PRODUCTION[:15]}:{record['Id'][:15]}"
    world.contact(phones=["+18585559999"], external_id=short)

    for lookup in ("index", "auto"):
        result = world.listen(from_org(make, PRODUCTION, record), lookup=lookup, **NAMESPACED)
        assert "external_id" == result.of(record["Id"]).matched_on

    assert 1 == len(world.contacts())


def test_records_without_a_key_are_refused_before_anything_is_written(
    world: World, make: Make
) -> None:
    """No key is no name: the stream is refused with what to do."""
    rows = [{"name": f"Guest {n}", "phone": f"+1858555{n:04}"} for n in range(3)]

    with pytest.raises(ConfigValidationError) as refused:
        world.listen(guests(make, rows, []), contact_mapping={"guests": GUEST_MAPPING})

    (problem,) = refused.value.errors
    assert problem.startswith("contact_mapping.guests.external_id: the stream has no key")
    assert {} == world.contacts()


def test_records_without_a_key_are_settled_by_their_mapped_external_id(
    world: World, make: Make
) -> None:
    """One who is told apart by the mapped field is created, one without it is rejected."""
    rows = [
        {"number": number, "name": f"Guest {place}", "phone": f"+1858555{place:04}"}
        for place, number in enumerate(["A", "B", None, "A"])
    ]
    mapping = {"guests": {**GUEST_MAPPING, "external_id": "number"}}

    result = world.listen(guests(make, rows, []), contact_mapping=mapping)

    assert {"A": "created", "B": "created", "": "rejected/invalid_record"} == result.kinds()
    assert {"A", "B"} == {contact["external_id"] for contact in world.contacts().values()}


def test_an_empty_key_is_no_key(world: World, make: Make) -> None:
    """A record of a keyed stream whose key is null or absent is told apart by the mapped field."""
    rows = [
        {"id": 1, "number": "A", "name": "Guest 0", "phone": "+18585550000"},
        {"id": None, "number": "B", "name": "Guest 1", "phone": "+18585550001"},
        {"number": "C", "name": "Guest 2", "phone": "+18585550002"},
    ]
    mapping = {"guests": {**GUEST_MAPPING, "external_id": "number"}}

    result = world.listen(guests(make, rows, ["id"]), contact_mapping=mapping)

    assert {"1": "created", "B": "created", "C": "created"} == result.kinds()


def test_parts_of_a_key_are_not_glued_together(world: World, make: Make) -> None:
    """Keys of two parts that look alike when joined name different people."""
    rows = [
        {"number": "a:b", "name": "c", "phone": "+18585551212"},
        {"number": "a", "name": "b:c", "phone": "+18585551313"},
    ]
    lines = guests(make, rows, ["number", "name"])

    result = world.listen(lines, contact_mapping={"guests": {**GUEST_MAPPING}})

    assert ["created", "created"] == [outcome.kind for outcome in result.outcomes]
    assert 2 == len(world.contacts())


@pytest.mark.parametrize(
    ("country", "phone", "matched"),
    [
        ("Atlantis", "151 0234 5678", False),
        ("Nowhere (NW)", "510 234 5678", False),
        ("Peoples Republic of Somewhere", "(510) 234-5678", False),
        ("Atlantis", "+1 510 234 5678", True),
        ("P.R. China", "151 0234 5678", False),
        ("Canada", "510-234-5678", True),
        ("", "510 234 5678", True),
        ("N/A", "510 234 5678", True),
        ("Unknown", "510 234 5678", True),
        ("-", "510 234 5678", True),
        (None, "510 234 5678", True),
        ("USA", "510 234 5678", True),
        ("Vereinigte Staaten", "510 234 5678", True),
    ],
)
def test_a_country_that_is_not_known_is_not_the_services_own(
    world: World, make: Make, country: str | None, phone: str, *, matched: bool
) -> None:
    """A stranger's number is not read in the country of the hotel, and the warning names the text."""
    mary = world.contact(phones=["+15102345678"], first="Mary", last="Stone")
    record = make.person(
        1, MobilePhone=phone, MailingCountryCode=country, Email="w@inbox-hotel.net"
    )

    outcome = world.sync([record]).of(record["Id"])

    assert matched == (outcome.target_id == mary)
    unknown = [word for word in outcome.warnings if word.startswith("country_unknown:")]
    known = country in {
        None,
        "",
        "N/A",
        "Unknown",
        "-",
        "P.R. China",
        "Canada",
        "USA",
        "Vereinigte Staaten",
    }
    assert ([] if known or matched else [f"country_unknown:{country}"]) == unknown


@pytest.mark.parametrize(
    "how",
    [
        {"link_matched": False},
        {"link_matched": False, "dry_run": True},
        {},
        {"dry_run": True},
        {"lookup": "per_record", "link_matched": False},
        {"lookup": "index", "on_locked": "partial"},
    ],
)
@pytest.mark.parametrize("locked", [None, "pms"])
def test_a_guest_whose_link_v1_does_not_show_is_not_taken(
    world: World, make: Make, how: dict[str, Any], locked: str | None
) -> None:
    """Before a contact is matched by phone, v2 is asked whose it is."""
    world.running.sandbox.choose_profile({"v1_external_id_key": "absent"})
    owner = make.person(9)["Id"]
    world.contact(phones=["+18585551212"], first="Nina", external_id=owner, locked_by_source=locked)
    before = world.contacts()
    record = make.person(1, MobilePhone="+18585551212", Email="ann1@inbox-hotel.net")

    result = world.sync([record], **how)

    assert "skipped/shared_channel" == result.kinds()[record["Id"]]
    assert before == world.contacts()
    assert 0 == result.writes


def test_a_free_guest_is_still_matched_where_v1_shows_no_links(world: World, make: Make) -> None:
    """Nobody's contact is found by phone as everywhere else."""
    world.running.sandbox.choose_profile({"v1_external_id_key": "absent"})
    free = world.contact(phones=["+18585551212"], first="Ann1", last="Lee")
    record = make.person(1, MobilePhone="+18585551212")

    result = world.sync([record], link_matched=False)

    assert ("unchanged", free) == (
        result.of(record["Id"]).kind,
        result.of(record["Id"]).target_id,
    )


def test_one_short_code_says_nothing_about_the_service(world: World, make: Make) -> None:
    """A few contacts with short numbers leave all others matched by phone."""
    world.contact(phones=["22395"])
    world.contact(phones=["24273"])
    guest = world.contact(phones=["+18585551212"], first="Ann1", last="Lee")
    people = [
        make.person(1, MobilePhone="+18585551212"),
        make.person(2, MobilePhone="+18585551313"),
    ]

    for lookup in ("index", "per_record"):
        result = world.sync(people, lookup=lookup)
        assert guest == result.of(people[0]["Id"]).target_id
        assert not [w for outcome in result.outcomes for w in outcome.warnings]

    assert 4 == len(world.contacts())


def test_a_new_person_is_created_where_only_the_id_matches(world: World, make: Make) -> None:
    """`match_keys: [external_id]` keeps a free phone usable for creating."""
    record = make.person(1, MobilePhone="+18585551212", Email="ann1@inbox-hotel.net")

    for lookup in ("auto", "per_record"):
        world.running.reset()
        result = world.sync([record], match_keys=["external_id"], lookup=lookup)
        assert "created" == result.of(record["Id"]).kind


@pytest.mark.parametrize("reading", ["error", "duplicate", "upsert"])
@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize("keys", [["phone"], ["phone", "email"]])
def test_a_linked_guest_is_known_whatever_the_keys_are(
    world: World, make: Make, keys: list[str], lookup: str, reading: str
) -> None:
    """`match_keys` without `external_id` makes no second guest of one whose phone changed."""
    world.running.sandbox.choose_profile({"v2_duplicate_external": reading})
    record = make.person(1, MobilePhone="+18585551313")
    guest = world.contact(phones=["+18585551212"], external_id=record["Id"])

    result = world.sync([record], match_keys=keys, lookup=lookup)

    assert ("updated", guest) == ((one := result.of(record["Id"])).kind, one.target_id)
    assert ["+18585551212", "+18585551313"] == world.values()


def test_a_taken_number_is_not_sent_again_in_every_run(world: World, make: Make) -> None:
    """A number with an extension that another guest holds costs no refused write."""
    world.contact(phones=["+18585551212"])
    record = make.person(1, Phone="+1 858 555 1212 x9", Email="ann1@inbox-hotel.net")
    world.sync([record], lookup="per_record")

    again = world.sync([record], lookup="per_record")

    assert (0, "unchanged") == (again.writes, again.of(record["Id"]).kind)


@pytest.mark.parametrize(
    ("held", "typed", "country"),
    [
        ("+5511987654321", "+55 11 8765-4321", "BR"),
        ("+551187654321", "11 98765-4321", "BR"),
        ("+525512345678", "+52 1 55 1234 5678", "MX"),
        ("+541123456789", "+54 9 11 2345-6789", "AR"),
        ("+5491123456789", "11 2345 6789", "AR"),
    ],
)
@pytest.mark.parametrize("lookup", ["index", "per_record"])
def test_two_written_forms_of_one_line_are_one_guest(  # noqa: PLR0917 - parameters
    world: World, make: Make, held: str, typed: str, country: str, lookup: str
) -> None:
    """A line that a numbering plan renamed is matched in both directions, and not added again."""
    guest = world.contact(
        channels=[{"type": "phone", "value": held, "country": country}], first="Ann1", last="Lee"
    )
    record = make.person(1, MobilePhone=typed, MailingCountryCode=country)

    result = world.sync([record], lookup=lookup)

    assert (guest, "phone") == (
        result.of(record["Id"]).target_id,
        result.of(record["Id"]).matched_on,
    )
    assert [held] == world.values()


@pytest.mark.parametrize("lookup", ["index", "per_record"])
@pytest.mark.parametrize(
    ("held", "typed"),
    [
        ("ann@bücher.de", "ann@xn--bcher-kva.de"),
        ("ann@xn--strae-oqa.de", "ann@straße.de"),
    ],
)
def test_two_written_forms_of_one_address_are_one_guest(
    world: World, make: Make, held: str, typed: str, lookup: str
) -> None:
    """However lookups are made, an address is found in every form that it has."""
    guest = world.contact(emails=[held])
    record = make.person(1, Email=typed)

    result = world.sync([record], lookup=lookup)

    assert (guest, "email") == ((o := result.of(record["Id"])).target_id, o.matched_on)
    assert [held] == world.values()


def test_two_guests_with_both_forms_of_a_line_are_never_picked_from(
    world: World, make: Make
) -> None:
    """Nobody can say whose line it is."""
    for number in ("+541123456789", "+5491123456789"):
        world.contact(channels=[{"type": "phone", "value": number, "country": "AR"}])
    record = make.person(1, MobilePhone="+54 9 11 2345-6789", MailingCountryCode="AR")

    for lookup in ("index", "per_record"):
        result = world.sync([record], lookup=lookup)
        assert "rejected/ambiguous" == result.kinds()[record["Id"]]


STAYS = {
    "Id": "id", "Guest": "string", "IsDeleted": "boolean", "_sdc_deleted_at": "string",
    "name": "string", "phone": "string",
}  # fmt: skip
STAY_MAPPING = {"external_id": "Guest", "last_name": "name", "phones": ["phone"]}


@pytest.mark.parametrize("how", ["ignore", "unlink", "label:VIP"])
@pytest.mark.parametrize("gone", [{"IsDeleted": True}, {"_sdc_deleted_at": "2026-03-01"}])
@pytest.mark.parametrize(("row", "guest"), [("006", "003"), ("a0B", "00Q"), ("stay ", "guest ")])
def test_who_loses_one_of_several_things_stays(  # noqa: PLR0917 - parameters
    world: World, make: Make, row: str, guest: str, gone: dict[str, Any], how: str
) -> None:
    """A deleted Opportunity or stay says nothing of its person, whose guest nobody takes over."""

    def name(kind: str, number: int) -> str:
        return f"{kind}{number}" if " " in kind else make.salesforce_id(kind, number)

    phone, owner, rival = "+18585551212", name(guest, 1), name(guest, 2)
    contact = world.contact(phones=[phone], external_id=owner)
    living = {"Id": name(row, 1), "Guest": owner, "name": "Lee", "phone": phone}
    ended = {**living, **gone, "Id": name(row, 2)}
    stranger = {**living, "Id": name(row, 3), "Guest": rival, "name": "Dow"}

    settings = {"mapping": STAY_MAPPING, "on_source_delete": how}
    first = world.stream("stays", STAYS, [living, ended], **settings)
    late = world.stream("stays", STAYS, [stranger], **settings)

    assert {living["Id"]: "updated", ended["Id"]: "skipped/deleted_in_source"} == first.kinds()
    assert ("skipped", contact) == ((o := late.of(stranger["Id"])).kind, o.target_id)
    guest_row = world.contacts()[contact]
    assert (owner, "Lee", []) == tuple(
        guest_row[key] for key in ("external_id", "last_name", "labels")
    )


def test_a_contact_that_goes_by_another_number_goes_with_its_row(world: World, make: Make) -> None:
    """The row of a Contact is the person, also where the external id is no Salesforce id."""
    mapping = {"external_id": "Number__c"}
    fields = {**make.contact_fields, "Number__c": "string"}
    record = make.person(1, MobilePhone="+18585551212", Number__c="G-7")
    world.stream("contacts", fields, [record], mapping=mapping)

    gone = {**record, "IsDeleted": True}
    world.stream("contacts", fields, [gone], mapping=mapping, on_source_delete="unlink")

    assert [None] == [contact["external_id"] for contact in world.contacts().values()]
