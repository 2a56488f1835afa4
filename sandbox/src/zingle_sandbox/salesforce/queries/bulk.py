"""Bulk API 2.0 query jobs (Bulk API 2.0 and Bulk API Developer Guide, Query Jobs)."""

from __future__ import annotations

from typing import Any

from zingle_sandbox.salesforce.catalogue.fields import COMPOUNDS
from zingle_sandbox.salesforce.catalogue.ids import make_id
from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.org.calls import Answer, ApiError, Call, Org, not_found
from zingle_sandbox.salesforce.org.jobs import Job
from zingle_sandbox.salesforce.queries.bulk_csv import (
    DELIMITERS,
    LINE_ENDINGS,
    decode_locator,
    result_file,
)
from zingle_sandbox.salesforce.queries.contexts import compile_query, context_of
from zingle_sandbox.salesforce.queries.pages import fetch
from zingle_sandbox.salesforce.queries.results import row_numbers
from zingle_sandbox.salesforce.soql.ast import Function, Query, Typeof
from zingle_sandbox.salesforce.soql.plan import Rows

KEPT_DAYS = 7
_REFUSED_OBJECTS = frozenset({"TaskStatus"})
FINISHED = frozenset({"JobComplete", "Failed", "Aborted"})


def create(call: Call) -> Answer:
    """`POST …/jobs/query`."""
    body = call.json_object()
    org = call.org
    now = org.sandbox.clock.now()
    today = sum((now - job.created).days < 1 for job in org.jobs.values())
    if today >= int(org.option("bulk_daily_jobs")):
        raise ApiError(
            400, "LIMIT_EXCEEDED", "Exceeded the limit of query jobs in the last 24 hours"
        )
    operation = body.get("operation")
    if operation not in ("query", "queryAll"):
        raise ApiError(400, "INVALIDJOB", f"Unsupported operation: {operation}")
    if body.get("contentType", "CSV") != "CSV":
        raise ApiError(400, "INVALIDJOB", "The only supported contentType is CSV")
    delimiter = _choice(body, "columnDelimiter", DELIMITERS)
    line_ending = _choice(body, "lineEnding", LINE_ENDINGS)
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        raise ApiError(400, "INVALIDJOB", "query is required")
    context = context_of(org, call.session.user_id, everything=operation == "queryAll")
    tree, compiled = compile_query(context, text)
    _refuse_unsupported(tree)
    if not isinstance(compiled, Rows):
        raise _unsupported("Aggregate Relationships not supported in Bulk Query")
    _refuse_unsupported_rows(compiled)
    failure = str(org.option("bulk_fail") or "")
    job = Job(
        id=make_id("750", len(org.jobs) + 1),
        operation=operation,
        version=call.version,
        user_id=call.session.user_id,
        selection=compiled.selection,
        rows=row_numbers(org, compiled),
        created=now,
        seconds=float(org.option("bulk_seconds")),
        delimiter=delimiter,
        line_ending=line_ending,
        ended="Failed" if failure else None,
        error=failure or None,
    )
    org.jobs[job.id] = job
    return Answer(body={**_basics(job), "state": "UploadComplete"})


def _choice(body: dict[str, Any], key: str, known: dict[str, str]) -> str:
    value = body.get(key, next(iter(known)))
    if not isinstance(value, str) or value not in known:
        raise ApiError(400, "INVALIDJOB", f"Invalid {key}: {value}")
    return value


def _unsupported(message: str) -> ApiError:
    return ApiError(400, "FEATURENOTENABLED", message)


def _refuse_unsupported(tree: Query) -> None:
    """Refuse what SOQL has and Bulk queries do not.

    Raises:
        ApiError: 400.
    """
    if tree.source.name.lower() in {name.lower() for name in _REFUSED_OBJECTS}:
        raise ApiError(400, "INVALIDENTITY", f"{tree.source.name} is not supported by the Bulk API")
    if tree.offset is not None:
        raise _unsupported("OFFSET not supported in Bulk Query")
    for item in tree.items:
        if isinstance(item, Query):
            raise _unsupported("Nested Relationships not supported in Bulk Query")
        if isinstance(item, Typeof):
            raise _unsupported("TYPEOF not supported in Bulk Query")
        if isinstance(item.expression, Function) and item.expression.upper == "FIELDS":
            raise _unsupported("FIELDS() not supported in Bulk Query")


def _refuse_unsupported_rows(compiled: Rows) -> None:
    if any(header.type in COMPOUNDS for header in compiled.selection.headers):
        raise _unsupported("Selecting compound data not supported in Bulk Query")


def _basics(job: Job) -> dict[str, Any]:
    made = sf_datetime(job.created)
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.selection.sobject.name,
        "createdById": job.user_id,
        "createdDate": made,
        "systemModstamp": made,
        "state": "",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }


def _information(org: Org, job: Job) -> dict[str, Any]:
    state = job.state(org.sandbox.clock.now())
    done = state == "JobComplete"
    body = {
        **_basics(job),
        "state": state,
        "jobType": "V2Query",
        "numberRecordsProcessed": len(job.rows) if done else 0,
        "retries": 0,
        "totalProcessingTime": int(job.seconds * 1000) if done else 0,
        "isPkChunkingSupported": True,
    }
    if state == "Failed":
        body["errorMessage"] = job.error
    return body


def _job(call: Call, job_id: str) -> Job:
    """A job that is still kept, of the same API version.

    Raises:
        ApiError: 404 or 409.
    """
    job = call.org.jobs.get(job_id) or next(
        (one for known, one in call.org.jobs.items() if known[:15] == job_id), None
    )
    if job is None or job.deleted or (call.org.sandbox.clock.now() - job.created).days >= KEPT_DAYS:
        raise not_found()
    if job.version != call.version:
        raise ApiError(
            409,
            "API_ERROR",
            f"The job was created with API version {job.version}, not {call.version}",
        )
    return job


def list_jobs(call: Call) -> Answer:
    """`GET …/jobs/query`: every job that is kept."""
    records = [_information(call.org, job) for job in call.org.jobs.values() if not job.deleted]
    return Answer(body={"done": True, "records": records, "nextRecordsUrl": None})


def information(call: Call, job_id: str) -> Answer:
    """`GET …/jobs/query/{id}`."""
    return Answer(body=_information(call.org, _job(call, job_id)))


def abort(call: Call, job_id: str) -> Answer:
    """`PATCH …/jobs/query/{id}` with `{"state": "Aborted"}`."""
    job = _job(call, job_id)
    if call.json_object().get("state") != "Aborted":
        raise ApiError(400, "INVALIDJOBSTATE", "The only state that can be set is Aborted")
    if job.state(call.org.sandbox.clock.now()) in FINISHED:
        raise ApiError(400, "INVALIDJOBSTATE", "Aborting already completed Job not allowed")
    job.ended = "Aborted"
    return Answer(body={**_basics(job), "state": "Aborted"})


def delete(call: Call, job_id: str) -> Answer:
    """`DELETE …/jobs/query/{id}`."""
    job = _job(call, job_id)
    if job.state(call.org.sandbox.clock.now()) == "InProgress":
        raise ApiError(400, "INVALIDJOBSTATE", "The job is in progress and cannot be deleted")
    job.deleted = True
    del job.rows[:]
    return Answer(204)


def results(call: Call, job_id: str) -> Answer:
    """`GET …/jobs/query/{id}/results?locator=&maxRecords=`: a CSV page with its header row."""
    job = _job(call, job_id)
    state = job.state(call.org.sandbox.clock.now())
    if state in {"Failed", "Aborted"}:
        raise ApiError(400, "INVALIDJOBSTATE", f"The job is {state} and has no results")
    if state != "JobComplete":
        if call.org.profile("results_too_early") == "204":
            return Answer(204)
        raise ApiError(400, "JOB_NOT_COMPLETE", f"The job is {state}")
    start = decode_locator(call.params.get("locator"))
    if start > 0 and start >= len(job.rows):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    wish = call.params.get("maxRecords", "")
    size = int(call.org.option("bulk_page_size"))
    size = min(size, int(wish)) if wish.isdigit() and int(wish) > 0 else size
    rows = fetch(call.org, job.selection, job.rows[start : start + size])
    return result_file(
        job.selection.headers,
        rows,
        delimiter=job.delimiter,
        line_ending=job.line_ending,
        following=start + size if start + size < len(job.rows) else None,
    )
