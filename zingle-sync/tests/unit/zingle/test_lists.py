"""Lists are complete, or they say that this is not proved: whatever happens between two pages."""

from __future__ import annotations

import contextlib
import random
import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.zingle.errors import ClientBugError, TransientError
from zingle_sync.zingle.list_proof import each_row
from zingle_sync.zingle.lists import Listing, TieBreaker
from zingle_sync.zingle.pages import Page, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zingle_sync.zingle.list_proof import PageOf
    from zingle_sync.zingle.lists import SortedBy

START = 1_700_000_000
SIZE = 20

Row = dict[str, Any]
Drift = tuple[str, ...]


@dataclass
class Server:
    """A list of API v1 whose rows others delete, add and change between two answers.

    Attributes:
        rows: The rows.
        drift: What happens after each answer, in turn.
        filtering: What `greater_than` means to it.
        by_id: Whether it sorts by id.
        shuffled: Whether rows that sort alike come in another order each time.
        announced: What it says of a list's length, given that and the rows that come.
    """

    rows: list[Row]
    drift: Drift = ()
    filtering: str = "strict"
    by_id: bool = True
    shuffled: bool = False
    seed: int = 0
    calls: int = 0
    largest: int = SIZE
    announced: Callable[[int, int], int | None] = lambda total, _: total
    gone: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def page(self, params: Mapping[str, str], number: int, size: int) -> Page:
        """One page, and then something happens."""
        self.calls += 1
        size = min(size, self.largest)
        found = self._sorted(params["sort_fields"], self._filtered(params.get("created_at")))
        first = (number - 1) * size
        rows = [dict(row) for row in found[first : first + size]]
        if self.drift:
            for what in self.drift[self.calls % len(self.drift)].split("+"):
                self._happens(what, rows)
        total = self.announced(len(found), len(rows))
        pages = None if total is None else -(-total // size)
        status = {"page_size": size, "total_records": total, "total_pages": pages}
        return read_page({"status": status, "result": rows}, page=number, page_size=size)

    def _filtered(self, bound: str | None) -> list[Row]:
        match = re.fullmatch(r"greater_than\((\d+)\)", bound or "")
        if match is None or self.filtering == "ignored":
            return self.rows
        seconds = int(match[1])
        if self.filtering == "milliseconds":
            seconds //= 1000
        if self.filtering == "inclusive":
            return [row for row in self.rows if row["created_at"] >= seconds]
        return [row for row in self.rows if row["created_at"] > seconds]

    def _sorted(self, sort: str, rows: list[Row]) -> list[Row]:
        by, way = sort.split(",", maxsplit=1)[0].split()
        exact = sort.endswith(",id asc")
        if exact and not self.by_id:
            raise ClientBugError("2609", status=400)
        down = way == "desc"
        ordered = sorted(
            rows, key=lambda row: ((row[by] or 0) * (-1 if down else 1), int(row["id"]))
        )
        if exact or not self.shuffled:
            return ordered
        shuffled: list[Row] = []
        for _, tie in groupby(ordered, key=lambda row: row[by]):
            shuffled += random.Random(f"{self.seed}{self.calls}").sample(
                group := list(tie), len(group)
            )
        return shuffled

    def _happens(self, what: str, answered: list[Row]) -> None:
        chosen = random.Random(f"{self.seed}{self.calls}{what}")
        if what == "delete" and self.rows:
            self._delete(chosen.choice(self.rows))
        elif what == "delete early" and self.rows:
            self._delete(min(self.rows, key=lambda row: (row["created_at"], int(row["id"]))))
        elif what == "delete read" and answered:
            self._delete(chosen.choice(answered))
        elif what == "add":
            latest = max((row["created_at"] for row in self.rows), default=START) + 1
            number = 1_000_000 + self.calls
            self.rows.append({"id": str(number), "created_at": latest, "updated_at": latest})
        elif what == "change" and self.rows:
            row = chosen.choice(self.rows)
            latest = max(each["updated_at"] or 0 for each in self.rows)
            row["updated_at"] = latest + 1
            self.touched.add(row["id"])

    def _delete(self, row: Row) -> None:
        self.rows = [each for each in self.rows if each["id"] != row["id"]]
        self.gone.add(row["id"])


def rows_at(times: list[int]) -> list[Row]:
    """Rows recorded at these seconds after the start."""
    return [
        {"id": str(number), "created_at": START + time, "updated_at": START + time}
        for number, time in enumerate(times)
    ]


times = st.lists(st.integers(0, 60), max_size=150)
crowds = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([1, 1, 2, 15, 19, 20, 21, 45])), max_size=12
).map(lambda groups: [time for time, count in groups for _ in range(count)])
drifts = st.lists(
    st.sampled_from(
        ["", "delete", "delete early", "delete read", "add", "delete early+add", "change"]
    ),
    max_size=4,
).map(tuple)
servers = st.builds(
    Server,
    rows=st.one_of(times, crowds).map(rows_at),
    drift=drifts,
    filtering=st.sampled_from(["strict", "inclusive", "milliseconds", "ignored"]),
    by_id=st.booleans(),
    shuffled=st.booleans(),
    seed=st.integers(0, 999),
)
# Lengths that are none: a counter with an end, of the page alone, of a while ago, broken, too high.
LIES: dict[str, Callable[[int, int], int | None]] = {
    "capped": lambda total, _: min(total, 50),
    "of the page": lambda _, came: came,
    "stale": lambda total, _: max(0, total - 7),
    "zero": lambda *_: 0,
    "none": lambda *_: None,
    "too high": lambda total, _: total + 3,
}


@given(servers, st.integers(-1, 40))
def test_a_list_by_its_recording_misses_nothing_that_stays(server: Server, since: int) -> None:
    """Every row from the bound on that is there from beginning to end is yielded, if proved."""
    wanted = {row["id"] for row in server.rows if row["created_at"] >= START + since}
    listing = Listing(server.page, since=START + since, size=SIZE)

    seen = [row["id"] for row in listing]

    assert not listing.proved or wanted - server.gone <= set(seen)
    assert len(seen) == len(set(seen)) or not listing.proved


@given(servers)
def test_what_was_yielded_before_the_next_second_was_complete(server: Server) -> None:
    """At any row, everything recorded earlier was yielded already, as long as that is claimed."""
    listing = Listing(server.page, since=START, size=SIZE)
    recorded = {row["id"]: row["created_at"] for row in server.rows}
    seen: set[str] = set()
    for row in listing:
        if listing.proved:
            earlier = {each for each, time in recorded.items() if time < row["created_at"]}
            assert earlier - server.gone <= seen
        seen.add(row["id"])


@given(servers)
def test_a_whole_list_misses_nothing_that_stays(server: Server) -> None:
    """Without a filter offsets are all there is: they never hide a row either."""
    wanted = {row["id"] for row in server.rows}
    listing = Listing(server.page, size=SIZE)

    seen = {row["id"] for row in listing}

    assert not listing.proved or wanted - server.gone <= seen


@given(servers, st.integers(0, 60))
def test_latest_changes_first_misses_nothing_that_stays(server: Server, since: int) -> None:
    """Rows changed since, and not changed again meanwhile, are yielded before the first older one."""
    wanted = {row["id"] for row in server.rows if row["updated_at"] >= START + since}
    listing = Listing(server.page, "updated_at", latest_first=True, size=SIZE)
    seen = set()
    for row in listing:
        if row["updated_at"] < START + since:
            break
        seen.add(row["id"])

    assert not listing.proved or wanted - server.gone - server.touched <= seen


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("by", ["created_at", "updated_at", None])
@given(server=servers)
def test_an_announced_length_ends_no_list(lie: str, by: SortedBy | None, server: Server) -> None:
    """Whatever a server says of a list's length: where a page is full, more may follow."""
    server.announced = LIES[lie]
    wanted = {row["id"] for row in server.rows}
    if by is None:
        with contextlib.suppress(TransientError):
            seen = {row["id"] for row in each_row(_short_list(server))}
            assert wanted - server.gone <= seen
        return
    listing = Listing(server.page, by, latest_first=by == "updated_at", size=SIZE)
    seen = {row["id"] for row in listing}

    assert not listing.proved or wanted - server.gone - server.touched <= seen


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize("shown", [60, 137])
def test_a_page_that_comes_again_and_again_proves_nothing(by_id: bool, shown: int) -> None:
    """A server that looks at no page number ends no read for good, and keeps none going."""
    server = Server(rows_at([2] * shown), by_id=by_id)
    listing = Listing(lambda params, _, size: server.page(params, 1, size), size=SIZE)

    assert SIZE == len({row["id"] for row in listing})
    assert not listing.proved
    with pytest.raises(TransientError):
        list(each_row(lambda params, _, size: _short_list(server)(params, 1, size)))
    assert server.calls < 400


def test_pages_that_are_smaller_than_they_say_hide_nothing() -> None:
    """A server gives 19 rows where it says 20: where pages begin is learnt from the first."""
    server = Server(rows_at(list(range(197))))

    def fewer(params: Mapping[str, str], number: int, size: int) -> Page:
        page = server.page(params, number, min(size, 19))
        status = {"page_size": size, "total_records": page.total_records}
        return read_page({"status": status, "result": page.rows}, page=number, page_size=size)

    listing = Listing(fewer, "updated_at", latest_first=True, size=SIZE)

    assert 197 == len({row["id"] for row in listing})
    assert listing.proved


@given(servers)
def test_what_can_be_proved_is(server: Server) -> None:
    """Doubt is for crowds without an order deep in a list, and for nothing else."""
    largest = max(
        (len(list(tie)) for _, tie in groupby(sorted(r["created_at"] for r in server.rows))),
        default=0,
    )
    listing = Listing(server.page, since=START, size=SIZE)
    list(listing)

    assert listing.proved or (largest + 15 > SIZE and not server.by_id)


@pytest.mark.parametrize("filtering", ["strict", "inclusive"])
@pytest.mark.parametrize("drift", [(), ("delete early+add",), ("delete read", "add")])
def test_a_crowded_second_is_proved(filtering: str, drift: Drift) -> None:
    """Far more rows in a second than a page holds, in another order each time: all come."""
    server = Server(
        rows_at([0] * 5 + [3] * 70 + [4] * 30 + [9]),
        drift=drift,
        filtering=filtering,
        by_id=False,
        shuffled=True,
    )
    wanted = {row["id"] for row in server.rows}
    listing = Listing(server.page, since=START, size=SIZE)

    seen = {row["id"] for row in listing}

    assert wanted - server.gone <= seen
    assert listing.proved
    assert server.calls < 200


def test_reading_costs_what_it_did() -> None:
    """A list that nobody changes costs a call for each page, and one for each further hundred."""
    server = Server(rows_at(list(range(10_000))), largest=500)
    assert 10_000 == len(list(Listing(server.page, since=START)))
    assert server.calls == 21

    server.calls = 0
    assert 10_000 == len(list(Listing(server.page)))
    assert server.calls <= 22


def test_a_list_that_is_not_sorted_proves_nothing() -> None:
    """Where the server sorts as it likes, rows come and no promise is made."""
    server = Server(rows_at(random.Random(1).choices(range(50), k=90)))

    def unsorted(params: Mapping[str, str], number: int, size: int) -> Page:
        server.page(params, number, size)
        rows = server.rows[(number - 1) * size : number * size]
        return Page(rows, number, size, -(-len(server.rows) // size), len(server.rows))

    listing = Listing(unsorted, since=START + 10, size=SIZE)

    assert {row["id"] for row in server.rows if row["created_at"] >= START + 10} == {
        row["id"] for row in listing
    }
    assert not listing.proved


def test_refused_sorting_is_learnt_once() -> None:
    """A server that does not sort by id is asked for it once for a log-in."""
    ties = TieBreaker()
    server = Server(rows_at(list(range(50))), by_id=False)
    for _ in range(3):
        assert 50 == len(list(Listing(server.page, since=START, ties=ties, size=SIZE)))

    assert server.calls == 1 + 3 * 3


def test_rows_without_a_time_come_too() -> None:
    """Rows that were never changed stand at one end, and hide none of the others."""
    server = Server(rows_at(list(range(70))))
    for row in server.rows[::2]:
        row["updated_at"] = None
    listing = Listing(server.page, "updated_at", latest_first=True, size=SIZE)

    assert 70 == len({row["id"] for row in listing})
    assert listing.proved


def _short_list(server: Server) -> PageOf:
    """The server's rows as a list that is asked for without an order."""
    plain = {"sort_fields": "created_at asc"}
    return lambda _, number, size: server.page(plain, number, min(size, SIZE))


@given(servers)
def test_a_short_list_is_proved_or_refused(server: Server) -> None:
    """A list that is sorted by nothing is read until it is proved, else an error is raised."""
    wanted = {row["id"] for row in server.rows}

    try:
        seen = {row["id"] for row in each_row(_short_list(server))}
    except TransientError:
        return
    assert wanted - server.gone <= seen


def test_one_page_is_one_call() -> None:
    """A list of one page is one answer, which needs no other."""
    server = Server(rows_at([1, 2, 3]), drift=("delete",))

    assert 3 == len(list(each_row(_short_list(server))))
    assert server.calls == 1


def test_null_among_the_rows_takes_no_doubt() -> None:
    """A row that is no object is left out, and the rest is as complete as before."""
    body = {
        "status": {"page": 1, "page_size": 5, "total_pages": 1, "total_records": 3},
        "result": [{"id": "1", "created_at": START}, None, {"id": "2", "created_at": START}],
    }
    listing = Listing(lambda _, number, size: read_page(body, page=number, page_size=size))

    assert ["1", "2"] == [row["id"] for row in listing]
    assert listing.proved


def test_rows_that_do_not_come_are_missed() -> None:
    """An answer that announces more than it holds is no proof."""
    body = {"status": {"total_records": 3}, "result": [{"id": "1", "created_at": START}]}
    listing = Listing(lambda _, number, size: read_page(body, page=number, page_size=size))

    assert ["1"] == [row["id"] for row in listing]
    assert not listing.proved
