"""A target whose state, signals, errors and log can be trusted."""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk.exceptions import ConfigValidationError, InvalidInputLine
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.target_base import Target
from typing_extensions import override

from zingle_sync.outcomes.lock import is_held
from zingle_sync.outcomes.sync_log import SyncLog
from zingle_sync.outcomes.tally import summary_line, too_many_rejects
from zingle_sync.outcomes.values import KEPT_RECORDS
from zingle_sync.singer.errors import AlreadyRunning, TooManyRejects
from zingle_sync.singer.lifecycle import (
    beginning,
    environment,
    mapping_change,
    plugin_name,
    record_failed_start,
    run_ending,
    run_facts,
    write_report,
)
from zingle_sync.singer.plain import PlainPlugin
from zingle_sync.singer.progress import Progress
from zingle_sync.singer.reader import PlainReader, check_schema
from zingle_sync.singer.replay import leave_as_they_are
from zingle_sync.singer.writer import whole_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from zingle_sync.outcomes.lock import Lock
    from zingle_sync.outcomes.run import Run
    from zingle_sync.outcomes.values import Outcome

# How long a run waits for another one that writes to the same service.
LOCK_SECONDS = 60.0


class SafeTarget(PlainPlugin, Target):
    """A target that emits STATE for settled records only, and keeps a log of every record.

    - STATE follows a drain, after every `checkpoint_records` records and at the end of the input.
      The SDK alone emits it at the end of the input or after five minutes.
    - A signal ends the process with 128 + its number, drains nothing and emits nothing.
    - A dry run emits no STATE, so that it eats no changes.
    - Records that can't be written are rejected, kept, and passed; too many of them stop the run.

    A plugin adds `RUN_SETTINGS` and `SYNC_LOG_SETTINGS` to its `config_jsonschema`, derives its
    sinks from `OutcomeSink`, and overrides `api_calls`, and `mapping_hash` where it has a mapping.
    """

    message_reader_class = PlainReader
    former_settings: ClassVar[Mapping[str, str]] = {
        "add_record_metadata": "there are no columns to add",
        "load_method": "what matches is updated, and nothing is ever deleted",
        "validate_records": "every record is checked, and one that does not fit is rejected alone",
    }
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    _MAX_RECORD_AGE_IN_MINUTES = 0.5

    def __init__(self, **kwargs: Any) -> None:
        """Create the target; nothing is connected before the first message."""
        super().__init__(**kwargs)
        # Streams are drained one after another: two of them may hold the same person.
        self.max_parallelism = 1
        self._started = time.monotonic()
        self._progress = Progress(self._started, self._started)
        self._finished = False
        self._unsettled = 0
        self._emitted_state: dict[str, Any] | None = None
        self._knows_beginning = False
        self._locks: dict[str, Lock] = {}

    # What a plugin overrides.

    @property
    def mapping_hash(self) -> str | None:
        """Hash of the configuration that decides what is written, where there is one."""
        return None

    @property
    def facts(self) -> Mapping[str, Any] | None:
        """What the operator's report shows besides counts.

        Such as `{"mapping": [{"stream", "source", "source_type", "field", "field_type"}]}`.
        """
        return None

    @property
    def line(self) -> int:
        """The line of the input that is being read."""
        reader = self.message_reader
        return reader.line if isinstance(reader, PlainReader) else 0

    def prepare(self) -> None:
        """Connect, and check all that a run checks before its first write.

        Called at the end of a dry run, so that one without records is a check of everything.
        """

    # The run.

    @cached_property
    def run(self) -> Run:
        """This run in the sync log, started at its first use."""
        log = SyncLog.open(
            self.config.get("sync_log_url"),
            retention_days=self.config["retention_days"],
            log_personal_data=self.config["log_personal_data"],
        )
        return log.start_run(
            plugin_name(self.name, os.environ),
            mapping_hash=self.mapping_hash,
            dry_run=self.dry_run,
            version=self.plugin_version,
            environment=environment(os.environ),
        )

    @property
    def dry_run(self) -> bool:
        """Whether nothing is written."""
        return bool(self.config["dry_run"])

    def hold(self, *services: str) -> None:
        """Be the only run that writes to these services; ask before each read that decides.

        A dry run writes nothing and asks nobody. A lock that was lost meanwhile is taken again.

        Raises:
            AlreadyRunning: If another run of this plugin holds one of them for too long.
        """
        self._locks = {name: lock for name, lock in self._locks.items() if is_held(lock)}
        for service in sorted(set(services) - self._locks.keys()) if not self.dry_run else ():
            try:
                lock = self.run.take_lock(service, seconds=LOCK_SECONDS)
            except OSError as error:
                self.logger.warning(
                    "Nothing can be locked here (%s): take care that no two runs of %s meet",
                    error,
                    self.name,
                )
                return
            if lock is None:
                raise AlreadyRunning(
                    f"Another run of {self.name} writes to {service or 'the same service'}; "
                    "nothing was done here, the next run goes on where that one ends.",
                    code="already_running",
                )
            self._locks[service] = lock

    def settled(
        self,
        outcomes: list[Outcome],
        payloads: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Record a batch whose records all have an outcome, or several.

        `payloads` is what is kept of the rejected records, by source key.

        Raises:
            TooManyRejects: If `on_reject` or `max_error_rate` says so.
            SyncLogError: If a rejected record can't be kept.
        """
        self.run.record(outcomes, payloads=payloads)
        sentence = too_many_rejects(
            self.run.tally,
            on_reject=self.config["on_reject"],
            max_error_rate=self.config["max_error_rate"],
        )
        line = self._progress.line(
            time.monotonic(), settled=self.run.tally.settled, api_calls=self.api_calls
        )
        if line:
            self.logger.info("%s", line)
        if sentence and not self.dry_run:  # a dry run counts them all
            raise TooManyRejects(sentence, code="too_many_rejects")

    def finish(self, error: BaseException | None = None) -> None:
        """Close the run's row, with what ended it early, and log its summary; only once."""
        if self._finished:
            return
        self._finished = True
        calls = self.api_calls
        ending = run_ending(error)
        self.run.finish(
            **ending.columns,
            api_calls=calls,
            state_after=self._emitted_state,
            quota=self.quota,
            facts=run_facts(ending, self.facts, self.links, os.environ),
        )
        for lock in self._locks.values():
            lock.close()
        if self.config.get("report_file") and not self.dry_run:
            write_report(self.run, self.config["report_file"])
        line = summary_line(
            self.run.tally,
            api_calls=calls,
            seconds=time.monotonic() - self._started,
            dry_run=self.dry_run,
        )
        self.logger.info("%s", line)

    # Messages.

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        check_schema(message_dict)
        self._note_beginning(None)
        self._settle_under_the_former(message_dict)
        super()._process_schema_message(message_dict)

    def _settle_under_the_former(self, message: dict[str, Any]) -> None:
        """Records that came before a new SCHEMA of their stream are settled under their own."""
        for stream_map in self.mapper.stream_maps.get(message.get("stream", ""), ()):
            former = stream_map.raw_schema, stream_map.raw_key_properties
            changed = former != (message.get("schema"), message.get("key_properties"))
            if changed and self.sink_exists(stream_map.stream_alias):
                self.drain_one(self.get_sink(stream_map.stream_alias))

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        record, stream = message_dict.get("record"), message_dict.get("stream")
        if isinstance(record, dict) and isinstance(stream, str):
            super()._process_record_message(message_dict)
        else:
            self._refuse_record(stream, record)
        self._unsettled += 1

    def _refuse_record(self, stream: object, record: object) -> None:
        """Reject what is no record; the run goes on."""
        maps = self.mapper.stream_maps.get(stream, ()) if isinstance(stream, str) else ()
        if not maps:
            raise InvalidInputLine("it is a RECORD of no stream that a SCHEMA announced")
        for alias in {stream_map.stream_alias for stream_map in maps}:
            refuse = getattr(self.get_sink(alias), "refuse", None)
            if refuse is not None:  # another sink passes over its stream
                refuse(record, f"line {self.line} of the input: its record is no object")

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        value = message_dict.get("value")
        if not isinstance(value, dict):
            raise InvalidInputLine("the value of its STATE is no object")
        self._note_beginning(value)
        super()._process_state_message(message_dict)
        if self._unsettled >= self.config["checkpoint_records"]:
            self.drain_all()

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Pass over what has no meaning here: nothing is ever deleted."""

    @override
    def _reset_max_record_age(self) -> None:
        super()._reset_max_record_age()
        self._unsettled = 0

    @override
    def _write_state_message(self, state: dict[str, Any]) -> None:
        if self.dry_run:
            return
        with whole_lines():
            super()._write_state_message(state)
        self._emitted_state = state

    def _note_beginning(self, state: dict[str, Any] | None) -> None:
        """Taps repeat the state that they start from; a SCHEMA first means there was none."""
        if not self._knows_beginning:
            self._knows_beginning = True
            bookmarks = (state or {}).get("bookmarks")
            is_full = not bookmarks
            if bookmarks and KEPT_RECORDS in bookmarks:
                leave_as_they_are(self.mapper)
            self.run.note(full=is_full, state_before=state, facts=beginning(os.environ))
            if not is_full and (sentence := mapping_change(self.run, self.mapping_hash)):
                self.logger.warning("%s", sentence)

    @override
    def process_endofpipe(self) -> None:
        """Settle the rest, emit the last STATE, close the run."""
        if self.dry_run:
            self.prepare()
        super().process_endofpipe()
        self.finish()

    # The command.

    @override
    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings but those that mean nothing to an API."""
        super().append_builtin_config(config_jsonschema)
        for name in SafeTarget.former_settings:
            config_jsonschema["properties"].pop(name, None)

    @override
    @classmethod
    def invoke(  # type: ignore[override] # the SDK overrides it the same way
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run the target: the SDK's own steps, with the run's row closed however it ends."""
        if about:
            super().invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        settings = config.config if config else {}
        try:
            target = cls(config=settings, parse_env_config=bool(config and config.parse_env))
        except ConfigValidationError as error:
            record_failed_start(cls.name, error, settings)
            raise
        try:
            target.listen(file_input)
        except BaseException as error:
            target.finish(error)
            raise
