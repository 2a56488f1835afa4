"""Random histories: whatever happened, in the end every day was given out complete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zingle_sandbox.testing import run_sandbox
from zingle_sync.zingle import TransientError, client
from zingle_sync.zingle.lists import Listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Tap

HOUR, DAY = 3_600, 86_400

READINGS = [
    {},
    {"id_sort": "refused", "tie_order": "shuffled"},
    {"filter_unit": "milliseconds"},
    {"greater_than": "inclusive", "id_sort": "refused", "tie_order": "shuffled"},
]

hours = st.one_of(st.integers(0, 30), st.integers(100, 400))
steps = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 2), st.integers(1, 12)),
    st.tuples(st.just("schedule"), st.integers(0, 2), st.integers(1, 20)),
    st.tuples(st.just("late"), st.integers(0, 2), st.integers(1, 20)),
    st.tuples(st.just("wait"), hours),
    st.tuples(st.just("translate"), st.integers(0, 500)),
    st.tuples(st.just("delete"), st.integers(0, 500)),
    st.tuples(st.just("run"), st.sampled_from(["", "delete", "swap"]), st.integers(1, 3)),
    st.tuples(st.just("die"), st.integers(0, 12), st.booleans()),
)


class History:
    """A world that goes on while the tap is run now and then; what a loader would have kept."""

    def __init__(self, tap: Tap, reading: dict[str, str]) -> None:
        self.tap = tap
        self.kept: dict[str, dict[str, Any]] = {}
        tap.sandbox.sandbox.choose_profile(reading)
        self.guests = [tap.guest() for _ in range(3)]
        self.ids: list[str] = []

    def play(self, step: tuple[Any, ...]) -> None:
        """Let one thing happen."""
        getattr(self, step[0])(*step[1:])

    def write(self, guest: int, count: int) -> None:
        """A guest writes."""
        for number in range(count):
            # Half of them in the same second.
            at = self.tap.now - (number // 2)
            self.ids.append(self.tap.message(self.guests[guest], created_at=at))

    def schedule(self, guest: int, days: int) -> None:
        """A message is scheduled, days ahead."""
        at = self.tap.now + days * DAY
        self.ids.append(
            self.tap.message(
                self.guests[guest], direction="outbound", is_delayed=True, execute_at=at
            )
        )

    def late(self, guest: int, days: int) -> None:
        """A message is scheduled, sent days later, and seen by a run."""
        self.schedule(guest, days)
        self.wait(24 * days)
        self.run("", 1)

    def wait(self, count: int) -> None:
        """Hours pass, and what was scheduled is sent when its time has come."""
        self.tap.wait(count * HOUR)
        now = self.tap.now
        self._sql(
            "UPDATE zg_messages SET is_delayed = 0, executed_at = execute_at, updated_at = ?"
            " WHERE is_delayed = 1 AND execute_at <= ?",
            now,
            now,
        )

    def translate(self, number: int) -> None:
        """A message is translated late."""
        self._sql(
            "UPDATE zg_messages SET translated_body = 'x', updated_at = ? WHERE number = ?",
            self.tap.now,
            number,
        )

    def delete(self, number: int) -> None:
        """A message is deleted."""
        self._sql("DELETE FROM zg_messages WHERE number = ?", number)

    def run(self, drift: str, rows: int) -> None:
        """The tap is run while rows go between pages."""
        options = {"zingle_page_drift": drift, "zingle_drift_rows": rows}
        self.tap.sandbox.sandbox.set_options(options)
        self._read()
        self.tap.sandbox.sandbox.set_options({"zingle_page_drift": ""})

    def die(self, call: int, delivered: bool) -> None:
        """The run is killed at a call; what came after its last STATE is lost, or not."""
        faults = self.tap.sandbox.sandbox.faults
        fault = faults.add(kind="status", status=503, path="/v1/*", system="zingle", skip=call)
        try:
            self._read()
        except TransientError:
            if not delivered:
                return
            self._keep(self.tap.lines)
        finally:
            faults.remove(fault)

    def settle(self) -> None:
        """Let guests write once more and runs follow, as the schedule has it."""
        for _ in range(3):
            self.wait(1)
            for guest in range(3):
                self.write(guest, 1)
            self._read()
        self.wait(1)
        self._read()

    def truth(self) -> dict[str, set[str]]:
        """The sent messages of the world by key of their day."""
        days: dict[str, set[str]] = {}
        for line in self.tap.read("messages"):
            if line["at"] and line["contact_id"] in self.guests:
                key = f"{line['service_id']}:{line['contact_id']}:{line['local_date']}"
                days.setdefault(key, set()).add(line["id"])
        return days

    def _read(self) -> None:
        try:
            self.tap.read(start_date="2026-02-20")
        finally:
            # Records up to the last STATE are surely kept.
            states = [n for n, line in enumerate(self.tap.lines) if line["type"] == "STATE"]
            self._keep(self.tap.lines[: states[-1]] if states else [])

    def _keep(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            if line["type"] == "RECORD":
                self.kept[line["record"]["key"]] = line["record"]

    def _sql(self, statement: str, *values: object) -> None:
        self.tap.sandbox.sandbox.store.execute(statement, values)


@pytest.fixture(scope="module")
def small_pages() -> Iterator[None]:
    """Pages of 12 rows, so that a small world has many."""
    patch = pytest.MonkeyPatch()
    patch.setattr(client, "Listing", partial(Listing, size=12))
    yield
    patch.undo()


@pytest.mark.usefixtures("small_pages")
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(reading=st.sampled_from(READINGS), history=st.lists(steps, min_size=3, max_size=14))
def test_every_day_was_given_out_complete(
    tap_of: type[Tap], reading: dict[str, str], history: list[tuple[Any, ...]]
) -> None:
    """After any history, a quiet run leaves the loader with every message of every day."""
    with run_sandbox() as sandbox:
        sandbox.sandbox.clock.freeze()
        world = History(tap_of(sandbox), reading)
        for step in history:
            world.play(step)
        world.settle()
        world.tap.state = None
        for key, ids in world.truth().items():
            kept = {message["id"] for message in world.kept.get(key, {"messages": []})["messages"]}
            assert ids <= kept, key
