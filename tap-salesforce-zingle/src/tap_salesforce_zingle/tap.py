"""The tap: settings, client and streams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.exceptions import ConfigValidationError
from typing_extensions import override

from tap_salesforce_zingle.discovery import Discovery
from tap_salesforce_zingle.settings import CONFIG, TapSettings, setting_problems, without
from tap_salesforce_zingle.streams import SalesforceStream
from tap_salesforce_zingle.writer import HintWriter
from zingle_sync.salesforce import CONNECTION_SETTINGS, ConfigurationError, Salesforce
from zingle_sync.singer.lifecycle import quota_of
from zingle_sync.singer.tap import SafeTap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream


class TapSalesforceZingle(SafeTap):
    """Reads Salesforce Contacts, Leads and custom SOQL, incrementally and without losing a row."""

    name = "tap-salesforce-zingle"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG
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
    def discover_streams(self) -> Sequence[Stream]:
        catalog = self.input_catalog
        selected = catalog and {
            name for name, entry in catalog.items() if entry.metadata.resolve_selection()[()]
        }
        settings = TapSettings.of(self.config)
        discovery = Discovery(self.client, settings)
        definitions = discovery.definitions(selected=selected, probe=catalog is None)
        wrong = [str(problem) for problem in discovery.problems if not problem.is_warning]
        if wrong:
            raise ConfigValidationError("The configuration is not valid", errors=wrong)
        for problem in discovery.problems:
            self.logger.warning(str(problem))
        if isinstance(self.message_writer, HintWriter):
            self.message_writer.org_id = self.client.org_id
            self.message_writer.hints = {entry.name: entry.hints for entry in definitions}
        return [SalesforceStream(self, entry, settings, self.client) for entry in definitions]


if __name__ == "__main__":
    TapSalesforceZingle.cli()
