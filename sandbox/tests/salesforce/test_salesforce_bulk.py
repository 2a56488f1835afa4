from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from zingle_sandbox import salesforce

if TYPE_CHECKING:
    from conftest import Org

SOQL = "SELECT Id, LastName, Account.Name, VIP__c, Discount__c, Lifetime_Spend__c, SystemModstamp, Description FROM Contact"


def start(org: Org, soql: str = SOQL, **more: Any) -> dict[str, Any]:
    """Create a job that must be accepted."""
    answer = org.rest("POST", "/jobs/query", json={"operation": "query", "query": soql, **more})
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


def rows(text: str) -> list[dict[str, str]]:
    """A CSV file as dictionaries."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_job_runs_and_gives_its_rows(org: Org) -> None:
    """States in order, information, a CSV with every detail of the service, deletion."""
    (account,) = org.insert("Account", {"Name": 'A "quoted"'})
    org.insert(
        "Contact",
        {
            "LastName": "Ü",
            "AccountId": account,
            "VIP__c": True,
            "Discount__c": 5.0,
            "Lifetime_Spend__c": 950_000_000.0,
            "Description": "two\nlines",
            "SystemModstamp": "2026-02-01T10:00:00.000+0000",
        },
        {"LastName": "Deleted", "IsDeleted": True},
    )
    org.options(bulk_seconds=10)
    job = start(org)
    states = [job["state"]]
    for _ in range(3):
        org.running.sandbox.clock.advance(4)
        states.append(org.rest("GET", f"/jobs/query/{job['id']}").json()["state"])
    information = org.rest("GET", f"/jobs/query/{job['id']}").json()
    results = org.rest("GET", f"/jobs/query/{job['id']}/results")
    (row,) = rows(results.text)

    assert {
        "id",
        "operation",
        "object",
        "createdById",
        "createdDate",
        "systemModstamp",
        "state",
        "concurrencyMode",
        "contentType",
        "apiVersion",
        "lineEnding",
        "columnDelimiter",
    } == set(job)
    assert ("750", "Contact", 62.0) == (job["id"][:3], job["object"], job["apiVersion"])
    assert ["UploadComplete", "InProgress", "InProgress", "JobComplete"] == states
    assert ("V2Query", 1, True) == (
        information["jobType"],
        information["numberRecordsProcessed"],
        information["isPkChunkingSupported"],
    )
    assert ("text/csv", "1", "null") == (
        results.headers["Content-Type"].partition(";")[0],
        results.headers["Sforce-NumberOfRecords"],
        results.headers["Sforce-Locator"],
    )
    assert results.content.startswith(b'"Id","LastName","Account.Name","VIP__c",')
    assert {
        "LastName": "Ü",
        "Account.Name": 'A "quoted"',
        "VIP__c": "true",
        "Discount__c": "5.0",
        "Lifetime_Spend__c": "9.5E8",
        "SystemModstamp": "2026-02-01T10:00:00.000Z",
        "Description": "two\nlines",
    }.items() <= row.items()
    assert 204 == org.rest("DELETE", f"/jobs/query/{job['id']}").status_code
    assert 404 == org.rest("GET", f"/jobs/query/{job['id']}").status_code


def test_results_come_in_pages_that_can_be_read_again(org: Org) -> None:
    """Every page has the header; the last one's locator is the word null."""
    salesforce.insert_rows(
        org.running.sandbox, "Contact", ({"LastName": f"N{n}"} for n in range(2_500))
    )
    job = start(org, "SELECT LastName FROM Contact")
    path = f"/jobs/query/{job['id']}/results?maxRecords=1000"
    pages, locator = [], ""
    while locator != "null":
        page = org.rest("GET", path + (f"&locator={locator}" if locator else ""))
        again = org.rest("GET", path + (f"&locator={locator}" if locator else ""))
        assert page.content == again.content
        pages.append(rows(page.text))
        locator = page.headers["Sforce-Locator"]

    assert [1_000, 1_000, 500] == [len(page) for page in pages]
    assert {f"N{n}" for n in range(2_500)} == {row["LastName"] for page in pages for row in page}
    assert 400 == org.rest("GET", path + "&locator=nonsense").status_code


def test_an_empty_result_is_a_header(org: Org) -> None:
    """No rows, one line."""
    job = start(org, "SELECT Id FROM Lead")
    answer = org.rest("GET", f"/jobs/query/{job['id']}/results")

    assert ('"Id"\n', "0", "null") == (
        answer.text,
        answer.headers["Sforce-NumberOfRecords"],
        answer.headers["Sforce-Locator"],
    )


def test_query_all_delimiters_and_line_endings(org: Org) -> None:
    """QueryAll shows deleted rows; the file is written as asked."""
    org.insert("Contact", {"LastName": "A;B", "IsDeleted": True})
    job = start(
        org,
        "SELECT LastName, IsDeleted FROM Contact",
        operation="queryAll",
        columnDelimiter="SEMICOLON",
        lineEnding="CRLF",
    )
    answer = org.rest("GET", f"/jobs/query/{job['id']}/results")

    assert b'"LastName";"IsDeleted"\r\n"A;B";"true"\r\n' == answer.content


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT MailingAddress FROM Contact", "FEATURENOTENABLED", "Selecting compound data not supported in Bulk Query"),
        ("SELECT COUNT() FROM Contact", "FEATURENOTENABLED", "Aggregate"),
        ("SELECT LastName, COUNT(Id) FROM Contact GROUP BY LastName", "FEATURENOTENABLED", "Aggregate"),
        ("SELECT Id FROM Contact OFFSET 5", "FEATURENOTENABLED", "OFFSET"),
        ("SELECT TYPEOF Who WHEN Contact THEN Id END FROM Task", "FEATURENOTENABLED", "TYPEOF"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FEATURENOTENABLED", "Nested"),
        ("SELECT FIELDS(STANDARD) FROM Contact", "FEATURENOTENABLED", "FIELDS"),
        ("SELECT Id FROM TaskStatus", "INVALIDENTITY", "TaskStatus is not supported by the Bulk API"),
        ("SELECT Foo FROM Contact", "INVALID_FIELD", "No such column"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"),
        ("SELECT", "MALFORMED_QUERY", "unexpected token"),
        ("", "INVALIDJOB", "query is required"),
    ],
)  # fmt: skip
def test_what_bulk_cannot_do_is_refused_at_once(org: Org, soql: str, code: str, words: str) -> None:
    """400 at creation, with the reason."""
    answer = org.rest("POST", "/jobs/query", json={"operation": "query", "query": soql})

    assert (400, code) == (answer.status_code, answer.json()[0]["errorCode"])
    assert words in answer.json()[0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "insert"},
        {"contentType": "XML"},
        {"columnDelimiter": "COMMAS"},
        {"lineEnding": "CR"},
    ],
)
def test_wrong_jobs_are_refused(org: Org, body: dict[str, str]) -> None:
    """Unknown operations and formats are no jobs."""
    answer = org.rest(
        "POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Lead", **body}
    )

    assert (400, "INVALIDJOB") == (answer.status_code, answer.json()[0]["errorCode"])


def test_failed_jobs_say_why(org: Org) -> None:
    """A failed job has a message and no results."""
    org.options(bulk_fail="InternalServerError: retry later")
    job = start(org)
    information = org.rest("GET", f"/jobs/query/{job['id']}").json()

    assert ("Failed", "InternalServerError: retry later") == (
        information["state"],
        information["errorMessage"],
    )
    assert 400 == org.rest("GET", f"/jobs/query/{job['id']}/results").status_code


def test_jobs_can_be_aborted_while_they_run(org: Org) -> None:
    """Abort answers the new state; a job that has ended cannot be aborted."""
    org.options(bulk_seconds=10)
    job = start(org)
    path = f"/jobs/query/{job['id']}"
    aborted = org.rest("PATCH", path, json={"state": "Aborted"})
    again = org.rest("PATCH", path, json={"state": "Aborted"})

    assert (200, "Aborted") == (aborted.status_code, aborted.json()["state"])
    assert "Aborted" == org.rest("GET", path).json()["state"]
    assert (400, "INVALIDJOBSTATE") == (again.status_code, again.json()[0]["errorCode"])


@pytest.mark.parametrize(("reading", "status"), [("400", 400), ("204", 204)])
def test_results_before_the_end(org: Org, reading: str, status: int) -> None:
    """A reading: an error, or an empty answer."""
    org.options(bulk_seconds=10)
    org.profile(results_too_early=reading)

    assert status == org.rest("GET", f"/jobs/query/{start(org)['id']}/results").status_code


def test_another_version_is_a_conflict(org: Org) -> None:
    """Results are read with the API version that the job was made with."""
    job = start(org)
    org.version = "61.0"

    assert 409 == org.rest("GET", f"/jobs/query/{job['id']}/results").status_code


def test_jobs_are_limited_listed_and_forgotten(org: Org) -> None:
    """A daily limit; a list; after seven days a job is gone."""
    org.options(bulk_daily_jobs=2)
    jobs = [start(org), start(org)]
    refused = org.rest("POST", "/jobs/query", json={"operation": "query", "query": SOQL})
    listed = org.rest("GET", "/jobs/query").json()["records"]
    org.running.sandbox.clock.advance(7 * 86_400)
    org.log_in()

    assert (400, "LIMIT_EXCEEDED") == (refused.status_code, refused.json()[0]["errorCode"])
    assert [job["id"] for job in jobs] == [one["id"] for one in listed]
    assert 404 == org.rest("GET", f"/jobs/query/{jobs[0]['id']}").status_code
    start(org)
