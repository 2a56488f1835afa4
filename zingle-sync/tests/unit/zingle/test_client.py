from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from urllib3.exceptions import NewConnectionError

from zingle_sync.zingle import (
    ConfigurationError,
    ConflictError,
    GoneError,
    RecordError,
    TransientError,
    UnknownOutcomeError,
    Zingle,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "https://zingle.test"
SERVICE = f"{ROOT}/v1/services/s1"
ID = "29a025e8-ffff-4141-be30-fa0d9488900c"


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """A fake of the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def waits() -> list[float]:
    """The pauses that the client made."""
    return []


@pytest.fixture
def zingle(waits: list[float]) -> Iterator[Zingle]:
    """A client that does not really wait."""
    settings = {
        "api_url": ROOT,
        "username": "u",
        "password": "p",
        "requests_per_second": 0,
    }
    client = Zingle.from_settings(settings, sleep=waits.append)
    yield client
    client.close()


def v1(result: object, **status: object) -> dict[str, object]:
    """A v1 envelope."""
    return {"status": {"status_code": 200, **status}, "result": result}


def refusal(code: object) -> dict[str, object]:
    """A v1 error."""
    return {"status": {"status_code": 400, "error_code": code}}


def test_nothing_is_sent_before_the_first_call(api: responses.RequestsMock, zingle: Zingle) -> None:
    """Building a client costs no call."""
    assert (0, 0) == (zingle.calls, len(api.calls))


def test_settings_without_a_log_in_are_refused() -> None:
    """There is no way to log in without a token or username and password."""
    with pytest.raises(ConfigurationError, match="username and password, or token"):
        Zingle.from_settings({"api_url": ROOT, "username": "u"})


def test_reads_are_repeated_until_they_work(
    api: responses.RequestsMock, zingle: Zingle, waits: list[float]
) -> None:
    """Errors of the server and pages of a proxy are waited out."""
    api.get(SERVICE, status=500, json={})
    api.get(SERVICE, status=502, body="<html>")
    api.get(SERVICE, status=200, body="<html>")
    api.get(SERVICE, body=requests.ReadTimeout())
    api.get(SERVICE, json=v1({"id": "s1"}))

    assert "s1" == zingle.service("s1")["id"]
    assert (5, 4) == (zingle.calls, len(waits))


def test_a_read_is_given_up_after_six_tries(
    api: responses.RequestsMock, zingle: Zingle, waits: list[float]
) -> None:
    """The error names the call and the status, and nothing else."""
    api.get(SERVICE, status=503, body="secret")

    with pytest.raises(TransientError, match="503") as caught:
        zingle.service("s1")

    assert (6, 5) == (zingle.calls, len(waits))
    assert "secret" not in str(caught.value)


def test_retry_after_is_obeyed(
    api: responses.RequestsMock, zingle: Zingle, waits: list[float]
) -> None:
    """The server's own pause is kept, for creates too: a 429 was not accepted."""
    api.post(f"{ROOT}/v2/services/s1/contacts", status=429, headers={"Retry-After": "7"}, json={})
    api.post(
        f"{ROOT}/v2/services/s1/contacts",
        json={},
        headers={"Location": f"{ROOT}/v2/services/s1/contacts/{ID}"},
    )

    assert ID == zingle.create_contact("s1", {"firstName": "Ann"})
    assert 7 <= max(waits) < 8


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "json": {}},
        {"status": 502, "body": "<html>"},
        {"status": 400, "json": refusal(2600)},
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectionError("reset")},
        {"body": requests.exceptions.ChunkedEncodingError()},
    ],
)
def test_a_create_whose_answer_is_lost_is_never_repeated(
    api: responses.RequestsMock, zingle: Zingle, answer: object
) -> None:
    """It may have worked: the caller looks first."""
    api.post(f"{ROOT}/v2/services/s1/contacts", **answer)

    with pytest.raises(UnknownOutcomeError, match="not known whether"):
        zingle.create_contact("s1", {})

    assert 1 == zingle.calls


def test_a_create_that_was_never_sent_is_repeated(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """A refused connection cannot have created anything."""
    refused = requests.ConnectionError(
        type("Retries", (), {"reason": NewConnectionError(None, "refused")})()
    )
    api.post(f"{ROOT}/v2/services/s1/contacts", body=refused)
    api.post(
        f"{ROOT}/v2/services/s1/contacts",
        json={},
        headers={"Location": f"/v2/services/s1/contacts/{ID}"},
    )

    assert ID == zingle.create_contact("s1", {})


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, refusal(3104), ConflictError),
        (400, refusal("2606"), RecordError),
        (404, {}, ConfigurationError),
        (403, {"code": "no_access"}, ConfigurationError),
    ],
)
def test_refusals_are_raised_at_once(  # noqa: PLR0917 - fixtures and parameters
    api: responses.RequestsMock,
    zingle: Zingle,
    waits: list[float],
    status: int,
    body: object,
    error: object,
) -> None:
    """What will not change by waiting is not repeated."""
    api.post(f"{ROOT}/v2/services/s1/contacts", status=status, json=body)

    with pytest.raises(error):
        zingle.create_contact("s1", {})

    assert (1, []) == (zingle.calls, waits)


def test_a_missing_contact_is_gone_and_a_missing_service_is_configuration(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """The same 404 means different things on different paths."""
    api.get(f"{SERVICE}/contacts/{ID}", status=404, json={})
    api.get(SERVICE, status=404, json={})

    with pytest.raises(GoneError):
        zingle.contact("s1", ID)
    with pytest.raises(ConfigurationError, match="service_id"):
        zingle.service("s1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 307, "headers": {"Location": f"{ROOT}/v2/services/s1/contacts/{ID}"}}, ID),
        ({"status": 303, "headers": {"Location": f"/v2/services/s1/contacts/{ID}"}}, ID),
        ({"status": 200, "json": {"id": ID}}, ID),
        ({"status": 404, "json": {}}, None),
        ({"status": 400, "json": {"code": "unheard_of"}}, None),
    ],
)
def test_references_are_resolved_without_following_redirects(
    api: responses.RequestsMock, zingle: Zingle, answer: object, expected: object
) -> None:
    """Every documented and undocumented form of the answer is understood."""
    api.get(f"{ROOT}/v2/services/s1/contacts/ref/a%2Fb", **answer)

    assert expected == zingle.contact_id_by_external_id("s1", "a/b")


# Where a gateway may lead: to a log-in, another host, the path with a slash, the list, nowhere.
NO_CONTACT = [
    {"Location": f"https://evil.test/v2/services/s1/contacts/{ID}"},
    {"Location": f"/login?next=/v2/services/s1/contacts/{ID}"},
    {"Location": f"/v2/services/s1/contacts/{ID}/channels"},
    {"Location": "/v2/services/s1/contacts/ref/a%2Fb/"},
    {"Location": "/v2/services/s1/contacts/ref/a%2Fb"},
    {"Location": "/v2/services/s1/contacts/"},
    {"Location": "/v2/services/s1/contacts"},
    {"Location": ""},
    {},
]


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("headers", NO_CONTACT)
def test_a_redirect_that_names_no_contact_is_no_miss(
    api: responses.RequestsMock, zingle: Zingle, status: int, headers: dict[str, str]
) -> None:
    """Whether a contact has the external id is not known then, so that nobody may be created."""
    api.get(f"{ROOT}/v2/services/s1/contacts/ref/a%2Fb", status=status, headers=headers)

    with pytest.raises(ConfigurationError, match="redirects somewhere else; check api_url"):
        zingle.contact_id_by_external_id("s1", "a/b")


@pytest.mark.parametrize("body", [{"name": "Ann"}, [{"id": 7}], "text"])
def test_a_record_without_an_id_is_no_miss(
    api: responses.RequestsMock, zingle: Zingle, body: object
) -> None:
    """Somebody has the external id, and nobody can say who."""
    api.get(f"{ROOT}/v2/services/s1/contacts/ref/x", json=body)

    with pytest.raises(ConfigurationError, match="names no contact"):
        zingle.contact_id_by_external_id("s1", "x")


@pytest.mark.parametrize("headers", NO_CONTACT)
def test_a_create_that_is_redirected_made_no_contact_that_is_known(
    api: responses.RequestsMock, zingle: Zingle, headers: dict[str, str]
) -> None:
    """No part of another address is taken for the new contact's id."""
    api.post(f"{ROOT}/v2/services/s1/contacts", status=301, headers=headers)

    with pytest.raises(UnknownOutcomeError):
        zingle.create_contact("s1", {})


def test_filters_are_escaped(api: responses.RequestsMock, zingle: Zingle) -> None:
    """A plus sign travels as %2B, for an unescaped one would be a blank."""
    api.get(f"{SERVICE}/contacts", json=v1([], total_records=0))

    zingle.find_contacts_by_channel("s1", "type", "+18585551212")

    assert "channel_value=%2B18585551212" in api.calls[0].request.url


def test_wildcards_are_refused(zingle: Zingle) -> None:
    """A value with an asterisk would match strangers."""
    with pytest.raises(ValueError, match="wildcard"):
        zingle.find_contacts_by_channel("s1", "type", "+1858*")


def test_lists_are_read_whole_and_each_row_once(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """A list of several pages is read until two passes agree, for rows may shift between pages."""
    pages = [
        [{"id": "a"}, {"id": "b"}],
        [{"id": "b"}],
        [{"id": "a"}, {"id": "b"}],
        [{"id": "c"}],
        [{"id": "a"}, {"id": "b"}],
        [{"id": "c"}],
    ]
    for number, rows in enumerate(pages):
        api.get(
            f"{SERVICE}/contact-custom-fields",
            json=v1(rows, page=number % 2 + 1, page_size=2, total_pages=2, total_records=3),
        )

    assert ["a", "b", "c"] == [row["id"] for row in zingle.contact_fields("s1")]
    assert 6 == zingle.calls


def test_a_sort_that_is_refused_is_made_simpler(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """Not every server sorts by id as a tie-breaker."""
    api.get(f"{SERVICE}/contacts", status=400, json=refusal(2609))
    api.get(f"{SERVICE}/contacts", json=v1([{"id": "a"}], total_pages=1, total_records=1))

    assert ["a"] == [row["id"] for row in zingle.contacts("s1")]
    assert "id+asc" not in api.calls[1].request.url


def test_the_password_travels_in_the_header_only(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """Basic log-in, on every call, and nothing looked up in other places."""
    api.get(f"{ROOT}/v1/", json={"status": {}, "auth": {"authorization_class": "account"}})

    assert "account" == zingle.whoami()["authorization_class"]
    assert "Basic dTpw" == api.calls[0].request.headers["Authorization"]


def test_an_expired_token_is_refreshed_and_the_call_repeated(api: responses.RequestsMock) -> None:
    """A 401 costs one refresh, which is not counted as a call, and one repetition."""
    api.get(SERVICE, status=401, json=refusal(2601))
    api.get(f"{ROOT}/v2/token/refresh", json={"token": "new"})
    api.get(SERVICE, json=v1({"id": "s1"}))
    client = Zingle.from_settings({"api_url": ROOT, "token": "old", "requests_per_second": 0})

    assert "s1" == client.service("s1")["id"]
    assert ["Bearer old", "Bearer old", "Bearer new"] == [
        call.request.headers["Authorization"] for call in api.calls
    ]
    assert 2 == client.calls
    client.close()


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ({}, r"the token has expired( or was revoked)?; set a new token, or username and password"),
        (
            {"username": "u", "password": "wrong"},
            "neither the token nor username and password are accepted",
        ),
    ],
)
@pytest.mark.parametrize("body", [refusal(2601), {"error": "token_expired"}, {}])
@pytest.mark.parametrize("refresh", [400, 401])
def test_a_token_that_has_ended_for_good_is_told(
    api: responses.RequestsMock,
    login: dict[str, str],
    told: str,
    body: dict[str, Any],
    refresh: int,
) -> None:
    """When nothing brings a new token, the sentence says what to set, and no secret."""
    api.get(SERVICE, status=401, json=body)
    api.get(f"{ROOT}/v2/token/refresh", status=refresh)
    if login:
        api.post(f"{ROOT}/v2/token", status=401, json={"error": "login_failure"})
    settings = {"api_url": ROOT, "token": "s3cret-old", "requests_per_second": 0, **login}
    client = Zingle.from_settings(settings)

    with pytest.raises(ConfigurationError, match=told) as raised:
        client.service("s1")

    assert (1, False) == (client.calls, "s3cret" in str(raised.value))
    client.close()


def test_decimals_are_numbers_with_all_their_digits(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """A number is neither a text nor rounded to a float."""
    from decimal import Decimal  # noqa: PLC0415 - only here

    api.put(f"{SERVICE}/contacts/{ID}", json=v1({"id": ID}))

    zingle.update_contact("s1", ID, {"value": Decimal("12345678901234567.89")})

    assert b'{"value":12345678901234567.89}' == api.calls[0].request.body
    assert json.loads(api.calls[0].request.body)


def test_a_write_may_answer_with_nothing(api: responses.RequestsMock, zingle: Zingle) -> None:
    """Empty bodies of writes are successes."""
    api.put(f"{ROOT}/v2/services/s1/contacts/{ID}", status=204)

    zingle.replace_contact_v2("s1", ID, {"firstName": "Ann"})

    assert 1 == zingle.calls


def test_users_of_every_page_are_read(api: responses.RequestsMock, zingle: Zingle) -> None:
    """A v2 list that has pages is read to its last one; a bare array is whole."""
    url = f"{ROOT}/v2/services/s1/users"
    api.get(url, json={"items": [{"uuid": "a"}, None], "lastPage": "3", "currentPage": 1})
    api.get(f"{url}?page=2", json={"items": [{"uuid": "b"}], "lastPage": 3})
    api.get(f"{url}?page=3", json={"items": [{"uuid": "c"}], "lastPage": 3})

    assert ["a", "b", "c"] == [user["uuid"] for user in zingle.users("s1")]
    api.reset()
    api.get(url, json=[{"uuid": "a"}])
    assert [{"uuid": "a"}] == zingle.users("s1")


def test_a_page_of_users_that_comes_again_is_the_last(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """A server that looks at no page number is asked once more, and not a billion times."""
    api.get(f"{ROOT}/v2/services/s1/users", json={"items": [{"uuid": "a"}], "lastPage": 10**9})

    assert [{"uuid": "a"}] == zingle.users("s1")


def test_pages_of_users_have_an_end(api: responses.RequestsMock, zingle: Zingle) -> None:
    """A server that promises pages and sends none is believed no longer."""
    url = f"{ROOT}/v2/services/s1/users"
    api.get(url, json={"items": [{"uuid": "a"}], "lastPage": 10**9})
    api.get(f"{url}?page=2", json={"items": [], "lastPage": 10**9})

    assert 1 == len(zingle.users("s1"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("requests_per_second", value) for value in ("fast", "nan", [3], True)),
        ("request_timeout", "soon"),
        ("password", 12345),
        ("username", ["u"]),
        ("token", {}),
        ("api_url", 7),
    ],
)
def test_a_setting_of_another_type_is_a_problem_and_no_crash(name: str, value: object) -> None:
    """Settings may come from a file that no plugin has judged; no value is repeated."""
    with pytest.raises(ConfigurationError, match=rf"^{name} must be a (number|text)") as raised:
        Zingle.from_settings({"username": "u", "password": "p", name: value})

    assert "12345" not in str(raised.value)
