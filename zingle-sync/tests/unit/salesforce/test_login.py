from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from responses import RequestsMock

from zingle_sync.salesforce import ConfigurationError, LoginError, Salesforce, TransientError

INSTANCE = "https://acme.my.salesforce.com"
TOKEN_URL = f"{INSTANCE}/services/oauth2/token"
SOAP_URL = f"{INSTANCE}/services/Soap/u/59.0"
NO_APP = {"client_id": None, "client_secret": None}

Make = Callable[..., Salesforce]
LogIn = Callable[..., None]


def form_of(mock: RequestsMock, index: int = -1) -> dict[str, str]:
    """The fields of a token request."""
    body = str(mock.calls[index].request.body)
    return {name: values[0] for name, values in parse_qs(body).items()}


def test_client_credentials(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """The app's id and secret go in the body, and the answer names org and user."""
    log_in()
    client = make()

    assert ("00D000000000001EAA", "005000000000001AAA", INSTANCE, 0) == (
        client.org_id,
        client.user_id,
        client.instance_url,
        client.calls,
    )
    assert {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"} == (
        form_of(mock)
    )


def test_password_and_security_token_are_joined(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """OAuth's password grant wants the security token behind the password."""
    log_in()
    _ = make(username="u", password="p", security_token="t").instance_url

    assert ("password", "pt") == (form_of(mock)["grant_type"], form_of(mock)["password"])


def test_jwt_is_signed_and_short_lived(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """The assertion is signed with RS256, for three minutes, for the right audience."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    log_in()
    _ = make(username="u", private_key=pem, client_secret=None).instance_url

    claims = jwt.decode(
        form_of(mock)["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False},
        audience="https://login.salesforce.com",
    )
    assert {
        "iss": "id",
        "sub": "u",
        "aud": "https://login.salesforce.com",
        "exp": 1_000_180,
    } == claims


def test_unusable_key(make: Make, mock: RequestsMock) -> None:
    """A key that is no key is a configuration error, without the key in the message."""
    client = make(username="u", private_key="not a key", client_secret=None)

    with pytest.raises(ConfigurationError, match="private_key_file is not a usable RSA key"):
        _ = client.instance_url


def test_unreadable_key_file(tmp_path: Path) -> None:
    """A key file that is not there is named."""
    settings = {"client_id": "i", "username": "u", "private_key_file": str(tmp_path / "no.pem")}

    with pytest.raises(ConfigurationError, match=r"no\.pem cannot be read: No such file"):
        Salesforce.from_settings(settings)


def test_unreadable_key_file_hides_no_other_problem(tmp_path: Path) -> None:
    """What else is wrong is said beside a key file that cannot be read."""
    path = tmp_path / "no.pem"
    settings = {"client_id": "i", "domain": "acme", "private_key_file": str(path)}

    with pytest.raises(ConfigurationError) as caught:
        Salesforce.from_settings(settings)
    assert [
        f"private_key_file {path}",
        "domain is 'acme', but",
        "private_key is given without username; the",
    ] == [
        " ".join(problem.split(" ")[:words])
        for problem, words in zip(caught.value.problems, (2, 4, 6), strict=True)
    ]


def test_key_file_is_read(tmp_path: Path) -> None:
    """The key may stand in a file."""
    path = tmp_path / "key.pem"
    path.write_text("KEY")
    settings = {"client_id": "i", "username": "u", "private_key_file": str(path)}

    assert 0 == Salesforce.from_settings(settings).calls


@pytest.mark.parametrize(
    ("error", "description", "hint"),
    [
        ("invalid_grant", "authentication failure", "check the user's credentials"),
        ("invalid_grant", "expired access/refresh token", "authorise again"),
        ("invalid_grant", "user hasn't approved this consumer", "pre-authorise"),
        ("invalid_grant", "audience is invalid", "check that domain is right"),
        ("invalid_grant", "request not supported on this domain", "My Domain host"),
        ("invalid_grant", "no client credentials user enabled", "run-as user"),
        ("invalid_client_id", "client identifier invalid", "check client_id"),
        ("invalid_client", "invalid client credentials", "check client_secret"),
        ("invalid_grant", None, "no reason given"),
    ],
)
def test_refusals_say_what_to_check(
    make: Make, mock: RequestsMock, error: str, description: str | None, hint: str
) -> None:
    """Salesforce's refusal comes with a hint; it is not tried again."""
    body = {"error": error, **({"error_description": description} if description else {})}
    mock.post(TOKEN_URL, json=body, status=400)

    with pytest.raises(LoginError, match=hint) as caught:
        _ = make().instance_url
    assert (400, error, 1) == (caught.value.status, caught.value.code, len(mock.calls))


def test_wrong_host(make: Make, mock: RequestsMock) -> None:
    """A host that is no Salesforce is a wrong domain."""
    mock.post(TOKEN_URL, body="<html>Not found</html>", status=404)

    with pytest.raises(LoginError, match="check domain or login_url"):
        _ = make().instance_url


def test_login_is_tried_again_in_trouble(
    make: Make, log_in: LogIn, mock: RequestsMock, sleeps: list[float]
) -> None:
    """A login host in trouble is asked again."""
    mock.post(TOKEN_URL, body="<html>503</html>", status=503)
    log_in()

    assert (INSTANCE, [0.5]) == (make().instance_url, sleeps)


# Refresh tokens


def refreshing(make: Make, path: Path | None, token: str = "given") -> Salesforce:
    """A client that refreshes."""
    return make(refresh_token=token, token_store=str(path) if path else None)


def test_refresh_without_rotation(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A refresh token that does not rotate needs no store."""
    log_in()

    assert INSTANCE == refreshing(make, None).instance_url


def test_rotation_without_store_is_an_error(make: Make, log_in: LogIn, mock: RequestsMock) -> None:
    """A rotated token that cannot be kept stops the run with what to do."""
    log_in(refresh_token="next")

    with pytest.raises(LoginError, match="token_store is not set"):
        _ = refreshing(make, None).instance_url


def test_rotated_token_is_kept_and_used(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path
) -> None:
    """A rotated token is on the disk for nobody else to read, and the next run uses it."""
    path = tmp_path / "token"
    log_in(refresh_token="second")
    _ = refreshing(make, path).instance_url
    log_in(refresh_token="third")
    _ = refreshing(make, path).instance_url

    assert ("second", 0o600) == (
        form_of(mock)["refresh_token"],
        stat.S_IMODE(path.stat().st_mode),
    )


def test_new_grant_replaces_the_stored_one(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path
) -> None:
    """When somebody authorises anew, the token of the settings counts again."""
    path = tmp_path / "token"
    log_in(refresh_token="second")
    _ = refreshing(make, path).instance_url
    log_in()
    _ = refreshing(make, path, token="authorised anew").instance_url

    assert "authorised anew" == form_of(mock)["refresh_token"]


def test_lost_refresh_is_not_repeated(make: Make, mock: RequestsMock, tmp_path: Path) -> None:
    """A refresh whose answer was lost may have rotated the token: using it twice kills the grant."""
    mock.post(TOKEN_URL, body=requests.exceptions.ReadTimeout("slow"))

    with pytest.raises(TransientError):
        _ = refreshing(make, tmp_path / "token").instance_url
    assert 1 == len(mock.calls)


def test_store_that_cannot_be_written(make: Make, mock: RequestsMock, tmp_path: Path) -> None:
    """The store is opened before the token is used, so that nothing is lost."""
    with pytest.raises(ConfigurationError, match="cannot be used: No such file"):
        _ = refreshing(make, tmp_path / "missing" / "token").instance_url
    assert 0 == len(mock.calls)


def test_store_with_other_content(make: Make, mock: RequestsMock, tmp_path: Path) -> None:
    """A file that holds something else is not overwritten."""
    path = tmp_path / "token"
    path.write_text("my notes")

    with pytest.raises(ConfigurationError, match="holds something else"):
        _ = refreshing(make, path).instance_url
    assert "my notes" == path.read_text()


# SOAP

SOAP_OK = """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">
 <soapenv:Body><loginResponse><result>{expired}
 <serverUrl>https://na1-api.salesforce.com/services/Soap/u/59.0/00D000000000001</serverUrl>
 <sessionId>00D!soap</sessionId></result></loginResponse></soapenv:Body></soapenv:Envelope>"""
SOAP_FAULT = """<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope
 xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com">
 <soapenv:Body><soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring>
 <detail><sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode>
 <sf:exceptionMessage>{text}</sf:exceptionMessage></sf:LoginFault></detail>
 </soapenv:Fault></soapenv:Body></soapenv:Envelope>"""


def soap(make: Make) -> Salesforce:
    """A client with user name and password alone."""
    settings: dict[str, Any] = {**NO_APP, "username": "u", "password": "p", "security_token": "t"}
    return make(**settings)


def test_soap_login(make: Make, mock: RequestsMock) -> None:
    """Without a connected app, the SOAP login gives a session on its own host."""
    mock.post(SOAP_URL, body=SOAP_OK.format(expired=""))

    assert "https://na1.salesforce.com" == soap(make).instance_url


def test_soap_warns_of_its_end() -> None:
    """The SOAP login ends with Summer '27; users are told."""
    with pytest.warns(FutureWarning, match="Summer '27"):
        Salesforce.from_settings({"username": "u", "password": "p"})


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("INVALID_LOGIN", "Invalid username, password, security token; or user locked out."),
        ("INVALID_OPERATION", "SOAP API login() is disabled by default in this org."),
    ],
)
def test_soap_refusal(make: Make, mock: RequestsMock, code: str, text: str) -> None:
    """A SOAP fault is a refusal, although it comes with HTTP 500."""
    mock.post(SOAP_URL, body=SOAP_FAULT.format(code=code, text=text), status=500)

    with pytest.raises(LoginError, match=code) as caught:
        _ = soap(make).instance_url
    assert (code, 1, True) == (
        caught.value.code,
        len(mock.calls),
        str(caught.value).endswith(f"({code}): {text}"),
    )


def test_soap_with_expired_password(make: Make, mock: RequestsMock) -> None:
    """A session that may only change its password is no session."""
    mock.post(SOAP_URL, body=SOAP_OK.format(expired="<passwordExpired>true</passwordExpired>"))

    with pytest.raises(LoginError, match="password has expired"):
        _ = soap(make).instance_url
