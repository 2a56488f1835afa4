"""Rows whose place another one takes come before the living rows of both objects, in every run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox

RunTap = Callable[..., Any]
CONTACTS = 30
LEADS = 20


def stamp(minute: int) -> str:
    """A moment of the history."""
    return f"2026-02-25T{minute // 60:02}:{minute % 60:02}:00.000+0000"


@pytest.fixture
def org(sandbox: RunningSandbox) -> RunningSandbox:
    """An org in which merged, deleted and converted people lie between the living ones."""
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {
                "LastName": f"C{number:02}",
                "SystemModstamp": stamp(number),
                "IsDeleted": number % 7 == 3,
            }
            for number in range(CONTACTS)
        ],
    )
    insert_rows(
        sandbox.sandbox,
        "Lead",
        [
            {
                "LastName": f"L{number:02}",
                "Company": "Acme",
                "SystemModstamp": stamp(number),
                "IsDeleted": number % 9 == 4,
                "IsConverted": number % 5 == 2,
            }
            for number in range(LEADS)
        ],
    )
    return sandbox


ENDED = {f"C{number:02}" for number in range(CONTACTS) if number % 7 == 3} | {
    f"L{number:02}" for number in range(LEADS) if number % 9 == 4 or number % 5 == 2
}
ALL = {f"C{number:02}" for number in range(CONTACTS)} | {f"L{n:02}" for n in range(LEADS)}


def names(run: Any) -> list[str]:  # noqa: ANN401 - a run of the tap
    """The last names of all records, in the order in which they were written."""
    return [
        message["record"]["LastName"] for message in run.messages if message["type"] == "RECORD"
    ]


@pytest.mark.parametrize("api", ["rest", "bulk", "auto"])
def test_ended_rows_come_first(org: RunningSandbox, run_tap: RunTap, api: str) -> None:
    """Deleted, merged and converted rows of both objects precede every living one, and none is lost."""
    run = run_tap({**org.salesforce_settings(), "api": api})

    written = names(run)
    assert (None, sorted(ALL)) == (run.error, sorted(written))
    assert set(written[: len(ENDED)]) == ENDED


def test_every_record_follows_its_schema(org: RunningSandbox, run_tap: RunTap) -> None:
    """A stream whose ended rows come early has its SCHEMA before them."""
    run = run_tap(org.salesforce_settings())

    described: set[str] = set()
    for message in run.messages:
        if message["type"] == "SCHEMA":
            described.add(message["stream"])
        elif message["type"] == "RECORD":
            assert message["stream"] in described


@pytest.mark.parametrize(
    ("objects", "expected"),
    [(["Contact"], 3), (["Lead"], 3), (["Contact", "Lead"], 6)],
)
def test_it_costs_one_call_more(
    org: RunningSandbox, run_tap: RunTap, objects: list[str], expected: int
) -> None:
    """Each object costs a describe, a query for its ended rows and one for the others."""
    config = {**org.salesforce_settings(), "objects": objects, "api": "rest"}
    first = run_tap(config)
    second = run_tap(config, state=first.state)

    assert [expected, expected] == [first.calls, second.calls]


@pytest.mark.parametrize("crash", range(8))
def test_it_holds_after_a_kill(org: RunningSandbox, run_tap: RunTap, crash: int) -> None:
    """A run that dies at any request goes on without losing a row, again with the ended ones first."""
    org.sandbox.set_options({"salesforce_page_size": 7})
    config = {**org.salesforce_settings(), "api": "rest"}
    org.sandbox.faults.add(
        kind="status",
        path="re:/query",
        status=403,
        code="REQUEST_LIMIT_EXCEEDED",
        skip=crash,
        message="TotalRequests Limit exceeded.",
        times=1,
    )

    runs = [run_tap(config)]
    while runs[-1].error:
        runs.append(run_tap(config, state=runs[-1].state))

    assert ALL == {name for run in runs for name in names(run)}
    assert 2 == len(runs)
    for run in runs:
        kinds = [name in ENDED for name in names(run)]
        assert kinds == sorted(kinds, reverse=True)


def test_what_ends_between_two_runs_comes_first(org: RunningSandbox, run_tap: RunTap) -> None:
    """A conversion after a kill precedes the living rows that the killed run had left over."""
    org.sandbox.set_options({"salesforce_page_size": 7})
    config = {**org.salesforce_settings(), "api": "rest"}
    org.sandbox.faults.add(
        kind="status",
        path="re:/query",
        status=403,
        code="REQUEST_LIMIT_EXCEEDED",
        skip=5,
        message="TotalRequests Limit exceeded.",
        times=1,
    )
    first = run_tap(config)
    insert_rows(
        org.sandbox,
        "Lead",
        [
            {
                "LastName": "Late",
                "Company": "Acme",
                "IsConverted": True,
            }
        ],
    )

    org.sandbox.clock.advance(60)
    second = run_tap(config, state=first.state)

    written = names(second)
    assert ({*ALL, "Late"}, True) == ({*names(first), *written}, "Late" in written)
    assert {*written[: written.index("Late")]} <= ENDED


def test_without_deleted_rows(org: RunningSandbox, run_tap: RunTap) -> None:
    """Where deleted rows are not wanted, converted Leads still come first, and Contacts cost no call more."""
    run = run_tap({**org.salesforce_settings(), "include_deleted": False, "api": "rest"})

    written = names(run)
    converted = {f"L{n:02}" for n in range(LEADS) if n % 5 == 2 and n % 9 != 4}
    assert (None, 5, converted) == (run.error, run.calls, {*written[: len(converted)]})
    assert not any(name in written for name in ("C03", "L04"))


def test_hidden_flags_are_said(
    org: RunningSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture
) -> None:
    """Flags that the user may not see are named once, and everything else is read."""
    org.sandbox.set_options({"salesforce_hidden_fields": "Lead.IsConverted"})

    run = run_tap(org.salesforce_settings())

    told = [record.message for record in caplog.records if "IsConverted of Lead" in record.message]
    assert (None, ALL, 1) == (run.error, {*names(run)}, len(told))


def test_whole_tables_too(
    org: RunningSandbox, run_tap: RunTap, discover: Callable[..., dict[str, Any]]
) -> None:
    """A catalog that asks for whole tables gets the same order, and versions for the loader."""
    catalog = discover(org.salesforce_settings())
    for stream in catalog["streams"]:
        stream["replication_method"] = "FULL_TABLE"

    run = run_tap(org.salesforce_settings(), catalog=catalog)

    written = names(run)
    assert (None, sorted(ALL), ENDED) == (run.error, sorted(written), {*written[: len(ENDED)]})
    versions = {m["version"] for m in run.messages if m["type"] in {"ACTIVATE_VERSION", "RECORD"}}
    assert 1 == len(versions)


def test_many_ended_rows_go_through_bulk(
    org: RunningSandbox, run_tap: RunTap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More ended rows than a page holds are a job of their own where Bulk is wanted, still first."""
    monkeypatch.setattr("tap_salesforce_zingle.read.reader.PAGE", 3)

    run = run_tap({**org.salesforce_settings(), "api": "bulk"})

    jobs = [c for c in org.journal() if c.method == "POST" and c.path.endswith("jobs/query")]
    written = names(run)
    assert (None, sorted(ALL), ENDED) == (run.error, sorted(written), {*written[: len(ENDED)]})
    assert 4 == len(jobs)
