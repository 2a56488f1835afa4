"""The sinks: hand a batch to the settler, or pass over what is no conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from typing_extensions import override

from target_salesforce_activity.days import key_of
from target_salesforce_activity.settings import settings_from
from target_salesforce_activity.settle import Settler, settler_for
from zingle_sync.salesforce import Salesforce
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sync.outcomes import Outcome


class ConversationTarget(SafeTarget):
    """What the sinks need of their target."""

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
        return settler_for(self.salesforce, settings, pool, warn, dry_run=self.dry_run)


class ConversationSink(OutcomeSink):
    """Settles conversation days."""

    MAX_SIZE_DEFAULT = 1000
    target: ConversationTarget

    @override
    def settle(self, records: list[dict[str, Any]]) -> list[Outcome]:
        """What became of every day."""
        target = self.target
        services = {key_of(record).partition(":")[0] for record in records}
        # Without the key's field in the org, two runs at once would write a day twice.
        target.hold(*(f"{target.salesforce.instance_url}/{service}" for service in services))
        return target.settler.settle(self.stream_name, records)

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
