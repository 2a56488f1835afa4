"""What our taps and targets share on top of the Singer SDK."""

from __future__ import annotations

from zingle_sync.singer.errors import StopRun, TooManyRejects
from zingle_sync.singer.plain import PlainPlugin, plain_errors
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.tap import SafeTap
from zingle_sync.singer.target import SafeTarget

__all__ = [
    "RUN_SETTINGS",
    "SYNC_LOG_SETTINGS",
    "OutcomeSink",
    "PlainPlugin",
    "SafeTap",
    "SafeTarget",
    "StopRun",
    "TooManyRejects",
    "plain_errors",
]
