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


def test_a_mark_before_the_header(job: BulkJob, mock: RequestsMock) -> None:
    """A byte order mark is part of no column's name."""
    mock.get(RESULTS, **page('\ufeff"A"\n"1"\n', rows=1))

    assert ["A"] == next(job.pages()).header


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


TABLE = [["Id", "Note"], ["1", "Anna"], ["2", 'a\n"b", c'], ["3", ""], ["4", "d\u00e9j\u00e0"]]


def text_of(rows: list[list[str]]) -> bytes:
    """A table as Salesforce writes it: every value quoted, every line ended."""
    quoted = (",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows)
    return "".join(f"{line}\n" for line in quoted).encode()


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("cut", range(len(text_of(TABLE))))
def test_a_page_cut_anywhere_gives_each_row_once_and_whole(
    job: BulkJob, mock: RequestsMock, cut: int, announced: bool
) -> None:
    """No cut value ever leaves, whichever byte the text ends at, and the page is read on."""
    whole, rows = text_of(TABLE), len(TABLE) - 1
    headers = {"Sforce-Locator": "null"} | ({"Sforce-NumberOfRecords": "4"} if announced else {})
    at_line_end = not announced and whole[:cut] in {text_of(TABLE[:n]) for n in range(1, rows + 1)}
    mock.get(RESULTS, body=whole[:cut], headers=headers)
    mock.get(RESULTS, body=whole, headers=headers)
    mock.assert_all_requests_are_fired = False

    got = rows_of(job)

    # Without an announced number nothing tells a page that ends between two lines from a whole one.
    assert got == TABLE[1 : len(got) + 1]
    assert at_line_end or got == TABLE[1:]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"", {"Sforce-NumberOfRecords": "2"}),
        (b"", {"Sforce-Locator": "null"}),
        (b"", {"Sforce-Locator": "null", "Sforce-NumberOfRecords": "2"}),
        (b'"A"\n"1"\n"2"\n', {}),
        (b'"A"\n"1"\n"2"\n', {"Sforce-NumberOfRecords": "2"}),
        (b'"A"\n"1"\n"2"\n', {"Sforce-Locator": "", "Sforce-NumberOfRecords": "2"}),
        (b"<html>Maintenance</html>", {}),
        (b"{}", {"Content-Type": "application/json"}),
        (b'"A"\n"1","x"\n"2"\n', {"Sforce-Locator": "null", "Sforce-NumberOfRecords": "2"}),
        (b'"A"\n"1"\n"2"\n"3"\n', {"Sforce-Locator": "null", "Sforce-NumberOfRecords": "2"}),
    ],
)
def test_a_page_that_is_no_page_is_never_the_end(
    job: BulkJob, mock: RequestsMock, body: bytes, headers: dict[str, str]
) -> None:
    """Without header row, locator or announced rows it is asked for again, and then given up."""
    mock.get(RESULTS, body=body, headers=headers)
    mock.get(RESULTS, **page('"A"\n"1"\n"2"\n', rows=2, following="MTA"))
    mock.get(RESULTS, **page('"A"\n"3"\n', rows=1))

    assert [["1"], ["2"]] == rows_of(job)[:2]
    mock.reset()
    mock.get(RESULTS, body=body, headers=headers)
    with pytest.raises(TransientError, match="whole"):
        rows_of(job)


def test_columns_that_change_between_two_tries(job: BulkJob, mock: RequestsMock) -> None:
    """A page that comes back with other columns is not read on."""
    mock.get(RESULTS, **page('"A","B"\n"1","x"\n"2","y"\n', rows=3))
    mock.get(RESULTS, **page('"B","A"\n"x","1"\n"y","2"\n"z","3"\n', rows=3))
    mock.get(RESULTS, **page('"A","B"\n"1","x"\n"2","y"\n"3","z"\n', rows=3))

    assert [["1", "x"], ["2", "y"], ["3", "z"]] == rows_of(job)


def test_pages_that_lead_in_a_circle(job: BulkJob, mock: RequestsMock) -> None:
    """A page that was read before is an error, not an endless read."""
    mock.get(RESULTS, **page('"A"\n"1"\n', rows=1, following="MTA"))
    mock.get(RESULTS, **page('"A"\n"2"\n', rows=1, following="MTA"))

    with pytest.raises(TransientError, match="twice"):
        rows_of(job)


def test_a_job_that_never_completes(
    job: BulkJob, mock: RequestsMock, sleeps: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """Waiting is told of each minute and has an end; the job is left to the next run."""
    mock.get(f"{JOBS}/750A", json={"id": "750A", "state": "InProgress"})
    caplog.set_level("INFO")

    with pytest.raises(TransientError, match="750A is InProgress after 120 minutes"):
        job.wait()
    assert 7_200 <= sum(sleeps) < 7_220
    assert 100 <= len([line for line in caplog.messages if "750A is InProgress" in line]) <= 120


@pytest.mark.parametrize("odd", [[], {}, {"id": "750A"}, {"state": None}, "text", 7])
def test_a_job_of_another_shape_is_asked_for_again(
    make: Make, log_in: LogIn, mock: RequestsMock, odd: object
) -> None:
    """Making a job and looking at it check the shape of the answer."""
    log_in()
    mock.post(JOBS, json=odd if odd != {"id": "750A"} else {"id": 7})
    mock.post(JOBS, json={"id": "750A"})
    mock.get(f"{JOBS}/750A", json=odd)
    mock.get(f"{JOBS}/750A", json={"id": "750A", "state": "JobComplete"})

    job = make().bulk_query("SELECT Id FROM Contact")
    job.wait()

    assert "750A" == job.id


def test_a_job_id_reaches_no_other_path(make: Make) -> None:
    """An id from a state is an id, whatever it holds."""
    assert "750A" == make().bulk_job("../../750A/..?").id
