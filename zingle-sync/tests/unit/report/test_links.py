from __future__ import annotations

import pytest

from zingle_sync.report.links import record_url

CONTACT = "82f00113-459b-4c2c-a4ef-bbddbc0b022f"
SERVICE = "5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01"
LINKS = {
    "salesforce": "https://hotel.my.salesforce.com/",
    "zingle": "https://app.example.org/{service_id}/{contact_id}?on={date}",
}


@pytest.mark.parametrize(
    ("record_id", "address"),
    [
        ("003Zs00000000GBIAY", "https://hotel.my.salesforce.com/003Zs00000000GBIAY"),
        ("00QZs00000000GB", "https://hotel.my.salesforce.com/00QZs00000000GB"),
        (CONTACT, f"https://app.example.org/{SERVICE}/{CONTACT}?on="),
        (
            f"{SERVICE}:{CONTACT}:2026-03-02",
            f"https://app.example.org/{SERVICE}/{CONTACT}?on=2026-03-02",
        ),
        (
            f"{SERVICE}:{CONTACT}:2026-03-02:2",
            f"https://app.example.org/{SERVICE}/{CONTACT}?on=2026-03-02",
        ),
        ("a0XZs00000000GBIAY", None),  # an object of the org's own: any page may be behind it
        ("+1858***1212", None),
        ("1234567890", None),
        ("003Zs00000000GBIAY/../x", None),
        ("", None),
    ],
)
def test_an_id_leads_to_its_page(record_id: str, address: str | None) -> None:
    """Ids of people and Tasks lead to the org, ids of guests and days to Zingle, others nowhere."""
    assert address == record_url(LINKS, record_id, SERVICE)


@pytest.mark.parametrize(
    "links",
    [{}, {"salesforce": "", "zingle": ""}, {"salesforce": "http://127.0.0.1:1", "zingle": "x"}],
)
def test_no_link_is_better_than_a_wrong_one(links: dict[str, str]) -> None:
    """Without an address that a browser opens an id stays an id."""
    assert record_url(links, "003Zs00000000GBIAY") is None
    assert record_url(links, CONTACT) is None
