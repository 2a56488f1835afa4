"""When Zingle stumbles or goes away while it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox.zingle import insert_messages
from zingle_sync.zingle import ConfigurationError, TransientError

if TYPE_CHECKING:
    from conftest import Tap

DAY = 86_400


def fill(tap: Tap, count: int) -> list[str]:
    """Add messages of one guest over the last 40 days."""
    guest = tap.guest()
    step = 40 * DAY // count
    return insert_messages(
        tap.sandbox.sandbox,
        (
            {
                "contact_id": guest,
                "direction": "inbound",
                "body": "x",
                "created_at": tap.now - 40 * DAY + step * number,
            }
            for number in range(count)
        ),
    )[:]


def ids(records: list[dict[str, Any]]) -> list[str]:
    """The messages of conversation records, in order."""
    return [message["id"] for record in records for message in record["messages"]]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502, "content_type": "text/html"},
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "truncate"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
def test_a_stumble_is_retried(tap: Tap, fault: dict[str, Any]) -> None:
    """Whatever goes wrong now and then, every message comes once."""
    expected = fill(tap, 1_200)
    tap.sandbox.sandbox.faults.add(path="/v1/*", system="zingle", every=3, **fault)

    assert expected == ids(tap.read())


def test_a_read_that_dies_goes_on_where_it_stopped(tap: Tap) -> None:
    """When Zingle goes away in the middle, what was given out is not lost, nor given out again."""
    expected = fill(tap, 1_700)
    fault = tap.sandbox.sandbox.faults.add(
        kind="status", status=503, path="*/messages", system="zingle", skip=2
    )
    with pytest.raises(TransientError):
        tap.read()
    before = [line["record"] for line in tap.lines if line["type"] == "RECORD"]
    assert tap.state is not None
    tap.sandbox.sandbox.faults.remove(fault)
    after = tap.read()

    assert 0 < len(before) < 41
    assert {each["key"] for each in before}.isdisjoint(each["key"] for each in after)
    assert expected == ids([*before, *after])


def test_a_wrong_password_is_told_at_once(tap: Tap) -> None:
    """Refused credentials are no reason to try again."""
    with pytest.raises(ConfigurationError, match="log-in was refused"):
        tap.read(password="wrong")

    assert tap.calls() == 1


def test_a_token_that_ends_is_renewed(tap: Tap) -> None:
    """A token that expires in the middle of a read is replaced."""
    expected = fill(tap, 1_200)
    known = tap.sandbox.zingle_settings()
    login = known["username"], known["password"]
    token = requests.post(f"{tap.sandbox.url}/v2/token", auth=login, timeout=10).json()["token"]
    tap.sandbox.sandbox.faults.add(
        kind="expire_token", path="*/messages", system="zingle", skip=1, times=1
    )

    assert expected == ids(tap.read(token=token))


@pytest.mark.parametrize("by_key", [False, True])
def test_a_guest_who_is_gone_stops_nobody_else(
    tap: Tap, by_key: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a filter by a deleted contact is refused, the days of all others come, and it is told."""
    gone, *others = (tap.guest() for _ in range(3))
    for guest in (gone, *others):
        tap.message(guest)
    tap.wait(3 * DAY)
    keys = [day["key"] for day in tap.read()]
    tap.sandbox.sandbox.faults.add(
        kind="status", status=404, code="3000", path=f"re:/messages.*contact_id={gone}"
    )
    store = tap.sandbox.sandbox.store
    store.execute("UPDATE zg_messages SET translated_body = 'x', updated_at = ?", (tap.now,))
    before = tap.activity_until
    tap.wait(60)
    days = tap.read(only_keys=keys) if by_key else tap.read()

    assert set(others) == {day["contact_id"] for day in days}
    assert by_key == (before == tap.activity_until)
    assert f"contact {gone} no longer exists" in caplog.text
