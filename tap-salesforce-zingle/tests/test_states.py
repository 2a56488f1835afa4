"""States of all kinds: what makes no sense is one sentence or read again, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_salesforce_zingle.plan.plans import KeyKind
from tap_salesforce_zingle.read.windows import (
    Settings,
    forget_the_future,
    is_full_read_due,
    next_window,
)
from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import ConfigurationError
from zingle_sync.times import moment_of

RunTap = Callable[..., Any]
NOW = moment_of("2026-03-02T20:00:00Z")
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31", "2026-02-30", "20260301", "003' OR"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=3,
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "replication_key": st.sampled_from(["SystemModstamp", "Other", 7]),
        "replication_key_value": JUNK,
        "full_read_at": JUNK,
        "full_read_begun": JUNK,
        "resume": JUNK
        | st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("key", "window_start", "window_end", "stamp", "id", "job"), JUNK
            ),
        ),
    },
)


@given(state=STATES, kind=st.sampled_from(["datetime", "date"]))
def test_no_state_is_a_surprise(state: dict[str, Any], kind: KeyKind) -> None:
    """Whatever stands in a state gives a window or a ConfigurationError, nothing else."""
    settings = Settings("SystemModstamp", kind)
    try:
        forget_the_future(state, NOW, settings)
        window = next_window(state, NOW, settings)
        is_full_read_due(state, NOW, settings)
    except ConfigurationError:
        return
    assert all(part is None or moment_of(part) for part in (window.start, window.end))


@pytest.fixture
def org(sandbox: RunningSandbox) -> RunningSandbox:
    """An org with five contacts, the newest an hour old."""
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {"LastName": f"P{hour}", "SystemModstamp": f"2026-03-02T{19 - hour:02}:00:00.000+0000"}
            for hour in range(5)
        ],
    )
    return sandbox


def run_with(org: RunningSandbox, run_tap: RunTap, **bookmark: Any) -> Any:  # noqa: ANN401 - a run of the tap
    """A run of contacts from a bookmark."""
    config = {**org.salesforce_settings(), "objects": ["Contact"]}
    return run_tap(config, state={"bookmarks": {"contacts": bookmark}})


@pytest.mark.parametrize(
    "bookmark",
    [
        {"replication_key_value": "0001-01-01T00:00:00Z"},
        {"replication_key_value": "1650-01-01"},
        {"replication_key_value": "2026-03-02T00:00:00Z", "resume": ["x"]},
        {"replication_key_value": "2026-03-02T00:00:00Z", "resume": {"window_end": 5}},
        {
            "replication_key_value": "2026-03-02T00:00:00Z",
            "resume": {"window_end": "2026-03-02T12:00:00Z", "stamp": "x", "id": "' OR Id != '"},
        },
        {"replication_key_value": "2026-03-02T00:00:00Z", "full_read_at": [], "ended": "x"},
        {"replication_key_value": "2026-03-02T00:00:00Z", "selection": 5, "changed": 7},
    ],
)
def test_odd_parts_of_a_bookmark(
    org: RunningSandbox, run_tap: RunTap, bookmark: dict[str, Any]
) -> None:
    """Odd notes of an earlier run are left aside, and no row is lost."""
    run = run_with(org, run_tap, **bookmark)

    assert (None, 5) == (run.error, len(run.records("contacts")))


@pytest.mark.parametrize("value", [17, ["2026"], {"a": 1}, "soon", "2026-13-01", True])
def test_bookmark_that_is_none(org: RunningSandbox, run_tap: RunTap, value: object) -> None:
    """A bookmark that is no date stops the run with a sentence."""
    run = run_with(org, run_tap, replication_key_value=value)

    assert "which is no date or datetime" in str(run.error)


@pytest.mark.parametrize(
    "ahead", ["2026-03-03T20:00:00.000Z", "2099-01-01", "2026-03-02T21:00:00Z"]
)
def test_bookmark_in_the_future(
    org: RunningSandbox, run_tap: RunTap, caplog: pytest.LogCaptureFixture, ahead: str
) -> None:
    """A bookmark ahead of Salesforce's time proves nothing: everything is read again, and said."""
    run = run_with(org, run_tap, replication_key_value=ahead)
    later = run_with(org, run_tap, **run.state["bookmarks"]["contacts"])

    told = [record for record in caplog.records if "ahead of Salesforce's time" in record.message]
    assert (None, 5, True) == (run.error, len(run.records("contacts")), bool(told))
    assert (None, 0) == (later.error, len(later.records("contacts")))


def test_bookmark_a_little_ahead(org: RunningSandbox, run_tap: RunTap) -> None:
    """Clocks that differ by less than the lookback are no reason to read everything again."""
    run = run_with(org, run_tap, replication_key_value="2026-03-02T20:05:00.000Z")

    assert (None, 0) == (run.error, len(run.records("contacts")))


def test_unfinished_window_in_the_future(org: RunningSandbox, run_tap: RunTap) -> None:
    """An interrupted run that was told a wrong time does not move the bookmark there."""
    resume = {"key": "SystemModstamp", "window_start": None, "window_end": "2026-04-01T00:00:00Z"}
    run = run_with(org, run_tap, resume=resume)

    assert "2026-03-02T19:59:55.000Z" == run.state["bookmarks"]["contacts"]["replication_key_value"]


def test_bookmark_that_was_set_back(org: RunningSandbox, run_tap: RunTap) -> None:
    """Who sets a bookmark back by hand gets the ended rows of that time again, too."""
    insert_rows(
        org.sandbox,
        "Contact",
        [{"LastName": "Gone", "IsDeleted": True, "SystemModstamp": "2026-03-02T17:30:00.000+0000"}],
    )
    first = run_with(org, run_tap)
    bookmark = first.state["bookmarks"]["contacts"]
    bookmark["replication_key_value"] = "2026-03-02T17:20:00.000Z"

    again = run_with(org, run_tap, **bookmark)

    assert ["Gone", "P1", "P0"] == [record["LastName"] for record in again.records("contacts")]
