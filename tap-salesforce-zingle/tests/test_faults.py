"""Foreseeable faults: recovered, or stopped with the state kept and a sentence with the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zingle_sandbox.salesforce import insert_rows
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import (
    BulkJobError,
    ConfigurationError,
    QuotaError,
    SalesforceError,
    TransientError,
)

RunTap = Callable[..., Any]
ROWS = 60
OLD = "2026-02-01T00:00:00.000+0000"
FAULTY = "re:/query"
"""Queries and their pages; logins and describes work."""


@pytest.fixture
def org(sandbox: RunningSandbox) -> RunningSandbox:
    """An org with 60 contacts, twenty to a second, in pages of seven."""
    sandbox.sandbox.set_options({"salesforce_page_size": 7})
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {
                "LastName": f"{number:02}",
                "SystemModstamp": f"2026-02-01T00:00:0{number // 20}.000+0000",
            }
            for number in range(ROWS)
        ],
    )
    return sandbox


def config_of(org: RunningSandbox, **more: Any) -> dict[str, Any]:
    """Contacts through REST, if nothing else is said."""
    return {**org.salesforce_settings(), "objects": ["Contact"], "api": "rest", **more}


def names(*runs: Any) -> list[str]:
    """The last names that runs delivered."""
    return [record["LastName"] for run in runs for record in run.records("contacts")]


ALL = [f"{number:02}" for number in range(ROWS)]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "content_type": "text/html"},
        {"kind": "status", "status": 500, "code": "UNKNOWN_EXCEPTION"},
        {"kind": "status", "status": 200, "content_type": "text/html"},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 429, "retry_after": 3},
        {"kind": "status", "status": 406},
        {"kind": "status", "status": 420},
        {
            "kind": "status",
            "status": 403,
            "code": "REQUEST_LIMIT_EXCEEDED",
            "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        },
        {"kind": "truncate"},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "expire_token"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values())[:40],
)
def test_passing_faults_are_recovered(
    org: RunningSandbox, run_tap: RunTap, fault: dict[str, Any]
) -> None:
    """Every third query or page fails once in its way, and no row is lost or read twice."""
    org.sandbox.faults.add(path=FAULTY, every=3, skip=1, **fault)

    run = run_tap(config_of(org))

    assert (None, ALL) == (run.error, names(run))


@pytest.mark.parametrize("status", ["400", "404"])
def test_lost_results_are_asked_for_again(
    org: RunningSandbox, run_tap: RunTap, status: str
) -> None:
    """A lost locator goes on behind the last row, in the middle of a second too."""
    org.sandbox.faults.add(
        kind="status",
        path="re:/query/",
        every=2,
        status=int(status),
        code="INVALID_QUERY_LOCATOR",
        message="invalid query locator",
    )

    run = run_tap(config_of(org))

    assert (None, ALL) == (run.error, names(run))


def test_session_that_ends_all_the_time(org: RunningSandbox, run_tap: RunTap) -> None:
    """A session that dies after every few calls is renewed each time."""
    org.sandbox.set_options({"salesforce_session_calls": 3})

    run = run_tap(config_of(org))

    assert (None, ALL) == (run.error, names(run))


def test_windows_that_take_too_long_are_cut(org: RunningSandbox, run_tap: RunTap) -> None:
    """QUERY_TIMEOUT halves the window until it works, down to a single second."""
    org.sandbox.set_options({"salesforce_timeout_rows": 20})

    run = run_tap(config_of(org))

    assert (None, ALL) == (run.error, names(run))


def test_second_that_takes_too_long(org: RunningSandbox, run_tap: RunTap) -> None:
    """Where a single second is too much, the run stops with Salesforce's code."""
    org.sandbox.set_options({"salesforce_timeout_rows": 19})

    run = run_tap(config_of(org))

    assert isinstance(run.error, SalesforceError)
    assert "QUERY_TIMEOUT" in str(run.error)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"status": 503, "code": "SERVER_UNAVAILABLE"}, TransientError, "SERVER_UNAVAILABLE"),
        (
            {
                "status": 403,
                "code": "REQUEST_LIMIT_EXCEEDED",
                "message": "TotalRequests Limit exceeded.",
            },
            QuotaError,
            "REQUEST_LIMIT_EXCEEDED",
        ),
        (
            {"status": 403, "code": "API_DISABLED_FOR_ORG", "message": "The REST API is not on."},
            ConfigurationError,
            "API_DISABLED_FOR_ORG",
        ),
    ],
)
def test_lasting_faults_stop_and_are_resumed(
    org: RunningSandbox,
    run_tap: RunTap,
    fault: dict[str, Any],
    kind: type[SalesforceError],
    code: str,
) -> None:
    """A fault that lasts stops the run with its code; the next run reads only what is missing."""
    org.sandbox.faults.add(kind="status", path="re:/query/", skip=3, **fault)
    first = run_tap(config_of(org))
    org.sandbox.faults.clear()
    second = run_tap(config_of(org), state=first.state)

    assert isinstance(first.error, kind)
    assert code in str(first.error)
    assert None is second.error
    # The next window's lookback does not reach back to these rows.
    assert ALL == names(first, second)


def test_quota_stops_with_the_state_kept(org: RunningSandbox, run_tap: RunTap) -> None:
    """A share of the quota that is used up ends the run; the rest comes with the next one."""
    org.sandbox.set_options({"salesforce_daily_limit": 20})
    config = config_of(org, quota_percent_per_run=25, quota_percent_total=100)

    first = run_tap(config)
    org.sandbox.set_options({"salesforce_daily_limit": 100_000})
    second = run_tap(config, state=first.state)

    assert isinstance(first.error, QuotaError)
    assert "quota_percent_per_run" in str(first.error)
    assert (None, ALL) == (second.error, names(first, second))


# Bulk API 2.0


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_ended_job_is_an_error_with_bulk(org: RunningSandbox, run_tap: RunTap, state: str) -> None:
    """When the user asked for Bulk, a job that Salesforce gave up stops the run in its words."""
    org.sandbox.faults.add(
        kind="status",
        method="GET",
        path="re:/jobs/query/[^/]+$",
        status=200,
        body=f'{{"id": "750", "state": "{state}", "errorMessage": "Something broke."}}',
    )

    run = run_tap(config_of(org, api="bulk"))

    assert isinstance(run.error, BulkJobError)
    assert f"as {state}: Something broke." in str(run.error)
    assert "job" not in run.state["bookmarks"]["contacts"]["resume"]


def test_refused_job_is_read_through_rest(org: RunningSandbox, run_tap: RunTap) -> None:
    """Where Bulk refuses a query, REST answers it."""
    org.sandbox.faults.add(
        kind="status",
        method="POST",
        path="re:/jobs/query",
        status=400,
        code="INVALIDENTITY",
        message="Contact is not supported by the Bulk API",
    )

    run = run_tap(config_of(org, api="bulk"))

    assert (None, ALL) == (run.error, names(run))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "content_type": "text/html"},
        {"kind": "truncate"},
        {"kind": "drop_after"},
        {"kind": "expire_token"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_bulk_results_are_recovered(
    org: RunningSandbox, run_tap: RunTap, fault: dict[str, Any]
) -> None:
    """Result pages that fail or break off are asked for again, without doubled rows."""
    org.sandbox.set_options({"salesforce_bulk_page_size": 13})
    org.sandbox.faults.add(path="re:/results", every=2, **fault)

    run = run_tap(config_of(org, api="bulk"))

    assert (None, ALL) == (run.error, sorted(names(run)))


def test_interrupted_bulk_goes_on_with_its_job(org: RunningSandbox, run_tap: RunTap) -> None:
    """A run that stopped between result pages goes on with the same job at the same page."""
    org.sandbox.set_options({"salesforce_bulk_page_size": 13})
    org.sandbox.faults.add(kind="status", path="re:/results", skip=2, status=503)
    config = config_of(org, api="bulk")
    first = run_tap(config)
    org.sandbox.faults.clear()
    org.clear_journal()

    second = run_tap(config, state=first.state)

    made = [call for call in org.journal() if call.method == "POST" and "jobs" in call.path]
    assert isinstance(first.error, TransientError)
    assert None is second.error
    assert first.state["bookmarks"]["contacts"]["resume"]["locator"]
    # The old job serves its window; a job of its own reads what is newer.
    assert (ALL, 1) == (sorted(set(names(first, second))), len(made))


def interrupted(org: RunningSandbox, run_tap: RunTap) -> Any:  # noqa: ANN401 - a run
    """A run that stopped between the result pages of its job."""
    org.sandbox.set_options({"salesforce_bulk_page_size": 13})
    org.sandbox.faults.add(kind="status", path="re:/results", skip=2, status=503)
    run = run_tap(config_of(org, api="bulk"))
    org.sandbox.faults.clear()
    assert run.state["bookmarks"]["contacts"]["resume"]["job"]
    return run


def test_job_whose_results_are_gone(org: RunningSandbox, run_tap: RunTap) -> None:
    """When the results of the last run's job have expired, a new job reads the window."""
    first = interrupted(org, run_tap)
    org.sandbox.faults.add(kind="status", path="re:/results", times=1, status=404, code="NOT_FOUND")

    second = run_tap(config_of(org, api="bulk"), state=first.state)

    assert (None, ALL) == (second.error, sorted(set(names(second))))


def test_job_of_another_query(org: RunningSandbox, run_tap: RunTap) -> None:
    """When other rows are wanted than those of the last run's job, a new job reads them."""
    first = interrupted(org, run_tap)
    config = config_of(org, api="bulk", where={"Contact": "LastName != '05'"})

    second = run_tap(config, state=first.state)

    wanted = [name for name in ALL if name != "05"]
    assert (None, wanted) == (second.error, sorted(set(names(second))))


@pytest.mark.parametrize("reading", ["400", "204"])
def test_results_that_are_not_there_yet(org: RunningSandbox, run_tap: RunTap, reading: str) -> None:
    """However Salesforce says that results are not there yet, they are waited for."""
    org.sandbox.choose_profile({"salesforce_results_too_early": reading})
    status = {"400": {"status": 400, "code": "JOB_NOT_COMPLETE"}, "204": {"status": 204}}[reading]
    org.sandbox.faults.add(kind="status", path="re:/results", times=2, body="", **status)

    run = run_tap(config_of(org, api="bulk"))

    assert (None, ALL) == (run.error, sorted(names(run)))


FORBIDDEN = {"kind": "status", "status": 403, "code": "FORBIDDEN", "message": "not for you"}
GATEWAY = {"kind": "status", "status": 200, "content_type": "text/html"}


ODD_COUNTS = [
    {"kind": "status", "status": 200, "body": body}
    for body in (
        '{"sObjects": [{"x": 1}]}',
        '{"sObjects": {}}',
        "[]",
        '{"sObjects": [{"name": "Contact", "count": "many"}]}',
    )
]


@pytest.mark.parametrize(
    "fault", [FORBIDDEN, {"kind": "status", "status": 500}, GATEWAY, *ODD_COUNTS], ids=str
)
def test_estimates_are_optional(
    org: RunningSandbox, run_tap: RunTap, fault: dict[str, Any]
) -> None:
    """Without an estimate of the number of rows, everything is read all the same."""
    org.sandbox.faults.add(path="*recordCount*", **fault)

    run = run_tap(config_of(org, api="auto"))

    assert (None, ALL) == (run.error, names(run))


def test_counts_are_optional(org: RunningSandbox, run_tap: RunTap) -> None:
    """A window that Salesforce does not count is not compared, and its bookmark moves."""
    org.sandbox.faults.add(path="re:COUNT", **FORBIDDEN)

    run = run_tap(config_of(org, verify_counts=True))

    bookmark = run.state["bookmarks"]["contacts"]
    assert (None, ALL, True) == (run.error, names(run), "replication_key_value" in bookmark)


@pytest.mark.parametrize("fault", [FORBIDDEN, GATEWAY], ids=str)
def test_hints_are_optional(org: RunningSandbox, run_tap: RunTap, fault: dict[str, Any]) -> None:
    """A wrong name is told without the names that are near, when those are not to be had."""
    org.sandbox.faults.add(path="re:/sobjects$", **fault)

    run = run_tap(config_of(org, custom_queries=[{"name": "q", "soql": "SELECT Id FROM Contct"}]))

    assert "there is no object 'Contct'" in str(getattr(run.error, "errors", run.error))


def test_probes_are_optional(org: RunningSandbox, run_tap: RunTap) -> None:
    """A probe that takes too long stops nobody: the run itself reads in smaller steps."""
    query = {"name": "q", "soql": "SELECT Id, LastName FROM Contact"}
    org.sandbox.faults.add(
        kind="status", path="re:LIMIT%201", status=400, code="QUERY_TIMEOUT", message="too long"
    )

    run = run_tap(config_of(org, objects=[], custom_queries=[query]))

    assert (None, 60) == (run.error, len(run.records("q")))


@pytest.mark.parametrize("path", ["*recordCount*", "re:/query"])
def test_a_used_up_quota_stops_every_call(org: RunningSandbox, run_tap: RunTap, path: str) -> None:
    """A quota that is used up is no optional answer: the run stops with the state kept."""
    org.sandbox.faults.add(
        kind="status",
        path=path,
        status=403,
        code="REQUEST_LIMIT_EXCEEDED",
        message="TotalRequests Limit exceeded.",
    )

    assert isinstance(run_tap(config_of(org, api="auto")).error, QuotaError)


@pytest.mark.parametrize(("api", "expected"), [("auto", None), ("bulk", QuotaError)])
def test_the_days_jobs_are_used_up(
    org: RunningSandbox,
    run_tap: RunTap,
    monkeypatch: pytest.MonkeyPatch,
    api: str,
    expected: type | None,
) -> None:
    """Where the day's Bulk jobs are used up, `auto` reads through REST and `bulk` stops."""
    monkeypatch.setattr("tap_salesforce_zingle.read.reader.BULK_FROM", 5)
    org.sandbox.faults.add(
        kind="status",
        method="POST",
        path="*jobs/query",
        status=400,
        code="LIMIT_EXCEEDED",
        message="Max batches for rolling 24 hr window exceeded",
    )

    run = run_tap(config_of(org, api=api))

    assert expected is (None if run.error is None else type(run.error))
    assert run.error or sorted(names(run)) == ALL


@pytest.mark.parametrize(
    "change",
    [
        {"replace": {"done": True}, "remove": ("nextRecordsUrl",)},
        {"remove": ("records.3",)},
        {"replace": {"records": []}},
    ],
    ids=str,
)
@pytest.mark.parametrize("page", [0, 1, 4])
def test_rows_that_were_announced(
    org: RunningSandbox, run_tap: RunTap, change: dict[str, Any], page: int
) -> None:
    """A page that hides rows, or the pages behind it, is seen by the number that was announced."""
    org.sandbox.faults.add(kind="rewrite", path="re:/query", skip=1 + page, times=1, **change)

    run = run_tap(config_of(org))

    assert (None, ALL) == (run.error, sorted(set(names(run))))


def test_rows_that_never_come(org: RunningSandbox, run_tap: RunTap) -> None:
    """A result that stays shorter than announced ends the run, and its bookmark stays."""
    org.sandbox.faults.add(kind="rewrite", path="re:/query", skip=1, replace={"totalSize": 99})

    run = run_tap(config_of(org))

    assert isinstance(run.error, SalesforceError)
    assert "replication_key_value" not in run.state["bookmarks"]["contacts"]


@pytest.mark.parametrize(
    "empty", [{"empty": True}, {"body": "<html></html>"}, {"cut": 0.6}], ids=str
)
@pytest.mark.parametrize("page", [0, 1, 2])
def test_pages_of_bulk_that_are_none(
    org: RunningSandbox, run_tap: RunTap, empty: dict[str, Any], page: int
) -> None:
    """A page of results that is no page, or not whole, is asked for again, and nothing is lost."""
    org.sandbox.set_options({"salesforce_bulk_page_size": 20})
    org.sandbox.faults.add(kind="rewrite", path="*/results", skip=page, times=1, **empty)

    run = run_tap(config_of(org, api="bulk"))

    assert (None, ALL) == (run.error, sorted(names(run)))


@pytest.mark.parametrize("page", [0, 1])
def test_jobs_that_end_too_early(org: RunningSandbox, run_tap: RunTap, page: int) -> None:
    """A job whose pages end before its rows do is not taken for read."""
    org.sandbox.set_options({"salesforce_bulk_page_size": 20})
    org.sandbox.faults.add(
        kind="rewrite", path="*/results", skip=page, times=1, headers={"Sforce-Locator": "null"}
    )

    run = run_tap(config_of(org, api="bulk"))

    assert (None, ALL) == (run.error, sorted(set(names(run))))


@pytest.mark.parametrize("seconds", [1, 5, 50])
def test_short_sessions_come_to_an_end(
    sandbox: RunningSandbox, run_tap: RunTap, seconds: int
) -> None:
    """Where every second page is lost, a run comes to its end in the lookback as before it."""
    sandbox.sandbox.set_options({"salesforce_page_size": 7})
    insert_rows(
        sandbox.sandbox,
        "Contact",
        [
            {
                "LastName": f"{number:02}",
                "SystemModstamp": f"2026-03-02T19:55:{number % seconds:02}.000+0000",
            }
            for number in range(ROWS)
        ],
    )
    sandbox.sandbox.faults.add(
        kind="status", path="re:/query/", status=400, code="INVALID_QUERY_LOCATOR"
    )

    run = run_tap(config_of(sandbox))

    assert (None, ALL) == (run.error, sorted(set(names(run))))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '{"name": "Contact"}',
        '{"name": "Contact", "fields": {}}',
        '{"name": "Contact", "fields": [{}]}',
        '{"name": "Contact", "fields": ["Id"]}',
        '{"name": 5, "fields": []}',
    ],
)
def test_describes_of_the_wrong_shape(org: RunningSandbox, run_tap: RunTap, body: str) -> None:
    """A describe that is none ends the run with a sentence."""
    org.sandbox.faults.add(kind="status", path="*/describe", status=200, body=body, empty=not body)

    assert isinstance(run_tap(config_of(org)).error, SalesforceError)


@pytest.mark.parametrize(
    "change",
    [
        {"remove": ("records.*.LastName",)},
        {"remove": ("records.2.SystemModstamp",)},
        {"remove": ("records.*.Id",)},
        {"replace": {"records.1.CreatedDate": 5}},
        {"replace": {"records.0": {}}},
    ],
    ids=str,
)
@pytest.mark.parametrize("times", [1, 0])
def test_rows_that_are_none(
    org: RunningSandbox, run_tap: RunTap, change: dict[str, Any], times: int
) -> None:
    """Rows without their fields are asked for again; where they stay so, the run ends with a sentence."""
    path = "re:/query/" if times else "re:/query"
    org.sandbox.faults.add(kind="rewrite", path=path, times=times, skip=1, **change)

    run = run_tap(config_of(org))

    if times or run.error is None:  # a narrower question may leave such rows out of the page
        assert (None, ALL) == (run.error, sorted(set(names(run))))
    else:
        assert isinstance(run.error, SalesforceError)
        assert "replication_key_value" not in run.state["bookmarks"]["contacts"]


CHILDREN = "SELECT Name, (SELECT LastName, (SELECT Subject FROM Tasks) FROM Contacts) FROM Account"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"remove": ("records.*.Contacts",)},
        {"remove": ("records.0.Contacts.done",)},
        {"remove": ("records.0.Contacts.totalSize",)},
        {"replace": {"records.0.Contacts": []}},
        {"replace": {"records.0.Contacts.records": None}},
        {"replace": {"records.0.Contacts.records.0": "x"}},
        {"replace": {"records.0.Contacts.records.0.Tasks": {}}},
        {"remove": ("records.0.Contacts.records.0.Tasks.nextRecordsUrl",)},
        {"replace": {"records.0.Id": None}},
    ],
    ids=str,
)
def test_children_of_children(
    sandbox: RunningSandbox, run_tap: RunTap, change: dict[str, Any]
) -> None:
    """All pages of all levels come; an answer of another shape is asked for again."""
    (account,) = insert_rows(sandbox.sandbox, "Account", [{"Name": "A", "SystemModstamp": OLD}])
    (contact,) = insert_rows(sandbox.sandbox, "Contact", [{"LastName": "B", "AccountId": account}])
    insert_rows(sandbox.sandbox, "Task", [{"Subject": "C", "WhoId": contact}] * 450)
    if change:
        sandbox.sandbox.faults.add(kind="rewrite", path="re:/query", times=1, skip=1, **change)

    run = run_tap(config_of(sandbox, objects=[], custom_queries=[{"name": "q", "soql": CHILDREN}]))

    (record,) = run.records("q")
    (child,) = record["Contacts"]
    assert (None, "B", 450) == (run.error, child["LastName"], len(child["Tasks"]))


@pytest.mark.parametrize("include_deleted", [True, False])
def test_lost_results_of_a_whole_table(
    org: RunningSandbox, run_tap: RunTap, discover: Callable[..., Any], include_deleted: bool
) -> None:
    """A whole table goes on behind its last row, whatever order its rows were changed in."""
    rows = [
        {"LastName": f"Z{number:02}", "SystemModstamp": f"2026-01-01T00:00:{59 - number}.000+0000"}
        for number in range(40)
    ]
    insert_rows(org.sandbox, "Contact", rows)
    config = config_of(org, include_deleted=include_deleted)
    catalog = discover(config)
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    org.sandbox.faults.add(
        kind="status", path="re:/query/", every=2, status=400, code="INVALID_QUERY_LOCATOR"
    )

    run = run_tap(config, catalog=catalog)

    assert (None, [*ALL, *(row["LastName"] for row in rows)]) == (run.error, sorted(names(run)))


@pytest.mark.parametrize("fault", [FORBIDDEN, GATEWAY], ids=str)
def test_the_organisation_is_optional(
    org: RunningSandbox, run_tap: RunTap, fault: dict[str, Any]
) -> None:
    """Where nobody says which organisation it is, SCHEMA does not either, and all is read."""
    org.sandbox.faults.add(kind="rewrite", path="*/oauth2/token", remove=("id",))
    org.sandbox.faults.add(path="*/userinfo", **fault)

    run = run_tap(config_of(org))

    schema = run.schema("contacts")["schema"]
    assert (None, ALL, False) == (run.error, names(run), "x-salesforce-org" in schema)
