"""The sandbox as a process: in the foreground, or started and stopped in the background."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from zingle_sandbox.cli.client import ControlError, call
from zingle_sandbox.cli.state import Running, StateDir, is_sandbox
from zingle_sandbox.truth import read_fact

if TYPE_CHECKING:
    from zingle_sandbox.sandbox import Sandbox

_READY_SECONDS = 120.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Choices:
    """How a sandbox is to be started.

    Attributes:
        seed: fill both worlds anew with this seed; None keeps what the state directory holds.
        anchor: ISO date that counts as today; None for the real time.
        port, tls_port: 0 = a free one; tls_port None = no TLS.
        profile, options: `name=value`, what differs from the defaults.
    """

    port: int = 0
    tls_port: int | None = None
    host: str = "127.0.0.1"
    seed: str | None = None
    anchor: str | None = None
    profile: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class StartError(Exception):
    """The sandbox did not come up; the text says why."""


def open_sandbox(state: StateDir, choices: Choices) -> Sandbox:
    """The sandbox of a state directory, seeded if that was asked for or nothing was there.

    Raises:
        ValueError: if a seed, an anchor, a profile or an option is none.
    """
    from zingle_sandbox.sandbox import Sandbox  # noqa: PLC0415 - `stop` needs none
    from zingle_sandbox.seeds import apply_seed, noon  # noqa: PLC0415
    from zingle_sandbox.sides import SIDES  # noqa: PLC0415
    from zingle_sandbox.store import Store  # noqa: PLC0415

    state.path.mkdir(parents=True, exist_ok=True)
    if choices.seed is not None:
        state.remove_database()
    known = state.database.exists()
    start_profile = dict(_pair(text) for text in choices.profile)
    start_options = dict(_pair(text) for text in choices.options)
    sandbox = Sandbox(
        SIDES,
        store=Store(str(state.database)),
        state_dir=state.path,
        start_profile=start_profile,
    )
    try:
        sandbox.start_options = {
            name: sandbox.parse_option(name, text) for name, text in start_options.items()
        }
        if known and sandbox.has_content():
            sandbox.adopt()
            anchor = read_fact(sandbox.store, "anchor")
            if anchor is not None and read_fact(sandbox.store, "clock_set"):
                sandbox.clock.set(noon(date.fromisoformat(anchor)))
        else:
            sandbox.reset()
            apply_seed(sandbox, choices.seed, anchor=choices.anchor)
    except BaseException:
        sandbox.store.close()
        raise
    return sandbox


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"give {text!r} as name=value")
    return name, value


def serve(state: StateDir, choices: Choices) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        StartError: if a port is taken, or another sandbox uses the state directory.
    """
    if state.running() is not None:
        raise StartError(f"a sandbox uses {state.path} already")
    try:
        sandbox = open_sandbox(state, choices)
    except ValueError as error:
        raise StartError(str(error)) from error
    try:
        _serve(state, choices, sandbox)
    finally:
        state.retract()
        sandbox.store.close()


def _serve(state: StateDir, choices: Choices, sandbox: Sandbox) -> None:
    from zingle_sandbox.credentials import jwt_private_key, pem  # noqa: PLC0415
    from zingle_sandbox.server import Server  # noqa: PLC0415
    from zingle_sandbox.tls import write_tls_files  # noqa: PLC0415

    files = write_tls_files(state.path) if choices.tls_port is not None else None
    state.jwt_key_file.touch(mode=0o600)
    state.jwt_key_file.write_text(pem(jwt_private_key()), encoding="ascii")
    server = Server(
        sandbox,
        host=choices.host,
        port=choices.port,
        tls=files,
        tls_port=choices.tls_port or 0,
    )
    try:
        server.start()
    except OSError as error:
        raise StartError(f"port {choices.port} cannot be used: {error.strerror}") from error
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        ca_file = str(files.ca.resolve()) if files else None
        state.announce(Running(os.getpid(), sandbox.base_url, sandbox.tls_url, ca_file))
        print(f"zingle-sandbox serves {sandbox.base_url}", flush=True)  # noqa: T201 - the log's first line
        stopping.wait()
    finally:
        server.stop()


def start(state: StateDir, choices: Choices) -> Running:
    """Start a sandbox in the background and wait until it answers.

    A sandbox that runs in this state directory is returned, seeded anew if that was asked for.

    Raises:
        StartError: with the end of its log, or because one runs on another port.
    """
    running = state.running()
    if running is not None and _answers(running):
        return _join(running, choices)
    state.path.mkdir(parents=True, exist_ok=True)
    state.retract()
    command = [sys.executable, "-m", "zingle_sandbox", "serve", "--state-dir", str(state.path)]
    command += ["--port", str(choices.port), "--host", choices.host]
    for option, value in (
        ("--tls-port", choices.tls_port),
        ("--seed", choices.seed),
        ("--anchor", choices.anchor),
    ):
        if value is not None:
            command += [option, str(value)]
    for profile in choices.profile:
        command += ["--profile", profile]
    for chosen in choices.options:
        command += ["--option", chosen]
    with state.log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        running = state.running()
        if running is not None and running.pid == process.pid and _answers(running):
            # It outlives us; nothing waits for it here.
            process.returncode = 0
            return running
        if process.poll() is not None:
            break
        time.sleep(_POLL_SECONDS)
    else:
        process.kill()
        process.wait()
    raise StartError(f"the sandbox did not start:\n{_last_lines(state)}")


def _join(running: Running, choices: Choices) -> Running:
    """Use the sandbox that runs already."""
    if choices.port and not running.url.endswith(f":{choices.port}"):
        raise StartError(f"a sandbox runs at {running.url} already; stop it first")
    if choices.profile or choices.options:
        raise StartError(f"a sandbox runs at {running.url} already; stop it to choose profiles")
    if choices.seed is not None:
        wanted = {"seed": choices.seed, "anchor": choices.anchor}
        try:
            call(running.url, "POST", "reset", wanted, timeout=None)
        except ControlError as error:
            raise StartError(str(error)) from error
    return running


def stop(state: StateDir) -> bool:
    """End the background sandbox and wait for it; False if none runs."""
    running = state.running()
    if running is None:
        state.retract()
        return False
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_sandbox(running.pid):
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.kill(running.pid, signal.SIGKILL)
            break
        time.sleep(_POLL_SECONDS)
    state.retract()
    return True


def _answers(running: Running) -> bool:
    try:
        call(running.url, "GET", "status", timeout=5)
    except ControlError:
        return False
    return True


def _last_lines(state: StateDir) -> str:
    try:
        text = state.log_file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "no log"
    return "\n".join(text.splitlines()[-15:])
