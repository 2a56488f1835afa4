"""What others do between a client's read and its write, and what locks and empty values do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import requests

    from .conftest import Api

    Read = Callable[[Api, str], requests.Response]

PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"


def by_id(api: Api, contact: str) -> requests.Response:
    """Read one contact in v1."""
    return api.v1("GET", f"/contacts/{contact}")


def by_v2(api: Api, contact: str) -> requests.Response:
    """Read one contact in v2."""
    return api.v2("GET", f"/contacts/{contact}")


def by_external_id(api: Api, contact: str) -> requests.Response:
    """Find one contact by its external id."""
    return api.v1("GET", "/contacts", params={"external_id": "003"})


def by_phone(api: Api, contact: str) -> requests.Response:
    """Find one contact by its phone."""
    params = {"channel_type_id": PHONE, "channel_value": "+14155550132"}
    return api.v1("GET", "/contacts", params=params)


@pytest.mark.parametrize("read", [by_id, by_v2, by_external_id, by_phone])
def test_a_contact_is_deleted_between_match_and_write(api: Api, clean: None, read: Read) -> None:
    """The read shows the contact, the write after it is 3000; once, as the option says."""
    phone = {"type": "phone", "value": "+14155550132", "country": "US"}
    contact = api.insert(external_id="003", channels=[phone])
    other = api.insert()
    api.option(delete_after_read=1)

    first = read(api, contact)
    write = api.v1("PUT", f"/contacts/{contact}", json={})

    assert 200 == first.status_code
    assert contact in first.text
    assert (404, 3000) == (write.status_code, api.code(write))
    assert 200 == by_id(api, other).status_code
    assert 200 == by_id(api, other).status_code


def test_a_lock_appears_between_read_and_write(api: Api, clean: None) -> None:
    """The read shows no lock, the write of a name after it is 3011."""
    contact = api.insert(fields={"First Name": "Ann"})
    api.option(lock_after_read=1)
    name = {"custom_field_id": "e01a3856-89b1-4db4-bf56-38d79454c921", "value": "Bea"}

    before = api.contact(contact)
    write = api.v1("PUT", f"/contacts/{contact}", json={"custom_field_values": [name]})

    assert before["locked_by_source"] is None
    assert 3011 == api.code(write)
    assert "pms" == api.contact(contact)["locked_by_source"]


def test_a_page_of_many_contacts_counts_as_no_single_read(api: Api, clean: None) -> None:
    """Building an index does not use the options up."""
    contact = api.insert()
    api.option(delete_after_read=1)

    api.result("GET", "/contacts", params={"page_size": 500})

    assert 1 == api.running.sandbox.options["zingle_delete_after_read"]
    assert 200 == by_id(api, contact).status_code
    assert 404 == by_id(api, contact).status_code


@pytest.mark.parametrize("locked", [None, "pms"])
def test_a_lock_may_protect_further_fields(api: Api, clean: None, locked: str | None) -> None:
    """Fields that a tenant locks are refused on locked contacts only, in v1 and in v2."""
    contact = api.insert(fields={"Room": "12", "Company": "Acme"}, locked_by_source=locked)
    api.option(locked_fields="room, Checkin Date")
    values = {
        name: {"custom_field_id": api.field_id(name), "value": "13"} for name in ("Room", "Company")
    }

    room, company = (
        api.v1("PUT", f"/contacts/{contact}", json={"custom_field_values": [values[name]]})
        for name in ("Room", "Company")
    )
    room_v2, same_v2 = (
        api.v2("PUT", f"/contacts/{contact}", json={"contactFields": [field]})
        for field in (
            {"contactFieldName": "Room", "value": "14"},
            {"contactFieldName": "Room", "value": "12" if locked else "14"},
        )
    )

    refused = locked is not None
    assert (3011 if refused else None) == (api.code(room) if refused else None)
    assert [400 if refused else 200, 200] == [room.status_code, company.status_code]
    assert [400 if refused else 200, 200] == [room_v2.status_code, same_v2.status_code]
    assert ("12" if refused else "14") == api.value(api.contact(contact), "Room")


def test_a_v2_put_may_lock(api: Api, clean: None) -> None:
    """A link that is made through v2 makes the record an outside system's, from then on."""
    contact = api.insert(fields={"First Name": "Ann"})
    api.option(v2_put_locks=True)

    linked = api.v2("PUT", f"/contacts/{contact}", json={"externalId": "003A"})
    name = {"custom_field_id": "e01a3856-89b1-4db4-bf56-38d79454c921", "value": "Bea"}
    renamed = api.v1("PUT", f"/contacts/{contact}", json={"custom_field_values": [name]})

    assert 200 == linked.status_code
    assert "api" == api.contact(contact)["locked_by_source"]
    assert 3011 == api.code(renamed)


def test_clearing_may_be_ignored(api: Api, clean: None) -> None:
    """An empty value is answered as if it had been written, and the old one stays."""
    contact = api.insert(fields={"First Name": "Ann", "Room": "12"})
    api.option(ignores_clearing=True)
    values = [
        {"custom_field_id": api.field_id(name), "value": None} for name in ("First Name", "Room")
    ]

    response = api.v1("PUT", f"/contacts/{contact}", json={"custom_field_values": values})

    assert 200 == response.status_code
    after = api.contact(contact)
    assert ("Ann", "12") == (after["first_name"], api.value(after, "Room"))


def test_a_few_contacts_may_have_short_numbers(api: Api, clean: None) -> None:
    """Numbers of five digits or none in E.164 come in from elsewhere, and are found as written."""
    short = [{"type": "phone", "value": value, "country": "US"} for value in ("72345", "911")]
    contact = api.insert(channels=short)

    params = {"channel_type_id": PHONE, "channel_value": "72345"}

    assert [contact] == [row["id"] for row in api.result("GET", "/contacts", params=params)]
    assert ["72345", "911"] == [one["value"] for one in api.contact(contact)["channels"]]
