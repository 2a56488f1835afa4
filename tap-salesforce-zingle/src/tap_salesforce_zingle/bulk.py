"""Read through Bulk API 2.0: one job per window, its result pages streamed."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_salesforce_zingle.columns import from_bulk
from tap_salesforce_zingle.planner import Plan, bulk_soql
from zingle_sync.salesforce import BulkJob, ConfigurationError, Salesforce, SalesforceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_salesforce_zingle.columns import Row

logger = logging.getLogger(__name__)


@dataclass
class BulkReading:
    """Reads a plan through Bulk API 2.0.

    Rows come in no order, so that a bookmark moves with the whole window alone. What an interrupted
    run keeps is the job, whose results live for seven days, and the page that it was reading.

    Attributes:
        client: Runs the jobs.
        plan: What to ask.
        rows: Rows handed out so far.
    """

    client: Salesforce
    plan: Plan
    rows: int = 0

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
        job, locator = self._resumed(resume) or (self._created(condition, resume), "")
        for page in job.pages(locator):
            resume["locator"] = page.locator
            if page.header:
                build = from_bulk(self.plan.columns, page.header)
                for row in page.rows:
                    self.rows += 1
                    yield build(row)
        self._forget(job, resume)

    def _created(self, condition: str | None, resume: dict[str, Any]) -> BulkJob:
        soql = bulk_soql(self.plan, condition)
        job = self.client.bulk_query(soql, include_deleted=self.plan.include_deleted)
        resume["job"], resume["locator"] = job.id, ""
        try:
            job.wait()
        except SalesforceError as error:
            if error.code in {"Failed", "Aborted"}:
                self._forget(job, resume)
            raise
        return job

    def _resumed(self, resume: dict[str, Any]) -> tuple[BulkJob, str] | None:
        """The job of an earlier run, if Salesforce still has it."""
        if not resume.get("job"):
            return None
        job = BulkJob(self.client, str(resume["job"]))
        try:
            job.wait()
        except (ConfigurationError, SalesforceError) as error:
            if isinstance(error, ConfigurationError) or error.code in {"Failed", "Aborted"}:
                logger.info("Bulk job %s of the last run is of no use any more", job.id)
                self._forget(job, resume)
                return None
            raise
        logger.info("Going on with Bulk job %s of the last run", job.id)
        return job, str(resume.get("locator") or "")

    def _forget(self, job: BulkJob, resume: dict[str, Any]) -> None:
        resume.pop("job", None)
        resume.pop("locator", None)
        with suppress(SalesforceError):  # Salesforce deletes it after seven days anyway.
            job.delete()
