"""The tap: settings in, streams out."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter

from tap_zingle.contacts import ContactBook
from tap_zingle.conversations import DayKey, parse_key
from tap_zingle.lists import Lists
from tap_zingle.reader import DayReader
from tap_zingle.reading import ReadSettings
from tap_zingle.services import Services, pinned_zones, server_seconds
from tap_zingle.settings import CONFIG_SCHEMA, config_problems
from tap_zingle.streams import STREAMS
from zingle_sync.singer import SafeTap
from zingle_sync.zingle import Zingle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk import Stream

    from tap_zingle.zones import ZoneHistory


class TapZingle(SafeTap):
    """Singer tap for Zingle conversations."""

    name = "tap-zingle"
    config_jsonschema = CONFIG_SCHEMA
    message_writer_class = MsgSpecWriter

    def config_errors(self) -> list[str]:
        """Return what the schema can't say."""
        return config_problems(self.config)

    def discover_streams(self) -> list[Stream]:
        """Return the streams; their schemas are fixed, so that nothing is called."""
        return [stream(self) for stream in STREAMS]

    @property
    def api_calls(self) -> Mapping[str, int]:
        """Requests sent so far."""
        return {"zingle": self.zingle.calls}

    @cached_property
    def zingle(self) -> Zingle:
        """The client; silent until the first call."""
        return Zingle.from_settings(self.config)

    @cached_property
    def services(self) -> Services:
        """The services that are read."""
        return Services(self.zingle, self.config["service_ids"])

    @cached_property
    def only_days(self) -> dict[str, list[DayKey]]:
        """The days of `only_keys`, by service."""
        days: dict[str, list[DayKey]] = defaultdict(list)
        for service_id, key in map(parse_key, self.config["only_keys"]):
            days[service_id].append(key)
        return dict(days)

    @property
    def service_ids(self) -> tuple[str, ...]:
        """Ids of the services that are read in this run."""
        return tuple(self.only_days) or self.services.ids

    @cached_property
    def read_settings(self) -> ReadSettings:
        """What is to be read."""
        return ReadSettings(
            start_date=date.fromisoformat(self.config["start_date"][:10]),
            lookback_seconds=self.config["lookback_seconds"],
            scheduled_days=self.config["scheduled_days"],
            late_changes=self.config["late_changes"],
        )

    def zones(self, service_id: str, state: dict[str, Any]) -> ZoneHistory:
        """Return a service's time zones and pin them in its state."""
        service = self.services[service_id]
        now = server_seconds(self.zingle)
        zones = pinned_zones(service, state, self.config.get("time_zone"), now)
        state["zones"] = zones.to_state()
        return zones

    @contextmanager
    def day_reader(self, service_id: str, state: dict[str, Any]) -> Iterator[DayReader]:
        """Open a reader of a service's conversation days."""
        native = self.config["external_id_storage"] == "native"
        field = None if native else self.config["external_id_field"]
        service, zones = self.services[service_id], self.zones(service_id, state)
        started_at = server_seconds(self.zingle)
        with ThreadPoolExecutor(self.config["concurrency"]) as pool:
            book = ContactBook(self.zingle, service_id, pool, field)
            yield DayReader(self.zingle, service, self.read_settings, zones, book, pool, started_at)

    def lists(self, service_id: str) -> Lists:
        """Return the lists of a service."""
        return Lists(self.zingle, self.services, service_id)
