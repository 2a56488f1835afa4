from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from responses import RequestsMock, matchers
from simple_salesforce.exceptions import SalesforceResourceNotFound

from zingle_sync.salesforce import Salesforce, TransientError

INSTANCE = "https://acme.my.salesforce.com"
DATA = f"{INSTANCE}/services/data/v62.0"
ENDED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]

Make = Callable[..., Salesforce]
LogIn = Callable[..., None]


def test_the_session_is_shared(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """simple-salesforce uses the client's session, version and instance, and its calls count."""
    log_in()
    mock.get(
        f"{DATA}/sobjects/Contact/describe",
        json={"name": "Contact"},
        headers={"Sforce-Limit-Info": "api-usage=18/15000"},
        match=[matchers.header_matcher({"Authorization": "Bearer 00Dxx!first"})],
    )
    client = make()

    assert "Contact" == client.simple_salesforce().Contact.describe()["name"]
    assert (1, 18) == (client.calls, client.usage.used if client.usage else None)


def test_a_session_that_ends_is_renewed_for_both(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """The call is repeated with a new session, with its own headers and body."""
    log_in("00Dxx!first")
    mock.patch(f"{DATA}/sobjects/Contact/003", json=ENDED, status=401)
    log_in("00Dxx!second")
    mock.patch(
        f"{DATA}/sobjects/Contact/003",
        status=204,
        match=[
            matchers.header_matcher({"Authorization": "Bearer 00Dxx!second", "X-Mine": "1"}),
            matchers.json_params_matcher({"LastName": "Doe"}),
        ],
    )

    simple = make().simple_salesforce()

    assert 204 == simple.Contact.update("003", {"LastName": "Doe"}, headers={"X-Mine": "1"})


def test_plain_http_reaches_a_simulator(make: Make, mock: RequestsMock) -> None:
    """simple-salesforce knows https only; the session goes where the instance is."""
    mock.get("http://127.0.0.1:8000/services/data/v62.0/sobjects", json={"sobjects": []})
    client = make(
        access_token="t", instance_url="http://127.0.0.1:8000", client_id=None, client_secret=None
    )

    assert {"sobjects": []} == client.simple_salesforce().describe()


def test_refusals_are_its_own(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """What Salesforce refuses is raised as scripts with simple-salesforce expect it."""
    log_in()
    refused = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    mock.get(f"{DATA}/sobjects/Nope/describe", json=refused, status=404)

    with pytest.raises(SalesforceResourceNotFound):
        make().simple_salesforce().Nope.describe()


def test_a_lost_create_is_not_repeated(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """Only reads are tried again when the answer is lost."""
    log_in()
    mock.post(f"{DATA}/sobjects/Contact/", body=requests.exceptions.ReadTimeout("slow"))
    client = make()

    with pytest.raises(TransientError):
        client.simple_salesforce().Contact.create({"LastName": "Doe"})
    assert 1 == client.calls


def test_no_foreign_credentials_travel_with_metadata(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The typed calls of `mdapi`, which zeep sends, take none from a netrc file either."""
    (tmp_path / ".netrc").write_text("default login foreign password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    log_in()
    mock.post(f"{INSTANCE}/services/Soap/m/62.0/", body="<html/>", status=503)

    with pytest.raises(Exception, match="Unknown fault"):
        make().simple_salesforce().mdapi.CustomObject.read("Task")

    assert None is mock.calls[-1].request.headers.get("Authorization")


@pytest.mark.parametrize(
    "module",
    [
        "zingle_sync.salesforce",
        "zingle_sync.zingle",
        "tap_salesforce_zingle.tap",
        "target_zingle.target",
        "tap_zingle.tap",
        "target_salesforce_activity.target",
    ],
)
def test_no_run_pays_for_what_it_does_not_use(module: str) -> None:
    """zeep, lxml and simple-salesforce are in no process that only starts a plugin."""
    code = (
        f"import json, sys, {module}\n"
        "print(json.dumps(sorted({'zeep', 'lxml', 'simple_salesforce'} & sys.modules.keys())))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [] == json.loads(done.stdout)
