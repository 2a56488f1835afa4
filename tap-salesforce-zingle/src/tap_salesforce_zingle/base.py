"""What the SDK's streams do and those of this tap do not."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from zingle_sync.salesforce import SalesforceError

if TYPE_CHECKING:
    from collections.abc import Iterator


class WindowedStream(Stream):
    """A stream whose state is kept by a reader of windows, and whose values are right already."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the reader gives the right types
    STATE_MSG_FREQUENCY = 1000
    is_sorted = True

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **more: Any) -> None:
        """Log; a foreseeable error is told once, by the sentence that ends the run."""
        if not isinstance(sys.exc_info()[1], SalesforceError):
            super().log(message, *args, level=level, **more)

    @override
    def get_replication_key_signpost(self, context: Any = None) -> None:
        """None: windows end before Salesforce's own time."""

    @override
    def _increment_stream_state(self, latest_record: Any, *, context: Any = None) -> None:
        """Nothing: the reader keeps the state, and a bookmark moves with its whole window."""

    @override
    def generate_child_contexts(self, record: Any, context: Any) -> Iterator[None]:
        """None: there are no child streams."""
        return iter(())
