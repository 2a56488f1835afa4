"""`zingle-sync login` against the sandbox, with a browser that clicks at once."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner, Result

from zingle_operator.app import app
from zingle_operator.login import browser as login_browser
from zingle_operator.project.changes import FileChange, variables_change
from zingle_sandbox import credentials
from zingle_sandbox.testing import RunningSandbox
from zingle_sync.salesforce import Salesforce

PROJECT = """
requires_meltano: '>=4.4'
project_id: 6f0f4b0e-6a7b-4c57-9f60-5d1f0a6a8c77
send_anonymous_usage_stats: false
default_environment: dev
environments:
- name: dev
plugins:
  extractors:
  - name: tap-zingle
    namespace: tap_zingle
    executable: tap
    settings: [{{name: token}}, {{name: api_url, value: {url}}}]
  loaders:
  - name: target-salesforce-activity
    namespace: target_salesforce_activity
    executable: target
    settings: [{{name: client_id}}, {{name: token_store}}, {{name: login_url, value: {url}}}]
jobs:
- name: conversations
  tasks: [tap-zingle target-salesforce-activity]
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No project is around but the one that a test makes."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox, port: int) -> list[str]:
    """A browser whose user decides at once; gives the pages that it opened."""
    callback = f"http://localhost:{port}/OauthRedirect"
    sandbox.sandbox.set_options({"salesforce_callback_urls": callback})
    pages: list[str] = []

    def open_page(address: str) -> bool:
        pages.append(address)
        threading.Thread(target=requests.get, args=[address], kwargs={"timeout": 60}).start()
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    return pages


def app_of(sandbox: RunningSandbox) -> list[str]:
    """The options that name the sandbox's app."""
    return ["--login-url", sandbox.url, "--client-id", credentials.SALESFORCE_CLIENT_ID]


def log_in(sandbox: RunningSandbox, *options: str) -> Result:
    """`zingle-sync login salesforce` for the sandbox's app."""
    return CliRunner().invoke(
        app,
        ["login", "salesforce", *app_of(sandbox), *options],
        env={"SALESFORCE_CLIENT_SECRET": credentials.SALESFORCE_CLIENT_SECRET},
    )


@pytest.fixture
def project(sandbox: RunningSandbox, tmp_path: Path) -> Path:
    """A Meltano project of conversations alone, as the working folder."""
    (tmp_path / "meltano.yml").write_text(PROJECT.format(url=sandbox.url), encoding="utf-8")
    return tmp_path


def test_the_browser_brings_a_grant_that_works(
    sandbox: RunningSandbox, browser: list[str], port: int, tmp_path: Path
) -> None:
    """The grant is in the store, and neither token nor secret was printed."""
    store = tmp_path / "grant.json"
    result = log_in(sandbox, "--port", str(port), "--token-store", str(store))

    assert (0, 1) == (result.exit_code, len(browser)), result.output
    settings = {**sandbox.salesforce_settings(), "token_store": str(store)}
    assert Salesforce.from_settings(settings).user_id
    assert "5Aep861" not in result.output
    assert credentials.SALESFORCE_CLIENT_SECRET not in result.output


def test_a_browser_elsewhere_is_answered_by_pasting(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """The address in the pasted text must answer this very request."""
    store = str(tmp_path / "grant.json")
    result = CliRunner().invoke(
        app,
        ["login", "salesforce", *app_of(sandbox), "--no-browser", "--token-store", store],
        input="http://localhost:1717/OauthRedirect?code=x&state=of-somebody-else\n",
    )

    assert result.exit_code == 1
    assert "does not answer the request" in result.output
    assert not Path(store).exists()


def test_a_user_who_denies_is_told_of_at_once(
    sandbox: RunningSandbox, browser: list[str], port: int, tmp_path: Path
) -> None:
    """No store is made."""
    sandbox.sandbox.set_options({"salesforce_user_allows_app": False})
    store = tmp_path / "grant.json"
    result = log_in(sandbox, "--port", str(port), "--token-store", str(store))

    assert (1, 1) == (result.exit_code, len(browser))
    assert "access_denied" in result.output
    assert not store.exists()


def test_strangers_at_the_port_are_turned_away(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    """A page that guesses the port gets 400, and the wait for the user's answer goes on."""
    callback = f"http://localhost:{port}/OauthRedirect"
    sandbox.sandbox.set_options({"salesforce_callback_urls": callback})
    answers: list[int] = []

    def open_page(address: str) -> bool:
        def ask() -> None:
            guessed = f"{callback}?code=evil&state=guessed"
            answers.append(requests.get(guessed, timeout=60).status_code)
            requests.get(address, timeout=60)

        threading.Thread(target=ask).start()
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    result = log_in(sandbox, "--port", str(port), "--token-store", str(tmp_path / "grant.json"))

    assert ([400], 0) == (answers, result.exit_code), result.output
    assert (tmp_path / "grant.json").exists()


def test_the_wait_for_a_browser_ends(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    """Where no browser comes back, a sentence says what else there is."""
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    monkeypatch.setattr(login_browser, "WAIT", 0.0)
    result = log_in(sandbox, "--port", str(port), "--token-store", str(tmp_path / "grant.json"))

    assert result.exit_code == 1
    assert "no browser came back" in result.output
    assert "--no-browser" in result.output


def test_a_taken_port_names_the_way_out(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Before any browser opens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = log_in(sandbox, "--port", port, "--token-store", str(tmp_path / "grant.json"))

    assert result.exit_code == 1
    assert "--no-browser" in result.output


def test_in_a_project_the_plugins_find_the_grant(
    sandbox: RunningSandbox, browser: list[str], port: int, project: Path
) -> None:
    """The store is in a folder that no repository takes up, and `.env` names it."""
    result = log_in(sandbox, "--port", str(port), "--yes")

    assert (0, 1) == (result.exit_code, len(browser)), result.output
    assert (project / ".zingle-sync" / ".gitignore").read_text() == "*\n"
    text = (project / ".env").read_text()
    assert f"TARGET_SALESFORCE_ACTIVITY_TOKEN_STORE='{project}/.zingle-sync" in text
    assert "TARGET_SALESFORCE_ACTIVITY_CLIENT_ID" in text
    assert "SECRET" not in text
    assert "TAP_ZINGLE" not in text


def test_user_and_password_become_a_token_in_the_projects_env(
    sandbox: RunningSandbox, project: Path
) -> None:
    """The file keeps what was there, belongs to its owner alone, and nothing secret is shown."""
    (project / ".env").write_text("# mine\nOTHER=1\n", encoding="utf-8")
    result = CliRunner().invoke(
        app,
        ["login", "zingle", "--username", credentials.ZINGLE_USERNAME, "--yes"],
        env={"ZINGLE_PASSWORD": credentials.ZINGLE_PASSWORD},
    )

    assert result.exit_code == 0, result.output
    text = (project / ".env").read_text()
    assert text.startswith("# mine\nOTHER=1\nTAP_ZINGLE_TOKEN=")
    assert (project / ".env").stat().st_mode & 0o777 == 0o600
    token = text.partition("TAP_ZINGLE_TOKEN=")[2].strip().strip("'")
    assert requests.get(
        f"{sandbox.url}/v1/", headers={"Authorization": f"Bearer {token}"}, timeout=10
    ).ok
    assert "TAP_ZINGLE_TOKEN=(hidden)" in result.output
    assert token not in result.output
    assert "good until" in result.output


def test_a_refused_password_changes_nothing(sandbox: RunningSandbox, project: Path) -> None:
    """One sentence, and no file."""
    assert sandbox.url
    result = CliRunner().invoke(
        app, ["login", "zingle", "--username", "nobody"], env={"ZINGLE_PASSWORD": "wrong"}
    )

    assert result.exit_code == 1
    assert "no token" in result.output
    assert not (project / ".env").exists()


@pytest.mark.parametrize(
    "value", ["plain", "with blank", "it's", 'a"b', "a#b", "$HOME", "back\\slash", "täglich", "a=b"]
)
def test_values_of_env_come_back_as_they_went_in(tmp_path: Path, value: str) -> None:
    """Whatever a secret is made of, and however often it is replaced."""
    from dotenv import dotenv_values  # noqa: PLC0415 - this test's alone

    file = tmp_path / ".env"
    for text in ("first", value):
        variables_change(file, {"A_SECRET": text, "B": "b"}).write()

    assert dotenv_values(file, interpolate=False) == {"A_SECRET": value, "B": "b"}


def test_a_changed_secret_is_a_change_that_shows_no_value(tmp_path: Path) -> None:
    """Old and new values stay hidden."""
    change = FileChange(tmp_path / ".env", "A_TOKEN=old\n", "A_TOKEN=new\n")

    assert "hidden" in change.difference
    assert not {"old", "new"} & set(change.difference.replace("=", " ").split())
