from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import zingle

if TYPE_CHECKING:
    from .conftest import Api


OTHER = "11111111-2222-4333-8444-555555555555"


def test_a_service_embeds_its_definitions(api: Api, clean: None) -> None:
    """One call brings time zone, country, channel types, labels, fields and features."""
    service = api.result("GET", "")

    assert ("America/Los_Angeles", "US") == (
        service["time_zone"],
        service["service_address"]["country"],
    )
    assert {"PhoneNumber", "EmailAddress", "FacebookChannel", "UserDefinedChannel"} == {
        kind["type_class"] for kind in service["channel_types"]
    }
    assert ["VIP", "Complaint", "Group Booking"] == [
        label["display_name"] for label in service["contact_labels"]
    ]
    assert ["First Name", "Last Name", "Title"] == [
        field["display_name"] for field in service["contact_custom_fields"]
    ][:3]
    assert ["teams", "assignment"] == service["features"]
    assert "+16195550100" == service["channels"][0]["value"]


def test_the_services_of_a_login_are_listed_and_filtered(api: Api, clean: None) -> None:
    """GET services lists what the login sees; display_name takes a wildcard."""
    zingle.insert_services(
        api.running.sandbox, [zingle.ServiceSeed(OTHER, "Bay Inn", country="CA", city="Halifax")]
    )

    every = api.send("GET", "/v1/services").json()
    some = api.send("GET", "/v1/services", params={"display_name": "*Inn", "country": "CA"}).json()

    assert 2 == every["status"]["total_records"]
    assert [OTHER] == [service["id"] for service in some["result"]]
    assert api.result("GET", "") in every["result"]


def test_each_tenant_has_channel_types_of_its_own(api: Api, clean: None) -> None:
    """Phone and e-mail ids are the same in every service, user-defined ones are not."""
    app = zingle.ChannelTypeSeed("App")
    zingle.insert_services(
        api.running.sandbox, [zingle.ServiceSeed(OTHER, "Other", channel_types=(app,))]
    )

    here = {kind["display_name"]: kind["id"] for kind in api.result("GET", "/channel-types")}
    there = {
        kind["display_name"]: kind["id"]
        for kind in api.send("GET", f"/v1/services/{OTHER}/channel-types").json()["result"]
    }
    one = api.result("GET", f"/channel-types/{here['Loyalty App']}")
    missing = api.v1("GET", f"/channel-types/{there['App']}")

    assert here["Phone Number"] == there["Phone Number"] == api.phone_type
    assert "Loyalty App" == one["display_name"]
    assert (404, 4000) == (missing.status_code, api.code(missing))


def test_fields_come_ten_a_page(api: Api, clean: None) -> None:
    """The field list is paged like every list, ten rows by default."""
    first = api.v1("GET", "/contact-custom-fields").json()

    assert (10, 2) == (len(first["result"]), first["status"]["total_pages"])


def test_a_field_is_created(api: Api, clean: None) -> None:
    """Options make a select, whose values contacts can take."""
    options = [{"value": text, "display_name": text} for text in ("Sea", "City")]
    made = api.result(
        "POST", "/contact-custom-fields", json={"display_name": "View", "options": options}
    )
    contact = api.insert(fields={"View": "Sea"})
    missing = api.v1("GET", f"/contact-custom-fields/{contact}")

    assert ("single_select_options", ["Sea", "City"]) == (
        made["data_type"],
        [option["value"] for option in made["options"]],
    )
    assert made == api.result("GET", f"/contact-custom-fields/{made['id']}")
    assert ["Sea"] == [row["value"] for row in api.contact(contact)["custom_field_values"]]
    assert (404, 3200) == (missing.status_code, api.code(missing))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 3203),
        ({"display_name": " "}, 3203),
        ({"display_name": "ROOM"}, 3202),
        ({"display_name": "View", "options": "Sea"}, 3204),
        ({"display_name": "View", "options": [{"display_name": "Sea"}]}, 3204),
        ({"display_name": "View", "options": [{"value": "Sea"}]}, 3205),
        ({"display_name": "View", "data_type": "colour"}, 3705),
        ({"display_name": "View", "is_global": True}, 3201),
        ({"display_name": "View", "is_global": "yes"}, 2612),
    ],
)
def test_bad_fields_are_refused(api: Api, body: dict[str, Any], code: int) -> None:
    """Each documented refusal of a new field."""
    response = api.v1("POST", "/contact-custom-fields", json=body)

    assert (400, code) == (response.status_code, api.code(response))


def test_a_label_is_created(api: Api, clean: None) -> None:
    """A new label can be put on contacts."""
    made = api.result(
        "POST",
        "/contact-labels",
        json={"display_name": "Late", "background_color": "#112233", "text_color": "#ffffff"},
    )
    contact = api.insert(labels=["Late"])

    assert ("Late", "#112233") == (made["display_name"], made["background_color"])
    assert [made] == api.contact(contact)["labels"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 3403),
        ({"display_name": "vip"}, 3404),
        ({"display_name": "vip", "background_color": "#112233"}, 3405),
        ({"display_name": "vip", "background_color": "red", "text_color": "#112233"}, 3406),
        ({"display_name": "vip", "background_color": "#112233", "text_color": "#112233"}, 3402),
    ],
)
def test_bad_labels_are_refused(api: Api, body: dict[str, Any], code: int) -> None:
    """Each documented refusal of a new label."""
    response = api.v1("POST", "/contact-labels", json=body)

    assert (400, code) == (response.status_code, api.code(response))


def test_definitions_have_every_public_field(api: Api, clean: None) -> None:
    """Account, plan, labels, groups, automations and channels carry what the documentation lists."""
    service = api.result("GET", "")

    assert {"current_term_start_date", "current_term_end_date", "created_at", "updated_at"} <= set(
        service["account"]
    )
    assert {"id", "monthly_or_unit_price", "setup_price", "is_printer_plan"} <= set(service["plan"])
    assert {"teams", "contact_groups", "printers", "calendar_event_types"} <= set(service)
    assert {"id", "display_name", "emoji", "user_ids", "created_at"} == set(service["teams"][0])
    assert {"id", "display_name", "subject", "type", "body", "is_global"} == set(
        service["templates"][0]
    )
    assert "AND" == service["contact_groups"][0]["condition_boolean_operator"]
    assert service["contact_groups"][0]["conditions"]
    assert [False] * 3 == [label["is_global"] for label in service["contact_labels"]]
    assert {"active"} == {automation["status"] for automation in service["automations"]}
    assert {"is_default", "block_inbound", "block_outbound"} <= set(service["channels"][0])
    assert all("priority" in kind for kind in service["channel_types"])
    assert all("avatarUrl" in user for user in api.v2("GET", "/users").json())
    message = api.insert_message(api.insert())
    assert api.result("GET", f"/messages/{message}")["display_name"] is None
