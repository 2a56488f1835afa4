from __future__ import annotations

from collections import Counter

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sandbox.seeds.messy import STYLES, write_phone
from zingle_sandbox.seeds.people import make_people
from zingle_sandbox.seeds.places import COUNTRIES
from zingle_sandbox.seeds.scale import email_of, phone_of
from zingle_sandbox.seeds.words import CULTURES, Culture, streets


def test_the_demo_people_come_in_the_promised_numbers() -> None:
    """1,200 people of the org; 60 linked, 300 twins of which 15 are locked, 140 walk-ins."""
    people = make_people()

    assert {"Contact": 800, "Lead": 400, None: 140} == Counter(person.sobject for person in people)
    assert {"linked": 60, "twin": 300, "walk_in": 140, "salesforce_only": 840} == Counter(
        person.role for person in people
    )
    assert 15 == sum(person.locked for person in people)
    assert {"phone": 180, "email": 60, "both": 60} == Counter(
        person.shares for person in people if person.role == "twin"
    )


def test_the_same_people_are_made_every_time() -> None:
    """The seed is deterministic."""
    assert make_people() == make_people()


def test_only_couples_and_conversions_share_keys() -> None:
    """Each phone and e-mail belongs to one human being, but for the cases made on purpose."""
    single = [
        person
        for person in make_people()
        if person.trait not in {"shared_phone", "converted", "conversion_of_lead"}
    ]

    assert len(single) == len({person.phone for person in single})
    assert len(single) == len({person.email for person in single})


def test_every_phone_is_valid_in_its_country() -> None:
    """Google's metadata calls each number valid, in the country that the person lives in."""
    wrong = [
        person.phone
        for person in make_people()
        if person.trait != "short_code"
        and (
            not phonenumbers.is_valid_number(number := phonenumbers.parse(person.phone, None))
            or phonenumbers.region_code_for_number(number) != person.country.code
        )
    ]

    assert [] == wrong


def test_names_come_in_many_scripts() -> None:
    """Latin, Greek, Han, Hiragana or Katakana, Hangul, Arabic, Hebrew and Devanagari are there."""
    text = "".join(person.first.native + person.last.native for person in make_people())

    for first, last in ("az", "αω", "一龥", "ァヶ", "가힣", "اي", "את", "अह"):
        assert any(first <= letter <= last for letter in text), first


def test_a_few_guests_text_from_short_codes() -> None:
    """Five or six digits, no number that anybody could call."""
    codes = [person.phone for person in make_people() if person.trait == "short_code"]

    assert 6 == len(codes) == len(set(codes))
    assert {5, 6} == {len(code) for code in codes}


def test_some_numbers_are_short_in_their_country() -> None:
    """Six, seven and eight digits without a code of country or area."""
    lengths = {
        len(phonenumbers.national_significant_number(phonenumbers.parse(pattern, None)))
        for country in ("FO", "AD", "NC", "EE", "NO", "MT")
        for pattern in (f"+{COUNTRIES[country].phones[0].replace('#', '1')}",)
    }

    assert {6, 7, 8} == lengths
    assert {"FO", "EE", "NO"} <= {person.country.code for person in make_people()}


@pytest.mark.parametrize(
    "culture", [culture for culture, _ in CULTURES], ids=lambda c: c.locales[0]
)
def test_every_culture_has_names_of_its_own(culture: Culture) -> None:
    """Many first and last names, each with letters that an address can hold."""
    for names in (culture.first, culture.last):
        assert 20 < len(names)
        assert all(name.latin.isascii() and name.latin.isalpha() for name in names)


@pytest.mark.parametrize(
    ("country", "part"),
    [("DE", "straße"), ("FR", "rue"), ("NL", "straat"), ("BR", "Rua"), ("US", " ")],
)
def test_streets_are_of_their_country(country: str, part: str) -> None:
    """Somebody in Germany lives in a Straße."""
    assert any(part.casefold() in street.casefold() for street in streets(country))


@pytest.mark.parametrize("country", sorted(COUNTRIES))
@given(style=st.sampled_from(STYLES), digits=st.integers(0, 10**7 - 1))
def test_handwriting_keeps_the_number(country: str, style: str, digits: int) -> None:
    """However a number is written, whoever knows the country reads the same number."""
    marks = iter(f"{digits:07d}")
    for pattern in COUNTRIES[country].phones:
        e164 = "+" + "".join(next(marks, "0") if mark == "#" else mark for mark in pattern)

        written = write_phone(e164, style)

        assert e164 == phonenumbers.format_number(
            phonenumbers.parse(written, country), phonenumbers.PhoneNumberFormat.E164
        )


def test_the_scale_seed_repeats_no_phone_and_no_email() -> None:
    """Among 300,000 people nobody has another one's phone or e-mail."""
    numbers = range(0, 3_000_000, 10)

    assert len(numbers) == len({phone_of(number) for number in numbers})
    assert len(numbers) == len({email_of(number) for number in numbers})


@given(number=st.integers(0, 5_999_999))
def test_the_scale_seed_uses_valid_phones(number: int) -> None:
    """Every number of the scale seed is a valid US number."""
    parsed = phonenumbers.parse(phone_of(number), None)

    assert phonenumbers.is_valid_number(parsed)
    assert "US" == phonenumbers.region_code_for_number(parsed)
