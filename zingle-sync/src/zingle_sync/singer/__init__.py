"""What our taps and targets share on top of the Singer SDK.

Names are imported when they are asked for: a tap does not pay for what a target needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zingle_sync.singer.errors import StopRun, TooManyRejects
    from zingle_sync.singer.lifecycle import quota_of
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
    "quota_of",
]

_MODULES = {
    "RUN_SETTINGS": "settings",
    "SYNC_LOG_SETTINGS": "settings",
    "OutcomeSink": "sink",
    "PlainPlugin": "plain",
    "SafeTap": "tap",
    "SafeTarget": "target",
    "StopRun": "errors",
    "TooManyRejects": "errors",
    "plain_errors": "plain",
    "quota_of": "lifecycle",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of what is imported
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
