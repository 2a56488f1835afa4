"""The client against the simulated service, over real sockets."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from zingle_sync.zingle import (
    PAGE_SIZE,
    ConfigurationError,
    GoneError,
    Zingle,
    record_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zingle_sandbox.testing import RunningSandbox


@pytest.fixture
def zingle(sandbox: RunningSandbox) -> Iterator[Zingle]:
    """A client with username and password."""
    client = Zingle.from_settings({**sandbox.zingle_settings(), "requests_per_second": 0})
    yield client
    client.close()


def contacts(sandbox: RunningSandbox, count: int) -> list[str]:
    """Add that many contacts."""
    from zingle_sandbox.zingle import insert_contacts  # noqa: PLC0415 - after the fixture

    rows: list[Any] = [
        {
            "external_id": f"x{number}",
            "channels": [{"type": "phone", "value": f"+1858{number:07}", "country": "US"}],
            "created_at": 1_700_000_000 + number // 7,
        }
        for number in range(2_000_000, 2_000_000 + count)
    ]
    return list(insert_contacts(sandbox.sandbox, rows))


def test_the_log_in_and_its_services_are_known(sandbox: RunningSandbox, zingle: Zingle) -> None:
    """Two calls tell who we are and what the service defines."""
    service = zingle.service(sandbox.service_id)

    assert "account" == zingle.whoami()["authorization_class"]
    assert {"PhoneNumber", "EmailAddress"} <= {
        kind["type_class"] for kind in service["channel_types"]
    }
    assert [sandbox.service_id] == [one["id"] for one in zingle.services()]
    assert (3, 3) == (zingle.calls, sandbox.calls("zingle"))


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"page_drift": "insert_between_pages"},
        {"tie_order": "stable"},
        {"id_sort": "refused", "tie_order": "stable"},
        {"page_size_1000": "refused"},
    ],
)
def test_every_contact_is_listed_once(
    sandbox: RunningSandbox, zingle: Zingle, profile: dict[str, str]
) -> None:
    """Ties, drift and refused sorts lose nobody."""
    ids = set(contacts(sandbox, 2 * PAGE_SIZE + 3))
    sandbox.sandbox.choose_profile(profile)

    listed = [contact["id"] for contact in zingle.contacts(sandbox.service_id)]

    assert len(listed) == len(set(listed))
    assert ids <= set(listed)


@pytest.mark.parametrize("reading", ["307_absolute", "307_relative", "200"])
def test_external_ids_are_resolved_under_every_reading(
    sandbox: RunningSandbox, zingle: Zingle, reading: str
) -> None:
    """A hit is the contact's id, a miss is None."""
    (contact_id,) = contacts(sandbox, 1)
    sandbox.sandbox.choose_profile({"ref_hit": reading})

    found = [
        zingle.contact_id_by_external_id(sandbox.service_id, value)
        for value in ("x2000000", "nobody")
    ]

    assert [contact_id, None] == found


def test_contacts_are_created_changed_and_found(sandbox: RunningSandbox, zingle: Zingle) -> None:
    """The calls that the target makes do what they say."""
    service = sandbox.service_id
    body = {
        "firstName": "Ann",
        "externalId": "x",
        "channels": [{"type": "phone_number", "value": "+18585551212"}],
    }
    contact_id = zingle.create_contact(service, body)
    contact = zingle.contact(service, contact_id)
    phone_type = contact["channels"][0]["channel_type"]["id"]

    assert [contact_id] == [
        row["id"] for row in zingle.find_contacts_by_external_id(service, "x").rows
    ]
    assert [contact_id] == [
        row["id"]
        for row in zingle.find_contacts_by_channel(service, phone_type, "+18585551212").rows
    ]
    record = zingle.contact_v2(service, contact_id)
    assert (contact_id, "x") == (record_id(record), record["externalId"])
    with pytest.raises(GoneError):
        zingle.contact(service, "00000000-0000-4000-8000-000000000000")


def test_messages_since_a_moment(sandbox: RunningSandbox, zingle: Zingle) -> None:
    """The lower bound is in seconds and takes one second too many rather than too few."""
    from zingle_sandbox.zingle import insert_messages  # noqa: PLC0415 - after the fixture

    (contact_id,) = contacts(sandbox, 1)
    rows: list[Any] = [
        {"contact_id": contact_id, "direction": "inbound", "body": "x", "created_at": second}
        for second in range(1_700_000_000, 1_700_000_010)
    ]
    insert_messages(sandbox.sandbox, rows)

    listing = zingle.listing(sandbox.service_id, "messages", "created_at", 1_700_000_005)

    assert [1_700_000_005 + n for n in range(5)] == [row["created_at"] for row in listing]
    assert listing.proved


def new_token(sandbox: RunningSandbox) -> str:
    """A fresh token from the service."""
    known = sandbox.zingle_settings()
    answer = requests.post(
        f"{sandbox.url}/v2/token", auth=(known["username"], known["password"]), timeout=10
    )
    return str(answer.json()["token"])


def test_a_token_works_and_is_refreshed_when_it_is_forgotten(sandbox: RunningSandbox) -> None:
    """A token that expires in the middle of a run costs one renewal, no failure."""
    from zingle_sandbox.faults import FaultRule  # noqa: PLC0415 - after the fixture

    settings = {**sandbox.zingle_settings(), "token": new_token(sandbox)}
    client = Zingle.from_settings({**settings, "requests_per_second": 0})
    sandbox.sandbox.faults.add(FaultRule("expire_token", skip=1, times=1, system="zingle"))

    names = [client.service(sandbox.service_id)["id"] for _ in range(4)]

    assert [sandbox.service_id] * 4 == names
    client.close()


def test_a_pasted_token_that_dies_says_so(sandbox: RunningSandbox) -> None:
    """Without a password there is nothing left to try."""
    settings = {"api_url": sandbox.url, "token": "not.a.token"}
    client = Zingle.from_settings(settings)

    with pytest.raises(ConfigurationError, match="token has expired or was revoked"):
        client.whoami()
    client.close()


def test_half_of_a_tokens_life_is_enough(sandbox: RunningSandbox) -> None:
    """The refresh comes before the end, by the token's own claims."""
    sandbox.sandbox.set_options({"zingle_token_seconds": 60})
    token = new_token(sandbox)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    now = [time.monotonic()]
    client = Zingle.from_settings(
        {"api_url": sandbox.url, "token": token, "requests_per_second": 0}, clock=lambda: now[0]
    )
    client.whoami()
    now[0] += (claims["exp"] - claims["iat"]) / 2 + 1
    sandbox.clear_journal()

    client.whoami()

    assert ["/v2/token/refresh", "/v1/"] == [call.path for call in sandbox.journal()]
    client.close()


def test_threads_share_a_client(sandbox: RunningSandbox, zingle: Zingle) -> None:
    """Sixteen workers read at once, each over its own connection."""
    ids = contacts(sandbox, 64)

    with ThreadPoolExecutor(16) as pool:
        read = list(pool.map(lambda one: zingle.contact(sandbox.service_id, one)["id"], ids))

    assert ids == read
    assert 64 == zingle.calls
