"""What the streams share: take the bookmark, let a reader read, keep the bookmark it yields."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

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
            if concerns_all(error) or len(self.tap.service_ids) == 1:
                raise
            self.logger.error("Service %s: %s", service_id, error)  # noqa: TRY400 - no defect
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


class RowStream(IncrementalStream):
    """A stream of single objects that Zingle lists by time."""

    def read_since(self, service_id: str, state: dict[str, Any]) -> Iterator[Record | Bookmark]:
        """Yield the objects that changed; days read by key leave other streams out."""
        if self.tap.only_days:
            return iter(())
        zones = self.tap.zones(service_id, state)
        started_at = server_seconds(self.tap.zingle)
        reader = self.tap.lists(service_id).rows(
            self.name, zones, self.tap.read_settings, started_at
        )
        return reader.read(self.bookmark(state))


class FullStream(ServiceStream):
    """A stream that is read whole every time: Zingle offers no filter by change."""

    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:  # noqa: ARG002 - the caller's
        """Yield everything."""
        if not self.tap.only_days:
            yield from self.tap.lists(service_id).everything(self.name)
