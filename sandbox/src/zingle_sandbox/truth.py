"""The truth table: which seeded person is which, kept so that tests can compare exact sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from zingle_sandbox.store import Store

Role = Literal["twin", "linked", "walk_in", "salesforce_only"]


class Truth(NamedTuple):
    """One person of the seed.

    Attributes:
        role: `twin` exists on both sides without a link; `linked` with one; `walk_in` is a guest
            that Salesforce does not know; `salesforce_only` has no guest.
        salesforce_id: 18-character Contact or Lead id, or None for walk-ins.
        contact_id: the guest's id, or None for `salesforce_only`.
        shares: twins: the key that both sides share, `phone`, `email` or `both`; else None.
        locked: the guest is locked by another source.
        traits: what is special about the person, closed words such as `deleted`, `converted`,
            `blank`, `shared_phone`, `bad_phone`.
    """

    role: Role
    salesforce_id: str | None
    contact_id: str | None
    shares: Literal["phone", "email", "both"] | None = None
    locked: bool = False
    traits: tuple[str, ...] = ()


def create_tables(connection: sqlite3.Connection) -> None:
    """The core's own tables."""
    connection.execute("CREATE TABLE sandbox_facts (name TEXT PRIMARY KEY, value TEXT)")
    connection.execute(
        "CREATE TABLE sandbox_truth (role TEXT NOT NULL, salesforce_id TEXT, contact_id TEXT,"
        " shares TEXT, locked INTEGER NOT NULL, traits TEXT NOT NULL)"
    )


def write_truths(store: Store, truths: Iterable[Truth]) -> None:
    """Add people to the truth table."""
    store.executemany(
        "INSERT INTO sandbox_truth VALUES (?, ?, ?, ?, ?, ?)",
        ((*truth[:4], truth.locked, " ".join(truth.traits)) for truth in truths),
    )


def read_truths(store: Store, role: Role | None = None) -> list[Truth]:
    """The people of the seed, in the order in which it made them, of one role or all."""
    return [
        Truth(
            row["role"],
            row["salesforce_id"],
            row["contact_id"],
            row["shares"],
            bool(row["locked"]),
            tuple(row["traits"].split()),
        )
        for row in store.all("SELECT * FROM sandbox_truth ORDER BY rowid")
        if role in {None, row["role"]}
    ]


def truths_to_json(truths: Iterable[Truth]) -> list[dict[str, Any]]:
    """The truth table as the control API shows it."""
    return [{**truth._asdict(), "traits": list(truth.traits)} for truth in truths]


def write_fact(store: Store, name: str, value: str | None) -> None:
    """Remember something about this state, such as its seed."""
    store.execute("INSERT OR REPLACE INTO sandbox_facts VALUES (?, ?)", (name, value))


def read_fact(store: Store, name: str) -> str | None:
    """What was remembered, or None."""
    value = store.value("SELECT value FROM sandbox_facts WHERE name = ?", (name,))
    return None if value is None else str(value)
