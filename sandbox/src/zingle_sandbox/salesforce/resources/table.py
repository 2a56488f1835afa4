"""Which path is answered by what."""

from __future__ import annotations

import re

from zingle_sandbox.salesforce.org.calls import Resource, resource
from zingle_sandbox.salesforce.queries import bulk, query
from zingle_sandbox.salesforce.resources import collections, composite, discovery, rows

RESOURCES: tuple[Resource, ...] = (
    resource("/", GET=discovery.root),
    resource("/limits", GET=discovery.limits),
    resource("/limits/recordCount", "sObjects", GET=discovery.record_count),
    resource("/query", "q columns", GET=query.query),
    resource("/queryAll", "q columns", GET=query.query_all),
    resource("/query(?:All)?/{locator}", GET=query.more),
    resource("/sobjects", GET=discovery.describe_global),
    resource("/sobjects/{sobject}", GET=discovery.basic_information, POST=rows.create),
    resource("/sobjects/{sobject}/describe", GET=discovery.describe),
    resource(
        "/sobjects/{sobject}/{record_id}",
        "fields",
        GET=rows.read,
        PATCH=rows.change,
        DELETE=rows.remove,
    ),
    resource(
        "/sobjects/{sobject}/{name}/{value}",
        "fields updateOnly",
        GET=rows.read_by_key,
        PATCH=rows.upsert,
        DELETE=rows.remove_by_key,
    ),
    resource("/jobs/query", GET=bulk.list_jobs, POST=bulk.create),
    resource("/jobs/query/{job_id}", GET=bulk.information, PATCH=bulk.abort, DELETE=bulk.delete),
    resource("/jobs/query/{job_id}/results", "locator maxRecords", GET=bulk.results),
    resource("/composite", POST=composite.composite),
    resource("/composite/batch", POST=composite.batch),
    resource(
        "/composite/sobjects",
        "ids allOrNone",
        POST=collections.insert,
        PATCH=collections.update,
        DELETE=collections.delete,
    ),
    resource(
        "/composite/sobjects/{sobject}",
        "ids fields",
        GET=collections.read,
        POST=collections.read_many,
    ),
    resource("/composite/sobjects/{sobject}/{name}", PATCH=collections.upsert),
)

# Paths that the real service has and that no plugin and no client test calls.
_NOT_BUILT = re.compile(
    r"/services/(?:async|apexrest|Soap|oauth2|wave|data/v\d+\.0/(?:"
    r"actions|analytics|appMenu|apps|async-queries|chatter|commerce|connect|consent|dedupe|einstein"
    r"|emailConnect|event|folders|graphql|jobs/ingest|jsonxform|knowledgeManagement|licensing"
    r"|localizedvalue|metadata|nouns|parameterizedSearch|payments|process|quickActions|recent"
    r"|scheduling|search|smartdatadiscovery|support|tabs|theme|tooling|ui-api|wave"
    r"|composite/(?:graph|tree|sobjects/[^/]+/updated)"
    r"|sobjects/[^/]+/(?:updated|deleted|listviews|quickActions|describe/.+|defaultValues|relevantItems)"
    r"))(?:/.*)?"
)


def not_built(path: str) -> bool:
    """Whether the real service has this path and the sandbox does not."""
    return _NOT_BUILT.fullmatch(path) is not None
