"""Contacts in forms that nobody published: they are read, and none of them ends a run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from target_zingle.decided.losses import compare
from target_zingle.known.contact import phones_of, read_contact
from target_zingle.known.index import Index

ROW: dict[str, Any] = {
    "id": "c1",
    "external_id": "003Hx0000000001IAA",
    "first_name": "Ann",
    "last_name": "Lee",
    "title": "Ms.",
    "channels": [
        {
            "id": "ch1",
            "value": "+18585551212",
            "country": "US",
            "display_name": "MOBILE",
            "block_outbound": False,
            "channel_type": {"id": "t1", "type_class": "PhoneNumber"},
        }
    ],
    "custom_field_values": [
        {
            "value": "12",
            "selected_custom_field_option_id": "o1",
            "custom_field": {"id": "f1", "options": [{"id": "o1", "value": "12"}]},
        }
    ],
    "labels": [{"id": "l1"}],
    "locked_by_source": "pms",
    "optin_status": "opted-out",
}
ODD = [None, 0, 7, 10**30, True, 1.5, "", "text", [], [None], ["a"], [[]], {}, {"a": 1}]


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a row but the contact's own id."""
    if path and path != ("id",):
        yield path
    keys: list[Any] = list(value) if isinstance(value, dict) else []
    keys = list(range(len(value))) if isinstance(value, list) else keys
    for key in keys:
        yield from places(value[key], (*path, key))  # type: ignore[index]  # a dict or a list


def with_odd(path: tuple[Any, ...], odd: object) -> dict[str, Any]:
    """The row with one odd value."""
    row = copy.deepcopy(ROW)
    around: Any = row
    for key in path[:-1]:
        around = around[key]
    around[path[-1]] = odd
    return row


@pytest.mark.parametrize("path", list(places(ROW)), ids=lambda path: ".".join(map(str, path)))
def test_an_odd_row_is_a_contact_that_can_be_kept_and_compared(path: tuple[Any, ...]) -> None:
    """Whatever stands in one place, the contact is found by its id and what else it says."""
    index = Index()
    for odd in ODD:
        row = with_odd(path, odd)
        index.put_read([read_contact(row)])
        phones_of(row)
        compare(row, ROW)
        compare(ROW, row)

        assert (kept := index.get("c1")) is not None
        if path[0] != "channels":
            assert [("phone", "+18585551212")] == [(one.kind, one.key) for one in kept.channels]
    index.close()


@pytest.mark.parametrize("lock", ["pms", 7, True, {"name": "pms"}, ["pms"]])
def test_a_lock_in_any_form_is_a_lock(lock: object) -> None:
    """What is understood differently is not absent: names and phones stay as they are."""
    assert read_contact({**ROW, "locked_by_source": lock}).locked_by


def test_ids_may_be_numbers() -> None:
    """An option, a field, a label or a channel with a number for an id is that one."""
    row = with_odd(("custom_field_values", 0, "selected_custom_field_option_id"), 4)
    row["custom_field_values"][0]["custom_field"]["id"] = 5
    row["labels"], row["channels"][0]["id"] = [{"id": 6}], 8

    contact = read_contact(row)

    assert ("4", ("6",), "8") == (
        contact.values["5"].option_id,
        contact.labels,
        contact.channels[0].id,
    )
