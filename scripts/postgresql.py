"""A real PostgreSQL server for tests of the sync log.

Debian's, or one below `.tools/postgresql`, where `.ci/run` puts a wheel that holds one.
PostgreSQL refuses to run as root, so root starts it as another user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = (
    Path("/usr/lib/postgresql"),
    Path(__file__).resolve().parent.parent / ".tools" / "postgresql",
)


class NoServerError(Exception):
    """There is no PostgreSQL server here."""


def _programs() -> Path:
    """The newest folder that holds initdb and pg_ctl.

    Raises:
        NoServerError: If there is none.
    """
    for place in PLACES:
        holders = [path.parent for path in place.rglob("pg_ctl")]
        if found := [path for path in holders if (path / "initdb").exists()]:
            return max(found)
    message = "there is no PostgreSQL server: install one (Debian: postgresql) for these tests"
    raise NoServerError(message)


def _server_user() -> str | None:
    """Whom the server runs as when we are root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@contextmanager
def server() -> Iterator[Path]:
    """The folder of a running server's socket; its superuser is `postgres`, without password.

    Raises:
        NoServerError: If there is none here.
    """
    programs = _programs()
    # Not under pytest's folders: those are closed to other users, and too long for a socket.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder, user = Path(name), _server_user()
        folder.chmod(0o755)
        home = folder / "home"
        home.mkdir()
        if user:
            shutil.chown(home, user)

        def run(*command: str) -> None:
            subprocess.run(
                command, cwd=home, check=True, capture_output=True, user=user, timeout=120
            )

        data, options = str(home / "data"), f"-k {home} -c listen_addresses= -c fsync=off"
        run(str(programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        control = str(programs / "pg_ctl")
        run(control, "-D", data, "-l", str(home / "log"), "-o", options, "-w", "start")
        try:
            yield home
        finally:
            run(control, "-D", data, "-m", "immediate", "-w", "stop")


def new_database(socket: Path, name: str) -> str:
    """The URL of a new, empty database."""
    with psycopg.connect(
        host=str(socket), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql://postgres@/{name}?host={socket}"
