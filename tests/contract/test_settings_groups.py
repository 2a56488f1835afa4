"""The groups of settings in the definitions are the ways to log in that the clients accept."""

from __future__ import annotations

from importlib import import_module
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_zingle.wanted.routes import read_routes
from zingle_sync.salesforce import LOGIN_GROUPS
from zingle_sync.salesforce.flows import Connection, connection_from
from zingle_sync.zingle import LOGIN_GROUPS as ZINGLE_GROUPS
from zingle_sync.zingle.settings import problems_in, with_defaults

# What a login may consist of; `domain` counts as given, because it has a default.
SAMPLES = {
    "domain": "acme.my.salesforce.com",
    "client_id": "3MVG9",
    "client_secret": "shh",
    "username": "integration@acme.example",
    "password": "pass",
    "private_key": "-----BEGIN PRIVATE KEY-----",
    "private_key_file": "key.pem",
    "refresh_token": "5Aep",
    "access_token": "00D",
    "instance_url": "https://acme.my.salesforce.com",
}
ZINGLE_SAMPLES = {"username": "me", "password": "pass", "token": "a.b.c"}
PLUGINS = ("tap-salesforce-zingle", "target-zingle", "tap-zingle", "target-salesforce-activity")


def _logs_in(names: set[str]) -> bool:
    # The client reads the file before the flow is chosen.
    settings = {("private_key" if n == "private_key_file" else n): SAMPLES[n] for n in names}
    return isinstance(connection_from(settings), Connection)


@pytest.mark.parametrize("group", LOGIN_GROUPS, ids="+".join)
def test_each_group_is_enough_to_log_in_to_salesforce(group: tuple[str, ...]) -> None:
    """A complete group and nothing else is a login flow."""
    assert _logs_in(set(group))


@given(st.sets(st.sampled_from(sorted(SAMPLES))))
def test_nothing_less_than_a_group_logs_in_to_salesforce(names: set[str]) -> None:
    """Whatever the client accepts contains a group."""
    assert not _logs_in(names) or any(set(group) <= names | {"domain"} for group in LOGIN_GROUPS)


@pytest.mark.parametrize("group", LOGIN_GROUPS, ids="+".join)
def test_no_setting_of_a_group_can_be_spared(group: tuple[str, ...]) -> None:
    """A group without one of its settings is no login, unless another group is left of it."""
    for rest in map(set, combinations(group, len(group) - 1)):
        left = any(set(other) <= rest | {"domain"} for other in LOGIN_GROUPS if other != group)
        assert left or not _logs_in(rest), rest


def test_zingle_takes_what_contains_a_group_and_nothing_else() -> None:
    """Every choice of log-in settings is accepted exactly when it contains a group."""
    choices = [
        set(names) for size in range(4) for names in combinations(sorted(ZINGLE_SAMPLES), size)
    ]

    accepted = [
        names
        for names in choices
        if not problems_in(with_defaults({name: ZINGLE_SAMPLES[name] for name in names}))
    ]
    assert accepted == [
        names for names in choices if any(set(group) <= names for group in ZINGLE_GROUPS)
    ]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_group_names_declared_settings_without_a_default(plugin: str) -> None:
    """Groups speak of what a user has to give: declared, and with no default but `domain`'s."""
    module = import_module(f"{plugin.replace('-', '_')}.settings")
    schema = getattr(module, "CONFIG_SCHEMA", None) or module.CONFIG
    properties = schema["properties"]
    named = {name for group in module.SETTINGS_GROUPS for name in group}

    assert set() == named - set(properties)
    assert named & {n for n, one in properties.items() if one.get("default")} <= {"domain"}


@pytest.mark.parametrize("which", ["service_id", "services"])
def test_target_zingle_wants_one_of_the_settings_that_name_services(which: str) -> None:
    """The groups of target-zingle differ in the setting that names services; each is enough."""
    module = import_module("target_zingle.settings")
    value = {"service_id": "s1", "services": [{"service_id": "s1"}]}[which]

    assert any(which in group for group in module.SETTINGS_GROUPS)
    assert read_routes({which: value})[1] == []
    assert read_routes({})[1] != []
