from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Org

KEY = "Zingle_Conversation_Key__c"
ODD: list[Any] = [
    *(None, 5, 5.5, True, "x", "\x00", [], {}, [1], [[]], {"a": 1}, 10**30, -1),
    *({"attributes": None}, {"attributes": {"type": 5}}, {"attributes": {"type": "Task"}}),
]
CALLS = [
    ("POST", "/sobjects/Contact"),
    ("PATCH", f"/sobjects/Task/{KEY}/k"),
    ("POST", "/composite"),
    ("POST", "/composite/batch"),
    ("POST", "/composite/sobjects"),
    ("PATCH", "/composite/sobjects"),
    ("PATCH", f"/composite/sobjects/Task/{KEY}"),
    ("POST", "/composite/sobjects/Task"),
    ("POST", "/jobs/query"),
]
KEYS = ["records", "compositeRequest", "batchRequests", "ids", "fields", "query", "operation"]


def check(org: Org, method: str, path: str, body: Any) -> None:  # noqa: ANN401 - JSON
    """The answer is one of the service, not of a broken sandbox."""
    answer = org.rest(method, path, json=body)

    assert answer.status_code < 500, (method, path, body, answer.text)


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_odd_bodies_are_refused_not_tripped_over(org: Org, value: Any) -> None:  # noqa: ANN401 - JSON
    """Whatever the JSON, the answer is an error of the service."""
    for method, path in CALLS:
        check(org, method, path, value)
        for key in KEYS:
            check(org, method, path, {key: value})
            check(org, method, path, {key: [value]})


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_odd_values_are_refused_not_tripped_over(org: Org, value: Any) -> None:  # noqa: ANN401 - JSON
    """In every field of a row, and in every part of a subrequest."""
    fields = org.rest("GET", "/sobjects/Contact/describe").json()["fields"]
    for name in [field["name"] for field in fields] + ["Account", "Owner"]:
        check(org, "POST", "/sobjects/Contact", {"LastName": "x", name: value})
    part = {"method": "GET", "url": "/services/data/v62.0/limits", "referenceId": "a"}
    for name in (*part, "body", "httpHeaders"):
        check(org, "POST", "/composite", {"compositeRequest": [{**part, name: value}]})
        check(org, "POST", "/composite/batch", {"batchRequests": [{**part, name: value}]})
    for name in ("operation", "query", "contentType", "columnDelimiter", "lineEnding"):
        job = {"operation": "query", "query": "SELECT Id FROM Contact", name: value}
        check(org, "POST", "/jobs/query", job)


@pytest.mark.parametrize(
    "path",
    [
        "/query/x",
        "/query/-",
        "/sobjects/%00",
        "/sobjects/Contact/%ff",
        f"/sobjects/Task/{KEY}/%F0%9F%98%80",
        "/composite/sobjects/Contact?ids=a&fields=a.b.c.d.e.f.g.h",
        "/composite/sobjects/Contact?ids=003Zs00000000G9&fields=.",
        "/limits/recordCount?sObjects=,,",
        "/jobs/query/x/results?maxRecords=-1&locator=%00",
    ],
)
def test_odd_paths_are_refused_not_tripped_over(org: Org, path: str) -> None:
    """Whatever the path, the answer is one of the service."""
    assert org.rest("GET", path).status_code < 500
