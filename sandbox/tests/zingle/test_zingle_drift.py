"""Lists that change between two of their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_sandbox import zingle

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    ("drift", "seen", "totals"),
    [
        ("delete", "012 456 8", [9, 8, 7]),
        ("swap", "012 456 8++", [9, 9, 9]),
    ],
)
def test_rows_that_go_hide_others_from_offsets(
    api: Api, clean: None, *, drift: str, seen: str, totals: list[int], direction: str
) -> None:
    """When the first rows go, the first row of each next page is never seen; new ones hide it."""
    api.option(page_drift=drift)
    contact_id = api.insert()
    made = [api.insert_message(contact_id, 1000 + at) for at in range(9)]
    made = made if direction == "asc" else made[::-1]
    params = {"page_size": 3, "sort_fields": f"created_at {direction},id {direction}"}

    pages = [
        api.v1("GET", "/messages", params={**params, "page": page}).json() for page in (1, 2, 3)
    ]

    names = {message: str(at) for at, message in enumerate(made)}
    assert seen == " ".join(
        "".join(names.get(message["id"], "+") for message in page["result"]) for page in pages
    )
    assert totals == [page["status"]["total_records"] for page in pages]


def test_deletions_never_hide_a_row_from_who_reads_backwards(api: Api, clean: None) -> None:
    """From the last page to the first, rows that go at the head can only repeat others."""
    api.option(page_drift="delete")
    contact_id = api.insert()
    made = [api.insert_message(contact_id, 1000 + at) for at in range(9)]
    params = {"page_size": 3, "sort_fields": "created_at asc,id asc"}

    seen = [
        message["id"]
        for page in (3, 2, 1)
        for message in api.result("GET", "/messages", params={**params, "page": page})
    ]

    assert set(made[2:]) <= set(seen)
    assert len(seen) > len(set(seen))


@pytest.mark.parametrize(
    ("path", "insert", "size"),
    [
        ("/contacts", lambda api: [api.insert(created_at=at) for at in range(9)], 4),
        ("/contact-custom-fields", lambda _: [], 4),
        ("/contact-labels", lambda _: [], 2),
        ("/channel-types", lambda _: [], 2),
    ],
)
def test_every_list_drifts(
    api: Api, clean: None, path: str, insert: Callable[[Api], object], size: int
) -> None:
    """Contacts, events, definitions and services lose rows between pages too, so many at a time."""
    insert(api)
    api.option(page_drift="delete")
    api.option(drift_rows=2)

    totals = [
        api.v1("GET", path, params={"page_size": size}).json()["status"]["total_records"]
        for _ in range(2)
    ]

    assert totals[0] == totals[1] + 2


def test_events_and_services_drift(api: Api, clean: None) -> None:
    """An event goes; a service is taken from the login."""
    contact_id = api.insert()
    zingle.insert_events(
        api.running.sandbox,
        [{"contact_id": contact_id, "event_type": "note", "created_at": at} for at in range(5)],
    )
    other = "11111111-2222-4333-8444-555555555555"
    zingle.insert_services(api.running.sandbox, [zingle.ServiceSeed(other, "Other")])
    api.option(page_drift="swap")

    for path, sort, before, after in (
        (f"/v1/services/{api.service_id}/events", "created_at asc", 5, 5),
        ("/v1/services", "created_at asc", 2, 1),
    ):
        params = {"page_size": 1, "sort_fields": sort}
        first, second = (api.send("GET", path, params=params).json() for _ in range(2))
        assert [before, after] == [page["status"]["total_records"] for page in (first, second)], (
            path
        )
        assert first["result"] != second["result"]


@pytest.mark.parametrize("drift", ["", "delete", "swap"])
def test_hundreds_of_rows_in_one_second_without_sorting_by_id(
    api: Api, clean: None, drift: str
) -> None:
    """Without a tie-breaker, offsets lose and repeat rows of one second at every border."""
    api.reading(id_sort="refused", tie_order="shuffled")
    api.option(page_drift=drift)
    contact_id = api.insert()
    made = {api.insert_message(contact_id, 5000) for _ in range(400)}
    params = {"page_size": 100, "sort_fields": "created_at asc"}

    seen = [
        message["id"]
        for page in range(1, 5)
        for message in api.result("GET", "/messages", params={**params, "page": page})
    ]

    assert 0 < len(made - set(seen)) < 300
    assert len(set(seen)) < len(seen)


def test_contacts_drift_too_and_hold_no_key(api: Api, clean: None) -> None:
    """A contact that appears between two pages has neither channel nor external id."""
    api.reading(page_drift="insert_between_pages")
    for at in range(4):
        api.insert(created_at=1000 + at, external_id=str(at))

    params = {"page_size": 2, "sort_fields": "created_at asc,id asc"}
    api.result("GET", "/contacts", params=params)

    again = api.result("GET", "/contacts", params=params)
    assert (None, []) == (again[0]["external_id"], again[0]["channels"])
    assert "0" == again[1]["external_id"]
