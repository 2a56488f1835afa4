"""The state directory: what a running sandbox leaves there for others to find it."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

DEFAULT_STATE_DIR = Path(".sandbox")


@dataclass(frozen=True, slots=True)
class Running:
    """Where a sandbox serves."""

    pid: int
    url: str
    tls_url: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class StateDir:
    """The files of one sandbox."""

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite database of both worlds."""
        return self.path / "sandbox.sqlite"

    @property
    def pid_file(self) -> Path:
        """The process id, as text."""
        return self.path / "sandbox.pid"

    @property
    def server_file(self) -> Path:
        """`Running` as JSON; written once the ports answer."""
        return self.path / "server.json"

    @property
    def log_file(self) -> Path:
        """What the background process prints."""
        return self.path / "sandbox.log"

    @property
    def jwt_key_file(self) -> Path:
        """The private key of the JWT bearer flow."""
        return self.path / "jwt-key.pem"

    def announce(self, running: Running) -> None:
        """Tell others that this process serves here."""
        self.pid_file.write_text(f"{running.pid}\n", encoding="ascii")
        partial = self.server_file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(running)), encoding="utf-8")
        partial.replace(self.server_file)

    def retract(self) -> None:
        """Nothing serves here any more."""
        for file in (self.server_file, self.pid_file):
            with suppress(FileNotFoundError):
                file.unlink()

    def running(self) -> Running | None:
        """The announced sandbox if its process is alive."""
        try:
            running = Running(**json.loads(self.server_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return running if is_sandbox(running.pid) else None

    def remove_database(self) -> None:
        """Forget both worlds."""
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{self.database}{suffix}").unlink()


def is_sandbox(pid: int) -> bool:
    """Whether the process lives and, where the system can tell, is a sandbox.

    A process id that was given to somebody else since must never be signalled.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return _serves(command.decode("utf-8", "replace").split("\0")) and state != "Z"


def _serves(command: list[str]) -> bool:
    """Whether a command line is `python -m zingle_sandbox serve` or `zingle-sandbox serve`."""
    programs = {"zingle_sandbox", "zingle-sandbox"}
    for program, argument in pairwise(command):
        if argument == "serve" and (program in programs or Path(program).name in programs):
            return True
    return False
