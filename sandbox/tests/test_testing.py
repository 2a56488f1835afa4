from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import jwt
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from zingle_sandbox import salesforce, zingle
from zingle_sandbox.server import listen
from zingle_sandbox.testing import Flow, RunningSandbox, run_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

# Usable while a module is imported, as the SDK's test suites need.
with run_sandbox("demo") as AT_IMPORT:
    STATUS_AT_IMPORT = requests.get(f"{AT_IMPORT.url}/services/data", timeout=10).status_code


@pytest.fixture(scope="module")
def tls_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with a TLS listener."""
    with run_sandbox(tls=True) as running:
        yield running


def test_a_sandbox_can_run_while_a_module_is_imported() -> None:
    """It served, and its thread is gone."""
    assert 200 == STATUS_AT_IMPORT
    with pytest.raises(requests.ConnectionError):
        requests.get(AT_IMPORT.url, timeout=5)


def test_no_thread_outlives_the_block() -> None:
    """Threads are joined before the block ends."""
    before = set(threading.enumerate())
    with run_sandbox():
        pass

    assert before >= set(threading.enumerate())


@pytest.mark.parametrize("flow", ["client_credentials", "password", "refresh_token", "jwt"])
def test_the_salesforce_settings_log_in(sandbox: RunningSandbox, flow: Flow) -> None:
    """The settings of each flow get a token."""
    settings = sandbox.salesforce_settings(flow)
    form = {"grant_type": flow, **settings}
    if flow == "jwt":
        claims = {
            "iss": settings["client_id"],
            "sub": settings["username"],
            "aud": "https://login.salesforce.com",
            "exp": int(sandbox.sandbox.clock.timestamp()) + 120,
        }
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": jwt.encode(claims, settings["private_key"], "RS256"),
        }
    elif flow == "password":
        form["password"] += form.pop("security_token")

    answer = requests.post(f"{settings['login_url']}/services/oauth2/token", form, timeout=10)

    assert 200 == answer.status_code, answer.text
    assert sandbox.url == answer.json()["instance_url"]


def test_the_zingle_settings_log_in(sandbox: RunningSandbox) -> None:
    """User name and password see the service that seeds fill."""
    settings = sandbox.zingle_settings()

    answer = requests.get(
        f"{settings['api_url']}/v1/services/{sandbox.service_id}",
        auth=(settings["username"], settings["password"]),
        timeout=10,
    )

    assert sandbox.service_id == answer.json()["result"]["id"]


def test_reset_is_complete_and_seeds_nothing_again(
    demo_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed demo world is back as it was, from the copy that was kept."""
    store = demo_sandbox.sandbox.store
    before = store.all("SELECT Id, SystemModstamp FROM sf_Contact ORDER BY Id")
    salesforce.insert_rows(demo_sandbox.sandbox, "Contact", [{"LastName": "New"}])
    demo_sandbox.faults.add(kind="status")
    demo_sandbox.sandbox.clock.advance(86_400)
    monkeypatch.setattr("zingle_sandbox.seeds.apply_seed", lambda *_: pytest.fail("seeded again"))

    demo_sandbox.reset()

    assert [tuple(row) for row in before] == [
        tuple(row) for row in store.all("SELECT Id, SystemModstamp FROM sf_Contact ORDER BY Id")
    ]
    assert [] == demo_sandbox.faults.active()
    assert "2026-03-02T20:00" == demo_sandbox.sandbox.clock.now().isoformat()[:16]


def test_start_profiles_and_options_survive_a_reset() -> None:
    """What the block asked for is part of the start."""
    wanted = {"put_channels": "ignore"}
    with run_sandbox(profile=wanted, options={"salesforce_daily_limit": 9}) as running:
        running.sandbox.choose_profile({"put_channels": "append"})

        running.reset()

        assert "ignore" == running.sandbox.profile["put_channels"]
        assert 9 == running.sandbox.options["salesforce_daily_limit"]


def test_unknown_profiles_are_refused_at_once() -> None:
    """A typing mistake in a test's profile must not go unnoticed."""
    with pytest.raises(ValueError, match="unknown profile"), run_sandbox(profile={"x": "y"}):
        pass


def test_the_counts_are_those_of_the_services(sandbox: RunningSandbox) -> None:
    """Calls and writes are counted per side, log-ins left out."""
    settings = sandbox.zingle_settings()
    requests.post(
        f"{sandbox.url}/v2/token", auth=(settings["username"], settings["password"]), timeout=10
    )
    requests.get(
        f"{sandbox.url}/v1/", auth=(settings["username"], settings["password"]), timeout=10
    )

    assert (1, 0, 0) == (
        sandbox.calls("zingle"),
        sandbox.writes("zingle"),
        sandbox.calls("salesforce"),
    )
    sandbox.clear_journal()
    assert 0 == sandbox.calls("zingle")


def test_request_bodies_are_kept_for_tests(sandbox: RunningSandbox) -> None:
    """A test can look at what was sent."""
    requests.post(f"{sandbox.url}/v2/token", data=b"hello", timeout=10)

    assert b"hello" == sandbox.journal()[-1].body


def test_the_real_time_can_be_had(sandbox: RunningSandbox) -> None:
    """Without an anchor the clock is the machine's."""
    with run_sandbox(anchor=None) as running:
        before = time.time()
        now = running.sandbox.clock.timestamp()
        assert before - 1 < now < time.time() + 1
    assert "2026-03-02" == sandbox.sandbox.clock.now().date().isoformat()


class OtherHost(HTTPAdapter):
    """Reaches fixed host names at the sandbox: only the address changes, not the name."""

    def __init__(self, tls_url: str) -> None:
        self.tls_url = tls_url
        super().__init__()

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:  # type: ignore[override]  # passes everything on
        """Send to the sandbox what was meant for the host."""
        assert request.url is not None
        host = request.url.split("/")[2]
        request.headers["Host"] = host
        request.url = request.url.replace(f"https://{host}", self.tls_url, 1)
        self.poolmanager.connection_pool_kw["assert_hostname"] = host
        self.poolmanager.connection_pool_kw["server_hostname"] = host
        return super().send(request, **kwargs)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "host",
    ["login.salesforce.com", "test.salesforce.com", "acme.my.salesforce.com", "api.zingle.me"],
)
def test_the_certificate_is_good_for_fixed_hosts(tls_sandbox: RunningSandbox, host: str) -> None:
    """Clients that insist on a vendor's host name can verify it."""
    assert tls_sandbox.tls_url is not None
    with requests.Session() as session:
        session.mount(f"https://{host}", OtherHost(tls_sandbox.tls_url))

        answer = session.get(
            f"https://{host}/services/data", verify=str(tls_sandbox.ca_file), timeout=10
        )

    assert 200 == answer.status_code


def test_strangers_are_not_vouched_for(tls_sandbox: RunningSandbox) -> None:
    """The certificate is not good for just any host."""
    assert tls_sandbox.tls_url is not None
    with requests.Session() as session:
        session.mount("https://example.org", OtherHost(tls_sandbox.tls_url))

        with pytest.raises(requests.exceptions.SSLError, match=r"mismatch|doesn't match"):
            session.get(
                "https://example.org/services/data", verify=str(tls_sandbox.ca_file), timeout=10
            )


def test_many_connections_at_once_are_served(sandbox: RunningSandbox) -> None:
    """64 clients that connect in the same moment all get answers."""
    statuses: list[int] = []

    def fetch() -> None:
        statuses.append(requests.get(f"{sandbox.url}/services/data", timeout=60).status_code)

    threads = [threading.Thread(target=fetch) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [200] * 64 == statuses


def test_connections_queue_for_a_busy_server() -> None:
    """64 are let in while nobody accepts; none is dropped, to come again a second later."""
    with ExitStack() as stack:
        address = stack.enter_context(listen("127.0.0.1", 0)).getsockname()
        for _ in range(64):
            stack.enter_context(socket.create_connection(address, timeout=30))


def test_connections_are_kept_alive(sandbox: RunningSandbox) -> None:
    """Three calls of a client use one connection."""
    with urllib3.PoolManager() as pools:
        pool = pools.connection_from_url(sandbox.url)
        statuses = [pool.request("GET", "/services/data").status for _ in range(3)]

        assert ([200] * 3, 1) == (statuses, pool.num_connections)


def test_seeds_may_be_written_while_the_server_runs(sandbox: RunningSandbox) -> None:
    """Rows that a test inserts are served at once."""
    (contact_id,) = zingle.insert_contacts(sandbox.sandbox, [{"fields": {"Last Name": "Now"}}])
    settings = sandbox.zingle_settings()

    answer = requests.get(
        f"{sandbox.url}/v1/services/{sandbox.service_id}/contacts/{contact_id}",
        auth=(settings["username"], settings["password"]),
        timeout=10,
    )

    assert "Now" == answer.json()["result"]["last_name"]
