"""Bulk API 2.0 query jobs (contract §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array

    from zingle_sandbox.salesforce.soql.select import Selection


@dataclass(slots=True)
class Job:
    """One query job.

    Attributes:
        rows: the row numbers of the result, chosen when the job was made.
        created: epoch seconds by the sandbox's clock.
        state: what the caller or a failure set; None while time alone decides.
        error: message of a failed job.
    """

    id: str
    operation: str
    query: str
    version: str
    user_id: str
    selection: Selection
    rows: array[int]
    created: float
    delimiter: str
    line_ending: str
    state: str | None = None
    error: str | None = None
