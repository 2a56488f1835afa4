"""Bulk loading: one million contacts in seconds, through the tables and not through the API."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from typing_extensions import override

from zingle_sandbox.credentials import ZINGLE_SERVICE_ID

from .ids import Kind, make_id
from .lookups import Cache
from .schema import BULK_INDEXES
from .seed_contacts import insert_contact_chunk
from .seed_messages import insert_event_chunk, insert_message_chunk, point_at_last_messages
from .service_rows import insert_field, insert_integration, insert_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zingle_sandbox.rows import ContactRow, MessageRow
    from zingle_sandbox.sandbox import Sandbox

    from .seed_rows import EventRow, FieldSeed, IntegrationSeed, ServiceSeed


_CHUNK = 20_000


class Ids(Sequence[str]):
    """The UUIDs of the rows of one insert, computed when asked for: a million cost no memory."""

    def __init__(self, kind: Kind, numbers: range, chosen: dict[int, str]) -> None:
        self._kind = kind
        self._numbers = numbers
        self._chosen = chosen

    @override
    def __len__(self) -> int:
        """How many rows were inserted."""
        return len(self._numbers)

    @overload
    @override
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """The UUID of the row at a position."""
        if isinstance(index, slice):
            return [self._id(number) for number in self._numbers[index]]
        return self._id(self._numbers[index])

    def _id(self, number: int) -> str:
        return self._chosen.get(number) or make_id(self._kind, number)


@contextmanager
def bulk_load(sandbox: Sandbox) -> Iterator[None]:
    """Load in one transaction, and build the indexes of the tables that were empty only at the end.

    Seeds that insert in several steps wrap them all.
    """
    with sandbox.store.transaction() as connection:
        empty = [
            table
            for table in BULK_INDEXES
            if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None
        ]
        dropped = [
            (table, name, columns)
            for table in empty
            for name, columns in BULK_INDEXES[table].items()
            if connection.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", (name,)
            ).fetchone()
        ]
        for _, name, _ in dropped:
            connection.execute(f"DROP INDEX {name}")
        yield
        for table, name, columns in dropped:
            connection.execute(f"CREATE INDEX {name} ON {table} {columns}")


def insert_services(sandbox: Sandbox, services: Iterable[ServiceSeed]) -> None:
    """Add services with their channel types, fields, labels, groups, automations and users.

    Each service gets the tenant-independent phone, e-mail and Facebook channel types and the
    global fields First Name, Last Name and Title. Every user of the account sees every service.
    """
    with sandbox.store.transaction() as connection:
        for service in services:
            insert_service(connection, service)


def set_integration(
    sandbox: Sandbox,
    integration: IntegrationSeed,
    fields: Iterable[FieldSeed] = (),
    *,
    service_id: str = ZINGLE_SERVICE_ID,
) -> None:
    """Set what a service is connected to, and add the contact fields that it brings along."""
    with sandbox.store.transaction() as connection:
        service = sandbox.store.value("SELECT number FROM zg_services WHERE id = ?", (service_id,))
        insert_integration(connection, service, integration)
        for field in fields:
            insert_field(connection, service, field, created_at=int(sandbox.clock.timestamp()))


def insert_contacts(sandbox: Sandbox, rows: Iterable[ContactRow]) -> Ids:
    """Add contacts and return their ids in order.

    Nothing is validated but names of services, fields, labels and channel types: a seed may hold
    the mess that years of agents have left, such as values over the limits.

    Raises:
        KeyError: a name used in a row does not exist.
    """
    return _insert(sandbox, Kind.CONTACT, "zg_contacts", rows, insert_contact_chunk)


def insert_messages(sandbox: Sandbox, rows: Iterable[MessageRow]) -> Ids:
    """Add messages and return their ids in order; the contacts' last message follows.

    Raises:
        KeyError: the service, contact or user does not exist.
    """
    with bulk_load(sandbox):
        ids = _insert(sandbox, Kind.MESSAGE, "zg_messages", rows, insert_message_chunk)
        point_at_last_messages(sandbox.store.connection, newest=len(ids))
    return ids


def insert_events(sandbox: Sandbox, rows: Iterable[EventRow]) -> Ids:
    """Add events and return their ids in order.

    Raises:
        KeyError: the service, contact, user or automation does not exist.
    """
    return _insert(sandbox, Kind.EVENT, "zg_events", rows, insert_event_chunk)


def _insert(
    sandbox: Sandbox,
    kind: Kind,
    table: str,
    rows: Iterable[Any],
    insert_chunk: Callable[[Cache, int, list[Any]], None],
) -> Ids:
    chosen: dict[int, str] = {}
    with bulk_load(sandbox):
        first = 1 + (
            sandbox.store.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)) or 0
        )
        number = first
        cache = Cache(sandbox.store.connection, sandbox.clock.timestamp())
        remaining = iter(rows)
        while chunk := list(islice(remaining, _CHUNK)):
            insert_chunk(cache, number, chunk)
            chosen.update((at, row["id"]) for at, row in enumerate(chunk, number) if "id" in row)
            number += len(chunk)
    return Ids(kind, range(first, number), chosen)
