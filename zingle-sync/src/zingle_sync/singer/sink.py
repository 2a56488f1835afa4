"""A sink that hands each batch to the plugin, and what became of it to the sync log."""

from __future__ import annotations

import abc
import hashlib
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidRecord
from singer_sdk.sinks import BatchSink
from typing_extensions import override

from zingle_sync.outcomes.values import Outcome, OutcomeError
from zingle_sync.singer.validation import CompiledValidator
from zingle_sync.texts import clean_tree, key_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding
    from singer_sdk.sinks.core import BaseJSONSchemaValidator

    from zingle_sync.singer.target import SafeTarget


_NULL = "%00"  # what no escaped text is


class OutcomeSink(BatchSink):
    """Take records in batches, settle every one of them, record the outcomes.

    A plugin implements `settle`, and `kept_payload` where a rejected record may not be kept whole.
    Records that don't fit their schema never reach it: they are `rejected/invalid_record`.

    Attributes:
        target: The target, with its run.
    """

    MAX_SIZE_DEFAULT = 500
    # Whether the plugin itself finds a name for a record whose key is empty.
    names_keyless_records = False

    def __init__(
        self,
        target: SafeTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self.target = target
        self._invalid: str | None = None
        self._from_files = False

    @abc.abstractmethod
    def settle(self, records: list[dict[str, Any]]) -> Iterable[Outcome]:
        """Decide and carry out what becomes of a batch.

        Args:
            records: At most `max_size` records, in order of arrival.

        Returns:
            At least one outcome for every record. When it raises, or a signal comes, nothing of
            the batch is recorded and no STATE moves past it: it is read again next time.
        """

    def source_key(self, record: Mapping[str, Any]) -> str:
        """The record's key in the sync log: its key properties, different for different records."""
        parts = [record.get(name) for name in self.key_properties]
        if len(parts) == 1 and parts[0] is not None:
            return key_text(parts[0])
        return ":".join(_NULL if part is None else _escaped(key_text(part)) for part in parts)

    def kept_payload(self, record: dict[str, Any]) -> dict[str, Any] | None:
        """What is kept of a record for `zingle-sync replay`; None keeps its key alone."""
        return record

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        if self._from_files:
            context = self._sorted_out(context.get("records", []))
        records: list[dict[str, Any]] = context.get("records", [])
        invalid: list[tuple[dict[str, Any], str]] = context.get("invalid", [])
        outcomes = [self._refused(record, problem) for record, problem in invalid]
        if records:
            outcomes.extend(self.settle(records))
        self.target.settled(outcomes, self._payloads(outcomes, records, invalid))

    @override
    def process_batch_files(self, encoding: BaseBatchFileEncoding, files: Sequence[str]) -> None:
        """Settle records of files like those that come one by one, after those that came before."""
        self.target.drain_one(self)
        self._from_files = True
        try:
            super().process_batch_files(encoding, files)
        finally:
            self._from_files = False

    def _sorted_out(self, records: list[Any]) -> dict[str, Any]:
        """A batch as it would have come one by one."""
        context: dict[str, Any] = {}
        for record in records:
            if isinstance(record, dict):
                for mapped in self._mapped(clean_tree(record)):
                    checked = self._validate_and_parse(mapped)
                    self._singer_validate_message(checked)
                    self.process_record(checked, context)
            else:
                self.refuse(record, f"line {self.target.line} of the input: a record is no object")
        return context

    def _mapped(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What the stream maps make of a record of a file, which the SDK hands over as it came."""
        for stream_maps in self.target.mapper.stream_maps.values():
            for stream_map in stream_maps:
                if stream_map.stream_alias == self.stream_name:
                    mapped = stream_map.transform(dict(record))
                    if mapped is not None:
                        yield mapped

    @override
    def get_validator(self) -> BaseJSONSchemaValidator | None:
        return CompiledValidator(self.schema)

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Add a record to the batch, or to the batch's refused ones."""
        if self._invalid is None:
            super().process_record(record, context)
        else:
            context.setdefault("invalid", []).append((record, self._invalid))

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Check a record; dates and times stay the text that they came as."""
        self._invalid = None
        try:
            if self._validator is not None:
                self._validator.validate(record)
        except InvalidRecord as error:
            self._invalid = error.error_message
        return record

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """A record without its key is rejected like any other that does not fit."""
        missing = [name for name in self.key_properties if record.get(name) is None]
        if missing and self._invalid is None and not self.names_keyless_records:
            self._invalid = (
                f"line {self.target.line} of the input: it lacks its key {', '.join(missing)}"
            )

    @override
    def _after_process_record(self, context: dict[str, Any]) -> None:
        """Say nothing: the SDK would print the whole batch for each of its records."""

    def refuse(self, record: object, problem: str) -> None:
        """Reject what is no record at all; the run goes on."""
        self.target.settled([self._refused(record, problem)])

    def _refused(self, record: object, problem: str) -> Outcome:
        return Outcome(
            stream=self.stream_name,
            service_id="",
            source_key=self._key_of_invalid(record),
            kind="rejected",
            reason="invalid_record",
            error=OutcomeError(klass="InvalidRecord", message=problem),
            attempts=0,
        )

    def _key_of_invalid(self, record: object) -> str:
        """The record's key; one without gets a name of its own, the same in every run."""
        if isinstance(record, dict) and all(
            record.get(name) is not None for name in self.key_properties
        ):
            return self.source_key(record)
        digest = hashlib.sha256(repr(record).encode(errors="replace")).hexdigest()[:12]
        return f"without key {digest}"

    def _payloads(
        self,
        outcomes: list[Outcome],
        records: list[dict[str, Any]],
        invalid: list[tuple[dict[str, Any], str]],
    ) -> dict[str, dict[str, Any]]:
        kept = {one.source_key for one in outcomes if one.kept}
        if not kept:
            return {}
        keyed = [(self.source_key(record), record) for record in records]
        keyed += [(self._key_of_invalid(record), record) for record, _ in invalid]
        payloads = ((key, self.kept_payload(record)) for key, record in keyed if key in kept)
        return {key: payload for key, payload in payloads if payload is not None}


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace(":", "%3A")
