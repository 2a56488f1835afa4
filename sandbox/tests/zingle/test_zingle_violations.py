"""What a well-behaved client must never do ends in the journal, whatever the answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox.credentials import ZINGLE_PASSWORD, ZINGLE_USERNAME

if TYPE_CHECKING:
    from .conftest import Api

PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"
EMAIL = "b71f3d91-da94-412b-8ff1-59a882b63024"


def sentences(api: Api) -> list[str]:
    """The violations so far, without the calls that they belong to."""
    return [text.split(": ", 1)[1] for text in api.running.violations()]


@pytest.mark.parametrize(
    ("version", "method", "path", "body", "expected"),
    [
        (1, "POST", "/contacts", {"first_name": "A"}, ["unknown body key first_name"]),
        (1, "POST", "/contacts", {"external_id": "1"}, ["unknown body key external_id"]),
        (
            1,
            "POST",
            "/contacts",
            {"channels": [{"channel_type_id": EMAIL, "value": "a@b.example", "type": "x"}]},
            ["unknown body key channels.type"],
        ),
        (
            1,
            "PUT",
            "/contacts/{contact}",
            {"custom_field_values": [{"custom_field_id": "{room}", "value": "1", "name": "x"}]},
            ["unknown body key custom_field_values.name"],
        ),
        (1, "POST", "/contacts", {"is_starred": True}, ["is_starred changes an agent's inbox"]),
        (
            1,
            "POST",
            "/contacts/{contact}/custom-field-values/{room}",
            {"value": "1", "x": 1},
            ["unknown body key x"],
        ),
        (
            2,
            "POST",
            "/contacts",
            {"firstName": "A", "email": "a@b.example"},
            ["unknown body key email"],
        ),
        (
            2,
            "POST",
            "/contacts",
            {"channels": [{"type": "email_address", "value": "a@b.example", "country": "US"}]},
            ["unknown body key channels.country"],
        ),
        (
            2,
            "PUT",
            "/contacts/{contact}",
            {"conversationProperties": {"isClosed": True}},
            ["conversationProperties change an agent's inbox"],
        ),
        (2, "PUT", "/contacts/{contact}", {"conversationProperties": {"isClosed": False}}, []),
    ],
)
def test_bodies_with_too_much_are_reported(
    api: Api,
    *,
    version: int,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    expected: list[str],
) -> None:
    """Unknown keys and changes of an agent's inbox are noted, and the call is answered all the same."""
    contact, room = api.insert(), api.field_id("Room")
    path = path.format(contact=contact, room=room)
    for item in (body or {}).get("custom_field_values", []):
        item["custom_field_id"] = room

    response = (api.v1 if version == 1 else api.v2)(method, path, json=body)

    assert 200 == response.status_code
    assert expected == sentences(api)


def test_an_unescaped_plus_is_a_space_and_misses(api: Api) -> None:
    """A raw + decodes to a space: the filter finds nobody, and the journal says why."""
    contact = api.insert(channels=[{"type": "phone", "value": "+14155550132", "country": "US"}])
    path = f"/v1/services/{api.service_id}/contacts?channel_type_id={PHONE}&channel_value="

    missed = api.send("GET", f"{path}+14155550132").json()["result"]
    found = api.send("GET", f"{path}%2B14155550132").json()["result"]

    assert ([], [contact]) == (missed, [row["id"] for row in found])
    assert ["unescaped + in the value of channel_value"] == sentences(api)


def test_a_plus_between_a_sort_field_and_its_direction_is_fine(api: Api, clean: None) -> None:
    """Form encoding writes the space of `created_at asc` as +, which is right."""
    api.send("GET", f"/v1/services/{api.service_id}/contacts?sort_fields=created_at+asc")


def test_sorting_by_what_no_source_lists_is_reported(api: Api) -> None:
    """An undocumented sort field is ignored and noted."""
    assert 200 == api.v1("GET", "/contacts", params={"sort_fields": "shoe_size asc"}).status_code
    assert ["sort by shoe_size, which no source allows here"] == sentences(api)


def test_a_body_needs_its_content_type(api: Api) -> None:
    """JSON without Content-Type application/json is read, and noted."""
    assert 200 == api.v1("POST", "/contacts", data=b"{}").status_code
    assert ["a body without Content-Type application/json"] == sentences(api)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/services/{s}/messages"),
        ("POST", "/v1/services/{s}/messages/read"),
        ("POST", "/v1/services/{s}/messages/1/read"),
        ("PUT", "/v1/services/{s}/contacts/1/avatar"),
        ("POST", "/v1/services/{s}/contacts/1/automations/2"),
        ("GET", "/v1/services/{s}/templates"),
        ("GET", "/v1/contacts"),
        ("GET", "/v2/services/{s}/contacts/export"),
        ("POST", "/v2/services/{s}/messages"),
        ("GET", "/v2/services/{s}/webhooks"),
        ("POST", "/v2/services/{s}/csv-import/upload"),
        ("GET", "/v2/organizations/1/webhooks"),
        ("POST", "/v2/services/{s}/integrations/salesforce"),
        ("POST", "/v2/oauth/exchange"),
    ],
)
def test_what_nobody_calls_is_501_and_noted(api: Api, method: str, path: str) -> None:
    """Documented paths without a simulation say so."""
    response = api.send(method, path.format(s=api.service_id))

    assert 501 == response.status_code
    assert 1 == len(sentences(api))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/guests", 404),
        ("GET", "/v2/guests", 404),
        ("PATCH", "/v1/services", 405),
        ("DELETE", "/v1/services/{s}/contacts", 405),
        ("POST", "/v2/services/{s}/users", 405),
        ("PATCH", "/v2/services/{s}/users", 405),
    ],
)
def test_unknown_paths_and_methods_are_refused_loudly(
    api: Api, method: str, path: str, status: int
) -> None:
    """No such path is 404, no such method 405, and both are violations."""
    response = api.send(method, path.format(s=api.service_id))

    assert status == response.status_code
    assert 1 == len(sentences(api))


def test_nothing_personal_is_in_a_violation(api: Api) -> None:
    """Violations name keys, not values."""
    body = {
        "firstName": "Marker",
        "nickname": "Marker",
        "channels": [{"type": "email_address", "value": "marker@b.example", "x": 1}],
    }
    api.v2("POST", "/contacts", json=body)
    api.v1("GET", "/contacts", params={"guest_name": "Marker"})

    assert 3 == len(sentences(api))
    assert not any("marker" in text.lower() for text in api.running.violations())


def test_a_refused_write_changes_no_row_in_the_journal(api: Api) -> None:
    """Writes counts calls that changed something; refusals and reads do not."""
    contact = api.insert()
    with requests.Session() as session:
        session.auth = (ZINGLE_USERNAME, ZINGLE_PASSWORD)
        api.v1("GET", "/contacts")
        api.v1("PUT", f"/contacts/{contact}", json={"is_closed": 1})
        api.v2("PUT", f"/contacts/{contact}", json={"firstName": 1})
        assert 0 == api.running.writes("zingle")
        api.v1("PUT", f"/contacts/{contact}", json={"custom_field_values": []})
        assert 1 == api.running.writes("zingle")
