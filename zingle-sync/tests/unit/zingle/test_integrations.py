"""What a service is connected to, read in every shape that public sources describe."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from zingle_sync.zingle import ConfigurationError, Zingle, integration_of, integrations_of
from zingle_sync.zingle.integrations import is_secret_word, read_integration, read_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "https://zingle.test"
LIST = f"{ROOT}/v2/services/s1/integrations"
ONE = f"{LIST}/salesforce"
CANARY = "canary-7f3a"
PAIRS = {"FirstName": "First Name", "MobilePhone": "phone"}


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """A fake of the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def zingle() -> Iterator[Zingle]:
    """A client that does not wait."""
    settings = {"api_url": ROOT, "username": "u", "password": "p", "requests_per_second": 0}
    client = Zingle.from_settings(settings, sleep=lambda _: None)
    yield client
    client.close()


def setting(code: str, value: object, kind: str = "text", name: str = "") -> dict[str, Any]:
    """A setting in the shape of the vendor's example."""
    return {"code": code, "name": name or code, "field_type": kind, "value": value}


def pairs(body: object) -> list[tuple[str, str]] | None:
    """The pairs of a mapping as plain tuples."""
    found, _ = read_mapping(body)
    return None if found is None else [(pair.column, pair.field) for pair in found]


@pytest.mark.parametrize(
    "mapping",
    [
        PAIRS,
        [{"column": key, "field": name} for key, name in PAIRS.items()],
        [{"source_column": key, "contact_field": name} for key, name in PAIRS.items()],
        [{"name": key, "value": {"display_name": name, "id": "f"}} for key, name in PAIRS.items()],
        [{key: name} for key, name in PAIRS.items()],
        {key: [name] for key, name in PAIRS.items()},
        {key: {"code": name} for key, name in PAIRS.items()},
        {**PAIRS, "Fax": None, "Title": ""},
    ],
)
@pytest.mark.parametrize("where", ["field_mapping", "column_field_mapping", "both"])
def test_a_mapping_is_read_in_every_shape(mapping: object, where: str) -> None:
    """Objects, arrays of pairs, of single pairs, and several fields of a column mean the same."""
    body = {where: mapping}
    if where == "both":
        body = {"field_mapping": {"column_field_mapping": mapping, "status": "ok"}}

    assert pairs(body) == list(PAIRS.items())


@pytest.mark.parametrize("empty", [{}, []])
def test_an_empty_mapping_is_a_mapping(empty: object) -> None:
    """That nothing is mapped is known, also where PHP writes an empty object as an array."""
    assert pairs({"field_mapping": {"column_field_mapping": empty}}) == []


@pytest.mark.parametrize(
    "body", [None, "", 7, {"field_mapping": None}, {"field_mapping": {"status": "ok"}}]
)
def test_an_absent_mapping_is_none(body: object) -> None:
    """That there is no mapping is told from an empty one."""
    assert pairs(body) is None


def test_what_has_no_known_shape_is_counted() -> None:
    """An entry that is not understood is not dropped in silence."""
    found, unread = read_mapping([{"column": "FirstName", "field": "First Name"}, "Phone", [1]])

    assert ([(pair.column, pair.field) for pair in found or ()], unread) == (
        [("FirstName", "First Name")],
        2,
    )


@pytest.mark.parametrize("shape", ["object", "array", "plain"])
def test_a_configuration_is_read_in_every_shape(shape: str) -> None:
    """An object of settings, an array of them, and plain values mean the same."""
    settings = [setting("objects", "contacts"), setting("interval", 5)]
    configuration: object = settings
    if shape == "object":
        configuration = {row["code"]: row for row in settings}
    if shape == "plain":
        configuration = {row["code"]: row["value"] for row in settings}

    found = read_integration({"code": "x", "configuration": configuration})

    assert [(one.code, one.value) for one in found.configuration] == [
        ("objects", "contacts"),
        ("interval", "5"),
    ]


SECRETS = [
    setting("password", CANARY),
    setting("x", CANARY, "password"),
    setting("x", CANARY, "Secret Text"),
    setting("x", CANARY, name="Security Token"),
    setting("refreshToken", CANARY),
    setting("apiKey", CANARY),
    setting("API_KEY", CANARY),
    setting("client-secret", CANARY),
    setting("privateKey", [CANARY]),
    setting("passwd", CANARY),
    setting("PASSPHRASE", CANARY),
    setting("oauth", {"value": CANARY}),
    setting("login", {"user": "me", "password": CANARY}),
    setting("login", [{"deep": [{"sessionId": CANARY}]}]),
    setting("url", f"https://me:{CANARY}@acme.example.com/"),
    setting("url", f"https://acme.example.com/?sig_token={CANARY}"),
    setting("header", f"Bearer {CANARY}"),
    setting("blob", f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}"),
    setting("blob", f"eyJhbGciOi.{CANARY}.x"),
]


@pytest.mark.parametrize("row", SECRETS, ids=lambda row: str(row["code"]))
@pytest.mark.parametrize("shape", ["object", "array"])
def test_a_secret_never_becomes_a_value(row: dict[str, Any], shape: str) -> None:
    """What looks like a secret by key, name, type or form is dropped, and that is told."""
    ordinary = setting("objects", "contacts")
    rows = [ordinary, row]
    body = {
        "configuration": rows
        if shape == "array"
        else {f"{place}": {**one} for place, one in enumerate(rows)}
    }
    if shape == "object":
        body["configuration"] = {one["code"]: one for one in rows}

    found = read_integration({"code": "salesforce", **body})

    assert CANARY not in json.dumps(asdict(found))
    assert found.secrets == (row["code"],)
    assert "objects" in {one.code for one in found.configuration}


@given(
    word=st.sampled_from(["password", "Secret", "TOKEN", "credentials", "apiKey", "private_key"]),
    before=st.sampled_from(["", "my", "sf_", "Salesforce ", "x-"]),
    after=st.sampled_from(["", "2", "_value", " (new)", "-old"]),
    depth=st.integers(0, 12),
)
def test_no_spelling_or_depth_lets_a_secret_through(
    word: str, before: str, after: str, depth: int
) -> None:
    """A secret's name is known with whatever stands around it, however deep it lies."""
    value: object = {f"{before}{word}{after}": CANARY}
    for _ in range(depth):
        value = {"more": [value]}

    found = read_integration({"configuration": {"settings": {"value": value}}})

    assert CANARY not in json.dumps(asdict(found))


@pytest.mark.parametrize(
    "word",
    [
        *("objects", "contact_interval", "custom_query", "Custom SOQL query", "environment"),
        *("passport_field", "author", "time_zone", "sync_conversations", "monkey", "pattern"),
    ],
)
def test_ordinary_settings_are_no_secrets(word: str) -> None:
    """Words that only look alike are shown."""
    assert not is_secret_word(word)


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("salesforce", "", True),
        ("crm", "Sales Force", True),
        ("sfdc_v2", "", True),
        ("crm", "SalesForce Connector", True),
        ("hotsos", "HotSOS", False),
        ("sales", "Sales desk", False),
    ],
)
def test_the_vendors_connector_is_known_by_code_or_name(
    code: str, name: str, expected: bool
) -> None:
    """Its code is published nowhere: code or name must say Salesforce."""
    assert read_integration({"code": code, "name": name}).is_salesforce == expected


@pytest.mark.parametrize("status", ["connected", "Connected", " CONNECTED "])
def test_connected_is_read_however_it_is_written(status: str) -> None:
    """A status that is spelt another way is the same status."""
    assert read_integration({"code": "salesforce", "status": status}).is_connected


@pytest.mark.parametrize("body", [None, [], "text", 3, {"configuration": 7}, {"code": {}}])
def test_other_shapes_are_nothing_rather_than_an_error(body: object) -> None:
    """A body that is no integration has no settings, no mapping, and is not connected."""
    found = read_integration(body, "salesforce")

    assert (found.code, found.configuration, found.mapping, found.is_connected) == (
        "salesforce",
        (),
        None,
        False,
    )


def test_an_integration_that_shows_its_mapping_costs_one_call(
    api: responses.RequestsMock, zingle: Zingle
) -> None:
    """The mapping's own address is asked only where the integration does not show it."""
    api.get(ONE, json={"code": "salesforce", "field_mapping": {"column_field_mapping": PAIRS}})

    found = integration_of(zingle, "s1", "salesforce")

    assert (len(found.mapping or ()), zingle.calls) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [({"json": {"column_field_mapping": PAIRS}}, 2), ({"status": 404, "json": {}}, None)],
)
def test_a_mapping_may_have_its_own_address_or_none(
    api: responses.RequestsMock, zingle: Zingle, answer: dict[str, Any], expected: int | None
) -> None:
    """A mapping that is nowhere is none, and no error."""
    api.get(ONE, json={"code": "salesforce", "status": "connected"})
    api.get(f"{ONE}/field-mapping", **answer)

    found = integration_of(zingle, "s1", "salesforce")

    assert (None if found.mapping is None else len(found.mapping)) == expected


def test_integrations_are_listed_over_pages(api: responses.RequestsMock, zingle: Zingle) -> None:
    """A list in pages is read to its end, and what is no object is left out."""
    api.get(LIST, json={"items": [{"code": "a"}, 7], "currentPage": 1, "lastPage": 2})
    api.get(f"{LIST}?page=2", json={"items": [{"code": "b"}], "currentPage": 2, "lastPage": 2})

    assert [one.code for one in integrations_of(zingle, "s1")] == ["a", "b"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_list_that_may_not_be_read_is_an_error(
    api: responses.RequestsMock, zingle: Zingle, status: int
) -> None:
    """Whether there is a connector is unknown then, which is not the same as none."""
    api.get(LIST, status=status, json={})

    with pytest.raises(ConfigurationError) as caught:
        integrations_of(zingle, "s1")
    assert caught.value.status == status
