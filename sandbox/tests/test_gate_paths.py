"""How paths and header names may be written."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox


def headers(sandbox: RunningSandbox, path: str, **sent: str) -> tuple[int, list[str]]:
    """Status and header names as they come over the wire."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        answer.read()
        return answer.status, [name for name, _ in answer.getheaders()]
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["//services/data", "///services/data/", "/services/data"])
def test_a_second_slash_before_services_is_taken(sandbox: RunningSandbox, path: str) -> None:
    """A base address that ends in a slash and a path that starts with one make two."""
    assert 200 == headers(sandbox, path)[0]
    assert [] == sandbox.violations()


@pytest.mark.parametrize("path", ["/services/data", "/services/data/v62.0/sobjects", "/v1/"])
def test_header_names_are_written_as_servers_write_them(sandbox: RunningSandbox, path: str) -> None:
    """No name comes in lower case: some clients look them up by exact case."""
    names = headers(sandbox, path)[1]

    assert {"Content-Type", "Content-Length", "Date"} <= set(names)
    assert [] == [name for name in names if name == name.lower()]


def test_a_slash_at_the_end_is_taken(sandbox: RunningSandbox) -> None:
    """The vendor's own published requests end in a slash."""
    known = sandbox.zingle_settings()
    base = f"{sandbox.url}/v1/services"
    with requests.Session() as session:
        session.auth = (known["username"], known["password"])
        answers = [
            session.get(url, timeout=10)
            for url in (
                f"{base}/",
                f"{base}/{sandbox.service_id}/messages/",
                f"{base}/{sandbox.service_id}/contacts/?page=1",
                f"{sandbox.url}/v1/",
                f"{sandbox.url}/v2/services/{sandbox.service_id}/users/",
            )
        ]

    assert [200] * 5 == [answer.status_code for answer in answers]
    assert [] == sandbox.violations()


@pytest.mark.parametrize(
    "path",
    ["templates", "segments/1", "collections/1", "calendar-events", "reports/status"],
)  # fmt: skip
def test_what_the_description_of_v2_has_is_not_built(sandbox: RunningSandbox, path: str) -> None:
    """What exists at the vendor's is 501, and noted; what does not is 404."""
    url = f"{sandbox.url}/v2/services/{sandbox.service_id}"

    assert 501 == requests.get(f"{url}/{path}", timeout=10).status_code
    assert 404 == requests.get(f"{url}/no-such-thing", timeout=10).status_code
    assert 2 == len(sandbox.violations())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "sandbox.attacker.example"}, 403),
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:1"}, 200),
        ({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:2"}, 403),
    ],
)
def test_only_our_own_page_steers_the_sandbox(
    sandbox: RunningSandbox, sent: dict[str, str], status: int
) -> None:
    """Another web page cannot reset it, neither from its origin nor by a name of its own."""
    answer = requests.delete(f"{sandbox.url}/_sandbox/journal", headers=sent, timeout=10)

    assert status == answer.status_code


def test_names_of_others_read_nothing_either(sandbox: RunningSandbox) -> None:
    """A name that somebody points to this machine sees neither page nor journal."""
    for path in ("/", "/_sandbox/journal"):
        host = {"Host": "attacker.example"}
        assert 403 == requests.get(sandbox.url + path, headers=host, timeout=10).status_code
    assert (
        401
        == requests.get(
            f"{sandbox.url}/v1/", headers={"Host": "api.zingle.me"}, timeout=10
        ).status_code
    )
