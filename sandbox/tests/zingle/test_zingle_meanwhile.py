"""What others do between a client's read and its write."""

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
