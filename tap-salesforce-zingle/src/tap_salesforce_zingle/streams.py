"""Streams: what is selected goes to the planner, what the reader answers goes out."""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import Metadata
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_salesforce_zingle.plan.plans import (
    Definition,
    is_served_by_selection,
    narrowed,
    with_key,
)
from tap_salesforce_zingle.read.reader import Reader
from tap_salesforce_zingle.writer import HintWriter, leaves_records_alone
from zingle_sync.salesforce import Salesforce, SalesforceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk import Tap
    from singer_sdk.singerlib import MetadataMapping

    from tap_salesforce_zingle.settings import TapSettings


class SalesforceStream(Stream):
    """Contacts, Leads or a custom query; the reader keeps the state and gives the right types.

    Args:
        tap: The tap, with a HintWriter.
        definition: What the stream is.
        settings: The tap's own settings.
        client: Answers queries.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    STATE_MSG_FREQUENCY = 1000
    is_sorted = True

    def __init__(
        self, tap: Tap, definition: Definition, settings: TapSettings, client: Salesforce
    ) -> None:
        super().__init__(tap, schema=definition.schema, name=definition.name)
        self.primary_keys = definition.primary_keys
        self.replication_key = definition.plan.key
        self._definition = definition
        self._settings = settings
        self._client = client

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

    @property
    @override
    def metadata(self) -> MetadataMapping:
        is_new = self._metadata is None
        metadata = super().metadata
        if is_new and self._tap_input_catalog is None:
            for name in self._definition.always:
                metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC
            for name in self._definition.on_request:
                metadata["properties", name].selected_by_default = False
        return metadata

    @override
    def _write_record_message(self, record: dict[str, Any]) -> None:
        """Write a record; without the SDK's detours where they would change nothing."""
        writer = self._tap.message_writer
        if self._is_plain and isinstance(writer, HintWriter):
            writer.write_record(self._before_record, record)
            self.state_manager.is_flushed = False
        else:
            super()._write_record_message(record)

    @cached_property
    def _before_record(self) -> bytes:
        return HintWriter.before_record(self.name)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether no stream map and no selection changes what the reader hands out."""
        deselected = [path for path, selected in self.mask.items() if not selected]
        return leaves_records_alone(self.stream_maps) and is_served_by_selection(
            self._definition, deselected
        )

    @override
    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
        selected = {
            name for name in self.schema["properties"] if self.mask.get(("properties", name), True)
        }
        plan = with_key(narrowed(self._definition, selected), self.replication_key)
        is_incremental = self.replication_method == REPLICATION_INCREMENTAL
        reader = Reader(
            client=self._client,
            plan=plan,
            state=self.get_context_state(None),
            settings=self._settings.windows(plan) if is_incremental else None,
            verify_counts=self._settings.verify_counts,
        )
        try:
            yield from reader.records()
        except SalesforceError:
            # What was handed out has been written: the next run may go on right behind it.
            self.state_manager.is_flushed = False
            self._write_state_message()
            raise
        finally:
            if isinstance(self._tap.message_writer, HintWriter):
                self._tap.message_writer.flush()
        self.logger.info(
            "%d rows read, %d of them again by the lookback", reader.rows, reader.reread
        )
