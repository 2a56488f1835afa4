"""The Salesforce client against the sandbox: writes, sessions and threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import NotFoundError, OutcomeUnknownError, QueryError, Salesforce

KEY = "Zingle_Conversation_Key__c"


@pytest.fixture
def client(sandbox: RunningSandbox) -> Salesforce:
    """A client of an empty org."""
    return Salesforce.from_settings(sandbox.salesforce_settings())


def subjects(client: Salesforce) -> list[str]:
    """Subjects of all Tasks."""
    return [row["Subject"] for row in client.rows("SELECT Subject FROM Task ORDER BY Subject")]


def test_insert_update_and_query(client: Salesforce) -> None:
    """Rows are created and changed in calls of 200, and a bad row does not stop the others."""
    rows = [{"LastName": f"{number:03}"} for number in range(250)]
    rows[7] = {"FirstName": "nameless"}

    results = client.insert("Contact", rows)
    changed = client.update("Contact", [{"Id": results[0].id, "LastName": "changed"}])

    assert [7] == [index for index, result in enumerate(results) if not result.success]
    assert ("REQUIRED_FIELD_MISSING", True) == (results[7].errors[0].code, changed[0].success)
    assert 249 == client.count("SELECT COUNT() FROM Contact")


def test_upsert_by_key(client: Salesforce) -> None:
    """An upsert says what was created, and a second one changes the same row."""
    first = client.upsert("Task", KEY, [{KEY: "a", "Subject": "1"}, {KEY: "b", "Subject": "2"}])
    second = client.upsert("Task", KEY, [{KEY: "b", "Subject": "3"}])

    assert ([True, True], False, first[1].id) == (
        [result.created for result in first],
        second[0].created,
        second[0].id,
    )
    assert ["1", "3"] == subjects(client)


def test_lost_answer_to_an_insert(sandbox: RunningSandbox, client: Salesforce) -> None:
    """When the connection is cut after the insert, the caller is told, and nothing is doubled."""
    _ = client.org_id
    sandbox.sandbox.faults.add(kind="drop_after", path="*/composite/sobjects", times=1)

    with pytest.raises(OutcomeUnknownError):
        client.insert("Task", [{"Subject": "once"}])

    assert ["once"] == subjects(client)


def test_lost_answer_to_an_upsert(sandbox: RunningSandbox, client: Salesforce) -> None:
    """When the connection is cut after an upsert, it is sent again and changes the same row."""
    _ = client.org_id
    sandbox.sandbox.faults.add(kind="drop_after", path="*/composite/sobjects/*", times=1)

    (result,) = client.upsert("Task", KEY, [{KEY: "a", "Subject": "once"}])

    assert (True, ["once"]) == (result.success, subjects(client))


def test_many_threads_and_one_new_login(sandbox: RunningSandbox, client: Salesforce) -> None:
    """When the session ends under many threads, one login serves them all."""
    client.limits()
    sandbox.clear_journal()
    sandbox.sandbox.faults.add(kind="expire_token", path="*/limits", times=1)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.limits(), range(16)))

    logins = [call for call in sandbox.journal() if call.is_token]
    assert (16, 1) == (len(answers), len(logins))


def test_rows_of_several_queries(client: Salesforce) -> None:
    """Queries are answered in order, five in a call, and each is read to its end."""
    client.insert("Contact", [{"LastName": f"Guest {number}"} for number in range(7)])
    before = client.calls
    queries = [f"SELECT Id FROM Contact LIMIT {number}" for number in range(1, 8)]

    answers = client.rows_of_each(queries)

    assert ([1, 2, 3, 4, 5, 6, 7], 2) == ([len(rows) for rows in answers], client.calls - before)


def test_errors_of_the_service(client: Salesforce) -> None:
    """Salesforce's own words about a query come with their place."""
    with pytest.raises(QueryError, match="INVALID_FIELD: No such column 'Nope'") as caught:
        list(client.rows("SELECT Id,\nNope FROM Contact"))
    with pytest.raises(NotFoundError):
        client.describe("Nope__c")

    assert caught.value.row is not None


def test_who_and_when(sandbox: RunningSandbox, client: Salesforce) -> None:
    """The login names org and user, and answers tell Salesforce's own time."""
    now = client.server_now

    assert ("00D", "005") == (client.org_id[:3], client.user_id[:3])
    assert abs((sandbox.sandbox.clock.now() - now).total_seconds()) < 5


@pytest.mark.parametrize("named", [True, False])
def test_credentials_of_the_environment_stay_there(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """With a netrc file for every host, each kind of call carries our own header."""
    path = tmp_path / ("elsewhere" if named else ".netrc")
    path.write_text("default login foreign password secret\n")
    monkeypatch.setenv("NETRC" if named else "HOME", str(path if named else tmp_path))
    client = Salesforce.from_settings(sandbox.salesforce_settings())

    (result,) = client.insert("Contact", [{"LastName": "Guest"}])
    job = client.bulk_query("SELECT Id FROM Contact")
    job.wait()
    rows = [row for page in job.pages() for row in page.rows]
    job.delete()
    described = client.simple_salesforce().Contact.describe()

    assert (True, "Contact", [[result.id]]) == (result.success, described["name"], rows)


PAGES_FAULTS = [
    {"empty": True, "headers": {"Sforce-Locator": None, "Sforce-NumberOfRecords": None}},
    {"empty": True},
    {"headers": {"Sforce-Locator": None}},
    {"headers": {"Sforce-Locator": ""}},
    {"cut": 0.5},
    {"cut": 0.5, "whole_lines": True},
    {"body": "<html>Maintenance</html>"},
]


@pytest.mark.parametrize("fault", PAGES_FAULTS)
@pytest.mark.parametrize("page", [0, 1, 2])
def test_a_page_of_bulk_results_that_is_no_page(
    sandbox: RunningSandbox, client: Salesforce, fault: dict[str, Any], page: int
) -> None:
    """Whichever page is empty, cut or without its headers: all rows come, each once."""
    client.insert("Contact", [{"LastName": f'Guest {number}, "x"'} for number in range(25)])
    sandbox.sandbox.set_options({"salesforce_bulk_page_size": 10})
    client._caller.sleep = lambda seconds: None
    job = client.bulk_query("SELECT Id, LastName FROM Contact")
    job.wait()
    sandbox.sandbox.faults.add(
        kind="rewrite", path="re:/jobs/query/.*/results", skip=page, times=1, **fault
    )

    rows = [row for each in job.pages() for row in each.rows]

    assert (25, 25) == (len(rows), len({row[0] for row in rows}))
    assert all(len(row) == 2 and row[1].endswith('"x"') for row in rows)


QUERY_FAULTS = [
    {"empty": True},
    {"remove": ("done",)},
    {"remove": ("nextRecordsUrl",)},
    {"replace": {"done": True}},
    {"replace": {"nextRecordsUrl": "https://evil.test/services/data"}},
    {"remove": ("records",)},
]


@pytest.mark.parametrize("fault", QUERY_FAULTS)
@pytest.mark.parametrize("page", [0, 1])
def test_a_page_of_a_query_that_is_no_page(
    sandbox: RunningSandbox, client: Salesforce, fault: dict[str, Any], page: int
) -> None:
    """A page that lost what says whether another one follows is asked for again."""
    client.insert("Contact", [{"LastName": f"Guest {number}"} for number in range(25)])
    sandbox.sandbox.set_options({"salesforce_page_size": 10})
    client._caller.sleep = lambda seconds: None
    sandbox.sandbox.faults.add(
        kind="rewrite", path="/services/data/*/query*", method="GET", skip=page, times=1, **fault
    )

    assert 25 == len(list(client.rows("SELECT Id FROM Contact")))
