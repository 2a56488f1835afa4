"""Whose clock counts, and what a state must be before anything is read from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sync.zingle import ConfigurationError

if TYPE_CHECKING:
    from conftest import Tap

HOUR = 3_600
STREAMS = ("conversations", "messages", "events")


@pytest.mark.parametrize("hours", [-5, 5])
@pytest.mark.parametrize("stream", STREAMS)
def test_this_machines_clock_moves_no_bookmark(tap: Tap, stream: str, hours: int) -> None:
    """Also where the settings name services and zone, so that little has to be asked for."""
    tap.sandbox.sandbox.clock.set(datetime.now(UTC) + timedelta(hours=hours))
    tap.config |= {"service_ids": [tap.sandbox.service_id], "time_zone": "Asia/Tokyo"}
    tap.read(stream)

    (part,) = (tap.state or {})["bookmarks"][stream]["partitions"]
    until = datetime.fromisoformat(part["activity_until"]).timestamp()
    assert tap.now - 60 == until


@pytest.mark.parametrize("ahead", [1, 30 * 24])
def test_a_bookmark_ahead_of_zingles_time_hides_nothing(
    tap: Tap, ahead: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A run was told a wrong time: what was written since the run before it still comes."""
    guest = tap.guest()
    tap.message(guest)
    tap.read(*STREAMS)
    tap.wait(ahead * HOUR)
    tap.read(*STREAMS)
    tap.wait((0.9 - ahead) * HOUR)
    missed = tap.message(guest, created_at=tap.now - HOUR // 2)
    records = tap.read(*STREAMS)

    assert missed in [each["id"] for day in records for each in day.get("messages", [day])]
    assert "ahead of Zingle's time" in caplog.text
    caplog.clear()
    assert tap.read(*STREAMS) is not None
    assert "ahead of Zingle's time" not in caplog.text


@pytest.mark.parametrize("stream", STREAMS)
def test_an_earlier_start_is_told_once(
    tap: Tap, stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Days before the first start are not read by themselves; the log says how they are."""
    early = "2026-02-01T12:00:00+00:00"
    tap.message(tap.guest(), created_at=int(datetime.fromisoformat(early).timestamp()))

    def told(start: str) -> bool:
        caplog.clear()
        tap.read(stream, start_date=start)
        return "--full-refresh" in caplog.text

    starts = ("2026-02-20", "2026-02-25", "2026-02-20", "2026-01-01", "2026-01-01")
    assert [False, False, True, True, False] == [told(start) for start in starts]
    tap.state = None
    assert not told("2025-12-01")


@pytest.mark.parametrize(
    "kept",
    [
        {"activity_until": 1_700_000_000},
        {"activity_until": "yesterday"},
        {"activity_until": "2026-03-01T00:00:00Z", "days_complete_until": "soon"},
        {"longest_delay_seconds": "long"},
        {"zones": "America/New_York"},
        {"zones": [{"zone": "US/Nowhere", "from_date": None}]},
        {"zones": [{"from_date": None}]},
    ],
    ids=repr,
)
def test_a_state_that_is_none_is_told(tap: Tap, kept: dict[str, Any]) -> None:
    """A bookmark that was written by hand stops its stream with a sentence that helps."""
    tap.message(tap.guest())
    part = {"context": {"service_id": tap.sandbox.service_id}, **kept}
    tap.state = {"bookmarks": {"conversations": {"partitions": [part]}}}

    with pytest.raises(ConfigurationError, match="its state of conversations can't be read"):
        tap.read("conversations", "messages")
    assert {"messages"} == {each["stream"] for each in tap.lines if each["type"] == "RECORD"}
