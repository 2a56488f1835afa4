"""Guests who take no messages any more: what they said is read like everybody's, with the mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Tap

OPEN, INBOUND, OUTBOUND = {}, {"block_inbound": True}, {"block_outbound": True}
BOTH = {**INBOUND, **OUTBOUND}


@pytest.mark.parametrize(
    ("blocks", "status", "opted_out"),
    [
        ([OPEN], None, False),
        ([OPEN], "opted-in", False),
        ([OPEN], "opted-out", True),
        ([OPEN, OPEN], "Opted Out", True),
        ([OPEN], "opt_out", True),
        ([OPEN], "unsubscribed", True),
        ([OPEN], "not opted-out", False),
        ([OPEN], "pending", False),
        ([OUTBOUND], None, True),
        ([OUTBOUND], "opted-in", True),
        ([BOTH], None, True),
        ([INBOUND], None, False),
        ([OPEN, OUTBOUND], None, False),
        ([OUTBOUND, BOTH], None, True),
        ([], None, False),
        ([], "opted-out", True),
    ],
)
def test_who_opted_out_is_read_and_marked(
    tap: Tap, blocks: list[dict[str, bool]], status: str | None, opted_out: bool
) -> None:
    """All that was said comes in every stream; the mark says whether anything may still be sent."""
    channels = [
        {"type": "phone", "value": f"+1858555{1200 + number}", "country": "US", **block}
        for number, block in enumerate(blocks)
    ]
    guest = tap.guest(channels=channels, optin_status=status)
    texts = [tap.message(guest, body="STOP"), tap.message(guest, direction="outbound")]
    tap.read("conversations", "messages", "contacts")
    records = {
        name: [
            line["record"]
            for line in tap.lines
            if line["type"] == "RECORD" and line["stream"] == name
        ]
        for name in ("conversations", "messages", "contacts")
    }
    (day,), (contact,) = records["conversations"], records["contacts"]

    assert opted_out is day["is_opted_out"]
    assert set(texts) == {each["id"] for each in day["messages"]}
    assert set(texts) == {each["id"] for each in records["messages"]}
    assert status == contact["optin_status"]
    assert [block.get("block_outbound", False) for block in blocks] == [
        each["block_outbound"] for each in contact["channels"]
    ]


def test_a_day_tells_what_holds_when_it_is_read(tap: Tap) -> None:
    """A guest who opts out after a day was given out is marked on the days that come later."""
    guest = tap.guest(channels=[{"type": "phone", "value": "+18585551200", "country": "US"}])
    tap.message(guest, created_at=tap.now - 90_000)
    (before,) = tap.read()
    tap.sandbox.sandbox.store.execute("UPDATE zg_channels SET block_outbound = 1")
    tap.message(guest, body="STOP")
    (after,) = tap.read()

    assert [(False, 1), (True, 1)] == [
        (day["is_opted_out"], day["message_count"]) for day in (before, after)
    ]
