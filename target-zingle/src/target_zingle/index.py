"""The contacts that this run knows, findable by every key.

SQLite's own temporary database: it lives in memory while it is small, spills into an unnamed
file beyond a bounded cache, and is gone with the process. A million contacts need no more
memory than a hundred thousand.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import msgspec

from target_zingle.contacts import Known, match_keys_of
from zingle_sync.identity import find_salesforce_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_zingle.people import Key

_EXTERNAL = "external_id"
_CACHE_KIB = 64 * 1024

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
        self._database.executescript(
            f"""
            PRAGMA cache_size = -{_CACHE_KIB};
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            CREATE TABLE contacts (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE keys (
                kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
                PRIMARY KEY (kind, key, id)
            ) WITHOUT ROWID;
            """
        )
        self._written: set[str] = set()
        self._claims: dict[str, str] = {}
        self.masked = False

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
            known = self._known(contact.id for contact in fresh)
            for contact in fresh:
                if contact.id in known:
                    self._remove_keys(contact.id)
            self._insert(fresh)
            self._database.execute("COMMIT")

    def put_written(self, contact: Known) -> None:
        """Keep a contact as this run left it."""
        with self._lock:
            self._written.add(contact.id)
            self._remove_keys(contact.id)
            self._insert([contact])

    def remove(self, contact_id: str) -> None:
        """Forget a contact that is gone."""
        with self._lock:
            self._remove_keys(contact_id)
            self._database.execute("DELETE FROM contacts WHERE id = ?", (contact_id,))
            self._written.discard(contact_id)
            self._claims.pop(contact_id, None)

    def claim(self, contact_id: str, identity: str) -> None:
        """Remember for this run which record a contact was matched to, linked or not."""
        with self._lock:
            self._claims[contact_id] = identity
            self._database.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?)",
                (_EXTERNAL, external_key(identity), contact_id),
            )

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
                "SELECT contacts.data FROM keys JOIN contacts USING (id)"
                " WHERE kind = ? AND key = ? ORDER BY id",
                (kind, key),
            ).fetchall()
        return tuple(self._claimed(_decoder.decode(data)) for (data,) in rows)

    def _claimed(self, contact: Known) -> Known:
        identity = self._claims.get(contact.id)
        if identity is None or contact.external_id is not None:
            return contact
        return msgspec.structs.replace(contact, external_id=identity)

    def _known(self, ids: Iterable[str]) -> set[str]:
        if not self._database.execute("SELECT 1 FROM contacts LIMIT 1").fetchone():
            return set()
        return {
            contact_id
            for contact_id in ids
            if self._database.execute(
                "SELECT 1 FROM contacts WHERE id = ?", (contact_id,)
            ).fetchone()
        }

    def _remove_keys(self, contact_id: str) -> None:
        row = self._database.execute(
            "SELECT data FROM contacts WHERE id = ?", (contact_id,)
        ).fetchone()
        if row is not None:
            self._database.executemany(
                "DELETE FROM keys WHERE kind = ? AND key = ? AND id = ?",
                _keys(_decoder.decode(row[0])),
            )

    def _insert(self, contacts: Iterable[Known]) -> None:
        rows = list(contacts)
        self.masked = self.masked or any(contact.masked for contact in rows)
        self._database.executemany(
            "INSERT OR REPLACE INTO contacts VALUES (?, ?)",
            [(contact.id, _encoder.encode(contact)) for contact in rows],
        )
        self._database.executemany(
            "INSERT OR REPLACE INTO keys VALUES (?, ?, ?)",
            [key for contact in rows for key in _keys(contact)],
        )


def _keys(contact: Known) -> list[tuple[str, str, str]]:
    keys = [(*key, contact.id) for key in match_keys_of(contact)]
    if contact.external_id is not None:
        keys.append((_EXTERNAL, external_key(contact.external_id), contact.id))
    return keys
