"""Random histories of an org, read with crashes at any row and any request, lose no row version."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_salesforce_zingle.plan.columns import Leaf
from tap_salesforce_zingle.plan.plans import Plan, with_columns, with_condition
from tap_salesforce_zingle.read.reader import Reader
from tap_salesforce_zingle.read.windows import Settings, ended_state, text_of
from zingle_sync.salesforce import (
    LocatorLostError,
    QueryPage,
    RowsMissingError,
    TooLargeError,
    TransientError,
)

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
LOOKBACK = 60
MARGIN = 5


def stamp_of(second: int) -> str:
    """The text of a moment of the history."""
    return text_of(BEGIN + timedelta(seconds=second), "datetime")


@dataclass(frozen=True)
class Version:
    """One state of one row: from `second` on, seen by others from `visible` on."""

    row_id: str
    second: int
    visible: int
    value: int
    is_deleted: bool = False


class EveryPage(frozenset[int]):
    """Requests that lose their result: all but the first of a query, which `Org` tells apart."""


@dataclass
class Trouble:
    """What goes wrong at which request, counted over all runs."""

    lost: frozenset[int] = frozenset()
    crash: frozenset[int] = frozenset()
    tick: int = 0  # seconds that pass between two pages
    most: int | None = None  # more rows than this, in more than one second, time out
    vanishing: int = 0  # pages that are cut short without a word


@dataclass
class Org:
    """A Salesforce that answers from a history; pages show rows as they are when asked for."""

    versions: list[Version]
    page_size: int
    trouble: Trouble
    now: int = 0
    requests: int = 0
    pages_seen: list[str] = field(default_factory=list)

    @property
    def server_now(self) -> datetime:
        """The time of the history."""
        return BEGIN + timedelta(seconds=self.now)

    def current(self, now: int) -> dict[str, Version]:
        """What everybody sees at a moment: the newest visible version of each row."""
        rows: dict[str, Version] = {}
        for version in sorted(self.versions, key=lambda version: version.second):
            if version.visible <= now:
                rows[version.row_id] = version
        return rows

    def query(self, soql: str, *, include_deleted: bool) -> Iterator[QueryPage]:
        """Answer the reader's kind of query."""
        self.request()
        condition = re.fullmatch(r"SELECT .* WHERE (.*) ORDER BY SystemModstamp, Id", soql)
        assert condition is not None, soql
        test = as_python(condition[1])
        rows = sorted(
            (
                version
                for version in self.current(self.now).values()
                if matches(test, version) and (include_deleted or not version.is_deleted)
            ),
            key=lambda version: (version.second, version.row_id),
        )
        self.time_out(rows)
        parts = [rows[n : n + self.page_size] for n in range(0, len(rows), self.page_size)] or [[]]
        came = 0
        for number, part in enumerate(parts):
            if number:
                self.request(is_first=False)
                self.now += self.trouble.tick
            # What has changed since the query was sent comes as it is now, ahead of its turn.
            current = self.current(self.now)
            records = [row_of(current[version.row_id]) for version in part]
            if self.trouble.vanishing and len(parts) > 1:
                self.trouble.vanishing -= 1
                records = records[:-1]
            came += len(records)
            yield QueryPage(records, len(rows), number == len(parts) - 1, None)
        if came < len(rows):
            raise RowsMissingError(len(rows), came)

    def request(self, *, is_first: bool = True) -> None:
        """Count a request; it may be one of those that fail."""
        self.requests += 1
        if isinstance(self.trouble.lost, EveryPage) and not is_first:
            raise LocatorLostError("unknown locator", status=400, code="INVALID_QUERY_LOCATOR")
        if self.requests in self.trouble.crash:
            raise TransientError("the network is down")
        if self.requests in self.trouble.lost:
            raise LocatorLostError("unknown locator", status=400, code="INVALID_QUERY_LOCATOR")

    def time_out(self, rows: list[Version]) -> None:
        """Refuse to sort too many rows, unless they are all of one second."""
        seconds = {version.second for version in rows}
        if self.trouble.most is not None and len(rows) > self.trouble.most and len(seconds) > 1:
            raise TooLargeError("too long", status=400, code="QUERY_TIMEOUT")


STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def as_python(condition: str) -> str:
    """A SOQL condition as a Python expression."""
    text = STAMP.sub(lambda match: f"'{match.group()}'", condition)
    text = re.sub(r"(?<![<>])=", "==", text)
    return text.replace(" AND ", " and ").replace(" OR ", " or ")


def matches(test: str, version: Version) -> bool:
    """Whether a version fulfils a condition."""
    names = {
        "SystemModstamp": stamp_of(version.second),
        "Id": version.row_id,
        "IsDeleted": version.is_deleted,
        "true": True,
        "false": False,
    }
    return bool(eval(test, names))


def row_of(version: Version) -> dict[str, Any]:
    """A version as REST answers it."""
    return {
        "attributes": {"type": "Contact"},
        "Id": version.row_id,
        "SystemModstamp": stamp_of(version.second).replace("Z", "+0000"),
        "Value": version.value,
        "IsDeleted": version.is_deleted,
    }


PLAN = with_columns(
    Plan(
        "Contact",
        {"FROM": "Contact"},
        (),
        key="SystemModstamp",
        include_deleted=True,
        api="rest",
    ),
    [
        Leaf("Id", "id"),
        Leaf("SystemModstamp", "datetime"),
        Leaf("Value", "int"),
        Leaf("IsDeleted", "boolean"),
    ],
)
SETTINGS = Settings("SystemModstamp", lookback=timedelta(seconds=LOOKBACK))


def run(
    org: Org,
    state: dict[str, Any],
    *,
    stop_after: int | None,
    state_every: int,
    settings: Settings = SETTINGS,
    in_two_passes: bool = False,
) -> tuple[list[dict[str, Any]], dict[str, Any], bool]:
    """One run of the tap: what it delivered, the last state it wrote, and whether it got through."""
    written = copy.deepcopy(state)
    delivered: list[dict[str, Any]] = []
    now = org.server_now
    passes = [("", state)]
    if in_two_passes:
        passes = [("IsDeleted = true", ended_state(state)), ("IsDeleted = false", state)]
    for condition, part in passes:
        plan = with_condition(PLAN, condition)
        reader = Reader(org, plan, part, settings, now=now if in_two_passes else None)  # type: ignore[arg-type]  # as much of a client as is needed
        try:
            for record in reader.records():
                delivered.append(record)
                if len(delivered) % state_every == 0:
                    written = copy.deepcopy(state)
                if stop_after is not None and len(delivered) >= stop_after:
                    return delivered, written, False
        except (TransientError, LocatorLostError):
            return delivered, written, False
    return delivered, copy.deepcopy(state), True


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Rows that are made, changed and deleted, many in one second, some of them seen late."""
    count = draw(st.integers(0, 40))
    seconds = draw(st.sampled_from([3, 20, 300]))
    return [
        Version(
            row_id=f"003{draw(st.integers(0, 15)):015}",
            second=(second := draw(st.integers(0, seconds))),
            visible=second + draw(st.sampled_from([0, 0, 0, 1, LOOKBACK - MARGIN - 1])),
            value=number,
            is_deleted=draw(st.sampled_from([False, False, True])),
        )
        for number in range(count)
    ]


def facts_of(record: dict[str, Any]) -> tuple[str, str, bool]:
    """Which version of which row a record is."""
    return record["Id"], record["SystemModstamp"], record["IsDeleted"]


@given(
    versions=histories(),
    page_size=st.integers(1, 7),
    state_every=st.integers(1, 5),
    stops=st.lists(st.one_of(st.none(), st.integers(1, 12)), max_size=6),
    pauses=st.lists(st.integers(0, 90), min_size=7, max_size=7),
    trouble=st.builds(
        Trouble,
        lost=st.frozensets(st.integers(1, 30), max_size=3),
        crash=st.frozensets(st.integers(1, 30), max_size=3),
        tick=st.sampled_from([0, 0, 1, 7]),
        most=st.sampled_from([None, None, 2, 10]),
        vanishing=st.sampled_from([0, 0, 1, 2]),
    ),
    in_two_passes=st.booleans(),
)
def test_no_version_is_lost(  # noqa: PLR0917 - each is drawn
    versions: list[Version],
    page_size: int,
    state_every: int,
    stops: list[int | None],
    pauses: list[int],
    trouble: Trouble,
    in_two_passes: bool,
) -> None:
    """After a run that got through, every row's version as of the window's end was delivered."""
    # One row changes at most once a second: of two versions of the same stamp the later one counts.
    versions = list({(v.row_id, v.second): v for v in versions}.values())
    if trouble.vanishing:
        # What is missing from a page shows at the end of its query, which must be reached.
        stops, trouble.crash, trouble.lost = [], frozenset(), frozenset()
    org = Org(versions, page_size, trouble)
    state: dict[str, Any] = {}
    seen: set[tuple[str, str, bool]] = set()
    for stop_after, pause in zip([*stops, None], pauses, strict=False):
        org.now += pause
        delivered, state, _ = run(
            org,
            state,
            stop_after=stop_after,
            state_every=state_every,
            in_two_passes=in_two_passes,
        )
        seen |= {facts_of(record) for record in delivered}
    # Everything has long been visible when the last runs get through, without further trouble.
    trouble.crash = frozenset()
    for _ in range(2):
        org.now += 1000
        delivered, state, through = run(
            org, state, stop_after=None, state_every=state_every, in_two_passes=in_two_passes
        )
        seen |= {facts_of(record) for record in delivered}

    newest = org.current(org.now).values()
    expected = {(v.row_id, stamp_of(v.second), v.is_deleted) for v in newest}
    assert (set(), True) == (expected - seen, through)
    assert state["replication_key_value"] == stamp_of(org.now - MARGIN)
    assert "resume" not in state


@given(count=st.integers(1, 60), page_size=st.integers(1, 20), stop=st.integers(1, 60))
def test_ties_are_resumed_between(count: int, page_size: int, stop: int) -> None:
    """A crash among rows of the same second goes on behind the last one, reading none twice."""
    versions = [Version(f"003{n:015}", 7, 7, n) for n in range(count)]
    org = Org(versions, page_size, Trouble(), now=100)

    first, state, through = run(org, {}, stop_after=stop, state_every=1)
    second, _, _ = run(org, state, stop_after=None, state_every=1)

    expected = [version.row_id for version in versions]
    if not through:
        # The resumed window first; the next one begins in the lookback and brings ties again.
        second = second[: count - len(first)]
        assert expected == [record["Id"] for record in first + second]


@pytest.mark.parametrize("stop", [1, 1999, 2000, 2001, 3456])
def test_thousands_of_ties(stop: int) -> None:
    """Of thousands of rows of one second, a crash in the middle of a page loses or doubles none."""
    versions = [Version(f"003{n:015}", 7, 7, n) for n in range(4_100)]
    org = Org(versions, 2_000, Trouble(), now=1_000)

    first, state, _ = run(org, {}, stop_after=stop, state_every=1)
    second, _, through = run(org, state, stop_after=None, state_every=1)

    expected = [version.row_id for version in versions]
    assert (True, expected) == (through, [record["Id"] for record in first + second])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30, unique=True))
def test_quiet_run_reads_only_the_lookback(seconds: list[int]) -> None:
    """When nothing has changed, only rows of the lookback come again."""
    versions = [Version(f"003{second:015}", second, second, 0) for second in seconds]
    org = Org(versions, 5, Trouble(), now=60)
    _, state, _ = run(org, {}, stop_after=None, state_every=1)
    org.now += 3600

    _, state, _ = run(org, state, stop_after=None, state_every=1)
    org.now += 3600
    third, _, _ = run(org, state, stop_after=None, state_every=1)

    assert [] == third


@given(
    st.lists(st.integers(0, 40), max_size=30, unique=True), st.lists(st.integers(0, 9), max_size=9)
)
def test_windows_meet_without_lookback(seconds: list[int], pauses: list[int]) -> None:
    """Without lookback, and with nothing late, the windows give every row exactly once."""
    settings = Settings("SystemModstamp", lookback=timedelta(0))
    versions = [Version(f"003{second:015}", second, second, 0) for second in seconds]
    org = Org(versions, 3, Trouble())
    state: dict[str, Any] = {}
    ids: list[str] = []
    for pause in [*pauses, 1000]:
        org.now += pause
        part, state, _ = run(org, state, stop_after=None, state_every=1, settings=settings)
        ids += [record["Id"] for record in part]

    assert sorted(version.row_id for version in versions) == sorted(ids)


@given(stop=st.integers(1, 6), page_size=st.integers(1, 4))
def test_row_that_comes_ahead_of_its_turn(stop: int, page_size: int) -> None:
    """A crash behind a row that was changed while being read skips none of the rows in between."""
    versions = [Version(f"003{second:015}", second, second, 0) for second in (10, 20, 30, 40, 50)]
    # Written at 470 by a long transaction, seen by others while the second page is being fetched.
    changed = [Version(versions[n].row_id, 470, 503, 1) for n in (1, 2)]
    org = Org([*versions, *changed], page_size, Trouble(tick=7), now=500)

    first, state, _ = run(org, {}, stop_after=stop, state_every=1)
    org.now += 1000
    second, _, _ = run(org, state, stop_after=None, state_every=1)

    expected = {(v.row_id, stamp_of(v.second)) for v in org.current(org.now).values()}
    seen = {(record["Id"], record["SystemModstamp"]) for record in first + second}
    assert set() == expected - seen


@given(
    count=st.integers(1, 60),
    page_size=st.integers(1, 5),
    seconds=st.integers(1, 50),
    in_two_passes=st.booleans(),
)
def test_short_sessions_end(count: int, page_size: int, seconds: int, in_two_passes: bool) -> None:
    """A run whose every second page is lost comes to its end, in the lookback too, and says all."""
    versions = [Version(f"003{n:015}", n % seconds, n % seconds, n) for n in range(count)]
    # Every request but the first of each query: no run could ever see a second page.
    org = Org(versions, page_size, Trouble(lost=EveryPage()), now=seconds + MARGIN)

    delivered, _, through = run(
        org, {}, stop_after=None, state_every=1, in_two_passes=in_two_passes
    )

    assert (True, {version.row_id for version in versions}) == (
        through,
        {record["Id"] for record in delivered},
    )
