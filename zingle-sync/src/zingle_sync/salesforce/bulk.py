"""Bulk API 2.0 query jobs, with results that are streamed and never held in memory.

Source: Bulk API 2.0 and Bulk API Developer Guide, "Query Jobs".
"""

from __future__ import annotations

import codecs
import csv
import sys
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import requests

from zingle_sync.http import MAX_TRIES, Answer, backoff, failure_of
from zingle_sync.salesforce.answers import object_reader
from zingle_sync.salesforce.errors import (
    BulkJobError,
    BulkRefusedError,
    ConfigurationError,
    LoginError,
    RecordError,
    SalesforceError,
    TooLargeError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.salesforce.calls import Caller

# Seconds before the first look at a job; grows by half each time.
FIRST_POLL = 0.5
LONGEST_POLL = 10.0
ROWS_PER_PAGE = 50_000
# How often results are asked for when a complete job says that they are not there yet.
EARLY_TRIES = 20
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of a job's results.

    Attributes:
        locator: Where the page begins; "" for the first. Stable as long as the job exists.
        header: Names of the columns, such as `Account.Name`.
        rows: The rows as texts, "" for null; to be used up before the next page.
        next_locator: Where the next page begins, None when this is the last.
    """

    locator: str
    header: list[str]
    rows: Iterator[list[str]]
    next_locator: str | None


class BulkJob:
    """One query job.

    Args:
        caller: Sends the calls.
        job_id: Its id.
    """

    def __init__(self, caller: Caller, job_id: str) -> None:
        self.id = job_id
        self._caller = caller

    @classmethod
    def create(cls, caller: Caller, soql: str, *, include_deleted: bool) -> BulkJob:
        """Start a job.

        Args:
            caller: Sends the calls.
            soql: The query; without aggregates, subqueries, TYPEOF, OFFSET and compound fields.
            include_deleted: Whether deleted rows and archived activities count (queryAll).

        Raises:
            BulkRefusedError: If Bulk API 2.0 does not serve this object or query.
        """
        body = {
            "operation": "queryAll" if include_deleted else "query",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        try:
            # A job that was made although its answer was lost costs nothing but a job.
            answer = caller.send_json(
                "POST", "jobs/query", body, object_reader("id"), what="POST jobs/query"
            )
        except LoginError:
            raise
        except (ConfigurationError, RecordError, TooLargeError) as error:
            raise BulkRefusedError(str(error), status=error.status, code=error.code) from error
        return cls(caller, str(answer["id"]))

    def wait(self) -> None:
        """Look at the job until its results are complete.

        Raises:
            BulkJobError: If Salesforce gives the job up.
        """
        pause = FIRST_POLL
        while True:
            job = self._caller.get(f"jobs/query/{self.id}", what="GET jobs/query")
            state = str(job.get("state"))
            if state == "JobComplete":
                return
            if state in {"Failed", "Aborted"}:
                reason = " ".join(str(job.get("errorMessage") or "no reason given").split())
                text = f"Salesforce ended Bulk job {self.id} as {state}: {reason}"
                raise BulkJobError(text, code=state)
            self._caller.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL)

    def pages(self, locator: str = "") -> Iterator[ResultPage]:
        """The results, page by page.

        Args:
            locator: Where to begin.

        Raises:
            NotFoundError: If the job is gone.
            TransientError: If the bounded tries are over.
        """
        following: str | None = locator
        while following is not None:
            page = self._page(following)
            yield page
            following = page.next_locator

    def delete(self) -> None:
        """Remove the job and its results."""
        self._caller.send_json(
            "DELETE", f"jobs/query/{self.id}", None, bool, what="DELETE jobs/query"
        )

    def _page(self, locator: str) -> ResultPage:
        response = self._open(locator)
        next_locator = response.headers.get("Sforce-Locator", "null")
        rows = self._rows(response, locator)
        return ResultPage(
            locator,
            next(rows, []),
            rows,
            None if next_locator in {"null", ""} else next_locator,
        )

    def _open(self, locator: str) -> requests.Response:
        params = {"maxRecords": str(ROWS_PER_PAGE), **({"locator": locator} if locator else {})}
        what = "GET results"
        path = f"jobs/query/{self.id}/results"
        for _ in range(EARLY_TRIES):
            try:
                response = self._caller.open(path, params, what=what)
            except SalesforceError as error:
                # What an early question is answered is documented in three ways.
                if error.code != "JOB_NOT_COMPLETE":
                    raise
            else:
                if response.status_code != requests.codes.no_content:
                    return response
            self._caller.sleep(FIRST_POLL)
        raise TransientError(f"Salesforce does not hand out the results of Bulk job {self.id}.")

    def _rows(self, response: requests.Response, locator: str) -> Iterator[list[str]]:
        """The rows, the header first; a page that breaks off is asked for again."""
        done = 0
        attempt = 1
        while True:
            before = done
            try:
                with closing(response):
                    for row in islice(_csv_rows(response), done, None):
                        done += 1
                        yield row
                failure = _shortfall(response, done - 1)
            except requests.exceptions.RequestException as error:
                failure = failure_of(error)
            if failure is None:
                return
            attempt = 1 if done > before else attempt + 1
            if attempt >= MAX_TRIES:
                raise TransientError(
                    f"Salesforce did not answer GET results whole: {failure.message}."
                )
            self._caller.sleep(backoff(attempt, self._caller.jitter()))
            response = self._open(locator)


def _shortfall(response: requests.Response, rows: int) -> Answer | None:
    expected = response.headers.get("Sforce-NumberOfRecords", "")
    if not expected.isdigit() or int(expected) == max(rows, 0):
        return None
    return Answer(None, message=f"{expected} rows were announced and {rows} came")


def _csv_rows(response: requests.Response) -> Iterator[list[str]]:
    # Long text areas are longer than the csv module's default limit of 131,072 characters.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    return csv.reader(_lines(response))


def _lines(response: requests.Response) -> Iterator[str]:
    """Lines with their ends: a line break inside of quotes belongs to the value."""
    decoder: Any = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for chunk in response.iter_content(_CHUNK):
        # NUL bytes have been seen in the wild, and csv before Python 3.11 stops at them.
        text = rest + decoder.decode(chunk).replace("\0", "")
        lines = text.split("\n")
        rest = lines.pop()
        for line in lines:
            yield line + "\n"
    if rest:
        yield rest
