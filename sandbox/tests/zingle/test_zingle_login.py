from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest
import requests

from zingle_sandbox import zingle
from zingle_sandbox.credentials import SALESFORCE_CLIENT_ID, ZINGLE_PASSWORD, ZINGLE_USERNAME

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox

    from .conftest import Api


OTHER_SERVICE = "11111111-2222-4333-8444-555555555555"


def bearer(running: RunningSandbox, path: str, token: str) -> requests.Response:
    """A GET with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(running.url + path, headers=headers, timeout=10)


def new_token(running: RunningSandbox) -> str:
    """A token for the sandbox's user."""
    auth = (ZINGLE_USERNAME, ZINGLE_PASSWORD)
    response = requests.post(f"{running.url}/v2/token", auth=auth, timeout=10)
    assert response.status_code == 200
    return response.json()["token"]


def test_the_root_names_the_login_without_a_result(api: Api, clean: None) -> None:
    """GET /v1/ answers status and auth, class account, and no result."""
    body = api.send("GET", "/v1/").json()

    assert {"status", "auth"} == body.keys()
    assert {"text": "OK", "status_code": 200, "description": None} == body["status"]
    assert "account" == body["auth"]["authorization_class"]
    assert ZINGLE_USERNAME == body["auth"]["email"]


@pytest.mark.parametrize("path", ["/v1/", "/v2/users/me"])
def test_a_token_is_good_for_both_versions(sandbox: RunningSandbox, path: str) -> None:
    """The JWT of POST /v2/token works as Bearer on v1 and on v2."""
    assert 200 == bearer(sandbox, path, new_token(sandbox)).status_code


def test_a_token_carries_the_claims_of_the_service(sandbox: RunningSandbox) -> None:
    """exp, iat, iss, staff and hipaa are in the token, and exp follows the option."""
    sandbox.sandbox.set_options({"zingle_token_seconds": 90})

    claims = jwt.decode(new_token(sandbox), options={"verify_signature": False})

    assert {"exp", "iat", "iss", "staff", "hipaa"} <= claims.keys()
    assert 90 == claims["exp"] - claims["iat"]


def test_a_wrong_password_is_refused_in_each_versions_shape(sandbox: RunningSandbox) -> None:
    """401 is 2601 in v1 and an error text in v2."""
    auth = (ZINGLE_USERNAME, "wrong")
    v1 = requests.get(f"{sandbox.url}/v1/", auth=auth, timeout=10)
    v2 = requests.post(f"{sandbox.url}/v2/token", auth=auth, timeout=10)

    assert (401, 2601) == (v1.status_code, v1.json()["status"]["error_code"])
    assert (401, {"error": "login_failure"}) == (v2.status_code, v2.json())


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Basic %%%"}, {"Authorization": "Bearer a.b.c"}]
)
def test_no_and_unreadable_credentials_are_refused(
    sandbox: RunningSandbox, header: dict[str, str]
) -> None:
    """Without a login, with broken Basic and with a foreign token the answer is 401."""
    assert 401 == requests.get(f"{sandbox.url}/v1/", headers=header, timeout=10).status_code


def test_a_token_expires_by_the_sandboxs_clock(sandbox: RunningSandbox) -> None:
    """Past its exp a token is 2601 in v1 and token_expired in v2."""
    token = new_token(sandbox)
    sandbox.sandbox.clock.advance(3601)

    assert 2601 == bearer(sandbox, "/v1/", token).json()["status"]["error_code"]
    assert {"error": "token_expired"} == bearer(sandbox, "/v2/users/me", token).json()


def test_a_live_token_is_refreshed_and_a_dead_one_is_not(sandbox: RunningSandbox) -> None:
    """Refreshing answers a new token while the old one lives, then 400 without a body."""
    token = new_token(sandbox)
    sandbox.sandbox.clock.advance(1800)
    fresh = bearer(sandbox, "/v2/token/refresh", token)
    sandbox.sandbox.clock.advance(1900)
    late = bearer(sandbox, "/v2/token/refresh", token)

    assert 200 == bearer(sandbox, "/v1/", fresh.json()["token"]).status_code
    assert (400, b"") == (late.status_code, late.content)


def test_the_grace_option_lets_a_dead_token_be_refreshed(sandbox: RunningSandbox) -> None:
    """With a grace a token can be refreshed past its exp, as long as the grace lasts."""
    sandbox.sandbox.set_options({"zingle_refresh_grace_seconds": 100})
    token = new_token(sandbox)
    sandbox.sandbox.clock.advance(3650)

    assert 200 == bearer(sandbox, "/v2/token/refresh", token).status_code
    sandbox.sandbox.clock.advance(60)
    assert 400 == bearer(sandbox, "/v2/token/refresh", token).status_code


def test_a_forgotten_token_is_refused_until_a_new_one_is_taken(sandbox: RunningSandbox) -> None:
    """The fault expire_token hits the token, not the login."""
    token = new_token(sandbox)
    zingle.expire_token(sandbox.sandbox, f"Bearer {token}")

    assert 401 == bearer(sandbox, "/v1/", token).status_code
    assert 400 == bearer(sandbox, "/v2/token/refresh", token).status_code
    assert 200 == bearer(sandbox, "/v1/", new_token(sandbox)).status_code


def test_an_unverified_user_is_told_so(sandbox: RunningSandbox) -> None:
    """An unverified e-mail is a 401 whose description says it."""
    user = zingle.UserSeed("new@sandbox.test", password="x", is_verified=False)
    service = zingle.ServiceSeed(OTHER_SERVICE, "Other", users=(user,))
    zingle.insert_services(sandbox.sandbox, [service])

    response = requests.get(f"{sandbox.url}/v1/", auth=("new@sandbox.test", "x"), timeout=10)

    assert 401 == response.status_code
    assert "email is not verified" in response.json()["status"]["description"]


def test_a_contact_class_login_may_only_ask_who_it_is(sandbox: RunningSandbox) -> None:
    """It sees the root; a resource needs its header (2613), a contact there (2615), class account (2614)."""
    user = zingle.UserSeed("guest@sandbox.test", password="x", authorization_class="contact")
    zingle.insert_services(
        sandbox.sandbox, [zingle.ServiceSeed(OTHER_SERVICE, "Other", users=(user,))]
    )
    contact = zingle.insert_contacts(sandbox.sandbox, [{"service_id": OTHER_SERVICE}])[0]
    auth, url = ("guest@sandbox.test", "x"), f"{sandbox.url}/v1/services/{OTHER_SERVICE}"

    root = requests.get(f"{sandbox.url}/v1/", auth=auth, timeout=10)
    answers = [
        requests.get(url, auth=auth, timeout=10, headers=headers)
        for headers in ({}, {"x-zingle-contact-id": "1"}, {"x-zingle-contact-id": contact})
    ]

    assert "contact" == root.json()["auth"]["authorization_class"]
    assert [(403, 2613), (403, 2615), (403, 2614)] == [
        (answer.status_code, answer.json()["status"]["error_code"]) for answer in answers
    ]


def test_unknown_closed_and_suspended_services_are_told_apart(api: Api) -> None:
    """2800 for no such service, 2602 for one that the login may not see, 2814 when suspended."""
    zingle.insert_services(api.running.sandbox, [zingle.ServiceSeed(OTHER_SERVICE, "Other")])
    api.running.sandbox.store.execute("DELETE FROM zg_user_services WHERE service = 2")
    unknown = api.send("GET", f"/v1/services/{OTHER_SERVICE[:-1]}6")
    closed = api.send("GET", f"/v1/services/{OTHER_SERVICE}")
    closed_v2 = api.send("GET", f"/v2/services/{OTHER_SERVICE}/users")
    api.option(suspended=True)
    suspended = api.v1("GET", "")
    suspended_v2 = api.v2("GET", "/users")

    assert (404, 2800) == (unknown.status_code, api.code(unknown))
    assert (403, 2602) == (closed.status_code, api.code(closed))
    assert (403, "no_access") == (closed_v2.status_code, closed_v2.json()["code"])
    assert (403, 2814) == (suspended.status_code, api.code(suspended))
    assert "account_suspended" == suspended_v2.json()["code"]


@pytest.mark.parametrize(
    ("privilege", "version", "method", "path"),
    [
        (3015, 1, "DELETE", "/contacts/{contact}"),
        (3015, 2, "DELETE", "/contacts/{contact}"),
        (3016, 1, "POST", "/contacts"),
        (3016, 2, "POST", "/contacts"),
        (3017, 1, "PUT", "/contacts/{contact}"),
        (3017, 2, "PUT", "/contacts/{contact}"),
        (3017, 1, "POST", "/contacts/{contact}/channels"),
        (3018, 1, "GET", "/contacts"),
        (3018, 2, "GET", "/contacts/{contact}"),
        (3206, 1, "POST", "/contact-custom-fields"),
        (3407, 1, "POST", "/contact-labels"),
    ],
)
def test_a_missing_privilege_is_403_with_its_code(
    api: Api, privilege: int, version: int, method: str, path: str
) -> None:
    """Each privilege that the login lacks refuses its calls, and nothing else."""
    contact = api.insert()
    path = path.format(contact=contact)
    send = api.v1 if version == 1 else api.v2
    json = {"firstName": "A"} if method in {"POST", "PUT"} and version == 2 else None
    api.option(denied=f"9999, {privilege}")

    response = send(method, path, json=json)

    code = api.code(response) if version == 1 else int(response.json()["code"])
    assert (403, privilege) == (response.status_code, code)
    assert 0 == api.running.writes("zingle")


def test_services_may_disagree(api: Api, clean: None) -> None:
    """One works, one is closed, one suspended, one has no such zone, one asks for an hour."""
    others = [f"11111111-2222-4333-8444-55555555555{n}" for n in range(4)]
    zingle.insert_services(
        api.running.sandbox,
        [
            zingle.ServiceSeed(other, f"Other {n}", time_zone="Mars/Olympus" if n == 2 else "UTC")
            for n, other in enumerate(others)
        ],
    )
    api.option(refused_services=others[0], suspended_services=f"{others[1]}, x")
    api.running.faults.add(
        kind="status", path=f"/v1/services/{others[3]}*", status=429, retry_after=3600
    )

    answers = [api.send("GET", f"/v1/services/{one}") for one in (api.service_id, *others)]

    assert [200, 403, 403, 200, 429] == [answer.status_code for answer in answers]
    assert [2602, 2814] == [api.code(answer) for answer in answers[1:3]]
    assert "Mars/Olympus" == answers[3].json()["result"]["time_zone"]
    assert "3600" == answers[4].headers["Retry-After"]


@pytest.mark.parametrize(
    ("path", "auth", "foreign"),
    [
        ("/v1/", None, False),
        ("/v1/", ("ana.lopez@sandbox.zingle-hotels.net", "wrong"), False),
        ("/v1/", ("netrc-user", "netrc-password"), True),
        ("/services/data/v62.0/sobjects", ("netrc-user", "netrc-password"), True),
        ("/services/oauth2/token", ("netrc-user", "netrc-password"), True),
        ("/services/oauth2/token", (SALESFORCE_CLIENT_ID, "x"), False),
        ("/services/data/v62.0/sobjects", "Bearer ey.ey.ey", True),
        ("/services/data/v62.0/sobjects", "Bearer 00Dexpired!AQ", False),
        ("/v1/", "Bearer 00Dx!AQ", True),
    ],
)
def test_a_foreign_authorization_is_noted(
    sandbox: RunningSandbox, path: str, auth: tuple[str, str] | str | None, *, foreign: bool
) -> None:
    """A log-in that this side never gave out comes from somewhere else: a .netrc, the other side."""
    headers = {"Authorization": auth} if isinstance(auth, str) else {}
    with requests.Session() as session:
        session.trust_env = False
        login = None if isinstance(auth, str) else auth
        session.get(f"{sandbox.url}{path}", auth=login, headers=headers, timeout=10)

    assert foreign == bool(sandbox.foreign_authorizations())
