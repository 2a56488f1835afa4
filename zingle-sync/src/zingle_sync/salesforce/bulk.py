"""Bulk API 2.0 query jobs, with results that are streamed and never held in memory.

Source: Bulk API 2.0 and Bulk API Developer Guide, "Query Jobs".
"""

from __future__ import annotations

import codecs
import csv
import itertools
import logging
import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from zingle_sync.http import MAX_TRIES, backoff, failure_of
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
from zingle_sync.salesforce.messages import clean_message
from zingle_sync.texts import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sync.salesforce.calls import Caller

# Seconds before the first look at a job; grows by half each time.
FIRST_POLL = 0.5
LONGEST_POLL = 10.0
ROWS_PER_PAGE = 50_000
# How often results are asked for when a complete job says that they are not there yet.
EARLY_TRIES = 20
# Seconds: how often a job that takes its time is told of, and when to leave it to the next run.
TELL_EVERY = 60.0
LONGEST_JOB = 2 * 3_600.0
_CHUNK = 1 << 16
_LONGEST_VALUE = 16 << 20
_ANNOUNCED = "Sforce-NumberOfRecords"


logger = logging.getLogger(__name__)


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
    """One query job."""

    def __init__(self, caller: Caller, job_id: str) -> None:
        # It may come from a state: nothing but letters and digits goes into an address.
        self.id = re.sub(r"\W", "", job_id)
        # How many rows a complete job has; None where nobody has said so.
        self.records: int | None = None
        self._caller = caller

    @classmethod
    def create(cls, caller: Caller, soql: str, *, include_deleted: bool) -> BulkJob:
        """Start a job; queryAll where deleted rows and archived activities count.

        The query has no aggregates, subqueries, TYPEOF, OFFSET and compound fields.

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
                "POST", "jobs/query", body, object_reader(id=str), what="POST jobs/query"
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
            TransientError: If the job is not complete within `LONGEST_JOB`; it goes on.
        """
        pause, waited, told = FIRST_POLL, 0.0, 0.0
        while True:
            job = self._caller.get(f"jobs/query/{self.id}", what="GET jobs/query", state=str)
            state = job["state"]
            if state == "JobComplete":
                announced = job.get("numberRecordsProcessed")
                self.records = announced if isinstance(announced, int) else None
                return
            if state in {"Failed", "Aborted"}:
                reason = clean_message(str(job.get("errorMessage") or "no reason given"))
                text = f"Salesforce ended Bulk job {self.id} as {state}: {reason}"
                raise BulkJobError(text, code=state)
            if waited >= LONGEST_JOB:
                raise TransientError(
                    f"Bulk job {self.id} is {state} after {waited / 60:.0f} minutes; the next run "
                    "looks at it again."
                )
            if waited - told >= TELL_EVERY:
                told = waited
                logger.info("Bulk job %s is %s after %.0f minutes", self.id, state, waited / 60)
            self._caller.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, LONGEST_POLL)

    def pages(self, locator: str = "") -> Iterator[ResultPage]:
        """The results, page by page, from a locator on.

        Raises:
            NotFoundError: If the job is gone.
            TransientError: If the bounded tries are over.
        """
        following: str | None = locator
        read: set[str] = set()
        while following is not None:
            if following in read:
                raise TransientError(f"Salesforce names a page of Bulk job {self.id} twice.")
            read.add(following)
            page = self._page(following)
            yield page
            following = page.next_locator

    def delete(self) -> None:
        """Remove the job and its results."""
        self._caller.send_json(
            "DELETE", f"jobs/query/{self.id}", None, bool, what="DELETE jobs/query"
        )

    def _page(self, locator: str) -> ResultPage:
        for attempt in itertools.count(1):
            response = self._open(locator)
            following = response.headers.get("Sforce-Locator", "").strip()
            # Where the next page begins, or the word null: without it nobody knows if there is one.
            if following:
                rows = self._rows(response, locator)
                header = next(rows, [])
                # Every page has a header row, unless it says itself that it is empty.
                if header or response.headers.get(_ANNOUNCED) == "0":
                    last = following.lower() == "null"
                    return ResultPage(locator, header, rows, None if last else following)
            response.close()
            self._wait_to_repeat(attempt, "it is no page of rows, or does not name the next one")
        raise AssertionError("unreachable: the loop above is endless")

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
        """The rows, the header first; a page that breaks off is asked for again.

        A row leaves when its line is certainly whole: a further line follows, or the page ends as
        it should. So a page that is asked for again goes on behind the last row that left.
        """
        done = 0
        attempt = 1
        header: list[str] | None = None
        while True:
            before = done
            broken = None
            try:
                with closing(response):
                    for row in _whole_rows(response, header, done):
                        header = header or row
                        done += 1
                        yield row
            except (_BrokenError, csv.Error) as error:
                broken = str(error)
            except requests.exceptions.RequestException as error:
                broken = failure_of(error).message
            if broken is None:
                return
            attempt = 1 if done > before else attempt + 1
            self._wait_to_repeat(attempt, broken)
            response = self._open(locator)

    def _wait_to_repeat(self, attempt: int, reason: str) -> None:
        if attempt >= MAX_TRIES:
            raise TransientError(f"Salesforce did not answer GET results whole: {reason}.")
        self._caller.sleep(backoff(attempt, self._caller.jitter()))


class _BrokenError(Exception):
    """A page that is not what it announced."""


def _whole_rows(
    response: requests.Response, header: list[str] | None, done: int
) -> Iterator[list[str]]:
    """The rows of a page from the first one on that has not left, each when it is known whole.

    Args:
        response: The page.
        header: Its first row, when it was read before.
        done: How many rows have left, the header included.

    Raises:
        _BrokenError: If a row has other columns than the first, the last line has no end, or
            another number of rows was announced.
        csv.Error: If a quote is never closed.
    """
    # Long text areas are longer than the csv module's default limit of 131,072 characters.
    csv.field_size_limit(_LONGEST_VALUE)
    lines = _Lines(response)
    held: list[str] | None = None
    columns, rows = 0, -1
    for row in filter(None, csv.reader(lines, strict=True)):
        if held is not None and rows >= done:
            yield held
        columns = columns or len(row)
        if len(row) != columns or (rows < 0 and header not in (None, row)):
            raise _BrokenError("a row has other columns than the rows before")
        held = row
        rows += 1
    announced = response.headers.get(_ANNOUNCED, "")
    if announced.isdecimal() and int(announced) != max(rows, 0):
        raise _BrokenError(f"{announced} rows were announced and {max(rows, 0)} came")
    if not lines.ended and not (lines.quoted and announced.isdecimal()):
        raise _BrokenError("the last line has no end")
    if held is not None and rows >= done:
        yield held


class _Lines:
    """Lines with their ends: a line break inside of quotes belongs to the value.

    Attributes:
        ended: Whether the last line had its end.
        quoted: Whether the text without a line's end ends with a quote.
    """

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.ended, self.quoted = True, False

    def __iter__(self) -> Iterator[str]:
        decoder: Any = codecs.getincrementaldecoder("utf-8-sig")("replace")
        rest = ""
        for chunk in self._response.iter_content(_CHUNK):
            text = rest + clean(decoder.decode(chunk))
            lines = text.split("\n")
            rest = lines.pop()
            for line in lines:
                yield line + "\n"
        self.ended, self.quoted = not rest, rest.endswith('"')
        if rest:
            yield rest
