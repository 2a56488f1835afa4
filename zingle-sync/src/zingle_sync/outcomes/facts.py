"""What runs learnt about a service, as rows of the sync log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert

from zingle_sync.outcomes import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

# What a plugin's own setting says, for those who tidy up.
RETENTION = "retention_days"
# Facts that must not be learnt anew at a guest's cost, or can't be, so that they outlive that time.
LASTING = ("linking", "claims", "task_key_field", RETENTION)


def keep(
    connection: Connection,
    place: tuple[str, str, str, str],
    value: Any,  # noqa: ANN401 - any JSON
) -> None:
    """Put a fact in place of what was known.

    Args:
        connection: Within a transaction.
        place: Environment, plugin, service and name.
        value: Any JSON.
    """
    table = tables.facts.c
    columns = (table.environment, table.plugin, table.service_id, table.name)
    there = zip(columns, place, strict=True)
    connection.execute(delete(tables.facts).where(*(column == part for column, part in there)))
    row = {column.name: part for column, part in zip(columns, place, strict=True)}
    connection.execute(insert(tables.facts).values(**row, value=value, learnt_at=datetime.now(UTC)))
