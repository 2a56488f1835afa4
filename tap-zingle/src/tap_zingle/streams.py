"""The Singer streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_zingle.service_streams import FullStream, IncrementalStream, RowStream, ServiceStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record

    from tap_zingle.reading import Bookmark


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


class Messages(RowStream):
    """One record per message, new or changed."""

    name = "messages"


class Events(RowStream):
    """One record per event, such as a note or an assignment."""

    name = "events"


class Contacts(FullStream):
    """One record per contact."""

    name = "contacts"


class ContactFields(FullStream):
    """One record per definition of a contact field."""

    name = "contact_fields"


class ServiceList(FullStream):
    """One record per service."""

    name = "services"


class Users(FullStream):
    """One record per user of a service."""

    name = "users"


STREAMS: tuple[type[ServiceStream], ...] = (
    Conversations,
    Messages,
    Events,
    Contacts,
    ContactFields,
    ServiceList,
    Users,
)
