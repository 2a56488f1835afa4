"""Phones as people type them, and the forms in which one line is written."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.identity import (
    Phone,
    parse_phone,
    parse_phones,
    phone_forms,
    phone_key,
    phones_masked,
)


def read(text: str, region: str | None) -> list[str]:
    """The numbers of a field, with their extensions, or why there is none."""
    return [
        f"{one.e164}x{one.extension}"
        if isinstance(one, Phone) and one.extension
        else one.e164
        if isinstance(one, Phone)
        else one.reason
        for one in parse_phones(text, region)
    ]


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("858 555 1212 (cell)", "US", ["+18585551212"]),
        ("cell 858 555 1212", "US", ["+18585551212"]),
        ("(home) 858 555 1212", "US", ["+18585551212"]),
        ("858 555 1212 - mobile", "US", ["+18585551212"]),
        ("858-555-1212 [work, mornings]", "US", ["+18585551212"]),
        ("858 555 1212c", "US", ["+18585551212"]),
        ("858 555 1212 ask for Bob", "US", ["+18585551212"]),
        ("Mobile 2: 858 555 1212", "US", ["+18585551212"]),
        ("858.555.1212 (after 5)", "US", ["+18585551212"]),
        ("858 555 1212 since 2020", "US", ["+18585551212"]),
        ("858 555 1212 (2nd floor)", "US", ["+18585551212"]),
        ("858 555 1212 (cell 2)", "US", ["+18585551212"]),
        ("858 555 1212 [room 12, bldg 3]", "US", ["+18585551212"]),
        ("858 555 1212 2nd floor", "US", ["+18585551212"]),
        ("858 555 1212 apt 5", "US", ["+18585551212"]),
        ("(A1) 858 555 1212", "US", ["+18585551212"]),
        ("858 555 1212 (cell 858 555 1313)", "US", ["+18585551212", "+18585551313"]),
        ("+44 (0) 20 7946 0958 (work)", None, ["+442079460958"]),
        ("+49 30 1234567 (Büro)", "US", ["+49301234567"]),
        ("Büro 030/1234567", "DE", ["+49301234567"]),
        ("030 123456 AB", "DE", ["+4930123456"]),
        ("携帯 090-1234-5678", "JP", ["+819012345678"]),
        ("090-1234-5678(携帯)", "JP", ["+819012345678"]),
        ("858 555 1212 / none", "US", ["+18585551212"]),
        ("0170 / 1234567 (privat)", "DE", ["+491701234567"]),
        ("Mobil: 0170/1234567", "DE", ["+491701234567"]),
        ("030/1234567 abends", "DE", ["+49301234567"]),
        ("030/1234567 / 0170/1234567", "DE", ["+49301234567", "+491701234567"]),
        ("0170 / 1234567 (privat), 030 / 1234567", "DE", ["+491701234567", "+49301234567"]),
        ("H: 858 555 1212 C: 858 555 1313", "US", ["+18585551212", "+18585551313"]),
        ("858 555 1212 (home) 858 555 1313 (cell)", "US", ["+18585551212", "+18585551313"]),
        ("858 555 1212\n858 555 1313", "US", ["+18585551212", "+18585551313"]),
        ("858 555 1212\t858 555 1313", "US", ["+18585551212", "+18585551313"]),
        ("858 555 1212 & 858 555 1313", "US", ["+18585551212", "+18585551313"]),
        ("Ann & Bob: 858 555 1212", "US", ["+18585551212"]),
        ("+49 171 1234567 +49 30 1234567", "US", ["+491711234567", "+49301234567"]),
        ("8585551212.0", "US", ["+18585551212"]),
    ],
)
def test_a_note_is_no_part_of_the_number(
    text: str, region: str | None, expected: list[str]
) -> None:
    """Before, behind, in brackets, in another script: what is said about a number is not in it."""
    assert expected == read(text, region)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("858 555 1212 ext 9 front desk", "US", ["+18585551212x9"]),
        ("858 555 1212 x9 (cell)", "US", ["+18585551212x9"]),
        ("858 555 1212, ext 9", "US", ["+18585551212x9"]),
        ("858 555 1212 #9", "US", ["+18585551212x9"]),
        ("858-555-1212 #2 wife", "US", ["+18585551212x2"]),
        ("858 555 1212 (ext 9)", "US", ["+18585551212x9"]),
        ("030 1234567 (App. 12)", "DE", ["+49301234567x12"]),
        ("030 1234567 Durchwahl 9", "DE", ["+49301234567x9"]),
        ("1-800-FLOWERS", "US", ["+18003569377"]),
        ("1-800-FLOWERS (toll free)", "US", ["+18003569377"]),
        ("800 FLOWERS", "US", ["+18003569377"]),
        ("858 555 HELP", "US", ["+18585554357"]),
        ("0800 33 REISE", "DE", ["+498003373473"]),
        ("0800-REISE-12", "DE", ["+498007347312"]),
    ],
)
def test_letters_that_belong_to_a_number_keep_their_meaning(
    text: str, region: str, expected: list[str]
) -> None:
    """Extensions stay extensions, and words that are dialled stay digits."""
    assert expected == read(text, region)


@pytest.mark.parametrize(
    "text", ["none", "see notes", "call 5", "room 12", "(cell)", "n/a", "ext 9", "DOB 01/02/1985"]
)
def test_a_field_without_a_number_stays_unusable(text: str) -> None:
    """Digits of something else become no phone."""
    assert not [one for one in parse_phones(text, "US") if isinstance(one, Phone)]


@given(st.sampled_from(["DE", "AT", "IT", "US", "BR", "ID"]), st.data())
def test_a_letter_typed_for_a_digit_makes_no_other_number(region: str, data: st.DataObject) -> None:
    """Without that digit the number would be somebody else's, where numbers differ in length."""
    number = phonenumbers.example_number(region)
    assert number is not None
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    places = [place for place, char in enumerate(text) if char.isdigit()]
    place = data.draw(st.sampled_from(places))
    letter = data.draw(st.sampled_from("OoIl"))
    typed = f"{text[:place]}{letter}{text[place + 1 :]}"

    assert not [one for one in parse_phones(typed, region) if isinstance(one, Phone)]


@given(
    st.sampled_from(["US", "GB", "DE", "BR", "IN", "JP", "FR", "AU", "ZA"]),
    st.sampled_from(["cell", "home", "Büro", "trabajo", "do not call", "仕事"]),
    st.sampled_from(["{n} ({w})", "{w}: {n}", "{n} - {w}", "{w} {n}", "{n} {w}", "[{w}] {n}"]),
    st.sampled_from([phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.E164]),
)
def test_any_number_with_any_note_is_the_number(
    region: str, word: str, pattern: str, form: int
) -> None:
    """What is around a number changes nothing in any country."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    plain = phonenumbers.format_number(number, form)

    noted = parse_phone(pattern.format(n=plain, w=word), region)

    assert parse_phone(plain, region) == noted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("212 777 7777", ["+12127777777"]),
        ("+1 702 222 2222", ["+17022222222"]),
        ("858-111-1111", ["repeated_digits"]),
        ("858 000 0000", ["repeated_digits"]),
        ("222 222 2222", ["repeated_digits"]),
    ],
)
def test_vanity_lines_are_told_from_placeholders(text: str, expected: list[str]) -> None:
    """A number that ends in one digit seven times counts where the plan assigns it."""
    assert expected == read(text, "US")


# A line in the form of today, and in those that also name it.
LINES = [
    ("+5511987654321", {"+551187654321"}),
    ("+525512345678", {"+5215512345678"}),
    ("+2290197123456", {"+22997123456"}),
    ("+576012345678", {"+5712345678"}),
    ("+84351234567", {"+841651234567"}),
    ("+84901234567", set()),
    ("+262692123456", {"+33692123456"}),
    ("+590690123456", {"+33690123456"}),
    ("+970591234567", {"+972591234567"}),
    ("+18585551212", set()),
    ("+551123456789", set()),
    ("+33612345678", set()),
]


@pytest.mark.parametrize(("today", "others"), LINES)
def test_a_line_is_known_by_every_form_it_had(today: str, others: set[str]) -> None:
    """Numbering plans changed; the line did not. What is written is today's form."""
    for form in {today, *others}:
        assert ({today, *others}, today) == (phone_forms(form), phone_key(form))
        assert today == parse_phone(form, None).e164  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "forms",
    [
        {"+5491123456789", "+541123456789"},
        {"+378886377", "+3780549886377", "+390549886377"},
    ],
)
def test_forms_that_are_both_assigned_are_twins(forms: set[str]) -> None:
    """Either form names the other; each is written as it was typed."""
    for form in forms:
        assert (forms, form) == (phone_forms(form), phone_key(form))


@given(
    st.sampled_from(["1", "52", "521", "55", "54", "549", "57", "84", "229", "33", "970", "39"]),
    st.text("0123456789", min_size=6, max_size=12),
)
def test_forms_agree_whichever_of_them_is_asked(code: str, rest: str) -> None:
    """Being one line goes in both directions, and today's form is one of the forms."""
    number = f"+{code}{rest}"
    forms = phone_forms(number)

    assert {phone_forms(form) for form in forms} == {forms}
    assert {phone_key(form) for form in forms} <= forms
    assert phone_key(phone_key(number)) == phone_key(number)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_no_assigned_number_is_rewritten(region: str) -> None:
    """What a plan assigns today is today's form already."""
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert e164 == phone_key(e164)


@pytest.mark.parametrize(
    ("phones", "masked"),
    [
        ([], False),
        (["22395"], False),
        (["22395", "+18585551212"], False),
        (["+18585551212"] * 49 + ["12345"], False),
        (["+1858555****"], True),
        (["+18585551212", "xxx-xxx-1212"], True),
        (["+18585551212", "•••• 1212"], True),
        (["1212", "1313", "1414", "+18585551515"], True),
        (["22395", "44444", "55555", "+1858555121", "+18585551313", "+18585551414"], False),
        (["(858) 555-1212 x9"], False),
    ],
)
def test_masked_is_seen_not_inferred_from_one_odd_number(phones: list[str], masked: bool) -> None:
    """A mask character, or most phones cut short: a short code is neither."""
    assert masked == phones_masked(phones)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_mobile_that_lacks_nothing_but_its_plus_is_the_same_line(region: str) -> None:
    """What a sheet leaves of an international number is no landline of that country."""
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        pytest.skip("the plan has no mobiles")
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)

    assert read(written, region) == read(written.removeprefix("+"), region)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("49 170 1234567", "DE", "+491701234567"),
        ("4915123456789 (mobil)", "DE", "+4915123456789"),
        ("0491 5123456", "DE", "+494915123456"),
        ("4915123456", "DE", "+494915123456"),
        ("+49 491 5123456", "DE", "+494915123456"),
        ("278297247", "ZA", "+27278297247"),
        ("49 170 1234567", "US", "not_possible"),
    ],
)
def test_a_national_number_that_begins_like_the_country_stays(
    text: str, region: str, expected: str
) -> None:
    """Only what is longer than the country's mobiles can carry its code."""
    assert [expected] == read(text, region)
