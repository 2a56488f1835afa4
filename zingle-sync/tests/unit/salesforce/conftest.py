"""A Salesforce made of Python functions, mounted into a requests session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses
from responses import RequestsMock

from zingle_sync.salesforce import Salesforce
from zingle_sync.salesforce.calls import Caller
from zingle_sync.salesforce.flows import Connection, connection_from

INSTANCE = "https://acme.my.salesforce.com"
DATA = f"{INSTANCE}/services/data/v62.0"
TOKEN_URL = f"{INSTANCE}/services/oauth2/token"
SETTINGS = {"domain": "acme.my.salesforce.com", "client_id": "id", "client_secret": "secret"}


@pytest.fixture
def mock() -> Iterator[RequestsMock]:
    """Registered answers; every one of them must be asked for."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def log_in(mock: RequestsMock) -> Callable[..., None]:
    """Let the next login succeed with a token."""

    def add(token: str = "00Dxx!first", **more: Any) -> None:
        mock.post(
            TOKEN_URL,
            json={
                "access_token": token,
                "instance_url": INSTANCE,
                "id": f"{INSTANCE}/id/00D000000000001EAA/005000000000001AAA",
                **more,
            },
        )

    return add


@pytest.fixture
def sleeps() -> list[float]:
    """How long the client wanted to sleep, each time."""
    return []


@pytest.fixture
def make(sleeps: list[float]) -> Callable[..., Salesforce]:
    """Make a client that sleeps never and knows no chance."""

    def client(**settings: Any) -> Salesforce:
        read = connection_from({**SETTINGS, **settings})
        assert isinstance(read, Connection), read
        caller = Caller(read, sleep=sleeps.append, jitter=lambda: 1.0, now=lambda: 1_000_000.0)
        return Salesforce(caller)

    return client
