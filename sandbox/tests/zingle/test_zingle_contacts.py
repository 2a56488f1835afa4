from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import zingle

if TYPE_CHECKING:
    from .conftest import Api


PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"
EMAIL = "b71f3d91-da94-412b-8ff1-59a882b63024"
FIRST_NAME = "e01a3856-89b1-4db4-bf56-38d79454c921"
LAST_NAME = "0df80524-3b27-4fb0-8eeb-c81bd448d294"
TITLE = "84d6a03a-a093-4951-bd12-6551597bbbf4"

PHONE_BODY = {"channel_type_id": PHONE, "value": "+14155550132", "country": "US"}
NAME_BODY = [{"custom_field_id": FIRST_NAME, "value": "Ann"}]


def test_a_created_contact_is_answered_whole_with_status_200(api: Api, clean: None) -> None:
    """POST contacts answers 200 and the full contact: keys of the documentation and of real payloads."""
    body = {
        "channels": [PHONE_BODY, {"channel_type_id": EMAIL, "value": "ann@hotel.example"}],
        "custom_field_values": [*NAME_BODY, {"custom_field_id": TITLE, "value": "Ms."}],
    }

    response = api.v1("POST", "/contacts", json=body)

    contact = response.json()["result"]
    assert 200 == response.status_code
    assert {
        "id", "external_id", "first_name", "last_name", "title", "fullName", "notes", "service_id",
        "assigned_to_team_id", "assigned_to_user_id", "is_messageable", "is_confirmed", "is_starred",
        "is_closed", "avatar_uri", "optin_status", "unconfirmed_at", "created_at", "updated_at",
        "locked_by_source", "last_message", "channels", "custom_field_values", "labels",
        "contact_groups", "calendar_events",
    } == contact.keys()  # fmt: skip
    assert ("Ann", None, "Ms.") == (contact["first_name"], contact["last_name"], contact["title"])
    assert ("Ann", "Ms.") == (api.value(contact, "First Name"), api.value(contact, "Title"))
    assert ["+14155550132", "ann@hotel.example"] == [c["value"] for c in contact["channels"]]
    assert [True, False] == [c["is_default"] for c in contact["channels"]]
    assert [True, True] == [c["is_default_for_type"] for c in contact["channels"]]
    assert contact == api.contact(contact["id"])
    assert 1 == api.running.writes("zingle")


def test_an_empty_body_creates_an_empty_contact(api: Api, clean: None) -> None:
    """Every key of the create body is optional."""
    contact = api.result("POST", "/contacts", json={})

    assert ([], [], None) == (
        contact["channels"],
        contact["custom_field_values"],
        contact["fullName"],
    )


def test_a_contact_of_another_service_is_not_found(api: Api, clean: None) -> None:
    """A contact's id works in its own service only; 3000 elsewhere and for any other text."""
    other = "11111111-2222-4333-8444-555555555555"
    zingle.insert_services(api.running.sandbox, [zingle.ServiceSeed(other, "Other")])
    contact = api.insert()

    for response in (
        api.send("GET", f"/v1/services/{other}/contacts/{contact}"),
        api.v1("GET", "/contacts/00000000-0000-4000-8000-000000000000"),
        api.v1("PUT", f"/contacts/{contact[:-1]}x", json={}),
    ):
        assert (404, 3000) == (response.status_code, api.code(response))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"channels": {}}, 3010),
        ({"channels": ["+14155550132"]}, 3010),
        ({"channels": [{"value": "+14155550132"}]}, 3101),
        ({"channels": [{"channel_type_id": "no", "value": "+14155550132"}]}, 2605),
        ({"channels": [{"channel_type_id": PHONE}]}, 3102),
        ({"channels": [{"channel_type_id": PHONE, "value": "415 555 0132"}]}, 3103),
        ({"channels": [{"channel_type_id": PHONE, "value": "12"}]}, 3103),
        ({"channels": [{"channel_type_id": PHONE, "value": "12", "country": "US"}]}, 2606),
        ({"channels": [{**PHONE_BODY, "country": "Narnia"}]}, 2608),
        ({"channels": [{**PHONE_BODY, "display_name": "Work"}]}, 3106),
        ({"channels": [{**PHONE_BODY, "value": "+16195550100"}]}, 3107),
        ({"channels": [{**PHONE_BODY, "value": 14155550132}]}, 3107),
        ({"channels": [{"channel_type_id": EMAIL, "value": "ann@hotel"}]}, 2607),
        ({"channels": [PHONE_BODY, PHONE_BODY]}, 3104),
        ({"channels": [
            {**PHONE_BODY, "display_name": "HOME"},
            {"channel_type_id": EMAIL, "value": "a@b.example", "display_name": "HOME"},
        ]}, 3105),
        ({"custom_field_values": {}}, 3700),
        ({"custom_field_values": [{"value": "Ann"}]}, 3700),
        ({"custom_field_values": [{"custom_field_id": "no", "value": "Ann"}]}, 3701),
        ({"custom_field_values": [{"custom_field_id": FIRST_NAME}]}, 3705),
        ({"is_confirmed": 1}, 3003),
        ({"is_starred": "true"}, 3004),
        ({"is_closed": None}, 3009),
    ],
)  # fmt: skip
def test_a_refused_create_leaves_nothing_behind(api: Api, body: dict[str, Any], code: int) -> None:
    """Each documented refusal comes with its code, and the store is as before."""
    response = api.v1("POST", "/contacts", json=body)

    assert (400, code) == (response.status_code, api.code(response))
    assert "result" not in response.json()
    assert 0 == api.running.sandbox.store.value("SELECT count(*) FROM zg_contacts")
    assert 0 == api.running.sandbox.store.value("SELECT count(*) FROM zg_channels")
    assert 0 == api.running.writes("zingle")


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_2604(api: Api, raw: bytes) -> None:
    """Broken JSON, and JSON that is no object, are 2604."""
    response = api.v1("POST", "/contacts", data=raw, headers={"Content-Type": "application/json"})

    assert (400, 2604) == (response.status_code, api.code(response))


def test_a_taken_channel_is_3104_and_the_holder_keeps_it(api: Api, clean: None) -> None:
    """A channel value belongs to one contact of a service."""
    holder = api.insert(channels=[{"type": "phone", "value": "+14155550132", "country": "US"}])

    response = api.v1("POST", "/contacts", json={"channels": [PHONE_BODY]})

    assert 3104 == api.code(response)
    assert "+14155550132" == api.contact(holder)["channels"][0]["value"]


def test_the_same_channel_may_exist_in_another_service(api: Api, clean: None) -> None:
    """Uniqueness is per service."""
    other = "11111111-2222-4333-8444-555555555555"
    zingle.insert_services(api.running.sandbox, [zingle.ServiceSeed(other, "Other")])
    api.insert(channels=[{"type": "phone", "value": "+14155550132", "country": "US"}])

    response = api.send("POST", f"/v1/services/{other}/contacts", json={"channels": [PHONE_BODY]})

    assert 200 == response.status_code


def test_a_national_number_becomes_e164_with_its_country(api: Api, clean: None) -> None:
    """With a country, a number may be written as people write it; the country is upper-cased."""
    body = {"channels": [{"channel_type_id": PHONE, "value": "(020) 7946 0018", "country": "gb"}]}

    channel = api.result("POST", "/contacts", json=body)["channels"][0]

    assert ("+442079460018", "GB") == (channel["value"], channel["country"])


def test_an_e164_number_needs_no_country_inside_a_create(api: Api, clean: None) -> None:
    """An inline channel in E.164 may leave the country out; the answer has it."""
    body = {"channels": [{"channel_type_id": PHONE, "value": "+14155550132"}]}

    assert "US" == api.result("POST", "/contacts", json=body)["channels"][0]["country"]


@pytest.mark.parametrize(
    "channels", [[], [PHONE_BODY, {"channel_type_id": EMAIL, "value": "a@b.example"}]]
)
def test_return_existing_needs_exactly_one_channel(api: Api, channels: list[Any]) -> None:
    """Zero or several channels are 3012."""
    response = api.v1(
        "POST", "/contacts", params={"return_existing": "1"}, json={"channels": channels}
    )

    assert (400, 3012) == (response.status_code, api.code(response))


def test_return_existing_creates_then_finds_and_writes_the_values(api: Api, clean: None) -> None:
    """The first call creates; the second finds the contact and puts the sent values onto it."""
    params = {"return_existing": "1"}
    first = api.result("POST", "/contacts", params=params, json={"channels": [PHONE_BODY]})
    again = api.result(
        "POST",
        "/contacts",
        params=params,
        json={"channels": [PHONE_BODY], "custom_field_values": NAME_BODY},
    )

    assert (first["id"], None, "Ann") == (again["id"], first["first_name"], again["first_name"])
    assert 1 == len(again["channels"])


def test_return_existing_without_values_writes_nothing(api: Api, clean: None) -> None:
    """Finding a contact alone changes no row."""
    api.insert(channels=[{"type": "phone", "value": "+14155550132", "country": "US"}])

    api.result(
        "POST", "/contacts", params={"return_existing": "1"}, json={"channels": [PHONE_BODY]}
    )

    assert 0 == api.running.writes("zingle")


def test_an_update_changes_what_it_names_and_moves_updated_at(api: Api, clean: None) -> None:
    """PUT merges custom values by default and answers the whole contact."""
    contact = api.insert(fields={"First Name": "Ann", "Room": "12"}, created_at=5)
    body = {"custom_field_values": [{"custom_field_id": api.field_id("Room"), "value": "14"}]}

    updated = api.result("PUT", f"/contacts/{contact}", json=body)

    assert ("Ann", "14") == (updated["first_name"], api.value(updated, "Room"))
    assert 5 == updated["created_at"]
    assert int(api.running.sandbox.clock.timestamp()) - updated["updated_at"] < 60


def test_flags_are_written_and_reported(api: Api) -> None:
    """is_* take JSON booleans; sending them is a violation, since it changes an agent's inbox."""
    contact = api.insert(is_closed=False)

    updated = api.result("PUT", f"/contacts/{contact}", json={"is_closed": True})

    assert updated["is_closed"] is True
    assert ["is_closed changes an agent's inbox"] == [
        text.split(": ", 1)[1] for text in api.running.violations()
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"custom_field_values": [{"custom_field_id": FIRST_NAME, "value": "Ann"}]}),
        ("PUT", "", {"custom_field_values": [{"custom_field_id": LAST_NAME, "value": None}]}),
        ("PUT", "", {"channels": []}),
        ("POST", f"/custom-field-values/{TITLE}", {"value": "Mr."}),
        ("POST", "/channels", {"channel_type_id": EMAIL, "value": "new@hotel.example"}),
        ("PUT", "/channels/{channel}", {"display_name": "HOME"}),
        ("DELETE", "/channels/{channel}", None),
    ],
)
def test_a_locked_contact_keeps_its_identity(
    api: Api, method: str, path: str, body: dict[str, Any]
) -> None:
    """Names, title, phones and e-mails of a locked contact are 3011, even when nothing changes."""
    contact = api.insert(
        locked_by_source="pms",
        fields={"First Name": "Ann"},
        channels=[{"type": "phone", "value": "+14155550132", "country": "US"}],
    )
    before = api.contact(contact)
    path = path.format(channel=before["channels"][0]["id"])

    response = api.v1(method, f"/contacts/{contact}{path}", json=body)

    assert (400, 3011) == (response.status_code, api.code(response))
    assert before == api.contact(contact)


def test_a_locked_contact_takes_other_fields_labels_and_channels(api: Api, clean: None) -> None:
    """A lock protects identity only."""
    contact = api.insert(locked_by_source="pms")
    types = api.result("GET", "/channel-types")
    app = next(kind["id"] for kind in types if kind["type_class"] == "UserDefinedChannel")

    api.result(
        "POST",
        f"/contacts/{contact}/custom-field-values/{api.field_id('Room')}",
        json={"value": "7"},
    )
    api.result("POST", f"/contacts/{contact}/labels/{api.label_id('VIP')}")
    api.result(
        "POST", f"/contacts/{contact}/channels", json={"channel_type_id": app, "value": "u-1"}
    )

    after = api.contact(contact)
    assert "7" == api.value(after, "Room")
    assert (["VIP"], ["u-1"]) == (
        [label["display_name"] for label in after["labels"]],
        [channel["value"] for channel in after["channels"]],
    )


def test_return_existing_on_a_locked_contact_refuses_names(api: Api) -> None:
    """Found by channel or not: a lock holds."""
    api.insert(
        locked_by_source="pms",
        channels=[{"type": "phone", "value": "+14155550132", "country": "US"}],
    )
    body = {"channels": [PHONE_BODY], "custom_field_values": NAME_BODY}

    response = api.v1("POST", "/contacts", params={"return_existing": "1"}, json=body)

    assert 3011 == api.code(response)


def test_a_deleted_contact_frees_its_channels_and_says_so_without_a_result(
    api: Api, clean: None
) -> None:
    """DELETE answers a sentence and no result; the channel may be used again."""
    contact = api.insert(channels=[{"type": "phone", "value": "+14155550132", "country": "US"}])

    response = api.v1("DELETE", f"/contacts/{contact}")

    assert {"status"} == response.json().keys()
    assert "Contact deleted" == response.json()["status"]["description"]
    assert 404 == api.v1("GET", f"/contacts/{contact}").status_code
    api.result("POST", "/contacts", json={"channels": [PHONE_BODY]})


def test_labels_are_attached_once_and_detached_once(api: Api, clean: None) -> None:
    """Attaching twice is silent, detaching what is not attached is 3008, an unknown label is 3400."""
    contact, label = api.insert(), api.label_id("VIP")
    path = f"/contacts/{contact}/labels/{label}"

    attached = [api.result("POST", path)["labels"] for _ in range(2)]
    detached = api.result("DELETE", path)
    again = api.v1("DELETE", path)
    unknown = api.v1("POST", f"/contacts/{contact}/labels/{contact}")

    assert [["VIP"], ["VIP"]] == [[row["display_name"] for row in labels] for labels in attached]
    assert [] == detached["labels"]
    assert (400, 3008) == (again.status_code, api.code(again))
    assert (404, 3400) == (unknown.status_code, api.code(unknown))


def test_an_opt_in_service_opts_new_contacts_in(api: Api, clean: None) -> None:
    """optin_status is set where the service has opt-in behaviour, and null elsewhere."""
    other = "11111111-2222-4333-8444-555555555555"
    zingle.insert_services(api.running.sandbox, [zingle.ServiceSeed(other, "Other")])

    here = api.result("POST", "/contacts", json={})
    there = api.send("POST", f"/v1/services/{other}/contacts", json={}).json()["result"]

    assert ("opted-in", None) == (here["optin_status"], there["optin_status"])


def test_a_created_contact_has_its_event(api: Api, clean: None) -> None:
    """Creating a contact through the API notes contact_created, with the login as its user."""
    contact = api.result("POST", "/contacts", json={})

    events = api.result("GET", "/events", params={"contact_id": contact["id"]})

    assert ["contact_created"] == [event["event_type"] for event in events]
    assert "Integration" == events[0]["triggered_by_user"]["first_name"]


def test_the_id_of_a_deleted_contact_never_comes_back(api: Api, clean: None) -> None:
    """A new contact or channel gets a new id, also right after the last one was deleted."""
    first = api.result("POST", "/contacts", json={"channels": [PHONE_BODY]})
    api.v1("DELETE", f"/contacts/{first['id']}")
    second = api.result("POST", "/contacts", json={"channels": [PHONE_BODY]})
    api.v1("DELETE", f"/contacts/{second['id']}")
    third = api.insert()

    assert 3 == len({first["id"], second["id"], third})
    assert first["channels"][0]["id"] != second["channels"][0]["id"]
