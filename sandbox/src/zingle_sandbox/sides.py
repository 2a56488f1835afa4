"""The two services behind one interface; see `Sandbox` for what each side offers."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from zingle_sandbox.sandbox import Option, Sandbox


class Side(Protocol):
    """What `zingle_sandbox.salesforce` and `zingle_sandbox.zingle` offer."""

    PROFILES: Mapping[str, tuple[str, ...]]
    OPTIONS: Mapping[str, Option]

    def routes(self, sandbox: Sandbox) -> list[BaseRoute]:
        """The HTTP surface of this side."""

    def create_tables(self, connection: sqlite3.Connection) -> None:
        """Create this side's tables."""

    def insert_base(self, sandbox: Sandbox) -> None:
        """Insert what exists in an empty world."""

    def not_found(self, request: Request) -> Response:
        """The answer to an unknown path."""

    def expire_token(self, sandbox: Sandbox, authorization: str) -> None:
        """Forget the token of an `Authorization` header value; ignore what is no token."""


@lru_cache(maxsize=1)
def both() -> tuple[Side, Side]:
    """Salesforce, Zingle. Imported late, so that the command line and pytest start quickly."""
    return (
        cast("Side", importlib.import_module("zingle_sandbox.salesforce")),
        cast("Side", importlib.import_module("zingle_sandbox.zingle")),
    )


def known_profiles() -> dict[str, tuple[str, ...]]:
    """Every profile with its values, the default first."""
    return {name: values for side in both() for name, values in side.PROFILES.items()}


def known_options() -> dict[str, Option]:
    """Every option with its default."""
    return {name: value for side in both() for name, value in side.OPTIONS.items()}


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables of both sides."""
    for side in both():
        side.create_tables(connection)


def insert_base(sandbox: Sandbox) -> None:
    """Insert what exists in two empty worlds."""
    for side in both():
        side.insert_base(sandbox)
