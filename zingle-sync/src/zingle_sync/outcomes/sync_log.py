"""Write the sync log: one row per run, one per record, and the rejected records themselves.

Nothing in a sync depends on what the log holds.
When it can't be written the run says so once and goes on, with one exception: a rejected record
that can't be kept would be lost, because the state moves past it, so it fails the run.
"""

from __future__ import annotations

import logging
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
)

from zingle_sync.outcomes import tables
from zingle_sync.outcomes.database import SyncLogError, connect, default_url
from zingle_sync.outcomes.facts import LASTING, RETENTION, keep
from zingle_sync.outcomes.run import Run
from zingle_sync.outcomes.writer import LogWriter

_HALF_A_DAY = timedelta(hours=12)
# Longer than any log has been kept, and no day before the year 1.
_FOREVER = timedelta(days=100_000)

logger = logging.getLogger(__name__)


class SyncLog:
    """A sync log from `SyncLog.open`; one that could not be opened swallows what it may."""

    def __init__(self, writer: LogWriter, retention_days: int | None) -> None:
        self._writer = writer
        self._retention_days = retention_days

    @classmethod
    def open(
        cls, url: str | None, *, retention_days: int | None = None, log_personal_data: bool = False
    ) -> SyncLog:
        """Open the sync log; never fails: a log that can't be opened says so and swallows.

        Args:
            url: SQLAlchemy URL; None is the variable `SYNC_LOG_URL`, and without it
                `.meltano/zingle-sync.db` in the Meltano project.
            retention_days: Runs, outcomes and rejected records of the plugins that are started here
                are erased when they are older; None leaves it as it is.
            log_personal_data: Whether keys and messages are kept unmasked.
        """
        engine, trouble = None, ""
        try:
            given = url or os.environ.get("SYNC_LOG_URL")
            engine = connect(given or default_url(os.environ, Path.cwd()))
        except SyncLogError as error:
            trouble = str(error)
            logger.warning("%s; the run goes on without a log of its records", trouble)
        return cls(LogWriter(engine, trouble, log_personal_data=log_personal_data), retention_days)

    def start_run(
        self,
        plugin: str,
        *,
        mapping_hash: str | None = None,
        dry_run: bool = False,
        version: str | None = None,
        environment: str = "",
    ) -> Run:
        """Start the row of a run, and erase what has outlived its time.

        Args:
            plugin: The plugin's name in the project, such as `target-zingle--west`.
            mapping_hash: Hash of the mapping, to notice changes of it.
            dry_run: Whether nothing will be written.
            version: The plugin's version.
            environment: The Meltano environment, or "" outside Meltano.
        """
        run = Run(self._writer, plugin=plugin, environment=environment, dry_run=dry_run)
        now = datetime.now(UTC)
        row = {
            "plugin": plugin,
            "version": version,
            "environment": environment,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": now,
            "seen_at": now,
            "status": "running",
            "dry_run": dry_run,
            "mapping_hash": mapping_hash,
        }

        def start(connection: Connection) -> None:
            self._erase_old(connection, environment, plugin, now)
            result = connection.execute(insert(tables.runs).values(row))
            (run.id,) = result.inserted_primary_key or (None,)
            run.load(connection)

        self._writer.write(start)
        return run

    def _erase_old(
        self, connection: Connection, environment: str, plugin: str, now: datetime
    ) -> None:
        """Erase what is old, of each plugin by its own setting as of its last run."""
        if self._retention_days is not None:
            keep(connection, (environment, plugin, "", RETENTION), self._retention_days)
        facts = tables.facts.c
        settings = select(facts.environment, facts.plugin, facts.value)
        for row in connection.execute(settings.where(facts.name == RETENTION)).all():
            before = now - min(timedelta(days=row.value), _FOREVER)
            _erase_before(connection, row.environment, row.plugin, before, now)


def _erase_before(
    connection: Connection, environment: str, plugin: str, before: datetime, now: datetime
) -> None:
    def of_plugin(table: Table) -> ColumnElement[bool]:
        return and_(table.c.environment == environment, table.c.plugin == plugin)

    runs, rejected, facts = tables.runs, tables.rejected, tables.facts
    # A clock that jumped ahead would erase all; so one that no earlier run agrees with waits.
    agrees = exists().where(
        runs.c.started_at <= now - _HALF_A_DAY, runs.c.started_at >= before - _HALF_A_DAY
    )
    if not connection.scalar(select(agrees)):
        return
    is_old = and_(of_plugin(runs), runs.c.started_at < before)
    outcomes = tables.outcomes
    connection.execute(
        delete(outcomes).where(outcomes.c.run_id.in_(select(runs.c.id).where(is_old)))
    )
    # The newest run of each plugin stays, or `status` would say that it never ran.
    newest = select(func.max(runs.c.id)).where(of_plugin(runs)).scalar_subquery()
    connection.execute(delete(runs).where(is_old, runs.c.id != newest))
    connection.execute(delete(rejected).where(of_plugin(rejected), rejected.c.rejected_at < before))
    connection.execute(
        delete(facts).where(
            of_plugin(facts), facts.c.learnt_at < before, facts.c.name.not_in(LASTING)
        )
    )
