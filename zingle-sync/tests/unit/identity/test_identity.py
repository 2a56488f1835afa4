from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.identity import (
    Phone,
    UnusableEmail,
    UnusablePhone,
    find_salesforce_id,
    normalise_email,
    parse_phone,
    parse_phones,
    phone_key,
    region_code,
    same_external_id,
    sobject_of,
    to_18,
)

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
short_ids = st.builds(
    "{}{}".format,
    st.sampled_from(["003", "00Q", "001", "a0B"]),
    st.text(ALPHANUMERIC, min_size=12, max_size=12),
)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@given(short_ids)
def test_fifteen_and_eighteen_characters_are_the_same_id(short: object) -> None:
    """Converting is stable, keeps the first 15 characters, and compares equal."""
    long = to_18(short)

    assert (short, long, True) == (long[:15], to_18(long), same_external_id(short, long))


@given(short_ids)
def test_the_suffix_tells_ids_apart_without_case(short: object) -> None:
    """The long form differs without regard to case wherever the short form differs by case."""
    other = short.swapcase()

    same = to_18(short).casefold() == to_18(other).casefold() if _is_id(other) else short == other

    assert (short == other) == same


def _is_id(value: str) -> bool:
    try:
        to_18(value)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("value", ["", "003", "0035g00000AbCdEAAW", "0035g00000Ab-dE", "x" * 18])
def test_what_is_no_id_is_refused(value: str) -> None:
    """Wrong lengths, characters and checksums raise."""
    with pytest.raises(ValueError, match="not a Salesforce id"):
        to_18(value)


@given(short_ids, short_ids)
def test_the_last_id_in_a_value_counts(organisation: str, record: str) -> None:
    """A namespaced external id is read by its last id."""
    assert to_18(record) == find_salesforce_id(f"{organisation}:{to_18(record)}")


@pytest.mark.parametrize("value", [None, "", "guest 4711", "GUEST-0035g00000AbCdE-1x"])
def test_values_without_an_id_have_none(value: str) -> None:
    """Other systems' ids are no Salesforce ids, unless one stands between separators."""
    expected = to_18("0035g00000AbCdE") if value and "-" in value else None

    assert expected == find_salesforce_id(value)


def test_key_prefixes_name_the_object() -> None:
    """Contacts and Leads are told apart by their prefix."""
    assert ("Contact", "Lead", None) == (
        sobject_of("0035g00000AbCdEAAV"),
        sobject_of("00Q5g00000AbCdEAAV"),
        sobject_of("a0B5g00000AbCdEAAV"),
    )


@given(st.sampled_from(REGIONS), st.sampled_from(list(range(4))))
def test_real_numbers_survive_every_spelling(region: str | None, spelling: object) -> None:
    """An example number of any country has one E.164 form, however it is written."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if number is None or str(number.national_number)[-7:] == str(number.national_number)[-1] * 7:
        return
    formats = phonenumbers.PhoneNumberFormat
    form = (formats.E164, formats.INTERNATIONAL, formats.NATIONAL, formats.RFC3966)[spelling]

    phone = parse_phone(phonenumbers.format_number(number, form), region)

    assert isinstance(phone, Phone)
    assert phone_key(phonenumbers.format_number(number, formats.E164)) == phone.e164
    assert phone.country in phonenumbers.SUPPORTED_REGIONS


@given(st.text(max_size=40), st.one_of(st.none(), st.sampled_from(REGIONS)))
def test_any_text_is_a_number_or_a_reason(text: str, region: str | None) -> None:
    """Nothing that people type makes the parser fail, and what it accepts is stable."""
    for phone in parse_phones(text, region):
        assert isinstance(phone, (Phone, UnusablePhone))
        if isinstance(phone, Phone) and phone.extension is None:
            assert phone.e164 == parse_phone(phone.e164, None).e164


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("(858) 555-1212", "US", "+18585551212"),
        ("858.555.1212", "US", "+18585551212"),
        ("+1 858 555 1212", None, "+18585551212"),
        ("01 23 45 67 89", "FR", "+33123456789"),
        ("030/1234567", "DE", "+49301234567"),
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("+52 55 1234 5678", None, "+525512345678"),
        ("(+44) 020 7946 0018", None, "+442079460018"),
    ],
)
def test_spellings(raw: str, region: str | None, expected: object) -> None:
    """Numbers are read as people write them."""
    (phone,) = parse_phones(raw, region)

    assert expected == phone.e164


@pytest.mark.parametrize(
    ("raw", "region", "reason"),
    [
        ("858 555 1212", None, "unparseable"),
        ("call me", "US", "unparseable"),
        ("123", "US", "not_possible"),
        ("+1 000 000 0000", None, "repeated_digits"),
        ("1111111111", "US", "repeated_digits"),
        ("+800 1234 5678", None, "not_possible"),
    ],
)
def test_unusable_numbers_say_why(raw: str, region: str | None, reason: object) -> None:
    """Each unusable number has its reason."""
    assert UnusablePhone(reason) == parse_phone(raw, region)


def test_numbers_of_nobody_are_ignored() -> None:
    """A number on the list is refused, written in E.164 or as typed."""
    reasons = [
        parse_phone("858 555 1212", "US", ignored=frozenset({form}))
        for form in ("+18585551212", "858 555 1212")
    ]

    assert [UnusablePhone("ignored")] * 2 == reasons


def test_extensions_are_kept_apart_from_second_numbers() -> None:
    """An extension belongs to its number; another number is another entry."""
    phones = parse_phones("858-555-1212, ext 5; 858-555-1313 or 858 555 1212", "US")

    assert [("+18585551212", "5"), ("+18585551313", None)] == [
        (phone.e164, phone.extension) for phone in phones
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("US", "US"),
        (" us ", "US"),
        ("United States", "US"),
        ("USA", "US"),
        ("Deutschland", "DE"),
        ("États-Unis", "US"),
        ("México", "MX"),
        ("uk", "GB"),
        ("Atlantis", None),
        ("ZZ", None),
        ("", None),
        (None, None),
    ],
)
def test_countries_by_code_and_name(name: str, code: str) -> None:
    """Countries are understood by code and by name in any language."""
    assert code == region_code(name)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Ann.Lee@Hotel.COM ", "ann.lee@hotel.com"),
        ("ann@bücher.de", "ann@xn--bcher-kva.de"),
        ("jose\u0301@hotel.com", "jos\u00e9@hotel.com"),
        ("", None),
        (None, None),
        ("ann@", UnusableEmail("invalid")),
        ("ann lee@hotel.com", UnusableEmail("invalid")),
        ("NoReply@hotel.com", UnusableEmail("ignored")),
        ("ann@example.com", UnusableEmail("ignored")),
        ("ann@mail.example.org", UnusableEmail("ignored")),
        ("ann@hotel.com.invalid", UnusableEmail("ignored")),
    ],
)
def test_addresses(raw: str, expected: object) -> None:
    """Addresses have one form; malformed and nobody's addresses say so."""
    assert expected == normalise_email(raw)


@given(st.emails())
def test_normalising_an_address_twice_is_the_same_as_once(address: object) -> None:
    """What is accepted is stable, and differs from the input by case and form only."""
    once = normalise_email(address)

    if isinstance(once, str):
        assert once == normalise_email(once) == normalise_email(address.upper().lower())


def test_addresses_of_nobody_are_ignored() -> None:
    """An address on the list is refused."""
    assert UnusableEmail("ignored") == normalise_email(
        "Desk@hotel.com", ignored=frozenset({"desk@hotel.com"})
    )
