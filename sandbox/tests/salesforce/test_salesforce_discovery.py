from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from conftest import Org


def test_versions_need_no_log_in(org: Org) -> None:
    """The list ends with Winter '27, v68.0, and starts with the oldest supported version."""
    answer = requests.get(f"{org.running.url}/services/data", timeout=10)
    versions = answer.json()

    assert ("31.0", "68.0") == (versions[0]["version"], versions[-1]["version"])
    assert {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"} == versions[-1]
    assert "Summer '25" == next(one["label"] for one in versions if one["version"] == "64.0")
    assert "Sforce-Limit-Info" not in answer.headers


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("30.0", 410, "UNSUPPORTED_API_VERSION"),
        ("99.0", 404, "NOT_FOUND"),
        ("62.5", 404, "NOT_FOUND"),
    ],
)
def test_other_versions_are_refused(org: Org, version: str, status: int, code: str) -> None:
    """Retired versions are gone, future ones are not there."""
    org.version = version
    answer = org.rest("GET", "/limits")

    assert (status, code) == (answer.status_code, answer.json()[0]["errorCode"])


def test_deprecated_versions_warn(org: Org) -> None:
    """v31 to v40 still answer, with a warning."""
    org.version = "40.0"

    assert org.rest("GET", "/limits").headers["Warning"].startswith("299")


def test_every_rest_call_counts_and_says_so(org: Org) -> None:
    """`Sforce-Limit-Info` counts calls, limits tell what is left."""
    first = org.rest("GET", "/limits")
    second = org.rest("GET", "/limits")

    used = [
        int(one.headers["Sforce-Limit-Info"].split("=")[1].split("/")[0]) for one in (first, second)
    ]
    assert 1 == used[1] - used[0]
    limit = second.json()["DailyApiRequests"]
    assert (100_000, 100_000 - used[1]) == (limit["Max"], limit["Remaining"])


def test_the_daily_limit_refuses_and_ends_after_a_day(org: Org) -> None:
    """Beyond the limit every call is 403, until the calls are a day old."""
    org.options(daily_limit=2)
    org.running.sandbox.clock.advance(25 * 3600)
    org.log_in()
    answers = [org.rest("GET", "/limits") for _ in range(3)]
    org.running.sandbox.clock.advance(24 * 3600)
    org.log_in()

    assert [200, 200, 403] == [answer.status_code for answer in answers]
    assert [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ] == answers[-1].json()
    assert 200 == org.rest("GET", "/limits").status_code


def test_only_long_calls_count_against_the_concurrent_limit(org: Org) -> None:
    """With two long calls allowed at a time, the others of six are refused."""
    org.options(call_seconds=1.0, long_call_seconds=0.5, concurrent_limit=2)
    together = Barrier(6)

    def call(_: int) -> requests.Response:
        together.wait()
        return requests.get(
            f"{org.running.url}/services/data/v62.0/limits",
            headers=dict(org.session.headers),
            timeout=10,
        )

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(call, range(6)))
    refused = [answer for answer in answers if answer.status_code == 403]
    org.options(call_seconds=0.01, long_call_seconds=20.0)
    with ThreadPoolExecutor(6) as pool:
        short = list(pool.map(call, range(6)))

    assert 4 == len(refused)
    assert {"ConcurrentRequests (Concurrent API Requests) Limit exceeded."} == {
        answer.json()[0]["message"] for answer in refused
    }
    assert {200} == {answer.status_code for answer in short}


def test_record_counts_leave_out_what_is_not_counted(org: Org) -> None:
    """Deleted rows do not count; an object without rows, or unknown, is absent."""
    org.insert(
        "Contact", {"LastName": "A"}, {"LastName": "B"}, {"LastName": "C", "IsDeleted": True}
    )
    answer = org.rest("GET", "/limits/recordCount", params={"sObjects": "Contact,Lead,Nope"})

    assert {"sObjects": [{"count": 2, "name": "Contact"}]} == answer.json()


def test_describes_follow_if_modified_since(org: Org) -> None:
    """An old describe is sent again, a fresh one answers 304 without a body."""
    stamp = "Wed, 01 Jan 2020 00:00:00 GMT"
    old = org.rest("GET", "/sobjects/Contact/describe", headers={"If-Modified-Since": stamp})
    fresh = org.rest(
        "GET",
        "/sobjects/Contact/describe",
        headers={"If-Modified-Since": old.headers["Last-Modified"]},
    )

    assert (200, 304, b"") == (old.status_code, fresh.status_code, fresh.content)


def test_hidden_things_do_not_exist(org: Org) -> None:
    """Field-level security and missing permissions hide from describe, SOQL and writes alike."""
    org.options(hidden_fields="Task.Type, Lead")
    names = [one["name"] for one in org.rest("GET", "/sobjects").json()["sobjects"]]
    described = org.rest("GET", "/sobjects/Task/describe").json()

    assert "Lead" not in names
    assert "Type" not in [field["name"] for field in described["fields"]]
    assert 404 == org.rest("GET", "/sobjects/Lead/describe").status_code
    assert "INVALID_FIELD" == org.refusal("SELECT Type FROM Task")[1]
    assert "INVALID_TYPE" == org.refusal("SELECT Id FROM Lead")[1]
    assert 400 == org.rest("POST", "/sobjects/Task", json={"Type": "Call"}).status_code


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("unique", (True, True)), ("non_unique", (True, False)), ("absent", None)],
)
def test_the_activity_key_is_a_switch(
    org: Org, kind: str, expected: tuple[bool, bool] | None
) -> None:
    """The External Id field on Activity is unique, not unique, or not there."""
    org.options(activity_key=kind)
    fields = {
        field["name"]: field
        for field in org.rest("GET", "/sobjects/Task/describe").json()["fields"]
    }
    key = fields.get("Zingle_Conversation_Key__c")

    assert expected == (key and (key["externalId"], key["unique"]))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/sobjects/Nope/describe", 404, "NOT_FOUND"),
        ("GET", "/nonsense", 404, "NOT_FOUND"),
        ("GET", "/composite", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/search/?q=x", 501, "NOT_IMPLEMENTED"),
        ("POST", "/jobs/ingest", 501, "NOT_IMPLEMENTED"),
        ("GET", "/sobjects/Contact/updated/?start=a&end=b", 501, "NOT_IMPLEMENTED"),
        ("GET", "/tooling/query?q=x", 501, "NOT_IMPLEMENTED"),
    ],
)
def test_what_is_not_there_says_so(
    org: Org, method: str, path: str, status: int, code: str
) -> None:
    """Unknown paths are 404; what the real service has and the sandbox has not is 501, noted."""
    answer = org.rest(method, path)

    assert (status, code) == (answer.status_code, answer.json()[0]["errorCode"])
    assert (status == 501) == bool(org.running.violations())


def test_long_addresses_are_refused(org: Org) -> None:
    """A URI over 16,384 bytes is 414; with its headers over that, 431."""
    uri = org.rest("GET", "/query", params={"q": "x" * 16_400})
    headers = org.rest("GET", "/query", params={"q": "x" * 16_200}, headers={"X-Long": "y" * 500})

    assert (414, 431) == (uri.status_code, headers.status_code)


def test_dead_log_ins_do_not_count(org: Org) -> None:
    """A call without a session is refused before it is counted."""
    before = org.rest("GET", "/limits").headers["Sforce-Limit-Info"]
    org.rest("GET", "/limits", headers={"Authorization": "Bearer x"})
    after = org.rest("GET", "/limits").headers["Sforce-Limit-Info"]

    assert "api-usage=1/100000" == before
    assert "api-usage=2/100000" == after


def test_unknown_parameters_are_noted(org: Org) -> None:
    """The service ignores them, a careful client does not send them."""
    answer = org.rest("GET", "/query", params={"q": "SELECT Id FROM Contact", "batchSize": "5"})

    assert 200 == answer.status_code
    assert ["GET /services/data/v62.0/query: unknown query parameter batchSize"] == (
        org.running.violations()
    )


def test_bodies_must_say_that_they_are_json(org: Org) -> None:
    """Another content type is 415."""
    answer = org.rest(
        "POST", "/sobjects/Contact", data="LastName=A", headers={"Content-Type": "text/plain"}
    )

    assert (415, "UNSUPPORTED_MEDIA_TYPE") == (answer.status_code, answer.json()[0]["errorCode"])
