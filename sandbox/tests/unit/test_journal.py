from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from zingle_sandbox.admission import redact, system_of
from zingle_sandbox.journal import Call, Journal, SideSummary

CALL = Call(
    number=1,
    at=datetime(2026, 3, 2, tzinfo=UTC),
    system="zingle",
    method="GET",
    path="/v1/services",
    query="",
    status=200,
    milliseconds=1.0,
)


def test_the_summary_leaves_token_requests_out() -> None:
    """Calls and writes count business requests; log-ins are counted beside them."""
    journal = Journal()
    for call in (
        CALL,
        replace(CALL, method="PUT", changed_rows=3),
        replace(CALL, path="/v2/token", is_token=True),
        replace(CALL, fault="fault-1", status=500, violations=("one", "two")),
        replace(CALL, system="salesforce"),
    ):
        journal.add(call)

    assert {
        "salesforce": SideSummary(calls=1),
        "zingle": SideSummary(calls=3, writes=1, faults=1, violations=2, token_requests=1),
    } == journal.summary()


def test_calls_of_the_page_are_kept_apart() -> None:
    """The page's own calls are neither listed with the services' nor counted."""
    journal = Journal()
    journal.add(replace(CALL, system="sandbox", path="/"))
    journal.add(CALL)

    assert [CALL] == journal.calls()
    assert ["/"] == [call.path for call in journal.calls("sandbox")]


def test_clear_counts_from_one_again() -> None:
    """After clear there are no calls, no totals and the next number is 1."""
    journal = Journal()
    journal.next_number("zingle")
    journal.add(CALL)

    journal.clear()

    assert [] == journal.calls()
    assert 0 == journal.summary()["zingle"].calls
    assert 1 == journal.next_number("zingle")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page=2&token=abc&x=1", "page=2&token=***&x=1"),
        ("oauth_token=abc", "oauth_token=***"),
        ("password=a%26b&client_secret=c", "password=***&client_secret=***"),
        ("q=SELECT+Id+FROM+Contact", "q=SELECT+Id+FROM+Contact"),
        ("", ""),
    ],
)
def test_secrets_in_a_query_are_not_kept(query: str, expected: str) -> None:
    """Tokens and passwords never reach the journal."""
    assert expected == redact(query)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/services/data/v62.0/query", "salesforce"),
        ("/services/oauth2/token", "salesforce"),
        ("/id/00D/005", "salesforce"),
        ("/v1/services", "zingle"),
        ("/v2/token", "zingle"),
        ("/", "sandbox"),
        ("/_sandbox/journal", "sandbox"),
        ("/v10/services", "sandbox"),
    ],
)
def test_the_path_tells_the_side(path: str, expected: str) -> None:
    """`/services` and `/id` are Salesforce, `/v1` and `/v2` are Zingle."""
    assert expected == system_of(path)


def test_a_burst_is_the_most_calls_within_a_second() -> None:
    """Spans begin at any call, not at full seconds, and end before a second has passed."""
    journal = Journal()
    for moment in (0.0, 0.9, 1.0, 1.5, 1.8, 1.9, 5.0):
        journal.add(replace(CALL, arrived=moment))

    assert 5 == journal.burst()
    assert 6 == journal.burst("zingle", seconds=2)
    assert 0 == journal.burst("salesforce")
