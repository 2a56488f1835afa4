"""A grant from a browser, against the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import (
    ConfigurationError,
    GrantRequest,
    LoginError,
    Salesforce,
)

CALLBACK = "http://localhost:1717/OauthRedirect"


def asked(sandbox: RunningSandbox, **more: Any) -> GrantRequest:
    """A request of the sandbox's app."""
    return GrantRequest.from_settings({**sandbox.salesforce_settings(), **more}, CALLBACK)


def browse(request: GrantRequest) -> str:
    """Where the browser ends."""
    return requests.get(request.address, allow_redirects=False, timeout=10).headers["Location"]


def test_a_kept_grant_is_the_log_in_of_all_who_share_the_store(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Neither plugin needs a token in its settings, and rotation goes on in the store."""
    sandbox.sandbox.set_options({"salesforce_refresh_rotation": True})
    store = tmp_path / "token.json"
    request = asked(sandbox)
    org = request.keep(browse(request), str(store))

    settings = {**sandbox.salesforce_settings(), "token_store": str(store)}
    clients = [Salesforce.from_settings(settings) for _ in range(3)]

    assert org == sandbox.url
    assert len({client.user_id for client in clients}) == 1
    assert store.stat().st_mode & 0o777 == 0o600
    grants = [call for call in sandbox.journal() if call.path.endswith("/token")]
    assert len(grants) == 4


def test_without_a_kept_grant_the_app_logs_in_as_before(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Client id and secret beside a token store that nobody has filled stay what they were."""
    settings = {**sandbox.salesforce_settings(), "token_store": str(tmp_path / "token.json")}

    assert Salesforce.from_settings(settings).user_id
    assert not (tmp_path / "token.json").exists()


def test_a_named_user_wins_over_the_kept_grant(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Settings that say whose session it is are not overruled."""
    store = str(tmp_path / "token.json")
    request = asked(sandbox)
    request.keep(browse(request), store)
    sandbox.clear_journal()

    settings = {**sandbox.salesforce_settings("refresh_token"), "token_store": store}
    assert Salesforce.from_settings(settings).user_id


def test_an_app_without_a_secret(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """PKCE alone is enough where the app says so."""
    sandbox.sandbox.set_options({"salesforce_web_server_secret": False})
    store = str(tmp_path / "token.json")
    settings = {**sandbox.salesforce_settings(), "client_secret": None}
    request = GrantRequest.from_settings(settings, CALLBACK)
    request.keep(browse(request), store)

    assert Salesforce.from_settings({**settings, "token_store": store}).user_id


def test_a_refused_grant_leaves_the_kept_one(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Whoever denies, or whose code has expired, keeps what worked before."""
    store = tmp_path / "token.json"
    request = asked(sandbox)
    request.keep(browse(request), str(store))
    before = store.read_bytes()

    sandbox.sandbox.set_options({"salesforce_user_allows_app": False})
    denied = asked(sandbox)
    with pytest.raises(LoginError, match="access_denied"):
        denied.keep(browse(denied), str(store))
    sandbox.sandbox.set_options({"salesforce_user_allows_app": True})
    late = asked(sandbox)
    address = browse(late)
    sandbox.sandbox.clock.advance(3600)
    with pytest.raises(LoginError, match="expired authorization code"):
        late.keep(address, str(store))

    assert store.read_bytes() == before


def test_an_answer_to_somebody_elses_request_is_refused(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """The state must be the request's own; nothing is sent."""
    other = browse(asked(sandbox))
    sandbox.clear_journal()

    with pytest.raises(LoginError, match="start again"):
        asked(sandbox).keep(other, str(tmp_path / "token.json"))
    assert sandbox.journal() == []


def test_nothing_secret_is_in_the_address(sandbox: RunningSandbox) -> None:
    """The page's address may be copied, and is in the browser's history."""
    request = asked(sandbox)
    query = parse_qs(urlsplit(request.address).query)

    assert "sandbox-client-secret" not in request.address
    assert query["code_challenge_method"] == ["S256"]
    assert "sandbox-client-secret" not in repr(request)


def test_all_that_is_wrong_with_the_settings_is_said_at_once() -> None:
    """A missing client id beside an impossible domain."""
    with pytest.raises(ConfigurationError) as raised:
        GrantRequest.from_settings({"domain": "??"}, CALLBACK)

    assert len(raised.value.problems) == 2
