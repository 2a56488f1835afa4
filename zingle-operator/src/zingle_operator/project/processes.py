"""Start the plugins' programs, with secrets in the environment or in private files only.

Each gets a process group of its own: whoever stops a command stops all that it started.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from zingle_operator.errors import OperatorError
from zingle_operator.project.project import Finished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECONDS_TO_STOP = 20
_RUNNING: set[subprocess.Popen[bytes]] = set()


@contextmanager
def started(command: Sequence[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that does not outlive the body.

    Args:
        command: The program and its arguments; never a secret.
        more: For `subprocess.Popen`.

    Raises:
        OperatorError: If the program does not exist.
    """
    try:
        process = subprocess.Popen(command, start_new_session=True, **more)  # noqa: S603 - the user's own programs
    except FileNotFoundError as error:
        raise OperatorError(f"the program {command[0]} is not installed here") from error
    _RUNNING.add(process)
    try:
        with process:
            try:
                yield process
            except BaseException:
                _end(process)
                raise
    finally:
        _RUNNING.discard(process)


def stop_all() -> None:
    """Tell whatever runs, in whichever thread it was started, to end; fit for a signal handler."""
    for process in list(_RUNNING):
        _signal(process, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started: with a word first, by force then."""
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group outlives its leader as long as anybody is in it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def capture(
    command: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    given: bytes | None = None,
) -> tuple[bytes, Finished]:
    """Run a program to its end, and tell what it printed and how it ended.

    Args:
        command: The program and its arguments; never a secret.
        folder: Where it runs.
        environ: Its environment.
        given: Its standard input.
    """
    pipe_ = subprocess.PIPE
    with started(
        command, cwd=folder, env=environ, stdin=pipe_, stdout=pipe_, stderr=pipe_
    ) as process:
        printed, log = process.communicate(given or b"")
    return printed, Finished(process.returncode, log.decode(errors="replace"))


@contextmanager
def private_json(value: Mapping[str, Any]) -> Iterator[Path]:
    """A file that only its owner reads, gone afterwards."""
    with private_file(json.dumps(dict(value))) as path:
        yield path


@contextmanager
def private_file(content: str) -> Iterator[Path]:
    """A file that only its owner reads, gone afterwards."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(content)  # made with mode 0600
        file.flush()
        yield Path(file.name)


def pipe(
    tap: Sequence[str], target: Sequence[str], *, folder: Path, environ: Mapping[str, str]
) -> Finished:
    """Run a tap into a target; what the target prints, its STATE, is dropped.

    Args:
        tap: The tap's program and arguments.
        target: The target's program and arguments.
        folder: Where both run.
        environ: The environment of both.

    Returns:
        The first exit code that is not 0, the target's before the tap's, and both logs.
    """
    with tempfile.TemporaryFile() as tap_log, tempfile.TemporaryFile() as target_log:
        usual = {"cwd": folder, "env": environ}
        with started(tap, stdout=subprocess.PIPE, stderr=tap_log, **usual) as source:
            sink_usual = {"stdin": source.stdout, "stdout": subprocess.DEVNULL, **usual}
            with started(target, stderr=target_log, **sink_usual) as sink:
                if source.stdout:
                    source.stdout.close()  # so that the tap notices when the target ends early
        return Finished(sink.returncode or source.returncode, _text(tap_log) + _text(target_log))


def _text(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")
