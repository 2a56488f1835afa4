from __future__ import annotations

import doctest
import ssl
from pathlib import Path

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from zingle_sync.http import Answer, Request, Wire, address_problem, addresses
from zingle_sync.http.failures import failure_of

URL = "https://service.test/x"


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder with credentials for every host."""
    (tmp_path / ".netrc").write_text("default login foreign password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def netrc_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named by the environment, with credentials for one host."""
    path = tmp_path / "credentials"
    path.write_text("machine service.test login foreign password secret\n")
    monkeypatch.setenv("NETRC", str(path))


@pytest.mark.parametrize("where", ["netrc", "netrc_by_name"])
@pytest.mark.parametrize("header", ["Bearer ours", None])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_no_credentials_of_the_environment_are_sent(
    request: pytest.FixtureRequest, where: str, header: str | None, method: str
) -> None:
    """A netrc file neither replaces our header nor adds one, whatever the request."""
    request.getfixturevalue(where)
    for session in (None, requests.Session()):
        with responses.RequestsMock() as mock:
            mock.add(method, URL, body="")
            Wire(1, session).send(Request(method, URL, "x", body={"a": "b"}), header)

            assert header == mock.calls[0].request.headers.get("Authorization")


def test_no_cookie_of_one_log_in_goes_with_another() -> None:
    """What a service sets is not sent back: a call is its Authorization's alone."""
    wire = Wire(1)
    with responses.RequestsMock() as mock:
        mock.get(URL, headers={"Set-Cookie": "session=first; Path=/"})
        for header in ("Bearer first", "Bearer second"):
            wire.send(Request("GET", URL, "x"), header)

        assert [None, None] == [call.request.headers.get("Cookie") for call in mock.calls]


def test_an_address_with_a_password_adds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands before an @ in an address is not taken for a log-in."""
    with responses.RequestsMock() as mock:
        mock.get("https://u:p@service.test/x", body="")
        Wire(1).send(Request("GET", "https://u:p@service.test/x", "x"), "Bearer ours")

        assert "Bearer ours" == mock.calls[0].request.headers["Authorization"]


def test_proxies_and_certificates_of_the_environment_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What an administrator sets for every program goes on working."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with responses.RequestsMock() as mock:
        mock.get(URL, body="")
        Wire(1).send(Request("GET", URL, "x"), "Bearer ours")

        sent = mock.calls[0].request.req_kwargs
        assert ("http://proxy.test:3128", str(bundle)) == (sent["proxies"]["https"], sent["verify"])


def test_a_header_that_cannot_be_written_is_told_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the HTTP library refuses to write is a final failure; nothing of it is in the words."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise ValueError("Invalid header value b'Bearer secret\\n'")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", refuse)
    answer = Wire(1).send(Request("GET", URL, "x"), "Bearer secret\n")

    assert isinstance(answer, Answer)
    assert (True, False) == (answer.final, answer.sent)
    assert "secret" not in answer.message


def wrapped(cause: Exception) -> requests.exceptions.SSLError:
    """An error as requests hands it on."""
    return requests.exceptions.SSLError(MaxRetryError(None, "/", SSLError(cause)))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (wrapped(ssl.SSLCertVerificationError(1, "self-signed certificate")), (False, True)),
        (wrapped(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")), (True, False)),
        (requests.ConnectTimeout("slow"), (False, False)),
        (requests.ReadTimeout("slow"), (True, False)),
        (requests.ConnectionError("reset"), (True, False)),
        (
            requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))),
            (False, False),
        ),
        (requests.exceptions.ChunkedEncodingError("cut"), (True, False)),
        (requests.exceptions.ContentDecodingError("bad"), (True, False)),
        (requests.exceptions.InvalidHeader("secret"), (False, True)),
        (UnicodeEncodeError("latin-1", "secret", 0, 1, "x"), (False, True)),
    ],
)
def test_broken_exchanges_are_classified(error: Exception, expected: tuple[bool, bool]) -> None:
    """Only what certainly never left may be sent again blindly; some failures stay as they are."""
    answer = failure_of(error)

    assert (None, *expected) == (answer.status, answer.sent, answer.final)
    assert "secret" not in answer.message


def test_an_untrusted_certificate_names_the_way_out() -> None:
    """The words say what an administrator can do."""
    answer = failure_of(wrapped(ssl.SSLCertVerificationError(1, "self-signed certificate")))

    assert "REQUESTS_CA_BUNDLE" in answer.message


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://127.8.9.1",
        "http://localhost/x",
        "http://sandbox.localhost:1",
        "http://[::1]:80",
        "https://acme.my.salesforce.com",
        "https://10.0.0.1:8443/v1/",
    ],
)
def test_safe_addresses(url: str) -> None:
    """Encrypted ones everywhere, plain ones on this machine."""
    assert None is address_problem(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        "http://127.0.0.1.evil.test",
        "http://localhost.evil.test",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "api.zingle.me",
        "ftp://host",
        "//host",
        "https://",
        "https://user:secret@host",
        "https://localhost@evil.test",
        "https://host/a b",
        "https://host\n",
        "https://host?x=1",
        "https://host#x",
        "https://host:port",
        "https://[::1",
        "",
    ],
)
def test_unsafe_addresses(url: str) -> None:
    """Plain ones beyond this machine, and what is no address at all, are refused in one sentence."""
    assert address_problem(url)


def test_examples() -> None:
    """The examples in the documentation are true, and there are some."""
    result = doctest.testmod(addresses)

    assert (0, True) == (result.failed, result.attempted > 0)


def test_a_sent_request_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request waits for ever."""
    with responses.RequestsMock() as mock:
        mock.get(URL, body="")
        got = Wire(7).send(Request("GET", URL, "x"), None)

        assert not isinstance(got, Answer)
        assert 7 == mock.calls[0].request.req_kwargs["timeout"]
