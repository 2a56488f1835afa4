"""A sandbox for tests: a context manager and pytest fixtures.

Installed with the package `zingle-sandbox`, pytest finds the fixtures by itself.

>>> with run_sandbox() as sandbox:                             # doctest: +SKIP
...     requests.get(f"{sandbox.url}/services/data").status_code
200
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zingle_sandbox.connector import Tick
    from zingle_sandbox.faults import Faults
    from zingle_sandbox.journal import Call, System
    from zingle_sandbox.sandbox import Option, Sandbox
    from zingle_sandbox.truth import Role, Truth


DEFAULT_ANCHOR = "2026-03-02"

Flow = Literal["client_credentials", "password", "refresh_token", "jwt"]

# Seeding takes longer than copying: the seeded worlds of this process, by what they depend on.
_seeded: dict[tuple[object, ...], sqlite3.Connection] = {}


@dataclass
class RunningSandbox:
    """A sandbox that serves on localhost from a thread of this process.

    Attributes:
        url: scheme, host and port of the plain listener.
        tls_url: the same of the TLS listener, if there is one.
        ca_file: the CA that TLS clients must trust, if there is a TLS listener.
        state_dir: a temporary directory with the JWT key and the TLS files.
        sandbox: the object that is served; tests may read and change everything in it.
    """

    url: str
    tls_url: str | None
    ca_file: Path | None
    state_dir: Path
    sandbox: Sandbox
    _start: _Start = field(repr=False)

    @property
    def service_id(self) -> str:
        """The Zingle service that seeds fill."""
        from zingle_sandbox.credentials import ZINGLE_SERVICE_ID  # noqa: PLC0415 - see run_sandbox

        return ZINGLE_SERVICE_ID

    @property
    def private_key_file(self) -> Path:
        """The PEM file of the JWT bearer flow's key."""
        from zingle_sandbox.credentials import jwt_private_key, pem  # noqa: PLC0415 - see run_sandbox

        path = self.state_dir / "jwt-key.pem"
        if not path.exists():
            path.write_text(pem(jwt_private_key()), encoding="ascii")
        return path

    def salesforce_settings(self, flow: Flow = "client_credentials") -> dict[str, Any]:
        """Connection settings of our Salesforce plugins for one log-in flow."""
        from zingle_sandbox import credentials as known  # noqa: PLC0415 - see run_sandbox

        settings: dict[str, Any] = {
            "login_url": self.url,
            "client_id": known.SALESFORCE_CLIENT_ID,
        }
        if flow == "jwt":
            settings["username"] = known.SALESFORCE_USERNAME
            settings["private_key"] = known.pem(known.jwt_private_key())
            return settings
        settings["client_secret"] = known.SALESFORCE_CLIENT_SECRET
        if flow == "refresh_token":
            settings["refresh_token"] = known.SALESFORCE_REFRESH_TOKEN
        elif flow == "password":
            settings["username"] = known.SALESFORCE_USERNAME
            settings["password"] = known.SALESFORCE_PASSWORD
            settings["security_token"] = known.SALESFORCE_SECURITY_TOKEN
        return settings

    def zingle_settings(
        self, login: Literal["password", "organization_token"] = "password"
    ) -> dict[str, Any]:
        """Connection settings of our Zingle plugins for one way to log in."""
        from zingle_sandbox import credentials as known  # noqa: PLC0415 - see run_sandbox

        if login == "organization_token":
            return {"api_url": self.url, "token": known.ZINGLE_ORGANIZATION_TOKEN}
        return {
            "api_url": self.url,
            "username": known.ZINGLE_USERNAME,
            "password": known.ZINGLE_PASSWORD,
        }

    @property
    def faults(self) -> Faults:
        """The fault rules; `faults.add(kind="status", status=503, times=1)` makes a call fail."""
        return self.sandbox.faults

    def journal(self) -> list[Call]:
        """Every call of both services since the last reset, token requests included."""
        return self.sandbox.journal.calls()

    def calls(self, system: System) -> int:
        """How many calls one side got, token requests left out."""
        return self.sandbox.journal.summary()[system].calls

    def writes(self, system: System) -> int:
        """How many calls changed at least one business row of one side."""
        return self.sandbox.journal.summary()[system].writes

    def burst(self, system: System | None = None) -> int:
        """The most calls that arrived within any one second."""
        return self.sandbox.journal.burst(system)

    def foreign_authorizations(self) -> list[str]:
        """Calls with a log-in that neither service knows, as `METHOD path`."""
        return [
            f"{call.method} {call.path}" for call in self.journal() if call.foreign_authorization
        ]

    def violations(self) -> list[str]:
        """What clients did that they must never do."""
        return self.sandbox.journal.violations()

    def failures(self) -> list[str]:
        """Calls that a bug of the sandbox answered with 500."""
        return [
            sentence for sentence in self.violations() if ": the sandbox itself failed" in sentence
        ]

    def truths(self, role: Role | None = None) -> list[Truth]:
        """Who is whom in the seeded worlds."""
        from zingle_sandbox.truth import read_truths  # noqa: PLC0415 - see run_sandbox

        return read_truths(self.sandbox.store, role)

    def connector_tick(self, *, everybody: bool = False) -> Tick:
        """Let the vendor's own connector work once, at the clock's time."""
        from zingle_sandbox.connector import tick  # noqa: PLC0415 - see run_sandbox

        return tick(self.sandbox, everybody=everybody)

    def clear_journal(self) -> None:
        """Count calls and writes from 0 again."""
        self.sandbox.journal.clear()

    def reset(self) -> None:
        """Back to how it started: worlds, clock, profiles, options; no faults, no journal."""
        _prepare(self.sandbox, self._start)


@dataclass(frozen=True, slots=True)
class _Start:
    """How a sandbox looks when a test gets it."""

    seed: str | None
    anchor: str | None

    def content(self, sandbox: Sandbox) -> tuple[object, ...]:
        """What the worlds depend on."""
        connector = {k: v for k, v in sandbox.start_options.items() if "_connector_" in k}
        return (self.seed, self.anchor, tuple(sorted(connector.items())))


def _prepare(sandbox: Sandbox, start: _Start) -> None:
    from zingle_sandbox.seeds import apply_seed, noon  # noqa: PLC0415 - see run_sandbox

    key = start.content(sandbox)
    kept = _seeded.get(key)
    sandbox.clock.frozen = False
    if kept is None:
        sandbox.clock.use_real_time()
        if start.anchor is not None:
            sandbox.clock.set(noon(_day(start.anchor)))
        sandbox.reset()
        apply_seed(sandbox, start.seed, anchor=start.anchor)
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        sandbox.store.connection.backup(kept)
        _seeded[key] = kept
    else:
        sandbox.reset(kept)
        if start.anchor is not None:
            sandbox.clock.set(noon(_day(start.anchor)))
        else:
            sandbox.clock.use_real_time()


def _day(anchor: str) -> Any:  # noqa: ANN401 - a date, imported late
    from datetime import date  # noqa: PLC0415

    return date.fromisoformat(anchor)


@contextmanager
def run_sandbox(  # noqa: PLR0913 - each is a choice of the test
    seed: str | None = None,
    *,
    anchor: str | None = DEFAULT_ANCHOR,
    profile: Mapping[str, str] | None = None,
    options: Mapping[str, Option] | None = None,
    tls: bool = False,
    keep_bodies: bool = True,
) -> Iterator[RunningSandbox]:
    """Serve a sandbox on a free port until the block ends; usable while a module is imported.

    Args:
        seed: None for empty worlds, else `demo` or `vendor`.
        anchor: the day that the clock starts at, at noon; None for the real time.
        profile: readings of ambiguous behaviour that differ from the defaults.
        options: options that differ from the defaults.
        tls: serve https as well, see `RunningSandbox.ca_file`.
        keep_bodies: keep request bodies in the journal (`Call.body`).
    """
    # Imported here, so that pytest runs that need no sandbox do not pay for one.
    from zingle_sandbox.journal import Journal  # noqa: PLC0415
    from zingle_sandbox.sandbox import Sandbox  # noqa: PLC0415
    from zingle_sandbox.server import Server  # noqa: PLC0415
    from zingle_sandbox.sides import SIDES  # noqa: PLC0415
    from zingle_sandbox.tls import write_tls_files  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="zingle-sandbox-") as directory:
        state_dir = Path(directory)
        sandbox = Sandbox(
            SIDES,
            journal=Journal(keep_bodies=keep_bodies),
            state_dir=state_dir,
            start_profile=dict(profile or {}),
            start_options=dict(options or {}),
        )
        start = _Start(seed, anchor)
        files = write_tls_files(state_dir) if tls else None
        try:
            _prepare(sandbox, start)
            server = Server(sandbox, tls=files)
            server.start()
            try:
                yield RunningSandbox(
                    url=sandbox.base_url,
                    tls_url=sandbox.tls_url,
                    ca_file=files.ca if files else None,
                    state_dir=state_dir,
                    sandbox=sandbox,
                    _start=start,
                )
            finally:
                server.stop()
        finally:
            sandbox.store.close()


@pytest.fixture(scope="session")
def _empty_sandbox() -> Iterator[RunningSandbox]:
    with run_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(_empty_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """Two empty worlds at noon of 2026-03-02, no faults, default profiles, an empty journal.

    The test fails if the sandbox itself did: what it answered then means nothing.
    """
    _empty_sandbox.reset()
    yield _empty_sandbox
    if failures := _empty_sandbox.failures():
        pytest.fail("\n".join(failures))


@pytest.fixture(scope="module")
def vendor_sandbox() -> Iterator[RunningSandbox]:
    """The worlds in which the vendor's connector works, on 2026-03-02, shared by a module."""
    with run_sandbox("vendor") as running:
        yield running


@pytest.fixture(scope="module")
def demo_sandbox() -> Iterator[RunningSandbox]:
    """The demo worlds of 2026-03-02, shared by the tests of a module."""
    with run_sandbox("demo") as running:
        yield running


def pytest_unconfigure() -> None:
    """Close the kept worlds, so that no connection is left to the garbage collector."""
    while _seeded:
        _seeded.popitem()[1].close()
