"""One run in the sync log: its row, its outcomes, and what is kept of rejected records."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    insert,
    make_url,
    select,
    update,
)

from zingle_sync.outcomes import tables
from zingle_sync.outcomes.columns import LONGEST_KEY, LONGEST_NAME, fit_key, fit_tree
from zingle_sync.outcomes.database import default_url
from zingle_sync.outcomes.facts import RETENTION, keep
from zingle_sync.outcomes.lock import Lock, take
from zingle_sync.outcomes.masking import mask_key, mask_text
from zingle_sync.outcomes.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Literal

    from sqlalchemy import Engine, ScalarSelect

    from zingle_sync.outcomes.values import Outcome
    from zingle_sync.outcomes.writer import LogWriter

    RunStatus = Literal["ok", "failed", "stopped", "terminated"]

_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
_KEEPS_PENDING = "superseded"  # says nothing about whether the newer row was taken


class Run:
    """The run that outcomes are recorded in; `SyncLog.start_run` makes it.

    Attributes:
        id: The row's number, or None while the log can't be written.
        environment: The Meltano environment, or "" outside Meltano.
        tally: The counts so far.
        pending: Keys of the records that earlier runs kept: (stream, service, source key).
        facts: What earlier runs learnt, by service and name; see `remember`.
        former_mapping: Hash of the mapping that the last run that could write had, if any.
    """

    def __init__(self, log: LogWriter, *, plugin: str, environment: str, dry_run: bool) -> None:
        self._log = log
        self._plugin = plugin
        self.environment = environment
        self.dry_run = dry_run
        self.id: int | None = None
        self.tally = Tally()
        self.pending: set[tuple[str, str, str]] = set()
        self.facts: dict[tuple[str, str], Any] = {}
        self.former_mapping: str | None = None
        self.started_at = datetime.now(UTC)

    @property
    def engine(self) -> Engine | None:
        """The log's database, or None where it could not be opened."""
        return self._log.engine

    def record(
        self,
        outcomes: Iterable[Outcome],
        *,
        payloads: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Record what became of a batch of records, in one transaction.

        A record that is rejected, or skipped because of somebody else, is kept for
        `zingle-sync replay`; one that is settled in another way erases what was kept of it, so that
        a replay never sends an old version. A skip that got a better outcome later in the run
        gives way to it.

        Args:
            outcomes: The outcomes, one per record and service.
            payloads: The records to keep, by source key. A key without a payload is
                kept alone (conversations, whose days are read again).

        Raises:
            SyncLogError: If a record can't be kept that must be.
        """
        batch = list(outcomes)
        if not batch:
            return
        replaced = self.tally.add(batch)
        now = datetime.now(UTC)
        kept = {} if self.dry_run else {_fitted(one): one for one in batch if one.kept}
        resolved = set() if self.dry_run else self._resolved(batch)

        def record(connection: Connection) -> None:
            table = tables.outcomes
            for former in replaced:
                connection.execute(delete(table).where(table.c.id == self._row_of(former)))
            connection.execute(insert(table), [self._outcome_row(one, now) for one in batch])
            connection.execute(
                update(tables.runs).where(tables.runs.c.id == self.id).values(seen_at=now)
            )
            for key in resolved | kept.keys():
                connection.execute(
                    delete(tables.rejected).where(self._kept(), *_is(tables.rejected, key))
                )
            if kept:
                rows = [self._rejected_row(one, now, payloads or {}) for one in kept.values()]
                connection.execute(insert(tables.rejected), rows)

        self.pending = (self.pending - resolved) | kept.keys()
        self._log.write(record, needed=bool(kept))

    def remember(self, service_id: str, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
        """Tell later runs of this plugin what was learnt about a service.

        It is forgotten after `retention_days`, so that it is learnt anew; what is `LASTING` is not.

        Args:
            service_id: The service, or "" for all.
            name: What it is about, such as `linking_locks`.
            value: Any JSON.
        """
        if self.dry_run or self.facts.get((service_id, name)) == value:
            return
        self.facts[service_id, name] = value
        place = (self.environment, self._plugin, service_id, name)
        self._log.write(lambda connection: keep(connection, place, value))

    def take_lock(self, service: str, *, seconds: float) -> Lock | None:
        """Become the only run of its plugin and environment that writes to a service.

        Another run is waited for that many seconds.

        Returns:
            The lock, to be kept until the end; None where another run holds it.

        Raises:
            OSError: If nothing here can be locked.
        """
        folder = Path(make_url(default_url(os.environ, Path.cwd())).database or "").parent
        name = f"{self.environment}\n{self._plugin}\n{service}"
        return take(self._log.engine, folder, name, seconds=seconds)

    def load(self, connection: Connection) -> None:
        """Learn what earlier runs of this plugin kept and learnt."""
        facts = tables.facts.c
        self.facts |= {
            (row.service_id, row.name): row.value
            for row in connection.execute(
                select(facts.service_id, facts.name, facts.value).where(
                    facts.plugin == self._plugin,
                    facts.environment == self.environment,
                    facts.name != RETENTION,
                )
            )
        }
        table = tables.rejected.c
        rows = connection.execute(
            select(table.stream, table.service_id, table.source_key).where(self._kept())
        )
        self.pending |= {(row.stream, row.service_id, row.source_key) for row in rows}
        runs = tables.runs.c
        former = select(runs.mapping_hash).where(
            runs.plugin == self._plugin,
            runs.environment == self.environment,
            runs.dry_run.is_(False),
            runs.mapping_hash.is_not(None),
            runs.id != self.id,
        )
        self.former_mapping = connection.scalar(former.order_by(runs.id.desc()).limit(1))

    def note(self, **columns: Any) -> None:
        """Add to the run's row: `state_before`, `full`, `mapping_hash`, `quota`, `facts`."""
        self._update(columns)

    def finish(
        self,
        *,
        status: RunStatus,
        api_calls: Mapping[str, int],
        error: str | None = None,
        **columns: Any,
    ) -> None:
        """Close the run's row; `error` is one sentence, `api_calls` go by system.

        More of the row: `error_class`, `error_code`, `state_after`, `quota`, `facts`.
        """
        now = datetime.now(UTC)
        self._update(
            {
                "finished_at": now,
                "seen_at": now,
                "status": status,
                "error": None if error is None else self._masked(error),
                "outcomes": dict(self.tally.outcomes),
                "matched_on": dict(self.tally.matched_on),
                "reasons": dict(self.tally.reasons),
                "warnings": dict(self.tally.warnings),
                "errors": dict(self.tally.errors),
                "services": {key: dict(counts) for key, counts in self.tally.services.items()},
                "api_calls": dict(api_calls),
                **columns,
            },
            last=True,
        )

    def _kept(self) -> ColumnElement[bool]:
        table = tables.rejected.c
        return and_(table.plugin == self._plugin, table.environment == self.environment)

    def _update(self, columns: Mapping[str, Any], *, last: bool = False) -> None:
        def change(connection: Connection) -> None:
            # Here, not before: the run has no number yet where its first row could not be written.
            connection.execute(
                update(tables.runs).where(tables.runs.c.id == self.id).values(columns)
            )

        self._log.write(change, last=last)

    def _resolved(self, batch: Sequence[Outcome]) -> set[tuple[str, str, str]]:
        if not self.pending:
            return set()
        settled = {
            key
            for one in batch
            if not one.kept and one.reason != _KEEPS_PENDING
            # A record that was refused before it was routed carries no service.
            for key in (_fitted(one), (_fitted(one)[0], "", _fitted(one)[2]))
        }
        return settled & self.pending

    def _masked(self, sentence: str) -> str:
        return sentence if self._log.log_personal_data else mask_text(sentence)

    def _key(self, key: str) -> str:
        return key if self._log.log_personal_data else mask_key(key)

    def _row_of(self, one: Outcome) -> ScalarSelect[int]:
        """The row of an outcome of this run; others may have the same masked key."""
        table = tables.outcomes
        return (
            select(func.min(table.c.id))
            .where(
                table.c.run_id == self.id,
                *_is(table, (one.stream, one.service_id, self._key(one.source_key))),
                table.c.outcome == one.kind,
                table.c.reason == one.reason,
                table.c.target_id == one.target_id,
            )
            .scalar_subquery()
        )

    def _outcome_row(self, one: Outcome, now: datetime) -> dict[str, Any]:
        error = one.error
        return {
            "run_id": self.id,
            "ts": now,
            "stream": one.stream,
            "service_id": one.service_id,
            "source_key": self._key(one.source_key),
            "target_id": one.target_id,
            "outcome": one.kind,
            "matched_on": one.matched_on,
            "reason": one.reason,
            "changed_fields": list(one.changed_fields) or None,
            "warnings": [self._masked(warning) for warning in one.warnings] or None,
            "error_class": error and error.klass,
            "error_status": error and error.status,
            "error_code": error and error.code,
            "error_message": error and self._masked(error.message),
            "error_field": error and error.field and self._masked(error.field),
            "attempts": one.attempts,
            "duration_ms": one.duration_ms,
        }

    def _rejected_row(
        self, one: Outcome, now: datetime, payloads: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        payload = payloads.get(one.source_key)
        return {
            "run_id": self.id,
            "environment": self.environment,
            "plugin": self._plugin,
            "stream": one.stream,
            "service_id": one.service_id,
            "source_key": one.source_key,
            "reason": one.reason or "not_linked",
            "rejected_at": now,
            "payload": None if payload is None else _encoder.encode(fit_tree(payload)).decode(),
        }


def _fitted(one: Outcome) -> tuple[str, str, str]:
    """The key as the table of kept records has it."""
    return (
        fit_key(one.stream, LONGEST_NAME),
        fit_key(one.service_id, LONGEST_NAME),
        fit_key(one.source_key, LONGEST_KEY),
    )


def _is(table: Table, key: tuple[str, str, str]) -> tuple[ColumnElement[bool], ...]:
    columns = (table.c.stream, table.c.service_id, table.c.source_key)
    return tuple(column == part for column, part in zip(columns, key, strict=True))
