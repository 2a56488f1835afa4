"""The Singer streams: take the bookmark, let a reader read, keep the bookmark it yields."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

from tap_zingle.message_reader import MessageReader
from tap_zingle.reading import Bookmark
from tap_zingle.schemas import PRIMARY_KEYS, SCHEMAS
from tap_zingle.services import concerns_all, server_seconds
from zingle_sync.zingle import ZingleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_zingle.tap import TapZingle


class ServiceStream(Stream):
    """A stream that is read service by service; one that fails holds back no other."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    selected_by_default = True
    tap: TapZingle

    def __init__(self, tap: TapZingle) -> None:
        """Prepare the stream; nothing is read before it is synced."""
        super().__init__(tap, schema=SCHEMAS[self.name])
        self.primary_keys = PRIMARY_KEYS[self.name]
        self.tap = tap
        self._failures: list[ZingleError] = []

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """One part of the state per service."""
        return [{"service_id": service_id} for service_id in self.tap.service_ids]

    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield a service's records; the last service raises what an earlier one held back."""
        service_id = str((context or {})["service_id"])
        try:
            yield from self.read(service_id, context)
        except ZingleError as error:
            self.logger.error("Service %s: %s", service_id, error)  # noqa: TRY400 - no defect
            if concerns_all(error):
                raise
            self._failures.append(error)
        if self._failures and service_id == self.tap.service_ids[-1]:
            raise self._failures[0]

    @abc.abstractmethod
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        """Yield a service's records."""


class IncrementalStream(ServiceStream):
    """A stream whose reader yields records and, in between, how far they reach."""

    replication_key = "last_activity_at"

    @abc.abstractmethod
    def read_since(self, service_id: str, state: dict[str, Any]) -> Iterator[Record | Bookmark]:
        """Yield records and bookmarks, starting from the service's state."""

    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        """Yield records; a bookmark goes into the state once the records before it are out."""
        state = self.get_context_state(context)
        for item in self.read_since(service_id, state):
            if isinstance(item, Bookmark):
                state.update(item.to_state())
                self.state_manager.is_flushed = False
                self._write_state_message()
            else:
                yield item

    def bookmark(self, state: dict[str, Any]) -> Bookmark:
        """Return where to go on, the beginning for a full table."""
        full = self.replication_method == "FULL_TABLE"
        return Bookmark() if full else Bookmark.from_state(state)

    def _increment_stream_state(self, *args: Any, **kwargs: Any) -> None:
        """Leave the state alone: a day's activity says nothing about what has been read."""


class Conversations(IncrementalStream):
    """One record per contact and local day, complete."""

    name = "conversations"

    def read_since(self, service_id: str, state: dict[str, Any]) -> Iterator[Record | Bookmark]:
        """Yield the days that changed."""
        with self.tap.day_reader(service_id, state) as reader:
            if self.tap.only_days:
                yield from reader.read_days(self.tap.only_days[service_id])
            else:
                yield from reader.read(self.bookmark(state))


class Messages(IncrementalStream):
    """One record per message, new or changed."""

    name = "messages"

    def read_since(self, service_id: str, state: dict[str, Any]) -> Iterator[Record | Bookmark]:
        """Yield the messages that changed."""
        service = self.tap.services[service_id]
        reader = MessageReader(
            self.tap.zingle,
            service,
            self.tap.read_settings,
            self.tap.zones(service_id, state),
            server_seconds(self.tap.zingle),
        )
        return reader.read(self.bookmark(state))


STREAMS: tuple[type[ServiceStream], ...] = (Conversations, Messages)
