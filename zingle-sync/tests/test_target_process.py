"""A target as a process: signals and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from zingle_sync.outcomes.queries import newest_run, open_log

TARGET = """
import sys
from zingle_sync.outcomes import Outcome
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS
from zingle_sync.singer.sink import OutcomeSink
from zingle_sync.singer.target import SafeTarget

class Sink(OutcomeSink):
    MAX_SIZE_DEFAULT = 2
    def settle(self, records):
        for record in records:
            print("got", record["Id"], file=sys.stderr, flush=True)
            if record["Id"] == "hang":
                import threading
                threading.Event().wait(60)
            yield Outcome(self.stream_name, "svc", record["Id"], "created")

class Target(SafeTarget):
    name = "target-slow"
    config_jsonschema = {"properties": {**RUN_SETTINGS, **SYNC_LOG_SETTINGS}}
    default_sink_class = Sink

Target.cli()
"""
SCHEMA = {
    "type": "SCHEMA",
    "stream": "contacts",
    "schema": {"properties": {"Id": {"type": "string"}}},
    "key_properties": ["Id"],
}


def messages(*keys: str) -> str:
    """A stream of these keys, with a STATE after each."""
    rows: list[dict[str, Any]] = [SCHEMA]
    for number, key in enumerate(keys):
        rows.append({"type": "RECORD", "stream": "contacts", "record": {"Id": key}})
        rows.append({"type": "STATE", "value": {"bookmarks": {"contacts": number}}})
    return "".join(json.dumps(row) + "\n" for row in rows)


@contextmanager
def target(folder: Path, **config: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the target in a folder."""
    (folder / "target.py").write_text(TARGET)
    (folder / "config.json").write_text(
        json.dumps({"sync_log_url": f"sqlite:///{folder}/log.db", **config})
    )
    with subprocess.Popen(
        [sys.executable, "target.py", "--config", "config.json"],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("MELTANO")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_ends_honestly(tmp_path: Path, number: int, code: int) -> None:
    """A signal in a batch ends with 128 + its number, and no STATE beyond what is settled."""
    with target(tmp_path, checkpoint_records=2) as process:
        process.stdin.write(messages("a", "b", "c", "hang", "never"))
        process.stdin.flush()
        while "got hang" not in process.stderr.readline():
            pass
        process.send_signal(number)
        out, _ = process.communicate()

    run = newest_run(open_log(f"sqlite:///{tmp_path}/log.db"), "target-slow", "")
    assert run is not None
    assert code == process.returncode
    assert '{"bookmarks": {"contacts": 1}}\n' == out
    assert ("terminated", {"created": 2}) == (run["status"], run["outcomes"])


def test_wrong_configuration_ends_in_sentences_and_a_failed_run(tmp_path: Path) -> None:
    """A refused configuration is exit code 1, one line per problem, and a row in the log."""
    with target(tmp_path, on_reject="maybe", checkpoint_records="many") as process:
        out, err = process.communicate(messages("a"))

    run = newest_run(open_log(f"sqlite:///{tmp_path}/log.db"), "target-slow", "")
    assert run is not None
    problems = [line for line in err.splitlines() if "ERROR" in line]
    assert (1, "", 2) == (process.returncode, out, len(problems))
    assert "Traceback" not in err
    assert ("failed", "ConfigValidationError") == (run["status"], run["error_class"])


def test_clean_end_has_a_summary(tmp_path: Path) -> None:
    """A run that ends well says in its last line what became of the records."""
    with target(tmp_path) as process:
        out, err = process.communicate(messages("a", "b", "c"))

    assert (0, '{"bookmarks": {"contacts": 2}}\n') == (process.returncode, out)
    assert "3 records: 3 created; " in err.splitlines()[-1]


def test_a_run_writes_its_report(tmp_path: Path) -> None:
    """With report_file the page is there when the run has ended, and tells of that very run."""
    page = tmp_path / "report.html"

    with target(tmp_path, report_file=str(page)) as process:
        process.communicate(messages("a", "b"))

    assert 0 == process.returncode
    text = page.read_text()
    assert "target-slow" in text
    assert "created 2" in text
    assert [] == list(tmp_path.glob(".report*"))


def test_a_report_that_cannot_be_written_fails_no_run(tmp_path: Path) -> None:
    """A folder that is not there is told as a warning; the run ended well all the same."""
    with target(tmp_path, report_file=str(tmp_path / "nowhere" / "report.html")) as process:
        out, err = process.communicate(messages("a"))

    assert (0, '{"bookmarks": {"contacts": 0}}\n') == (process.returncode, out)
    (warning,) = [line for line in err.splitlines() if "The report" in line]
    assert "can't be written: No such file or directory" in warning


def test_a_dry_run_writes_no_report(tmp_path: Path) -> None:
    """What only might have happened is nothing to report."""
    page = tmp_path / "report.html"

    with target(tmp_path, report_file=str(page), dry_run=True) as process:
        process.communicate(messages("a"))

    assert 0 == process.returncode
    assert not page.exists()
