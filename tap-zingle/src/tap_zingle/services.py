"""The services that a run reads: what all streams share, each thing asked for once.

Change here which services are read, and what is pinned for each. No stream is known here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_zingle.bookmarks import begins_earlier
from tap_zingle.local_days import UnknownZoneError, ZoneHistory, zone_info
from tap_zingle.settings import Settings
from zingle_sync.zingle import ConfigurationError, TransientError, Zingle

if TYPE_CHECKING:
    from tap_zingle.bookmarks import Bookmark
    from zingle_sync.zingle import ZingleError

logger = logging.getLogger(__name__)

# What days are cut by, and what keeps texts private: no default stands for them.
_NEEDED = ("time_zone", "features")


class Services:
    """The services of the settings, or all that the log-in sees; nothing is read before use.

    Args:
        config: The tap's settings as they were given.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._read: dict[str, Mapping[str, Any]] = {}
        self._listed: set[str] = set()  # Those known from the list of services alone.
        self._failed: set[str] = set()
        self.errors: list[ZingleError] = []

    @cached_property
    def settings(self) -> Settings:
        """The tap's own settings."""
        return Settings.from_config(self._config)

    @cached_property
    def zingle(self) -> Zingle:
        """The client."""
        return Zingle.from_settings(self._config)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the services, in order."""
        if self.settings.only_days is not None:
            return tuple(self.settings.only_days)
        named = self.settings.service_ids
        if not named:
            listed = self.zingle.services()
            self._read = {str(service["id"]): service for service in listed if service.get("id")}
            self._listed = set(self._read)
        return tuple(dict.fromkeys(named)) or tuple(self._read)

    def __getitem__(self, service_id: str) -> Mapping[str, Any]:
        """A service as API v1 returns it.

        Raises:
            zingle_sync.zingle.ConfigurationError: If there is none of that id for this log-in.
        """
        row = self._read.get(service_id, {})
        if not row or (
            service_id in self._listed and any(row.get(each) is None for each in _NEEDED)
        ):
            self._ask(service_id)
        return self._read[service_id]

    def _ask(self, service_id: str) -> None:
        """Ask for a service alone: rows of the list of services may be shorter."""
        self._read[service_id] = self.zingle.service(service_id)
        self._listed.discard(service_id)

    def rows_inside(self, service_id: str, name: str) -> tuple[list[Mapping[str, Any]], bool]:
        """The rows of a list that comes inside a service, and whether they are surely all."""
        rows = self[service_id].get(name)
        if not isinstance(rows, list) and service_id in self._listed:
            self._ask(service_id)
            rows = self[service_id].get(name)
        if not isinstance(rows, list):
            return [], False
        good = [row for row in rows if isinstance(row, Mapping) and row.get("id")]
        return good, len(good) == len(rows)

    def failed(self, service_id: str) -> bool:
        """Whether a service is not to be asked again in this run."""
        return service_id in self._failed

    def fail(self, service_id: str, error: ZingleError) -> None:
        """Keep an error, with which the run ends after everything else has been read.

        A service that can't be read at all, or does not answer, is not asked again; of others only
        the stream at hand fails.
        """
        if str(error) not in map(str, self.errors):
            logger.error("Service %s: %s", service_id, error)
        self.errors.append(error)
        if service_id not in self._read or isinstance(error, TransientError):
            self._failed.add(service_id)

    @property
    def now(self) -> int:
        """Zingle's time in epoch seconds, as of its latest answer.

        Bookmarks are kept in Zingle's own time, so that this machine's clock does not matter.
        """
        return int((self.zingle.server_now or datetime.now(UTC)).timestamp())

    def note_start(self, stream: str, state: dict[str, Any], bookmark: Bookmark) -> None:
        """Tell once of days that are wanted now and were not before; of single days nothing."""
        settings = self.settings
        if settings.only_days is None and begins_earlier(state, bookmark, settings.start_date):
            logger.warning(
                "start_date is earlier than it was: what %s has of the days in between is read "
                "with --full-refresh alone",
                stream,
            )

    def zones(self, service_id: str, state: dict[str, Any]) -> ZoneHistory:
        """The service's time zones, which are pinned in its state from now on.

        Raises:
            zingle_sync.zingle.ConfigurationError: If there is none, or IANA does not know it.
        """
        service = self[service_id]  # Asked for in any case: what time it is comes with the answer.
        zone = str(self.settings.time_zone or service.get("time_zone") or "")
        try:
            zone_info(zone)
        except UnknownZoneError as error:
            why = error if zone else "it names no time zone"
            raise ConfigurationError(
                f"service {service_id}: {why}; set time_zone to the zone it is in"
            ) from error
        kept = state.get("zones")
        history = ZoneHistory.from_state(kept) if kept else ZoneHistory.of(zone)
        history = history.changed_to(zone, self.now)
        state["zones"] = history.to_state()
        return history
