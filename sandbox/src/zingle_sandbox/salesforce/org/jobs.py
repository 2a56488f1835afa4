"""Query jobs of the Bulk API 2.0, as the org keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array
    from datetime import datetime

    from zingle_sandbox.salesforce.soql.select import Selection

_FIRST_SHARE = 0.25  # of the waiting time passes as UploadComplete, the rest as InProgress


@dataclass(slots=True)
class Job:
    """One query job.

    Attributes:
        rows: the row numbers of the result, chosen when the job was made.
        created: by the sandbox's clock.
        seconds: how long it takes.
        ended: `Aborted` or `Failed`, once it is; None while time alone decides.
        error: what a failed job says.
        deleted: it is gone, but counts for the day.
    """

    id: str
    operation: str
    version: str
    user_id: str
    selection: Selection
    rows: array[int]
    created: datetime
    seconds: float
    delimiter: str
    line_ending: str
    ended: str | None = None
    error: str | None = None
    deleted: bool = False

    def state(self, now: datetime) -> str:
        """What the job is at an instant."""
        elapsed = (now - self.created).total_seconds()
        if self.ended == "Aborted":
            return self.ended
        if elapsed < self.seconds * _FIRST_SHARE:
            return "UploadComplete"
        if elapsed < self.seconds:
            return "InProgress"
        return self.ended or "JobComplete"
