"""Both clients against the sandbox's https: certificates, credentials and what may not travel."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from zingle_sandbox.testing import RunningSandbox, run_sandbox
from zingle_sync.salesforce import ConfigurationError as SalesforceConfigurationError
from zingle_sync.salesforce import Salesforce
from zingle_sync.zingle import ConfigurationError, Zingle, ZingleError

Read = Callable[[RunningSandbox], object]


@pytest.fixture(scope="module")
def secure() -> Iterator[RunningSandbox]:
    """A sandbox that serves https with a certificate of its own authority."""
    with run_sandbox(tls=True) as running:
        yield running


def zingle(secure: RunningSandbox) -> object:
    """A call to Zingle over https."""
    client = Zingle.from_settings({**secure.zingle_settings(), "api_url": secure.tls_url})
    try:
        return client.whoami()
    finally:
        client.close()


def salesforce(secure: RunningSandbox) -> object:
    """A login and calls to Salesforce over https, by our client and by simple-salesforce."""
    client = Salesforce.from_settings(
        {
            **secure.salesforce_settings(),
            "login_url": secure.tls_url,
            "instance_url": secure.tls_url,
        }
    )
    return client.limits() and client.simple_salesforce().Contact.describe()


@pytest.mark.parametrize("read", [zingle, salesforce])
def test_an_unknown_authority_is_told_at_once(secure: RunningSandbox, read: Read) -> None:
    """A certificate that nobody vouches for is no reason to try six times; the way out is named."""
    with pytest.raises(
        (ConfigurationError, SalesforceConfigurationError), match="REQUESTS_CA_BUNDLE"
    ):
        read(secure)


@pytest.mark.parametrize("read", [zingle, salesforce])
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_the_environment_counts(
    secure: RunningSandbox, monkeypatch: pytest.MonkeyPatch, read: Read, name: str
) -> None:
    """An administrator's bundle is trusted, beside a netrc file that is not used."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, str(secure.ca_file))

    assert read(secure)


def test_a_sandbox_in_another_container_is_reached_by_the_services_names(
    secure: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the network gives the sandbox the services' own names, its certificate is theirs."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.ca_file))
    address = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **how: address(
            "127.0.0.1" if str(host).endswith((".zingle.me", ".salesforce.com")) else host,
            *more,
            **how,
        ),
    )
    port = (secure.tls_url or "").rpartition(":")[2]

    guests = Zingle.from_settings(
        {**secure.zingle_settings(), "api_url": f"https://api.zingle.me:{port}"}
    )
    people = Salesforce.from_settings(
        {
            **secure.salesforce_settings(),
            "login_url": f"https://hotel.my.salesforce.com:{port}",
            "instance_url": f"https://hotel.my.salesforce.com:{port}",
        }
    )

    assert guests.whoami()
    assert people.limits()
    guests.close()


@pytest.mark.parametrize("read", [zingle, salesforce])
def test_a_netrc_file_changes_nothing(
    secure: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read: Read
) -> None:
    """Credentials of the environment are neither used nor sent."""
    (tmp_path / ".netrc").write_text("default login foreign password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.ca_file))

    assert read(secure)


@pytest.mark.parametrize("read", [zingle, salesforce])
def test_a_proxy_of_the_environment_is_asked(
    secure: RunningSandbox, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    """Requests go through the proxy that the environment names, which nobody serves here."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(Exception, match="proxy does not pass it on"):
        read(secure)


class _Tunnel(BaseHTTPRequestHandler):
    """Answers `CONNECT` as a company's proxy does: it sees hosts, not what is said."""

    asked: list[str]

    def do_CONNECT(self) -> None:
        """Carry bytes both ways until one side ends."""
        host, _, port = self.path.partition(":")
        self.asked.append(self.path)
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while True:
                for end in select.select([*ends], [], [])[0]:
                    if not (some := end.recv(65_536)):
                        return
                    ends[end].sendall(some)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.mark.parametrize("read", [zingle, salesforce])
@pytest.mark.parametrize("excepted", [False, True])
def test_calls_go_through_the_proxy_of_the_environment(
    secure: RunningSandbox, monkeypatch: pytest.MonkeyPatch, read: Read, excepted: bool
) -> None:
    """`HTTPS_PROXY` carries every call, but to the hosts that `NO_PROXY` names."""

    class Tunnel(_Tunnel):
        asked: list[str] = []  # noqa: RUF012 - of this test alone

    with ThreadingHTTPServer(("127.0.0.1", 0), Tunnel) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.ca_file))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1" if excepted else "")
        try:
            assert read(secure)
        finally:
            proxy.shutdown()

    assert excepted is not bool(Tunnel.asked)


def test_no_address_with_its_query_is_logged(
    secure: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """At every level, what is searched for stays out of the log, whichever library writes it."""
    caplog.set_level("DEBUG")
    guests = Zingle.from_settings(secure.zingle_settings())
    org = Salesforce.from_settings(secure.salesforce_settings())

    with suppress(ZingleError):
        guests.find_contacts_by_channel(secure.service_id, "1", "+18585551212")
    list(org.rows("SELECT Id FROM Contact WHERE Email = 'ann@example.com'"))
    guests.close()

    assert ("8585551212" in caplog.text, "example.com" in caplog.text) == (False, False)
