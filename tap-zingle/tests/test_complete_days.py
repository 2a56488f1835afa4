"""A day that is given out is complete, whatever happens to Zingle's lists while they are read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox.zingle import insert_messages
from zingle_sync.zingle import TransientError, client
from zingle_sync.zingle.lists import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conftest import Tap
    from zingle_sync.zingle.pages import Page

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 20 rows, so that a small world has many."""
    monkeypatch.setattr(client, "Listing", partial(Listing, size=20))


def fill(tap: Tap, times: Iterable[int], **fields: Any) -> Sequence[str]:
    """Add messages of one guest."""
    guest = tap.guest()
    rows = (
        {"contact_id": guest, "direction": "inbound", "body": "x", "created_at": time, **fields}
        for time in times
    )
    return insert_messages(tap.sandbox.sandbox, rows)[:]


def left(tap: Tap, ids: Sequence[str]) -> set[str]:
    """Those of the first messages of the world that are still there."""
    rows = tap.sandbox.sandbox.store.all("SELECT number FROM zg_messages")
    return {ids[row[0] - 1] for row in rows if row[0] <= len(ids)}


def ids_of(records: Sequence[dict[str, Any]]) -> set[str]:
    """The messages of records."""
    return {message["id"] for record in records for message in record["messages"]}


READINGS = [
    {},
    {"id_sort": "refused", "tie_order": "shuffled"},
    {"id_sort": "refused", "tie_order": "shuffled", "filter_unit": "milliseconds"},
    {"filter_unit": "milliseconds"},
    {"id_sort": "refused", "tie_order": "shuffled", "greater_than": "inclusive"},
]


@pytest.mark.parametrize("reading", READINGS, ids=str)
@pytest.mark.parametrize(("drift", "rows"), [("swap", 1), ("delete", 3), ("swap", 30)])
@pytest.mark.usefixtures("small_pages")
def test_rows_that_go_while_days_are_read_hide_no_other(
    tap: Tap, reading: dict[str, str], drift: str, rows: int
) -> None:
    """Messages go between two pages, and others come so that the number stays right."""
    tap.sandbox.sandbox.choose_profile(reading)
    ids = fill(tap, (tap.now - 900 * (60 - number // 2) for number in range(120)))
    tap.sandbox.sandbox.set_options({"zingle_page_drift": drift, "zingle_drift_rows": rows})

    records = tap.read()
    tap.sandbox.sandbox.set_options({"zingle_page_drift": ""})

    assert left(tap, ids) <= ids_of([*records, *tap.read()])


@pytest.mark.parametrize("count", [19, 20, 21, 45, 70])
@pytest.mark.parametrize("reading", READINGS, ids=str)
@pytest.mark.usefixtures("small_pages")
def test_a_broadcast_in_one_second_is_read_whole(
    tap: Tap, reading: dict[str, str], count: int
) -> None:
    """More messages in one second than a page holds, in no order: all come, and it is proved."""
    tap.sandbox.sandbox.choose_profile(reading)
    times = [tap.now - 2 * DAY + 60 * number for number in range(7)]
    ids = fill(tap, [*times, *([tap.now - DAY] * count), tap.now - HOUR])

    assert set(ids) == ids_of(tap.read())
    assert tap.activity_until is not None


@pytest.mark.usefixtures("small_pages")
def test_the_bookmark_stays_where_nothing_is_proved(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a list could not be proved, its days are held back and read again next time."""
    ids = fill(tap, (tap.now - 3 * DAY + 900 * number for number in range(90)))
    with monkeypatch.context() as patched:
        # Each answer of the list is torn: it lacks its third row.
        page = client.Zingle.page
        patched.setattr(client.Zingle, "page", lambda *a, **k: _torn(page(*a, **k)))
        records = tap.read()
    assert (tap.activity_until, records) == (None, [])
    assert "the next run reads from where this one began" in caplog.text

    assert set(ids) == ids_of(tap.read())
    assert tap.activity_until is not None


def _torn(page: Page) -> Page:
    page.rows.reverse()
    return page


def test_a_message_scheduled_long_ahead_stays(tap: Tap, caplog: pytest.LogCaptureFixture) -> None:
    """A delay that was seen once widens what is read, and is told once with both numbers."""
    guest = tap.guest()
    scheduled = tap.message(
        guest,
        direction="outbound",
        created_at=tap.now - 30 * DAY,
        is_delayed=True,
        execute_at=tap.now,
    )
    tap.message(guest)
    tap.read()
    tap.wait(HOUR)
    send(tap, 1)
    texts = []
    for _ in range(4):
        tap.message(guest)
        (record,) = tap.read()
        texts.append(scheduled in ids_of([record]))
        tap.wait(HOUR)

    assert texts == [True] * 4
    assert 1 == caplog.text.count("a message was sent 30.0 days after it was recorded")
    assert 1 == caplog.text.count("scheduled_days is 7")


@pytest.mark.parametrize("late_by", [8, 45, 300])
def test_a_first_run_knows_what_was_scheduled_before(tap: Tap, late_by: int) -> None:
    """The first days hold messages that were recorded long before anything that is read."""
    guest = tap.guest()
    sent = tap.now - 5 * DAY
    scheduled = tap.message(
        guest,
        direction="outbound",
        created_at=sent - late_by * DAY,
        execute_at=sent,
        executed_at=sent,
    )
    day = [tap.message(guest, created_at=sent - 60), tap.message(guest, created_at=sent + 60)]

    (record,) = tap.read(start_date="2026-02-25")

    assert {scheduled, *day} == ids_of([record])


@pytest.mark.parametrize("late_by", [1, 9, 200])
def test_a_day_asked_for_by_key_needs_no_window(tap: Tap, late_by: int) -> None:
    """A replay reads the contact's messages from the beginning."""
    guest = tap.guest()
    scheduled = tap.message(
        guest, direction="outbound", created_at=tap.now - late_by * DAY, executed_at=tap.now - 60
    )
    other = tap.message(guest)

    (record,) = tap.read(only_keys=[f"{tap.sandbox.service_id}:{guest}:2026-03-02"])

    assert {scheduled, other} == ids_of([record])


@pytest.mark.parametrize("days", [3, 30])
def test_days_that_may_be_purged_are_not_given_out(
    tap: Tap, caplog: pytest.LogCaptureFixture, days: int
) -> None:
    """A day that begins before Zingle's retention is never given out, by no way; the next one is."""
    guest = tap.guest()
    # The sandbox's clock shows noon in the service's zone, give or take an hour.
    for ago in range(days + 3):
        tap.message(guest, created_at=tap.now - ago * DAY)
    records = tap.read(message_retention_days=days)

    dates = [record["date"] for record in records]
    assert len(dates) == days
    missing = [f"{tap.sandbox.service_id}:{guest}:{day}" for day in ("2026-01-01", dates[0])]
    again = tap.read(only_keys=missing, message_retention_days=days)
    assert [dates[0]] == [record["date"] for record in again]
    assert "message_retention_days" in caplog.text


def test_a_late_change_before_the_retention_is_left_alone(tap: Tap) -> None:
    """What changes on a day that may be purged does not bring the day."""
    guest = tap.guest()
    for ago in (20, 12, 0):
        tap.message(guest, created_at=tap.now - ago * DAY)
    tap.read()
    tap.wait(DAY)
    tap.sandbox.sandbox.store.execute("UPDATE zg_messages SET updated_at = ?", (tap.now,))
    records = tap.read(message_retention_days=15)

    assert ["2026-02-18", "2026-03-02"] == [record["date"] for record in records]


@pytest.mark.usefixtures("small_pages")
def test_late_changes_are_found_while_others_go(tap: Tap) -> None:
    """Deletions between pages of changes, more than a page of them, hide no changed day."""
    guests = [tap.guest() for _ in range(90)]
    for number, guest in enumerate(guests):
        tap.message(guest, created_at=tap.now - 20 * DAY + 60 * number)
    tap.read()
    tap.wait(DAY)
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET read_at = 1, updated_at = ? + number % 50", (tap.now - HOUR,)
    )
    tap.sandbox.sandbox.set_options({"zingle_page_drift": "swap", "zingle_drift_rows": 2})
    records = tap.read()
    tap.sandbox.sandbox.set_options({"zingle_page_drift": ""})
    rows = tap.sandbox.sandbox.store.all("SELECT contact FROM zg_messages WHERE read_at = 1")

    assert {guests[row[0] - 1] for row in rows} <= {record["contact_id"] for record in records}


def test_a_day_by_key_that_is_not_proved_is_an_error(
    tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay does not end well when what it was asked for could not be read for sure."""
    guest = tap.guest()
    for number in range(3):
        tap.message(guest, created_at=tap.now - 60 * number)
    page = client.Zingle.page
    monkeypatch.setattr(client.Zingle, "page", lambda *a, **k: _torn(page(*a, **k)))

    with pytest.raises(TransientError, match="days asked for"):
        tap.read(only_keys=[f"{tap.sandbox.service_id}:{guest}:2026-03-02"])


@pytest.mark.parametrize("stream", ["messages", "events"])
@pytest.mark.parametrize("drift", ["swap", "delete"])
@pytest.mark.usefixtures("small_pages")
def test_rows_that_go_hide_no_others_in_other_streams(tap: Tap, stream: str, drift: str) -> None:
    """Messages and events are as complete as days are."""
    from zingle_sandbox.zingle import insert_events  # noqa: PLC0415 - used here alone

    guest = tap.guest()
    rows = [
        {"contact_id": guest, "created_at": tap.now - 3 * DAY + 300 * number}
        for number in range(130)
    ]
    if stream == "events":
        insert_events(tap.sandbox.sandbox, [{**row, "event_type": "note"} for row in rows])
    else:
        insert_messages(
            tap.sandbox.sandbox, [{**row, "direction": "inbound", "body": "x"} for row in rows]
        )
    tap.sandbox.sandbox.set_options({"zingle_page_drift": drift, "zingle_drift_rows": 2})
    records = tap.read(stream)
    tap.sandbox.sandbox.set_options({"zingle_page_drift": ""})
    tap.state = None

    kept = {each["id"] for each in tap.read(stream) if each["contact_id"] == guest}
    assert kept <= {each["id"] for each in records}


@pytest.mark.parametrize("stream", ["messages", "events"])
def test_without_updated_at_the_search_for_changes_ends(
    tap: Tap, stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every stream stops looking for changes after a page of rows that name none, and says so."""
    from zingle_sandbox.zingle import insert_events  # noqa: PLC0415 - used here alone

    guest = tap.guest()
    rows = [
        {"contact_id": guest, "created_at": tap.now - 40 * DAY + 60 * n, "updated_at": None}
        for n in range(2_100)
    ]
    if stream == "events":
        insert_events(
            tap.sandbox.sandbox, [{**row, "updated_at": 1, "event_type": "note"} for row in rows]
        )
        tap.sandbox.sandbox.store.execute("UPDATE zg_events SET updated_at = 0")
    else:
        insert_messages(
            tap.sandbox.sandbox, [{**row, "direction": "inbound", "body": "x"} for row in rows]
        )
    tap.read(stream)
    tap.wait(DAY)
    tap.sandbox.clear_journal()

    assert tap.read(stream) == []
    assert tap.calls(f"/{stream}") <= 3
    assert f"Zingle names no updated_at on {stream}" in caplog.text


def send(tap: Tap, number: int) -> None:
    """Send a scheduled message now."""
    tap.sandbox.sandbox.store.execute(
        "UPDATE zg_messages SET is_delayed = 0, executed_at = ?, updated_at = ? WHERE number = ?",
        (tap.now, tap.now, number),
    )
