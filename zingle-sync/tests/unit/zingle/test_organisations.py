"""Services by name, as v1 and v2 list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from zingle_sync.zingle import SeenService, TransientError, Zingle, to_paste, visible_services

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "https://zingle.test"
A, B, C = (f"5d0c7a4e-6c1b-4d7a-9a35-2f6c1e8b9a0{number}" for number in (1, 2, 3))


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """A fake of the network, with one service in v1."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        rows = [{"id": A, "display_name": "Harbor Lights"}]
        mock.get(f"{ROOT}/v1/services", json={"status": {"total_records": 1}, "result": rows})
        yield mock


@pytest.fixture
def zingle() -> Iterator[Zingle]:
    """A client that does not wait."""
    settings = {"api_url": ROOT, "username": "u", "password": "p", "requests_per_second": 0}
    client = Zingle.from_settings(settings, sleep=lambda _: None)
    yield client
    client.close()


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_who_is_no_administrator_sees_what_v1_lists(
    api: responses.RequestsMock, zingle: Zingle, status: int
) -> None:
    """A refusal of the organisation's list takes nothing from what is known."""
    api.get(f"{ROOT}/v2/services", status=status, json={})

    assert visible_services(zingle) == (SeenService(A, "Harbor Lights"),)


@pytest.mark.parametrize("shape", ["array", "paged"])
def test_an_administrator_sees_every_service_of_the_organisation(
    api: responses.RequestsMock, zingle: Zingle, shape: str
) -> None:
    """v2 adds services that v1 does not list, their status, and whether one may work in them."""
    rows = [
        {"serviceUuid": A, "name": "Harbor Lights", "org": "o1", "accessible": True},
        {"serviceUuid": B, "name": "Bay View", "org": "o1", "accessible": False},
        {"serviceUuid": C, "name": "closed", "org": "o1", "accessible": True},
    ]
    pages = [rows] if shape == "array" else [rows[:2], rows[2:]]
    for number, page in enumerate(pages, 1):
        body = page if shape == "array" else {"items": page, "lastPage": 2, "currentPage": number}
        api.get(f"{ROOT}/v2/services" + (f"?page={number}" if number > 1 else ""), json=body)
    statuses = [{"uuid": A, "status": "active"}, {"uuid": C, "status": "Cancelled"}]
    api.get(f"{ROOT}/v2/organizations/o1/services", json=statuses)

    assert visible_services(zingle) == (
        SeenService(B, "Bay View", accessible=False),
        SeenService(C, "closed", accessible=True, status="cancelled"),
        SeenService(A, "Harbor Lights", accessible=True, status="active"),
    )


def test_an_outage_is_not_taken_for_a_refusal(api: responses.RequestsMock, zingle: Zingle) -> None:
    """Who asks in vain is told so, instead of a list that is short."""
    api.get(f"{ROOT}/v2/services", status=503)

    with pytest.raises(TransientError):
        visible_services(zingle)


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("service_id", f"service_id: {A}  # Harbor Lights"),
        ("service_ids", f"service_ids: [{A}]  # Harbor Lights"),
    ],
)
def test_the_line_to_paste_names_the_service_behind_its_id(setting: str, line: str) -> None:
    """Ids are identity, names are for people; where one may not work there is no line."""
    services = [SeenService(A, "Harbor Lights"), SeenService(B, "Bay View", accessible=False)]

    assert to_paste(services, setting) == [line]
