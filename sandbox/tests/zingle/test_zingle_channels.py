from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Api


PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"
EMAIL = "b71f3d91-da94-412b-8ff1-59a882b63024"


@pytest.fixture
def guest(api: Api) -> str:
    """A contact with a phone labelled HOME and an e-mail."""
    return api.insert(
        channels=[
            {"type": "phone", "value": "+14155550132", "country": "US", "display_name": "HOME"},
            {"type": "email", "value": "ann@hotel.example"},
        ]
    )


@pytest.fixture
def home(api: Api, guest: str) -> str:
    """The path of the contact's phone channel."""
    channel = api.contact(guest)["channels"][0]["id"]
    return f"/contacts/{guest}/channels/{channel}"


def test_a_channel_is_shown_with_its_type(api: Api, home: str, clean: None) -> None:
    """GET one channel: the keys of the documentation, the type embedded."""
    channel = api.result("GET", home)

    assert {
        "id", "display_name", "value", "formatted_value", "country", "is_default",
        "is_default_for_type", "block_inbound", "block_outbound", "is_messageable", "channel_type",
    } == channel.keys()  # fmt: skip
    assert ("+14155550132", "(415) 555-0132") == (channel["value"], channel["formatted_value"])
    assert (PHONE, "PhoneNumber") == (
        channel["channel_type"]["id"],
        channel["channel_type"]["type_class"],
    )


def test_an_added_channel_is_answered_and_kept(api: Api, guest: str, clean: None) -> None:
    """POST channels answers the channel; a new default takes the mark from the old one."""
    body = {
        "channel_type_id": PHONE,
        "value": "415-555-0199",
        "country": "us",
        "display_name": "MOBILE",
        "is_default": True,
        "is_default_for_type": True,
    }

    channel = api.result("POST", f"/contacts/{guest}/channels", json=body)

    assert ("+14155550199", "US", "MOBILE") == (
        channel["value"],
        channel["country"],
        channel["display_name"],
    )
    marks = [(c["is_default"], c["is_default_for_type"]) for c in api.contact(guest)["channels"]]
    assert [(False, False), (False, True), (True, True)] == marks


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"value": "+14155550199", "country": "US"}, 3101),
        ({"channel_type_id": "no", "value": "x"}, 2605),
        ({"channel_type_id": PHONE, "country": "US"}, 3102),
        ({"channel_type_id": PHONE, "value": "+14155550199"}, 3103),
        ({"channel_type_id": PHONE, "value": "+14155550132", "country": "US"}, 3104),
        (
            {
                "channel_type_id": PHONE,
                "value": "+14155550199",
                "country": "US",
                "display_name": "HOME",
            },
            3105,
        ),
        (
            {
                "channel_type_id": PHONE,
                "value": "+14155550199",
                "country": "US",
                "display_name": "home",
            },
            3106,
        ),
        ({"channel_type_id": PHONE, "value": "+16195550100", "country": "US"}, 3107),
        ({"channel_type_id": PHONE, "value": "555", "country": "US"}, 2606),
        ({"channel_type_id": PHONE, "value": "+14155550199 ext. 4", "country": "US"}, 2606),
        ({"channel_type_id": PHONE, "value": "+14155550199", "country": "USA"}, 2608),
        ({"channel_type_id": EMAIL, "value": "not an address"}, 2607),
        ({"channel_type_id": EMAIL, "value": "ann@hotel.example"}, 3104),
        ({"channel_type_id": EMAIL, "value": "b@hotel.example", "block_outbound": True}, 3108),
    ],
)
def test_bad_channels_are_refused_with_their_code(
    api: Api, guest: str, body: dict[str, Any], code: int
) -> None:
    """Each documented refusal of an added channel."""
    before = api.contact(guest)

    response = api.v1("POST", f"/contacts/{guest}/channels", json=body)

    assert (403 if code == 3108 else 400, code) == (response.status_code, api.code(response))
    assert before == api.contact(guest)


def test_marks_change_and_the_value_does_not(api: Api, guest: str, home: str, clean: None) -> None:
    """PUT takes the display name and the default marks."""
    changed = api.result("PUT", home, json={"display_name": "MOBILE", "is_default_for_type": True})

    assert ("MOBILE", "+14155550132") == (changed["display_name"], changed["value"])


def test_a_value_in_a_put_is_ignored_and_reported(api: Api, home: str) -> None:
    """A channel's value cannot be changed; trying is a violation."""
    assert "+14155550132" == api.result("PUT", home, json={"value": "+14155550199"})["value"]
    assert any("unknown body key value" in text for text in api.running.violations())


@pytest.mark.parametrize(
    ("body", "code"), [({"display_name": "BUSINESS"}, 3105), ({"display_name": "Desk"}, 3106)]
)
def test_bad_marks_are_refused(
    api: Api, guest: str, home: str, body: dict[str, Any], code: int
) -> None:
    """A display name must be one of three and not taken by another channel."""
    api.result(
        "POST",
        f"/contacts/{guest}/channels",
        json={
            "channel_type_id": PHONE,
            "value": "+14155550199",
            "country": "US",
            "display_name": "BUSINESS",
        },
    )

    response = api.v1("PUT", home, json=body)

    assert (400, code) == (response.status_code, api.code(response))


def test_a_deleted_channel_is_gone_and_free(api: Api, guest: str, home: str, clean: None) -> None:
    """DELETE frees the value; the id is then 3100."""
    response = api.v1("DELETE", home)
    gone = api.v1("GET", home)

    assert "Contact Channel deleted" == response.json()["status"]["description"]
    assert (404, 3100) == (gone.status_code, api.code(gone))
    assert 1 == len(api.contact(guest)["channels"])


def test_a_channel_of_another_contact_is_3100(api: Api, guest: str, home: str, clean: None) -> None:
    """A channel id works below its own contact only."""
    other = api.insert()

    response = api.v1("GET", home.replace(guest, other))

    assert (404, 3100) == (response.status_code, api.code(response))


def test_masked_phones_hide_their_last_digits_everywhere(api: Api, guest: str, clean: None) -> None:
    """Contact Privacy: v1, v2 and messages hide four digits; e-mails stay; filters still match."""
    api.insert_message(guest)
    api.option(masked_phones=True)

    v1 = [channel["value"] for channel in api.contact(guest)["channels"]]
    v2 = [channel["value"] for channel in api.v2("GET", f"/contacts/{guest}").json()["channels"]]
    message = api.result("GET", "/messages")[0]["sender"]["channel"]["value"]
    params = {"channel_type_id": PHONE, "channel_value": "+14155550132"}

    assert ["+1415555****", "ann@hotel.example"] == v1 == v2
    assert "+1415555****" == message
    assert [guest] == [row["id"] for row in api.result("GET", "/contacts", params=params)]
