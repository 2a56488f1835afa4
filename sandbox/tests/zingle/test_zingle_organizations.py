from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sandbox import zingle
from zingle_sandbox.credentials import ZINGLE_ORGANIZATION_ID, ZINGLE_ORGANIZATION_TOKEN
from zingle_sandbox.zingle import ServiceSeed

if TYPE_CHECKING:
    from .conftest import Api


SECOND = "11111111-2222-4333-8444-555555555555"
OF_ORGANIZATION = f"/v2/organizations/{ZINGLE_ORGANIZATION_ID}/services"


@pytest.fixture
def admin(api: Api) -> Api:
    """A login that administers an organisation of two services, the second not opened to it."""
    sandbox = api.running.sandbox
    zingle.insert_services(sandbox, [ServiceSeed(SECOND, "Dune House")])
    sandbox.store.execute(
        "DELETE FROM zg_user_services WHERE service ="
        " (SELECT number FROM zg_services WHERE id = ?)",
        (SECOND,),
    )
    api.option(org_admin=True)
    return api


def bearer(api: Api, path: str) -> requests.Response:
    """A GET with the organisation's token."""
    headers = {"Authorization": f"Bearer {ZINGLE_ORGANIZATION_TOKEN}"}
    return requests.get(api.running.url + path, headers=headers, timeout=10)


def test_an_administrator_sees_every_service(admin: Api, clean: None) -> None:
    """A paged envelope whose items say which of them the login may open."""
    page = admin.send("GET", "/v2/services").json()

    assert (2, 1, 1) == (page["total"], page["currentPage"], page["lastPage"])
    assert {"serviceUuid", "name", "accountName", "org", "sso", "accessible", "id"} == page[
        "items"
    ][0].keys()
    assert [("Dune House", False), ("Harbor Lights Hotel", True)] == [
        (item["name"], item["accessible"]) for item in page["items"]
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"query": "dune"}, ["Dune House"]),
        ({"serviceuuid": SECOND}, ["Dune House"]),
        ({"org": ZINGLE_ORGANIZATION_ID}, ["Dune House", "Harbor Lights Hotel"]),
        ({"org": "another"}, []),
        ({"sso": "true"}, []),
        ({"sso": "false", "query": "harbor"}, ["Harbor Lights Hotel"]),
    ],
)
def test_services_are_asked_for(
    admin: Api, clean: None, *, query: dict[str, Any], names: list[str]
) -> None:
    """By name, id, organisation and single sign-on."""
    page = admin.send("GET", "/v2/services", params=query).json()

    assert names == [item["name"] for item in page["items"]]


def test_pages_are_followed_by_their_links(admin: Api, clean: None) -> None:
    """A page leads to the next one with the same question."""
    admin.option(v2_page_size=1)

    first = admin.send("GET", "/v2/services", params={"query": "h"}).json()
    second = admin.session.get(first["_links"]["next"]["href"], timeout=10).json()

    assert ("Dune House", "Harbor Lights Hotel") == (
        first["items"][0]["name"],
        second["items"][0]["name"],
    )
    assert "query=h" in second["_links"]["self"]["href"]
    assert "next" not in second["_links"]


@pytest.mark.parametrize("path", ["/v2/services", OF_ORGANIZATION])
def test_an_ordinary_login_is_refused(api: Api, clean: None, path: str) -> None:
    """Whoever administers no organisation gets 401, and works on in its services."""
    assert (401, ["error"]) == (
        api.send("GET", path).status_code,
        list(api.send("GET", path).json()),
    )
    assert 200 == api.v2("GET", "/users").status_code


def test_an_organization_lists_its_services(admin: Api, clean: None) -> None:
    """A plain array with name, code, status and id."""
    admin.option(suspended_services=SECOND)

    listed = admin.send("GET", OF_ORGANIZATION).json()

    assert {"displayName", "serviceCode", "status", "uuid"} == listed[0].keys()
    assert [(SECOND, "inactive"), (admin.service_id, "active")] == [
        (one["uuid"], one["status"]) for one in listed
    ]


def test_the_list_of_an_organization_may_be_paged(admin: Api, clean: None) -> None:
    """No source says whether it is."""
    admin.option(organization_services="paged", v2_page_size=1)

    page = admin.send("GET", OF_ORGANIZATION, params={"page": 2}).json()

    assert (2, [admin.service_id]) == (page["lastPage"], [one["uuid"] for one in page["items"]])


def test_an_unknown_organization_is_404(admin: Api, clean: None) -> None:
    """An administrator of one organisation asks for another."""
    assert 404 == admin.send("GET", "/v2/organizations/another/services").status_code


@pytest.mark.parametrize(
    "path", ["/v1/", f"/v1/services/{SECOND}", f"/v2/services/{SECOND}/users", OF_ORGANIZATION]
)
def test_the_token_of_an_organization_opens_all_of_it(admin: Api, clean: None, path: str) -> None:
    """As Bearer on both versions, for services that no user of the log-in sees as well."""
    admin.option(org_admin=False)

    assert 200 == bearer(admin, path).status_code
    assert 128 == len(ZINGLE_ORGANIZATION_TOKEN)


@pytest.mark.parametrize(
    ("standing", "word"), [("expired", "token_expired"), ("revoked", "login_failure")]
)
def test_the_token_of_an_organization_ends(api: Api, standing: str, word: str) -> None:
    """401 with the reason in v2, 2601 in v1; it cannot be refreshed."""
    api.option(organization_token=standing)

    assert (401, {"error": word}) == (
        bearer(api, "/v2/users/me").status_code,
        bearer(api, "/v2/users/me").json(),
    )
    assert 2601 == api.code(bearer(api, "/v1/"))
    assert 400 == bearer(api, "/v2/token/refresh").status_code


def test_the_fault_that_expires_tokens_ends_this_one_too(api: Api) -> None:
    """The token is forgotten first, and refused from then on."""
    api.running.faults.add(kind="expire_token", path="/v2/users/me", times=1)

    assert [401, 401] == [bearer(api, "/v2/users/me").status_code for _ in range(2)]
