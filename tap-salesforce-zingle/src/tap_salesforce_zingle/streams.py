"""Streams: what is selected goes to the planner, what the reader answers goes out."""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.exceptions import SyncLifecycleSignal
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import Metadata
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_salesforce_zingle.plan.changes import maps_of, note_selection, selection_of
from tap_salesforce_zingle.plan.plans import (
    Definition,
    Plan,
    is_served_by_selection,
    narrowed,
    with_condition,
    with_key,
)
from tap_salesforce_zingle.read.reader import Reader
from tap_salesforce_zingle.read.windows import ended_state
from tap_salesforce_zingle.writer import HintWriter, leaves_records_alone
from zingle_sync.salesforce import Salesforce, SalesforceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.singerlib import MetadataMapping

    from tap_salesforce_zingle.settings import TapSettings


class People:
    """The streams whose rows may take one another's place, and the moment that they are read at.

    Converted Leads, merged and deleted rows of all of them come before the living rows of any, so
    that whoever inherits from them is known as an heir. Both passes end at one moment.
    """

    def __init__(self, client: Salesforce, org: str | None) -> None:
        self.streams: list[SalesforceStream] = []
        self.org = org
        self._client = client

    @cached_property
    def now(self) -> datetime:
        """Salesforce's time when reading began."""
        return self._client.server_now

    def begin(self, first: SalesforceStream) -> None:
        """Write the rows that come first, once, when the first stream begins."""
        streams, self.streams = self.streams, []
        for stream in streams:
            if stream.selected:
                stream.write_ended(with_schema=stream is not first)


class SalesforceStream(Stream):
    """An object or a custom query; the reader keeps the state and gives the right types."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    STATE_MSG_FREQUENCY = 1000
    is_sorted = True

    def __init__(
        self,
        tap: Tap,
        definition: Definition,
        settings: TapSettings,
        client: Salesforce,
        people: People,
    ) -> None:
        super().__init__(tap, schema=definition.schema, name=definition.name)
        self.primary_keys = definition.primary_keys
        self.replication_key = definition.plan.key
        self._definition = definition
        self._settings = settings
        self._client = client
        self._people = people
        if definition.ended:
            people.streams.append(self)

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """Always, for whole tables: rows that are gone from Salesforce leave the warehouse."""
        return True

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **more: Any) -> None:
        """Log; a foreseeable error is told once, by the sentence that ends the run."""
        if not isinstance(sys.exc_info()[1], SalesforceError | SyncLifecycleSignal):
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
        if is_new:
            # A catalog may be written by hand: what reading goes by is part of every selection.
            own = (*self._definition.primary_keys, *self._definition.always)
            for name in (*own, self._key) if self._key else own:
                metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC
        if is_new and self._tap_input_catalog is None:
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
        return HintWriter.before_record(self.name, self._stream_version)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether no stream map and no selection changes what the reader hands out."""
        deselected = [path for path, selected in self.mask.items() if not selected]
        return leaves_records_alone(self.stream_maps) and is_served_by_selection(
            self._definition, deselected
        )

    @override
    def _write_schema_message(self) -> None:
        """Write SCHEMA; behind the first one, the rows that come before all others."""
        super()._write_schema_message()
        # A connection test wants one record of each stream, and a loader of batches no order.
        if self.ABORT_AT_RECORD_COUNT is None and not self._is_in_batches:
            self._people.begin(self)

    def write_ended(self, *, with_schema: bool) -> None:
        """Write the rows whose place another one takes, and where to go on behind them.

        Raises:
            SalesforceError: If reading cannot go on; the state says where it stopped.
        """
        if with_schema:
            super()._write_schema_message()
        state: dict[str, Any] = {}
        if self._is_incremental:
            state = ended_state(self.get_context_state(None))
        else:
            self._stream_version = self._initialized_at // 1000
            self._write_activate_version_message(self._stream_version)
        reader = self._reader(self._definition.ended, state)
        for record in self._told(reader):
            self._write_record_message(record)
            if reader.rows % self.STATE_MSG_FREQUENCY == 0:
                self._write_own_state()
        self._write_own_state()

    @override
    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
        state = self.get_context_state(None)
        reader = self._reader("" if self._is_in_batches else self._definition.living, state)
        if reader.settings is not None:
            maps = maps_of(self.name, self.config)
            selection = selection_of(self._plan, reader.settings.start, self._people.org, maps)
            changed = note_selection(state, selection)
            if changed:
                self.logger.warning(
                    "%s: %s changed: records that have not changed since their last read keep what "
                    "they were. To read all of them once, run the pipeline with --full-refresh "
                    "(without Meltano: without --state)",
                    self.name,
                    " and ".join(changed),
                )
        yield from self._told(reader)

    @cached_property
    def _plan(self) -> Plan:
        names = {
            name for name in self.schema["properties"] if self.mask.get(("properties", name), True)
        }
        return with_key(narrowed(self._definition, names), self._key)

    @property
    def _key(self) -> str | None:
        """What reading goes by, None where the whole table is read."""
        return self.replication_key if self._is_incremental else None

    @property
    def _is_in_batches(self) -> bool:
        return self.get_batch_config(self.config) is not None

    @property
    def _is_incremental(self) -> bool:
        return self.replication_method == REPLICATION_INCREMENTAL

    def _reader(self, condition: str, state: dict[str, Any]) -> Reader:
        return Reader(
            client=self._client,
            plan=with_condition(self._plan, condition),
            state=state,
            settings=self._settings.windows(self._plan) if self._is_incremental else None,
            verify_counts=self._settings.verify_counts,
            now=None if self._definition.is_custom else self._people.now,
            expects_few=bool(condition) and condition == self._definition.ended,
        )

    def _told(self, reader: Reader) -> Iterator[dict[str, Any]]:
        """The records, and what became of them in the state and the log."""
        try:
            yield from reader.records()
        except SalesforceError:
            # What was handed out has been written: the next run may go on right behind it.
            self._write_own_state()
            raise
        finally:
            if isinstance(self._tap.message_writer, HintWriter):
                self._tap.message_writer.flush()
        self.logger.info(
            "%d rows read, %d of them again by the lookback", reader.rows, reader.reread
        )

    def _write_own_state(self) -> None:
        """Write STATE now, unless records still wait in a batch, which ends with a STATE itself."""
        if not self._is_in_batches:
            self.state_manager.is_flushed = False
            self._write_state_message()
