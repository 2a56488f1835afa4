from __future__ import annotations

import gzip
import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox import zingle
from zingle_sandbox.answers import rewritten
from zingle_sandbox.faults import KINDS, FaultRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sandbox.testing import RunningSandbox


@pytest.fixture
def session(sandbox: RunningSandbox) -> Iterator[requests.Session]:
    """A logged-in client of the Zingle side that never retries."""
    settings = sandbox.zingle_settings()
    with requests.Session() as session:
        session.auth = (settings["username"], settings["password"])
        yield session


@pytest.fixture
def contacts(sandbox: RunningSandbox) -> str:
    """The address of the contact list."""
    return f"{sandbox.url}/v1/services/{sandbox.service_id}/contacts"


def create(session: requests.Session, contacts: str) -> requests.Response:
    """Try to create one contact."""
    channel = {
        "channel_type_id": "0a293ea3-4721-433e-a031-610ebcf43255",
        "value": "+12125550143",
        "country": "US",
    }
    return session.post(contacts, json={"channels": [channel]}, timeout=10)


def count(sandbox: RunningSandbox) -> int:
    """How many contacts there are."""
    return int(sandbox.sandbox.store.value("SELECT count(*) FROM zg_contacts"))


def test_a_status_answers_in_the_services_place(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """The error has the side's own shape, and the service never saw the call."""
    sandbox.faults.add(kind="status", method="POST", status=500, code="3104", message="No")

    answer = create(session, contacts)

    assert 500 == answer.status_code
    assert {
        "status": {
            "text": "Internal Server Error",
            "status_code": 500,
            "description": "No",
            "error_code": 3104,
        }
    } == answer.json()
    assert 0 == count(sandbox)
    assert "fault-1" == sandbox.journal()[-1].fault


def test_each_side_and_version_fails_in_its_own_shape(
    sandbox: RunningSandbox, session: requests.Session
) -> None:
    """Salesforce sends a list of errors, Zingle v2 a flat object."""
    sandbox.faults.add(kind="status", status=503, code="SERVER_UNAVAILABLE", message="Wait")

    salesforce = session.get(f"{sandbox.url}/services/data", timeout=10)
    v2 = session.get(f"{sandbox.url}/v2/users/me", timeout=10)

    assert [{"message": "Wait", "errorCode": "SERVER_UNAVAILABLE"}] == salesforce.json()
    assert {"code": "SERVER_UNAVAILABLE", "description": "Wait", "fieldErrors": []} == v2.json()


def test_a_status_after_the_effect_hides_a_success(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """The row is there although the client was told that it failed; the journal knows."""
    sandbox.faults.add(kind="status", method="POST", after_effect=True, times=1)

    assert 500 == create(session, contacts).status_code
    assert 1 == count(sandbox)
    assert 1 == sandbox.writes("zingle")


def test_a_load_balancers_page_is_html(sandbox: RunningSandbox, session: requests.Session) -> None:
    """With content type text/html and no body the answer is no JSON."""
    sandbox.faults.add(kind="status", status=502, content_type="text/html")

    answer = session.get(f"{sandbox.url}/v1/", timeout=10)

    assert 502 == answer.status_code
    assert "text/html" in answer.headers["Content-Type"]
    assert "<h1>502 Bad Gateway</h1>" in answer.text


def test_a_given_body_is_sent_as_it_stands(
    sandbox: RunningSandbox, session: requests.Session
) -> None:
    """A rule may name the body, its type and further headers."""
    sandbox.faults.add(
        kind="status", status=200, body="[]", headers={"X-Note": "made up"}, content_type="text/x"
    )

    answer = session.get(f"{sandbox.url}/v1/", timeout=10)

    assert (200, "[]", "made up") == (answer.status_code, answer.text, answer.headers["X-Note"])


def test_an_empty_body_is_no_body(sandbox: RunningSandbox, session: requests.Session) -> None:
    """A rule may ask for no body at all, whatever the status."""
    sandbox.faults.add(kind="status", status=500, empty=True)

    answer = session.get(f"{sandbox.url}/v1/", timeout=10)

    assert (500, b"", "0") == (answer.status_code, answer.content, answer.headers["Content-Length"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"empty": True}, None),
        ({"replace": {"": []}}, []),
        ({"replace": {"": None}}, None),
        ({"remove": ("result",)}, {"status": 1}),
        ({"remove": ("result.*.id",)}, {"status": 1, "result": [{"n": 1}, {"n": 2}]}),
        ({"remove": ("result.0",)}, {"status": 1, "result": [{"id": "b", "n": 2}]}),
        ({"remove": ("result.*",)}, {"status": 1, "result": []}),
        ({"remove": ("result.7", "nothing.there")}, "as it was"),
        ({"replace": {"result": {}, "status": None}}, {"status": None, "result": {}}),
        (
            {"replace": {"result.-1.id": 7, "next": "x"}},
            {"status": 1, "result": [{"id": "a", "n": 1}, {"id": 7, "n": 2}], "next": "x"},
        ),
    ],
)
def test_a_rewritten_body_has_another_shape(fields: dict[str, Any], expected: object) -> None:
    """Parts of a JSON body leave or change by their path; a path that leads nowhere does nothing."""
    body = {"status": 1, "result": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]}

    _, raw = rewritten(FaultRule("rewrite", **fields), [], json.dumps(body).encode())

    changed = None if raw == b"" else json.loads(raw)
    assert (body if expected == "as it was" else expected) == changed


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cut": 0.5}, "a,b\n1,"),
        ({"cut": 0.9, "whole_lines": True}, "a,b\n1,2\n"),
        ({"cut": 0}, ""),
    ],
)
def test_a_cut_body_is_a_whole_message(fields: dict[str, Any], expected: str) -> None:
    """What is left is announced with its own length, so that no client sees a broken connection."""
    headers = [(b"content-length", b"12"), (b"Content-Type", b"text/csv")]

    headers, body = rewritten(FaultRule("rewrite", **fields), headers, b"a,b\n1,2\n3,4\n")

    assert expected == body.decode()
    assert str(len(expected)).encode() == dict(headers)[b"content-length"]


def test_a_rewrite_changes_what_the_service_answered(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """The service does its work; body, type and headers of its answer are changed, of one call."""
    sandbox.faults.add(
        kind="rewrite",
        method="POST",
        body="<p>Welcome to our WLAN</p>",
        content_type="text/html",
        headers={"X-Note": "1", "Date": None},
        skip=1,
        times=1,
    )

    create(session, contacts)
    answer = session.post(contacts, json={}, timeout=10)
    again = session.post(contacts, json={}, timeout=10)

    assert (200, "<p>Welcome to our WLAN</p>") == (answer.status_code, answer.text)
    assert ("text/html", "1") == (answer.headers["Content-Type"], answer.headers["X-Note"])
    assert "result" in again.json()
    assert 3 == count(sandbox)


def test_a_compressed_answer_is_rewritten_too(sandbox: RunningSandbox) -> None:
    """A rewritten answer leaves uncompressed, whatever the service sent."""
    body = gzip.compress(b'{"done": true}')

    headers, raw = rewritten(
        FaultRule("rewrite", remove=("done",)), [(b"content-encoding", b"gzip")], body
    )

    assert b"{}" == raw
    assert b"content-encoding" not in dict(headers)


@pytest.mark.parametrize(
    ("kind", "rows"), [("drop_before", 0), ("drop_after", 1)], ids=["before", "after"]
)
def test_a_dropped_connection_gives_no_answer(
    sandbox: RunningSandbox, session: requests.Session, contacts: str, kind: str, rows: int
) -> None:
    """The client sees a broken connection; whether the row is there is another question."""
    sandbox.faults.add(kind=kind, method="POST", times=1)

    with pytest.raises(requests.ConnectionError):
        create(session, contacts)

    assert rows == count(sandbox)
    last = sandbox.journal()[-1]
    assert (0, rows, "fault-1") == (last.status, last.changed_rows, last.fault)


def test_the_next_call_after_a_dropped_connection_works(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """A dropped connection does no lasting harm."""
    sandbox.faults.add(kind="drop_after", method="POST", times=1)
    with pytest.raises(requests.ConnectionError):
        create(session, contacts)

    assert 200 == session.get(contacts, timeout=10).status_code


def test_a_truncated_body_ends_before_its_length(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """The answer promises more bytes than come."""
    sandbox.faults.add(kind="truncate", times=1)

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(contacts, timeout=10)

    assert 200 == sandbox.journal()[-1].status


def test_latency_delays_the_answer(sandbox: RunningSandbox, session: requests.Session) -> None:
    """The service answers as ever, later."""
    sandbox.faults.add(kind="latency", seconds=0.2)
    start = time.perf_counter()

    answer = session.get(f"{sandbox.url}/v1/", timeout=10)

    assert 200 == answer.status_code
    assert time.perf_counter() - start >= 0.2
    assert sandbox.journal()[-1].milliseconds >= 200


def test_a_slow_body_arrives_whole(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """The body comes piece by piece; nothing is lost."""
    whole = session.get(contacts, timeout=10).json()
    sandbox.faults.add(kind="slow_body", seconds=0.2)
    start = time.perf_counter()

    slow = session.get(contacts, timeout=10).json()

    assert whole == slow
    assert time.perf_counter() - start >= 0.2


def test_the_headers_of_a_slow_body_come_at_once(
    sandbox: RunningSandbox, session: requests.Session, contacts: str
) -> None:
    """A client that waits for headers alone sees no fault."""
    sandbox.faults.add(kind="slow_body", seconds=600)

    with session.get(contacts, timeout=60, stream=True) as answer:
        assert 200 == answer.status_code


def test_an_expired_token_is_refused(sandbox: RunningSandbox, session: requests.Session) -> None:
    """A token that worked a moment ago gets 401; a new log-in works."""
    settings = sandbox.zingle_settings()
    session.auth = None

    def log_in() -> str:
        login = (settings["username"], settings["password"])
        answer = session.post(f"{sandbox.url}/v2/token", auth=login, timeout=10)
        return f"Bearer {answer.json()['token']}"

    def status(authorization: str) -> int:
        headers = {"Authorization": authorization}
        return session.get(f"{sandbox.url}/v1/", headers=headers, timeout=10).status_code

    token = log_in()
    before = status(token)
    sandbox.faults.add(kind="expire_token", path="/v1*", times=1)

    assert [200, 401, 401] == [before, status(token), status(token)]
    sandbox.sandbox.clock.advance(2)
    assert 200 == status(log_in())


def test_an_expired_salesforce_session_is_refused(sandbox: RunningSandbox) -> None:
    """A Salesforce session that worked a moment ago gets the exact 401."""
    settings = sandbox.salesforce_settings()
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
    }
    answer = requests.post(f"{sandbox.url}/services/oauth2/token", data=form, timeout=10)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    sandbox.faults.add(kind="expire_token", path="*/limits", skip=1, times=1)

    answers = [
        requests.get(f"{sandbox.url}/services/data/v62.0/limits", headers=headers, timeout=10)
        for _ in range(3)
    ]

    assert [200, 401, 401] == [answer.status_code for answer in answers]
    assert "INVALID_SESSION_ID" == answers[1].json()[0]["errorCode"]


def test_the_servers_clock_may_jump_for_some_calls(
    sandbox: RunningSandbox, session: requests.Session
) -> None:
    """One rule moves the clock on, another one back, each at its call."""
    sandbox.sandbox.clock.freeze()
    before = sandbox.sandbox.clock.now()
    sandbox.faults.add(kind="clock_jump", seconds=86_400, skip=1, times=1)
    sandbox.faults.add(kind="clock_jump", seconds=-86_400, skip=2, times=1)

    days = []
    for _ in range(3):
        date = parsedate_to_datetime(session.get(f"{sandbox.url}/v1/", timeout=10).headers["Date"])
        days.append(round((date - before).total_seconds() / 86_400))

    assert [0, 1, 0] == days


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_the_rate_limiter_answers_429_with_retry_after(
    sandbox: RunningSandbox, session: requests.Session, *, as_date: bool
) -> None:
    """Calls beyond the limit get 429, and Retry-After in seconds or as a date by the clock."""
    sandbox.sandbox.clock.freeze()
    sandbox.faults.add(kind="rate_limit", per_second=1, retry_after=7, retry_after_date=as_date)

    answers = [session.get(f"{sandbox.url}/v1/", timeout=10) for _ in range(3)]

    assert [200, 429, 429] == [answer.status_code for answer in answers]
    header = answers[1].headers["Retry-After"]
    if as_date:
        wait = parsedate_to_datetime(header) - sandbox.sandbox.clock.now()
        assert 6 <= wait.total_seconds() <= 7
    else:
        assert "7" == header


def test_429_without_retry_after(sandbox: RunningSandbox, session: requests.Session) -> None:
    """Without `retry_after` the header is missing, as from services that do not send it."""
    sandbox.faults.add(kind="status", status=429)

    assert "Retry-After" not in session.get(f"{sandbox.url}/v1/", timeout=10).headers


def test_faults_leave_the_page_and_the_control_api_alone(sandbox: RunningSandbox) -> None:
    """Otherwise nobody could remove them."""
    sandbox.faults.add(kind="drop_before")

    assert 200 == requests.get(f"{sandbox.url}/_sandbox/status", timeout=10).status_code


def test_rows_changed_by_seeds_are_no_calls(sandbox: RunningSandbox) -> None:
    """Only HTTP calls are journalled."""
    zingle.insert_contacts(sandbox.sandbox, [{"fields": {"Last Name": "Quiet"}}])

    assert [] == sandbox.journal()


def test_every_kind_of_fault_is_shown_here() -> None:
    """A new kind must get its test in this file."""
    text = __import__("pathlib").Path(__file__).read_text(encoding="utf-8")

    assert [] == [kind for kind in KINDS if f'"{kind}"' not in text]
