from __future__ import annotations

import json

from zingle_operator.replay.messages import replay_messages

SCHEMAS = b"""some log line
{"type":"SCHEMA","stream":"contacts","schema":{"properties":{}},"key_properties":["Id"]}
{"type":"SCHEMA","stream":"leads","schema":{"properties":{}},"key_properties":["Id"]}
"""


def test_records_come_back_as_they_were_kept() -> None:
    """A bookmark comes first, then the schemas that are needed, then the records byte for byte."""
    messages, unknown = replay_messages(
        SCHEMAS, [("contacts", '{"Id":"003A","Amount":12.50}'), ("contacts", '{"Id":"003B"}')]
    )

    lines = messages.splitlines()
    assert () == unknown
    assert ["STATE", "SCHEMA", "RECORD", "RECORD"] == [json.loads(line)["type"] for line in lines]
    assert json.loads(lines[0])["value"]["bookmarks"]
    assert b'"record":{"Id":"003A","Amount":12.50}' in lines[2]


def test_streams_that_are_gone_are_named() -> None:
    """A record whose stream the tap lost is not sent, and its stream is told."""
    assert (b"", ("old",)) == replay_messages(SCHEMAS, [("old", "{}")])
