"""A long read stays complete while messages come and go, wherever it dies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_zingle.messages_since import MessagesSince
from tap_zingle.rows import TimedList
from zingle_sandbox.zingle import insert_messages
from zingle_sync.zingle import Zingle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Tap

HOUR, DAY = 3_600, 86_400


def fill(tap: Tap, times: Sequence[int]) -> list[str]:
    """Add messages of one guest."""
    guest = tap.guest()
    return insert_messages(
        tap.sandbox.sandbox,
        (
            {"contact_id": guest, "direction": "inbound", "body": "x", "created_at": time}
            for time in times
        ),
    )[:]


def walk(tap: Tap, start: int, **changes: Any) -> tuple[list[str], bool]:
    """Walk with something happening after the first page."""
    zingle = Zingle.from_settings({**tap.sandbox.zingle_settings(), "requests_per_second": 0})
    messages = TimedList(zingle, tap.sandbox.service_id, "messages")
    walking = MessagesSince(messages, start)
    seen = []
    for number, (_, row) in enumerate(walking.rows()):
        seen.append(row["id"])
        if number == 100:
            for sql in changes.values():
                tap.sandbox.sandbox.store.execute(sql)
    zingle.close()
    return seen, walking.steady


@pytest.mark.parametrize("unit", ["seconds", "milliseconds"])
@pytest.mark.parametrize("strictness", ["strict", "inclusive"])
def test_every_message_is_met_once(tap: Tap, unit: str, strictness: str) -> None:
    """Whatever the filter means to the server, each message of the range comes once."""
    tap.sandbox.sandbox.choose_profile({"filter_unit": unit, "greater_than": strictness})
    ids = fill(tap, [tap.now - 2_000 * 60 + 60 * number for number in range(1_700)])
    start = tap.now - 2_000 * 60 + 60 * 200

    seen, steady = walk(tap, start)

    assert ids[200:] == seen
    assert steady == (unit == "seconds")


def test_a_deletion_while_reading_hides_nothing(tap: Tap) -> None:
    """Where offsets would skip a row for each deleted one, the walk misses none."""
    ids = fill(tap, [tap.now - 2_000 * 60 + 60 * number for number in range(1_700)])

    seen, steady = walk(
        tap, tap.now - 3_000 * 60, gone="DELETE FROM zg_messages WHERE number <= 50"
    )

    assert ids == seen
    assert steady


def test_more_messages_in_a_second_than_a_page_holds(tap: Tap) -> None:
    """A second with more messages than a page holds is read page by page, without a promise."""
    ids = fill(tap, [tap.now - DAY] * 1_200 + [tap.now - HOUR])

    seen, steady = walk(tap, tap.now - 2 * DAY)

    assert sorted(ids) == sorted(seen)
    assert not steady


def test_a_backfill_survives_a_deletion_and_a_crash(tap: Tap) -> None:
    """Stopped after any bookmark, with messages deleted meanwhile, the rest comes complete."""
    ids = fill(tap, [tap.now - 40 * DAY + 2_000 * number for number in range(1_600)])
    whole = tap.read()
    states = [line["value"] for line in tap.lines if line["type"] == "STATE"]
    assert len(whole) <= len(states) + 2
    for state in states[:: len(states) // 5]:
        tap.state = state
        done = state["bookmarks"]["conversations"]["partitions"][0]["days_complete_until"]
        later = tap.read()
        before = [each for each in whole if done and each["date"] <= done]
        got = [message["id"] for each in (*before, *later) for message in each["messages"]]
        assert done is None or ids == got
