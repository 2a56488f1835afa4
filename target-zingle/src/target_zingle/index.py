"""The contacts that this run knows, findable by every key.

SQLite's own temporary database: it lives in memory while it is small, spills into an unnamed
file beyond a bounded cache, and is gone with the process. A million contacts need little more
memory than a hundred thousand.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from target_zingle.contacts import EMAIL, PHONE, Known, match_keys_of
from zingle_sync.identity import find_salesforce_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_zingle.people import Key

_EXTERNAL = "external_id"
_KINDS = {_EXTERNAL: 0, PHONE: 1, EMAIL: 2}
_CACHE_KIB = 32 * 1024
_TABLES = f"""
PRAGMA cache_size = -{_CACHE_KIB};
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA threads = 2;
CREATE TABLE contacts (number INTEGER PRIMARY KEY, id TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE keys (kind INTEGER NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL);
"""
_INDEXES = {
    "contacts_by_id": "contacts (id)",
    "keys_by_key": "keys (kind, key)",
}

_decoder = msgspec.msgpack.Decoder(Known)
_encoder = msgspec.msgpack.Encoder()


def external_key(value: str) -> str:
    """The form in which external ids are found: the Salesforce id in it, else the value."""
    return find_salesforce_id(value) or value


class Index:
    """Contacts by id, external id, phone and e-mail; safe to share between threads.

    Attributes:
        masked: Whether any contact showed a phone incompletely.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # The empty name is SQLite's private temporary database.
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)
        self._create_indexes()
        self._loading = False
        self._written: set[str] = set()
        self._claims: dict[str, str] = {}
        self._numbers = 0
        self.masked = False

    def _create_indexes(self) -> None:
        for name, columns in _INDEXES.items():
            self._database.execute(f"CREATE INDEX {name} ON {columns}")

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Load many contacts: appended now, sorted once at the end.

        Keeping the indexes up to date would touch random places of a growing file for each row.
        Nothing is looked up meanwhile.
        """
        with self._lock:
            for name in _INDEXES:
                self._database.execute(f"DROP INDEX {name}")
            self._loading = True
            try:
                yield
            finally:
                self._loading = False
                self._create_indexes()
                self._drop_doubles()

    def _drop_doubles(self) -> None:
        """Keep the newest reading of each contact: rows may shift while lists are read."""
        doubles = self._database.execute(
            "SELECT DISTINCT older.number, older.data FROM contacts AS older"
            " JOIN contacts AS newer"
            " ON newer.id = older.id AND newer.number > older.number"
        ).fetchall()
        self._delete_rows(doubles)

    def close(self) -> None:
        """Drop everything."""
        with self._lock:
            self._database.close()

    def __len__(self) -> int:
        """How many contacts are known."""
        with self._lock:
            (count,) = self._database.execute("SELECT count(*) FROM contacts").fetchone()
        return int(count)

    def put_read(self, contacts: Iterable[Known]) -> None:
        """Keep contacts that were read; what this run wrote is newer, for reads may lag."""
        fresh = [contact for contact in contacts if contact.id not in self._written]
        with self._lock:
            self._database.execute("BEGIN")
            if not self._loading:
                for contact in fresh:
                    self._delete(contact.id)
            self._insert(fresh)
            self._database.execute("COMMIT")

    def put_written(self, contact: Known) -> None:
        """Keep a contact as this run left it."""
        with self._lock:
            self._written.add(contact.id)
            self._delete(contact.id)
            self._insert([contact])

    def remove(self, contact_id: str) -> None:
        """Forget a contact that is gone."""
        with self._lock:
            self._delete(contact_id)
            self._written.discard(contact_id)
            self._claims.pop(contact_id, None)

    def claim(self, contact_id: str, identity: str) -> None:
        """Remember for this run which record a contact was matched to, linked or not."""
        with self._lock:
            row = self._database.execute(
                "SELECT data FROM contacts WHERE id = ?", (contact_id,)
            ).fetchone()
            if row is not None:
                self._delete(contact_id)
            self._claims[contact_id] = identity
            if row is not None:
                self._insert([_decoder.decode(row[0])])

    def get(self, contact_id: str) -> Known | None:
        """One contact."""
        with self._lock:
            row = self._database.execute(
                "SELECT data FROM contacts WHERE id = ?", (contact_id,)
            ).fetchone()
        return None if row is None else self._claimed(_decoder.decode(row[0]))

    def by_external_id(self, value: str) -> tuple[Known, ...]:
        """Contacts that carry, or were claimed for, an external id."""
        return self._find(_EXTERNAL, external_key(value))

    def by_key(self, key: Key) -> tuple[Known, ...]:
        """Contacts that hold a channel."""
        return self._find(*key)

    def _find(self, kind: str, key: str) -> tuple[Known, ...]:
        with self._lock:
            rows = self._database.execute(
                "SELECT DISTINCT contacts.id, contacts.data FROM keys JOIN contacts USING (number)"
                " WHERE kind = ? AND key = ? ORDER BY contacts.id",
                (_KINDS[kind], key),
            ).fetchall()
        return tuple(self._claimed(_decoder.decode(data)) for _, data in rows)

    def _claimed(self, contact: Known) -> Known:
        identity = self._claims.get(contact.id)
        if identity is None or contact.external_id is not None:
            return contact
        return msgspec.structs.replace(contact, external_id=identity)

    def _delete(self, contact_id: str) -> None:
        self._delete_rows(
            self._database.execute(
                "SELECT number, data FROM contacts WHERE id = ?", (contact_id,)
            ).fetchall()
        )

    def _delete_rows(self, rows: Iterable[tuple[int, bytes]]) -> None:
        for number, data in rows:
            contact = _decoder.decode(data)
            self._database.executemany(
                "DELETE FROM keys WHERE kind = ? AND key = ? AND number = ?",
                [(*key, number) for key in _keys(contact, self._claims.get(contact.id))],
            )
            self._database.execute("DELETE FROM contacts WHERE number = ?", (number,))

    def _insert(self, contacts: Iterable[Known]) -> None:
        rows = list(enumerate(contacts, self._numbers + 1))
        self._numbers += len(rows)
        self.masked = self.masked or any(contact.masked for _, contact in rows)
        self._database.executemany(
            "INSERT INTO contacts VALUES (?, ?, ?)",
            [(number, contact.id, _encoder.encode(contact)) for number, contact in rows],
        )
        self._database.executemany(
            "INSERT INTO keys VALUES (?, ?, ?)",
            [
                (kind, key, number)
                for number, contact in rows
                for kind, key in _keys(contact, self._claims.get(contact.id))
            ],
        )


def _keys(contact: Known, claim: str | None) -> set[tuple[int, str]]:
    keys = {(_KINDS[kind], key) for kind, key in match_keys_of(contact)}
    keys.update(
        (_KINDS[_EXTERNAL], external_key(external))
        for external in (contact.external_id, claim)
        if external is not None
    )
    return keys
