from __future__ import annotations

from typing import Any

import pytest

from zingle_sync.salesforce import CONNECTION_SETTINGS
from zingle_sync.salesforce.flows import (
    ClientCredentials,
    Connection,
    GivenToken,
    JwtBearer,
    PasswordGrant,
    RefreshToken,
    SoapLogin,
    audience_of,
    connection_from,
)

MY_DOMAIN = {"domain": "acme.my.salesforce.com"}
APP = {"client_id": "id", "client_secret": "secret"}


def flow_of(settings: dict[str, Any]) -> object:
    """The flow that settings mean."""
    read = connection_from(settings)
    assert isinstance(read, Connection), read
    return read.flow


def problems_of(settings: dict[str, Any]) -> tuple[str, ...]:
    """What is wrong with settings."""
    read = connection_from(settings)
    assert not isinstance(read, Connection)
    return read


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({**MY_DOMAIN, **APP}, ClientCredentials("id", "secret")),
        (
            {"client_id": "id", "username": "u", "private_key": "KEY"},
            JwtBearer("id", "u", "KEY", "https://login.salesforce.com"),
        ),
        ({**APP, "refresh_token": "r"}, RefreshToken("id", "secret", "r")),
        ({"client_id": "id", "refresh_token": "r"}, RefreshToken("id", None, "r")),
        (
            {**APP, "username": "u", "password": "p", "security_token": "t"},
            PasswordGrant("id", "secret", "u", "pt"),
        ),
        (
            {"username": "u", "password": "p", "security_token": "t"},
            SoapLogin("u", "p", "t"),
        ),
        (
            {"access_token": "a", "instance_url": "https://x.my.salesforce.com/"},
            GivenToken("a", "https://x.my.salesforce.com"),
        ),
    ],
)
def test_flow_follows_from_settings(settings: dict[str, Any], expected: object) -> None:
    """The login flow is the one whose settings are given."""
    assert expected == flow_of(settings)


def test_empty_values_count_as_absent() -> None:
    """Meltano passes empty strings for settings that nobody set."""
    settings = {**MY_DOMAIN, **APP, "password": "", "refresh_token": None}

    assert ClientCredentials("id", "secret") == flow_of(settings)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({}, "No login flow is given"),
        ({"refresh_token": "r", "private_key": "k", **APP}, "two login flows"),
        ({"password": "p", "username": "u", "private_key": "k", **APP}, "two login flows"),
        ({"access_token": "a", "refresh_token": "r", "password": "p"}, "several login flows"),
        ({"access_token": "a"}, "without instance_url"),
        ({"refresh_token": "r"}, "without client_id"),
        ({"private_key": "k"}, "without client_id and username"),
        ({"password": "p"}, "without username"),
        ({"username": "u"}, "without password or private_key"),
        ({"username": "u", "password": "p", "client_id": "i"}, "without client_secret"),
        ({**MY_DOMAIN, "client_id": "i"}, "without client_secret"),
        (APP, "works on a My Domain host only"),
        ({**APP, "domain": "test"}, "works on a My Domain host only"),
        ({**APP, "domain": "acme"}, "must be login, test or a My Domain host"),
        ({**MY_DOMAIN, **APP, "api_version": "59.0"}, "must be 60.0 or later"),
        ({**MY_DOMAIN, **APP, "api_version": "latest"}, "must look like"),
        ({**APP, "login_url": "acme.my.salesforce.com"}, "must start with https://"),
    ],
)
def test_problems_are_sentences(settings: dict[str, Any], part: str) -> None:
    """What is missing or contradictory is said in a sentence that names the settings."""
    problems = problems_of(settings)

    assert [part in problem and problem.endswith(".") for problem in problems].count(True) == 1


def test_all_problems_at_once() -> None:
    """Independent mistakes are all reported."""
    problems = problems_of({"domain": "acme", "api_version": "1", "password": "p"})

    assert 3 == len(problems)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("login", "https://login.salesforce.com"),
        ("test", "https://test.salesforce.com"),
        ("acme.my", "https://acme.my.salesforce.com"),
        ("https://Acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("acme--uat.sandbox", "https://acme--uat.sandbox.my.salesforce.com"),
        ("acme--uat.sandbox.my", "https://acme--uat.sandbox.my.salesforce.com"),
        ("acme-dev-ed.develop", "https://acme-dev-ed.develop.my.salesforce.com"),
        ("acme.lightning.force.com", "https://acme.my.salesforce.com"),
        (
            "https://acme--uat.sandbox.lightning.force.com/lightning/o/Contact/list",
            "https://acme--uat.sandbox.my.salesforce.com",
        ),
        (
            "https://acme.my.salesforce-setup.com/lightning/setup/SetupOneHome/home",
            "https://acme.my.salesforce.com",
        ),
        ("login.example.com", "https://login.example.com"),
        ("acme.my.salesforce.mil", "https://acme.my.salesforce.mil"),
    ],
)
def test_domain_gives_login_url(domain: str, expected: str) -> None:
    """Domains are accepted with and without scheme, and as simple-salesforce writes them."""
    read = connection_from({"username": "u", "password": "p", "domain": domain})
    assert isinstance(read, Connection)

    assert expected == read.login_url


def test_login_url_keeps_its_scheme() -> None:
    """A local simulator is reached by plain http."""
    read = connection_from({**APP, "login_url": "http://localhost:8080/"})
    assert isinstance(read, Connection)

    assert "http://localhost:8080" == read.login_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_audience(url: str, expected: str) -> None:
    """The JWT names the environment that the host belongs to."""
    assert expected == audience_of(url)


def test_key_with_escaped_lines() -> None:
    """A key that came through an environment variable gets its lines back."""
    flow = flow_of({"client_id": "i", "username": "u", "private_key": "A\\nB"})
    assert isinstance(flow, JwtBearer)

    assert "A\nB" == flow.private_key


@pytest.mark.parametrize("name", CONNECTION_SETTINGS)
def test_settings_are_described(name: str) -> None:
    """Every setting says what it is, and the secret ones are marked as such."""
    setting = CONNECTION_SETTINGS[name]
    secrets = {
        "access_token",
        "client_secret",
        "password",
        "private_key",
        "refresh_token",
        "security_token",
    }

    assert (True, True, name in secrets) == (
        bool(setting["title"]),
        bool(setting["description"]),
        setting.get("secret", False),
    )


@pytest.mark.parametrize("agent", ["two\nlines", "tab\tbed", "Zürich", "\x1b[2J"])
def test_a_name_that_no_header_takes_is_refused(agent: str) -> None:
    """Before anything is sent, by the setting's name."""
    problems = connection_from({**APP, "user_agent": agent})

    assert isinstance(problems, tuple)
    assert problems[0].startswith("user_agent")


@pytest.mark.parametrize(
    "name", ["quota_percent_total", "quota_percent_per_run", "request_timeout"]
)
@pytest.mark.parametrize("value", ["soon", "", " 7", 1.5, "-1", True])
def test_what_is_no_whole_number_is_a_problem_and_no_crash(name: str, value: object) -> None:
    """Settings may come from a file that no plugin has judged."""
    read = connection_from({**MY_DOMAIN, **APP, name: value})

    assert isinstance(read, Connection) or read == (f"{name} must be a whole number.",)
