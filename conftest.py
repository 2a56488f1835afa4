"""Test rooms and hypothesis profiles for the whole workspace."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
import pytest_socket
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

# Everybody's run tries the same examples; new ones are looked for by `make test-deep`.
settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep", parent=settings.get_profile("ci"), derandomize=False, max_examples=1000
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
DEEP = PROFILE == "deep"
settings.load_profile(PROFILE)

ROOMS = ("unit", "contract", "e2e")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with its room, read from the path, so that nobody forgets one."""
    for item in items:
        parts = Path(item.path).parts
        room = next((room for room in ROOMS if room in parts), "package")
        item.add_marker(room)
        if item.get_closest_marker("matrix") and not DEEP:
            item.add_marker(pytest.mark.skip(reason="a part of the matrix of `make test-deep`"))


@pytest.fixture(autouse=True)
def _unit_tests_open_no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse sockets in the unit room."""
    if not request.node.get_closest_marker("unit"):
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture
def port() -> int:
    """A free port, for programs that must be told one.

    Below those that a system gives to whoever connects (from 32768 on): such a one could be taken
    between this look and its use.
    """
    first = 20_000 + os.getpid() % 10_000
    for number in range(first, first + 1_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", number))
            return number
    pytest.fail("no free port")


def _missing(error: Exception) -> NoReturn:
    """Tests install nothing: without a program they are skipped, and CI has it."""
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """A headless Chromium."""
    from browser import NoBrowserError, chromium  # noqa: PLC0415 - most runs need no browser

    try:
        with chromium() as driver:
            yield driver
    except NoBrowserError as error:
        _missing(error)


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[Path]:
    """The folder of a running PostgreSQL server's socket."""
    from postgresql import NoServerError, server  # noqa: PLC0415 - most runs need no server

    try:
        with server() as folder:
            yield folder
    except NoServerError as error:
        _missing(error)


@pytest.fixture
def postgresql_url(postgresql_socket: Path, request: pytest.FixtureRequest) -> str:
    """A new, empty database."""
    from postgresql import new_database  # noqa: PLC0415 - most runs need no server

    return new_database(postgresql_socket, f"log_{abs(hash(request.node.nodeid))}")


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each kind of database that the sync log supports."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/log.db"
    return str(request.getfixturevalue("postgresql_url"))
