"""The tables of the sync log."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from zingle_sync.outcomes.columns import (
    LONGEST_KEY,
    LONGEST_NAME,
    Count,
    Key,
    Moment,
    Sentence,
    Tree,
    Word,
)

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
    Column("plugin", Word(200), nullable=False),
    Column("version", Word(50)),
    Column("environment", Word(200), nullable=False),  # "" outside Meltano
    Column("host", Word(255)),
    Column("pid", Integer),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),  # the last sign of life
    Column("finished_at", Moment),
    Column("status", Word(20), nullable=False),  # running ok failed stopped terminated
    Column("dry_run", Boolean, nullable=False),
    Column("full", Boolean),  # started without a bookmark
    Column("mapping_hash", Word(64)),
    Column("error", Sentence),
    Column("error_class", Word(100)),
    Column("error_code", Word(100)),
    Column("outcomes", Tree),
    Column("matched_on", Tree),
    Column("reasons", Tree),
    Column("warnings", Tree),
    Column("errors", Tree),
    Column("services", Tree),
    Column("api_calls", Tree),
    Column("quota", Tree),
    Column("state_before", Tree),
    Column("state_after", Tree),
    Column("facts", Tree),  # what a plugin learnt: the mapping table, conflicts, notes
    Index("runs_plugin", "plugin", "id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("ts", Moment, nullable=False),
    Column("stream", Key(LONGEST_NAME), nullable=False),
    Column("service_id", Key(LONGEST_NAME), nullable=False),
    Column("source_key", Key(LONGEST_KEY), nullable=False),
    Column("target_id", Key(LONGEST_KEY)),
    Column("outcome", Word(20), nullable=False),
    Column("matched_on", Word(20), nullable=False),
    Column("reason", Word(40)),
    Column("changed_fields", Tree),
    Column("warnings", Tree),
    Column("error_class", Word(100)),
    Column("error_status", Count),
    Column("error_code", Word(100)),
    Column("error_message", Sentence),
    Column("error_field", Word(255)),
    Column("attempts", Count, nullable=False),
    Column("duration_ms", Count, nullable=False),
    Index("outcomes_run", "run_id", "outcome"),
    Index("outcomes_key", "source_key", "id"),
    Index("outcomes_target", "target_id"),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("environment", Word(200), nullable=False),  # "" outside Meltano
    Column("plugin", Word(200), nullable=False),
    Column("stream", Key(LONGEST_NAME), nullable=False),
    Column("service_id", Key(LONGEST_NAME), nullable=False),
    Column("source_key", Key(LONGEST_KEY), nullable=False),
    Column("reason", Word(40), nullable=False),
    Column("rejected_at", Moment, nullable=False),
    Column("payload", Sentence),  # JSON as it came; absent for conversations, which keep their key
    UniqueConstraint(
        "environment", "plugin", "stream", "service_id", "source_key", name="rejected_once"
    ),
)

facts = Table(
    "facts",
    metadata,
    Column("environment", Word(200), primary_key=True),
    Column("plugin", Word(200), primary_key=True),
    Column("service_id", Key(LONGEST_NAME), primary_key=True),
    Column("name", Word(100), primary_key=True),
    Column("value", Tree),
    Column("learnt_at", Moment, nullable=False),
)
