from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from responses import RequestsMock, matchers

from zingle_sync.salesforce import (
    ConfigurationError,
    LocatorLostError,
    NotFoundError,
    OutcomeUnknownError,
    QueryError,
    QuotaError,
    Salesforce,
    TransientError,
    Usage,
)
from zingle_sync.salesforce.messages import clean_message

INSTANCE = "https://acme.my.salesforce.com"
DATA = f"{INSTANCE}/services/data/v62.0"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
NOT_FOUND = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]

Make = Callable[..., Salesforce]
LogIn = Callable[..., None]


def page(*names: str, next_url: str | None = None, total: int | None = None) -> dict[str, Any]:
    """A page of a query's result."""
    records = [{"attributes": {"type": "Contact", "url": "/x"}, "Name": name} for name in names]
    more = {"nextRecordsUrl": next_url} if next_url else {}
    return {"totalSize": total or len(names), "done": not next_url, "records": records, **more}


def test_nothing_is_sent_before_first_use(make: Make) -> None:
    """Making a client sends nothing."""
    assert 0 == make().calls


def test_rows_follow_pages(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A query's pages are followed, and rows come without attributes."""
    log_in()
    mock.get(f"{DATA}/query", json=page("A", "B", next_url="/services/data/v62.0/query/01g-2"))
    mock.get(f"{DATA}/query/01g-2", json=page("C"))
    client = make()

    rows = list(client.rows("SELECT Name FROM Contact"))

    assert ([{"Name": "A"}, {"Name": "B"}, {"Name": "C"}], 2) == (rows, client.calls)


def test_deleted_rows_come_from_query_all(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Deleted rows are asked for at queryAll, with every special character encoded."""
    log_in()
    soql = "SELECT Id FROM Contact WHERE CreatedDate > 2026-01-02T03:04:05+01:00"
    mock.get(f"{DATA}/queryAll", json=page(), match=[matchers.query_param_matcher({"q": soql})])

    assert [] == list(make().rows(soql, include_deleted=True))


def test_numbers_keep_every_digit(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Whole numbers lose Salesforce's '.0', and long fractions keep their digits."""
    log_in()
    body = '{"totalSize":1,"done":true,"records":[{"A":5.0,"B":0.1,"C":1234567890123456.78,"D":7}]}'
    mock.get(f"{DATA}/query", body=body)

    row = next(make().rows("SELECT A FROM X"))

    assert ["5", "0.1", "1234567890123456.78", "7"] == [str(value) for value in row.values()]


def test_long_query_goes_into_a_composite(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A query that is too long for an address is sent in a body."""
    log_in()
    answer = {"body": page("A"), "httpHeaders": {}, "httpStatusCode": 200, "referenceId": "query"}
    mock.post(f"{DATA}/composite", json={"compositeResponse": [answer]})
    soql = f"SELECT {', '.join(f'Field_{n}__c' for n in range(1200))} FROM Contact"

    rows = list(make().rows(soql))

    sent = json.loads(mock.calls[-1].request.body)["compositeRequest"][0]
    assert ([{"Name": "A"}], True) == (
        rows,
        sent["url"].startswith("/services/data/v62.0/query?q="),
    )


def test_refused_query_in_a_composite(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A refusal inside of a composite answer is the same error as outside."""
    log_in()
    refused = [{"errorCode": "INVALID_FIELD", "message": "\nx\n^\nERROR at Row:1:Column:8\nNo."}]
    answer = {"body": refused, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": "query"}
    mock.post(f"{DATA}/composite", json={"compositeResponse": [answer]})

    with pytest.raises(QueryError, match="INVALID_FIELD: No"):
        list(make().rows("SELECT " + "x" * 13_000))


def test_usage_and_server_time_come_from_headers(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """Every answer tells the org's usage and Salesforce's own time."""
    log_in()
    headers = {
        "Sforce-Limit-Info": "api-usage=18/15000",
        "Date": "Mon, 02 Mar 2026 12:00:00 GMT",
    }
    mock.get(f"{DATA}/limits", json={}, headers=headers)
    client = make()
    client.limits()

    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert (Usage(18, 15000), now) == (client.usage, client.server_now)


@pytest.mark.parametrize(
    ("quota", "usage"),
    [
        (("quota_percent_total", 80), "api-usage=81/100"),
        (("quota_percent_per_run", 1), "api-usage=2/50"),
    ],
)
def test_quota_stops_the_next_call(
    make: Make, log_in: LogIn, mock: RequestsMock, quota: tuple[str, int], usage: str
) -> None:
    """A share of the quota that is used up stops the next call, not the one that found out."""
    log_in()
    mock.get(f"{DATA}/limits", json={}, headers={"Sforce-Limit-Info": usage})
    client = make(**dict([quota]))
    client.limits()

    with pytest.raises(QuotaError, match=quota[0]):
        client.limits()


def test_daily_limit_is_a_quota_error(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """The org's own daily limit stops at once, with Salesforce's code."""
    log_in()
    refused = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    mock.get(f"{DATA}/limits", json=refused, status=403)

    with pytest.raises(QuotaError, match="HTTP 403 REQUEST_LIMIT_EXCEEDED"):
        make().limits()


def test_ended_session_is_renewed(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A 401 logs in once and repeats the same request with the new token."""
    log_in("00Dxx!first")
    mock.get(f"{DATA}/limits", json=EXPIRED, status=401)
    log_in("00Dxx!second")
    mock.get(
        f"{DATA}/limits",
        json={"ok": 1},
        match=[matchers.header_matcher({"Authorization": "Bearer 00Dxx!second"})],
    )

    assert {"ok": 1} == make().limits()


def test_session_refused_twice_is_an_error(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A second 401 in a row is not answered with a third login."""
    log_in()
    mock.get(f"{DATA}/limits", json=EXPIRED, status=401)
    log_in()
    mock.get(f"{DATA}/limits", json=EXPIRED, status=401)

    with pytest.raises(ConfigurationError, match="HTTP 401 INVALID_SESSION_ID"):
        make().limits()


def test_given_token_cannot_be_renewed(make: Make, mock: RequestsMock) -> None:
    """A session that somebody else opened ends with a sentence that says so."""
    mock.get(f"{DATA}/limits", json=EXPIRED, status=401)
    client = make(access_token="t", instance_url=INSTANCE, client_id=None, client_secret=None)

    with pytest.raises(ConfigurationError, match="access_token has ended"):
        client.limits()


def test_threads_share_one_new_login(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """When a session ends under many threads, one of them logs in and the others wait."""
    log_in("00Dxx!first")
    log_in("00Dxx!second")

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if "first" in request.headers["Authorization"]:
            return 401, {}, json.dumps(EXPIRED)
        return 200, {}, "{}"

    mock.add_callback("GET", f"{DATA}/limits", answer)
    client = make()
    threads = [threading.Thread(target=client.limits) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    logins = [call for call in mock.calls if call.request.url.endswith("/token")]
    assert 2 == len(logins)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "body": "<html>Service Unavailable</html>"},
        {"status": 200, "body": "<html>Maintenance</html>"},
        {"status": 200, "body": '{"totalSize": 3, "records": [{"Na'},
        {"body": requests.exceptions.ConnectionError("reset")},
        {"body": requests.exceptions.ChunkedEncodingError("cut")},
        {"body": requests.exceptions.ReadTimeout("slow")},
    ],
)
def test_faults_are_tried_again(
    make: Make, log_in: LogIn, mock: RequestsMock, sleeps: list[float], fault: dict[str, Any]
) -> None:
    """Gateways, broken answers and lost connections are tried again, with growing pauses."""
    log_in()
    for _ in range(3):
        mock.get(f"{DATA}/query", **fault)
    mock.get(f"{DATA}/query", json=page("A"))

    rows = list(make().rows("SELECT Name FROM Contact"))

    assert ([{"Name": "A"}], [0.5, 1.0, 2.0]) == (rows, sleeps)


def test_tries_are_bounded(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """The error in the end says how often it was tried and what came back."""
    log_in()
    body = [{"errorCode": "SERVER_UNAVAILABLE", "message": "Server unavailable"}]
    mock.get(f"{DATA}/limits", json=body, status=503)
    client = make()

    with pytest.raises(TransientError, match="in 6 tries with HTTP 503 SERVER_UNAVAILABLE"):
        client.limits()
    assert 6 == client.calls


def test_lost_locator(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A result that the server forgot is an error of its own."""
    log_in()
    mock.get(f"{DATA}/query", json=page("A", next_url="/services/data/v62.0/query/01g-2"))
    refused = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    mock.get(f"{DATA}/query/01g-2", json=refused, status=400)

    with pytest.raises(LocatorLostError):
        list(make().rows("SELECT Name FROM Contact"))


def test_describe_is_asked_once(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A describe is kept for the client's life."""
    log_in()
    mock.get(f"{DATA}/sobjects/Contact/describe", json={"name": "Contact", "fields": []})
    client = make()
    client.describe("Contact")

    assert ("Contact", 1) == (client.describe("Contact")["name"], client.calls)


@pytest.mark.parametrize("strange", [[], {"status": "ok"}, "hello"])
def test_describe_of_a_gateway(
    make: Make, log_in: LogIn, mock: RequestsMock, strange: object
) -> None:
    """JSON that is no describe is asked for again like any other strange answer."""
    log_in()
    url = f"{DATA}/sobjects/Contact/describe"
    mock.get(url, json=strange)
    mock.get(url, json={"name": "Contact", "fields": []})

    assert "Contact" == make().describe("Contact")["name"]


def test_invisible_object(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """An object that the user may not see is not found."""
    log_in()
    mock.get(f"{DATA}/sobjects/Nope/describe", json=NOT_FOUND, status=404)
    mock.get(f"{INSTANCE}/services/data", json=[{"version": "62.0"}])

    with pytest.raises(NotFoundError, match="describe of Nope"):
        make().describe("Nope")


@pytest.mark.parametrize(
    ("served", "told"),
    [
        (["61.0", "62.0"], "describe of Contact"),
        (["58.0", "61.0"], "api_version: this org has no 62.0, its newest is 61.0"),
        ([], "describe of Contact"),
    ],
)
def test_an_object_that_is_not_found_may_be_a_version_that_is_not(
    make: Make, log_in: LogIn, mock: RequestsMock, served: list[str], told: str
) -> None:
    """Whoever wrote a version that the org lacks is sent to that setting, not to the object's rights."""
    log_in()
    mock.get(f"{DATA}/sobjects/Contact/describe", json=NOT_FOUND, status=404)
    mock.get(f"{INSTANCE}/services/data", json=[{"version": one} for one in served])

    with pytest.raises(ConfigurationError, match=told):
        make().describe("Contact")


def test_what_was_found_once_proves_the_version(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """One hidden object of several costs no call more."""
    log_in()
    mock.get(f"{DATA}/sobjects/Contact/describe", json={"name": "Contact", "fields": []})
    mock.get(f"{DATA}/sobjects/Lead/describe", json=NOT_FOUND, status=404)
    client = make()
    client.describe("Contact")

    with pytest.raises(NotFoundError):
        client.describe("Lead")


def test_record_counts_may_be_absent(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """An object without a cached count is simply not in the answer."""
    log_in()
    mock.get(f"{DATA}/limits/recordCount", json={"sObjects": [{"count": 2, "name": "Contact"}]})

    assert {"Contact": 2} == make().record_counts(["Contact", "Lead"])


def test_identity_of_a_given_token(make: Make, mock: RequestsMock) -> None:
    """Org and user of a session opened elsewhere are asked for, once."""
    who = {"organization_id": "00D000000000001EAA", "user_id": "005000000000001AAA"}
    mock.get(f"{INSTANCE}/services/oauth2/userinfo", json=who)
    client = make(access_token="t", instance_url=INSTANCE, client_id=None, client_secret=None)

    assert (*who.values(), 1) == (client.org_id, client.user_id, client.calls)


# Writing


def test_insert_reports_rows_in_order(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Results keep the order of the rows; missing ids and values in messages do no harm."""
    log_in()
    answer = [
        {"id": "00T1", "success": True, "errors": []},
        {
            "success": False,
            "errors": [
                {
                    "statusCode": "STRING_TOO_LONG",
                    "message": "Subject: data value too large: Jane",
                    "fields": ["Subject"],
                }
            ],
        },
    ]
    mock.post(f"{DATA}/composite/sobjects", json=answer)

    first, second = make().insert("Task", [{"Subject": "A"}, {"Subject": "B"}])

    error = second.errors[0]
    assert ("00T1", True, None) == (first.id, first.success, first.created)
    assert (None, False, "STRING_TOO_LONG", "Subject: data value too large: …", ("Subject",)) == (
        second.id,
        second.success,
        error.code,
        error.message,
        error.fields,
    )


def test_rows_go_in_calls_of_200(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """More than 200 rows are several calls."""
    log_in()

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        rows = json.loads(request.body or b"")["records"]
        results = [{"id": row["Id"], "success": True, "errors": []} for row in rows]
        return 200, {}, json.dumps(results)

    mock.add_callback("PATCH", f"{DATA}/composite/sobjects", answer)
    client = make()

    results = client.update("Task", [{"Id": str(number)} for number in range(450)])

    assert ([str(number) for number in range(450)], 3) == (
        [result.id for result in results],
        client.calls,
    )


def test_locked_rows_are_tried_again(
    make: Make, log_in: LogIn, mock: RequestsMock, sleeps: list[float]
) -> None:
    """Only the rows that another transaction locked are sent again."""
    log_in()
    locked = {
        "success": False,
        "errors": [
            {
                "statusCode": "UNABLE_TO_LOCK_ROW",
                "message": "unable to obtain exclusive access",
                "fields": [],
            }
        ],
    }
    done = {"id": "00T1", "success": True, "created": True, "errors": []}
    url = f"{DATA}/composite/sobjects/Task/Key__c"
    mock.patch(url, json=[done, locked])
    mock.patch(url, json=[{**done, "id": "00T2", "created": False}])

    results = make().upsert("Task", "Key__c", [{"Key__c": "a"}, {"Key__c": "b"}])

    sent = json.loads(mock.calls[-1].request.body)["records"]
    assert [("00T1", True), ("00T2", False)] == [(row.id, row.created) for row in results]
    assert (["b"], [0.5]) == ([row["Key__c"] for row in sent], sleeps)


def test_lost_insert_is_not_repeated(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """When an insert's answer is lost, the caller is told to look first."""
    log_in()
    mock.post(f"{DATA}/composite/sobjects", body=requests.exceptions.ReadTimeout("slow"))
    client = make()

    with pytest.raises(OutcomeUnknownError, match="insert of 1 Task rows"):
        client.insert("Task", [{"Subject": "A"}])
    assert 1 == client.calls


def test_lost_upsert_is_repeated(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """An upsert by a unique key may be carried out twice."""
    log_in()
    url = f"{DATA}/composite/sobjects/Task/Key__c"
    mock.patch(url, body=requests.exceptions.ReadTimeout("slow"))
    mock.patch(url, json=[{"id": "00T1", "success": True, "created": False, "errors": []}])

    assert ["00T1"] == [row.id for row in make().upsert("Task", "Key__c", [{"Key__c": "a"}])]


# The end of data, and answers of another shape


def raw(**members: object) -> dict[str, object]:
    """A page of a query, as it arrives."""
    page = {"totalSize": 2, "done": True, "records": [{"Id": "1"}, {"Id": "2"}], **members}
    return {name: value for name, value in page.items() if value != "absent"}


@pytest.mark.parametrize(
    "odd",
    [
        raw(records=[]),
        raw(records=[{"Id": "1"}]),
        raw(done="absent"),
        raw(done=None),
        raw(done=False),
        raw(totalSize="absent"),
        raw(nextRecordsUrl="/services/data/v62.0/query/01g-2"),
        raw(done=False, nextRecordsUrl="https://evil.test/services/x"),
        raw(done=False, nextRecordsUrl="//evil.test/services/x"),
        raw(done=False, nextRecordsUrl="@evil.test/services/x"),
        raw(done=False, nextRecordsUrl="/services/../../evil"),
        raw(done=False, nextRecordsUrl=7),
        raw(records={"Id": "1"}),
        raw(records=[7, 8]),
        [],
        None,
        "text",
    ],
)
@pytest.mark.parametrize("long", [False, True])
def test_a_first_page_that_does_not_prove_its_end_is_asked_for_again(
    make: Make, log_in: LogIn, mock: RequestsMock, odd: object, long: bool
) -> None:
    """All rows, the word done and the next address must agree, in the address and in a body."""

    def answer(body: object) -> object:
        part = {"body": body, "httpHeaders": {}, "httpStatusCode": 200, "referenceId": "query"}
        return {"compositeResponse": [part]} if long else body

    log_in()
    method, url = ("POST", f"{DATA}/composite") if long else ("GET", f"{DATA}/query")
    mock.add(method, url, json=answer(odd))
    mock.add(method, url, json=answer(raw()))

    rows = list(make().rows("SELECT Id FROM Contact" + " " * 13_000 * long))

    assert [{"Id": "1"}, {"Id": "2"}] == rows


def test_pages_that_end_too_early_are_a_lost_result(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """A last page that comes before all rows came is told after its rows, so that they count."""
    log_in()
    mock.get(f"{DATA}/query", json=page("A", next_url="/services/data/v62.0/query/01g-2", total=5))
    mock.get(f"{DATA}/query/01g-2", json=page("B", total=5))
    rows = make().rows("SELECT Name FROM Contact")

    assert [{"Name": "A"}, {"Name": "B"}] == [next(rows), next(rows)]
    with pytest.raises(LocatorLostError, match="announced 5 rows and sent 2"):
        next(rows)


def test_a_count_needs_no_rows(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """`SELECT COUNT()` announces a number and sends none."""
    log_in()
    mock.get(f"{DATA}/query", json={"totalSize": 7, "done": True, "records": []})

    assert 7 == make().count("SELECT COUNT() FROM Contact")


def test_a_page_elsewhere_is_never_asked_for(make: Make) -> None:
    """An address from a row or a state is a path of the API, or nothing is sent."""
    with pytest.raises(TransientError, match="address of the next page"):
        next(make().following_pages("https://evil.test/services/data"))


def test_pages_in_a_circle(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Pages that name one another end the query, not the patience."""
    log_in()
    first, second = (f"/services/data/v62.0/query/01g-{number}" for number in (1, 2))
    mock.get(f"{DATA}/query", json=page("A", next_url=first, total=9))
    mock.get(f"{DATA}/query/01g-1", json=page("B", next_url=second, total=9))
    mock.get(f"{DATA}/query/01g-2", json=page("C", next_url=first, total=9))

    with pytest.raises(TransientError, match="circle"):
        list(make().rows("SELECT Name FROM Contact"))


def test_rows_that_nobody_has_counted(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Of big objects Salesforce announces -1 rows, and sends what there is."""
    log_in()
    mock.get(f"{DATA}/query", json=page("A", "B", total=-1))

    assert 2 == len(list(make().rows("SELECT Name FROM Visit__b")))


@pytest.mark.parametrize("odd", [{}, [], [{"id": "1"}], [{"success": True}] * 3, "text", None])
def test_results_of_another_shape(
    make: Make, log_in: LogIn, mock: RequestsMock, odd: object
) -> None:
    """Writes check their answers as reads do: what may be repeated is, an insert is unknown."""
    log_in()
    url = f"{DATA}/composite/sobjects"
    mock.patch(url, json=odd)
    mock.patch(url, json=[{"id": "1", "success": True}, {"id": "2", "success": True}])
    mock.post(url, json=odd)
    client = make()

    written = client.update("Task", [{"Id": "1"}, {"Id": "2"}])

    assert ["1", "2"] == [row.id for row in written]
    with pytest.raises(OutcomeUnknownError):
        client.insert("Task", [{"Subject": "A"}, {"Subject": "B"}])


@pytest.mark.parametrize("odd", [{}, [], {"sObjects": 7}, "text", None])
def test_estimates_of_another_shape(
    make: Make, log_in: LogIn, mock: RequestsMock, odd: object
) -> None:
    """An estimate that is none is asked for again; rows without a number are left out."""
    log_in()
    url = f"{DATA}/limits/recordCount"
    mock.get(url, json=odd)
    mock.get(url, json={"sObjects": [7, {"name": "Lead"}, {"name": "Contact", "count": 3}]})

    assert {"Contact": 3} == make().record_counts(["Contact", "Lead"])


@pytest.mark.parametrize("name", [".", ".."])
def test_an_object_of_dots_reaches_no_other_path(make: Make, name: str) -> None:
    """Nothing is sent for a name that would change the path."""
    with pytest.raises(NotFoundError):
        make().describe(name)


@pytest.mark.parametrize(
    "refused",
    [
        (410, [{"errorCode": "UNSUPPORTED_API_VERSION", "message": "Version 41.0 is gone"}]),
        (410, "<html>Gone</html>"),
        (404, [{"errorCode": "UNSUPPORTED_API_VERSION", "message": "no"}]),
    ],
)
def test_a_retired_version_names_the_setting(
    make: Make, log_in: LogIn, mock: RequestsMock, refused: tuple[int, object]
) -> None:
    """The person reads which setting to change."""
    log_in()
    mock.get(f"{DATA}/limits", json=refused[1], status=refused[0])

    with pytest.raises(ConfigurationError, match="set api_version"):
        make().limits()


def test_an_odd_text_does_not_lose_a_page(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Half an emoji or bytes that are no UTF-8 in one row: all rows arrive, numbers as ever."""
    log_in()
    body = (
        b'{"totalSize":2,"done":true,"records":[{"A":"x\\ud83d","B":5.0},{"A":"caf\xe9","B":0.1}]}'
    )
    mock.get(f"{DATA}/query", body=body)

    rows = list(make().rows("SELECT A FROM X"))

    assert [{"A": "x\ufffd", "B": 5}, {"A": "caf\ufffd", "B": 0.1}] == rows


def test_an_untrusted_certificate_is_told_at_once(
    make: Make, log_in: LogIn, mock: RequestsMock, sleeps: list[float]
) -> None:
    """Trying again would not help; the words name the way out, not the domain."""
    refused = ssl.SSLCertVerificationError(1, "self-signed certificate")
    mock.post(f"{INSTANCE}/services/oauth2/token", body=requests.exceptions.SSLError(refused))

    with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE") as caught:
        make().limits()
    assert ([], False) == (sleeps, "check domain" in str(caught.value))


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Foo 99999 99:99:99 GMT", ""])
def test_odd_dates_never_stop_a_run(
    make: Make, log_in: LogIn, mock: RequestsMock, date: str
) -> None:
    """A Date header that can't be read counts as absent."""
    log_in()
    mock.get(f"{DATA}/limits", json={}, headers={"Date": date})

    assert {} == make().limits()


def test_messages_are_cut_before_they_are_cleaned() -> None:
    """A sentence of a megabyte is cleaned in no time, without control characters."""
    long = "\x1b[2J" + "'" * 1_000_000

    text = clean_message(long)

    assert (True, False) == (len(text) <= 4_000, "\x1b" in text)


def test_several_queries_are_read_to_their_ends(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """Each query of a call proves its own end; one page that does not is the whole call's."""

    def answer(*pages: object) -> dict[str, object]:
        return {"compositeResponse": [{"body": page, "httpStatusCode": 200} for page in pages]}

    log_in()
    more = page("B", next_url="/services/data/v62.0/query/01g-2", total=2)
    cut = page("A", total=2)
    for odd in (answer(page("A")), answer(cut, more), answer(page("A"), []), {}, []):
        mock.post(f"{DATA}/composite", json=odd)
    mock.post(f"{DATA}/composite", json=answer(page("A"), more))
    mock.get(f"{DATA}/query/01g-2", json=page("C", total=2))

    rows = make().rows_of_each(["SELECT Name FROM Contact", "SELECT Name FROM Lead"])

    assert [["A"], ["B", "C"]] == [[row["Name"] for row in some] for some in rows]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.limits(),
        lambda client: client.server_now,
        lambda client: client.simple_salesforce().describe(),
        lambda client: list(client.rows("SELECT Id FROM Contact")),
    ],
)
def test_no_answer_fills_the_memory(
    make: Make,
    log_in: LogIn,
    mock: RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[Salesforce], object],
) -> None:
    """Every way of asking has a largest answer, and asks for no second one."""
    log_in()
    for path in ("/v62.0/limits", "", "/v62.0/sobjects", "/v62.0/query"):
        mock.get(f"{INSTANCE}/services/data{path}", body=b" " * 5_000)
    mock.assert_all_requests_are_fired = False
    monkeypatch.setattr("zingle_sync.http.bodies.LARGEST_BODY", 4_000)
    client = make()

    with pytest.raises(ConfigurationError, match="larger than"):
        ask(client)
    assert 1 == client.calls


def test_every_call_carries_the_name_of_the_program(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """The log-in too, so that an administrator finds them in Salesforce's logs."""
    log_in()
    mock.get(f"{DATA}/limits", json={})
    make(user_agent="acme-sync/1.0 (ops@acme.com)").limits()

    agents = {call.request.headers["User-Agent"] for call in mock.calls}
    assert (2, {"acme-sync/1.0 (ops@acme.com)"}) == (len(mock.calls), agents)
