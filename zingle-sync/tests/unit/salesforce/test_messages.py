"""Salesforce's sentences: its words and ids stay, values of the customer never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.salesforce.messages import LONGEST_MESSAGE, clean_message

Case = tuple[str, str, list[str]]
# Code, sentence with `{}` where Salesforce (or an org's automation) quotes a value, and what a
# reader needs of it. In the languages of orgs, with several values, at the ends and in the middle.
SENTENCES: list[Case] = [
    ("STRING_TOO_LONG", "Last Name: data value too large: {} (max length=80)",
     ["Last Name", "data value too large", "(max length=80)"]),
    ("STRING_TOO_LONG", "Nachname: Datenwert zu groß: {} (Max. Länge=80)",
     ["Nachname", "Datenwert zu groß", "(Max. Länge=80)"]),
    ("STRING_TOO_LONG", "Téléphone : valeur de données trop grande : {} (longueur max. = 40)",
     ["Téléphone", "valeur de données trop grande", "(longueur max. = 40)"]),
    ("STRING_TOO_LONG", "電話: データ値が大きすぎます: {} (最大長=40)", ["電話", "データ値が大きすぎます", "(最大長=40)"]),
    ("STRING_TOO_LONG", "電話\uff1aデータ値が大きすぎます\uff1a{} (最大長=40)", ["データ値が大きすぎます", "(最大長=40)"]),
    ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: {}", ["Email: invalid email address"]),
    ("INVALID_EMAIL_ADDRESS", "E-Mail: ungültige E-Mail-Adresse: {}", ["ungültige E-Mail-Adresse"]),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     "Membership Level: bad value for restricted picklist field: {}",
     ["Membership Level", "bad value for restricted picklist field"]),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     "Nivel: valor erróneo para el campo de lista de selección restringida: {}",
     ["Nivel", "valor erróneo para el campo de lista"]),
    ("INVALID_TYPE_ON_FIELD_IN_RECORD", "Birthdate: value not of required type: {}",
     ["Birthdate", "value not of required type"]),
    ("NUMBER_OUTSIDE_VALID_RANGE", "Age: value outside of valid range on numeric field: {}",
     ["Age", "value outside of valid range"]),
    ("MALFORMED_ID", "Name ID: id value of incorrect type: {}", ["Name ID", "incorrect type"]),
    ("DUPLICATE_EXTERNAL_ID", "Duplicate external id specified: {}",
     ["Duplicate external id specified"]),
    ("DUPLICATE_EXTERNAL_ID", "Doppelte externe ID angegeben: {}", ["Doppelte externe ID"]),
    ("INVALID_FIELD",
     "Foreign key external ID: {} not found for field Guest_Number__c in entity Contact",
     ["Foreign key external ID", "not found for field Guest_Number__c in entity Contact"]),
    ("JSON_PARSER_ERROR",
     ("Cannot deserialize instance of double from VALUE_STRING value {} or request may be missing a "
     "required field at [line:1, column:507]"),
     ["instance of double from VALUE_STRING value", "at [line:1, column:507]"]),
    ("INVALID_TYPE", "'{}' is not a valid value for the type xsd:double",
     ["is not a valid value for the type xsd:double"]),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
     ("acme.GuestTrigger: execution of BeforeInsert\n\ncaused by: System.DmlException: Update failed."
     " First exception on row 0 with id 003QE00000FWW2XYAX; first error: STRING_TOO_LONG, Nickname:"
     " data value too large: {} (max length=10): [Nickname__c]\n\nTrigger.acme.GuestTrigger: line 7,"
     " column 1: []"),
     ["acme.GuestTrigger: execution of BeforeInsert", "003QE00000FWW2XYAX", "STRING_TOO_LONG",
      "(max length=10): [Nickname__c]", "line 7, column 1"]),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "The nickname \u201c{}\u201d is taken.",
     ["The nickname", "is taken."]),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Der Name \u201e{}\u201c ist vergeben.", ["ist vergeben."]),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Le nom « {} » est déjà pris.", ["est déjà pris."]),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "名前「{}」は使えません。", ["は使えません。"]),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "You can't use '{}', it's taken.",
     ["You can't use", "it's taken."]),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", 'You can\'t use "{}".', ["You can't use"]),
    ("DUPLICATE_VALUE", "duplicate value found: '{}' on record with id: 0035g00000XyZabAAG",
     ["duplicate value found", "on record with id: 0035g00000XyZabAAG"]),
    ("APEX_ERROR", "Email: invalid email address: {} Phone: data value too large: {} (max length=40)",
     ["Email: invalid email address", "data value too large", "(max length=40)"]),
]  # fmt: skip
VALUES = [
    "Jane Doe-Smith",
    "O'Hara",
    'Dr. "Jim" O\'Hara-Núñez',
    "山田 太郎",
    "Jane: the one (of two) [VIP]",
    "jane.doe+hotel@example.co.uk",
    '"jane doe"@example.com',
    "+1 (415) 555-0100",
    "0151 234 56 78",
    "+4915123456789",
    "4711-AB/9",
    "AKX-99 [Gold]",
    "Room 214\nJane Doe\nlate (max length=9) arrival",
    "a:b:c",
    "Foo",
]
KEPT = [
    (
        "No such column 'Foo__c' on entity 'Contact'. If you are attempting to use a custom field, be sure "
        "to append the '__c' after the custom field name."
    ),
    "No such column 'Foo' on entity 'Foo'.",
    (
        "Didn't understand relationship 'Guests' in field path. If you're attempting to use a custom "
        "relationship, be sure to append the '__r' after the custom relationship name."
    ),
    "sObject type 'Guest__c' is not supported.",
    "field 'Description' can not be filtered in a query call",
    "value of filter criterion for field 'Id' must be of type string and should be enclosed in quotes",
    "line 1:25 no viable alternative at character '%'",
    "Required fields are missing: [Last_Stay__c, Name]",
    "Name ID: id value of incorrect type: 006Qg00000jDsWxIAK",
    "unable to obtain exclusive access to this record or 1 records: 0015000000WF7qvAAD",
    "insufficient access rights on cross-reference id: 0013000000CEDzX",
    "operation performed with inactive user [0056F000009sQ8Z] as owner of task",
    "duplicate value found: External_Id__c duplicates value on record with id: a015g00000XyZab",
    "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
    "more than one record found for external id field: [0035g00000XyZabAAG, 0035g00000XyZacAAG]",
    "TotalRequests Limit exceeded.",
    (
        "An unexpected error occurred. Please include this ErrorId if you contact support: "
        "1234567890-12345 (-1787654321)"
    ),
    "The users' profile doesn't allow it; that isn't a guest's fault.",
    "Value does not exist or does not match filter criteria.",
    "cannot specify whatId with whoId of lead",
    "Your query request was running for too long.",
    "invalid cross reference id",
    "Closed on 2026-03-02 at 09:41, version 62.0",
    "Use one of these records?",
]


def is_ambiguous(sentence: str, value: str) -> bool:
    """Nobody can tell where a value ends that holds the quote that ends it."""
    after = sentence.partition("{}")[2].strip()[:1]
    return bool(after) and after in '"\u201d\u201c»」' and after in value


@pytest.mark.parametrize(
    ("case", "value"),
    [(case, value) for case in SENTENCES for value in VALUES if not is_ambiguous(case[1], value)],
    ids=str,
)
def test_a_quoted_value_is_hidden_and_the_sentence_stays(case: Case, value: str) -> None:
    """Whatever the value, wherever it stands, whatever the language."""
    code, sentence, kept = case

    cleaned = clean_message(sentence.replace("{}", value), code)

    assert not leaks(cleaned, value, sentence), cleaned
    assert [part for part in kept if part not in cleaned] == [], cleaned


@given(st.sampled_from(SENTENCES[:18]), st.text(min_size=3, max_size=60))
def test_any_value_of_a_field_is_hidden(case: Case, value: str) -> None:
    """Where Salesforce itself quotes a field's value, no text of any alphabet comes through."""
    code, sentence, kept = case

    cleaned = clean_message(sentence.replace("{}", value), code)

    assert not leaks(cleaned, value, sentence), cleaned
    assert [part for part in kept if part not in cleaned] == [], cleaned


@pytest.mark.parametrize("sentence", KEPT)
def test_what_is_needed_to_act_stays(sentence: str) -> None:
    """Names of objects and fields, ids of records, numbers for the support, whole words."""
    assert sentence == clean_message(sentence)


def test_phones_and_emails_are_hidden_without_quotes_too() -> None:
    """An org's own rules quote as they like."""
    text = "Guest:+14155550100 (jane@example.com, 0151/2345678) has one already; see 003QE00000FWW2XYAX"

    assert clean_message(text) == "Guest:… (…, …) has one already; see 003QE00000FWW2XYAX"


@pytest.mark.parametrize(
    "value", ["Jane Doe", "jane.doe@example.com", "'Jane Doe'", "+14155550100"]
)
@pytest.mark.parametrize("before", range(-25, 2))
def test_half_a_value_at_the_end_of_a_long_message_is_hidden(value: str, before: int) -> None:
    """Long messages are cut; what is cut through is left out."""
    start = "Last Name: data value too large: " if value == "Jane Doe" else "Taken: "
    filler = "x" * (LONGEST_MESSAGE + before - len(start))

    cleaned = clean_message(f"{filler} {start}{value} and more", "APEX_ERROR")

    assert not [part for part in ("Jane", "jane", "1415") if part in cleaned]


@pytest.mark.parametrize(
    "piece", ["'", "'a", '"', "\u201e", "1 ", "a@", "a@b", "a b ", "data value too large: ", ": ["]
)
def test_long_messages_are_cleaned_at_once(piece: str) -> None:
    """Whatever they consist of."""
    assert len(clean_message(piece * 1_000_000)) <= 2 * LONGEST_MESSAGE


def leaks(cleaned: str, value: str, sentence: str) -> list[str]:
    """The words of the value that came through, without those that the sentence has itself."""
    words = [word.strip(".,()[]\"'") for word in value.split()]
    own = sentence.casefold()
    return [w for w in words if len(w) > 1 and w.casefold() not in own and w in cleaned]
