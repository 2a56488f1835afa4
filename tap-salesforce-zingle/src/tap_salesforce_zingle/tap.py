"""The tap: settings, client and streams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.singerlib import Schema
from typing_extensions import override

from tap_salesforce_zingle.discovery import Discovery
from tap_salesforce_zingle.plan.catalogs import as_cataloged
from tap_salesforce_zingle.read.optional import or_none
from tap_salesforce_zingle.settings import (
    CONFIG,
    FORMER_SETTINGS,
    TapSettings,
    setting_problems,
    without,
)
from tap_salesforce_zingle.streams import People, SalesforceStream
from tap_salesforce_zingle.writer import HintWriter
from zingle_sync.salesforce import CONNECTION_SETTINGS, ConfigurationError, Salesforce
from zingle_sync.singer.lifecycle import quota_of
from zingle_sync.singer.tap import SafeTap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_salesforce_zingle.plan.plans import Definition


class TapSalesforceZingle(SafeTap):
    """Reads objects of Salesforce and custom SOQL, incrementally and without losing a row."""

    name = "tap-salesforce-zingle"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        *SafeTap.capabilities,
        PluginCapabilities.BATCH,
    ]
    former_settings: ClassVar[Mapping[str, str]] = FORMER_SETTINGS
    dynamic_catalog = True
    message_writer_class = HintWriter

    @cached_property
    def client(self) -> Salesforce:
        """The org; nothing is sent before its first use."""
        return Salesforce.from_settings(self.config)

    @property
    @override
    def api_calls(self) -> Mapping[str, int]:
        return {"salesforce": self.client.calls}

    @property
    @override
    def quota(self) -> Mapping[str, Any] | None:
        return quota_of("salesforce", self.client.usage)

    @property
    @override
    def links(self) -> Mapping[str, str]:
        # Without a call there was no log-in, and none is made for this.
        return {"salesforce": self.client.instance_url} if self.client.calls else {}

    @override
    def config_errors(self) -> list[str]:
        return self.other_config_errors(frozenset())

    @override
    def other_config_errors(self, wrong: frozenset[str]) -> list[str]:
        problems = setting_problems(without(self.config, wrong))
        if wrong & CONNECTION_SETTINGS.keys():
            return problems
        try:
            _ = self.client
        except ConfigurationError as error:
            problems += error.problems
        return problems

    @override
    def setup_mapper(self) -> None:
        if self.input_catalog is not None:
            _ = self._definitions  # first, because it brings the catalog up to date
        super().setup_mapper()

    @cached_property
    def _definitions(self) -> list[Definition]:
        """The streams that are wanted, with those columns that a catalog names."""
        catalog = self.input_catalog
        selected = catalog and {
            name for name, entry in catalog.items() if entry.metadata.resolve_selection()[()]
        }
        discovery = Discovery(self.client, self._settings)
        definitions = discovery.definitions(selected=selected, probe=catalog is None)
        wrong = [str(problem) for problem in discovery.problems if not problem.is_warning]
        if wrong:
            raise ConfigValidationError("The configuration is not valid", errors=wrong)
        warnings = [str(problem) for problem in discovery.problems]
        if catalog:
            gone = sorted({*(selected or ())} - {definition.name for definition in definitions})
            warnings += [
                f"{name}: the catalog selects this stream, which objects and custom_queries do not "
                "name any more; it is left out."
                for name in gone
            ]
            for place, definition in enumerate(definitions):
                entry = catalog[definition.name]
                named = entry.schema.to_dict().get("properties", {})
                key = entry.replication_key or entry.metadata.root.replication_key
                definitions[place], more = as_cataloged(definition, named, key)
                entry.schema = Schema.from_dict(definitions[place].schema)
                warnings += more
        for warning in warnings:
            self.logger.warning(warning)
        return definitions

    @cached_property
    def _settings(self) -> TapSettings:
        return TapSettings.of(self.config)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        definitions = self._definitions
        org_id = or_none(lambda: self.client.org_id, "the organisation's id")
        if isinstance(self.message_writer, HintWriter):
            self.message_writer.org_id = org_id
            self.message_writer.hints = {entry.name: entry.hints for entry in definitions}
        people = People(self.client, org_id)
        return [
            SalesforceStream(self, entry, self._settings, self.client, people)
            for entry in definitions
        ]
