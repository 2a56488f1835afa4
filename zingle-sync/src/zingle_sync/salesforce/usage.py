"""API quota: what Salesforce says about it and whether to go on (pure)."""

from __future__ import annotations

import re

from zingle_sync.salesforce.values import Usage

_API_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")


def parse_usage(header: str | None) -> Usage | None:
    """Read `Sforce-Limit-Info`; None when it is absent or in no known form.

    >>> parse_usage("api-usage=10018/100000; per-app-api-usage=17/250(appName=x)")
    Usage(used=10018, limit=100000)
    """
    match = _API_USAGE.search(header or "")
    return Usage(int(match.group(1)), int(match.group(2))) if match else None


def quota_problem(
    usage: Usage | None, calls: int, *, percent_total: int, percent_per_run: int
) -> str | None:
    """Why no further call may be made, as one sentence; None while there is room.

    Args:
        usage: The org's usage, None while unknown.
        calls: Calls of this run.
        percent_total: Share of the daily limit that may be used by everybody together.
        percent_per_run: Share of the daily limit that this run may use.

    >>> quota_problem(Usage(81, 100), 3, percent_total=80, percent_per_run=25)
    'Salesforce API usage is at 81 of 100 calls a day, beyond quota_percent_total (80 %).'
    """
    if usage is None or usage.limit <= 0:
        return None
    if usage.used * 100 > usage.limit * percent_total:
        return (
            f"Salesforce API usage is at {usage.used} of {usage.limit} calls a day, "
            f"beyond quota_percent_total ({percent_total} %)."
        )
    if calls * 100 > usage.limit * percent_per_run:
        return (
            f"This run has made {calls} of the org's {usage.limit} Salesforce API calls a day, "
            f"beyond quota_percent_per_run ({percent_per_run} %)."
        )
    return None
