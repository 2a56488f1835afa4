"""The contacts that this run knows, findable by every key.

SQLite's own temporary database: it lives in memory while it is small, spills into an unnamed
file beyond a bounded cache, and is gone with the process. A million contacts need little more
memory than a hundred thousand.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from bisect import bisect_right
from typing import TYPE_CHECKING

import msgspec

from target_zingle.known.contact import Contact
from zingle_sync.identity import external_id_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_zingle.wanted.keys import Key

_EXTERNAL = "external_id"
_ID = "id"
_CACHE_KIB = 64 * 1024
# Seconds in which a contact that was read counts as it is; others write, too.
FRESH = 300.0
# Keys are kept as 64-bit hashes, and every hit is compared with the contact itself: a million
# contacts' keys then fit the cache, and need no sorting (which SQLite does in mapped memory).
_TABLES = f"""
PRAGMA cache_size = -{_CACHE_KIB};
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE contacts (number INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE keys (hash INTEGER, number INTEGER, PRIMARY KEY (hash, number)) WITHOUT ROWID;
"""

_decoder = msgspec.msgpack.Decoder(Contact)
_encoder = msgspec.msgpack.Encoder()


class Index:
    """Contacts by id, external id, phone and e-mail; safe to share between threads.

    Args:
        clock: Seconds, monotonic.

    Attributes:
        has_links: Whether any contact that was read carried an external id.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        # When the rows from a number on were put in, a second or more apart: a million rows need
        # no time each.
        self._times: list[tuple[int, float]] = []
        # The empty name is SQLite's private temporary database.
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)
        self._written: set[str] = set()
        self._claims: dict[str, str] = {}
        self._numbers = 0
        self.has_links = False

    def close(self) -> None:
        """Drop everything."""
        with self._lock:
            self._database.close()

    def __len__(self) -> int:
        """How many contacts are known."""
        with self._lock:
            (count,) = self._database.execute("SELECT count(*) FROM contacts").fetchone()
        return int(count)

    def put_read(self, contacts: Iterable[Contact]) -> None:
        """Keep contacts that were read; what this run wrote is newer, for reads may lag."""
        fresh = [contact for contact in contacts if contact.id not in self._written]
        self.has_links = self.has_links or any(contact.external_id for contact in fresh)
        with self._lock:
            self._database.execute("BEGIN")
            for contact in fresh:
                self._delete(contact.id)
            self._insert(fresh)
            self._database.execute("COMMIT")

    def put_written(self, contact: Contact) -> None:
        """Keep a contact as this run left it."""
        with self._lock:
            self._written.add(contact.id)
            before = {known.external_id for _, known in self._rows(_ID, contact.id)}
            self._delete(contact.id)
            if contact.external_id not in {None, *before}:
                # Linked by now: the link says more than the claim.
                self._claims.pop(contact.id, None)
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
            known = [contact for _, contact in self._rows(_ID, contact_id)]
            self._delete(contact_id)
            self._claims[contact_id] = identity
            self._insert(known)

    def get(self, contact_id: str) -> Contact | None:
        """One contact."""
        return next(iter(self._find(_ID, contact_id)), None)

    def is_fresh(self, contact_id: str) -> bool:
        """Whether a contact was read or written so lately that it is as it is known.

        One that was claimed is not: what it carries itself was not looked at. Nor is one with a
        channel whose id nobody has read.
        """
        with self._lock:
            for number, contact in self._rows(_ID, contact_id):
                if contact_id in self._claims or not all(one.id for one in contact.channels):
                    return False
                place = bisect_right(self._times, number, key=lambda entry: entry[0]) - 1
                return self._clock() - self._times[place][1] <= FRESH
        return False

    def by_external_id(self, value: str) -> tuple[Contact, ...]:
        """Contacts that carry, or were claimed for, an external id."""
        return self._find(_EXTERNAL, external_id_key(value))

    def by_key(self, key: Key) -> tuple[Contact, ...]:
        """Contacts that hold a channel."""
        return self._find(*key)

    def _find(self, kind: str, key: str) -> tuple[Contact, ...]:
        with self._lock:
            found = {contact.id: contact for _, contact in self._rows(kind, key)}
        return tuple(self._claimed(found[contact_id]) for contact_id in sorted(found))

    def _rows(self, kind: str, key: str) -> list[tuple[int, Contact]]:
        """Numbers and contacts that hold a key."""
        rows = self._database.execute(
            "SELECT number, data FROM keys JOIN contacts USING (number) WHERE hash = ?",
            (hash((kind, key)),),
        ).fetchall()
        contacts = [(number, _decoder.decode(data)) for number, data in rows]
        return [
            (number, contact)
            for number, contact in contacts
            if (kind, key) in _keys(contact, self._claims.get(contact.id))
        ]

    def _claimed(self, contact: Contact) -> Contact:
        # A claim wins over an external id, too: that one belongs to a record that is gone, and
        # the contact (a locked one, say) could not be linked to its successor.
        identity = self._claims.get(contact.id)
        if identity is None:
            return contact
        return contact.linked_to(identity)

    def _delete(self, contact_id: str) -> None:
        for number, contact in self._rows(_ID, contact_id):
            self._database.executemany(
                "DELETE FROM keys WHERE hash = ? AND number = ?",
                [(hash(key), number) for key in _keys(contact, self._claims.get(contact_id))],
            )
            self._database.execute("DELETE FROM contacts WHERE number = ?", (number,))

    def _insert(self, contacts: Iterable[Contact]) -> None:
        rows = list(enumerate(contacts, self._numbers + 1))
        now = self._clock()
        if not self._times or now - self._times[-1][1] >= 1:
            self._times.append((self._numbers + 1, now))
        self._numbers += len(rows)
        self._database.executemany(
            "INSERT INTO contacts VALUES (?, ?)",
            [(number, _encoder.encode(contact)) for number, contact in rows],
        )
        self._database.executemany(
            "INSERT OR IGNORE INTO keys VALUES (?, ?)",
            [
                (hash(key), number)
                for number, contact in rows
                for key in _keys(contact, self._claims.get(contact.id))
            ],
        )


def _keys(contact: Contact, claim: str | None) -> set[tuple[str, str]]:
    keys = {(_ID, contact.id), *((channel.kind, channel.key) for channel in contact.channels)}
    if external := claim or contact.external_id:
        keys.add((_EXTERNAL, external_id_key(external)))
    return keys
