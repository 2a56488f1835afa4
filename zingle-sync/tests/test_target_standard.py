"""The Singer SDK's own suite, against a target that accepts every stream."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import Any, ClassVar

from singer_sdk.testing import get_target_test_class

from zingle_sync.outcomes import Outcome
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget


class NullSink(OutcomeSink):
    """Settles every record at once."""

    def settle(self, records: list[dict[str, Any]]) -> Iterable[Outcome]:
        """Write nothing."""
        for record in records:
            yield Outcome(self.stream_name, "", self.source_key(record), "unchanged")


class NullTarget(SafeTarget):
    """Accepts every stream."""

    name = "target-null"
    config_jsonschema: ClassVar = {"properties": {**RUN_SETTINGS, **SYNC_LOG_SETTINGS}}
    default_sink_class = NullSink


FOLDER = tempfile.TemporaryDirectory()  # the suite wants its settings when the class is made

TestStandard = get_target_test_class(
    NullTarget,
    config={"sync_log_url": f"sqlite:///{FOLDER.name}/log.db"},
    parse_env_config=False,
)
# It wants the run to end at a record without its key; ours rejects that record and goes on.
TestStandard.test_target_record_missing_key_property = None
