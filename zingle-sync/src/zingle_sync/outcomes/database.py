"""Open the sync log's database: SQLite by default, PostgreSQL by URL; bring its schema up to date.

SQLite runs in WAL mode with a busy timeout, so that two pipelines may write at once.
Its file is readable by its owner alone, because rejected records keep personal data.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from zingle_sync.files import path_of
from zingle_sync.outcomes import tables
from zingle_sync.outcomes.columns import Count, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BUSY_TIMEOUT_SECONDS = 30
_CONNECT_TIMEOUT_SECONDS = 10
_KEEPALIVE_SECONDS = 60
_LOCK_ID = 7_946_353  # any constant: one name for our migration lock in a PostgreSQL database
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_ENGINE: Mapping[str, Any] = {
    # One connection per transaction: none is left open while a run waits for an API, a server that
    # restarted in between is no error, and none holds a snapshot of a file that others rewrite.
    "poolclass": NullPool,
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


# Step n brings version n to n + 1; a new database starts at the newest version.
def _texts_take_any_length(connection: Connection) -> None:
    """Keys in Text, numbers in 64 bits (SQLite never minded), and what runs learn."""
    tables.facts.create(connection, checkfirst=True)
    if connection.dialect.name != "postgresql":
        return
    for table in (tables.outcomes, tables.rejected):
        for column in table.columns:
            if isinstance(column.type, (Key, Count)):
                kind = column.type.compile(connection.dialect)
                connection.execute(
                    text(f"ALTER TABLE {table.name} ALTER COLUMN {column.name} TYPE {kind}")
                )


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_texts_take_any_length,)


class SyncLogError(Exception):
    """The sync log can't be opened, read or written; the message says which and why."""


class NoSyncLogYetError(SyncLogError):
    """No run has written a sync log at this place yet."""


def default_url(environ: Mapping[str, str], folder: Path) -> str:
    """Where the sync log is when nobody says otherwise.

    Args:
        environ: The environment: Meltano sets `MELTANO_PROJECT_ROOT` for its plugins.
        folder: The working folder.

    Returns:
        The URL of `.meltano/zingle-sync.db` in the Meltano project around the folder, or in the
        folder itself where there is no project.
    """
    root = environ.get("MELTANO_PROJECT_ROOT")
    if not root:
        around = (folder, *folder.parents)
        root = str(next((one for one in around if (one / "meltano.yml").is_file()), folder))
    database = Path(root) / ".meltano" / "zingle-sync.db"
    return URL.create("sqlite", database=str(database)).render_as_string()


def connect(url: str, *, to_read: bool = False) -> Engine:
    """Open a sync log.

    Args:
        url: A SQLAlchemy URL, `sqlite:///…` or `postgresql://…`.
        to_read: Whether to leave the schema as it is; else the tables are created or brought up to
            date.

    Raises:
        SyncLogError: If the database can't be reached or written, or is newer than this version.
    """
    parsed = parsed_url(url)
    try:
        is_file = parsed.get_backend_name() == "sqlite"
        engine = _sqlite(parsed, to_read=to_read) if is_file else _server(parsed)
        if to_read:
            check_version(engine)
        else:
            migrate(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise SyncLogError(f"the sync log {shown(url)} can't be opened: {why(error)}") from error
    return engine


def parsed_url(url: str) -> URL:
    """Take a URL apart.

    Raises:
        SyncLogError: If it is none; its text may hold a password, and is not repeated.
    """
    try:
        return make_url(url)
    except (SQLAlchemyError, ValueError):
        raise SyncLogError(
            "sync_log_url is not a database URL such as sqlite:///path; a password stands in it "
            "percent-encoded"
        ) from None


def reading(engine: Engine) -> Connection:
    """A connection for queries: on SQLite it never waits for a writer."""
    return engine.connect().execution_options(only_reads=True)


def shown(url: str) -> str:
    """The URL without its password, which may stand in its query, too."""
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def check_version(engine: Engine) -> None:
    """Check that a log can be read as it is.

    Raises:
        NoSyncLogYetError: If no run has written to the database.
        SyncLogError: If it was written by a newer version.
    """
    with reading(engine) as connection:
        if not inspect(connection).has_table(tables.schema_version.name):
            raise NoSyncLogYetError("no run has written a sync log yet at this place")
        version = connection.scalar(select(func.max(tables.schema_version.c.version)))
    _refuse_newer(version, len(MIGRATIONS) + 1)


def _refuse_newer(version: int | None, newest: int) -> None:
    if version is not None and version > newest:
        raise SyncLogError(
            f"the sync log has schema {version}, but this zingle-sync knows {newest}: "
            "upgrade zingle-sync and the plugins"
        )


def _refuse_foreign(connection: Connection) -> None:
    """A database of somebody else's, such as Meltano's, may have a table of the same name."""
    found = inspect(connection)
    for table in tables.metadata.tables.values():
        if found.has_table(table.name):
            there = {column["name"] for column in found.get_columns(table.name)}
            if not {column.name for column in table.columns} <= there:
                raise SyncLogError(
                    f"the database of the sync log has another program's table `{table.name}`, as "
                    "Meltano's own database does: give the sync log a database of its own"
                )


def migrate(
    engine: Engine, migrations: tuple[Callable[[Connection], None], ...] = MIGRATIONS
) -> None:
    """Create the tables, or carry out the steps that a database has not seen yet.

    Several processes may come at once: one works, the others wait for it.

    Raises:
        SyncLogError: If the database was written by a newer version, or is another program's.
    """
    newest = len(migrations) + 1
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})"))
        tables.schema_version.create(connection, checkfirst=True)
        present = connection.scalar(
            select(tables.schema_version.c.version).order_by(tables.schema_version.c.version.desc())
        )
        _refuse_newer(present, newest)
        if present is None:
            _refuse_foreign(connection)
            tables.metadata.create_all(connection)
        else:
            for step in migrations[present - 1 :]:
                step(connection)
        if present != newest:
            connection.execute(
                tables.schema_version.insert().values(version=newest, applied_at=datetime.now(UTC))
            )


def _sqlite(url: URL, *, to_read: bool) -> Engine:
    if url.database and url.database != ":memory:":
        path = path_of(url.database).absolute()
        url = url.set(database=str(path))
        if not to_read:
            _make_private(path)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
        **_ENGINE,
        **({"creator": lambda: _file_to_read(path)} if to_read and url.database else {}),
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not open transactions by itself: see _on_begin.
        connection.isolation_level = None
        if not to_read:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail at once when another process
        # wrote in between; taking the write lock at the start waits instead.
        reads = connection.get_execution_options().get("only_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    # Created before SQLite does, so that it is never readable by others, not even for a moment.
    # A file that exists is not opened here: closing it would drop the locks that SQLite holds
    # on it for this process (POSIX), and another process could rewrite what is being read.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(PermissionError):  # somebody else's file stays as it is
            path.chmod(_PRIVATE_FILE)


def _file_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that may lie on a disk where nothing can be written."""
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)
        connection.execute("SELECT 1 FROM sqlite_master").close()
    except sqlite3.OperationalError:
        # Without a write-ahead log beside it, its content is what the file itself holds.
        address = f"{path.as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_SECONDS)
    return connection


def _server(url: URL) -> Engine:
    if url.drivername in {"postgres", "postgresql"}:
        driver = "postgresql+psycopg" if importlib.util.find_spec("psycopg") else "postgresql"
        url = url.set(drivername=driver)
    # A run's lock is a connection that says nothing for hours: what is between must not forget it.
    options = {"connect_timeout": _CONNECT_TIMEOUT_SECONDS, "keepalives_idle": _KEEPALIVE_SECONDS}
    return create_engine(url, connect_args=options, **_ENGINE)


def why(error: Exception) -> str:
    """The driver's own first line, without SQLAlchemy's link and statement."""
    if isinstance(error, ImportError):
        return "no driver is installed: add zingle-sync[postgresql] to the plugin's pip_url"
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]
