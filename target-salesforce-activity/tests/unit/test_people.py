"""Whose conversation a day is."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from target_salesforce_activity.days import Day
from target_salesforce_activity.people import (
    Candidate,
    Keys,
    Matched,
    Nobody,
    PersonRow,
    Unread,
    find_unlinked,
    follow_link,
    keys_of,
    link_of,
    organization_of,
)
from zingle_sync.identity import NotUnderstood, Phone

SyncTo = Literal["both", "contacts", "leads"]

ANN = "003000000000001AAA"
BOB = "003000000000002AAA"
LEAD = "00Q000000000001EAA"
ACCOUNT = "001000000000001AAA"


def contact(identifier: str = ANN, **changes: object) -> PersonRow:
    """A Contact as it is read by id."""
    return PersonRow(**{"id": identifier, "sobject": "Contact", **changes})


def lead(**changes: object) -> PersonRow:
    """A Lead as it is read by id."""
    return PersonRow(**{"id": LEAD, "sobject": "Lead", **changes})


@pytest.mark.parametrize(
    ("external_id", "expected"),
    [
        (ANN, ANN),
        (ANN[:15], ANN),
        (f"00D000000000001EAA:{LEAD}", LEAD),
        (ACCOUNT, ACCOUNT),
        ("006000000000001AAA", None),
        ("guest 4711", None),
        ("", None),
        (None, None),
    ],
)
def test_only_ids_of_people_are_links(external_id: str | None, expected: str | None) -> None:
    """The last Salesforce id in the external id is the link, if it names a person."""
    day = Day("s", "c", date(2026, 3, 2), (), external_id=external_id)

    assert expected == link_of(day)


def test_a_link_to_a_living_contact_is_followed() -> None:
    """The usual case: the linked Contact gets the Task."""
    assert Matched(ANN, "external_id") == follow_link(ANN, {ANN: contact()}, "both")


def test_an_id_that_was_not_read_is_asked_for() -> None:
    """The decision names the id that it lacks."""
    assert Unread(ANN) == follow_link(ANN, {}, "both")


def test_a_merged_contact_leads_to_the_winner() -> None:
    """A merge is followed to the winner, over several merges if need be."""
    rows = {ANN: contact(deleted=True, next_id=BOB)}

    assert Unread(BOB) == follow_link(ANN, rows, "both")
    assert Matched(BOB, "relink_merge") == follow_link(ANN, {**rows, BOB: contact(BOB)}, "both")


def test_a_converted_lead_leads_to_its_contact() -> None:
    """A conversion is followed to the Contact, which sync_to then judges."""
    rows = {LEAD: lead(deleted=True, next_id=ANN), ANN: contact()}
    rows[LEAD] = PersonRow(LEAD, "Lead", deleted=False, next_id=ANN)

    assert Matched(ANN, "relink_conversion") == follow_link(LEAD, rows, "contacts")
    assert Nobody("excluded_by_sync_to", (ANN,)) == follow_link(LEAD, rows, "leads")


def test_a_person_account_leads_to_its_contact() -> None:
    """A person account's Task goes to the Contact behind it."""
    rows = {ACCOUNT: PersonRow(ACCOUNT, "Account", next_id=ANN), ANN: contact()}

    assert Matched(ANN, "external_id") == follow_link(ACCOUNT, rows, "both")


@pytest.mark.parametrize(
    "row", [None, contact(deleted=True), PersonRow(ANN, "Account"), lead(deleted=True)]
)
def test_a_link_to_nobody_is_never_guessed(row: PersonRow | None) -> None:
    """A deleted or unknown person gets no Task, and nobody else either."""
    assert Nobody("unmatched") == follow_link(ANN, {ANN: row}, "both")


def test_a_circle_of_merges_ends() -> None:
    """Rows that point at each other lead to nobody instead of on and on."""
    rows = {ANN: contact(deleted=True, next_id=BOB), BOB: contact(BOB, deleted=True, next_id=ANN)}

    assert Nobody("unmatched") == follow_link(ANN, rows, "both")


@pytest.mark.parametrize(
    ("sync_to", "expected"),
    [
        ("both", Matched(LEAD, "external_id")),
        ("leads", Matched(LEAD, "external_id")),
        ("contacts", Nobody("excluded_by_sync_to", (LEAD,))),
    ],
)
def test_sync_to_leaves_kinds_out(sync_to: SyncTo, expected: Matched | Nobody) -> None:
    """A linked person of a kind that is left out is reported, not replaced."""
    assert expected == follow_link(LEAD, {LEAD: lead()}, sync_to)


KEYS = keys_of(
    Day("s", "c", date(2026, 3, 2), (), phones=("+18585551212",), emails=("Jane@Hotel.com",))
)


def person(
    identifier: str = ANN,
    sobject: Literal["Contact", "Lead"] = "Contact",
    phone: str = "",
    email: str = "",
) -> Candidate:
    """Somebody whom the search brought up."""
    return Candidate(identifier, sobject, (phone,) if phone else (), (email,) if email else ())


@pytest.mark.parametrize(
    "phone", ["+1 858-555-1212", "(858) 555-1212", "858.555.1212", "1 (858) 5551212"]
)
def test_a_phone_matches_in_any_notation(phone: str) -> None:
    """Salesforce's free text is read with the country of the Zingle phone."""
    assert Matched(ANN, "phone") == find_unlinked(KEYS, [person(phone=phone)], "both")


@pytest.mark.parametrize("phone", ["858-555-1213", "+44 858 555 1212", "858-555-1212 x12", "n/a"])
def test_another_phone_does_not_match(phone: str) -> None:
    """Another number, another country and a switchboard's extension are somebody else."""
    assert Nobody("unmatched") == find_unlinked(KEYS, [person(phone=phone)], "both")


def test_an_email_matches_in_any_case() -> None:
    """E-mails are compared normalised."""
    found = find_unlinked(KEYS, [person(email="JANE@hotel.com ")], "both")

    assert Matched(ANN, "email") == found


def test_contacts_come_before_leads() -> None:
    """Where both a Contact and an open Lead match, the Contact gets the Task."""
    both = [person(LEAD, "Lead", email="jane@hotel.com"), person(phone="8585551212")]

    assert Matched(ANN, "phone") == find_unlinked(KEYS, both, "both")
    assert Matched(LEAD, "email") == find_unlinked(KEYS, both, "leads")


def test_two_people_are_ambiguous_unless_one_has_both_keys() -> None:
    """A shared phone decides nothing, phone and e-mail together do."""
    family = [person(ANN, phone="8585551212"), person(BOB, phone="8585551212")]
    settled = [person(ANN, phone="8585551212", email="jane@hotel.com"), family[1]]
    torn = [person(ANN, phone="8585551212"), person(BOB, email="jane@hotel.com")]

    assert Nobody("ambiguous", (ANN, BOB)) == find_unlinked(KEYS, family, "both")
    assert Matched(ANN, "phone") == find_unlinked(KEYS, settled, "both")
    assert Nobody("ambiguous", (ANN, BOB)) == find_unlinked(KEYS, torn, "both")


def test_a_match_of_a_left_out_kind_is_reported() -> None:
    """If sync_to excludes the only match, that is the reason."""
    only = [person(LEAD, "Lead", phone="8585551212")]

    assert Nobody("excluded_by_sync_to") == find_unlinked(KEYS, only, "contacts")


def test_unusable_keys_find_nobody() -> None:
    """Masked phones and malformed e-mails are no keys."""
    day = Day("s", "c", date(2026, 3, 2), (), phones=("+1858555XXXX", "1"), emails=("x@",))

    assert Keys() == keys_of(day)
    assert not keys_of(day)


GUEST = Keys((Phone("+15102345678", "US", None, valid=True),), ())


def listed(raw: str, country: str | NotUnderstood | None) -> Candidate:
    """Somebody of Salesforce with that phone in that country."""
    return Candidate(ANN, "Contact", (raw,), (), country)


@pytest.mark.parametrize(
    ("raw", "country", "matches"),
    [
        ("151 0234 5678", "CN", False),
        ("510 234 5678", "CN", False),
        ("510 234 5678", "US", True),
        ("510 234 5678", "CA", True),
        ("510 234 5678", None, True),
        ("510 234 5678", NotUnderstood("Atlantis"), False),
        ("+1 510 234 5678", NotUnderstood("Atlantis"), True),
        ("+1 510 234 5678", "CN", True),
        ("001 510 234 5678", "DE", True),
        ("(510) 234-5678 ext 9", "US", False),
        ("(510) 234-5678 mobile", "US", True),
    ],
)
def test_a_number_is_read_with_the_country_of_its_person(
    raw: str, country: str | NotUnderstood | None, matches: bool
) -> None:
    """Only where the person's country is empty does the guest's say how a number is read."""
    expected = Matched(ANN, "phone") if matches else Nobody("unmatched")

    assert expected == find_unlinked(GUEST, [listed(raw, country)], "both")


@pytest.mark.parametrize(
    ("guest", "country", "raw"),
    [
        ("+5511987654321", "BR", "(11) 8765-4321"),
        ("+551187654321", "BR", "11 98765 4321"),
        ("+5491123456789", "AR", "011 15 2345-6789"),
        ("+525512345678", "MX", "044 55 1234 5678"),
    ],
)
def test_a_line_is_known_by_every_form_that_it_had(guest: str, country: str, raw: str) -> None:
    """A number from before its numbering plan changed is the same line."""
    keys = keys_of(Day("s", "c", date(2026, 3, 2), (), phones=(guest,)))

    assert Matched(ANN, "phone") == find_unlinked(keys, [listed(raw, country)], "both")


@pytest.mark.parametrize("raw", ["+1 (510) 234-5678", "+15102345678", "+1.510.234.5678"])
def test_a_guests_phone_may_be_grouped(raw: str) -> None:
    """Another tap may write a whole number with blanks."""
    assert keys_of(Day("s", "c", date(2026, 3, 2), (), phones=(raw,))).phones == GUEST.phones


@pytest.mark.parametrize("raw", ["+1510234****", "22395", "+1510xxx5678", "510 234 5678", ""])
def test_a_phone_that_is_not_whole_is_no_key(raw: str) -> None:
    """Digits that are hidden, or a country that is missing, are not guessed."""
    assert not keys_of(Day("s", "c", date(2026, 3, 2), (), phones=(raw,)))


@pytest.mark.parametrize("sign", [":", "/", "-", "_", " ", "|"])
def test_the_org_of_a_link_is_seen_whatever_stands_between(sign: str) -> None:
    """A production org and its copy have the same record ids: the org in the link tells them apart."""
    org = "00D5g000004AbCdEAK"
    day = Day("s", "c", date(2026, 3, 2), (), external_id=f"{org}{sign}{ANN}")

    assert (org, ANN) == (organization_of(day), link_of(day))
    assert organization_of(Day("s", "c", date(2026, 3, 2), (), external_id=ANN)) is None
