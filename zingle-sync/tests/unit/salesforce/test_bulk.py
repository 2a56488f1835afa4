from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from responses import RequestsMock

from zingle_sync.salesforce import (
    BulkJob,
    BulkJobError,
    BulkRefusedError,
    QuotaError,
    Salesforce,
    TransientError,
)

DATA = "https://acme.my.salesforce.com/services/data/v62.0"
JOBS = f"{DATA}/jobs/query"
RESULTS = f"{JOBS}/750A/results"

Make = Callable[..., Salesforce]
LogIn = Callable[..., None]


def page(body: str, *, rows: int, following: str = "null") -> dict[str, Any]:
    """A page of results."""
    headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(rows)}
    return {"body": body.encode(), "headers": headers, "content_type": "text/csv"}


def rows_of(job: BulkJob, locator: str = "") -> list[list[str]]:
    """All rows of a job."""
    return [row for result in job.pages(locator) for row in result.rows]


@pytest.fixture
def job(make: Make, log_in: LogIn) -> BulkJob:
    """A job that was made before."""
    log_in()
    return make().bulk_job("750A")


def test_job_from_beginning_to_end(
    make: Make, log_in: LogIn, mock: RequestsMock, sleeps: list[float]
) -> None:
    """A job is made, looked at with growing pauses, read page by page, and deleted."""
    log_in()
    mock.post(JOBS, json={"id": "750A", "state": "UploadComplete"})
    for state in ("UploadComplete", "InProgress", "UploadComplete", "JobComplete"):
        mock.get(f"{JOBS}/750A", json={"id": "750A", "state": state})
    mock.get(RESULTS, **page('"Id","Name"\n"1","A"\n', rows=1, following="MTA"))
    mock.get(RESULTS, **page('"Id","Name"\n"2","B"\n', rows=1))
    mock.delete(f"{JOBS}/750A", status=204)
    client = make()

    job = client.bulk_query("SELECT Id, Name FROM Contact", include_deleted=True)
    job.wait()
    pages = [(result.locator, result.header, list(result.rows)) for result in job.pages()]
    job.delete()

    assert [
        ("", ["Id", "Name"], [["1", "A"]]),
        ("MTA", ["Id", "Name"], [["2", "B"]]),
    ] == pages
    assert ([0.5, 0.75, 1.125], 8) == (sleeps, client.calls)


def test_values_may_hold_anything(job: BulkJob, mock: RequestsMock) -> None:
    """Line breaks, quotes and commas belong to values; NUL bytes vanish; long texts are read."""
    long = "x" * 200_000
    body = f'"A","B"\n"a\nb, ""c""","d\0é"\n"{long}",""\n'
    mock.get(RESULTS, **page(body, rows=2))

    assert [['a\nb, "c"', "dé"], [long, ""]] == rows_of(job)


def test_page_that_breaks_off_is_read_on(job: BulkJob, mock: RequestsMock) -> None:
    """A page with fewer rows than announced is asked for again, and no row comes twice."""
    mock.get(RESULTS, **page('"A"\n"1"\n"2"\n', rows=4))
    mock.get(RESULTS, **page('"A"\n"1"\n"2"\n"3"\n"4"\n', rows=4))

    assert [["1"], ["2"], ["3"], ["4"]] == rows_of(job)


def test_page_that_always_breaks_off(job: BulkJob, mock: RequestsMock) -> None:
    """There is an end to asking again."""
    mock.get(RESULTS, **page('"A"\n"1"\n', rows=4))

    with pytest.raises(TransientError, match="4 rows were announced and 1 came"):
        rows_of(job)


def test_reading_begins_at_a_locator(job: BulkJob, mock: RequestsMock) -> None:
    """A later page can be the first one."""
    mock.get(RESULTS, **page('"A"\n"9"\n', rows=1))

    rows = rows_of(job, "MTA")

    assert ([["9"]], True) == (rows, "locator=MTA" in str(mock.calls[-1].request.url))


def test_no_rows(job: BulkJob, mock: RequestsMock) -> None:
    """A result may be empty, with a header or without."""
    mock.get(RESULTS, **page('"A"\n', rows=0))
    mock.get(RESULTS, **page("", rows=0))

    assert ([], []) == (rows_of(job), rows_of(job))


@pytest.mark.parametrize(
    "early",
    [
        {"status": 204},
        {"status": 400, "json": [{"errorCode": "JOB_NOT_COMPLETE", "message": "not yet"}]},
        {"status": 412, "json": [{"errorCode": "JOB_NOT_COMPLETE", "message": "not yet"}]},
    ],
)
def test_results_that_are_not_there_yet(
    job: BulkJob, mock: RequestsMock, sleeps: list[float], early: dict[str, Any]
) -> None:
    """However an early question is answered, it is asked again."""
    mock.get(RESULTS, **early)
    mock.get(RESULTS, **page('"A"\n"1"\n', rows=1))

    assert ([["1"]], [0.5]) == (rows_of(job), sleeps)


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_ended_job(job: BulkJob, mock: RequestsMock, state: str) -> None:
    """A job that Salesforce gave up says so in Salesforce's words."""
    mock.get(f"{JOBS}/750A", json={"state": state, "errorMessage": "Something\nbroke"})

    with pytest.raises(BulkJobError, match=f"750A as {state}: Something broke"):
        job.wait()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("INVALIDENTITY", "TaskStatus is not supported by the Bulk API"),
        ("API_ERROR", "Selecting compound data not supported in Bulk Query"),
        ("INVALID_FIELD", "No such column"),
        ("FUNCTIONALITY_NOT_ENABLED", "no Bulk API"),
    ],
)
def test_refused_query(
    make: Make, log_in: LogIn, mock: RequestsMock, code: str, message: str
) -> None:
    """What Bulk API 2.0 refuses to begin with may be read through REST."""
    log_in()
    mock.post(JOBS, json=[{"errorCode": code, "message": message}], status=400)

    with pytest.raises(BulkRefusedError, match=code):
        make().bulk_query("SELECT Id FROM TaskStatus")


def test_too_many_jobs(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """The daily limit of jobs is a quota, not a refusal."""
    log_in()
    mock.post(JOBS, json=[{"errorCode": "LIMIT_EXCEEDED", "message": "jobs"}], status=400)

    with pytest.raises(QuotaError):
        make().bulk_query("SELECT Id FROM Contact")


def test_lost_connection_while_reading(job: BulkJob, mock: RequestsMock) -> None:
    """A connection that is lost before the first byte is made again."""
    mock.get(RESULTS, body=requests.exceptions.ConnectionError("reset"))
    mock.get(RESULTS, **page('"A"\n"1"\n', rows=1))

    assert [["1"]] == rows_of(job)
