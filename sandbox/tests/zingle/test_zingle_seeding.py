from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from zingle_sandbox import zingle

if TYPE_CHECKING:
    from .conftest import Api

CHOSEN = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
PHONE = {"type": "phone", "value": "+14155550132", "country": "US"}


def indexes(api: Api) -> set[str]:
    """The names of the Zingle indexes that exist."""
    rows = api.running.sandbox.store.all(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name LIKE 'zg_%'"
    )
    return {row["name"] for row in rows}


def test_a_seed_may_choose_ids(api: Api, clean: None) -> None:
    """A contact, a channel and a message with a chosen id are found by it, through every path."""
    contact = api.insert(
        id=CHOSEN, external_id="003", channels=[{**PHONE, "id": CHOSEN[:-1] + "f"}]
    )
    message = api.insert_message(contact, id=CHOSEN[:-1] + "d")

    shown = api.contact(CHOSEN)

    assert (CHOSEN, CHOSEN) == (contact, shown["id"])
    assert CHOSEN[:-1] + "f" == shown["channels"][0]["id"]
    assert message == shown["last_message"]["id"] == api.result("GET", f"/messages/{message}")["id"]
    assert [message] == [
        m["id"] for m in api.result("GET", "/messages", params={"contact_id": CHOSEN})
    ]
    assert 200 == api.v1("GET", f"/contacts/{CHOSEN}/channels/{CHOSEN[:-1]}f").status_code
    assert 200 == api.v2("PUT", f"/contacts/{CHOSEN}", json={"firstName": "Ann"}).status_code
    assert api.v2("GET", "/contacts/ref/003").headers["Location"].endswith(CHOSEN)


def test_the_ids_of_an_insert_come_in_order_and_on_demand(api: Api) -> None:
    """insert_contacts returns a sequence as long as the input, chosen ids in their places."""
    rows = [{"created_at": at} for at in range(5)]
    rows[3]["id"] = CHOSEN

    ids = zingle.insert_contacts(api.running.sandbox, iter(rows))

    assert (5, CHOSEN, 5) == (len(ids), ids[3], len(set(ids)))
    assert ids[1:3] == [ids[1], ids[2]]
    assert [0, 4] == [api.contact(contact)["created_at"] for contact in (ids[0], ids[-1])]


@pytest.mark.parametrize(
    "row",
    [
        {"fields": {"Shoe Size": "42"}},
        {"labels": ["Nobody"]},
        {"channels": [{"type": "fax", "value": "1"}]},
        {"service_id": CHOSEN},
    ],
)
def test_a_seed_with_an_unknown_name_leaves_nothing_behind(
    api: Api, row: dict[str, object]
) -> None:
    """KeyError, no row, and every index still there."""
    before = indexes(api)

    with pytest.raises(KeyError):
        zingle.insert_contacts(api.running.sandbox, [{}, row])

    assert 0 == api.running.sandbox.store.value("SELECT count(*) FROM zg_contacts")
    assert before == indexes(api)


def test_a_bulk_load_of_several_steps_builds_the_indexes_once_at_its_end(api: Api) -> None:
    """Inside bulk_load the indexes of empty tables are gone, after it they are back."""
    before = indexes(api)

    with zingle.bulk_load(api.running.sandbox):
        api.insert(channels=[PHONE])
        inside = indexes(api)
        api.insert()

    assert {"zg_contacts_created", "zg_channels_value"} <= before - inside
    assert before == indexes(api)


def test_messages_find_their_channel_and_the_last_one_is_remembered(api: Api, clean: None) -> None:
    """Without a channel_value a message runs over the contact's first channel."""
    contact = api.insert(channels=[PHONE, {"type": "email", "value": "ann@hotel.example"}])
    api.insert_message(contact, 10)
    api.insert_message(contact, 30, channel_value="ann@hotel.example", body="newest")
    api.insert_message(contact, 20)

    rows = api.result("GET", "/messages", params={"sort_fields": "created_at desc,id desc"})

    assert ["ann@hotel.example", PHONE["value"], PHONE["value"]] == [
        message["sender"]["channel"]["value"] for message in rows
    ]
    assert "newest" == api.contact(contact)["last_message"]["body"]


def test_of_two_creates_at_once_one_wins(api: Api, clean: None) -> None:
    """Uniqueness holds between clients that write at the same time."""
    body = {
        "channels": [{"channel_type_id": api.phone_type, "value": "+14155550132", "country": "US"}]
    }

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.v1("POST", "/contacts", json=body), range(8)))

    codes = [api.code(answer) for answer in answers if answer.status_code != 200]
    assert [3104] * 7 == codes
    assert 1 == api.v1("GET", "/contacts").json()["status"]["total_records"]
