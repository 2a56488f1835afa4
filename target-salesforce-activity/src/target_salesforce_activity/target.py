"""The target and its sinks: settings in, batches to the settler; nothing is decided here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from typing_extensions import override

from target_salesforce_activity.days import is_conversation_schema, key_of
from target_salesforce_activity.rules import owned_problems, owner_problems
from target_salesforce_activity.settings import CONFIG_SCHEMA, settings_from
from target_salesforce_activity.start import KEY_FACT, VENDOR_FACT, key_fields_in, settler_for
from target_salesforce_activity.templates import url_problems
from zingle_sync.outcomes import SERVICE_NAME
from zingle_sync.salesforce import ConfigurationError, Salesforce
from zingle_sync.singer.lifecycle import quota_of
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget
from zingle_sync.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.sinks import Sink

    from target_salesforce_activity.settle import Settler
    from zingle_sync.outcomes import Outcome


class ConversationSink(OutcomeSink):
    """Settles conversation days."""

    MAX_SIZE_DEFAULT = 1000
    target: TargetSalesforceActivity

    @override
    def settle(self, records: list[dict[str, Any]]) -> list[Outcome]:
        """What became of every day."""
        target = self.target
        services = {key_of(record).partition(":")[0] for record in records}
        # Without the key's field in the org, two runs at once would write a day twice.
        target.hold(*(f"{target.salesforce.instance_url}/{service}" for service in services))
        outcomes = target.settler.settle(self.stream_name, records)
        # People look for a service by its name; a service of which nothing came has none here.
        for record in records:
            name, service_id = record.get("service_name"), record.get("service_id")
            if isinstance(name, str) and name and isinstance(service_id, str):
                target.run.remember(service_id, SERVICE_NAME, one_line(name))
        org, done = target.salesforce.instance_url, {outcome.kind for outcome in outcomes}
        if done & {"created", "updated"}:
            target.run.remember(org, VENDOR_FACT, {"until": target.settler.vendor_until})
        if done & {"created", "updated", "unchanged"}:
            # Days that have not come again since still have their key in another field.
            task, known = target.settler.rules.task, key_fields_in(target.run.facts, org)
            others = [name for name in known if name in task.old_key_fields]
            target.run.remember(org, KEY_FACT, [task.key_field, *others])
        return outcomes

    @override
    def source_key(self, record: Mapping[str, Any]) -> str:
        """The day's key, the same from any tap."""
        return key_of(record)

    @override
    def kept_payload(self, record: dict[str, Any]) -> None:
        """Keep nothing: messages never go into the sync log, replay reads the day again."""


class IgnoringSink(BatchSink):
    """Passes over a stream that holds no conversation days."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say so once."""
        super().__init__(*args, **kwargs)
        self.logger.warning(
            "Stream %s holds no conversation days (service_id, contact_id, date, messages): "
            "its records are passed over",
            self.stream_name,
        )

    @override
    def get_validator(self) -> None:
        """Check nothing."""

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Pass over a record."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Pass over a batch."""


class TargetSalesforceActivity(SafeTarget):
    """Singer target that writes one Salesforce Task per person and conversation day."""

    name = "target-salesforce-activity"
    config_jsonschema = CONFIG_SCHEMA
    _sink_class: type[Sink] = IgnoringSink

    @cached_property
    def salesforce(self) -> Salesforce:
        """The client; it logs in at the first call."""
        return Salesforce.from_settings(self.config)

    @cached_property
    def settler(self) -> Settler:
        """What settles days; asks the org what its Task allows."""
        settings = settings_from(self.config)
        pool = ThreadPoolExecutor(settings.concurrency)
        warn = self.logger.warning
        return settler_for(
            self.salesforce,
            settings,
            pool,
            warn,
            dry_run=self.dry_run,
            learnt=self.run.facts,
        )

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

    @property
    @override
    def links(self) -> Mapping[str, str]:
        """The org's address, and that of a conversation."""
        # Without a call there was no log-in, and none is made for this.
        org = {"salesforce": self.salesforce.instance_url} if self.salesforce.calls else {}
        url = settings_from(self.config).transcript.conversation_url
        return org | ({"zingle": url} if url else {})
