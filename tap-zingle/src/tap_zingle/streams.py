"""The Singer streams. Each says itself what it reads; what they share is above them."""

from __future__ import annotations

import abc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_zingle import records
from tap_zingle.bookmarks import SAFETY_SECONDS, Bookmark, plan_reading
from tap_zingle.contacts import ContactBook
from tap_zingle.days import DayReader
from tap_zingle.inside import INSIDE
from tap_zingle.rows import RowReader, TimedList
from tap_zingle.schemas import PRIMARY_KEYS, SCHEMAS
from tap_zingle.shapes import id_of
from zingle_sync.zingle import ConfigurationError, ZingleError, record_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_zingle.local_days import ZoneHistory
    from tap_zingle.services import Services
    from zingle_sync.singer.tap import SafeTap

REFUSED_LOGIN = 401


class ServiceStream(Stream):
    """A stream that is read service by service; one that fails holds back no other."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    selected_by_default = True
    has_days = False  # Whether `only_keys` names records of this stream.
    emit_activate_version_messages = False  # The SDK's, which come before the first record.

    def __init__(self, tap: SafeTap, services: Services) -> None:
        """Prepare the stream; nothing is read before it is synced."""
        super().__init__(tap, schema=SCHEMAS[self.name])
        self.primary_keys = PRIMARY_KEYS[self.name]
        self.services = services
        # Whether everything that there is was given out.
        self._whole = True

    @property
    @override
    def partitions(self) -> list[dict[str, Any]]:
        return [{"service_id": service_id} for service_id in self.services.ids]

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        by_key = self.services.settings.only_days is not None
        if context is None or (by_key and not self.has_days):
            return
        service_id = str(context["service_id"])
        if self.services.failed(service_id):
            self._whole = False
            return
        try:
            yield from self.read(service_id, context)
        except ZingleError as error:
            if error.status == REFUSED_LOGIN or self.ABORT_AT_RECORD_COUNT is not None:
                raise  # No other service would fare better, or somebody just tries the connection.
            self._whole = False
            self.services.fail(service_id, error)

    @override
    def log_sync_costs(self) -> None:
        """End the run with the first error; the SDK calls this after the last of all streams."""
        super().log_sync_costs()
        if self.services.errors:
            raise self.services.errors[0]

    @abc.abstractmethod
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        """A service's records."""


class IncrementalStream(ServiceStream):
    """A stream that yields records and, in between, how far they reach."""

    replication_key = "last_activity_at"

    @abc.abstractmethod
    def read_since(
        self, service_id: str, zones: ZoneHistory, bookmark: Bookmark
    ) -> Iterator[Record | Bookmark]:
        """A service's records since a bookmark, and how far they reach."""

    @override
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        # A bookmark goes into the state once the records before it are out.
        state = self.get_context_state(context)
        try:
            zones = self.services.zones(service_id, state)
            bookmark = self._bookmark(service_id, state)
            self.services.note_start(self.name, state, bookmark)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            text = f"service {service_id}: its state of {self.name} can't be read"
            raise ConfigurationError(f"{text}; read all again with --full-refresh") from error
        for item in self.read_since(service_id, zones, bookmark):
            if isinstance(item, Bookmark):
                state.update(item.to_state())
                self.state_manager.is_flushed = False
                if not self.config.get("batch_config"):
                    # A batch's records are still to come; the SDK writes the state after them.
                    self._write_state_message()
            else:
                yield item

    def _bookmark(self, service_id: str, state: Mapping[str, Any]) -> Bookmark:
        if self.replication_method == "FULL_TABLE":
            return Bookmark()
        kept = Bookmark.from_state(state)
        bookmark = kept.believed(self.services.now)
        if bookmark != kept:
            self.logger.warning(
                "Service %s: its bookmark of %s lies ahead of Zingle's time, as after a run that "
                "was told a wrong one: everything is read again",
                service_id,
                self.name,
            )
        return bookmark

    @override
    def _increment_stream_state(self, *args: Any, **kwargs: Any) -> None:
        """Leave the state alone: a day's activity says nothing about what has been read."""


class Conversations(IncrementalStream):
    """One record per contact and local day, complete."""

    name = "conversations"
    has_days = True

    @override
    def read_since(
        self, service_id: str, zones: ZoneHistory, bookmark: Bookmark
    ) -> Iterator[Record | Bookmark]:
        settings, zingle = self.services.settings, self.services.zingle
        service, started_at = self.services[service_id], self.services.now
        with ThreadPoolExecutor(settings.concurrency) as pool:
            book = ContactBook(zingle, service_id, pool, settings.external_id_field)
            reader = DayReader(zingle, service, settings, zones, book, pool, started_at)
            if settings.only_days is not None:
                yield from reader.read_days(settings.only_days[service_id])
            else:
                yield from reader.read(bookmark)


class RowStream(IncrementalStream):
    """A stream of single objects that Zingle lists by time; its name is the list's."""

    @abc.abstractmethod
    def record(self, service_id: str, zones: ZoneHistory, row: Mapping[str, Any]) -> Record:
        """The record of an object."""

    @override
    def read_since(
        self, service_id: str, zones: ZoneHistory, bookmark: Bookmark
    ) -> Iterator[Record | Bookmark]:
        until = self.services.now - SAFETY_SECONDS
        plan = plan_reading(
            bookmark, self.services.settings, zones, self.services.settings.start_date
        )
        rows = TimedList(self.services.zingle, service_id, self.name)
        for item in RowReader(rows, zones, plan, until).read():
            yield item if isinstance(item, Bookmark) else self.record(service_id, zones, item)


class Messages(RowStream):
    """One record per message, new or changed."""

    name = "messages"

    @override
    def record(self, service_id: str, zones: ZoneHistory, row: Mapping[str, Any]) -> Record:
        return records.message_record(service_id, zones, row)


class Events(RowStream):
    """One record per event, such as a note or an assignment."""

    name = "events"

    @override
    def record(self, service_id: str, zones: ZoneHistory, row: Mapping[str, Any]) -> Record:
        return records.event_record(service_id, row)


class FullStream(ServiceStream):
    """A stream that is read whole every time, for Zingle offers no filter by change."""

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """A service's records; after the last service's, loaders may remove what is gone.

        They must not where a service failed or a list is not proved, nor where batch files are
        written, whose records come later.
        """
        self._stream_version = self._initialized_at // 1000
        yield from super().get_records(context)
        last = context is not None and context["service_id"] == self.services.ids[-1]
        if last and self._whole and self._tells_what_is_gone:
            self._write_activate_version_message(self._stream_version)

    @property
    def _tells_what_is_gone(self) -> bool:
        by_key = self.services.settings.only_days is not None
        wanted = self.config["emit_activate_version_messages"]
        return bool(wanted and not by_key and not self.config.get("batch_config"))


class Contacts(FullStream):
    """One record per contact."""

    name = "contacts"

    @override
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        listing = self.services.zingle.contacts(service_id)
        for contact in listing:
            if contact.get("id"):
                yield records.contact_record(service_id, contact)
        if not listing.proved:
            self._whole = False
            self.logger.warning(
                "Service %s: its list of contacts changed too much, or came in no order, while it "
                "was read: some may be missing until the next run",
                service_id,
            )


class ContactFields(FullStream):
    """One record per definition of a contact field."""

    name = "contact_fields"

    @override
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        for definition in filter(id_of, self.services.zingle.contact_fields(service_id)):
            yield records.contact_field_record(service_id, definition)


class ServiceList(FullStream):
    """One record per service."""

    name = "services"

    @override
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        yield records.service_record(self.services[service_id])


class InsideStream(FullStream):
    """A stream of a list that comes inside the service, so that it costs no call of its own."""

    @override
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        key, record = INSIDE[self.name]
        rows, whole = self.services.rows_inside(service_id, key)
        yield from (record(service_id, row) for row in rows)
        if not whole:
            self._whole = False
            self.logger.info(
                "Service %s shows no `%s`, or some without an id: no older row of %s is told gone",
                service_id,
                key,
                self.name,
            )


class Teams(InsideStream):
    """One record per team of a service."""

    name = "teams"


class Labels(InsideStream):
    """One record per label of a service."""

    name = "labels"


class Groups(InsideStream):
    """One record per group of contacts of a service."""

    name = "groups"


class Automations(InsideStream):
    """One record per automation of a service."""

    name = "automations"


class Templates(InsideStream):
    """One record per template of a service."""

    name = "templates"


class ChannelTypes(InsideStream):
    """One record per channel type of a service."""

    name = "channel_types"


class ServiceChannels(InsideStream):
    """One record per own channel, such as a phone number, of a service."""

    name = "service_channels"


class Users(FullStream):
    """One record per user of a service."""

    name = "users"

    @override
    def read(self, service_id: str, context: Context | None) -> Iterator[Record]:
        for user in self.services.zingle.users(service_id):
            if user_id := record_id(user) or id_of(user):
                yield records.user_record(service_id, user_id, user)


STREAMS: tuple[type[ServiceStream], ...] = (
    Conversations,
    Messages,
    Events,
    Contacts,
    ContactFields,
    ServiceList,
    Teams,
    Labels,
    Groups,
    Automations,
    Templates,
    ChannelTypes,
    ServiceChannels,
    Users,
)
