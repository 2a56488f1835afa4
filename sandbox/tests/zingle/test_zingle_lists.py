from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from .conftest import Api


def ids(response: requests.Response) -> list[str]:
    """The ids of a page."""
    return [row["id"] for row in response.json()["result"]]


def test_a_list_says_how_it_was_paged_and_sorted(api: Api, clean: None) -> None:
    """The status of a v1 list carries sort, page, size, pages and records."""
    for at in range(5):
        api.insert(created_at=1000 + at)

    params = {"page": 2, "page_size": 2, "sort_fields": "created_at desc,id asc"}
    response = api.v1("GET", "/contacts", params=params)

    assert response.json()["status"] == {
        "text": "OK",
        "status_code": 200,
        "description": None,
        "sort_field": "created_at",
        "sort_direction": "desc",
        "page": 2,
        "page_size": 2,
        "total_pages": 3,
        "total_records": 5,
    }
    assert [1002, 1001] == [row["created_at"] for row in response.json()["result"]]


def test_ten_rows_are_a_page_unless_asked_otherwise(api: Api, clean: None) -> None:
    """page_size defaults to 10."""
    for _ in range(11):
        api.insert()

    assert 10 == len(api.result("GET", "/contacts"))


def test_a_page_past_the_end_is_empty_and_no_error(api: Api, clean: None) -> None:
    """Reading on past the last page answers an empty result."""
    api.insert()

    response = api.v1("GET", "/contacts", params={"page": 9})

    assert (200, []) == (response.status_code, response.json()["result"])
    assert 1 == response.json()["status"]["total_records"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"page": 0}, 2603),
        ({"page": "x"}, 2603),
        ({"page_size": 0}, 2611),
        ({"page_size": 1001}, 2611),
        ({"sort_field": "created_at", "sort_direction": "up"}, 2609),
        ({"sort_fields": "created_at sideways"}, 2609),
        ({"channel_value": "+14155550132"}, 5000),
        ({"channel_type_id": "0a293ea3-4721-433e-a031-610ebcf43255"}, 5000),
        ({"channel_type_id": "no", "channel_value": "x"}, 2605),
    ],
)
def test_bad_paging_sorting_and_filters_are_refused(
    api: Api, params: dict[str, Any], code: int
) -> None:
    """What the documentation refuses in a list's query is refused with its code."""
    response = api.v1("GET", "/contacts", params=params)

    assert (400, code) == (response.status_code, api.code(response))


def test_a_thousand_rows_a_page_are_allowed_by_default(api: Api, clean: None) -> None:
    """page_size 1000 is the documented maximum."""
    assert (
        1000 == api.v1("GET", "/contacts", params={"page_size": 1000}).json()["status"]["page_size"]
    )


@pytest.fixture
def guests(api: Api) -> dict[str, str]:
    """Four different contacts by nickname."""
    plain = {"created_at": 100}
    return {
        "ann": api.insert(
            **plain,
            external_id="003A",
            labels=["VIP"],
            fields={"First Name": "Ann", "Last Name": "Berg"},
            channels=[{"type": "phone", "value": "+14155550132", "country": "US"}],
            is_starred=True,
        ),
        "bob": api.insert(
            **plain,
            fields={"First Name": "Bob", "Last Name": "Adams"},
            channels=[{"type": "email", "value": "Bob@hotel.example"}],
            locked_by_source="pms",
            is_confirmed=False,
        ),
        "cem": api.insert(
            **plain,
            channels=[{"type": "phone", "value": "+14155550199", "country": "US"}],
            optin_status="opted-in",
            is_closed=True,
        ),
        "dee": api.insert(**plain, groups=["In House"]),
    }


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"external_id": "003A"}, ["ann"]),
        ({"external_id": "003a"}, []),
        ({"external_id": "003*"}, []),
        ({"channel_value": "+14155550132", "channel_type_id": "phone"}, ["ann"]),
        ({"channel_value": "+1415555*", "channel_type_id": "phone"}, ["ann", "cem"]),
        ({"channel_value": "14155550132", "channel_type_id": "phone"}, []),
        ({"channel_value": "Bob@hotel.example", "channel_type_id": "email"}, ["bob"]),
        ({"channel_value": "bob@hotel.example", "channel_type_id": "email"}, []),
        ({"channel_value": "Bob@hotel.example", "channel_type_id": "phone"}, []),
        ({"label_id": "VIP"}, ["ann"]),
        ({"label_id": "00000000-0000-4000-8000-000000000000"}, []),
        ({"is_starred": "true"}, ["ann"]),
        ({"is_confirmed": "false"}, ["bob"]),
        ({"is_closed": "true"}, ["cem"]),
        ({"is_closed": "maybe"}, []),
        ({"is_unassigned": "true"}, ["ann", "bob", "cem", "dee"]),
        ({"assigned_to_user_id": "00000000-0000-4000-8000-000000000000"}, []),
        ({"locked_by_source": "pms"}, ["bob"]),
        ({"optin_status": "opted-in"}, ["cem"]),
        ({"query": "nn be"}, ["ann"]),
        ({"query": "5550199"}, ["cem"]),
        ({"query": "%"}, []),
        ({"external_id": "003A", "is_starred": "true", "label_id": "VIP"}, ["ann"]),
        ({"external_id": "003A", "is_starred": "false"}, []),
    ],
)
def test_each_filter_finds_its_contacts(
    api: Api, guests: dict[str, str], params: dict[str, Any], expected: list[Any], clean: None
) -> None:
    """Filters are exact but for the wildcard of channel_value, and all of them must hold."""
    kinds = {"phone": api.phone_type, "email": api.email_type}
    params = {key: kinds.get(value, value) for key, value in params.items()}
    if params.get("label_id") == "VIP":
        params["label_id"] = api.label_id("VIP")

    response = api.v1("GET", "/contacts", params=params)

    assert sorted(guests[name] for name in expected) == sorted(ids(response))
    assert len(expected) == response.json()["status"]["total_records"]


def test_a_group_filter_finds_its_members(api: Api, guests: dict[str, str], clean: None) -> None:
    """contact_group_id lists the group's contacts, which carry the group."""
    group = api.result("GET", "/contact-groups")[0]

    found = api.result("GET", "/contacts", params={"contact_group_id": group["id"]})

    assert [guests["dee"]] == [row["id"] for row in found]
    assert [group] == found[0]["contact_groups"]


def test_message_bodies_are_searched_only_when_asked(
    api: Api, guests: dict[str, str], clean: None
) -> None:
    """search_message_bodies widens query to the texts of messages."""
    api.insert_message(guests["dee"], body="The pool is cold")

    assert [] == ids(api.v1("GET", "/contacts", params={"query": "pool"}))
    params = {"query": "pool", "search_message_bodies": "true"}
    assert [guests["dee"]] == ids(api.v1("GET", "/contacts", params=params))


def test_the_last_message_can_be_filtered_and_is_shown(
    api: Api, guests: dict[str, str], clean: None
) -> None:
    """last_message is an object of nulls without a message, else the newest one."""
    api.insert_message(guests["ann"], 2000, body="second")
    api.insert_message(guests["ann"], 1000, body="first")
    params = {"last_message_created_at": "greater_than(0)"}

    found = api.result("GET", "/contacts", params=params)

    assert [("second", 2000)] == [
        (row["last_message"]["body"], row["last_message"]["created_at"]) for row in found
    ]
    assert {"id": None, "body": None, "created_at": None} == api.contact(guests["bob"])[
        "last_message"
    ]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("first_name asc", ["cem", "dee", "ann", "bob"]),
        ("last_name desc", ["ann", "bob", "dee", "cem"]),
        ("is_starred desc,first_name asc", ["ann", "cem", "dee", "bob"]),
        ("id desc", ["dee", "cem", "bob", "ann"]),
    ],
)
def test_sort_fields_are_followed(
    api: Api, guests: dict[str, str], sort: str, expected: list[Any], clean: None
) -> None:
    """Each sort field orders the list; the reading stable keeps ties in place."""
    api.reading(tie_order="stable")

    found = ids(api.v1("GET", "/contacts", params={"sort_fields": sort}))

    assert [guests[name] for name in expected] == found


def test_repeated_sort_fields_count_as_one_list(
    api: Api, guests: dict[str, str], clean: None
) -> None:
    """sort_fields may come as an array, the way the phone app sends it."""
    params = [("sort_fields[]", "is_starred desc"), ("sort_fields[]", "id desc")]

    response = api.v1("GET", "/contacts", params=params)

    assert [guests[name] for name in ("ann", "dee", "cem", "bob")] == ids(response)


def test_every_page_together_is_the_whole_list_with_a_total_order(api: Api, clean: None) -> None:
    """created_at,id pages lose and repeat nothing, however many rows tie."""
    made = {api.insert(created_at=1000 + at // 7) for at in range(60)}
    params = {"page_size": 7, "sort_fields": "created_at asc,id asc"}

    found = [
        row
        for page in range(1, 10)
        for row in ids(api.v1("GET", "/contacts", params={**params, "page": page}))
    ]

    assert (60, made) == (len(found), set(found))


def test_totals_follow_every_change_and_every_reset(api: Api, clean: None) -> None:
    """The number of records is right after a write through either version, a seed and a reset."""

    def total() -> int:
        """What the list says."""
        return int(api.v1("GET", "/contacts").json()["status"]["total_records"])

    totals = [total()]
    api.v1("POST", "/contacts", json={})
    totals.append(total())
    api.v2("POST", "/contacts", json={"firstName": "A"})
    totals.append(total())
    contact = api.insert()
    totals.append(total())
    api.v1("DELETE", f"/contacts/{contact}")
    totals.append(total())
    api.running.reset()
    totals.append(total())

    assert [0, 1, 2, 3, 2, 0] == totals
