from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Org

BASE = "/services/data/v62.0"


def run(org: Org, *parts: tuple[str, str, str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    """A composite call of (name, method, path, body) parts; the answers by name."""
    body = {
        "compositeRequest": [
            {
                "referenceId": name,
                "method": method,
                "url": BASE + path,
                **({"body": body} if body is not None else {}),
            }
            for name, method, path, body in parts
        ],
        **more,
    }
    answer = org.rest("POST", "/composite", json=body)
    assert answer.status_code == 200, answer.text
    return {part["referenceId"]: part for part in answer.json()["compositeResponse"]}


def test_queries_too_long_for_a_url_go_into_a_body(org: Org) -> None:
    """Three queries with hundreds of values come back with their own status."""
    ids = org.insert("Contact", *({"LastName": f"N{n}"} for n in range(600)))
    listed = ",".join(f"'{one}'" for one in ids)
    answers = run(
        org,
        ("contacts", "GET", f"/query/?q=SELECT+Id+FROM+Contact+WHERE+Id+IN+({listed})", None),
        ("leads", "GET", "/queryAll?q=SELECT Id FROM Lead", None),
        ("bad", "GET", "/query?q=SELECT+Foo+FROM+Lead", None),
    )

    assert [200, 200, 400] == [one["httpStatusCode"] for one in answers.values()]
    assert 600 == answers["contacts"]["body"]["totalSize"]
    assert {"totalSize": 0, "done": True, "records": []} == answers["leads"]["body"]
    assert "INVALID_FIELD" == answers["bad"]["body"][0]["errorCode"]


def test_later_parts_use_earlier_answers(org: Org) -> None:
    """References reach into bodies; parts that refer to a failed one are halted."""
    answers = run(
        org,
        ("account", "POST", "/sobjects/Account", {"Name": "A"}),
        ("contact", "POST", "/sobjects/Contact", {"LastName": "L", "AccountId": "@{account.id}"}),
        ("found", "GET", "/query?q=SELECT Id FROM Contact WHERE AccountId = '@{account.id}'", None),
        ("changed", "PATCH", "/sobjects/Contact/@{found.records[0].Id}", {"Title": "T"}),
        ("failed", "POST", "/sobjects/Contact", {"FirstName": "X"}),
        ("halted", "POST", "/sobjects/Contact", {"LastName": "@{failed.id}"}),
    )

    assert [201, 201, 200, 204, 400, 400] == [one["httpStatusCode"] for one in answers.values()]
    assert "PROCESSING_HALTED" == answers["halted"]["body"][0]["errorCode"]
    assert "T" == org.read("Contact", answers["contact"]["body"]["id"], "Title")["Title"]


def test_all_or_none_undoes_the_whole_call(org: Org) -> None:
    """One failure rolls back what was done before, and the rest is not done."""
    answers = run(
        org,
        ("a", "POST", "/sobjects/Account", {"Name": "A"}),
        ("b", "POST", "/sobjects/Contact", {}),
        ("c", "POST", "/sobjects/Account", {"Name": "C"}),
        allOrNone=True,
    )

    assert ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"] == [
        one["body"][0]["errorCode"] for one in answers.values()
    ]
    assert 0 == org.page("SELECT COUNT() FROM Account")["totalSize"]
    assert 0 == org.running.writes("salesforce")


def test_a_part_may_carry_headers(org: Org) -> None:
    """If-Modified-Since inside a part gives 304 with the definition's stamps."""
    body = {
        "compositeRequest": [
            {
                "method": "GET",
                "url": f"{BASE}/sobjects",
                "referenceId": "all",
                "httpHeaders": {"If-Modified-Since": "Thu, 03 Sep 2026 21:35:07 GMT"},
            }
        ]
    }
    (part,) = org.rest("POST", "/composite", json=body).json()["compositeResponse"]

    assert (304, None, {"ETag", "Last-Modified"}) == (
        part["httpStatusCode"],
        part["body"],
        set(part["httpHeaders"]),
    )


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (
            [{"method": "GET", "url": f"{BASE}/limits", "referenceId": f"r{n}"} for n in range(26)],
            "LIMIT_EXCEEDED",
        ),
        (
            [
                {"method": "GET", "url": f"{BASE}/query?q=x", "referenceId": f"r{n}"}
                for n in range(6)
            ],
            "LIMIT_EXCEEDED",
        ),
        ([{"method": "GET", "url": f"{BASE}/limits", "referenceId": "r"}] * 2, "INVALID_INPUT"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_composite_has_limits(org: Org, parts: list[dict[str, str]], code: str) -> None:
    """At most 25 parts, of which 5 queries or collections, each with its own name."""
    answer = org.rest("POST", "/composite", json={"compositeRequest": parts})

    assert (400, code) == (answer.status_code, answer.json()[0]["errorCode"])


def test_batch_runs_independent_calls(org: Org) -> None:
    """25 describes in one call; each counts; after an error, haltOnError stops."""
    parts = [{"method": "GET", "url": "v62.0/sobjects/Task/describe"}] * 25
    answer = org.rest("POST", "/composite/batch", json={"batchRequests": parts})
    halted = org.rest(
        "POST",
        "/composite/batch",
        json={
            "haltOnError": True,
            "batchRequests": [
                {"method": "POST", "url": "v62.0/sobjects/Contact", "richInput": {"LastName": "A"}},
                {"method": "GET", "url": "v62.0/sobjects/Nope"},
                {"method": "GET", "url": "v62.0/limits"},
            ],
        },
    ).json()

    assert "api-usage=25/100000" == answer.headers["Sforce-Limit-Info"]
    assert (False, {"Task"}) == (
        answer.json()["hasErrors"],
        {one["result"]["name"] for one in answer.json()["results"]},
    )
    assert (True, [201, 404, 412]) == (
        halted["hasErrors"],
        [one["statusCode"] for one in halted["results"]],
    )
    assert "BATCH_PROCESSING_HALTED" == halted["results"][2]["result"][0]["errorCode"]


def test_a_part_that_rolls_back_leaves_the_others(org: Org) -> None:
    """Collections with allOrNone inside a composite call undo their own rows alone."""
    rows = [{"attributes": {"type": "Task"}, "Subject": name} for name in ("a", "x" * 256)]
    answers = run(
        org,
        ("before", "POST", "/sobjects/Task", {"Subject": "before"}),
        ("rows", "POST", "/composite/sobjects", {"allOrNone": True, "records": rows}),
        ("after", "POST", "/sobjects/Task", {"Subject": "after"}),
    )

    assert [201, 200, 201] == [one["httpStatusCode"] for one in answers.values()]
    assert ["after", "before"] == org.values("SELECT Subject FROM Task ORDER BY Subject")
