from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zingle_sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store() -> Iterator[Store]:
    """A database in memory with one empty table."""
    store = Store()
    store.execute("CREATE TABLE pets (name TEXT)")
    yield store
    store.close()


def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    """Everything in a transaction is undone by an exception, in nested ones too."""

    def fail_half_way() -> None:
        with store.transaction():
            store.execute("INSERT INTO pets VALUES ('cat')")
            store.executemany("INSERT INTO pets VALUES (?)", [("dog",), ("owl",)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert 0 == store.value("SELECT count(*) FROM pets")


def test_rows_are_read_by_name(store: Store) -> None:
    """Rows come by name; a missing row and a missing value are None."""
    store.execute("INSERT INTO pets VALUES ('cat')")

    row = store.one("SELECT * FROM pets")

    assert row is not None
    assert "cat" == row["name"]
    assert store.one("SELECT * FROM pets WHERE name = 'dog'") is None
    assert store.value("SELECT name FROM pets WHERE name = 'dog'") is None


def test_drop_everything_leaves_no_table(store: Store) -> None:
    """After it the same tables can be made again."""
    store.execute("CREATE VIEW all_pets AS SELECT * FROM pets")

    store.drop_everything()

    assert [] == store.all("SELECT name FROM sqlite_master")


def test_a_copy_replaces_the_whole_content(store: Store) -> None:
    """Copying from another database forgets what was there."""
    other = Store()
    other.execute("CREATE TABLE plants (name TEXT)")

    store.copy_from(other.connection)
    other.close()

    assert ["plants"] == [row["name"] for row in store.all("SELECT name FROM sqlite_master")]


def test_only_its_owner_reads_the_database(tmp_path: Path) -> None:
    """A new file and one from before are closed to other users."""
    path = tmp_path / "sandbox.db"
    path.touch(mode=0o644)
    Store(str(path)).close()

    assert 0o600 == path.stat().st_mode & 0o777
