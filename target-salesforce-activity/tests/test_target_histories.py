"""Random inputs of any tap, with kills, second runs and hidden fields: the end is the same."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_salesforce_activity.days import key_of
from zingle_sandbox.salesforce import insert_rows
from zingle_sync.singer import target as safe_target
from zingle_sync.singer.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Pipeline
    from target_salesforce_activity.target import TargetSalesforceActivity

Line = dict[str, Any]
VENDOR, EDITOR = "005000000000777AAA", "005000000000778AAA"
HIDDEN = ("", "", "Contact.Email", "Lead.IsConverted", "Lead", "Contact.OtherPhone,Lead.Email")
PEOPLE: tuple[tuple[str, Line], ...] = (
    ("Contact", {"Phone": "858-555-1201"}),
    ("Contact", {"OtherPhone": "9123 4567", "MailingCountry": "Singapore"}),
    ("Contact", {"Email": "three@hotel.com"}),
    ("Lead", {"MobilePhone": "+1 858 555 1204"}),
    ("Lead", {"Email": "five@hotel.com", "Phone": "858 555 1205", "Country": "Nowhere"}),
    ("Contact", {"Phone": "858-555-1206"}),
    ("Contact", {"HomePhone": "(858) 555 1206"}),
)


class History:
    """An input, and the world that it is fed to; the same for the same seed."""

    def __init__(self, pipeline: Pipeline, seed: int, key: str) -> None:
        """Make up who writes what on which day."""
        self.pipeline = pipeline
        self.seed = seed
        self.key = key
        self.outcomes: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.theirs: dict[str, tuple[str, str, str]] = {}
        self.adoptable: set[str] = set()

    def start(self) -> list[Line]:
        """Empty the world, fill it with people, and return the whole input."""
        rng = random.Random(self.seed)
        sandbox = self.pipeline.sandbox.sandbox
        self.pipeline.reset()
        sandbox.clock.freeze()
        sandbox.set_options(
            {
                "salesforce_activity_key": self.key,
                "salesforce_hidden_fields": rng.choice(HIDDEN),
                "salesforce_short_pages": rng.random() < 0.3,
            }
        )
        people = [
            self.pipeline.person(kind, **{**fields, "LastName": f"Person {number}"})
            for number, (kind, fields) in enumerate(PEOPLE)
        ]
        self.names = {who: f"Person {number}" for number, who in enumerate(people)}
        self.pipeline.target_config = {"adopt_tasks": rng.random() < 0.7}
        self.adoptable = self._log_as_the_vendor(rng, people)
        return self._lines(rng, people)

    def _log_as_the_vendor(self, rng: random.Random, people: list[str]) -> set[str]:
        """Let the vendor have logged some days; which of its Tasks nobody has edited."""
        rows = [
            {
                "Subject": "Zingle Conversation",
                "Description": f"02/{day}/2026 09:41 AM Guest: hi {number}",
                "WhoId": rng.choice(people),
                "ActivityDate": f"2026-02-{day}",
                "CreatedDate": f"2026-02-{day}T12:00:0{number % 10}.000+0000",
                "CreatedById": VENDOR,
                "LastModifiedById": rng.choice([VENDOR, VENDOR, VENDOR, EDITOR]),
            }
            for number, day in enumerate(rng.choices(("26", "27", "28"), k=rng.randint(0, 12)))
        ]
        ids = insert_rows(self.pipeline.sandbox.sandbox, "Task", rows)
        self.theirs = {
            task["Id"]: (task["WhoId"], task["ActivityDate"], task["Description"])
            for task in self.pipeline.tasks()
        }
        pairs = zip(ids, rows, strict=True)
        return {task_id for task_id, row in pairs if row["LastModifiedById"] == VENDOR}

    def _lines(self, rng: random.Random, people: list[str]) -> list[Line]:
        guests = [
            {"contact_id": "linked", "contact_external_id": people[0]},
            {"contact_id": "linked:lead", "contact_external_id": people[3][:15]},
            {"contact_id": "gone", "contact_external_id": "003000000000999AAA"},
            {"contact_id": "sg", "phones": ["+6591234567"]},
            {"contact_id": "mail", "emails": ["three@hotel.com", "nobody@hotel.com"]},
            {"contact_id": "both", "phones": ["+18585551205"], "emails": ["five@hotel.com"]},
            {"contact_id": "twice", "phones": ["+18585551206"]},
            {"contact_id": "stranger", "phones": ["+15102345678"]},
        ]
        days: dict[tuple[int, str], list[Line]] = {}
        lines: list[Line] = []
        for number in range(rng.randint(5, 40)):
            guest, date = rng.randrange(len(guests)), f"2026-02-{rng.randint(26, 28)}"
            messages = days.setdefault((guest, date), [])
            self._happen(rng, messages, number, date)
            row = {"service_id": "s", "date": date, "messages": messages, **guests[guest]}
            lines.append(
                {"type": "RECORD", "stream": "days", "record": {**row, "messages": list(messages)}}
            )
            if rng.random() < 0.15:
                bad = {
                    **row,
                    "contact_id": f"bad-{number}",
                    rng.choice(["messages", "date", "phones"]): 5,
                }
                lines.append({"type": "RECORD", "stream": "days", "record": bad})
            if rng.random() < 0.5:
                lines.append({"type": "STATE", "value": {"read": len(lines) + 1}})
        lines.append({"type": "STATE", "value": {"read": len(lines) + 1}})
        return lines

    @staticmethod
    def _happen(rng: random.Random, messages: list[Line], number: int, date: str) -> None:
        """A message comes, goes, or changes."""
        what = rng.random()
        if messages and what < 0.15:
            messages.pop(rng.randrange(len(messages)))
            return
        body = f"#{number}# " + "hello world 👍\n" * rng.choice([1, 1, 1, 600])
        if messages and what < 0.3:
            messages[-1] = {**messages[-1], "body": body}
            return
        at = f"{date}T{rng.randint(0, 23):02d}:{number:02d}:00Z"
        way = rng.choice(["inbound", "Outbound"])
        messages.append({"id": str(number), "at": at, "direction": way, "body": body})

    def feed(
        self,
        lines: list[Line],
        prepare: Callable[[TargetSalesforceActivity], object] | None = None,
        **config: Any,
    ) -> None:
        """Run the target on what its state has not passed, and keep what became of it."""
        read = (self.pipeline.state or {}).get("read", 0)
        try:
            self.pipeline.foreign(lines[read:], prepare, max_error_rate=1, **config)
        finally:
            self.outcomes |= {each.source_key: each.kind for each in self.pipeline.outcomes}

    def tasks(self) -> dict[str, tuple[Any, ...]]:
        """What Salesforce shows at the end, by key.

        Nothing is ever deleted: what a longer day left behind, emptied, does not count.
        """
        shown = [
            task
            for task in self.pipeline.tasks()
            if (task["Zingle_Conversation_Key__c"] or task["CallObject"])
            and task["Description"] != "(moved)"
            and "\n0 messages: " not in task["Description"]
        ]
        by_key = {
            task["Zingle_Conversation_Key__c"] or task["CallObject"]: (
                self.names.get(task["WhoId"]),
                task["ActivityDate"],
                task["Description"],
            )
            for task in shown
        }
        assert len(by_key) == len(shown)
        return by_key


def adopted(history: History) -> tuple[set[str], list[tuple[str, str, str]]]:
    """Which days took a Task of the vendor's, and what the others of theirs say.

    Raises:
        AssertionError: If one that somebody has edited was taken, or the rest was changed.
    """
    taken, rest = {}, []
    for task in history.pipeline.tasks():
        if task["Id"] not in history.theirs:
            continue
        key = task["Zingle_Conversation_Key__c"] or task["CallObject"]
        if key:
            taken[key] = task["Id"]
            assert history.theirs[task["Id"]][:2] == (task["WhoId"], task["ActivityDate"])
        else:
            who, day, text = history.theirs[task["Id"]]
            assert (who, day, text) == (task["WhoId"], task["ActivityDate"], task["Description"])
            rest.append((history.names[who], day, text))
    assert set(taken.values()) <= history.adoptable
    assert not taken or history.pipeline.target_config["adopt_tasks"]
    if history.pipeline.target_config["adopt_tasks"]:
        # Nothing that could be taken stands beside a first Task of ours.
        places = {
            (task["WhoId"], task["ActivityDate"])
            for task in history.pipeline.tasks()
            if task["Id"] in history.theirs
            and task["Id"] in history.adoptable
            and not (task["Zingle_Conversation_Key__c"] or task["CallObject"])
        }
        several = Counter(place[:2] for place in history.theirs.values())
        ours = Counter(
            (task["WhoId"], task["ActivityDate"])
            for task in history.pipeline.tasks()
            if (task["Zingle_Conversation_Key__c"] or task["CallObject"]) and task["WhoId"]
        )
        assert all(several[place] > 1 for place in places if ours[place])
    return set(taken), sorted(rest)


def disturb(history: History, rng: random.Random, lines: list[Line]) -> None:
    """Run, and let something happen at one of the calls: death before or after it, a second run."""
    left = rng.randint(0, 12)
    how = rng.choice(["before", "after", "second", "second"])

    def prepare(target: TargetSalesforceActivity) -> None:
        target.settler.sleep = lambda _: None
        call = target.salesforce._caller.call

        def disturbed(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - passed on
            nonlocal left
            left -= 1
            if left == 0 and how == "second":
                state, outcomes = history.pipeline.state, history.pipeline.outcomes
                with pytest.raises(AlreadyRunning):
                    history.feed(lines)
                history.pipeline.state, history.pipeline.outcomes = state, outcomes
            if left == 0 and how == "before":
                raise SystemExit(137)
            answer = call(*args, **more)
            if left == 0 and how == "after":
                raise SystemExit(137)
            return answer

        target.salesforce._caller.call = disturbed  # type: ignore[method-assign] # the disturbance

    with suppress(SystemExit):
        history.feed(
            lines,
            prepare,
            checkpoint_records=rng.randint(1, 5),
            concurrency=rng.randint(1, 3),
        )


def check(pipeline: Pipeline, seed: int, key: str, disturbances: int) -> None:
    """Feed one input twice, undisturbed and disturbed, and compare."""
    history = History(pipeline, seed, key)
    history.feed(history.start())
    undisturbed, taken = history.tasks(), adopted(history)
    history.outcomes.clear()

    lines = history.start()
    rng = random.Random(seed + 1)
    for _ in range(disturbances):
        disturb(history, rng, lines)
    history.feed(lines, checkpoint_records=rng.randint(1, 5))

    assert undisturbed == history.tasks()
    assert taken == adopted(history)
    assert lines[-1]["value"] == pipeline.state
    records = [line["record"] for line in lines if line["type"] == "RECORD"]
    assert {key_of(record) for record in records} <= {
        *history.outcomes,
        *(
            name
            for record in records
            if not isinstance(record["date"], str)
            for name in [key_of(record)]
        ),
    }
    pipeline.state = None
    pipeline.sandbox.clear_journal()
    history.feed(lines, checkpoint_records=1_000)
    assert not any("adopted_task" in each.warnings for each in pipeline.outcomes)
    assert pipeline.sandbox.writes("salesforce") == 0
    assert pipeline.sandbox.violations() == []


@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 1_000_000),
    key=st.sampled_from(["unique", "non_unique", "absent"]),
    disturbances=st.integers(1, 4),
)
def test_whatever_disturbs_the_target_the_end_is_the_same(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, seed: int, key: str, disturbances: int
) -> None:
    """Killed at any call and resumed from its state, beside others: as if it had run in one go."""
    monkeypatch.setattr(safe_target, "LOCK_SECONDS", 0.0)
    check(pipeline, seed, key, disturbances)
