from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Api


FIRST_NAME = "e01a3856-89b1-4db4-bf56-38d79454c921"


@pytest.mark.parametrize(
    ("field", "sent", "shown"),
    [
        ("Room", "12", "12"),
        ("Room", 12, "12"),
        ("Room", "", ""),
        ("Room", None, None),
        ("Newsletter", "true", "true"),
        ("Newsletter", "false", "false"),
        ("Newsletter", None, None),
        ("Nights Stayed", 3, 3),
        ("Nights Stayed", "3", 3),
        ("Nights Stayed", 2.5, 2.5),
        ("Nights Stayed", "-2.5", -2.5),
        ("Checkin Date", 1767225600, 1767225600),
        ("Checkin Date", "1767225600", 1767225600),
        ("Birthday", -86400, -86400),
        ("Last Stay", 1767225661, 1767225661),
        ("Arrival Time", "23:59", "23:59"),
        ("Loyalty Tier", "Gold", "Gold"),
        ("Preferred Language", "中文", "中文"),
        ("First Name", "Zoë", "Zoë"),
        ("Title", "Dr.", "Dr."),
        ("Title", "", ""),
    ],
)
def test_a_value_of_each_type_is_written_and_read_back(
    api: Api, field: str, sent: object, shown: object, clean: None
) -> None:
    """What each data type takes in v1, on both ways to write it, and how it is shown."""
    for_value, for_put = api.insert(), api.insert()
    field_id = api.field_id(field)

    one = api.result(
        "POST", f"/contacts/{for_value}/custom-field-values/{field_id}", json={"value": sent}
    )
    body = {"custom_field_values": [{"custom_field_id": field_id, "value": sent}]}
    other = api.result("PUT", f"/contacts/{for_put}", json=body)

    for contact in (one, other):
        if shown is None and field in {"First Name", "Title"}:
            continue
        assert shown == api.value(contact, field)


@pytest.mark.parametrize(
    ("field", "item", "code"),
    [
        ("Room", {}, 3705),
        ("Room", {"value": True}, 3705),
        ("Room", {"value": ["12"]}, 3705),
        ("Room", {"value": "12", "custom_field_option_id": "12"}, 3703),
        ("Newsletter", {"value": True}, 3706),
        ("Newsletter", {"value": "True"}, 3706),
        ("Newsletter", {"value": 1}, 3706),
        ("Newsletter", {"value": ["true"]}, 3706),
        ("Nights Stayed", {"value": "three"}, 3705),
        ("Nights Stayed", {"value": True}, 3705),
        ("Checkin Date", {"value": "2026-01-01"}, 3704),
        ("Checkin Date", {"value": 1767225600.5}, 3704),
        ("Birthday", {"value": "today"}, 3704),
        ("Last Stay", {"value": False}, 3704),
        ("Arrival Time", {"value": "9:05"}, 3705),
        ("Arrival Time", {"value": "24:00"}, 3705),
        ("Loyalty Tier", {"value": "gold"}, 3703),
        ("Loyalty Tier", {"value": 7}, 3703),
        ("Loyalty Tier", {"custom_field_option_id": "Emerald"}, 3703),
        ("Loyalty Tier", {"custom_field_option_id": "Gold", "value": "Silver"}, 3703),
        ("Loyalty Tier", {}, 3702),
        ("Title", {"value": "Sir"}, 3703),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    api: Api, field: str, item: dict[str, Any], code: int
) -> None:
    """Each type's refusal in a contact body."""
    contact = api.insert()
    body = {"custom_field_values": [{"custom_field_id": api.field_id(field), **item}]}

    response = api.v1("PUT", f"/contacts/{contact}", json=body)

    assert (400, code) == (response.status_code, api.code(response))


def test_a_missing_value_and_an_unknown_field_have_codes_of_their_own_in_the_path(api: Api) -> None:
    """custom-field-values: 3001 without a value, 3002 for an unknown field."""
    contact = api.insert()
    base = f"/contacts/{contact}/custom-field-values"

    missing = api.v1("POST", f"{base}/{api.field_id('Room')}", json={})
    unknown = api.v1("POST", f"{base}/{contact}", json={"value": "1"})

    assert (400, 3001) == (missing.status_code, api.code(missing))
    assert (404, 3002) == (unknown.status_code, api.code(unknown))


def test_an_option_may_be_named_by_its_id(api: Api, clean: None) -> None:
    """custom_field_option_id alone, or with the value of the same option."""
    contact, field_id = api.insert(), api.field_id("Loyalty Tier")
    path = f"/contacts/{contact}/custom-field-values/{field_id}"

    by_id = api.result("POST", path, json={"custom_field_option_id": "Gold"})
    by_both = api.result("POST", path, json={"custom_field_option_id": "Silver", "value": "Silver"})

    assert ("Gold", "Silver") == (
        api.value(by_id, "Loyalty Tier"),
        api.value(by_both, "Loyalty Tier"),
    )


def test_null_clears_a_value_and_leaves_the_others(api: Api, clean: None) -> None:
    """A cleared custom value is shown as null; a cleared name is null at the top."""
    contact = api.insert(fields={"First Name": "Ann", "Room": "12", "Company": "Acme"})
    values = [
        {"custom_field_id": api.field_id("Room"), "value": None},
        {"custom_field_id": FIRST_NAME, "value": None},
    ]

    cleared = api.result("PUT", f"/contacts/{contact}", json={"custom_field_values": values})

    assert (None, "Acme", None) == (
        api.value(cleared, "Room"),
        api.value(cleared, "Company"),
        cleared["first_name"],
    )


def test_fields_are_described_with_the_quirks_of_recorded_payloads(api: Api, clean: None) -> None:
    """Options are [] or null where there are none, sort_order may be text, code may be missing."""
    fields = {
        f["display_name"]: f
        for f in api.result("GET", "/contact-custom-fields", params={"page_size": 100})
    }

    assert ([], None) == (fields["First Name"]["options"], fields["Room"]["options"])
    assert (1, "1") == (
        fields["Title"]["options"][0]["sort_order"],
        fields["Loyalty Tier"]["options"][0]["sort_order"],
    )
    assert "code" not in fields["Old Loyalty Number"]
    assert ("string", "string") == (
        fields["Title"]["data_type"],
        fields["Loyalty Tier"]["data_type"],
    )
    assert "single_select_options" == fields["Preferred Language"]["data_type"]
    assert fields["First Name"]["id"] == FIRST_NAME
