"""A million contacts stay quick because SQLite finds and orders rows by index; checked by plan."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Api

PHONE = "0a293ea3-4721-433e-a031-610ebcf43255"
BIG = {"zg_contacts", "zg_channels", "zg_messages", "zg_events"}


def plans(api: Api, path: str, params: dict[str, object]) -> list[str]:
    """How SQLite carries out each SELECT of one list call, one line per step."""
    connection = api.running.sandbox.store.connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    try:
        api.result("GET", path, params=params)
    finally:
        connection.set_trace_callback(None)
    selects = [text for text in statements if text.startswith("SELECT")]
    assert len(selects) > 5, "the trace saw the call"
    with api.running.sandbox.store.lock:
        return [
            row["detail"]
            for text in selects
            for row in connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
        ]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/contacts", {"sort_fields": "created_at asc,id asc", "page": 900, "page_size": 500}),
        ("/contacts", {"sort_fields": "created_at asc", "page_size": 500}),
        ("/contacts", {"sort_fields": "created_at desc,id desc"}),
        ("/contacts", {"sort_fields": "updated_at desc"}),
        ("/contacts", {"external_id": "003"}),
        ("/contacts", {"channel_type_id": PHONE, "channel_value": "+14155550132"}),
        ("/messages", {"sort_fields": "created_at asc,id asc", "created_at": "greater_than(5)"}),
        ("/messages", {"contact_id": "contact", "created_at": "greater_than(5)"}),
        ("/messages", {"sort_fields": "updated_at desc"}),
        ("/messages", {"contact_channel_value": "+14155550132", "contact_id": "contact"}),
        ("/events", {"sort_fields": "created_at asc,id asc", "created_at": "greater_than(5)"}),
    ],
)
def test_lists_and_lookups_walk_an_index(
    api: Api, clean: None, path: str, params: dict[str, object]
) -> None:
    """No step of a list call reads one of the big tables from end to end."""
    contact = api.insert(
        external_id="003", channels=[{"type": "phone", "value": "+14155550132", "country": "US"}]
    )
    api.insert_message(contact)
    params = {key: contact if value == "contact" else value for key, value in params.items()}

    steps = plans(api, path, params)

    assert any("SEARCH" in step for step in steps)
    assert [] == [step for step in steps if step.startswith("SCAN") and BIG & set(step.split())]


@pytest.mark.parametrize("email_case", ["sensitive", "insensitive"])
def test_a_channel_is_found_by_all_columns_of_its_index(
    api: Api, clean: None, email_case: str
) -> None:
    """Service, type and folded value lead to a channel; not the first two alone."""
    api.reading(email_case=email_case)
    api.insert(channels=[{"type": "phone", "value": "+14155550132", "country": "US"}])

    steps = plans(api, "/contacts", {"channel_type_id": PHONE, "channel_value": "+14155550132"})

    found = [step for step in steps if "zg_channels_value" in step]
    assert found
    assert all("<expr>=?" in step for step in found)


def test_the_pages_of_a_walk_count_the_rows_once(api: Api, clean: None) -> None:
    """The second page needs no count; a write in between asks for a new one."""
    for at in range(4):
        api.insert(created_at=at)
    counted: list[str] = []
    lock = threading.Lock()

    def note(statement: str) -> None:
        with lock:
            if statement.startswith("SELECT count(*)"):
                counted.append(statement)

    api.running.sandbox.store.connection.set_trace_callback(note)
    try:
        for page in (1, 2):
            api.result(
                "GET", "/contacts", params={"page_size": 2, "page": page, "sort_fields": "id"}
            )
        walked = len(counted)
        api.result("POST", "/contacts", json={})
        api.result("GET", "/contacts", params={"page_size": 2, "sort_fields": "id"})
    finally:
        api.running.sandbox.store.connection.set_trace_callback(None)

    assert (1, 2) == (walked, len(counted))
