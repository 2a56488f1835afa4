"""Input as it comes from other taps, broken pipes and people."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.exceptions import (
    ConfigValidationError,
    InvalidInputLine,
    InvalidJSONSchema,
    InvalidRecord,
)

from zingle_sync.outcomes.queries import OutcomeFilter, list_outcomes, open_log
from zingle_sync.singer.plain import sentences_of
from zingle_sync.singer.reader import PlainReader
from zingle_sync.singer.target import SafeTarget
from zingle_sync.singer.validation import CompiledValidator

MakeTarget = Callable[..., SafeTarget]
SCHEMA = b'{"type":"SCHEMA","stream":"contacts","schema":{"properties":{"Id":{}}},"key_properties":["Id"]}\n'
GOOD = b'{"type":"RECORD","stream":"contacts","record":{"Id":"good"}}\n'
STATE = b'{"type":"STATE","value":{"bookmarks":{"contacts":{"replication_key_value":1}}}}\n'


def listen(target: SafeTarget, *lines: bytes) -> None:
    """Feed bytes as they come through a pipe."""
    target.listen(io.TextIOWrapper(io.BytesIO(b"".join(lines)), encoding="utf-8"))


def outcomes(url: str) -> dict[str, tuple[str, str | None]]:
    """Kind and message by key."""
    rows = list_outcomes(open_log(url), OutcomeFilter())
    return {row["source_key"]: (row["outcome"], row["error_message"]) for row in rows}


@pytest.mark.parametrize(
    "record", [b"null", b"[1,2]", b'"Ann"', b"7", b"true", b"{}", b'{"Id":null}']
)
def test_a_record_that_is_none_is_rejected_with_its_line(
    record: bytes, make_target: MakeTarget, log_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever stands where a record should be, the run goes on and STATE moves past it."""
    bad = b'{"type":"RECORD","stream":"contacts","record":%s}\n' % record
    listen(make_target(max_error_rate=1), SCHEMA, bad, GOOD, STATE)

    rows = outcomes(log_url)
    kinds = sorted(kind for kind, _ in rows.values())
    (message,) = [message for kind, message in rows.values() if kind == "rejected"]
    assert ["created", "rejected"] == kinds
    assert str(message).startswith("line 2 of the input: ")
    assert '"replication_key_value":1' in capsys.readouterr().out.replace(" ", "")


def test_records_without_a_key_are_kept_apart(make_target: MakeTarget, log_url: str) -> None:
    """Two that differ are two rejects; the same one again is the same reject."""
    bad = [
        b'{"type":"RECORD","stream":"contacts","record":{"Id":null,"Name":"%d"}}\n' % n
        for n in (1, 2, 1)
    ]
    listen(make_target(), SCHEMA, *bad)
    again = make_target()

    assert 2 == len(again.run.pending)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"Id":"a","N":"half \\ud83d"}', "half \ufffd"),
        (b'{"Id":"a","N":"half \\uDE00 too"}', "half \ufffd too"),
        (b'{"Id":"a","N":"pair \\ud83d\\ude00"}', "pair \U0001f600"),
        (b'{"Id":"a","N":"latin \xe9"}', "latin \ufffd"),
        (b'{"Id":"a","N":"nul \\u0000 esc \\u001b[2J bell \\u0007"}', "nul  esc [2J bell "),
        (b'{"Id":"a","N":"raw \x01 control"}', "raw  control"),
        (b'{"Id":"a","N":"del \x7f c1 \xc2\x9b \\u009b"}', "del  c1  "),
        (b'{"Id":"a","N":"tab\\tline\\nend\\b"}', "tab\tline\nend"),
        (b'{"Id":"a","N":"back\\\\slash \\u00e9 \xc3\xa9"}', "back\\slash \xe9 \xe9"),
        (b'{"Id":"a","N":NaN}', "NaN"),
        (b'{"Id":"a","N":' + b"9" * 5_000 + b"}", Decimal("9" * 5_000)),
        (b'{"Id":"a","N":123456789012345678901234567890}', 123456789012345678901234567890),
    ],
)  # fmt: skip
def test_what_a_text_can_hold_is_read(line: bytes, value: object) -> None:
    """Half characters, bytes that are no text and control characters cost the record nothing else."""
    message = PlainReader().deserialize_json(line)

    assert {"Id": "a", "N": value} == message


def test_blank_lines_and_a_byte_order_mark_are_nothing(
    make_target: MakeTarget, log_url: str
) -> None:
    """Editors and shells leave them."""
    listen(make_target(), b"\xef\xbb\xbf", SCHEMA, b"\r\n", b"   \n", GOOD, b"\n")

    assert ["good"] == list(outcomes(log_url))


def test_half_a_last_line_is_the_end(
    make_target: MakeTarget, log_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tap that was stopped while it wrote loses that line alone; what came before is settled."""
    for cut in range(1, len(GOOD) - 1, 7):
        listen(make_target(), SCHEMA, GOOD, STATE, GOOD[:cut])

        assert '"replication_key_value": 1' in capsys.readouterr().out
    assert ["good"] == list(outcomes(log_url))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"Traceback: Ann Lee +18585551212\n", "Line 2 of the input: it is not JSON"),
        (b"Traceback: Ann Lee +18585551212", "Line 2 of the input: it is not JSON"),
        (b'{"type":"RECORD","stream":"contacts"\n', "Line 2 of the input: it is not JSON"),
        (b'"text"\n', "Line 2 of the input: it is not a JSON object"),
        (b'{"stream":"contacts"}\n', "Line 2 of the input: it lacks type"),
        (b'{"type":"STATE"}\n', "Line 2 of the input: the value of its STATE is no object"),
        (b'{"type":"STATE","value":[1]}\n', "Line 2 of the input: the value of its STATE is no object"),
        (b'{"type":"SCHEMA","stream":"x"}\n', "Line 2 of the input: its SCHEMA has no properties"),
        (b'{"type":"SCHEMA","stream":"x","schema":{}}\n', "Line 2 of the input: its SCHEMA has no properties"),
        (b'{"type":"SCHEMA","stream":"x","schema":{"properties":[]}}\n', "Line 2 of the input: its SCHEMA has no properties"),
        (b'{"type":"SCHEMA","schema":{"properties":{}}}\n', "Line 2 of the input: it is a SCHEMA that names no stream"),
        (b'{"type":"SCHEMA","stream":"x","schema":{"properties":{"a":1}}}\n', "Line 2 of the input: a property of its SCHEMA is no object"),
        (b'{"type":"SCHEMA","stream":"x","schema":{"properties":{}},"key_properties":"Id"}\n', "Line 2 of the input: its key_properties are no list of names"),
        (b'{"type":"RECORD","stream":"nobody","record":null}\n', "Line 2 of the input: it is a RECORD of no stream that a SCHEMA announced"),
        (b"[" * 100_000 + b"\n", "Line 2 of the input: it is not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_told_with_its_line(
    line: bytes, problem: str, make_target: MakeTarget
) -> None:
    """The sentence says where and what, and never quotes the input."""
    with pytest.raises(InvalidInputLine) as raised:
        listen(make_target(), SCHEMA, line, GOOD)

    assert problem == str(raised.value)


def test_unknown_messages_are_passed_over(
    make_target: MakeTarget, log_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A type that means nothing here is told once; so is a version of a stream nobody knows."""
    beat = b'{"type":"HEARTBEAT\\u001b[2J"}\n'
    version = b'{"type":"ACTIVATE_VERSION","stream":"nobody","version":1}\n'
    listen(make_target(), beat, version, SCHEMA, beat, GOOD)

    told = [record.getMessage() for record in caplog.records if "HEARTBEAT" in record.getMessage()]
    assert ["Messages of type HEARTBEAT[2J mean nothing here: passed over"] == told
    assert ["good"] == list(outcomes(log_url))


@given(st.binary(max_size=60) | st.text().map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_a_message_or_refused(line: bytes) -> None:
    """No line ends the reader in another error."""
    with contextlib.suppress(InvalidInputLine):
        assert isinstance(PlainReader().deserialize_json(line), dict)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"properties": {"a": {"$ref": "other.json"}}},
        {"$id": "http://127.0.0.1:1/", "properties": {"a": {"$ref": "#/definitions/none"}}},
        {"properties": {"a": {"$ref": "#/nowhere"}}},
        {"properties": {"a": {"type": 5}}},
        {"properties": {"a": {"type": "nonsense"}}},
        {"properties": {"a": {"enum": 5}}},
    ],
)
def test_a_schema_that_refers_elsewhere_is_refused(schema: dict[str, Any]) -> None:
    """Nothing is fetched that a SCHEMA names, and a schema that is none is a sentence."""
    with pytest.raises(InvalidJSONSchema):
        CompiledValidator(schema)


def test_a_schema_that_refers_to_itself_ends() -> None:
    """A loop is an invalid record or schema, not an error of ours; a tree is fine."""
    tree = CompiledValidator({"properties": {"child": {"$ref": "#"}, "n": {"type": "number"}}})
    tree.validate({"child": {"child": {"n": 1}}})
    with pytest.raises(InvalidRecord):
        tree.validate({"child": {"child": {"n": "x"}}})
    with pytest.raises((InvalidRecord, InvalidJSONSchema)):
        CompiledValidator({"properties": {"a": {"$ref": "#/properties/a"}}}).validate({"a": 1})


def test_expressions_of_a_schema_are_not_run() -> None:
    """A pattern that takes for ever takes no time; other rules beside it count."""
    validator = CompiledValidator(
        {
            "properties": {
                "a": {"type": "string", "pattern": "(a+)+$"},
                "pattern": {"type": "string"},
            },
            "patternProperties": {"^(x+)+$": {}},
            "additionalProperties": False,
        }
    )
    validator.validate({"a": "a" * 40 + "!", "pattern": "kept", "x" * 40 + "!": 1})
    for record in ({"a": 5}, {"pattern": 5}):
        with pytest.raises(InvalidRecord):
            validator.validate(record)


def test_debug_logs_hold_no_people(
    make_target: MakeTarget, singer: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """At the lowest level of the log, of the SDK's loggers too, no value of a record is told."""
    with caplog.at_level("DEBUG"):
        make_target(stream_maps={"contacts": {"Name": "Name.upper()"}}).listen(
            singer.lines([singer.schema(), singer.record("a", Name="Ann Marker", Amount="bad")])
        )

    assert "marker" not in caplog.text.casefold()


@pytest.mark.parametrize(
    "expression", ["record['nobody']", "1 / (float(4) - 4)", "Id + 1", "int(Id)"]
)
def test_an_expression_that_fails_is_told_as_a_setting(
    make_target: MakeTarget, expression: str
) -> None:
    """A stream map is the user's: what it stumbles over is no defect, and no value is quoted."""
    with pytest.raises((LookupError, ArithmeticError, TypeError, ValueError)) as raised:
        listen(make_target(stream_maps={"contacts": {"X": expression}}), SCHEMA, GOOD)

    (sentence,) = sentences_of(raised.value)
    assert "stream_maps: an expression fails" in sentence
    assert "good" not in sentence


def test_variables_of_a_file_are_checked_like_others(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file `.env` that the SDK reads is judged before its values are."""
    file = tmp_path / ".env"
    file.write_text("TARGET_LIST_CHECKPOINT_RECORDS=many\nTARGET_LIST_DRY_RUN=y\n")
    monkeypatch.setattr("singer_sdk.configuration._dict_config.find_dotenv", lambda: str(file))
    monkeypatch.setattr("os.environ", {**os.environ})

    with pytest.raises(ConfigValidationError) as raised:
        type(make_target())(config={}, parse_env_config=True)

    assert [
        "TARGET_LIST_CHECKPOINT_RECORDS: must be of type integer",
        "TARGET_LIST_DRY_RUN: must be of type boolean",
    ] == raised.value.errors


def test_records_of_batch_files_are_checked_like_others(
    make_target: MakeTarget, log_url: str, tmp_path: Path
) -> None:
    """A file's records are validated, cleaned and rejected one by one, after those before it."""
    file = tmp_path / "batch.jsonl"
    file.write_bytes(b'{"Id":"a"}\n{"Id":null}\n7\n{"Id":"b","Amount":"much"}\n{"Id":"c\\u0000"}\n')
    message = {
        "type": "BATCH",
        "stream": "contacts",
        "encoding": {"format": "jsonl", "compression": "none"},
        "manifest": [f"file://{file}"],
    }
    typed = SCHEMA.replace(b'"Id":{}', b'"Id":{},"Amount":{"type":"number"}')
    target = make_target(max_error_rate=1)
    listen(target, typed, GOOD, json.dumps(message).encode() + b"\n")

    kinds = {key: kind for key, (kind, _) in outcomes(log_url).items() if "without" not in key}
    assert {"good": "created", "a": "created", "b": "rejected", "c": "created"} == kinds
    assert 6 == target.run.tally.settled


def _batch(file: Path, *records: dict[str, Any]) -> bytes:
    """A BATCH message, and its file."""
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    encoding = {"format": "jsonl", "compression": "none"}
    manifest = [f"file://{file}"]
    message = {"type": "BATCH", "stream": "contacts", "encoding": encoding, "manifest": manifest}
    return json.dumps(message).encode() + b"\n"


MAPS = {"contacts": {"Name": "'Dr ' + Name", "__filter__": "Name != 'Nobody'"}}
NAMED = SCHEMA.replace(b'"Id":{}', b'"Id":{},"Name":{"type":"string"}')


@pytest.mark.parametrize("in_file", [True, False])
def test_a_stream_map_holds_for_every_record(
    make_target: MakeTarget, log_url: str, tmp_path: Path, *, in_file: bool
) -> None:
    """What comes in a file is mapped as well; what waits for a replay is what the map made."""
    came: list[dict[str, Any]] = [
        {"Id": "bad", "Name": "Ann"},
        {"Id": "b", "Name": "Bo"},
        {"Id": "c", "Name": "Nobody"},
    ]
    single = [{"type": "RECORD", "stream": "contacts", "record": record} for record in came]
    lines = [json.dumps(message).encode() + b"\n" for message in single]
    target = make_target(stream_maps=MAPS, max_error_rate=1)

    listen(target, NAMED, *([_batch(tmp_path / "batch.jsonl", *came)] if in_file else lines))

    assert ["Dr Ann", "Dr Bo"] == [record["Name"] for record in target.written]  # type: ignore[attr-defined]  # of the tests' target
    with sqlite3.connect(log_url.removeprefix("sqlite:///")) as log:
        kept = [json.loads(row[0]) for row in log.execute("SELECT payload FROM rejected")]
    assert [{"Id": "bad", "Name": "Dr Ann"}] == kept
