"""The search before the matcher is wider than the matcher."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.people import Candidate, Keys, Matched, find_unlinked
from target_salesforce_activity.searches import (
    is_found_by,
    person_fields,
    phone_patterns,
)
from zingle_sync.identity import Phone, parse_phone, parse_phones

COUNTRIES = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
KINDS = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
FORMATS = tuple(
    getattr(phonenumbers.PhoneNumberFormat, name)
    for name in ("E164", "INTERNATIONAL", "NATIONAL", "RFC3966")
)
DRESSES = ("{}", " {} ", "{} (mobile)", "cell: {}", "{} / 000", "{} after 6", "Tel. {}")


def example(country: str, kind: int) -> phonenumbers.PhoneNumber | None:
    """A number of that country, if it has such numbers."""
    return phonenumbers.example_number_for_type(country, kind)


@given(
    country=COUNTRIES,
    kind=st.sampled_from(KINDS),
    style=st.sampled_from(FORMATS),
    dress=st.sampled_from(DRESSES),
    glue=st.sampled_from(["", " ", "-", ".", "\u00a0"]),
)
def test_whoever_would_match_by_phone_is_found(
    country: str, kind: int, style: int, dress: str, glue: str
) -> None:
    """Of every country and in every notation: where the matcher reads a line, LIKE finds it."""
    number = example(country, kind)
    if number is None:
        return
    guest = parse_phone(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), None
    )
    if not isinstance(guest, Phone):
        return
    written = phonenumbers.format_number(number, style)
    raw = dress.format(glue.join(written.split()) if glue else written)
    read = [each.e164 for each in parse_phones(raw, country) if isinstance(each, Phone)]

    if guest.e164 in read:
        assert is_found_by(raw, phone_patterns(guest))


@given(country=COUNTRIES, kind=st.sampled_from(KINDS), style=st.sampled_from(FORMATS))
def test_a_person_with_a_plain_number_is_matched(country: str, kind: int, style: int) -> None:
    """Numbers of all countries, short ones included, lead to the person who has them."""
    number = example(country, kind)
    if number is None:
        return
    guest = parse_phone(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), None
    )
    raw = phonenumbers.format_number(number, style)
    read = parse_phone(raw, country)
    if not isinstance(guest, Phone) or not isinstance(read, Phone) or read.extension:
        return
    person = Candidate("003000000000001AAA", "Contact", (raw,), (), country)

    assert isinstance(find_unlinked(Keys((guest,)), [person], "both"), Matched)


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_leaves_the_area_out_is_found(kind: int) -> None:
    """On islands and in small states people write the last four to seven digits alone."""
    seen = 0
    for country in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = example(country, kind)
        e164 = number and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        guest = parse_phone(e164, None) if e164 else None
        if number is None or not isinstance(guest, Phone):
            continue
        digits = phonenumbers.national_significant_number(number)
        for raw in (digits[-size:] for size in range(4, len(digits))):
            read = parse_phone(raw, country)
            if isinstance(read, Phone) and read.e164 == guest.e164:
                seen += 1
                assert is_found_by(raw, phone_patterns(guest)), f"{country}: {raw}"

    assert seen > 20


def test_a_search_brings_up_few_strangers() -> None:
    """Whoever is brought up is read and compared: of a thousand who share four digits, some."""
    guest = parse_phone("+18585551212", None)
    assert isinstance(guest, Phone)
    strangers = [f"(858) {middle:03}-1212" for middle in range(1000)]

    assert 50 > sum(is_found_by(raw, phone_patterns(guest)) for raw in strangers)


@pytest.mark.parametrize(
    ("guest", "raw"),
    [
        ("+6591234567", "9123 4567"),
        ("+81312345678", "".join(chr(0xFF10 + int(digit)) for digit in "0312345678")),
        ("+201001234567", "٠١٠٠١٢٣٤٥٦٧"),
        ("+982123456789", "۰۲۱ ۲۳۴۵ ۶۷۸۹"),
        ("+66812345678", "๐๘๑ ๒๓๔ ๕๖๗๘"),
        ("+551187654321", "(11) 98765-4321"),
        ("+5491123456789", "011 15-2345-6789"),
        ("+390549886377", "0549 886377"),
        ("+298211234", "211234"),
    ],
)
def test_other_scripts_and_short_numbers_are_found(guest: str, raw: str) -> None:
    """National numbers of any length, in the digits of their country, are searched as written."""
    phone = parse_phone(guest, None)
    assert isinstance(phone, Phone)
    person = Candidate("003000000000001AAA", "Contact", (raw,), (), phone.country)

    assert is_found_by(raw, phone_patterns(phone))
    assert isinstance(find_unlinked(Keys((phone,)), [person], "both"), Matched)


def row(name: str, kind: str = "phone", *, filterable: bool = True) -> dict[str, Any]:
    """A described field."""
    return {"name": name, "type": kind, "filterable": filterable}


CONTACT = [
    row("Phone"),
    row("MobilePhone"),
    row("HomePhone"),
    row("OtherPhone"),
    row("Fax"),
    row("Desk__c"),
    row("Email", "email"),
    row("MailingCountry", "string"),
]
LEAD = [
    row("Phone"),
    row("MobilePhone"),
    row("Email", "email"),
    row("Country", "string"),
    row("IsConverted", "boolean"),
    row("ConvertedContactId", "reference"),
    row("ConvertedDate", "date"),
]


def test_all_phones_of_a_person_are_asked() -> None:
    """Custom phones count, a fax does not, and nothing is missing."""
    fields = person_fields("Contact", {"fields": CONTACT})

    assert fields.searched_phones == ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "Desk__c")
    assert fields.selected == ("Id", *fields.phones, "Email", "MailingCountry")
    assert fields.missing == ()


@pytest.mark.parametrize("hidden", ["Email", "Phone", "MobilePhone", "Country"])
@pytest.mark.parametrize("unfilterable", [True, False])
def test_what_may_not_be_asked_is_left_out_and_named(hidden: str, unfilterable: bool) -> None:
    """A field that is hidden, or that no query may filter by, is missing by its name."""
    rows = [
        {**each, "filterable": False} if each["name"] == hidden else each
        for each in LEAD
        if unfilterable or each["name"] != hidden
    ]
    fields = person_fields("Lead", {"fields": rows})
    may_stay = hidden == "Country" and unfilterable

    assert (() if may_stay else (hidden,)) == fields.missing
    assert hidden not in fields.searched_phones
    assert fields.searched_email == (hidden != "Email")


@pytest.mark.parametrize(
    ("visible", "condition"),
    [
        (("IsConverted", "ConvertedContactId"), "IsConverted = false"),
        (("ConvertedContactId",), "ConvertedContactId = null"),
        (("ConvertedDate",), "ConvertedDate = null"),
        ((), ""),
    ],
)
def test_open_leads_are_told_by_what_can_be_seen(visible: tuple[str, ...], condition: str) -> None:
    """Any field of a conversion tells that a Lead is a Contact by now."""
    rows = [each for each in LEAD if "onverted" not in each["name"] or each["name"] in visible]

    assert condition == person_fields("Lead", {"fields": rows}).open_only
