from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zingle_sandbox import salesforce
from zingle_sandbox.credentials import SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET

if TYPE_CHECKING:
    from conftest import Org

KEY = "Zingle_Conversation_Key__c"


def test_a_locked_record_fails_its_rows_alone(org: Org) -> None:
    """Rows of the locked person fail, the others do not; a retry after the lock succeeds."""
    one, two = org.create("Contact", LastName="A"), org.create("Contact", LastName="B")
    org.options(locked_records=one, lock_attempts=1)
    rows = [
        {KEY: "k1", "WhoId": one, "ActivityDate": "2026-03-01"},
        {KEY: "k2", "WhoId": two, "ActivityDate": "2026-03-01"},
        {KEY: "k3", "WhoId": one, "ActivityDate": "2026-03-01", "Status": "Completed"},
    ]
    first = org.collection("PATCH", f"/Task/{KEY}", rows)
    second = org.collection("PATCH", f"/Task/{KEY}", rows)

    assert [False, True, True] == [result["success"] for result in first]
    assert {
        "statusCode": "UNABLE_TO_LOCK_ROW",
        "message": f"unable to obtain exclusive access to this record or 1 records: {one}",
        "fields": [],
    } == first[0]["errors"][0]
    assert [True, True, True] == [result["success"] for result in second]


def test_updates_and_deletes_always_lock(org: Org) -> None:
    """A completed Task that could be inserted cannot be changed while its person is locked."""
    person = org.create("Contact", LastName="A")
    org.options(locked_records="*")
    task = org.create("Task", WhoId=person, Status="Completed")
    changed = org.rest("PATCH", f"/sobjects/Task/{task}", json={"Subject": "x"})
    deleted = org.rest("DELETE", f"/sobjects/Task/{task}")

    for answer in (changed, deleted):
        assert (400, "UNABLE_TO_LOCK_ROW") == (answer.status_code, answer.json()[0]["errorCode"])


def test_wide_queries_time_out(org: Org) -> None:
    """A result over the limit is a QUERY_TIMEOUT, a narrower one is not."""
    org.insert("Contact", *({"LastName": f"N{n}"} for n in range(20)))
    org.options(timeout_rows=10)

    assert (400, "QUERY_TIMEOUT", "Your query request was running for too long.") == org.refusal(
        "SELECT Id FROM Contact"
    )
    assert 10 == len(org.query("SELECT Id FROM Contact WHERE LastName LIKE 'N1_'"))


def test_the_org_may_have_rules_of_its_own(org: Org) -> None:
    """Mandatory fields and validation rules name the field and the administrator's words."""
    org.options(
        required_fields="Task.Guest_Mood__c", validation_rules="Task.CallObject=Leave this empty."
    )
    missing = org.rest("POST", "/sobjects/Task", json={"Subject": "x"}).json()[0]
    forbidden = org.rest(
        "POST", "/sobjects/Task", json={"Guest_Mood__c": "good", "CallObject": "x"}
    ).json()[0]

    assert ("REQUIRED_FIELD_MISSING", ["Guest_Mood__c"]) == (
        missing["errorCode"],
        missing["fields"],
    )
    assert {
        "message": "Leave this empty.",
        "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "fields": ["CallObject"],
    } == forbidden
    assert org.create("Task", Guest_Mood__c="good")
    assert 201 == org.rest("POST", "/sobjects/Contact", json={"LastName": "A"}).status_code


def test_accounts_may_be_people(org: Org) -> None:
    """Only where person accounts are on does an Account tell which Contact it is."""
    described = org.rest("GET", "/sobjects/Account/describe").json()["fields"]
    assert not {"IsPersonAccount", "PersonContactId"} & {field["name"] for field in described}
    assert "INVALID_FIELD" == org.refusal("SELECT PersonContactId FROM Account")[1]
    org.options(person_accounts=True)
    contact = org.create("Contact", LastName="Doe")
    org.insert("Account", {"Name": "Doe", "IsPersonAccount": True, "PersonContactId": contact})
    (row,) = org.query("SELECT PersonContactId FROM Account WHERE IsPersonAccount = true")

    assert contact == row["PersonContactId"]


def test_a_session_may_not_be_for_rest(org: Org) -> None:
    """The same code as an expired session, with words that say that a new one will not help."""
    org.options(rest_session=False)
    org.log_in()
    answer = org.rest("GET", "/limits")

    assert (
        401,
        [
            {
                "message": "This session is not valid for use with the REST API",
                "errorCode": "INVALID_SESSION_ID",
            }
        ],
    ) == (answer.status_code, answer.json())


def test_the_api_may_be_off(org: Org) -> None:
    """Every call is refused with 403."""
    org.options(api_enabled=False)
    answer = org.rest("GET", "/limits")

    assert (403, "API_DISABLED_FOR_ORG") == (answer.status_code, answer.json()[0]["errorCode"])


@pytest.mark.parametrize("kind", ["PROFILES", "OPTIONS"])
def test_every_switch_has_a_test(kind: str) -> None:
    """Each reading of an open question and each option is used by a test of the sandbox."""
    text = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    names = [name.removeprefix("salesforce_") for name in getattr(salesforce, kind)]

    assert [] == [name for name in names if not re.search(rf"{name}(=|\": )", text)]


def test_sizes_and_spans_can_be_set(org: Org) -> None:
    """Pages, Bulk pages, the life of locators and the archiving age follow their options."""
    org.insert("Contact", *({"LastName": f"N{n}"} for n in range(30)))
    org.options(page_size=10, bulk_page_size=20, locator_hours=1, archive_days=3650)
    page = org.page("SELECT Id FROM Contact")
    job = org.rest(
        "POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Contact"}
    ).json()
    results = org.rest("GET", f"/jobs/query/{job['id']}/results")
    task = org.create("Task", Status="Completed", ActivityDate="2020-01-01")
    org.running.sandbox.clock.advance(3_700)
    late = org.send("GET", page["nextRecordsUrl"])

    assert (10, "20") == (len(page["records"]), results.headers["Sforce-NumberOfRecords"])
    assert [task] == org.values("SELECT Id FROM Task")
    assert "INVALID_QUERY_LOCATOR" == late.json()[0]["errorCode"]


def test_answers_can_be_compressed(org: Org) -> None:
    """Only for callers that accept it, and not where it does not pay."""
    org.options(gzip=True)
    big = org.rest("GET", "/sobjects/Contact/describe")
    small = org.rest("GET", "/query", params={"q": "SELECT Id FROM Contact"})
    plain = org.rest("GET", "/sobjects/Contact/describe", headers={"Accept-Encoding": "identity"})

    assert "gzip" == big.headers["Content-Encoding"]
    assert big.json() == plain.json()
    assert "Content-Encoding" not in {*small.headers, *plain.headers}


def test_requests_can_be_compressed(org: Org) -> None:
    """`Content-Encoding: gzip` is understood; a body that is none is refused."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    body = gzip.compress(b'{"LastName": "A"}')
    good = org.rest("POST", "/sobjects/Contact", data=body, headers=headers)
    bad = org.rest("POST", "/sobjects/Contact", data=b"{}", headers=headers)

    assert (201, 400) == (good.status_code, bad.status_code)


def test_log_ins_can_be_refused_and_counted(org: Org) -> None:
    """An administrator's refusal comes as it is; more than so many an hour are too many."""
    form = {
        "grant_type": "client_credentials",
        "client_id": SALESFORCE_CLIENT_ID,
        "client_secret": SALESFORCE_CLIENT_SECRET,
    }
    org.options(login_error="invalid_app_access: user is not admin approved to access this app")
    refused = org.token(**form)
    org.options(login_error="", login_limit=2)
    second, third = org.token(**form), org.token(**form)
    org.running.sandbox.clock.advance(3_601)

    assert {
        "error": "invalid_app_access",
        "error_description": "user is not admin approved to access this app",
    } == refused.json()
    assert (200, 400) == (second.status_code, third.status_code)
    assert "login rate exceeded" == third.json()["error_description"]
    assert 200 == org.token(**form).status_code


def test_refused_calls_tell_the_usage_too(org: Org) -> None:
    """`Sforce-Limit-Info` is on every REST answer."""
    answer = org.rest("GET", "/limits", headers={"Authorization": "Bearer x"})

    assert (401, "api-usage=0/100000") == (
        answer.status_code,
        answer.headers["Sforce-Limit-Info"],
    )


def test_a_row_that_fails_halfway_leaves_nothing(org: Org) -> None:
    """A delete whose cascade meets a lock deletes nothing at all."""
    account = org.create("Account", Name="A")
    people = [org.create("Contact", LastName=name, AccountId=account) for name in "ab"]
    org.options(locked_records=people[1])
    org.running.clear_journal()
    alone = org.rest("DELETE", f"/sobjects/Account/{account}")
    (row,) = org.rest("DELETE", f"/composite/sobjects?ids={account}").json()

    assert (400, "UNABLE_TO_LOCK_ROW") == (alone.status_code, alone.json()[0]["errorCode"])
    assert "UNABLE_TO_LOCK_ROW" == row["errors"][0]["statusCode"]
    assert 2 == org.page("SELECT COUNT() FROM Contact")["totalSize"]
    assert 0 == org.running.writes("salesforce")
