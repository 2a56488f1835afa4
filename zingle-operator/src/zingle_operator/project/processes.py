"""Start the plugins' programs, with secrets in the environment or in private files only."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from zingle_operator.errors import OperatorError
from zingle_operator.project.project import Finished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


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

    Raises:
        OperatorError: If the program does not exist.
    """
    try:
        done = subprocess.run(  # noqa: S603 - programs of the user's own project
            command, cwd=folder, env=environ, input=given or b"", capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise OperatorError(f"the program {command[0]} is not installed here") from error
    return done.stdout, Finished(done.returncode, done.stderr.decode(errors="replace"))


@contextmanager
def private_json(value: Mapping[str, Any]) -> Iterator[Path]:
    """A file that only its owner reads, gone afterwards."""
    descriptor, name = tempfile.mkstemp(suffix=".json")  # made with mode 0600
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(dict(value), file)
        yield path
    finally:
        path.unlink()


def pipe(
    tap: Sequence[str],
    target: Sequence[str],
    *,
    folder: Path,
    states: IO[bytes],
    environ: Mapping[str, str],
) -> Finished:
    """Run a tap into a target.

    Args:
        tap: The tap's program and arguments.
        target: The target's program and arguments.
        folder: Where both run.
        states: Where the target's STATE lines go.
        environ: The environment of both.

    Returns:
        The first exit code that is not 0, the target's before the tap's, and both logs.
    """
    start = partial(subprocess.Popen[bytes], cwd=folder, env=environ)
    with tempfile.TemporaryFile() as tap_log, tempfile.TemporaryFile() as target_log:
        with start(tap, stdout=subprocess.PIPE, stderr=tap_log) as source:
            with start(target, stdin=source.stdout, stdout=states, stderr=target_log) as sink:
                if source.stdout:
                    source.stdout.close()  # so that the tap notices when the target ends early
                sink_code = sink.wait()
            source_code = source.wait()
        logs = []
        for log in (tap_log, target_log):
            log.seek(0)
            logs.append(log.read().decode(errors="replace"))
    return Finished(sink_code or source_code, "".join(logs))
