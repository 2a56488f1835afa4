from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.zingle import AGENT_IDS

if TYPE_CHECKING:
    from .conftest import Api


FULL = {
    "firstName": "Ann",
    "lastName": "Berg",
    "title": "Ms.",
    "notes": "Likes the sea",
    "tags": ["VIP"],
    "externalId": "003000000000001AAA",
    "channels": [
        {"type": "phone_number", "value": "+14155550132"},
        {"type": "email_address", "value": "ann@hotel.example"},
    ],
    "contactFields": [
        {"contactFieldName": "Room", "value": "12"},
        {"contactFieldName": "Newsletter", "value": False},
        {"contactFieldName": "Nights Stayed", "value": 3},
        {"contactFieldName": "Checkin Date", "value": "2026-01-01"},
        {"contactFieldName": "Last Stay", "value": "2026-01-01T00:01:01.000Z"},
        {"contactFieldName": "Arrival Time", "value": "23:59"},
        {"contactFieldName": "Loyalty Tier", "value": "Gold"},
    ],
}


def created(api: Api, body: dict[str, Any]) -> str:
    """Create a contact in v2; its id."""
    response = api.v2("POST", "/contacts", json=body)
    assert (200, {}) == (response.status_code, response.json()), response.text
    return response.headers["Location"].rsplit("/", 1)[1]


def test_a_created_contact_is_named_by_location_only(api: Api, clean: None) -> None:
    """POST answers 200, {} and the absolute address of the record."""
    response = api.v2("POST", "/contacts", json={"firstName": "Ann"})

    contact_id = api.result("GET", "/contacts")[0]["id"]
    address = f"{api.running.url}/v2/services/{api.service_id}/contacts/{contact_id}"
    assert (200, {}, address) == (
        response.status_code,
        response.json(),
        response.headers["Location"],
    )


def test_what_v2_writes_v1_and_v2_read(api: Api, clean: None) -> None:
    """One store: names, tags, channels, values of every type and the external id."""
    contact_id = created(api, FULL)

    v1 = api.contact(contact_id)
    v2 = api.v2("GET", f"/contacts/{contact_id}").json()

    by_name = {field["contactFieldName"]: field for field in v2["contactFields"]}
    v2["contactFields"] = [by_name[field["contactFieldName"]] for field in FULL["contactFields"]]
    active = [{**channel, "isActive": True} for channel in FULL["channels"]]
    assert {**FULL, "channels": active} == {key: v2[key] for key in FULL}
    assert {"id", "createdAt", "updatedAt", "avatarUrl", "conversationProperties"} <= v2.keys()
    assert ("003000000000001AAA", "Ann", "Likes the sea", ["VIP"]) == (
        v1["external_id"],
        v1["first_name"],
        v1["notes"],
        [label["display_name"] for label in v1["labels"]],
    )
    values = {
        name: api.value(v1, name)
        for name in ("Newsletter", "Nights Stayed", "Checkin Date", "Last Stay")
    }
    assert {
        "Newsletter": "false",
        "Nights Stayed": 3,
        "Checkin Date": 1767225600,
        "Last Stay": 1767225661,
    } == values
    assert ["US", None] == [channel["country"] for channel in v1["channels"]]


def test_the_service_country_explains_a_national_number(api: Api, clean: None) -> None:
    """v2 channels have no country: a number that is not in E.164 is read in the service's country."""
    contact_id = created(api, {"channels": [{"type": "phone_number", "value": "415 555 0132"}]})

    assert "+14155550132" == api.contact(contact_id)["channels"][0]["value"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "validation_error", "contact"),
        ({"notes": "only a note"}, "validation_error", "contact"),
        ({"firstName": 7}, "validation_error", "firstName"),
        ({"firstName": "A", "tags": "VIP"}, "validation_error", "tags"),
        ({"firstName": "A", "tags": ["Nobody"]}, "validation_error", "tags"),
        ({"firstName": "A", "channels": {"type": "x"}}, "validation_error", "channels"),
        ({"firstName": "A", "channels": ["x"]}, "validation_error", "channels"),
        ({"channels": [{"type": "fax", "value": "x"}]}, "validation_error", "channels"),
        ({"channels": [{"type": "phone_number", "value": "555"}]}, "contact_invalid_phone_number", "channels"),
        ({"channels": [{"type": "email_address", "value": "no"}]}, "invalid_email_format", "channels"),
        ({"channels": [{"type": "phone_number", "value": "+16195550100"}]}, "channel_assigned_to_service", "channels"),
        ({"channels": [{"type": "phone_number", "value": "+14155550199"}]}, "contact_phone_number_exists", "channels"),
        ({"channels": [{"type": "email_address", "value": "taken@hotel.example"}]}, "contact_email_exists", "channels"),
        ({"contactFields": "Room"}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Nowhere", "value": "1"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "First Name", "value": "A"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Newsletter", "value": "true"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Nights Stayed", "value": "3"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Checkin Date", "value": 1767225600}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Checkin Date", "value": "2026-02-30"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Last Stay", "value": "2026-01-01T00:00:00"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Arrival Time", "value": "9am"}]}, "validation_error", "contactFields"),
        ({"contactFields": [{"contactFieldName": "Loyalty Tier", "value": "gold"}]}, "validation_error", "contactFields"),
        ({"firstName": "A", "conversationProperties": []}, "validation_error", "conversationProperties"),
        ({"firstName": "A", "conversationProperties": {"isClosed": 1}}, "validation_error", "isClosed"),
        ({"firstName": "A", "conversationProperties": {"assignedToUserId": "1", "assignedToTeamId": "2"}}, "validation_error", "conversationProperties"),
    ],
)  # fmt: skip
def test_a_refused_create_names_the_field(
    api: Api, body: dict[str, Any], code: str, field: str
) -> None:
    """A refusal has a code, a description and the field that is wrong; nothing is stored."""
    api.insert(
        channels=[
            {"type": "phone", "value": "+14155550199", "country": "US"},
            {"type": "email", "value": "taken@hotel.example"},
        ]
    )

    response = api.v2("POST", "/contacts", json=body)

    answer = response.json()
    assert (400, code) == (response.status_code, answer["code"])
    assert {"code", "description", "fieldErrors"} == answer.keys()
    assert [field] == [error["field"] for error in answer["fieldErrors"]]
    assert 1 == api.running.sandbox.store.value("SELECT count(*) FROM zg_contacts")
    assert 0 == api.running.writes("zingle")


def test_a_reference_redirects_to_the_record(api: Api, clean: None) -> None:
    """ref/{externalId} is a 307 whose Location is the record."""
    contact_id = created(api, FULL)

    response = api.v2("GET", f"/contacts/ref/{FULL['externalId']}")

    address = f"{api.running.url}/v2/services/{api.service_id}/contacts/{contact_id}"
    assert (307, address) == (response.status_code, response.headers["Location"])
    assert 404 == api.v2("GET", "/contacts/ref/nobody").status_code


def test_a_reference_may_be_percent_encoded(api: Api, clean: None) -> None:
    """An external id with a colon and a space is found by its encoded form."""
    created(api, {"firstName": "A", "externalId": "00D:003 x"})

    assert 307 == api.v2("GET", "/contacts/ref/00D%3A003%20x").status_code


def test_a_full_record_put_that_adds_the_external_id_loses_nothing(api: Api, clean: None) -> None:
    """Reading a record and putting it back whole with an external id changes only that."""
    contact_id = created(api, {**FULL, "externalId": None})
    before = api.contact(contact_id)
    record = api.v2("GET", f"/contacts/{contact_id}").json()

    response = api.v2("PUT", f"/contacts/{contact_id}", json={**record, "externalId": "003B"})

    after = api.contact(contact_id)
    assert (200, {}) == (response.status_code, response.json())
    assert {**before, "external_id": "003B", "updated_at": 0} == {**after, "updated_at": 0}


def test_a_locked_contact_takes_an_external_id_but_no_new_name(api: Api) -> None:
    """v2 writes of a locked contact: identity is refused, the rest is not."""
    contact_id = api.insert(locked_by_source="pms", fields={"First Name": "Ann"})
    refused = api.v2("PUT", f"/contacts/{contact_id}", json={"firstName": "Bea"})
    channel = api.v2(
        "PUT",
        f"/contacts/{contact_id}",
        json={"channels": [{"type": "phone_number", "value": "+14155550132"}]},
    )
    accepted = api.v2(
        "PUT", f"/contacts/{contact_id}", json={"firstName": "Ann", "externalId": "1"}
    )

    assert (400, "3011") == (refused.status_code, refused.json()["code"])
    assert (400, "3011") == (channel.status_code, channel.json()["code"])
    assert 200 == accepted.status_code
    assert "1" == api.contact(contact_id)["external_id"]


def test_an_unknown_contact_is_404(api: Api, clean: None) -> None:
    """GET, PUT and DELETE of no contact say contact_not_found."""
    for method in ("GET", "PUT", "DELETE"):
        response = api.v2(method, "/contacts/00000000-0000-4000-8000-000000000000", json={})
        assert (404, "contact_not_found") == (response.status_code, response.json()["code"])


def test_a_deleted_contact_is_gone_in_both_versions(api: Api, clean: None) -> None:
    """DELETE answers 200 and an empty body."""
    contact_id = created(api, FULL)

    response = api.v2("DELETE", f"/contacts/{contact_id}")

    assert (200, b"") == (response.status_code, response.content)
    assert 404 == api.v1("GET", f"/contacts/{contact_id}").status_code


def test_channels_that_v2_has_no_name_for_stay_out_of_its_records(api: Api, clean: None) -> None:
    """A user-defined channel is invisible in v2, and survives a v2 PUT of all channels."""
    contact_id = api.insert(channels=[{"type": "Loyalty App", "value": "u-1"}])
    record = api.v2("GET", f"/contacts/{contact_id}").json()
    api.v2("PUT", f"/contacts/{contact_id}", json=record)

    assert [] == record["channels"]
    assert ["u-1"] == [channel["value"] for channel in api.contact(contact_id)["channels"]]


def test_users_have_a_number_and_a_uuid(api: Api, clean: None) -> None:
    """v2 users are a plain array; id is a number, uuid the id of v1."""
    users = api.v2("GET", "/users").json()

    assert [1, 2, 3, 4] == [user["id"] for user in users]
    assert list(AGENT_IDS) == [user["uuid"] for user in users][1:]


def test_a_patch_changes_what_it_names_alone(api: Api, clean: None) -> None:
    """An external id comes to a contact, and everything else stays as it was."""
    contact_id = created(api, {**FULL, "externalId": None})
    before = api.contact(contact_id)

    response = api.v2("PATCH", f"/contacts/{contact_id}", json={"externalId": "003B"})

    assert (200, {}) == (response.status_code, response.json())
    assert {**before, "external_id": "003B", "updated_at": 0} == {
        **api.contact(contact_id),
        "updated_at": 0,
    }


@pytest.mark.parametrize(
    ("patch", "status", "external_id", "values"),
    [
        ("merge", 200, "003B", ["+14155550132", "ann@hotel.example", "+14155550199"]),
        ("replaces_channels", 200, "003B", ["+14155550199"]),
        ("ignored", 200, None, ["+14155550132", "ann@hotel.example"]),
        ("absent", 405, None, ["+14155550132", "ann@hotel.example"]),
    ],
)
def test_each_instance_may_patch_differently(
    api: Api, clean: None, *, patch: str, status: int, external_id: str | None, values: list[str]
) -> None:
    """Channels of a PATCH are added or take the place of all; it may do nothing, or not exist."""
    contact_id = created(api, {**FULL, "externalId": None})
    api.option(v2_patch=patch)
    channel = {"type": "phone_number", "value": "+14155550199"}

    response = api.v2(
        "PATCH", f"/contacts/{contact_id}", json={"externalId": "003B", "channels": [channel]}
    )

    after = api.contact(contact_id)
    assert (status, external_id) == (response.status_code, after["external_id"])
    assert sorted(values) == sorted(one["value"] for one in after["channels"])


def test_a_patch_refuses_a_taken_external_id(api: Api, clean: None) -> None:
    """Two contacts cannot have one external id, however it is written."""
    created(api, FULL)
    other = created(api, {"firstName": "Bea"})

    response = api.v2("PATCH", f"/contacts/{other}", json={"externalId": FULL["externalId"]})

    assert (400, "contact_external_id_exists") == (response.status_code, response.json()["code"])


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_instance_without_patch_knows_it_for_no_contact(
    api: Api, clean: None, *, status: int
) -> None:
    """The same status comes for a contact that exists and for one that does not."""
    contact_id = created(api, {**FULL, "externalId": None})
    api.option(v2_patch="absent", v2_patch_absent=status)
    nobody = "00000000-0000-4000-8000-000000000000"

    answers = [
        api.v2("PATCH", f"/contacts/{one}", json={"externalId": "003B"})
        for one in (contact_id, nobody)
    ]

    assert [status, status] == [answer.status_code for answer in answers]
    assert api.contact(contact_id)["external_id"] is None


@pytest.mark.parametrize("patch", ["merge", "replaces_channels"])
@pytest.mark.parametrize(
    "state",
    [
        {"locked_by_source": "pms"},
        {"optin_status": "opted-out"},
        {"channels": [{"type": "phone", "value": "+14155550188", "block_outbound": True}]},
    ],
)
def test_a_protected_contact_takes_an_external_id_and_stays_protected(
    api: Api, clean: None, *, patch: str, state: dict[str, Any]
) -> None:
    """Lock, opt-out and blocked channels are not touched by a PATCH of the external id."""
    api.option(v2_patch=patch)
    contact_id = api.insert(fields={"First Name": "Ann", "Room": "12"}, labels=["VIP"], **state)
    before = api.contact(contact_id)

    response = api.v2("PATCH", f"/contacts/{contact_id}", json={"externalId": "003B"})

    assert 200 == response.status_code
    after = api.contact(contact_id)
    assert {**before, "external_id": "003B", "updated_at": 0} == {**after, "updated_at": 0}


def test_a_patch_of_a_locked_contact_changes_no_name(api: Api, clean: None) -> None:
    """What a lock protects is refused in a PATCH as it is in a PUT."""
    contact_id = api.insert(locked_by_source="pms", fields={"First Name": "Ann"})

    response = api.v2(
        "PATCH", f"/contacts/{contact_id}", json={"externalId": "003B", "firstName": "Bea"}
    )

    assert (400, "3011") == (response.status_code, response.json()["code"])
    assert (None, "Ann") == tuple(
        api.contact(contact_id)[key] for key in ("external_id", "first_name")
    )
