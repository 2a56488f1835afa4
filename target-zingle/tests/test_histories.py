"""Histories: random worlds and orders, killed at any write and resumed from the STATE that came."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from zingle_sync.zingle import Zingle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conftest import Make, Result, World

PHONES = [f"+1858555{n:04}" for n in range(1201, 1207)]
EMAILS = [f"guest{n}@harbor-guests.net" for n in range(1, 5)]
WRITES = (
    *("create_contact", "create_contact_v1", "update_contact", "set_field", "add_channel"),
    *("set_external_id", "replace_contact_v2", "update_channel", "add_label"),
)
PATCHES = ["merge", "merge", "replaces_channels", "absent", "ignored"]
EXAMPLES = int(
    os.environ.get("HISTORIES", "1500" if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else "25")
)


@dataclass
class Plan:
    """One history.

    Attributes:
        contacts: Guests of the service before.
        records: Stream and record, in order of arrival.
        how: The target's settings.
        api: Options of the service, and the reading of `v2_put`.
        kills: For each start, at which write it dies, and whether that write took effect.
        losing: Whether rows go from the list while it is read.
    """

    contacts: list[dict[str, Any]] = field(default_factory=list)
    records: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    how: dict[str, Any] = field(default_factory=dict)
    api: dict[str, Any] = field(default_factory=dict)
    kills: list[tuple[int, bool]] = field(default_factory=list)


@st.composite
def plans(draw: st.DrawFn, make: Make) -> Plan:
    """Guests with unique channels, and people who share, convert, merge and go."""
    channels = draw(st.permutations([*PHONES, *EMAILS]))
    links = draw(
        st.permutations([("003", n) for n in range(1, 5)] + [("00Q", n) for n in range(1, 3)])
    )
    contacts = []
    for _ in range(draw(st.integers(0, 4))):
        mine = [channels.pop() for _ in range(draw(st.integers(1, 2)))]
        prefix, number = links.pop()
        blocked = draw(st.sampled_from([False, False, False, True]))
        contacts.append(
            {
                "channels": [
                    {"type": "phone", "value": value, "country": "US", "block_outbound": blocked}
                    if value.startswith("+")
                    else {"type": "email", "value": value}
                    for value in mine
                ],
                "first": draw(st.sampled_from(["Ann1", "Bob"])),
                "external_id": draw(st.sampled_from([None, make.salesforce_id(prefix, number)])),
                "locked_by_source": draw(st.sampled_from([None, None, None, "pms"])),
                "optin_status": draw(st.sampled_from([None, None, "opted-out"])),
            }
        )
    records = []
    for number in range(1, 5):
        fate = draw(st.sampled_from(["living", "living", "living", "deleted", "merged"]))
        heir = draw(st.integers(1, 4))
        gone = fate == "deleted" or (fate == "merged" and heir < number)
        records.append(("contacts", make.person(
            number,
            MobilePhone=draw(st.sampled_from([None, *PHONES])),
            Email=draw(st.sampled_from([None, *EMAILS])),
            IsDeleted=gone,
            MasterRecordId=make.salesforce_id("003", heir) if gone and fate == "merged" else None,
        )))  # fmt: skip
    for number in range(1, 3):
        heir = draw(st.sampled_from([None, 1, 2, 3]))
        records.append(("leads", make.lead(
            number,
            MobilePhone=draw(st.sampled_from([None, *PHONES])),
            Email=draw(st.sampled_from([None, *EMAILS])),
            IsConverted=heir is not None,
            ConvertedContactId=make.salesforce_id("003", heir) if heir else None,
        )))  # fmt: skip
    how = {
        "lookup": draw(st.sampled_from(["auto", "index", "per_record"])),
        "max_creates_per_run": draw(st.sampled_from([0, 500, 5000])),
        "checkpoint_records": draw(st.sampled_from([1, 2, 1000])),
        "link_matched": draw(st.sampled_from([True, True, False])),
        "on_source_delete": draw(st.sampled_from(["ignore", "unlink", "label:VIP"])),
    }
    api = {
        "zingle_v2_patch": draw(st.sampled_from(PATCHES)),
        "zingle_v2_patch_absent": draw(st.sampled_from([404, 405, 501])),
        "v2_put": draw(st.sampled_from(["merge", "replace"])),
    }
    kills = draw(st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=3))
    return Plan(contacts, draw(st.permutations(records)), how, api, kills)


class Killer:
    """Ends the run at one of its writes, before or behind its effect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lock = threading.Lock()
        self.left, self.behind = -1, False
        for name in WRITES:
            monkeypatch.setattr(Zingle, name, self._killing(getattr(Zingle, name)))

    def _killing(self, write: Any) -> Any:  # noqa: ANN401 - any method
        def call(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - any method
            with self._lock:
                self.left -= 1
                dies = self.left == -1
            if dies and not self.behind:
                raise SystemExit(143)
            answer = write(*args, **more)
            if dies:
                raise SystemExit(143)
            return answer

        return call

    def arm(self, writes: int | None, *, behind: bool = False) -> None:
        """Die at the write after so many; never, if None."""
        self.left, self.behind = (1 << 30) if writes is None else writes, behind


def lines_of(
    make: Make, plan: Plan, start: int, only: Collection[str] | None = None
) -> Iterator[dict[str, Any]]:
    """The input from a record on, with a STATE behind each record; `only` names some."""
    for stream, fields in (("contacts", make.contact_fields), ("leads", make.lead_fields)):
        schema = make.schema(fields)
        yield {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["Id"]}
    for place, (stream, record) in enumerate(plan.records[start:], start + 1):
        if only is not None and record["Id"] not in only:
            continue
        yield {"type": "RECORD", "stream": stream, "record": record}
        yield {"type": "STATE", "value": {"place": place}}


def waiting(world: World) -> set[str]:
    """Who is kept for the daily replay."""
    with sqlite3.connect(world.running.state_dir / "log.db") as log:
        return {key for (key,) in log.execute("SELECT source_key FROM rejected")}


def essence(contacts: dict[str, Any]) -> list[str]:
    """The guests without their ids, and without the order in which they were created."""
    return sorted(json.dumps(guest, sort_keys=True) for guest in contacts.values())


def unlinked(contacts: dict[str, Any]) -> list[str]:
    """The same, without the links of those who are linked after a proof only."""
    return essence(
        {
            key: {**one, "external_id": None if protected(one) else one["external_id"]}
            for key, one in contacts.items()
        }
    )


def protected(guest: dict[str, Any]) -> bool:
    """Whether nobody is linked to a guest before linking was seen to do no harm."""
    blocked = any(channel[4] for channel in guest["channels"])
    return bool(guest["locked"] or guest["optin"] == "opted-out" or blocked)


def nothing_is_lost(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whoever was there keeps every channel with its block, label, value, flag, lock and opt-out."""
    for contact_id, old in before.items():
        new = after[contact_id]
        held = {(channel[0], channel[4]) for channel in new["channels"]}
        assert {(channel[0], channel[4]) for channel in old["channels"]} <= held
        assert set(old["labels"]) <= set(new["labels"])
        for key in ("flags", "optin", "locked", "notes", "title"):
            assert old[key] == new[key], key
        assert {key for key, value in old["fields"].items() if value} <= {
            key for key, value in new["fields"].items() if value
        }


def build(world: World, plan: Plan) -> None:
    """Start anew."""
    world.reset()
    options = dict(plan.api)
    world.running.sandbox.choose_profile({"v2_put": options.pop("v2_put")})
    world.running.sandbox.set_options(options)
    for contact in plan.contacts:
        world.contact(**contact)


def test_histories(world: World, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed anywhere and resumed, everybody has an outcome and the end is as if undisturbed."""
    killer = Killer(monkeypatch)
    monkeypatch.setattr(Zingle, "pause", lambda _client, _attempt: None)

    def run(plan: Plan, start: int = 0) -> Result:
        return world.listen(list(lines_of(make, plan, start)), **plan.how)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(plans(make))
    def check(plan: Plan) -> None:
        build(world, plan)
        before = world.contacts()
        killer.arm(None)
        run(plan)
        undisturbed = world.contacts()
        nothing_is_lost(before, undisturbed)
        assert 0 == run(plan).writes
        assert undisturbed == world.contacts()

        build(world, plan)
        told: set[str] = set()
        start = 0
        for writes, behind in [*plan.kills, (None, False)]:
            killer.arm(writes, behind=behind)
            try:
                result = run(plan, start)
            except SystemExit as died:
                event("killed")
                result = died.result  # type: ignore[attr-defined]  # by the fixture
            told |= {outcome.source_key for outcome in result.outcomes}
            start = result.states[-1]["place"] if result.states else start
        if plan.kills:
            # Whom STATE passed as left out before a death are tried again by the daily replay.
            world.listen(list(lines_of(make, plan, 0, waiting(world))), **plan.how)
        assert {record["Id"] for _, record in plan.records} == told
        assert unlinked(undisturbed) == unlinked(world.contacts())

        # A link that waits for a proof may come with the next run that can bring it.
        run(plan)
        assert essence(undisturbed) == essence(world.contacts())
        assert 0 == run(plan).writes
        assert essence(undisturbed) == essence(world.contacts())
        assert [] == world.running.violations()

    check()
