"""The services that the tap reads, and what is pinned for each."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_zingle.zones import UnknownZoneError, ZoneHistory, zone_info
from zingle_sync.zingle import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zingle_sync.zingle import Zingle, ZingleError

__all__ = ["Services", "concerns_all", "pinned_zones", "server_seconds"]

REFUSED_LOGIN = 401


class Services:
    """The services of the settings, or all that the log-in sees; each is read once.

    Args:
        zingle: Sends the calls.
        ids: Service ids; empty for all.
    """

    def __init__(self, zingle: Zingle, ids: Sequence[str]) -> None:
        self._zingle = zingle
        self._ids = tuple(dict.fromkeys(ids))
        self._read: dict[str, Mapping[str, Any]] = {}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the services, in order."""
        if self._ids:
            return self._ids
        self._read = {str(service["id"]): service for service in self._zingle.services()}
        return tuple(self._read)

    def __getitem__(self, service_id: str) -> Mapping[str, Any]:
        """Return a service as API v1 returns it.

        Raises:
            zingle_sync.zingle.ConfigurationError: If there is none of that id for this log-in.
        """
        if service_id not in self._read:
            self._read[service_id] = self._zingle.service(service_id)
        return self._read[service_id]


def pinned_zones(
    service: Mapping[str, Any], state: Mapping[str, Any], override: str | None, now: int
) -> ZoneHistory:
    """Return the zones of a service: what the state pins, and a change since then.

    Raises:
        ConfigurationError: If there is no zone, or the IANA database does not have it.
    """
    zone = override or service.get("time_zone")
    try:
        zone_info(str(zone))
    except UnknownZoneError as error:
        raise ConfigurationError(
            f"service {service['id']}: {error}; set time_zone to the zone it is in"
        ) from error
    kept = state.get("zones")
    history = ZoneHistory.from_state(kept) if kept else ZoneHistory.of(str(zone))
    return history.changed_to(str(zone), now)


def server_seconds(zingle: Zingle) -> int:
    """Return Zingle's time in epoch seconds, as of its latest answer.

    The bookmark is kept in Zingle's own time, so that this machine's clock does not matter.
    """
    now = zingle.server_now or datetime.now(UTC)
    return int(now.timestamp())


def concerns_all(error: ZingleError) -> bool:
    """Whether the other services would fail in the same way."""
    return error.status == REFUSED_LOGIN
