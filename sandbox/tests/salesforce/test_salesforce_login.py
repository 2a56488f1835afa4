from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from zingle_sandbox import credentials

if TYPE_CHECKING:
    from conftest import Org

CLIENT = {
    "client_id": credentials.SALESFORCE_CLIENT_ID,
    "client_secret": credentials.SALESFORCE_CLIENT_SECRET,
}
PASSWORD = {
    "grant_type": "password",
    "username": credentials.SALESFORCE_USERNAME,
    "password": credentials.SALESFORCE_PASSWORD + credentials.SALESFORCE_SECURITY_TOKEN,
    **CLIENT,
}
REFRESH = {
    "grant_type": "refresh_token",
    "refresh_token": credentials.SALESFORCE_REFRESH_TOKEN,
    **CLIENT,
}
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
KEYS = {"access_token", "instance_url", "id", "token_type", "issued_at", "signature"}


def assertion(org: Org, key: rsa.RSAPrivateKey | None = None, **claims: Any) -> str:
    """A signed assertion, right unless claims or key say otherwise."""
    right = {
        "iss": credentials.SALESFORCE_CLIENT_ID,
        "sub": credentials.SALESFORCE_USERNAME,
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 170,
    }
    return jwt.encode({**right, **claims}, key or org.running.sandbox.jwt_private_key, "RS256")


def works(org: Org, token: str) -> bool:
    """Whether a token is accepted."""
    return (
        requests.get(
            f"{org.running.url}/services/data/v62.0/limits",
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        ).status_code
        == 200
    )


def test_client_credentials_log_in(org: Org) -> None:
    """Id and secret, in the form or by HTTP Basic, give a token of known shape."""
    by_form = org.token(grant_type="client_credentials", **CLIENT)
    by_basic = requests.post(
        f"{org.running.url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(CLIENT["client_id"], CLIENT["client_secret"]),
        timeout=10,
    )

    for answer in (by_form, by_basic):
        body = answer.json()
        assert KEYS | {"scope"} == set(body)
        assert ("Bearer", org.running.url) == (body["token_type"], body["instance_url"])
        assert "!" in body["access_token"]
        assert body["issued_at"].isdigit()
        assert works(org, body["access_token"])


def test_password_logs_in_with_the_security_token(org: Org) -> None:
    """The password grant has no scope and no refresh token."""
    body = org.token(**PASSWORD).json()

    assert KEYS == set(body)
    assert works(org, body["access_token"])


def test_jwt_bearer_logs_in(org: Org) -> None:
    """An assertion signed with the app's key gives a token."""
    body = org.token(grant_type=JWT_GRANT, assertion=assertion(org)).json()

    assert {"access_token", "scope", "instance_url", "id", "token_type"} == set(body)
    assert works(org, body["access_token"])


def test_a_refresh_token_can_be_used_again_without_rotation(org: Org) -> None:
    """Without rotation the answer carries no refresh token."""
    bodies = [org.token(**REFRESH).json() for _ in range(2)]

    assert all("refresh_token" not in body for body in bodies)
    assert all(works(org, body["access_token"]) for body in bodies)


def test_rotation_replaces_the_refresh_token_and_reuse_revokes_everything(org: Org) -> None:
    """The old token dies at once; when it comes back, the whole grant dies."""
    org.options(refresh_rotation=True)
    first = org.token(**REFRESH).json()
    second = org.token(**{**REFRESH, "refresh_token": first["refresh_token"]}).json()

    assert credentials.SALESFORCE_REFRESH_TOKEN != first["refresh_token"] != second["refresh_token"]
    assert works(org, second["access_token"])

    reused = org.token(**REFRESH)

    assert (400, "expired access/refresh token") == (
        reused.status_code,
        reused.json()["error_description"],
    )
    assert not works(org, second["access_token"])
    assert 400 == org.token(**{**REFRESH, "refresh_token": second["refresh_token"]}).status_code


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({**PASSWORD, "password": "wrong"}, "invalid_grant", "authentication failure"),
        ({**PASSWORD, "client_id": "x"}, "invalid_client_id", "client identifier invalid"),
        ({**PASSWORD, "client_secret": "x"}, "invalid_client", "invalid client credentials"),
        ({**REFRESH, "refresh_token": "x"}, "invalid_grant", "expired access/refresh token"),
        (
            {"grant_type": "password", **CLIENT},
            "invalid_request",
            "missing required parameter: username",
        ),
        ({"grant_type": "nope", **CLIENT}, "unsupported_grant_type", "grant type not supported"),
        ({"grant_type": JWT_GRANT, "assertion": "x.y.z"}, "invalid_grant", "invalid assertion"),
    ],
)
def test_wrong_log_ins_get_the_oauth_error(
    org: Org, form: dict[str, str], error: str, description: str
) -> None:
    """Errors of the token endpoint are a JSON object with 400."""
    answer = org.token(**form)

    assert (400, {"error": error, "error_description": description}) == (
        answer.status_code,
        answer.json(),
    )


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"aud": "https://example.com"}, "invalid_grant", "audience is invalid"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"iss": "other"}, "invalid_client_id", "client identifier invalid"),
        ({"exp": int(time.time()) - 10}, "invalid_grant", "invalid assertion"),
        ({"exp": int(time.time()) + 9_000}, "invalid_grant", "invalid assertion"),
    ],
)
def test_wrong_claims_are_refused(
    org: Org, claims: dict[str, Any], error: str, description: str
) -> None:
    """Audience, user, issuer and expiry of an assertion are checked."""
    answer = org.token(grant_type=JWT_GRANT, assertion=assertion(org, **claims))

    assert (400, error, description) == (answer.status_code, *answer.json().values())


def test_an_assertion_of_another_key_is_refused(org: Org) -> None:
    """The signature is verified."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answer = org.token(grant_type=JWT_GRANT, assertion=assertion(org, other))

    assert (400, "invalid assertion") == (answer.status_code, answer.json()["error_description"])


def test_client_credentials_need_the_my_domain_host(org: Org) -> None:
    """login.salesforce.com refuses client credentials, by name or by switch."""
    form = {"grant_type": "client_credentials", **CLIENT}
    by_name = requests.post(
        f"{org.running.url}/services/oauth2/token",
        data=form,
        headers={"Host": "login.salesforce.com"},
        timeout=10,
    )
    org.options(login_host=True)

    for answer in (by_name, org.token(**form)):
        assert "request not supported on this domain" == answer.json()["error_description"]


def test_switches_take_flows_away(org: Org) -> None:
    """The password grant can be blocked, and the run-as user can be missing."""
    org.options(password_grant=False, run_as_user=False)

    assert "authentication failure" == org.token(**PASSWORD).json()["error_description"]
    assert (
        "no client credentials user enabled"
        == org.token(grant_type="client_credentials", **CLIENT).json()["error_description"]
    )


def test_descriptions_may_be_missing(org: Org) -> None:
    """A reading of an open question: an OAuth error without its description."""
    org.profile(error_description="absent")

    assert {"error": "unsupported_grant_type"} == org.token(grant_type="nope").json()


def test_credentials_in_the_url_are_a_violation(org: Org) -> None:
    """Secrets belong into the body."""
    answer = requests.post(
        f"{org.running.url}/services/oauth2/token",
        params={**PASSWORD},
        timeout=10,
    )

    assert 400 == answer.status_code
    assert any("URL" in sentence for sentence in org.running.violations())


def test_revoked_tokens_are_dead(org: Org) -> None:
    """Revoking an access token ends its session."""
    token = org.log_in()
    requests.post(f"{org.running.url}/services/oauth2/revoke", data={"token": token}, timeout=10)

    assert not works(org, token)


def test_dead_sessions_get_the_exact_401(org: Org) -> None:
    """No token, an unknown one, an idle one and a used-up one all answer INVALID_SESSION_ID."""
    org.options(session_seconds=900)
    org.running.sandbox.clock.advance(901)
    idle = org.rest("GET", "/limits")
    org.options(session_calls=2)
    org.log_in()
    used_up = [org.rest("GET", "/limits") for _ in range(3)]
    unknown = org.rest("GET", "/limits", headers={"Authorization": "Bearer 00D!x"})
    missing = requests.get(f"{org.running.url}/services/data/v62.0/limits", timeout=10)

    assert [200, 200, 401] == [answer.status_code for answer in used_up]
    for answer in (idle, used_up[-1], unknown, missing):
        assert (
            401,
            [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
        ) == (answer.status_code, answer.json())


def test_a_malformed_header_is_no_expired_session(org: Org) -> None:
    """Logging in again does not help against a wrong header."""
    basic = base64.b64encode(b"a:b").decode()
    answer = org.rest("GET", "/limits", headers={"Authorization": f"Basic {basic}"})

    assert (401, "INVALID_AUTH_HEADER") == (answer.status_code, answer.json()[0]["errorCode"])


def test_the_old_header_scheme_is_accepted(org: Org) -> None:
    """`OAuth` works as well as `Bearer`."""
    token = org.log_in()

    assert (
        200 == org.rest("GET", "/limits", headers={"Authorization": f"OAuth {token}"}).status_code
    )


def test_userinfo_and_identity_tell_who_calls(org: Org) -> None:
    """Both name the same user and org; a bad token is 403 in plain text."""
    info = org.send("GET", "/services/oauth2/userinfo").json()
    identity = org.send("GET", info["sub"].removeprefix(org.running.url)).json()
    bad = org.send("GET", "/services/oauth2/userinfo", headers={"Authorization": "Bearer x"})

    assert credentials.SALESFORCE_USERNAME == info["preferred_username"] == identity["username"]
    assert info["organization_id"] == identity["organization_id"]
    assert {"rest", "sobjects", "query", "partner", "custom_domain"} <= set(info["urls"])
    assert (403, "Bad_OAuth_Token") == (bad.status_code, bad.text)


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("list", [{"errorCode": "INVALID_GRANT", "message": "authentication failure"}]),
        ("object", {"errorCode": "INVALID_GRANT", "message": "authentication failure"}),
        ("null", None),
        ("html", "no JSON"),
        ("text", "no JSON"),
        ("empty", "no JSON"),
    ],
)
def test_a_refusal_may_have_another_shape(org: Org, shape: str, body: object) -> None:
    """The token endpoint answers in HTML, text, the array of the REST resources, or not at all."""
    org.options(refused_login=shape)

    answer = org.token(**{**PASSWORD, "password": "wrong"})

    assert 400 == answer.status_code
    if body == "no JSON":
        with pytest.raises(ValueError, match="Expecting value"):
            answer.json()
    else:
        assert body == answer.json()
    assert 200 == org.token(**PASSWORD).status_code


CALLBACK = "http://localhost:1717/OauthRedirect"
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ALLOW = {
    "response_type": "code",
    "client_id": credentials.SALESFORCE_CLIENT_ID,
    "redirect_uri": CALLBACK,
    "state": "s1",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


def allowed(org: Org, **changed: str) -> dict[str, str]:
    """What the app's address gets from the page where a user allows it."""
    answer = requests.get(
        f"{org.running.url}/services/oauth2/authorize",
        params={**ALLOW, **changed},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 302
    address, _, query = answer.headers["Location"].partition("?")
    assert address == CALLBACK
    return dict(parse_qsl(query))


def exchanged(org: Org, code: str, **changed: str) -> requests.Response:
    """The answer to an authorization code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return org.token(**{**form, "code_verifier": VERIFIER, **CLIENT, **changed})


def test_a_user_who_allows_the_app_gives_it_a_grant(org: Org) -> None:
    """The state comes back, and the code is worth a refresh token that works, once."""
    answer = allowed(org)
    grant = exchanged(org, answer["code"]).json()

    assert answer["state"] == "s1"
    assert works(org, grant["access_token"])
    assert org.token(**{**REFRESH, "refresh_token": grant["refresh_token"]}).status_code == 200
    again = exchanged(org, answer["code"])
    assert (400, "expired authorization code") == (
        again.status_code,
        again.json()["error_description"],
    )


@pytest.mark.parametrize(
    ("changed", "description"),
    [
        ({"code_verifier": "another"}, "invalid code verifier"),
        ({"redirect_uri": "http://localhost:1/x"}, "redirect_uri must match configuration"),
        ({"client_secret": ""}, "invalid client credentials"),
    ],
)
def test_a_code_is_worth_nothing_in_other_hands(
    org: Org, changed: dict[str, str], description: str
) -> None:
    """Verifier, address and secret must be the app's own."""
    refused = exchanged(org, allowed(org)["code"], **changed)

    assert (400, description) == (refused.status_code, refused.json()["error_description"])


def test_a_code_lives_for_fifteen_minutes(org: Org) -> None:
    """Later it has expired."""
    code = allowed(org)["code"]
    org.running.sandbox.clock.advance(15 * 60 + 1)

    assert exchanged(org, code).status_code == 400


def test_a_user_may_deny(org: Org) -> None:
    """The app gets the error and its state, and no code."""
    org.options(user_allows_app=False)

    assert allowed(org) == {
        "state": "s1",
        "error": "access_denied",
        "error_description": "end-user denied authorization",
    }


@pytest.mark.parametrize(
    "changed", [{"client_id": "x"}, {"redirect_uri": "https://evil.example/x"}]
)
def test_an_unknown_app_or_address_is_never_redirected(org: Org, changed: dict[str, str]) -> None:
    """The page says so itself."""
    answer = requests.get(
        f"{org.running.url}/services/oauth2/authorize",
        params={**ALLOW, **changed},
        allow_redirects=False,
        timeout=10,
    )

    assert answer.status_code == 400


def test_an_app_may_need_no_secret(org: Org) -> None:
    """Where the web server flow requires none, a refresh without it is taken."""
    form = {
        "grant_type": "refresh_token",
        "client_id": credentials.SALESFORCE_CLIENT_ID,
        "refresh_token": credentials.SALESFORCE_REFRESH_TOKEN,
    }
    refused = org.token(**form)
    org.options(web_server_secret=False)

    assert (400, "invalid_client", 200) == (
        refused.status_code,
        refused.json()["error"],
        org.token(**form).status_code,
    )


def test_an_app_knows_its_callbacks(org: Org) -> None:
    """An address that the administrator entered is taken, any other is refused."""
    callback = "http://localhost:9/back"
    asked = {
        "response_type": "code",
        "client_id": credentials.SALESFORCE_CLIENT_ID,
        "redirect_uri": callback,
        "code_challenge": "c",
    }

    def ask() -> int:
        return org.send(
            "GET", "/services/oauth2/authorize", params=asked, allow_redirects=False
        ).status_code

    before = ask()
    org.options(callback_urls=f"http://localhost:1/other {callback}")

    assert (400, 302) == (before, ask())
