from __future__ import annotations

import errno
import os
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
from zingle_sync.salesforce.token_store import TokenStore

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


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"access_token": "t"},
        {"access_token": None, "instance_url": None, "id": None},
        {"access_token": "a b", "instance_url": INSTANCE},
        {"access_token": "t", "instance_url": "http://acme.my.salesforce.com"},
        {"access_token": ["t"], "instance_url": 7, "id": {}},
    ],
)
def test_a_rotated_token_is_kept_whatever_comes_with_it(
    make: Make, mock: RequestsMock, tmp_path: Path, beside: dict[str, Any]
) -> None:
    """The old token is dead by then: a session that can't be used must not lose the new one."""
    path = tmp_path / "token"
    mock.post(TOKEN_URL, json={**beside, "refresh_token": "second"})
    for _ in range(2):
        with pytest.raises(TransientError, match="check domain or login_url"):
            _ = refreshing(make, path).instance_url

    assert ["given", "second"] == forms_of(mock)


@pytest.mark.parametrize("where", ["~nobody.here/token", "circle"])
def test_a_store_nowhere_is_told(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Somebody's home that is not there, and links in a circle, are sentences."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "circle").symlink_to("circle")

    with pytest.raises(ConfigurationError, match=r"token_store .* cannot be used"):
        _ = refreshing(make, Path(where)).instance_url


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


def forms_of(mock: RequestsMock) -> list[str]:
    """The refresh tokens that were sent."""
    sent = [parse_qs(str(call.request.body)) for call in mock.calls]
    return [form["refresh_token"][0] for form in sent]


@pytest.mark.parametrize("kept", [True, False])
def test_a_full_disk_is_found_before_the_token_is_used(
    make: Make, mock: RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """Where the next token could not be kept, the present one is not spent."""
    path = tmp_path / "token"
    if kept:
        with TokenStore(str(path), "given").locked():
            pass

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        _ = refreshing(make, path).instance_url

    assert 0 == len(mock.calls)
    assert {"token.lock"} | ({"token"} if kept else set()) == {
        each.name for each in tmp_path.iterdir()
    }


def test_a_store_that_cannot_be_replaced_is_written_in_place(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single file that is mounted into a container keeps the new token all the same."""
    path = tmp_path / "token"
    path.write_text("")
    node = path.stat().st_ino
    replace = Path.replace

    def mounted(self: Path, target: Path) -> Path:
        if target == path:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", mounted)
    for token in ("second", "third"):
        log_in(refresh_token=token)
        _ = refreshing(make, path).instance_url

    assert ["given", "second"] == forms_of(mock)
    assert (node, {"token", "token.lock"}) == (
        path.stat().st_ino,
        {each.name for each in tmp_path.iterdir()},
    )


def test_a_missing_mount_point_is_found_before_the_token_is_used(
    make: Make, mock: RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in which nothing can be replaced, and no file yet: nothing is sent."""

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigurationError, match="cross-device"):
        _ = refreshing(make, tmp_path / "token").instance_url
    assert 0 == len(mock.calls)


def test_a_link_to_the_store_stays_one(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path
) -> None:
    """The file behind a link is kept, so that the token outlives what holds the link."""
    volume = tmp_path / "volume"
    volume.mkdir()
    link = tmp_path / "token"
    link.symlink_to(volume / "token")
    for token in ("second", "third"):
        log_in(refresh_token=token)
        _ = refreshing(make, link).instance_url

    assert ["given", "second"] == forms_of(mock)
    assert (True, True) == (link.is_symlink(), (volume / "token").is_file())


def test_a_token_that_cannot_take_its_place_is_named(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fails after the request, the file with the new token stays and is named."""
    path = tmp_path / "token"
    replace = Path.replace
    times: list[int] = []

    def once(self: Path, target: Path) -> Path:
        times.append(1)
        if len(times) > 1:
            raise OSError(errno.EIO, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", once)
    log_in(refresh_token="second")
    with pytest.raises(ConfigurationError, match="the new token is in ") as caught:
        _ = refreshing(make, path).instance_url

    kept = Path(str(caught.value).partition("is in ")[2].removesuffix("."))
    assert '"second"' in kept.read_text()


def test_a_disk_that_fills_up_meanwhile_still_takes_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the request and its answer the disk fills up: the room for the token was kept."""
    path, opened = tmp_path / "token", os.open

    def full(file: Path, flags: int, mode: int = 0o777) -> int:
        if not Path(file).exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(file, flags, mode)

    store = TokenStore(str(path), "given")
    with store.locked():
        sizes = {each.stat().st_size for each in tmp_path.iterdir() if each.suffix != ".lock"}
        monkeypatch.setattr(os, "open", full)
        store.save("x" * 2_000)
        monkeypatch.undo()

    with TokenStore(str(path), "given").locked() as current:
        assert ("x" * 2_000, 1, True) == (current, len(sizes), min(sizes) > 2_000)


class Killed(BaseException):
    """The process ends here."""


class Disk:
    """The steps of a store on the disk; at one of them the process is killed.

    Args:
        monkeypatch: Puts the steps in place.
        mounted: Whether no file can be replaced.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, mounted: bool) -> None:
        self.mounted, self.fatal, self.taken, self.dead = mounted, 0, 0, False
        for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
            monkeypatch.setattr(owner, name, self._step(getattr(owner, name), name))

    def _step(self, real: Callable[..., object], name: str) -> Callable[..., object]:
        def taking(*args: object) -> object:
            if self.mounted and name == "replace":
                raise OSError(errno.EBUSY, "Device or resource busy")
            self._killed_at(2 * self.taken + 1)
            result = real(*args)
            self.taken += 1
            self._killed_at(2 * self.taken)
            return result

        return taking

    def _killed_at(self, moment: int) -> None:
        self.dead = self.dead or moment == self.fatal
        if self.dead:
            raise Killed

    def rotate(self, path: Path, tokens: list[str], fatal: int = 0) -> bool:
        """Rotate once, with a kill at a moment before or after a step; whether it came to it."""
        self.fatal, self.taken, self.dead = fatal, 0, False
        try:
            store = TokenStore(str(path), "given")
            with store.locked() as current:
                assert tokens[-1] == current
                tokens.append(f"token {len(tokens)}")
                store.save(tokens[-1])
        except Killed:
            pass
        return self.dead


@pytest.mark.parametrize("fatal", range(1, 14))
@pytest.mark.parametrize("mounted", [False, True])
def test_a_kill_at_any_step_loses_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fatal: int, mounted: bool
) -> None:
    """Killed before or after any step, the next run sends the token that Salesforce knows."""
    path, tokens = tmp_path / "token", ["given"]
    path.write_text("")
    disk = Disk(monkeypatch, mounted=mounted)
    disk.rotate(path, tokens)
    killed = disk.rotate(path, tokens, fatal)

    disk.rotate(path, tokens)
    disk.rotate(path, tokens)

    # Nobody can close the moment between the answer and the first write, so it is none of these.
    assert (killed or fatal > 8, 0) == (True, disk.fatal)
    assert {"token", "token.lock"} == {each.name for each in tmp_path.iterdir()}


def test_garbage_beside_the_store_is_no_token(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path
) -> None:
    """A half-written file, an older token and one of another grant are not taken for the newest."""
    path, beside = tmp_path / "token", tmp_path / "token.next"
    log_in(refresh_token="second")
    _ = refreshing(make, path).instance_url
    old = path.read_bytes()
    for odd in (b"", b'{"refresh_tok', b"[]", old):
        beside.write_bytes(odd)
        log_in(refresh_token=f"after {len(mock.calls)}")
        _ = refreshing(make, path).instance_url

    assert ["given", "second", "after 1", "after 2", "after 3"] == forms_of(mock)


def test_a_longer_token_than_any_before(
    make: Make, log_in: LogIn, mock: RequestsMock, tmp_path: Path
) -> None:
    """What is kept is read back whole, longer or shorter than what was there before."""
    path = tmp_path / "token"
    tokens = ["x" * 2_000, "y", "z" * 9_000, "last"]
    for token in tokens:
        log_in(refresh_token=token)
        _ = refreshing(make, path).instance_url

    assert ["given", *tokens[:-1]] == forms_of(mock)


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
        str(caught.value).endswith(f" {code}): {text}"),
    )


def test_soap_with_expired_password(make: Make, mock: RequestsMock) -> None:
    """A session that may only change its password is no session."""
    mock.post(SOAP_URL, body=SOAP_OK.format(expired="<passwordExpired>true</passwordExpired>"))

    with pytest.raises(LoginError, match="password has expired"):
        _ = soap(make).instance_url


# Refusals and answers of every shape


REFUSALS = [
    ('{"error":"invalid_grant","error_description":"user is inactive"}', "invalid_grant"),
    ('[{"errorCode":"API_DISABLED_FOR_ORG","message":"user is inactive"}]', "API_DISABLED_FOR_ORG"),
    ('{"errorCode":"FORBIDDEN","message":"user is inactive"}', "FORBIDDEN"),
    ('{"error":{"code":"blocked","message":"user is inactive"}}', "blocked"),
    ('{"error_description":"user is inactive","error":"x"}\n', "x"),
    ('[{"message":"user is inactive \\ud83d","errorCode":"E"}]', "E"),
]


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(("body", "code"), REFUSALS)
def test_a_refused_login_keeps_the_reason_in_every_shape(
    make: Make, mock: RequestsMock, body: str, code: str, status: int
) -> None:
    """Code and sentence of the other side are told, whichever shape they come in."""
    mock.post(TOKEN_URL, body=body, status=status)

    with pytest.raises(LoginError, match=rf"{code}\): user is inactive") as caught:
        _ = make().instance_url
    assert (status, code, 1) == (caught.value.status, caught.value.code, len(mock.calls))


ENVELOPE = '<e:Envelope xmlns:e="http://x"><e:Body>{}</e:Body></e:Envelope>'
FAULTS = [
    (
        "<e:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring></e:Fault>",
        500,
    ),
    (
        "<Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail/></Fault>",
        500,
    ),
    (
        "<e:Fault><e:Code><e:Value>e:{code}</e:Value></e:Code><e:Reason><e:Text>{text}</e:Text></e:Reason></e:Fault>",
        400,
    ),
    (
        "<e:Fault><faultcode>e:Client</faultcode><detail><n:F><n:exceptionCode>{code}</n:exceptionCode><n:exceptionMessage>{text}</n:exceptionMessage></n:F></detail></e:Fault>",
        200,
    ),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS)
def test_a_soap_fault_keeps_the_reason_in_every_shape(
    make: Make, mock: RequestsMock, fault: str, status: int
) -> None:
    """Faults of SOAP 1.1 and 1.2, with and without details and prefixes, name code and sentence."""
    text = "SOAP API login() is disabled &amp; gone"
    body = ENVELOPE.format(fault.format(code="INVALID_OPERATION", text=text))
    mock.post(SOAP_URL, body=body, status=status)

    with pytest.raises(LoginError) as caught:
        _ = soap(make).instance_url
    assert ("INVALID_OPERATION", True, 1) == (
        caught.value.code,
        "INVALID_OPERATION): SOAP API login() is disabled & gone" in str(caught.value),
        len(mock.calls),
    )


def test_a_soap_login_refused_by_json(make: Make, mock: RequestsMock) -> None:
    """A refusal that is no SOAP at all is told as well."""
    mock.post(SOAP_URL, json=[{"errorCode": "FORBIDDEN", "message": "blocked"}], status=403)

    with pytest.raises(LoginError, match=r"FORBIDDEN\): blocked"):
        _ = soap(make).instance_url


ODD_SUCCESSES = [
    "<html>Maintenance</html>",
    "",
    "{}",
    "[]",
    "null",
    '{"access_token":"t"}',
    '{"access_token":"","instance_url":"https://acme.my.salesforce.com"}',
    '{"access_token":"a b","instance_url":"https://acme.my.salesforce.com"}',
    '{"access_token":"t","instance_url":"http://acme.my.salesforce.com"}',
    '{"access_token":"t","instance_url":"https://u:p@evil.test"}',
    '{"access_token":"t","instance_url":"acme.my.salesforce.com"}',
    '{"access_token":"t","instance_url":7}',
    "[" * 9_000,
]


@pytest.mark.parametrize("body", ODD_SUCCESSES)
def test_a_success_without_a_session_is_tried_again(
    make: Make, log_in: LogIn, mock: RequestsMock, sleeps: list[float], body: str
) -> None:
    """A gateway's page, a cut answer or an address that nothing may be sent to is no login."""
    mock.post(TOKEN_URL, body=body)
    log_in()

    assert (INSTANCE, [0.5]) == (make().instance_url, sleeps)


@pytest.mark.parametrize("flow", ["token", "soap"])
def test_a_login_without_a_session_has_an_end(
    make: Make, mock: RequestsMock, sleeps: list[float], flow: str
) -> None:
    """After six tries the sentence says what to check."""
    mock.post(TOKEN_URL if flow == "token" else SOAP_URL, body="<html>Maintenance</html>")
    mock.post("https://acme.my.salesforce.com/x", body="")
    requests.post("https://acme.my.salesforce.com/x", timeout=1)

    with pytest.raises(TransientError, match="holds no session; check domain or login_url"):
        _ = (make() if flow == "token" else soap(make)).instance_url
    assert 5 == len(sleeps)


def test_a_login_in_trouble_with_a_soap_code(
    make: Make, mock: RequestsMock, sleeps: list[float]
) -> None:
    """A fault that passes is waited out."""
    mock.post(SOAP_URL, body=SOAP_FAULT.format(code="SERVER_UNAVAILABLE", text="busy"), status=500)
    mock.post(SOAP_URL, body=SOAP_OK.format(expired=""))

    assert ("https://na1.salesforce.com", [0.5]) == (soap(make).instance_url, sleeps)


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Mon, 12 Jan 1970 13:46:40 GMT", None),
        ("Mon, 12 Jan 1970 14:46:40 GMT", "clock is 3600 seconds behind; set it right"),
        ("Mon, 12 Jan 1970 12:46:40 GMT", "clock is 3600 seconds ahead; set it right"),
        ("no date", None),
    ],
)
def test_a_wrong_clock_is_named(
    make: Make, mock: RequestsMock, date: str, words: str | None
) -> None:
    """A refused login compares the clocks of both sides: assertions live for three minutes."""
    body = {"error": "invalid_grant", "error_description": "invalid assertion"}
    mock.post(TOKEN_URL, json=body, status=400, headers={"Date": date})

    with pytest.raises(LoginError) as caught:
        _ = make().instance_url
    assert (words or "clock") in str(caught.value) or words is None
    assert "check private_key" in str(caught.value)
    assert words or "clock is" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"access_token": "sec\nret", "instance_url": INSTANCE, **NO_APP}, "access_token"),
        ({"access_token": "sec ret", "instance_url": INSTANCE, **NO_APP}, "access_token"),
        ({"client_secret": "sec\nret"}, "client_secret"),
        ({"username": "u", "password": "sec\tret"}, "password"),
        ({"login_url": "http://acme.my.salesforce.com"}, "login_url"),
        ({"login_url": "https://sec:ret@acme.my.salesforce.com"}, "login_url"),
        ({"access_token": "t", "instance_url": "http://10.0.0.1", **NO_APP}, "instance_url"),
    ],
)
def test_settings_that_cannot_be_sent_are_refused_by_name(
    settings: dict[str, Any], name: str
) -> None:
    """The sentence names the setting and does not repeat its value."""
    given = {"client_id": "i", "client_secret": "s", "domain": "acme.my.salesforce.com"}

    with pytest.raises(ConfigurationError, match=f"^{name} ") as caught:
        Salesforce.from_settings({**given, **settings})
    assert "sec" not in str(caught.value).replace("client_secret", "")


def test_line_ends_of_copied_secrets_are_taken_off(
    make: Make, log_in: LogIn, mock: RequestsMock
) -> None:
    """A line end behind a secret from a file is no part of it."""
    log_in()
    _ = make(client_id=" id\n", client_secret="secret\r\n").instance_url

    assert ("id", "secret") == (form_of(mock)["client_id"], form_of(mock)["client_secret"])


@pytest.mark.parametrize("flow", ["token", "soap"])
def test_no_login_fills_the_memory(
    make: Make, mock: RequestsMock, monkeypatch: pytest.MonkeyPatch, flow: str
) -> None:
    """A login has a largest answer too."""
    mock.post(TOKEN_URL if flow == "token" else SOAP_URL, body=b" " * 5_000)
    monkeypatch.setattr("zingle_sync.http.bodies.LARGEST_BODY", 4_000)

    with pytest.raises(ConfigurationError, match="larger than"):
        _ = (make() if flow == "token" else soap(make)).instance_url
    assert 1 == len(mock.calls)
