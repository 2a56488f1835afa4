"""Read through Bulk API 2.0: one job per window, its result pages streamed."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.plan.changes import fingerprint
from tap_salesforce_zingle.plan.plans import Plan, bulk_soql
from tap_salesforce_zingle.plan.rows import from_bulk
from zingle_sync.salesforce import (
    BulkJobError,
    BulkRefusedError,
    ConfigurationError,
    LocatorLostError,
    QuotaError,
    Salesforce,
    SalesforceError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_salesforce_zingle.plan.columns import Row
    from zingle_sync.salesforce import BulkJob

logger = logging.getLogger(__name__)

# What the state keeps of a job: its id, the page being read, the rows of the pages before it, and
# what it asks for.
KEPT = ("job", "locator", "rows", "query")
# How often the results of a job are read that are not whole.
MAX_READS = 3


class _IncompleteError(Exception):
    """Results that are not what the job has."""


@dataclass
class BulkReading:
    """Reads a plan through Bulk API 2.0.

    Rows come in no order, so that a bookmark moves with the whole window alone. What an interrupted
    run keeps is the job, whose results live for seven days, and the page that it was reading.
    """

    client: Salesforce
    plan: Plan

    def window(self, condition: str | None, resume: dict[str, Any]) -> Iterator[Row]:
        """The rows of a window.

        Args:
            condition: The window, None for the whole table.
            resume: Where the job and the page are kept.

        Raises:
            BulkRefusedError: If Bulk API 2.0 does not serve this query; before the first row.
            BulkJobError: If Salesforce gives the job up; before the first row.
            SalesforceError: If reading cannot go on.
        """
        soql = bulk_soql(self.plan, condition)
        kept = self._resumed(soql, resume)
        if kept is not None:
            try:
                yield from self._pages(kept, resume)
            except (ConfigurationError, LocatorLostError) as error:
                logger.info(
                    "Bulk job %s of the last run cannot be read any more: %s", kept.id, error
                )
                self._forget(kept, resume)
            else:
                return
        yield from self._pages(self._created(soql, resume), resume)

    def _pages(self, job: BulkJob, resume: dict[str, Any]) -> Iterator[Row]:
        """The rows of a job, whose end is believed when all have come that it says it has."""
        for tries_left in reversed(range(MAX_READS)):
            try:
                yield from self._rest(job, resume)
            except _IncompleteError as error:
                if not tries_left:
                    raise TransientError(f"Bulk job {job.id} is not whole: {error}.") from error
                logger.info("Bulk job %s is not whole: %s; reading again", job.id, error)
            else:
                self._forget(job, resume)
                return

    def _rest(self, job: BulkJob, resume: dict[str, Any]) -> Iterator[Row]:
        before = resume.get("rows")
        came = before if isinstance(before, int) else 0
        for page in job.pages(str(resume.get("locator") or "")):
            resume.update(locator=page.locator, rows=None if before is None else came)
            try:
                # A page without a header has said that it is empty.
                build = from_bulk(self.plan.columns if page.header else (), page.header)
            except KeyError as error:
                raise _IncompleteError(f"a page has no column {error}") from error
            for row in page.rows:
                came += 1
                try:
                    record = build(row)
                except (ArithmeticError, ValueError) as error:
                    raise _IncompleteError("a row has a number that is none") from error
                yield record
        if before is not None and came < (job.records or 0):
            resume.update(locator="", rows=0)
            raise _IncompleteError(f"it has {job.records} rows, and {came} came")

    def _created(self, soql: str, resume: dict[str, Any]) -> BulkJob:
        try:
            job = self.client.bulk_query(soql, include_deleted=self.plan.include_deleted)
        except QuotaError as error:
            # The day's jobs are used up, its calls are not: REST can read.
            if self.plan.api == "auto" and error.code == "LIMIT_EXCEEDED":
                raise BulkRefusedError(str(error), status=error.status, code=error.code) from error
            raise
        resume.update(job=job.id, locator="", rows=0, query=fingerprint(soql))
        try:
            job.wait()
        except BulkJobError:
            self._forget(job, resume)
            raise
        return job

    def _resumed(self, soql: str, resume: dict[str, Any]) -> BulkJob | None:
        """The job of an earlier run, if it is for the same query and Salesforce still has it."""
        if not resume.get("job"):
            return None
        job = self.client.bulk_job(str(resume["job"]))
        try:
            if resume.get("query") == fingerprint(soql):
                job.wait()
                logger.info("Going on with Bulk job %s of the last run", job.id)
                return job
        except (ConfigurationError, BulkJobError) as error:
            logger.info("Bulk job %s of the last run is of no use any more: %s", job.id, error)
        self._forget(job, resume)
        return None

    def _forget(self, job: BulkJob, resume: dict[str, Any]) -> None:
        for name in KEPT:
            resume.pop(name, None)
        with suppress(SalesforceError):  # Salesforce deletes it after seven days anyway.
            job.delete()
