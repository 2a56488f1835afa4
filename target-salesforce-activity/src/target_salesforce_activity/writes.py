"""Write Tasks: 200 rows a call, rows of one person together and never in two calls at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.plan import CreateTask, UpdateTask
from target_salesforce_activity.queries import in_chunks
from zingle_sync.salesforce import OutcomeUnknownError, RowResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from target_salesforce_activity.rules import TaskRules
    from zingle_sync.salesforce import Salesforce


ROWS_PER_CALL = 200
# What became of the row is not known: the answer was lost.
LOST = RowResult(id=None, success=False)

Write = CreateTask | UpdateTask


@dataclass(frozen=True, slots=True)
class _Call:
    """One call: up to 200 rows, all of them new or none."""

    writes: Sequence[Write]
    people: frozenset[str]


class Writer:
    """Writes Tasks by their rules, several calls at a time."""

    def __init__(self, salesforce: Salesforce, pool: Executor, rules: TaskRules) -> None:
        self._salesforce = salesforce
        self._pool = pool
        self._rules = rules

    def write(self, writes: Sequence[Write]) -> dict[str, RowResult]:
        """Carry writes out.

        Returns:
            What became of each, by key; `LOST` where the answer to an insert was lost.

        Raises:
            zingle_sync.salesforce.SalesforceError: If a whole call is refused.
        """
        results: dict[str, RowResult] = {}
        for wave in waves(list(self._calls(writes))):
            for call, answers in zip(wave, self._pool.map(self._send, wave), strict=True):
                keys = (write.wish.key for write in call.writes)
                results.update(zip(keys, answers, strict=True))
        return results

    def _calls(self, writes: Sequence[Write]) -> Iterator[_Call]:
        ordered = sorted(writes, key=lambda write: (write.wish.who_id or "", write.wish.key))
        for kind in (CreateTask, UpdateTask):
            some = [write for write in ordered if isinstance(write, kind)]
            for rows in in_chunks(some, ROWS_PER_CALL):
                people = filter(None, (row.wish.who_id for row in rows))
                yield _Call(rows, frozenset(people))

    def _send(self, call: _Call) -> Sequence[RowResult]:
        rows = [self._row(write) for write in call.writes]
        if "Id" in rows[0]:
            return self._salesforce.update("Task", rows)
        if self._rules.upsert:
            return self._salesforce.upsert("Task", self._rules.key_field, rows)
        try:
            return self._salesforce.insert("Task", rows)
        except OutcomeUnknownError:
            return [LOST] * len(rows)

    def _row(self, write: Write) -> dict[str, Any]:
        key = {self._rules.key_field: write.wish.key}
        if isinstance(write, CreateTask):
            return {**key, **write.values}
        # By its id, also where the key is unique: an upsert of what differs would make a Task of
        # nothing else where somebody deletes this one in the meantime.
        return {"Id": write.id, **({} if write.keyed else key), **write.values}


def waves(calls: Sequence[_Call]) -> list[list[_Call]]:
    """Sort calls into waves: within a wave no two calls touch the same person.

    Rows of one person lock each other out (contract, section 10).
    """
    found: list[list[_Call]] = []
    for call in calls:
        free = (wave for wave in found if not any(other.people & call.people for other in wave))
        wave = next(free, None)
        if wave is None:
            found.append([call])
        else:
            wave.append(call)
    return found
