"""The SQLite database that holds both worlds."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_PRAGMAS = (
    # State is disposable: a crash of the machine may cost it, speed matters more.
    "PRAGMA synchronous = OFF",
    "PRAGMA journal_mode = WAL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    "PRAGMA mmap_size = 1073741824",
    "PRAGMA foreign_keys = OFF",
)


class Store:
    """One SQLite connection in autocommit mode, guarded by a re-entrant lock.

    Rows are `sqlite3.Row` (by name and by position). Handlers run one at a time on the event
    loop, so a statement, or a `transaction()` without an `await` inside, is never interleaved
    with another request's. The lock is for tests and seeds that use the store from other threads.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.path = path
        self.lock = threading.RLock()
        if path != ":memory:":
            # The demo's people are made up; what somebody tries out here may not be.
            Path(path).touch(mode=0o600)
            Path(path).chmod(0o600)
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            self.connection.execute(pragma)
        self._depth = 0

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Run one statement and return how many rows it changed (-1 where it does not count)."""
        with self.lock:
            return self.connection.execute(sql, parameters).rowcount

    def executemany(
        self, sql: str, rows: Iterable[Sequence[Any]] | Iterable[Mapping[str, Any]]
    ) -> int:
        """Run one statement for many rows, in one transaction; return how many rows changed."""
        with self.transaction():
            return self.connection.executemany(sql, rows).rowcount

    def all(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self.lock:
            return self.connection.execute(sql, parameters).fetchall()

    def one(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self.lock:
            row: sqlite3.Row | None = self.connection.execute(sql, parameters).fetchone()
            return row

    def value(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Any:  # noqa: ANN401 - whatever the column holds
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; nested use joins the outer transaction."""
        with self.lock:
            outermost = self._depth == 0
            if outermost:
                self.connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self.connection
            except BaseException:
                if outermost:
                    self.connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self.connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def drop_everything(self) -> None:
        """Drop every table and view."""
        with self.transaction():
            for kind, name in self.all(
                "SELECT type, name FROM sqlite_master"
                " WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            ):
                self.connection.execute(f'DROP {kind} IF EXISTS "{name}"')

    def copy_from(self, other: sqlite3.Connection) -> None:
        """Replace the whole content by another database's."""
        with self.lock:
            other.backup(self.connection)

    def close(self) -> None:
        """Close the connection."""
        with self.lock:
            self.connection.close()
