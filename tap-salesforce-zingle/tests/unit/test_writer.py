from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from singer_sdk.singerlib import SchemaMessage

from tap_salesforce_zingle.writer import HintWriter

TEXT = st.text(
    st.sampled_from('aé\u0085\u2028\u2029\x00\x0b\x1c\\"u0000\n😀')
    | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)


def written(record: dict[str, Any], version: int | None = None) -> bytes:
    """What a writer makes of one record, behind a SCHEMA."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    writer = HintWriter()
    with redirect_stdout(output):
        writer.write_message(SchemaMessage("s", {"properties": {}}, []))
        writer.write_record(HintWriter.before_record("s", version), record)
        writer.flush()
    output.flush()
    return bytes(output.buffer.getvalue())  # type: ignore[attr-defined]  # BytesIO


@given(st.dictionaries(TEXT, TEXT, max_size=4))
@example({"a": "\\u0000"})
@example({"a": "\\\x00"})
@example({"a": "\x00\\\\u0000\x00"})
def test_a_message_is_a_line(record: dict[str, str]) -> None:
    """However a reader splits lines, each message is one, and says what was given."""
    raw = written(record)
    lines = raw.decode().splitlines()

    assert [2, 2] == [len(lines), raw.count(b"\n")]
    assert record == json.loads(lines[1])["record"]


def test_versions() -> None:
    """Records of a whole table carry its version, others none."""
    lines = [json.loads(written({"a": 1}, version).splitlines()[1]) for version in (None, 7)]

    assert [None, 7] == [line.get("version") for line in lines]
