"""The pure parts: values, mappings, routes, payloads, guards and groups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_zingle.create_cap import CreateCap
from target_zingle.decided.changes import changes, differs
from target_zingle.decided.groups import grouped, newest_rows
from target_zingle.decided.losses import compare, lost_fields, missing
from target_zingle.known.contact import Contact, HeldChannel, HeldValue, read_contact
from target_zingle.known.index import Index
from target_zingle.state_gate import WaitingRoom
from target_zingle.wanted.channels import PersonPhone
from target_zingle.wanted.conditions import ConditionError, condition
from target_zingle.wanted.definitions import definitions_of
from target_zingle.wanted.keys import EMAIL, PHONE
from target_zingle.wanted.mapping import configured, read_mapping, source_problems
from target_zingle.wanted.person import FieldWrite, Person, read_person
from target_zingle.wanted.plan import compile_mapping
from target_zingle.wanted.records import SourceField, Stream, flatten, schema_fields, value_at
from target_zingle.wanted.routes import read_routes, routes_for
from target_zingle.wanted.rules import Rules
from target_zingle.wanted.types import (
    Option,
    TargetField,
    TargetKind,
    source_kind,
    target_field,
)
from target_zingle.wanted.values import (
    TooLongError,
    UnknownOptionError,
    UnusableValueError,
    convert,
    same_value,
    v1_value,
    v2_value,
)
from target_zingle.written.payloads import (
    channel_v1,
    create_v2,
    full_record_v2,
    single_value,
    update_v1,
)

ZONE = ZoneInfo("America/Los_Angeles")


def source(kind: str | None = None, **more: Any) -> SourceField:
    """A source field of a describe type, or of JSON types."""
    return SourceField("X", hint={"type": kind} if kind else {}, **more)


def target(kind: TargetKind, *options: str) -> TargetField:
    """A Zingle field."""
    choices = tuple(Option(f"id-{name}", name, f"{name} tier") for name in options)
    return TargetField("f1", "Field", kind, choices)


# Values


@pytest.mark.parametrize(
    ("raw", "kind", "field", "value", "v1", "v2"),
    [
        (" a\u0301 ", "string", target(TargetKind.TEXT), "á", "á", "á"),
        (5.0, "double", target(TargetKind.NUMBER), Decimal("5.0"), Decimal("5.0"), Decimal("5.0")),
        (12.1, "percent", target(TargetKind.TEXT), "12.1", "12.1", "12.1"),
        (False, "boolean", target(TargetKind.BOOLEAN), False, "false", False),
        (True, "boolean", target(TargetKind.TEXT), "true", "true", "true"),
        ("2026-03-05", "date", target(TargetKind.DATE), date(2026, 3, 5), 1772668800, "2026-03-05"),
        ("2026-03-05T00:00:00Z", "date", target(TargetKind.DATE), date(2026, 3, 5), 1772668800, "2026-03-05"),
        ("20260305 00:00:00+0900", "date", target(TargetKind.DATE), date(2026, 3, 5), 1772668800, "2026-03-05"),
        (
            "2026-03-05T03:00:00.000+0000",
            "datetime",
            target(TargetKind.DATE),
            date(2026, 3, 4),
            1772582400,
            "2026-03-04",
        ),
        (
            "2026-03-05T03:00:00Z",
            "datetime",
            target(TargetKind.DATETIME),
            datetime(2026, 3, 5, 3, tzinfo=UTC),
            1772679600,
            "2026-03-05T03:00:00Z",
        ),
        ("2026-03-05T03:00:00Z", "datetime", target(TargetKind.TEXT), "2026-03-05T03:00:00Z", "2026-03-05T03:00:00Z", "2026-03-05T03:00:00Z"),
        ("9:05:00.000Z", "time", target(TargetKind.TIME), "09:05", "09:05", "09:05"),
        ("9:05:00.000Z", "time", target(TargetKind.TEXT), "09:05", "09:05", "09:05"),
        ("a;b", "multipicklist", target(TargetKind.TEXT), "a;b", "a;b", "a;b"),
    ],
)  # fmt: skip
def test_values(  # noqa: PLR0917 - parameters
    raw: object, kind: str, field: TargetField, value: object, v1: object, v2: object
) -> None:
    """Each type has one value, one form for v1 and one for v2, and is found equal to itself."""
    converted = convert(raw, source(kind), field, ZONE, truncate=False)

    assert (value, v1, v2) == (converted, v1_value(converted)["value"], v2_value(converted))
    held = float(v1) if isinstance(v1, Decimal) else v1
    assert same_value(held, None, converted, field)


def test_options_are_found_by_value_then_by_name_without_case() -> None:
    """An option is one thing under its value and its display name."""
    field = target(TargetKind.OPTION, "Gold", "Silver")
    gold = field.options[0]

    assert [gold, gold] == [
        convert(text, source("picklist"), field, ZONE, truncate=False)
        for text in ("GOLD", "gold TIER")
    ]
    assert {"custom_field_option_id": "id-Gold", "value": "Gold"} == v1_value(gold)
    assert same_value("Gold", None, gold, field)
    assert same_value(None, "id-Gold", gold, field)
    with pytest.raises(UnknownOptionError):
        convert("Bronze", source("picklist"), field, ZONE, truncate=False)


@pytest.mark.parametrize(
    ("raw", "kind", "field"),
    [
        ("soon", "date", target(TargetKind.DATE)),
        ("2026-02-30", "date", target(TargetKind.DATE)),
        ("maybe", "boolean", target(TargetKind.BOOLEAN)),
        ("25:00", "time", target(TargetKind.TIME)),
        ("many", "double", target(TargetKind.NUMBER)),
        (float("nan"), "double", target(TargetKind.NUMBER)),
        (True, "double", target(TargetKind.NUMBER)),
        ("2026-03-05", "datetime", target(TargetKind.DATETIME)),
    ],
)
def test_values_that_make_no_sense_are_refused(raw: object, kind: str, field: TargetField) -> None:
    """The reason never holds the value."""
    with pytest.raises(UnusableValueError) as caught:
        convert(raw, source(kind), field, ZONE, truncate=False)

    assert str(raw) not in str(caught.value)


@given(st.text(min_size=1, max_size=600))
def test_text_is_never_longer_than_the_field(text: str) -> None:
    """Characters are counted; too long is refused or cut, never sent."""
    field = target(TargetKind.TEXT)

    cut = convert(text, source("textarea"), field, ZONE, truncate=True)

    assert isinstance(cut, str)
    assert len(cut) <= 255
    try:
        assert cut == convert(text, source("textarea"), field, ZONE, truncate=False)
    except TooLongError:
        assert len(text) > 255


@pytest.mark.parametrize(
    ("held", "same"),
    [
        (5, True),
        (5.0, True),
        ("5", True),
        ("5.00", True),
        ("6", False),
        ("", False),
        (None, False),
        ("x", False),
    ],
)
def test_numbers_compare_as_numbers(held: object, *, same: bool) -> None:
    """However v1 shows a number, it is the same number."""
    assert same == same_value(held, None, Decimal("5.0"), target(TargetKind.NUMBER))


@pytest.mark.parametrize(
    ("held", "same"),
    [
        (1772668800, True),
        ("1772668800", True),
        ("2026-03-05 00:00:00", True),
        ("2026-03-05", True),
        (1772668799, False),
        ("", False),
        ("soon", False),
    ],
)
def test_dates_compare_as_days(held: object, *, same: bool) -> None:
    """Epoch, text of it, and a UTC date and time are the same calendar day."""
    assert same == same_value(held, None, date(2026, 3, 5), target(TargetKind.DATE))


@pytest.mark.parametrize(
    ("held", "same"), [("true", True), ("1", True), ("Yes", True), ("false", False), (None, False)]
)
def test_booleans_compare_leniently(held: object, *, same: bool) -> None:
    """Old data spells truth in several ways."""
    assert same == same_value(held, None, True, target(TargetKind.BOOLEAN))  # noqa: FBT003 - the value under test


@pytest.mark.parametrize(
    ("types", "fmt", "expected"),
    [
        ({"string"}, None, "text"),
        ({"string"}, "date", "date"),
        ({"string"}, "date-time", "datetime"),
        ({"string"}, "time", "time"),
        ({"integer"}, None, "number"),
        ({"number", "integer"}, None, "number"),
        ({"boolean"}, None, "boolean"),
        ({"object"}, None, "compound"),
        ({"array"}, None, "compound"),
        ({"string", "number"}, None, "text"),
        (set(), None, "unknown"),
        ({"null"}, None, "null"),
    ],
)
def test_kinds_without_salesforce_hints(types: set[str], fmt: str | None, expected: str) -> None:
    """The JSON types decide where no hint does."""
    assert expected == source_kind(source(types=frozenset(types), format=fmt)).value


def test_what_has_options_is_a_choice() -> None:
    """Title is a string with options: a choice, whatever its data_type says."""
    field = target_field(
        {"id": "t", "display_name": "Title", "data_type": "string", "options": [{"value": "Mr."}]}
    )

    assert (TargetKind.OPTION, "Mr.") == (field.kind, field.options[0].id)
    assert TargetKind.TEXT is target_field({"id": "x", "data_type": "string", "options": None}).kind
    assert TargetKind.UNKNOWN is target_field({"id": "x", "data_type": "colour"}).kind


# Records and conditions


@pytest.mark.parametrize(
    "record",
    [
        {"Account.Name": "Acme"},
        {"Account__Name": "Acme"},
        {"Account": {"Name": "Acme"}},
    ],
)
def test_paths_are_found_in_every_shape(record: dict[str, Any]) -> None:
    """Keys with dots, flattened and nested records are the same to a mapping."""
    assert (True, "Acme") == value_at(record, "Account.Name")
    assert "Acme" == flatten(record)["Account__Name"]


def test_schemas_are_read_with_all_their_branches() -> None:
    """anyOf, null types, lengths and hints are understood."""
    fields = schema_fields(
        {
            "properties": {
                "a": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["null"]}]},
                "b": {"type": ["null", "object"], "properties": {"c": {"type": "integer"}}},
                "d": {"type": "string", "maxLength": 9, "x-salesforce": {"length": 40}},
            }
        }
    )

    assert ("date-time", frozenset({"string"})) == (fields["a"].format, fields["a"].types)
    assert frozenset({"integer"}) == fields["b.c"].types
    assert 40 == fields["d"].max_length


@pytest.mark.parametrize(
    ("text", "flat", "expected"),
    [
        ("Rating == 'Hot'", {"Rating": "Hot"}, True),
        ("Rating == 'Hot'", {}, False),
        ("Nights > 3", {"Nights": None}, False),
        ("not DoNotCall", {"DoNotCall": None}, True),
        (
            "Account__Name in ('Acme', 'Zenith') and len(Name) > 2",
            {"Account__Name": "Acme", "Name": "Ann"},
            True,
        ),
        ("lower(City) == 'rome'", {"City": "Rome"}, True),
        ("lower(City) == 'rome'", {"City": None}, False),
    ],
)
def test_conditions(text: str, flat: dict[str, Any], *, expected: bool) -> None:
    """Conditions look at fields; null compares false."""
    assert expected == condition(text).holds(flat)


@pytest.mark.parametrize(
    "text", ["", "a b", "a = 1", "__import__('os')", "a.b", "open('x')", "lambda: 1", "(a := 1)"]
)
def test_conditions_can_only_look(text: str) -> None:
    """Nothing but expressions on fields is read at all."""
    with pytest.raises(ConditionError):
        condition(text)


# Mapping


def compiled(mapping: dict[str, Any] | None, fields: dict[str, Any], **service: Any) -> Any:  # noqa: ANN401 - a compiled mapping
    """A compiled mapping, which must have no problem."""
    found = configured({"contacts": mapping} if mapping else None, "contacts")
    assert found is not None
    read, problems = read_mapping("contacts", *found)
    known = Stream("contacts", schema_fields({"properties": fields}), ("Id",))
    names = ("First Name", "Last Name", "Title", "Company", "Newsletter")
    definitions = definitions_of(
        {
            "id": "s",
            "time_zone": "Nowhere/Land",
            "channel_types": [
                {"id": "p", "type_class": "PhoneNumber"},
                {"id": "e", "type_class": "EmailAddress"},
            ],
            "service_address": {"country": "United States"},
            **service,
        },
        [{"id": name, "display_name": name, "data_type": "string"} for name in names],
    )
    result, more = compile_mapping(read, known, definitions)
    assert [] == problems + source_problems(read, known) + more
    return result


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Land", "Eastern Time (US & Canada)"])
def test_a_moment_has_no_day_where_the_zone_is_not_known(zone: str | None) -> None:
    """A day that is cut in a guessed zone may be the wrong one; dates need no zone."""
    fields = {
        "Arrival": {"type": "string", "format": "date-time"},
        "Born": {"type": "string", "format": "date"},
        "Phone": {"type": "string"},
    }
    found = {"phones": ["Phone"], "fields": {"In": "Arrival", "Birthday": "Born"}}
    read, _ = read_mapping("guests", found, {})
    rows = [{"id": name, "display_name": name, "data_type": "date"} for name in ("In", "Birthday")]
    types = [{"id": "p", "type_class": "PhoneNumber"}]

    def problems(zone: str | None) -> list[str]:
        definitions = definitions_of({"id": "s", "time_zone": zone, "channel_types": types}, rows)
        stream = Stream("guests", schema_fields({"properties": fields}), ("Phone",))
        return compile_mapping(read, stream, definitions)[1]

    (problem,) = problems(zone)
    assert 'contact_mapping.guests.fields["In"].from: the time zone' in problem
    assert [] == problems("America/New_York")


def test_defaults_leave_out_what_the_stream_does_not_have() -> None:
    """A narrow selection of fields is no mistake."""
    found = compiled(None, {"Id": {"type": "string"}, "Email": {"type": "string"}})

    assert ((), ["Email"]) == (found.phones, [rule.source for rule in found.emails])


def test_what_is_configured_replaces_its_own_key_only() -> None:
    """Adding fields keeps names and phones."""
    text = {"type": "string"}
    found = compiled(
        {"fields": {"Company": "Co"}},
        {"Id": text, "Phone": text, "FirstName": text, "Co": text},
    )

    assert {"First Name", "Company"} == {plan.target.name for plan in found.fields}
    assert ["Phone"] == [rule.source for rule in found.phones]


@pytest.mark.parametrize(
    ("record_id", "warnings"),
    [
        ("0065g00000AbCdE", ("external_id_prefix",)),
        ("0035g00000AbCdE", ()),
        ("00Q5g00000AbCdE", ()),
        ("guest-7", ()),
    ],
)
def test_a_salesforce_id_of_another_object_is_warned_of(
    record_id: str, warnings: tuple[str, ...]
) -> None:
    """Conversations find their way back to Contacts and Leads only."""
    mapping = compiled(None, {"Id": {"type": "string"}, "Email": {"type": "string"}})

    person = read_person(
        {"Id": record_id, "Email": "ann@inbox-hotel.net"}, "key", mapping, Rules(ZONE, "US")
    )

    assert isinstance(person, Person)
    assert warnings == person.warnings


def test_a_person_is_read_with_everything_that_was_left_out() -> None:
    """Unusable phones and e-mails are warnings, not reasons to fail."""
    text = {"type": "string"}
    mapping = compiled(
        None, {"Id": text, "Phone": text, "MobilePhone": text, "Email": text, "LastName": text}
    )
    record = {
        "Id": "0035g00000AbCdE",
        "LastName": " Lee ",
        "Phone": "858 555 1212 x5",
        "MobilePhone": "12 / 0000000000",
        "Email": "nobody",
    }

    person = read_person(record, "key", mapping, Rules(ZONE, "US"))

    assert isinstance(person, Person)
    assert "0035g00000AbCdEAAV" == person.external_id
    assert (PersonPhone("+18585551212", "US", "BUSINESS", matched=False),) == person.phones
    assert ("Lee",) == tuple(write.value for write in person.writes)
    assert {
        "phone_extension:Phone",
        "phone_not_possible:MobilePhone",
        "phone_repeated_digits:MobilePhone",
        "email_unusable:Email",
    } == set(person.warnings)


def test_routes_are_read_with_their_problems() -> None:
    """Every mistake in `services` is named."""
    _, problems = read_routes(
        {
            "services": [
                {"service_id": "a", "when": "1 +"},
                {"service_id": "a", "wen": "x"},
                {"when": "true"},
            ]
        }
    )

    assert [
        "services[0].when: not an expression: 1 +",
        'services[1].wen: unknown key; did you mean "when"?',
        "services[2].service_id: is required",
        "services: a is listed 2 times",
    ] == problems


def test_routing_takes_the_first_or_all() -> None:
    """A route without a condition takes everybody who comes so far."""
    routes, _ = read_routes(
        {
            "services": [
                {"service_id": "a", "when": "Country == 'US'"},
                {"service_id": "b", "when": "Country > 1"},
                {"service_id": "c"},
            ]
        }
    )

    def taken(country: str, route: Any) -> list[str]:  # noqa: ANN401 - a word
        return [one.service_id for one in routes_for({"Country": country}, routes, route)]

    assert (["a"], ["a", "c"], ["c"]) == (
        taken("US", "first"),
        taken("US", "all"),
        taken("FR", "first"),
    )


# Diff and payloads

COMPANY = TargetField("co", "Company", TargetKind.TEXT)
FIRST = TargetField("fn", "First Name", TargetKind.TEXT, v2_key="firstName")


@pytest.mark.parametrize(
    ("held", "value", "mode", "expected"),
    [
        ("Acme", "Acme", "always", False),
        ("Acme ", "Acme", "always", False),
        ("Acme", "Zenith", "always", True),
        ("Acme", "Zenith", "if_blank", False),
        ("", "Zenith", "if_blank", True),
        (None, "Zenith", "on_create", False),
        ("Acme", None, "always", True),
        ("", None, "always", False),
    ],
)
def test_what_differs(held: str | None, value: str | None, mode: Any, *, expected: bool) -> None:  # noqa: ANN401 - a word
    """The write mode and the present value decide whether anything is sent."""
    contact = Contact(id="a", values={"co": HeldValue(held)})

    assert expected == differs(contact, FieldWrite(COMPANY, value, mode))


def test_a_locked_contact_keeps_names_and_channels() -> None:
    """What is not locked is written, with one warning."""
    person = Person(
        "contacts",
        "key",
        "id",
        phones=(PersonPhone("+18585551212", "US", "MOBILE", matched=True),),
        writes=(FieldWrite(FIRST, "Ann", "always"), FieldWrite(COMPANY, "Acme", "always")),
    )

    found = changes(person, Contact(id="a", first_name="Old"), locked=True)

    assert (("Company",), ("locked_fields_skipped",)) == (found.names, found.warnings)


def test_labels_of_channels_are_used_once() -> None:
    """Two channels of one contact never get the same label."""
    person = Person(
        "contacts",
        "key",
        "id",
        phones=(
            PersonPhone("+18585551212", "US", "MOBILE", matched=True),
            PersonPhone("+18585551313", "US", "HOME", matched=True),
        ),
        emails=("ann@inbox-hotel.net",),
        emails_as_given=("Ann@inbox-hotel.net",),
    )
    contact = Contact(id="a", channels=(HeldChannel(PHONE, "+18585550000", label="MOBILE"),))

    phone, home, email = changes(person, contact).channels

    assert (None, True) == (phone.label, phone.default)
    assert {
        "channel_type_id": "t",
        "value": "+18585551313",
        "country": "US",
        "display_name": "HOME",
    } == channel_v1(home, "t")
    assert (EMAIL, True) == (email.kind, email.default)


def test_a_create_says_everything_once() -> None:
    """Names at the top, fields by name, channels but those of others, the id if it is native."""
    person = Person(
        "contacts",
        "key",
        "id",
        phones=(PersonPhone("+18585551212", "US", None, matched=True),),
        emails=("ann@inbox-hotel.net",),
        emails_as_given=("ann@inbox-hotel.net",),
        writes=(
            FieldWrite(FIRST, "Ann", "always"),
            FieldWrite(COMPANY, "Acme", "on_create"),
            FieldWrite(TargetField("x", "X", TargetKind.TEXT), None, "always"),
        ),
    )

    body = create_v2(person, native=True, leave_out={(EMAIL, "ann@inbox-hotel.net")})

    assert {
        "firstName": "Ann",
        "externalId": "id",
        "channels": [{"type": "phone_number", "value": "+18585551212"}],
        "contactFields": [{"contactFieldName": "Company", "value": "Acme"}],
    } == body
    assert "externalId" not in create_v2(person, native=False)


def test_an_update_holds_changed_fields_only() -> None:
    """No channels, no flags; clearing a choice names its blank option."""
    blank = TargetField(
        "t", "Title", TargetKind.OPTION, (Option("none", "", ""), Option("mr", "Mr.", "Mr."))
    )

    assert {"custom_field_values": [{"custom_field_id": "co", "value": "Acme"}]} == update_v1(
        [FieldWrite(COMPANY, "Acme", "always")]
    )
    assert {"value": None, "custom_field_option_id": "none"} == single_value(
        FieldWrite(blank, None, "always")
    )


def test_the_full_record_is_as_it_was_but_for_the_id() -> None:
    """What v2 shows and does not take back is left out."""
    record = {
        "id": "a",
        "createdAt": "x",
        "updatedAt": "x",
        "avatarUrl": None,
        "tags": ["VIP"],
        "channels": [{"type": "email_address", "value": "a@b.co", "isActive": False}],
        "conversationProperties": {"isClosed": True},
    }

    body = full_record_v2(record, "new")

    assert {"tags", "channels", "conversationProperties", "externalId"} == set(body)
    assert record["channels"] == body["channels"]


# Guards


def v1_contact(**more: Any) -> dict[str, Any]:
    """A contact as v1 shows it."""
    return {
        "id": "a",
        "first_name": "Ann",
        "is_starred": True,
        "channels": [
            {
                "id": "c1",
                "value": "+18585551212",
                "display_name": "MOBILE",
                "is_default_for_type": True,
                "block_outbound": False,
                "channel_type": {"id": "t", "type_class": "PhoneNumber"},
            }
        ],
        "custom_field_values": [{"value": "12", "custom_field": {"id": "room"}}],
        "labels": [{"id": "vip"}],
        **more,
    }


def test_nothing_lost_is_nothing_to_mend() -> None:
    """Equal readings are equal, whatever form blanks have."""
    assert not compare(v1_contact(notes=None), v1_contact(notes=""))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"first_name": "Bob"}, "first_name"),
        ({"is_starred": False}, "is_starred"),
        ({"optin_status": "opted-in"}, "optin_status"),
        ({"labels": []}, "label vip"),
        ({"channels": []}, "channel"),
        ({"custom_field_values": []}, "field room"),
        ({"custom_field_values": [{"value": "13", "custom_field": {"id": "room"}}]}, "field room"),
    ],
)
def test_every_difference_after_a_link_is_seen(change: dict[str, Any], what: str) -> None:
    """Names, flags, status, labels, channels and fields are all compared."""
    assert [what] == [loss.what for loss in compare(v1_contact(), v1_contact(**change))]


def test_channels_that_were_made_anew_are_seen_and_repaired() -> None:
    """Another id, a lost label or a lost block flag is a difference."""
    after = v1_contact()
    after["channels"] = [
        {**after["channels"][0], "id": "c2", "display_name": None, "is_default_for_type": False}
    ]

    restored, moved = compare(v1_contact(), after)

    body = {"display_name": "MOBILE", "is_default_for_type": True}
    assert ("update_channel", ("c2", body)) == restored.mend
    assert ("channel c2", "channel c1") == (restored.what, moved.what)


def test_a_put_that_empties_other_fields_is_seen() -> None:
    """Only emptied fields that nobody wrote count; another value may be somebody's edit."""
    after = v1_contact(custom_field_values=[{"value": "", "custom_field": {"id": "room"}}])

    assert {"room": {"value": "12"}} == lost_fields(
        read_contact(v1_contact()), read_contact(after), {"co"}
    )
    assert {} == lost_fields(read_contact(v1_contact()), read_contact(after), {"room"})


def test_contacts_are_read_from_every_shape() -> None:
    """Nulls, strange channels, upper case and masked phones are all taken."""
    row = v1_contact(
        external_id=" 003 ",
        channels=[
            {"value": "+52 1 55 1234 5678", "channel_type": {"type_class": "PhoneNumber"}},
            {"value": "+1858555****", "channel_type": {"type_class": "PhoneNumber"}},
            {"value": "22395", "channel_type": {"type_class": "PhoneNumber"}},
            {"value": "Ann@B.CO", "channel_type": {"type_class": "EmailAddress"}},
            {"value": "handle", "channel_type": {"type_class": "TwitterChannel"}},
            {"value": None, "channel_type": None},
        ],
        labels=None,
        custom_field_values=None,
    )

    contact = read_contact(row)

    keys = {("phone", "+525512345678"), ("email", "ann@b.co")}
    assert keys == {(c.kind, c.key) for c in contact.channels}
    assert ("003", True, True) == (contact.external_id, contact.masked, contact.external_id_shown)
    assert not read_contact({"id": "x"}).external_id_shown


# Groups, limits, index


def someone(number: int, *phones: str, **more: Any) -> Person:
    """A person with some phones."""
    return Person(
        "contacts",
        f"k{number}",
        f"003Hx000000000{number}",
        phones=tuple(PersonPhone(phone, "US", None, matched=True) for phone in phones),
        order=(False, 0, f"2026-01-0{9 - number}", f"k{number}"),
        **more,
    )


def test_sharers_of_anything_are_one_group_in_their_order() -> None:
    """Phones, contacts and successors tie people together, directly or through others."""
    one, two, three, four = (
        someone(1, "+1"),
        someone(2, "+1", "+2"),
        someone(3, "+3"),
        someone(4, "+4"),
    )

    groups = grouped([one, two, three, four], lambda p: ["c"] if p in {two, three} else [])

    assert [[three, two, one], [four]] == groups


@given(st.lists(st.tuples(st.integers(1, 9), st.lists(st.sampled_from(["+1", "+2", "+3"])))))
def test_groups_never_share_a_key(rows: list[tuple[int, list[str]]]) -> None:
    """Whoever shares a key is in one group, and nobody is lost."""
    people, _ = newest_rows(someone(number, *set(phones)) for number, phones in rows)

    groups = grouped(people, lambda _: ())

    keys = [{key for person in group for key in person.keys} for group in groups]
    assert sum(map(len, groups)) == len(people)
    assert all(not keys[i] & keys[j] for i in range(len(keys)) for j in range(i))


def test_the_last_row_of_a_record_counts() -> None:
    """Earlier rows are superseded, in their order."""
    first, second = someone(1, "+1"), someone(1, "+2")

    assert ([second], [first]) == newest_rows([first, second])


def test_the_cap_counts_what_is_held_and_what_was_made() -> None:
    """The limit is exceeded by the sum, and the sentence says how many."""
    cap = CreateCap(limit=1500, created=1000)
    room = WaitingRoom(cap)

    assert not room.hold("s", [someone(1)], 400)
    assert room.hold("s", [someone(2)], 200)
    assert "1,600 contacts would be created, max_creates_per_run is 1,500" in cap.sentence(
        complete=True
    )
    assert "more than 1,500" in cap.sentence(complete=False)


def test_who_waits_in_another_service_stays_counted() -> None:
    """When one service's people go on, those of the other are still to be created."""
    room = WaitingRoom(CreateCap(limit=1500))
    room.hold("s", [someone(1)], 900)
    room.hold("t", [someone(2)], 400)

    room.release("t")

    assert 900 == room.cap.counted
    assert room.hold("t", [someone(3)], 700)


def test_a_claim_wins_over_the_external_id_of_a_record_that_is_gone() -> None:
    """A locked contact that can't be relinked is its successor's for the rest of the run."""
    index = Index()
    locked = Contact(id="a", external_id="gone", channels=(HeldChannel(PHONE, "+1"),))
    index.put_read([locked])
    index.claim("a", "successor")
    index.put_written(locked)

    (found,) = index.by_key((PHONE, "+1"))
    assert "successor" == found.external_id
    assert ((), ("a",)) == (
        index.by_external_id("gone"),
        tuple(one.id for one in index.by_external_id("successor")),
    )
    index.close()


def test_the_index_finds_by_every_key_and_forgets_what_changed() -> None:
    """A contact that is read again is found by its new keys only; claims survive."""
    index = Index()
    index.put_read([Contact(id="a", external_id="x", channels=(HeldChannel(PHONE, "+1"),))])
    index.put_read([Contact(id="a", channels=(HeldChannel(PHONE, "+2"),))])
    index.claim("a", "record:contacts:7")

    assert ((), ("a",), ()) == (
        index.by_key((PHONE, "+1")),
        tuple(one.id for one in index.by_key((PHONE, "+2"))),
        index.by_external_id("x"),
    )
    assert ("record:contacts:7",) == tuple(
        one.external_id for one in index.by_external_id("record:contacts:7")
    )
    index.put_written(Contact(id="a", external_id="mine"))
    index.put_read([Contact(id="a", external_id="stale")])
    assert "mine" == getattr(index.get("a"), "external_id", None)
    index.remove("a")
    assert (0, None) == (len(index), index.get("a"))
    index.close()


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({}, False),
        ({"first_name": None}, True),
        ({"first_name": "Anne"}, False),
        ({"locked_by": "api"}, True),
        ({"optin_status": "opted-in"}, True),
        ({"blocked": False}, True),
        ({"channels": ()}, True),
        ({"channels": (HeldChannel(PHONE, "+18585551212", "anew"),)}, True),
        ({"labels": ()}, True),
        ({"labels": ("vip", "new")}, False),
        ({"values": {}}, True),
        ({"values": {"f": HeldValue("14"), "g": HeldValue("x")}}, False),
        ({"external_id": "003"}, False),
    ],
)
def test_what_is_gone_after_a_link_is_told_from_what_was_edited(
    change: dict[str, Any], seen: bool
) -> None:
    """A contact that was read a while ago may have got other values, but hardly lost any."""
    known = Contact(
        id="a",
        first_name="Ann",
        channels=(HeldChannel(PHONE, "+18585551212", "c"),),
        values={"f": HeldValue("12")},
        labels=("vip",),
        optin_status="opted-out",
        blocked=True,
    )

    assert seen == bool(missing(known, msgspec.structs.replace(known, **change)))
