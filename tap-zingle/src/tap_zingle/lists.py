"""Which list of Zingle feeds which stream."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tap_zingle import records
from tap_zingle.row_reader import RowReader
from zingle_sync.zingle import record_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_zingle.reading import ReadSettings
    from tap_zingle.services import Services
    from tap_zingle.zones import ZoneHistory
    from zingle_sync.zingle import Zingle

__all__ = ["Lists"]


class Lists:
    """The lists of one service.

    Args:
        zingle: Sends the calls.
        services: Knows the services.
        service_id: The service.
    """

    def __init__(self, zingle: Zingle, services: Services, service_id: str) -> None:
        self._zingle = zingle
        self._services = services
        self._service_id = service_id

    def rows(
        self, stream: str, zones: ZoneHistory, settings: ReadSettings, started_at: int
    ) -> RowReader:
        """Return a reader of the messages or events.

        Args:
            stream: `messages` or `events`.
            zones: The service's time zones.
            settings: What is to be read.
            started_at: Zingle's time at the start of the run (epoch seconds).
        """
        if stream == "events":
            rows: Callable[..., Iterator[Any]] = partial(self._zingle.events, self._service_id)
            record = partial(records.event_record, self._service_id)
        else:
            rows = partial(self._zingle.messages, self._service_id)
            record = partial(records.message_record, self._service_id, zones)
        return RowReader(rows, record, zones.day_start(settings.start_date), settings, started_at)

    def everything(self, stream: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a stream that is read whole."""
        match stream:
            case "contacts":
                for contact in self._zingle.contacts(self._service_id):
                    yield records.contact_record(self._service_id, contact)
            case "contact_fields":
                for definition in self._zingle.contact_fields(self._service_id):
                    yield records.contact_field_record(self._service_id, definition)
            case "services":
                yield records.service_record(self._services[self._service_id])
            case "users":
                for user in self._zingle.users(self._service_id):
                    user_id = record_id(user) or str(user.get("id"))
                    yield records.user_record(self._service_id, user_id, user)
            case _:
                message = f"{stream} is not read whole"
                raise ValueError(message)
