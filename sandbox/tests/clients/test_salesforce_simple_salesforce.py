"""simple-salesforce 1.12 against the sandbox, over TLS; only host names are rewritten."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from zingle_sandbox import credentials, salesforce
from zingle_sandbox.salesforce.org.storage import ORG_ID
from zingle_sandbox.testing import run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zingle_sandbox.testing import RunningSandbox

KEY = "Zingle_Conversation_Key__c"
USER = {
    "username": credentials.SALESFORCE_USERNAME,
    "password": credentials.SALESFORCE_PASSWORD,
}
TOKEN = credentials.SALESFORCE_SECURITY_TOKEN
APP = {
    "consumer_key": credentials.SALESFORCE_CLIENT_ID,
    "consumer_secret": credentials.SALESFORCE_CLIENT_SECRET,
}


class HostAdapter(HTTPAdapter):
    """Sends calls for Salesforce's hosts to the sandbox, their `Host` header unchanged."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        super().__init__()

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # type: ignore[override]  # as it comes
        """Rewrite the host and send."""
        split = urlsplit(request.url or "")
        if split.hostname and split.hostname.endswith(".salesforce.com"):
            request.headers["Host"] = split.netloc
            request.url = urlunsplit(split._replace(netloc=self.target.netloc))
        return super().send(request, **more)


@pytest.fixture(scope="module")
def _running() -> Iterator[RunningSandbox]:
    with run_sandbox(tls=True) as running:
        yield running


@pytest.fixture
def running(_running: RunningSandbox) -> RunningSandbox:
    """An empty org that listens with TLS."""
    _running.reset()
    return _running


@pytest.fixture
def session(running: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    """A session that trusts the sandbox's CA and finds Salesforce's hosts there."""
    with requests.Session() as one:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))
        one.mount("https://", HostAdapter(running.tls_url or ""))
        yield one


@pytest.fixture
def sf(session: requests.Session) -> Salesforce:
    """A client that logged in with its own log-in."""
    return Salesforce(**USER, security_token=TOKEN, session=session)


LOG_INS: dict[str, dict[str, Any]] = {
    "security token (SOAP)": {**USER, "security_token": TOKEN},
    "organization id (SOAP)": {**USER, "organizationId": ORG_ID},
    "password (OAuth)": {**USER, "password": USER["password"] + TOKEN, **APP},
    "JWT bearer": {
        "username": USER["username"],
        "consumer_key": APP["consumer_key"],
        "privatekey": credentials.pem(credentials.jwt_private_key()),
    },
    "client credentials": {**APP, "domain": "zingle.my"},
}


@pytest.mark.parametrize("name", LOG_INS)
def test_every_log_in_works(running: RunningSandbox, session: requests.Session, name: str) -> None:
    """Each of the client's log-ins ends in a session that can query."""
    sf = Salesforce(**LOG_INS[name], session=session)

    assert {"totalSize": 0, "done": True, "records": []} == sf.query("SELECT Id FROM Contact")
    assert running.sandbox.journal.summary()["salesforce"].token_requests == 1


def test_a_session_id_is_enough(running: RunningSandbox, session: requests.Session) -> None:
    """A token from elsewhere and the instance URL need no log-in."""
    token, host = SalesforceLogin(**APP, domain="zingle.my", session=session)
    sf = Salesforce(session_id=token, instance_url=f"https://{host}", session=session)

    assert "Contact" in {one["name"] for one in sf.describe()["sobjects"]}
    assert not sf.is_sandbox()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({**USER, "security_token": "wrong"}, "INVALID_LOGIN"),
        ({**USER, **APP, "password": "wrong"}, "invalid_grant"),
        ({**APP, "consumer_secret": "wrong", "domain": "zingle.my"}, "invalid_client"),
    ],
)
def test_failed_log_ins_are_understood(
    session: requests.Session, arguments: dict[str, str], code: str
) -> None:
    """The client reads the code of the SOAP fault and of the OAuth error."""
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        Salesforce(**arguments, session=session)

    assert code == caught.value.code


def test_query_all_reads_5000_rows(running: RunningSandbox, sf: Salesforce) -> None:
    """Every row once, in order, over three pages; deleted ones when asked for."""
    salesforce.insert_rows(
        running.sandbox,
        "Contact",
        ({"LastName": f"N{n:04d}", "IsDeleted": n >= 5_000} for n in range(5_100)),
    )
    soql = "SELECT Id, LastName FROM Contact ORDER BY LastName"
    live = sf.query_all(soql)
    everything = list(sf.query_all_iter(soql, include_deleted=True))

    assert [f"N{n:04d}" for n in range(5_000)] == [one["LastName"] for one in live["records"]]
    assert (5_000, True) == (live["totalSize"], live["done"])
    assert 5_100 == len(everything)
    assert "api-usage" in sf.api_usage


def test_records_are_written_and_read(running: RunningSandbox, sf: Salesforce) -> None:
    """create, get, get_by_custom_id, update, upsert and delete do what they say."""
    made = sf.Contact.create({"LastName": "Löwe", "Loyalty_Number__c": "L/1"})
    assert made["success"]
    found = sf.Contact.get_by_custom_id("Loyalty_Number__c", "L/1")
    updated = sf.Contact.update(made["id"], {"Title": "Dr."})
    created = sf.Task.upsert(f"{KEY}/k1", {"Subject": "s", "WhoId": made["id"]})
    kept = sf.Task.upsert(f"{KEY}/k1", {"Subject": "t"})

    assert (made["id"], 204, 201, 200) == (found["Id"], updated, created, kept)
    assert "Dr." == sf.Contact.get(made["id"])["Title"]
    assert 204 == sf.Contact.delete(made["id"])
    assert "Contact" == sf.Contact.describe()["name"]
    assert 0 == sf.query("SELECT COUNT() FROM Task")["totalSize"]


def test_bulk2_queries_read_every_row(
    running: RunningSandbox, sf: Salesforce, tmp_path: Path
) -> None:
    """Pages of a Bulk 2.0 query come as CSV, to memory or to files."""
    salesforce.insert_rows(
        running.sandbox, "Contact", ({"LastName": f'N{n}, "x"\n'} for n in range(2_500))
    )
    soql = "SELECT Id, LastName, IsDeleted FROM Contact"
    pages = list(sf.bulk2.Contact.query(soql, max_records=1_000, wait=0))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page, newline=""))]
    files = sf.bulk2.Contact.download(soql, str(tmp_path), max_records=2_000, wait=0)

    assert (3, {f'N{n}, "x"\n' for n in range(2_500)}) == (
        len(pages),
        {row["LastName"] for row in rows},
    )
    assert {"false"} == {row["IsDeleted"] for row in rows}
    assert [2_000, 500] == [one["number_of_records"] for one in files]


def test_collections_upsert_twice(running: RunningSandbox, sf: Salesforce) -> None:
    """450 rows in three calls: created the first time, updated the second."""
    rows = [
        {"attributes": {"type": "Task"}, KEY: f"zgl:s:c:{n}", "Subject": "Zingle Conversation"}
        for n in range(450)
    ]

    def upsert() -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for at in range(0, len(rows), 200):
            body = {"allOrNone": False, "records": rows[at : at + 200]}
            results += sf.restful(f"composite/sobjects/Task/{KEY}", method="PATCH", json=body)
        return results

    first, second = upsert(), upsert()

    assert ({True}, {False}) == (
        {one["created"] for one in first},
        {one["created"] for one in second},
    )
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert 450 == sf.query("SELECT COUNT() FROM Task")["totalSize"]


def test_the_client_knows_our_errors(running: RunningSandbox, sf: Salesforce) -> None:
    """Every exception class of the client is raised by the answer that it is meant for."""
    options = running.sandbox.options
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        sf.query("SELECT Foo FROM Contact")
    with pytest.raises(SalesforceResourceNotFound):
        sf.Nope.describe()
    options["salesforce_activity_key"] = "non_unique"
    for _ in range(2):
        sf.Task.create({KEY: "twice"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Task.upsert(f"{KEY}/twice", {})
    with pytest.raises(SalesforceGeneralError) as general:
        sf.search("FIND {x}")
    options["salesforce_daily_limit"] = 1
    with pytest.raises(SalesforceRefusedRequest) as refused:
        sf.limits()

    assert "INVALID_FIELD" == malformed.value.content[0]["errorCode"]
    assert 501 == general.value.status
    assert "REQUEST_LIMIT_EXCEEDED" == refused.value.content[0]["errorCode"]


def test_a_dead_session_is_renewed_once(running: RunningSandbox, sf: Salesforce) -> None:
    """With credentials the client logs in again on 401; with a bare session id it cannot."""
    bare = Salesforce(session_id="00D!dead", instance_url=running.tls_url, session=sf.session)
    running.sandbox.store.execute("DELETE FROM sf_sessions")
    before = running.sandbox.journal.summary()["salesforce"].token_requests

    assert 0 == sf.query("SELECT COUNT() FROM Contact")["totalSize"]
    assert 1 == running.sandbox.journal.summary()["salesforce"].token_requests - before
    with pytest.raises(SalesforceExpiredSession):
        bare.query("SELECT Id FROM Contact")


def test_it_follows_the_switches_of_the_log_in(
    running: RunningSandbox, session: requests.Session
) -> None:
    """SOAP log-in switched off, or an API version without it, is a clear failure."""
    arguments = {**USER, "security_token": TOKEN, "session": session}
    with pytest.raises(SalesforceAuthenticationFailed, match="not available in the API version"):
        Salesforce(**arguments, version="65.0")
    running.sandbox.options["salesforce_soap_login"] = False
    with pytest.raises(SalesforceAuthenticationFailed, match="disabled by default"):
        Salesforce(**arguments)


def test_a_deployment_goes_through(running: RunningSandbox, sf: Salesforce) -> None:
    """`mdapi.deploy` queues, `check_deploy_status` reads the end and its failures."""
    running.sandbox.set_options({"salesforce_activity_key": "absent"})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "package.xml",
            "<Package><types><members>Texts</members><name>PermissionSet</name></types></Package>",
        )
        archive.writestr(
            "permissionsets/Texts.permissionset",
            "<PermissionSet><label>Texts</label></PermissionSet>",
        )

    good, state = sf.mdapi.deploy(buffer, sandbox=False)
    running.sandbox.set_options({"salesforce_deploy_failures": "Texts=No room"})
    bad, _ = sf.mdapi.deploy(buffer, sandbox=False)

    assert "Queued" == state
    assert ("Succeeded", "1") == (
        (done := sf.mdapi.check_deploy_status(good))[0],
        (done[2] or {})["deployed_count"],
    )
    status, _, details, _ = sf.mdapi.check_deploy_status(bad)
    assert "Failed" == status
    assert [{"type": "PermissionSet", "file": "permissionsets/Texts.permissionset", "status": "Error", "message": "No room"}] == (details or {})["errors"]  # fmt: skip
