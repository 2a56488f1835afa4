"""A tap as a process: what its loader sees when a signal comes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys

import pytest

from zingle_sync.singer.errors import StopRun
from zingle_sync.singer.tap import _state_of

TAP = """
import sys
from singer_sdk import Stream
from singer_sdk import typing as th
from zingle_sync.singer.tap import SafeTap

class Long(Stream):
    name = "long"
    primary_keys = ("id",)
    schema = th.PropertiesList(th.Property("id", th.IntegerType), th.Property("t", th.StringType)).to_dict()
    def get_records(self, context):
        for number in range(1_000_000):
            yield {"id": number, "t": "x" * 3000}

class TapLong(SafeTap):
    name = "tap-long"
    config_jsonschema = th.PropertiesList().to_dict()
    def discover_streams(self):
        return [Long(self)]

TapLong.cli()
"""


@pytest.mark.parametrize("parts", [None, {}, [None], [{"service_id": "s"}]], ids=repr)
def test_a_state_of_another_shape_is_refused(parts: object) -> None:
    """Partitions that are none stop the tap before it reads, with a sentence."""
    state = {"bookmarks": {"long": {"partitions": parts}}}

    with pytest.raises(StopRun, match="--state: the partitions of long"):
        _state_of(io.StringIO(json.dumps(state)))


def test_a_signal_leaves_no_half_line() -> None:
    """Stopped while its loader is slow, the tap ends its line, and then with the signal's number."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MELTANO")}
    tap = subprocess.Popen(
        [sys.executable, "-c", TAP],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert tap.stdout is not None
    tap.stdout.readline()  # it writes, and soon waits for us: the pipe holds less than one record
    tap.send_signal(signal.SIGTERM)

    lines = tap.stdout.read().split(b"\n")
    tap.stdout.close()

    assert b"" == lines.pop()
    assert all(json.loads(line) for line in lines)
    assert 143 == tap.wait()
