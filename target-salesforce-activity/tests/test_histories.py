"""Random histories with crashes: Salesforce always ends with each message once, on its day."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zingle_sandbox.zingle import ServiceSeed, insert_services

if TYPE_CHECKING:
    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity

HOUR, DAY = 3_600, 86_400
OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"
# Days around which clocks change, and zones that have no midnight on some day.
STARTS = {
    "America/New_York": ("2026-03-06", "2026-10-30"),
    "Australia/Lord_Howe": ("2026-04-03", "2026-10-02"),
    "America/Santiago": ("2026-04-03", "2026-09-04"),
    "Asia/Beirut": ("2026-03-27",),
    "America/Asuncion": ("2026-03-20",),
}
ZONES = sorted(STARTS)


class World:
    """A history as it is told, step by step, and what Salesforce must show of it."""

    def __init__(self, pipeline: Pipeline, seed: int, key: str) -> None:
        """Start in the week in which the clocks of some zone change."""
        self.random = random.Random(seed)
        self.pipeline = pipeline
        pipeline.reset()
        sandbox = pipeline.sandbox.sandbox
        zone = self.random.choice(ZONES)
        start = self.random.choice(STARTS[zone])
        sandbox.clock.freeze()
        sandbox.clock.set(datetime.fromisoformat(start).replace(tzinfo=UTC))
        sandbox.set_options(
            {"salesforce_activity_key": key, "salesforce_short_pages": self.random.random() < 0.3}
        )
        sandbox.choose_profile(
            {
                "tie_order": self.random.choice(["shuffled", "stable"]),
                "page_drift": self.random.choice(["off", "insert_between_pages"]),
                "filter_unit": self.random.choice(["seconds", "milliseconds"]),
                "greater_than": self.random.choice(["strict", "inclusive"]),
                "v1_external_id_key": self.random.choice(["present", "absent"]),
            }
        )
        self.service = pipeline.sandbox.service_id
        self.set_zone(zone)
        insert_services(sandbox, [ServiceSeed(OTHER_SERVICE, "Other", "Asia/Tokyo")])
        self.people = [pipeline.person() for _ in range(3)]
        self.guests = [pipeline.guest(who) for who in self.people]
        self.foreign = pipeline.guest(self.people[0], service_id=OTHER_SERVICE)
        self.messages: dict[str, dict[str, Any]] = {}
        pipeline.tap_config = {
            "service_ids": [self.service],
            "start_date": "2026-01-01",
            "concurrency": 2,
        }
        pipeline.target_config = {"concurrency": 2, "checkpoint_records": 1}

    def set_zone(self, zone: str) -> None:
        """Move the service."""
        self.pipeline.sandbox.sandbox.store.execute(
            "UPDATE zg_services SET time_zone = ? WHERE id = ?", (zone, self.service)
        )

    # What may happen

    def step(self) -> None:
        """Let one thing happen."""
        happenings = (
            *[self.say] * 6,
            self.say_at_once,
            self.schedule,
            self.execute,
            self.arrive_late,
            self.translate,
            self.edit,
            self.delete,
            self.cancel,
            self.move,
            self.say_elsewhere,
        )
        self.random.choice(happenings)()
        self.pipeline.wait(self.random.choice([1, 60, 20 * 60, 5 * HOUR, 11 * HOUR]))

    def _add(self, **fields: Any) -> None:
        guest = self.random.choice(self.guests)
        now = self.pipeline.now + 1
        size = self.random.choice([1, 1, 1, 400])
        text = f"#{len(self.messages)}# " + "hello world 👍 " * size
        values = {"created_at": now, "updated_at": now, "body": text, **fields}
        identifier = self.pipeline.message(guest, **values)
        self.messages[identifier] = {"contact_id": guest, **values}

    def say(self) -> None:
        """Somebody writes."""
        self._add(direction=self.random.choice(["inbound", "outbound"]))

    def say_at_once(self) -> None:
        """Several messages share their second."""
        now = self.pipeline.now
        for _ in range(3):
            self._add(created_at=now, updated_at=now)

    def say_elsewhere(self) -> None:
        """Somebody writes to another service."""
        self.pipeline.message(self.foreign, service_id=OTHER_SERVICE, body="#elsewhere#")

    def schedule(self) -> None:
        """A message is recorded now and sent within six days."""
        at = self.pipeline.now + self.random.randint(HOUR, 6 * DAY)
        self._add(direction="outbound", is_delayed=True, execute_at=at)

    def _pick(self, *, waiting: bool) -> str | None:
        found = [
            identifier
            for identifier, row in self.messages.items()
            if bool(row.get("is_delayed")) == waiting
        ]
        return self.random.choice(found) if found else None

    def _change(self, identifier: str, **columns: Any) -> None:
        self.pipeline.change(identifier, **columns)
        self.messages[identifier].update(columns)

    def execute(self) -> None:
        """A scheduled message is sent, on time or late."""
        if identifier := self._pick(waiting=True):
            now = self.pipeline.now
            planned = self.messages[identifier]["execute_at"]
            if now < planned:
                self.pipeline.wait(planned - now)
            self._change(identifier, is_delayed=False, executed_at=self.pipeline.now)

    def arrive_late(self) -> None:
        """A message is recorded with a time that has passed."""
        self._add(created_at=self.pipeline.now - self.random.randint(1, 3 * DAY))

    def translate(self) -> None:
        """A translation comes afterwards."""
        if identifier := self._pick(waiting=False):
            self._change(identifier, translated_body="translated", translated_language="en")

    def edit(self) -> None:
        """The text of a message changes."""
        if identifier := self._pick(waiting=False):
            marker = self.messages[identifier]["body"].split(" ")[0]
            self._change(identifier, body=f"{marker} edited {self.pipeline.now}")

    def delete(self) -> None:
        """The guest deletes a message."""
        if identifier := self._pick(waiting=False):
            self._change(identifier, deleted_by_contact_at=self.pipeline.now)

    def cancel(self) -> None:
        """A scheduled message is removed before it is sent."""
        if identifier := self._pick(waiting=True):
            number = self.pipeline.numbers()[identifier]
            self.pipeline.sandbox.sandbox.store.execute(
                "DELETE FROM zg_messages WHERE number = ?", (number,)
            )
            del self.messages[identifier]

    def move(self) -> None:
        """The service moves to another time zone."""
        if self.random.random() < 0.3:
            self.set_zone(self.random.choice(ZONES))

    # Runs

    def crash(self) -> None:
        """Run, and die somewhere."""
        lines = self.pipeline.tap()
        match self.random.randrange(4):
            case 0:  # the tap dies: the target sees the end of its input
                self.pipeline.target(lines[: self.random.randint(0, len(lines))])
            case 1:  # the target dies before a write
                self._dying(lines, before=True)
            case 2:  # the target dies after a write
                self._dying(lines, before=False)
            case _:  # the answer to a write is lost on the way
                self.pipeline.sandbox.sandbox.faults.add(
                    kind="drop_after", path="*/composite/sobjects*", method="POST,PATCH", times=1
                )
                self.pipeline.target(lines, quick)
                self.pipeline.sandbox.sandbox.faults.clear()

    def _dying(self, lines: list[Any], *, before: bool) -> None:
        left = self.random.randint(0, 3)

        def prepare(target: TargetSalesforceActivity) -> None:
            writer = target.settler.writer
            write = writer.write

            def dying(writes: Any) -> Any:  # noqa: ANN401 - passed on
                nonlocal left
                left -= 1
                if left < 0 and before:
                    raise SystemExit(137)
                results = write(writes)
                if left < 0:
                    raise SystemExit(137)
                return results

            writer.write = dying  # type: ignore[method-assign] # the crash

        with suppress(SystemExit):
            self.pipeline.target(lines, prepare)

    def check(self) -> None:
        """Compare Salesforce with the history."""
        zones = self._zones()
        expected: dict[tuple[str, str], list[str]] = defaultdict(list)
        sent = [
            (row.get("executed_at") or row["created_at"], identifier, row)
            for identifier, row in self.messages.items()
            if not row.get("is_delayed")
        ]
        for at, identifier, row in sorted(sent, key=lambda each: each[:2]):
            who = self.people[self.guests.index(row["contact_id"])]
            shown = (
                "[deleted by contact]"
                if row.get("deleted_by_contact_at")
                else row["body"].split(" ")[0]
            )
            expected[who, _day(at, zones)].append(shown)
            assert identifier
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        keys = set()
        for task in sorted(self.pipeline.tasks(), key=_part):
            key = task["Zingle_Conversation_Key__c"] or task["CallObject"]
            assert key not in keys
            assert key.startswith(f"zgl:{self.service}:")
            keys.add(key)
            found[task["WhoId"], task["ActivityDate"]] += re.findall(
                r"(?m)^\[[^\]]*\] \w+ > (#\d+#|\[deleted by contact\])", task["Description"]
            )
        assert dict(expected) == dict(found)

    def _zones(self) -> list[tuple[date, str]]:
        (partition,) = self.pipeline.state["bookmarks"]["conversations"]["partitions"]
        return [
            (date.fromisoformat(row["from_date"] or "0001-01-01"), row["zone"])
            for row in partition["zones"]
        ]


def _day(at: int, zones: list[tuple[date, str]]) -> str:
    last = date.max
    for first, zone in reversed(zones):
        day = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).date()
        if day >= first:
            return min(day, last).isoformat()
        last = date.fromordinal(first.toordinal() - 1)
    raise AssertionError


def _part(task: dict[str, Any]) -> tuple[str, int]:
    key = task["Zingle_Conversation_Key__c"] or task["CallObject"]
    parts = key.split(":")
    return ":".join(parts[:4]), int(parts[4]) if len(parts) > 4 else 1


def quick(target: TargetSalesforceActivity) -> None:
    """Wait for nothing."""
    target.settler.sleep = lambda _: None


# An example runs both plugins several times: a third of the profile's examples is plenty.
@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 1_000_000), st.sampled_from(["unique", "absent"]))
def test_any_history_ends_with_each_message_once(pipeline: Pipeline, seed: int, key: str) -> None:
    """Whatever happened and wherever runs died, the next run puts everything right."""
    world = World(pipeline, seed, key)
    for _ in range(world.random.randint(1, 5)):
        for _ in range(world.random.randint(0, 8)):
            world.step()
        if world.random.random() < 0.5:
            world.crash()
        else:
            pipeline.run()
    pipeline.wait(HOUR)
    pipeline.run()
    world.check()
    pipeline.sandbox.clear_journal()
    pipeline.wait(HOUR)
    pipeline.run()

    assert (0, 0) == (pipeline.sandbox.writes("salesforce"), pipeline.sandbox.calls("salesforce"))
    assert [] == pipeline.sandbox.violations()
