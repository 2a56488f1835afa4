"""The Singer SDK's own suite, against the sandbox with the demo worlds."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_zingle.tap import TapZingle
from zingle_sandbox.testing import run_sandbox

# Some fields are empty in every row of the demo worlds; every stream has rows all the same.
pytestmark = pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")

# The suite reads the streams while the class is made, so no fixture comes in time.
_stack = ExitStack()
_sandbox = _stack.enter_context(run_sandbox("demo"))
atexit.register(_stack.close)

TestTapZingle = get_tap_test_class(
    TapZingle,
    config={
        **_sandbox.zingle_settings(),
        "start_date": "2026-01-01",
        "requests_per_second": 0,
    },
    suite_config=SuiteConfig(max_records_limit=150),
    parse_env_config=False,
)
