"""What the commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from zingle_sandbox.cli.client import ControlError, call
from zingle_sandbox.cli.state import Running, StateDir

StateDirOption = Annotated[
    Path,
    typer.Option(
        "--state-dir", envvar="ZINGLE_SANDBOX_STATE_DIR", help="Where the sandbox keeps its files."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def fail(message: str) -> NoReturn:
    """Print one sentence to stderr and end with exit code 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


def find_running(state_dir: Path) -> Running:
    """The sandbox of a state directory, or the end."""
    running = StateDir(state_dir).running()
    if running is None:
        fail(f"no sandbox runs in {state_dir}; start one with `zingle-sandbox start`")
    return running


def control(state_dir: Path, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - whatever JSON says
    """One control call to the running sandbox, or the end."""
    try:
        return call(find_running(state_dir).url, method, path, content, timeout=None)
    except ControlError as error:
        fail(str(error))
