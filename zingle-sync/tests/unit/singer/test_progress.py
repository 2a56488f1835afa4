from __future__ import annotations

from zingle_sync.singer.progress import Progress


def test_line_is_due_every_thirty_seconds() -> None:
    """A line comes 30 seconds after the last one, with rate and calls since the start."""
    progress = Progress(started=0.0, last=0.0)

    assert progress.line(29.9, settled=10, api_calls={}) is None
    assert "3,000 records settled, 100 records/s, 12 calls to zingle" == progress.line(
        30.0, settled=3000, api_calls={"zingle": 12}
    )
    assert progress.line(59.9, settled=10, api_calls={}) is None
    assert progress.line(60.0, settled=10, api_calls={}) is not None
