from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import zingle
from zingle_sandbox.credentials import ZINGLE_ACCOUNT_ID
from zingle_sandbox.zingle import AGENT_IDS

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


def test_a_field_is_created_changed_and_deleted(api: Api, clean: None) -> None:
    """Options make a select, PUT replaces them all, DELETE takes the values off the contacts."""
    options = [{"value": text, "display_name": text} for text in ("Sea", "City")]
    made = api.result(
        "POST", "/contact-custom-fields", json={"display_name": "View", "options": options}
    )
    path = f"/contact-custom-fields/{made['id']}"
    contact = api.insert(fields={"View": "Sea"})
    changed = api.result("PUT", path, json={"options": options[1:]})
    api.v1("DELETE", path)
    gone = api.v1("GET", path)

    assert ("single_select_options", ["Sea", "City"]) == (
        made["data_type"],
        [option["value"] for option in made["options"]],
    )
    assert ["City"] == [option["value"] for option in changed["options"]]
    assert (404, 3200) == (gone.status_code, api.code(gone))
    assert [] == api.contact(contact)["custom_field_values"]


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


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_global_fields_cannot_be_changed(api: Api, method: str) -> None:
    """First Name belongs to every tenant."""
    response = api.v1(method, f"/contact-custom-fields/{api.field_id('First Name')}", json={})

    assert (400, 3201) == (response.status_code, api.code(response))


def test_a_label_is_created_changed_and_deleted(api: Api, clean: None) -> None:
    """A deleted label is taken off its contacts."""
    made = api.result(
        "POST",
        "/contact-labels",
        json={"display_name": "Late", "background_color": "#112233", "text_color": "#ffffff"},
    )
    contact = api.insert(labels=["Late"])
    changed = api.result("PUT", f"/contact-labels/{made['id']}", json={"display_name": "Very late"})
    response = api.v1("DELETE", f"/contact-labels/{made['id']}")

    assert ("Very late", "#112233") == (changed["display_name"], changed["background_color"])
    assert "Label deleted" == response.json()["status"]["description"]
    assert [] == api.contact(contact)["labels"]
    assert 404 == api.v1("GET", f"/contact-labels/{made['id']}").status_code


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


def test_an_unknown_group_is_8000(api: Api, clean: None) -> None:
    """Groups are read only, and listed."""
    group = api.result("GET", "/contact-groups")[0]
    missing = api.v1("GET", f"/contact-groups/{api.label_id('VIP')}")

    assert group == api.result("GET", f"/contact-groups/{group['id']}")
    assert 8000 == api.code(missing)


def test_users_are_read_below_their_account(api: Api, clean: None) -> None:
    """A user is found in its own account, with the services that it sees."""
    user = api.send("GET", f"/v1/accounts/{ZINGLE_ACCOUNT_ID}/users/{AGENT_IDS[0]}").json()[
        "result"
    ]
    account = api.send("GET", f"/v1/accounts/{OTHER}")
    accounts = api.send("GET", "/v1/accounts").json()["result"]

    assert ("Ana", [api.service_id]) == (user["first_name"], user["service_uuids"])
    assert (404, 2700) == (account.status_code, api.code(account))
    assert [ZINGLE_ACCOUNT_ID] == [row["id"] for row in accounts]


def test_time_zones_are_iana_names(api: Api, clean: None) -> None:
    """The list of time zones holds what a service may have."""
    body = api.send("GET", "/v1/time-zones", params={"page_size": 1000}).json()

    assert "America/Los_Angeles" in body["result"]
    assert len(body["result"]) == body["status"]["total_records"]
