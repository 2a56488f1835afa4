"""The sink: hands batches over, nothing decided here."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_zingle.settings import read_settings
from target_zingle.sync import ContactSync
from target_zingle.wanted.values import is_blank
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zingle_sync.outcomes import Outcome


class ContactTarget(SafeTarget):
    """What the sink needs of its target."""

    @cached_property
    def sync(self) -> ContactSync:
        """The run's work on contacts."""
        return ContactSync(read_settings(self.config), lambda: self.run.facts)

    def hold_services(self) -> None:
        """Be the only run that writes to these services."""
        self.hold(*self.sync.service_ids)


class ContactSink(OutcomeSink):
    """People of one stream."""

    MAX_SIZE_DEFAULT = 1000
    names_keyless_records = True

    target: ContactTarget

    def __init__(
        self,
        target: ContactTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Check the stream's mapping before anything is written."""
        super().__init__(target, stream_name, schema, key_properties)
        target.sync.preparation.register(stream_name, schema, key_properties or ())

    @override
    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep what other taps say about a record, above all `_sdc_deleted_at`."""

    @override
    def source_key(self, record: Mapping[str, Any]) -> str:
        """The key properties, else the mapped external id; empty where there is neither."""
        if any(not is_blank(record.get(name)) for name in self.key_properties):
            return super().source_key(record)
        return self.target.sync.preparation.record_id(self.stream_name, record) or ""

    @override
    def settle(self, records: list[dict[str, Any]]) -> Iterable[Outcome]:
        self.target.hold_services()
        rows = [(self.source_key(record), record) for record in records]
        return self.target.sync.settle(self.stream_name, rows)
