from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from zingle_sync.outcomes import Outcome
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget

SCHEMA = {
    "properties": {
        "Id": {"type": "string"},
        "At": {"type": ["null", "string"], "format": "date-time"},
        "Amount": {"type": ["null", "number"]},
    }
}


class ListSink(OutcomeSink):
    """Settles records by what their Id says."""

    MAX_SIZE_DEFAULT = 10

    def settle(self, records: list[dict[str, Any]]) -> Iterable[Outcome]:
        """Write to the target's list."""
        self.target.written.extend(records)
        for record in records:
            if record["Id"].startswith("crash"):
                raise RuntimeError(record["Id"])
            if record["Id"].startswith("bad"):
                yield Outcome(
                    self.stream_name, "svc", record["Id"], "rejected", reason="no_usable_key"
                )
            else:
                yield Outcome(self.stream_name, "svc", record["Id"], "created")


class ListTarget(SafeTarget):
    """A target that writes to a list."""

    name = "target-list"
    config_jsonschema: ClassVar = {"properties": {**RUN_SETTINGS, **SYNC_LOG_SETTINGS}}
    default_sink_class = ListSink

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.written: list[dict[str, Any]] = []

    @property
    def api_calls(self) -> dict[str, int]:
        """One call per record."""
        return {"list": len(self.written)}


def schema(stream: str = "contacts") -> dict[str, Any]:
    """A SCHEMA message."""
    return {"type": "SCHEMA", "stream": stream, "schema": SCHEMA, "key_properties": ["Id"]}


def record(key: str, stream: str = "contacts", **more: Any) -> dict[str, Any]:
    """A RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": {"Id": key, **more}}


def state(value: int) -> dict[str, Any]:
    """A STATE message."""
    return {"type": "STATE", "value": {"bookmarks": {"contacts": {"replication_key_value": value}}}}


def lines(messages: Iterable[dict[str, Any]]) -> io.StringIO:
    """Messages as a tap writes them."""
    return io.StringIO("".join(json.dumps(message) + "\n" for message in messages))


@pytest.fixture
def log_url(tmp_path: Path) -> str:
    """A log that does not exist yet."""
    return f"sqlite:///{tmp_path}/log.db"


@pytest.fixture
def make_target(log_url: str) -> Callable[..., ListTarget]:
    """Make a target with these settings."""

    def make(**config: Any) -> ListTarget:
        return ListTarget(config={"sync_log_url": log_url, **config})

    return make


@pytest.fixture
def singer() -> SimpleNamespace:
    """Singer messages, short."""
    return SimpleNamespace(schema=schema, record=record, state=state, lines=lines)
