"""Rows of transactions that commit late: their stamps are older than the moment they appear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zingle_sandbox.salesforce.catalogue.sobjects import SObject, declared_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zingle_sandbox.sandbox import Sandbox
    from zingle_sandbox.store import Store


def hide(
    store: Store,
    sobject: SObject,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    visible_at: float,
) -> None:
    """Keep complete rows aside until an instant in epoch seconds."""
    id_at = columns.index("Id")
    store.executemany(
        "INSERT INTO sf_late VALUES (?, ?, ?, ?, ?)",
        [
            (visible_at, sobject.name, row[id_at], json.dumps(columns), json.dumps(row))
            for row in rows
        ],
    )


def release_due(sandbox: Sandbox) -> None:
    """Move the rows whose time has come to where queries see them."""
    now = sandbox.clock.timestamp()
    due = sandbox.store.all("SELECT rowid, * FROM sf_late WHERE visible_at <= ?", (now,))
    if not due:
        return
    with sandbox.store.transaction() as conn:
        for row in due:
            table = declared_objects()[row["sobject"].lower()].table
            columns = json.loads(row["columns"])
            names = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            conn.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",
                json.loads(row["row"]),
            )
            conn.execute("DELETE FROM sf_late WHERE rowid = ?", (row["rowid"],))
