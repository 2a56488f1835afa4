"""Planned queries mean what the user wrote: the same rows, and inside of the window no others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tap_salesforce_zingle.plan.custom import custom_definition
from tap_salesforce_zingle.plan.custom_query import CustomQuery, CustomQueryError, text_problems
from tap_salesforce_zingle.plan.plans import rest_soql
from tap_salesforce_zingle.plan.rows import from_rest
from tap_salesforce_zingle.read.windows import Window, condition
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import NotFoundError, Salesforce, SalesforceError

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "soql" / "sample.jsonl"
NEVER = "1990-01-01T00:00:00.000Z"
ALWAYS = "2090-01-01T00:00:00.000Z"
MIDDLE = "2025-12-01T00:00:00.000Z"

QUERIES = [
    "SELECT Id FROM Contact WHERE Email = null OR Phone = null",
    "SELECT Id, Name FROM Contact WHERE NOT (Email = null AND Phone = null)",
    "SELECT c.Id, c.Account.Name FROM Contact c WHERE c.Account.Name LIKE 'M%' OR c.Email = null",
    "SELECT Id FROM Lead WHERE IsConverted = false AND (Email != null OR MobilePhone != null)",
    "SELECT Id, (SELECT Id, LastName FROM Contacts) FROM Account WHERE Name != null",
    "SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'M%')",
    "SELECT Id FROM Contact WHERE CreatedDate > 2025-01-01T00:00:00Z OR LeadSource IN ('Web')",
    "SELECT Id, MailingAddress, Owner.Name FROM Contact ORDER BY LastName DESC NULLS LAST",
    "SELECT Id FROM Lead WHERE Name = 'O\\'Brien' OR Id != null ALL ROWS",
    "SELECT FIELDS(STANDARD) FROM Account",
]


@pytest.fixture(scope="module")
def client(demo_sandbox: RunningSandbox) -> Salesforce:
    """A client of the demo org."""
    return Salesforce.from_settings(demo_sandbox.salesforce_settings())


def describe_of(client: Salesforce) -> Any:  # noqa: ANN401 - a function
    """The client's describes, as the planner wants them."""

    def describe(name: str) -> Mapping[str, Any]:
        try:
            return client.describe(name)
        except NotFoundError as error:
            raise LookupError(name) from error

    return describe


def planned(client: Salesforce, text: str, window: Window | None) -> list[dict[str, Any]]:
    """The records that the tap would give for a query in a window."""
    query = CustomQuery("q", text)
    plan = custom_definition(query, describe_of(client), api="rest").plan
    part = condition(window, plan.key) if window and plan.key else None
    build = from_rest(plan.columns, hidden=not plan.is_exact)
    pages = client.query(rest_soql(plan, part), include_deleted=plan.include_deleted)
    return [build(row) for page in pages for row in page.records]


def original(client: Salesforce, text: str) -> list[str]:
    """The Ids that Salesforce itself answers to the user's text."""
    text = text.replace("FIELDS(STANDARD)", "Id")
    is_all = text.endswith(" ALL ROWS")
    return sorted(
        row["Id"] for row in client.rows(text.removesuffix(" ALL ROWS"), include_deleted=is_all)
    )


@pytest.mark.parametrize("text", QUERIES)
def test_same_rows(client: Salesforce, text: str) -> None:
    """A window of all time gives the user's rows, and two windows share them between them."""
    expected = original(client, text)

    whole = planned(client, text, Window(NEVER, ALWAYS))
    early = planned(client, text, Window(NEVER, MIDDLE))
    late = planned(client, text, Window(MIDDLE, ALWAYS))

    ids = [[record["Id"] for record in part] for part in (whole, early + late)]
    assert expected
    assert [expected, expected] == [sorted(part) for part in ids]
    assert all(record["SystemModstamp"] < MIDDLE for record in early)
    assert all(record["SystemModstamp"] >= MIDDLE for record in late)


def readable(client: Salesforce) -> Iterator[str]:
    """Queries of the sample that this org can answer."""
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    for row in rows:
        query = CustomQuery("q", row["soql"])
        if text_problems(query):
            continue
        try:
            list(client.rows(row["soql"]))
        except SalesforceError:
            continue
        yield row["soql"]


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"THE SAMPLE OF REAL QUERIES IS MISSING: {SAMPLE}")
def test_sample_keeps_its_meaning(client: Salesforce) -> None:
    """Real queries that this org can answer give as many rows when planned."""
    wrong = []
    count = 0
    for text in readable(client):
        count += 1
        try:
            got = len(planned(client, text, Window(NEVER, ALWAYS)))
        except (CustomQueryError, SalesforceError) as error:
            wrong.append((text, str(error)))
            continue
        expected = len(list(client.rows(text)))
        if got != expected:
            wrong.append((text, f"{got} rows instead of {expected}"))

    assert ([], True) == (wrong, count > 20)
