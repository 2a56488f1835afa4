"""Versions, limits, record counts, and the describes of objects."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from zingle_sandbox.salesforce.catalogue.describes import describe_object, describe_summary
from zingle_sandbox.salesforce.org.calls import (
    FIRST_VERSION,
    LAST_VERSION,
    Answer,
    ApiError,
    Call,
    Org,
)

_SEASONS = ("Winter", "Spring", "Summer")
# The objects' definitions changed last when this org was made.
_DESCRIBED = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


def version_list() -> list[dict[str, str]]:
    """`GET /services/data`: every supported version, ascending, no log-in needed."""
    versions = []
    for number in range(FIRST_VERSION, LAST_VERSION + 1):
        # 65.0 is Winter '26, and there are three releases a year.
        year, season = divmod(number - 65, len(_SEASONS))
        year += 26
        versions.append(
            {
                "label": f"{_SEASONS[season]} '{year:02d}",
                "url": f"/services/data/v{number}.0",
                "version": f"{number}.0",
            }
        )
    return versions


_ROOTS = (
    "composite",
    "jobs",
    "limits",
    "query",
    "queryAll",
    "sobjects",
)


def root(call: Call) -> Answer:
    """`GET /services/data/vNN.0`: the resources of a version."""
    base = f"/services/data/v{call.version}"
    urls = {name: f"{base}/{name}" for name in _ROOTS}
    return Answer(body={**urls, "identity": f"{call.instance_url}/services/oauth2/userinfo"})


def usage_header(org: Org) -> str:
    """The value of `Sforce-Limit-Info`."""
    used = org.usage.used(org.sandbox.clock.timestamp())
    return f"api-usage={used}/{org.option('daily_limit')}"


def _need_setup(call: Call) -> None:
    """Limits and record counts are for who may view set-up.

    Raises:
        ApiError: 403.
    """
    if not (call.org.option("view_setup") and call.org.may("ViewSetup")):
        raise ApiError(
            403,
            "INSUFFICIENT_ACCESS",
            "You do not have the permission View Setup and Configuration.",
        )


def limits(call: Call) -> Answer:
    """`GET …/limits`."""
    _need_setup(call)
    org = call.org
    daily = int(org.option("daily_limit"))
    used = org.usage.used(org.sandbox.clock.timestamp())
    jobs = int(org.option("bulk_daily_jobs"))

    def pair(most: int, left: int | None = None) -> dict[str, int]:
        return {"Max": most, "Remaining": most if left is None else max(left, 0)}

    return Answer(
        body={
            "ConcurrentAsyncGetReportInstances": pair(200),
            "DailyApiRequests": pair(daily, daily - used),
            "DailyAsyncApexExecutions": pair(250_000),
            "DailyBulkApiBatches": pair(15_000),
            "DailyBulkV2QueryFileStorageMB": pair(976_562),
            "DailyBulkV2QueryJobs": pair(jobs, jobs - len(org.jobs)),
            "DataStorageMB": pair(10_240, 9_876),
            "FileStorageMB": pair(10_240),
            "HourlyTimeBasedWorkflow": pair(1_000),
            "MassEmail": pair(5_000),
            "SingleEmail": pair(5_000),
        }
    )


def record_count(call: Call) -> Answer:
    """`GET …/limits/recordCount?sObjects=…`: live rows; objects without rows or name are absent."""
    _need_setup(call)
    wanted = call.params.get("sObjects")
    names = wanted.split(",") if wanted else [one.name for one in call.org.objects.values()]
    counts = []
    for name in names:
        sobject = call.org.objects.get(name.strip().lower())
        if sobject is None:
            continue
        live = " WHERE IsDeleted = 0" if sobject.field("IsDeleted") else ""
        if sobject.field("IsArchived"):
            live += " AND IsArchived = 0"
        count = call.org.sandbox.store.value(f"SELECT COUNT(*) FROM {sobject.table}{live}")
        if count:
            counts.append({"count": count, "name": sobject.name})
    return Answer(body={"sObjects": sorted(counts, key=lambda one: str(one["name"]))})


def describe_global(call: Call) -> Answer:
    """`GET …/sobjects`."""
    return _unless_unmodified(
        call,
        {
            "encoding": "UTF-8",
            "maxBatchSize": 200,
            "sobjects": [
                describe_summary(sobject, call.version) for sobject in call.org.objects.values()
            ],
        },
    )


def describe(call: Call, sobject: str) -> Answer:
    """`GET …/sobjects/{object}/describe`."""
    found = call.org.sobject(sobject)
    return _unless_unmodified(call, describe_object(found, call.version, call.instance_url))


def basic_information(call: Call, sobject: str) -> Answer:
    """`GET …/sobjects/{object}`: the summary and the rows that the user saw last (none here)."""
    found = call.org.sobject(sobject)
    return Answer(body={"objectDescribe": describe_summary(found, call.version), "recentItems": []})


def _unless_unmodified(call: Call, body: Any) -> Answer:  # noqa: ANN401 - JSON
    """304 without a body if nothing changed since the caller's `If-Modified-Since`."""
    since = call.headers.get("if-modified-since")
    if since is not None:
        try:
            moment = parsedate_to_datetime(since)
        except ValueError as error:
            raise ApiError(400, "INVALID_FIELD", f"Invalid If-Modified-Since: {since}") from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if moment >= _DESCRIBED:
            return Answer(304, headers=_stamps(call))
    return Answer(body=body, headers=_stamps(call))


def _stamps(call: Call) -> dict[str, str]:
    """When the definitions changed last, and a tag that changes with what the user sees."""
    seen = repr(call.org.sight)
    return {
        "ETag": f'"{zlib.crc32(seen.encode()):08x}"',
        "Last-Modified": format_datetime(_DESCRIBED, usegmt=True),
    }
