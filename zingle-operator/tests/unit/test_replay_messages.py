from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from zingle_operator.project.project import Finished, Pipeline
from zingle_operator.replay import command, selection
from zingle_operator.replay.messages import replay_messages
from zingle_sync.outcomes.queries import is_waiting

SCHEMAS = b"""some log line
{"type":"SCHEMA","stream":"contacts","schema":{"properties":{}},"key_properties":["Id"]}
{"type":"SCHEMA","stream":"leads","schema":{"properties":{}},"key_properties":["Id"]}
"""


def test_records_come_back_as_they_were_kept() -> None:
    """A bookmark comes first, then the schemas that are needed, then the records byte for byte."""
    messages, unknown = replay_messages(
        SCHEMAS, [("contacts", '{"Id":"003A","Amount":12.50}'), ("contacts", '{"Id":"003B"}')], {}
    )

    lines = messages.splitlines()
    assert () == unknown
    assert ["STATE", "SCHEMA", "RECORD", "RECORD"] == [json.loads(line)["type"] for line in lines]
    assert json.loads(lines[0])["value"]["bookmarks"]
    assert b'"record":{"Id":"003A","Amount":12.50}' in lines[2]


def test_streams_that_are_gone_are_named() -> None:
    """A record whose stream the tap lost is not sent, and its stream is told."""
    assert (b"", ("old",)) == replay_messages(SCHEMAS, [("old", "{}")], {})


def test_records_come_under_the_schema_that_the_targets_maps_made() -> None:
    """What the target renamed when it kept a record has its new name in SCHEMA and RECORD."""
    schema = {"properties": {"Id": {"type": "string"}, "Fax": {"type": "string"}}}
    message = {"type": "SCHEMA", "stream": "contacts", "schema": schema, "key_properties": ["Id"]}
    maps = {"contacts": {"__alias__": "people", "Handy": "Fax", "Fax": None}, "__else__": None}

    messages, unknown = replay_messages(
        json.dumps(message).encode(), [("people", '{"Handy":"1"}')], {"stream_maps": maps}
    )

    _, told, record = map(json.loads, messages.splitlines())
    assert (("people", {"Id", "Handy"}), ()) == (
        (told["stream"], {*told["schema"]["properties"]}),
        unknown,
    )
    assert ("people", {"Handy": "1"}) == (record["stream"], record["record"])
    assert "__else__" in maps


@pytest.mark.parametrize("count", [1, 1_500, 20_000])
def test_any_number_of_days_travels_in_a_file(count: int) -> None:
    """Keys are handed over in a private file, each day once, however many there are."""
    days = [
        f"5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a01:{number:036d}:2026-03-02" for number in range(count)
    ]
    seen: dict[str, object] = {}

    def run(_: Pipeline, overrides: dict[str, dict[str, str]], *, from_state: bool) -> Finished:
        assert from_state
        path = Path(overrides["tap-zingle"]["only_keys_file"])
        seen.update(keys=path.read_text().split(), mode=path.stat().st_mode & 0o777)
        return Finished(0, "")

    pipeline = Pipeline("c", "tap-zingle", "target-salesforce-activity", "conversations")
    rows = [{"source_key": key + part} for key in days for part in ("", ":2")]
    command._run(
        cast("Any", None), cast("Any", SimpleNamespace(run=run)), pipeline, cast("Any", rows)
    )

    assert {"keys": days, "mode": 0o600} == seen


@pytest.mark.parametrize(
    ("reason", "reasons", "waits", "passes"),
    [
        ("shared_channel", {"skipped/shared_channel": 2}, True, True),
        ("shared_channel", {"rejected/shared_channel": 2}, False, False),
        ("locked", None, False, False),
        ("merge_needed", {"skipped/merge_needed": 1, "created": 3}, True, True),
        ("ambiguous", {"rejected/ambiguous": 1}, False, True),
        ("temporary", {"rejected/temporary": 1}, False, True),
        ("no_usable_key", {"rejected/no_usable_key": 1}, False, False),
    ],
)
def test_who_waits_for_somebody_else_is_no_reject(
    reason: str, reasons: dict[str, int] | None, waits: bool, passes: bool
) -> None:
    """Kept skips are told from rejects by the run that kept them; both may settle by themselves."""
    row = cast("Any", {"reason": reason, "reasons": reasons})

    assert (waits, passes) == (is_waiting(row), selection.passes_by_itself(row))
