"""Write Tasks: 200 rows a call, rows of one person together and never in two calls at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.plan import CreateTask, UpdateTask
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
    """One call: up to 200 rows of one kind."""

    kind: str
    writes: tuple[Write, ...]
    people: frozenset[str] = field(default_factory=frozenset)


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
        for kind, some in self._by_kind(writes):
            ordered = sorted(some, key=lambda write: (write.wish.who_id or "", write.wish.key))
            for start in range(0, len(ordered), ROWS_PER_CALL):
                rows = tuple(ordered[start : start + ROWS_PER_CALL])
                yield _Call(
                    kind, rows, frozenset(row.wish.who_id for row in rows if row.wish.who_id)
                )

    def _by_kind(self, writes: Sequence[Write]) -> tuple[tuple[str, list[Write]], ...]:
        """Sort writes by call; a Task that has no key in the key field yet is met by its id."""
        found: dict[str, list[Write]] = {"upsert": [], "insert": [], "update": []}
        for write in writes:
            if self._rules.upsert and (isinstance(write, CreateTask) or write.keyed):
                found["upsert"].append(write)
            else:
                found["insert" if isinstance(write, CreateTask) else "update"].append(write)
        return tuple(found.items())

    def _send(self, call: _Call) -> Sequence[RowResult]:
        rows = [self._row(call.kind, write) for write in call.writes]
        match call.kind:
            case "upsert":
                return self._salesforce.upsert("Task", self._rules.key_field, rows)
            case "update":
                return self._salesforce.update("Task", rows)
            case _:
                try:
                    return self._salesforce.insert("Task", rows)
                except OutcomeUnknownError:
                    return [LOST] * len(rows)

    def _row(self, kind: str, write: Write) -> dict[str, Any]:
        if kind == "update" and isinstance(write, UpdateTask):
            key = {} if write.keyed else {self._rules.key_field: write.wish.key}
            return {"Id": write.id, **key, **write.values}
        return {self._rules.key_field: write.wish.key, **write.values}


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
