"""The tables of the sync log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from typing_extensions import override

if TYPE_CHECKING:
    _Moment = TypeDecorator[datetime]
else:
    _Moment = TypeDecorator


class Moment(_Moment):
    """A UTC instant: aware in Python on every database (SQLite itself knows no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


_JSON = JSON(none_as_null=True)

metadata = MetaData()

schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("applied_at", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plugin", String(200), nullable=False),
    Column("version", String(50)),
    Column("environment", String(200), nullable=False),  # "" outside Meltano
    Column("host", String(255)),
    Column("pid", Integer),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),  # the last sign of life
    Column("finished_at", Moment),
    Column("status", String(20), nullable=False),  # running ok failed stopped terminated
    Column("dry_run", Boolean, nullable=False),
    Column("full", Boolean),  # started without a bookmark
    Column("mapping_hash", String(64)),
    Column("error", Text),
    Column("error_class", String(100)),
    Column("error_code", String(100)),
    Column("outcomes", _JSON),
    Column("matched_on", _JSON),
    Column("reasons", _JSON),
    Column("warnings", _JSON),
    Column("errors", _JSON),
    Column("services", _JSON),
    Column("api_calls", _JSON),
    Column("quota", _JSON),
    Column("state_before", _JSON),
    Column("state_after", _JSON),
    Column("facts", _JSON),  # what a plugin learnt: the mapping table, conflicts, notes
    Index("runs_plugin", "plugin", "id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("ts", Moment, nullable=False),
    Column("stream", String(200), nullable=False),
    Column("service_id", String(64), nullable=False),
    Column("source_key", String(255), nullable=False),
    Column("target_id", String(64)),
    Column("outcome", String(20), nullable=False),
    Column("matched_on", String(20), nullable=False),
    Column("reason", String(40)),
    Column("changed_fields", _JSON),
    Column("warnings", _JSON),
    Column("error_class", String(100)),
    Column("error_status", Integer),
    Column("error_code", String(100)),
    Column("error_message", Text),
    Column("error_field", String(255)),
    Column("attempts", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Index("outcomes_run", "run_id", "outcome"),
    Index("outcomes_key", "source_key", "id"),
    Index("outcomes_target", "target_id"),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("environment", String(200), nullable=False),  # "" outside Meltano
    Column("plugin", String(200), nullable=False),
    Column("stream", String(200), nullable=False),
    Column("service_id", String(64), nullable=False),
    Column("source_key", String(255), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("rejected_at", Moment, nullable=False),
    Column("payload", Text),  # JSON as it came; absent for conversations, which keep their key
    UniqueConstraint(
        "environment", "plugin", "stream", "service_id", "source_key", name="rejected_once"
    ),
)
