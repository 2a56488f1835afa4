"""How rows are sent: 200 a call, one person never in two calls at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from target_salesforce_activity.plan import CreateTask, UpdateTask
from target_salesforce_activity.rules import TaskRules
from target_salesforce_activity.task import TaskWish
from target_salesforce_activity.writes import Writer, waves
from zingle_sync.salesforce import RowResult

if TYPE_CHECKING:
    from collections.abc import Sequence


class Recorder:
    """Stands for the client: remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Sequence[dict[str, Any]]]] = []

    def _send(self, kind: str, rows: Sequence[dict[str, Any]]) -> list[RowResult]:
        self.calls.append((kind, rows))
        return [RowResult(id=str(row.get("Id")), success=True) for row in rows]

    def upsert(self, _: str, __: str, rows: Sequence[dict[str, Any]]) -> list[RowResult]:
        """Record an upsert."""
        return self._send("upsert", rows)

    def insert(self, _: str, rows: Sequence[dict[str, Any]]) -> list[RowResult]:
        """Record an insert."""
        return self._send("insert", rows)

    def update(self, _: str, rows: Sequence[dict[str, Any]]) -> list[RowResult]:
        """Record an update."""
        return self._send("update", rows)


def create(number: int, who: str) -> CreateTask:
    """A new Task of somebody."""
    wish = TaskWish(f"key-{number}", 1, who, {}, {})
    return CreateTask(wish, {"WhoId": who})


def update(number: int, who: str, *, keyed: bool = True) -> UpdateTask:
    """A change of somebody's Task."""
    wish = TaskWish(f"key-{number}", 1, who, {}, {})
    return UpdateTask(wish, f"00T{number}", who, {"WhoId": who}, keyed=keyed)


def write(writes: Sequence[CreateTask | UpdateTask], *, upsert: bool) -> Recorder:
    """Send writes and return what was called."""
    recorder = Recorder()
    rules = TaskRules("Key__c", upsert=upsert)
    with ThreadPoolExecutor(4) as pool:
        results = Writer(recorder, pool, rules).write(writes)  # type: ignore[arg-type] # stands for it
    assert {each.wish.key for each in writes} == set(results)
    return recorder


@given(st.lists(st.integers(0, 6), max_size=900), st.booleans())
def test_calls_are_full(people: list[int], upsert: bool) -> None:
    """Any rows go out in as few calls as possible."""
    recorder = write([create(n, f"003{who}") for n, who in enumerate(people)], upsert=upsert)

    assert -(-len(people) // 200) == len(recorder.calls)
    assert all(len(rows) <= 200 for _, rows in recorder.calls)


@given(st.lists(st.integers(0, 6), max_size=1_500), st.booleans())
def test_no_person_is_in_two_calls_at_once(people: list[int], upsert: bool) -> None:
    """Calls of a wave share no person, and every call is in one wave."""
    writes = [create(n, f"003{who}") for n, who in enumerate(people)]
    with ThreadPoolExecutor(1) as pool:
        writer = Writer(Recorder(), pool, TaskRules("Key__c", upsert=upsert))  # type: ignore[arg-type] # stands for it
    calls = list(writer._calls(writes))

    found = waves(calls)

    assert sorted(map(id, calls)) == sorted(id(call) for wave in found for call in wave)
    for wave in found:
        people_of_wave = [who for call in wave for who in call.people]
        assert len(people_of_wave) == len(set(people_of_wave))


def test_calls_of_other_people_go_at_once() -> None:
    """Calls that share nobody are in one wave."""
    writes = [create(n, f"003{n}") for n in range(900)]
    with ThreadPoolExecutor(1) as pool:
        writer = Writer(Recorder(), pool, TaskRules("Key__c", upsert=True))  # type: ignore[arg-type] # stands for it

    assert [5] == [len(wave) for wave in waves(list(writer._calls(writes)))]


def test_rows_of_a_person_go_together() -> None:
    """Rows are sorted by person, whatever order the days came in."""
    recorder = write([create(n, f"003{n % 3}") for n in range(9)], upsert=True)

    ((_, rows),) = recorder.calls
    assert ["0030"] * 3 + ["0031"] * 3 + ["0032"] * 3 == [row["WhoId"] for row in rows]


def test_with_a_unique_key_new_tasks_are_upserted() -> None:
    """A Task that is there is met by its id, and gets the key where it has none yet."""
    recorder = write([create(1, "a"), update(2, "b"), update(3, "c", keyed=False)], upsert=True)

    assert [
        ("upsert", [{"Key__c": "key-1", "WhoId": "a"}]),
        (
            "update",
            [{"Id": "00T2", "WhoId": "b"}, {"Id": "00T3", "Key__c": "key-3", "WhoId": "c"}],
        ),
    ] == recorder.calls


def test_without_one_new_and_changed_tasks_are_told_apart() -> None:
    """Tasks that are looked up first are inserted or updated by id."""
    recorder = write([create(1, "a"), update(2, "b")], upsert=False)

    assert [
        ("insert", [{"Key__c": "key-1", "WhoId": "a"}]),
        ("update", [{"Id": "00T2", "WhoId": "b"}]),
    ] == recorder.calls
