"""Odd settings, odd answers, odd headers: one sentence, never a traceback or a secret."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses

from zingle_sync.zingle import (
    ConfigurationError,
    GoneError,
    TransientError,
    UnknownOutcomeError,
    Zingle,
    ZingleError,
)

ROOT = "https://zingle.test"
SERVICE = f"{ROOT}/v1/services/s1"
ID = "29a025e8-ffff-4141-be30-fa0d9488900c"
SETTINGS = {"api_url": ROOT, "username": "u", "password": "p", "requests_per_second": 0}


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """A fake of the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def waits() -> list[float]:
    """The pauses that the client made."""
    return []


def client(waits: list[float], **settings: Any) -> Zingle:
    """A client that does not really wait."""
    return Zingle.from_settings({**SETTINGS, **settings}, sleep=waits.append)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"token": "se\ncret"}, "token"),
        ({"token": "se cret"}, "token"),
        ({"token": "secr\u00e9t"}, "token"),
        ({"token": "secret\u2028x"}, "token"),
        ({"password": "sec\nret"}, "password"),
        ({"username": "sec\tret"}, "username"),
        ({"api_url": "api.zingle.me"}, "api_url"),
        ({"api_url": "http://api.zingle.me"}, "api_url"),
        ({"api_url": "https://secret:secret@api.zingle.me"}, "api_url"),
    ],
)
def test_settings_that_cannot_be_sent_are_refused_by_name(
    waits: list[float], settings: dict[str, str], name: str
) -> None:
    """The sentence names the setting and does not repeat its value."""
    with pytest.raises(ConfigurationError, match=f"^{name} ") as caught:
        client(waits, **settings)

    assert "sec" not in str(caught.value)


@pytest.mark.parametrize("ends", ["\n", "\r\n", " \n", "\ufeff\n".strip("\ufeff")])
def test_what_copying_adds_is_taken_off(
    api: responses.RequestsMock, waits: list[float], ends: str
) -> None:
    """A line end behind a secret from a file is no part of it."""
    api.get(f"{ROOT}/v1/", json={"auth": {"id": "1"}})

    client(waits, token=f"tok{ends}", api_url=f"{ROOT}{ends}").whoami()
    client(waits, password="p\n").whoami()

    assert ["Bearer tok", "Basic dTpw"] == [
        call.request.headers["Authorization"] for call in api.calls
    ]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:1/v1"])
def test_a_simulator_on_this_machine_needs_no_certificate(waits: list[float], url: str) -> None:
    """Plain addresses of this machine are fine."""
    assert 0 == client(waits, api_url=url).calls


def test_one_odd_text_does_not_lose_a_page(api: responses.RequestsMock, waits: list[float]) -> None:
    """Half an emoji or bytes that are no UTF-8 in one row: all rows arrive, at once."""
    body = (
        b'{"status":{"total_pages":1,"total_records":3},"result":'
        b'[{"id":"a","body":"hi \\ud83d"},{"id":"b","body":"caf\xe9"},{"id":"c","body":"ok"}]}'
    )
    api.get(f"{SERVICE}/messages", body=body)

    rows = list(client(waits).listing("s1", "messages", "created_at"))

    assert [("a", "hi \ufffd"), ("b", "caf\ufffd"), ("c", "ok")] == [
        (row["id"], row["body"]) for row in rows
    ]
    assert (1, []) == (len(api.calls), waits)


READS = {
    "service": lambda zingle: zingle.service("s1"),
    "page": lambda zingle: zingle.page("services/s1/contacts", {}),
    "contact": lambda zingle: zingle.contact("s1", ID),
    "contact_v2": lambda zingle: zingle.contact_v2("s1", ID),
    "users": lambda zingle: zingle.users("s1"),
    "whoami": lambda zingle: zingle.whoami(),
}
ODD = [b"", b"<html>", b"null", b"7", b'"text"', b"[" * 9_000, b'{"result":7,"items":7}']


@pytest.mark.parametrize("body", [b for b in ODD if b != b'{"result":7,"items":7}'])
@pytest.mark.parametrize("read", READS)
def test_a_success_of_another_shape_is_asked_for_again_and_then_told(
    api: responses.RequestsMock, waits: list[float], read: str, body: bytes
) -> None:
    """Whatever a 200 holds, a read tries six times; nobody is told that Zingle is not available."""
    api.add(responses.GET, url=re.compile(ROOT), body=body)

    with pytest.raises(TransientError, match="cannot be read") as caught:
        READS[read](client(waits))

    assert (6, 200) == (len(api.calls), caught.value.status)
    assert "not available" not in str(caught.value)


WRITES = {
    "create": lambda zingle: zingle.create_contact("s1", {}),
    "create_v1": lambda zingle: zingle.create_contact_v1("s1", {}),
    "channel": lambda zingle: zingle.add_channel("s1", ID, {}),
    "field": lambda zingle: zingle.create_contact_field("s1", {}),
}


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("write", WRITES)
def test_a_create_answered_by_another_shape_may_have_worked(
    api: responses.RequestsMock, waits: list[float], write: str, body: bytes
) -> None:
    """It is not sent again; the caller looks first."""
    api.add(responses.POST, url=re.compile(ROOT), body=body)

    with pytest.raises(UnknownOutcomeError):
        WRITES[write](client(waits))

    assert 1 == len(api.calls)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "write",
    [
        lambda zingle: zingle.replace_contact_v2("s1", ID, {}),
        lambda zingle: zingle.delete_scratch_contact("s1", ID),
        lambda zingle: zingle.update_contact("s1", ID, {}),
        lambda zingle: zingle.service("s1"),
    ],
)
def test_a_redirect_is_no_success(
    api: responses.RequestsMock, waits: list[float], status: int, write: Callable[[Zingle], object]
) -> None:
    """Nothing was written, deleted or read where an address leads elsewhere."""
    for method in ("GET", "PUT", "DELETE"):
        headers = {"Location": "https://elsewhere.test/"}
        api.add(method, re.compile(ROOT), status=status, headers=headers)

    with pytest.raises(ConfigurationError, match="redirects somewhere else; check api_url"):
        write(client(waits))

    assert 1 == len(api.calls)


@pytest.mark.parametrize(
    "headers",
    [
        {"Date": "yesterday"},
        {"Date": "Mon, 99 Foo 99999 99:99:99 GMT"},
        {"Date": "Fri, 31 Dec 9999 23:59:59 -0100"},
        {"Retry-After": "soon"},
        {"Retry-After": "-1"},
        {"Retry-After": "nan"},
        {"Retry-After": "9" * 400},
        {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -0100"},
        {"Retry-After": "Mon, 99 Foo 99999 99:99:99 GMT"},
        {"Location": "http://[::1"},
    ],
)
def test_odd_headers_never_stop_a_run(
    api: responses.RequestsMock, waits: list[float], headers: dict[str, str]
) -> None:
    """A header that can't be read counts as absent, in successes and refusals."""
    reference = f"{ROOT}/v2/services/s1/contacts/ref/x"
    api.get(reference, status=503, headers=headers)
    api.get(reference, status=302, headers=headers)
    zingle = client(waits)

    try:
        found = zingle.contact_id_by_external_id("s1", "x")
    except (TransientError, ConfigurationError):
        found = None  # a pause beyond all bounds ends the call, a redirect to nowhere answers none

    assert (None, None) == (found, zingle.server_now)


@pytest.mark.parametrize("pause", ["3600", "86400", "Fri, 31 Dec 2199 00:00:00 GMT"])
def test_a_long_pause_ends_the_call_and_holds_nobody_back(
    api: responses.RequestsMock, waits: list[float], pause: str
) -> None:
    """A refused call names it; the next call, about another service, does not wait."""
    api.get(SERVICE, status=429, headers={"Retry-After": pause})
    api.get(f"{ROOT}/v1/services/s2", json={"result": {"id": "s2"}})
    zingle = client(waits, requests_per_second=10)

    with pytest.raises(TransientError, match="429"):
        zingle.service("s1")

    assert "s2" == zingle.service("s2")["id"]
    assert sum(waits) < 1


def test_one_stray_refusal_of_the_password_costs_one_more_try(
    api: responses.RequestsMock, waits: list[float]
) -> None:
    """What was accepted before is tried once more; a wrong password is not."""
    refused = {"status": {"error_code": 2601}}
    api.get(SERVICE, json={"result": {"id": "s1"}})
    api.get(SERVICE, status=401, json=refused)
    api.get(SERVICE, json={"result": {"id": "s1"}})
    zingle = client(waits)

    assert ("s1", "s1") == (zingle.service("s1")["id"], zingle.service("s1")["id"])
    api.reset()
    api.get(SERVICE, status=401, json=refused)
    with pytest.raises(ConfigurationError):
        client(waits).service("s1")
    assert 1 == len(api.calls)


@pytest.mark.parametrize(
    ("password", "words"),
    [(None, "the token has expired or was revoked"), ("p", "neither the token nor username")],
)
def test_a_dead_token_is_told_as_one(
    api: responses.RequestsMock, waits: list[float], password: str | None, words: str
) -> None:
    """The person reads which setting to renew."""
    refused = {"status": {"error_code": 2601}}
    api.get(SERVICE, status=401, json=refused)
    api.get(f"{ROOT}/v2/token/refresh", status=401, json={"error": "token_expired"})
    api.post(f"{ROOT}/v2/token", status=401, json={"error": "login_failure"})

    with pytest.raises(ConfigurationError, match=words):
        client(waits, token="t", password=password).service("s1")


@pytest.mark.parametrize(
    ("token", "refusal", "words"),
    [
        ("h.eyJpYXQiOjF9.s", {"error": "token_expired"}, "token has expired; set a new token, or"),
        ("h.eyJpYXQiOjF9.s", {"error": "login_failure"}, "expired or was revoked; set a new token"),
        (
            "0123456789abcdef" * 8,
            {"error": "token_expired"},
            "has expired; set a new token.*administrator",
        ),
        ("0123456789abcdef" * 8, {"error": "no"}, "or was revoked; set a new.*administrator"),
    ],
)
def test_an_expired_token_says_so_and_what_to_do(
    api: responses.RequestsMock, waits: list[float], token: str, refusal: object, words: str
) -> None:
    """A user renews a token of their own; that of an organisation is made anew by its admin."""
    api.get(SERVICE, status=401, json=refusal)
    api.get(f"{ROOT}/v2/token/refresh", status=401, json=refusal)

    with pytest.raises(ConfigurationError, match=words):
        client(waits, token=token, password=None).service("s1")


def test_a_token_of_an_organisation_is_sent_as_bearer(
    api: responses.RequestsMock, waits: list[float]
) -> None:
    """A token that is no JSON Web Token is sent as it is, and never refreshed while it works."""
    token = "0123456789abcdef" * 8
    api.get(SERVICE, json={"result": {"id": "s1"}})

    client(waits, token=token, password=None).service("s1")

    assert [f"Bearer {token}"] == [call.request.headers["Authorization"] for call in api.calls]


@pytest.mark.parametrize("odd", [b"<html>", b'{"token": 7}', b'{"token": "a b"}', b'{"token": ""}'])
def test_a_token_that_is_none_is_not_sent(
    api: responses.RequestsMock, waits: list[float], odd: bytes
) -> None:
    """An odd answer of the token call never becomes a header."""
    api.get(SERVICE, status=401, json={"status": {"error_code": 2601}})
    api.get(f"{ROOT}/v2/token/refresh", body=odd)

    with pytest.raises(ZingleError):
        client(waits, token="t", username=None).service("s1")

    sent = {call.request.headers["Authorization"] for call in api.calls}
    assert {"Bearer t"} == sent


def test_an_untrusted_certificate_is_told_at_once(
    api: responses.RequestsMock, waits: list[float]
) -> None:
    """Trying again would not help; the words name the way out."""
    refused = ssl.SSLCertVerificationError(1, "self-signed certificate")
    api.get(SERVICE, body=requests.exceptions.SSLError(refused))

    with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE"):
        client(waits).service("s1")

    assert (1, []) == (len(api.calls), waits)


@pytest.mark.parametrize("value", [".", ".."])
def test_ids_of_dots_reach_no_other_path(
    api: responses.RequestsMock, waits: list[float], value: str
) -> None:
    """Nothing is sent for an id that would change the path."""
    zingle = client(waits)

    with pytest.raises(GoneError):
        zingle.contact("s1", value)
    assert None is zingle.contact_id_by_external_id("s1", value)
    assert 0 == len(api.calls)


def test_v1_bodies_keep_their_shape_with_odd_texts(
    api: responses.RequestsMock, waits: list[float]
) -> None:
    """An error body with half an emoji still yields its code."""
    body = json.dumps({"status": {"error_code": 3000, "description": "\ud83d"}})
    api.get(f"{SERVICE}/contacts/{ID}", status=400, body=body)

    with pytest.raises(GoneError):
        client(waits).contact("s1", ID)
