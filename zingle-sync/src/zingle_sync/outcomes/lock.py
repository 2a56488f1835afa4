"""One run at a time: a lock that is given back however a process dies.

In PostgreSQL an advisory lock of the session; else a locked file beside SQLite's, or in the
project where there is no log. What two processes may never do at once asks for it by name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from sqlalchemy import Engine

_SECONDS_BETWEEN_TRIES = 0.5
_ANYBODYS_FILE, _PRIVATE_FOLDER = 0o644, 0o700
# What holds it; closing gives it back.
Lock = IO[str] | Connection


def take(engine: Engine | None, folder: Path, name: str, *, seconds: float) -> Lock | None:
    """Take a lock, or wait for it a while.

    Args:
        engine: The sync log's, where there is one.
        folder: Where the file lies when there is none.
        name: What is locked, such as environment, plugin and service.
        seconds: How long to wait.

    Returns:
        The lock, to be kept until the end; None where somebody else holds it all the time.

    Raises:
        OSError: If nothing here can be locked.
    """
    digest = hashlib.sha256(name.encode(errors="replace")).digest()
    end = time.monotonic() + seconds
    holder = _connection(engine) or _file(_beside(engine) or folder, digest.hex()[:16])
    while not _locked(holder, int.from_bytes(digest[:8], signed=True)):
        left = end - time.monotonic()
        if left <= 0:
            holder.close()
            return None
        time.sleep(min(_SECONDS_BETWEEN_TRIES, left))
    return holder


def is_held(lock: Lock) -> bool:
    """Whether a lock that was taken is still ours: PostgreSQL gives it back with a connection."""
    if not isinstance(lock, Connection):
        return True
    try:
        return bool(lock.scalar(text("SELECT 1")))
    except SQLAlchemyError:
        return False


def _connection(engine: Engine | None) -> Connection | None:
    if engine is None or engine.dialect.name != "postgresql":
        return None
    with contextlib.suppress(SQLAlchemyError):  # a database that is away locks nobody out
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    return None


def _beside(engine: Engine | None) -> Path | None:
    path = engine.url.database if engine is not None and engine.dialect.name == "sqlite" else None
    return Path(path).parent if path and path != ":memory:" else None


def _file(folder: Path, digest: str) -> IO[str]:
    """The file to lock; in a project that can't be written, one of the computer's own."""
    places = (folder, Path(tempfile.gettempdir()) / f"zingle-sync-{_digest(folder)}")
    for place in places:
        with contextlib.suppress(OSError):
            place.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            # Read-only: another user's file can be locked, too.
            path = place / f"zingle-sync.{digest}.lock"
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_CREAT, _ANYBODYS_FILE))
    raise OSError(f"no file can be locked in {places[0]}")


def _digest(folder: Path) -> str:
    return hashlib.sha256(str(folder.absolute()).encode(errors="replace")).hexdigest()[:16]


def _locked(holder: Lock, number: int) -> bool:
    """One try."""
    if isinstance(holder, Connection):
        return bool(holder.scalar(text(f"SELECT pg_try_advisory_lock({number})")))
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only there

            msvcrt.locking(holder.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - only here

            fcntl.flock(holder.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
