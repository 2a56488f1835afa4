from __future__ import annotations

import logging
from pathlib import Path

import click
import pytest
from singer_sdk.exceptions import ConfigValidationError, InvalidInputLine, InvalidJSONSchema

from zingle_sync.outcomes.database import SyncLogError
from zingle_sync.singer.errors import StopRun, TooManyRejects
from zingle_sync.singer.lifecycle import RunEnding, plugin_name, run_ending
from zingle_sync.singer.plain import plain_errors, sentences_of
from zingle_sync.singer.reader import PlainReader

LOGGER = logging.getLogger("tap-x")


def command(error: BaseException) -> click.Command:
    """A command that ends with this error."""

    @click.command()
    def run() -> None:
        raise error

    return plain_errors(run, logger=LOGGER)


@pytest.mark.parametrize(
    ("error", "code", "sentences"),
    [
        (
            ConfigValidationError("no", errors=["a: is required", "b: is wrong"]),
            1,
            ["Configuration: a: is required", "Configuration: b: is wrong"],
        ),
        (ConfigValidationError("Name the password."), 1, ["Name the password."]),
        (StopRun("Too much."), 1, ["Too much."]),
        (TooManyRejects("Too many."), 3, ["Too many."]),
        (SyncLogError("No log."), 1, ["No log."]),
        (InvalidJSONSchema("Odd\n  schema"), 1, ["Odd schema"]),
        (InvalidInputLine("Line 2: no message"), 1, ["Line 2: no message"]),
        (OSError(28, "No space left on device"), 1, ["standard output: No space left on device"]),
        (
            FileNotFoundError(2, "No such file or directory", "c.json"),
            1,
            ["c.json: No such file or directory"],
        ),
    ],
)
def test_foreseeable_error_is_a_sentence_and_a_code(
    error: Exception, code: int, sentences: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """One log line per problem, no traceback, and the error's exit code."""
    with pytest.raises(SystemExit) as raised:
        command(error).main([])

    assert code == raised.value.code
    assert sentences == [entry.getMessage() for entry in caplog.records]
    assert [None] * len(sentences) == [entry.exc_info for entry in caplog.records]


def test_defect_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody foresaw is logged with its frames and exit code 1, without its text."""
    with pytest.raises(SystemExit) as raised:
        command(KeyError("Ann Marker")).main([])

    (entry,) = caplog.records
    assert 1 == raised.value.code
    assert "Unexpected KeyError" in entry.getMessage()
    assert "test_plain.py:" in entry.getMessage()
    assert "Marker" not in caplog.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": ', "is not JSON (line 1, column 7)"),
        ("", "is not JSON (line 1, column 1)"),
        ("[1]", "holds no JSON object"),
        ("7", "holds no JSON object"),
        ("[" * 100_000, "is not JSON"),
    ],
)
@pytest.mark.parametrize("form", [("--config={}",), ("--config", "{}"), ("--state", "{}")])
def test_junk_in_a_file_is_a_sentence(
    form: tuple[str, ...],
    text: str,
    sentence: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file that holds something else is named with its option, never a traceback."""
    path = tmp_path / "file.json"
    path.write_text(text)

    with pytest.raises(SystemExit) as raised:
        command(KeyError("x")).main([part.format(path) for part in form])

    assert 1 == raised.value.code
    (entry,) = caplog.records
    assert entry.getMessage() == f"{form[0].partition('=')[0]} {path} {sentence}"


def test_input_is_never_quoted() -> None:
    """A line that can't be read is not repeated: it may hold personal data."""
    reader = PlainReader()
    for line in ('{"phone": "+18585551212"', '"+18585551212"'):
        with pytest.raises(InvalidInputLine) as raised:
            reader.deserialize_json(line)
        assert "8585551212" not in str(raised.value)
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
    with pytest.raises(InvalidInputLine, match="record, stream"):
        reader.assert_line_requires({"phone": "+18585551212"}, {"stream", "record"})


def test_phone_in_a_foreign_sentence_is_masked() -> None:
    """Sentences are masked before they are logged."""
    assert ["call +1858***1212"] == sentences_of(StopRun("call +18585551212"))


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (None, RunEnding("ok")),
        (SystemExit(143), RunEnding("terminated", "The run was stopped from outside.")),
        (
            StopRun("Enough.", code="quota"),
            RunEnding("stopped", "Enough.", "StopRun", "quota", ("Enough.",)),
        ),
        (
            KeyError("+18585551212"),
            RunEnding(
                "failed",
                "Unexpected KeyError; see the log of the run.",
                "KeyError",
                None,
                ("Unexpected KeyError; see the log of the run.",),
            ),
        ),
    ],
)
def test_ending_of_a_run(error: BaseException | None, ending: RunEnding) -> None:
    """What was raised decides the status of the run."""
    assert ending == run_ending(error)


def test_plugin_is_named_as_in_the_project() -> None:
    """Meltano's name of an inherited plugin wins over the program's own."""
    environ = {"MELTANO_LOADER_NAME": "target-x--west", "MELTANO_EXTRACTOR_NAME": "tap-x--west"}

    assert "target-x--west" == plugin_name("target-x", environ)
    assert "tap-x--west" == plugin_name("tap-x", environ)
    assert "tap-x" == plugin_name("tap-x", {})


def test_other_peoples_loggers_are_quiet() -> None:
    """What prints addresses with queries or statements with values says only what is wrong."""
    with pytest.raises(SystemExit):
        command(StopRun("x")).main([])

    for name in ("urllib3.connectionpool", "sqlalchemy.engine.Engine", "sqlalchemy.pool"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
