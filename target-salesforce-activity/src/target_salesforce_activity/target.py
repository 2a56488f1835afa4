"""The target: settings in, sinks out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_salesforce_activity.days import is_conversation_schema
from target_salesforce_activity.rules import owned_problems, owner_problems
from target_salesforce_activity.settings import CONFIG_SCHEMA, settings_from
from target_salesforce_activity.sinks import ConversationSink, ConversationTarget, IgnoringSink
from target_salesforce_activity.templates import url_problems
from zingle_sync.salesforce import ConfigurationError, Salesforce
from zingle_sync.singer.lifecycle import quota_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.sinks import Sink


class TargetSalesforceActivity(ConversationTarget):
    """Singer target that writes one Salesforce Task per person and conversation day."""

    name = "target-salesforce-activity"
    config_jsonschema = CONFIG_SCHEMA
    _sink_class: type[Sink] = IgnoringSink

    @override
    def config_errors(self) -> list[str]:
        """What the schema can't say."""
        settings = settings_from(self.config)
        problems = [
            *settings.templates.problems(),
            *url_problems(settings.transcript.conversation_url),
            *owned_problems(settings),
            *owner_problems(settings.owner_id),
        ]
        try:
            Salesforce.from_settings(self.config)
        except ConfigurationError as error:
            problems += error.problems
        return problems

    @override
    def get_sink(
        self, stream_name: str, *, schema: dict[str, Any] | None = None, **more: Any
    ) -> Sink:
        """A stream's sink; its schema decides which, for names are the tap's business."""
        is_ours = schema is not None and is_conversation_schema(schema)
        self._sink_class = ConversationSink if is_ours else IgnoringSink
        return super().get_sink(stream_name, schema=schema, **more)

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        """The class that `get_sink` chose."""
        return self._sink_class

    @override
    def prepare(self) -> None:
        """Ask the org what its Task allows."""
        _ = self.settler

    @property
    @override
    def mapping_hash(self) -> str | None:
        """Hash of the settings that decide what is written."""
        return settings_from(self.config).fingerprint

    @property
    @override
    def api_calls(self) -> Mapping[str, int]:
        """Requests sent so far."""
        return {"salesforce": self.salesforce.calls}

    @property
    @override
    def quota(self) -> Mapping[str, Any] | None:
        """The org's daily API calls."""
        return quota_of("salesforce", self.salesforce.usage)
