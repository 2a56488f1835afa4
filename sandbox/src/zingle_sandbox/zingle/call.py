"""One API call as a handler sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from zingle_sandbox.sandbox import changed, violation

from .errors import Refused
from .ids import Kind, read_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from starlette.requests import Request

    from zingle_sandbox.sandbox import Sandbox
    from zingle_sandbox.store import Store


_EXACT = ("channel_value", "contact_channel_value", "external_id", "search", "query")


@dataclass(frozen=True, slots=True)
class Query:
    """The decoded query string: the last value of each key, and every one of `sort_fields`."""

    values: dict[str, str]
    sort_fields: tuple[str, ...] = ()
    plus_in: tuple[str, ...] = ()

    def get(self, key: str) -> str | None:
        """The value of a key; None if absent or empty."""
        return self.values.get(key) or None


def parse_query(raw: str) -> Query:
    """Decode a query string as the service does: `+` is a space.

    `plus_in` names the keys of exact values in which an unescaped `+` was sent; such a filter
    misses.

    >>> parse_query("channel_value=+1858").get("channel_value")
    ' 1858'
    """
    values: dict[str, str] = {}
    sort_fields: list[str] = []
    plus_in: list[str] = []
    for part in filter(None, raw.split("&")):
        key_text, _, value_text = part.partition("=")
        key, value = unquote_plus(key_text), unquote_plus(value_text)
        if re.fullmatch(r"sort_fields(\[\d*\])?", key):
            sort_fields += [field.strip() for field in value.split(",") if field.strip()]
            key = "sort_fields"
        if key in _EXACT and key != "query" and "+" in value_text:
            plus_in.append(key)
        values[key] = value
    return Query(values, tuple(sort_fields), tuple(plus_in))


@dataclass(slots=True)
class Call:
    """One authenticated call.

    Attributes:
        query: the decoded query string.
        body: the JSON object of the request, `{}` if there was none.
        login: the user row.
        service: the service row that the path names; empty dictionary on other paths.
        version: 1 or 2.
        afterwards: what happens in the world once the answer is made.
    """

    sandbox: Sandbox
    request: Request
    query: Query
    body: dict[str, Any]
    login: sqlite3.Row
    service: Any
    version: int
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The database."""
        return self.sandbox.store

    @property
    def now(self) -> int:
        """Epoch seconds by the sandbox's clock."""
        return int(self.sandbox.clock.timestamp())

    @property
    def service_number(self) -> int:
        """The number of the service that the path names."""
        return int(self.service["number"])

    def reading(self, name: str) -> str:
        """The chosen reading of an ambiguity."""
        return self.sandbox.profile[name]

    def path(self, name: str) -> str:
        """A path parameter."""
        return str(self.request.path_params[name])

    def contact_number(self) -> int:
        """The number of the contact that the path names.

        Raises:
            Refused: 3000, there is none of this id in this service.
        """
        number = self.find_contact(self.path("contact_id"))
        if number is None:
            raise Refused(3000)
        return number

    def find_contact(self, contact_id: str) -> int | None:
        """The number of a contact of this service, by its id."""
        number = read_id(Kind.CONTACT, contact_id)
        found = self.store.value(
            "SELECT number FROM zg_contacts WHERE service = ? AND number = ? AND id IS NULL"
            if number is not None
            else "SELECT number FROM zg_contacts WHERE service = ? AND id = ?",
            (self.service_number, contact_id if number is None else number),
        )
        return None if found is None else int(found)

    def need(self, privilege: int) -> None:
        """Refuse the call if the login lacks a privilege.

        Raises:
            Refused: with the privilege's code.
        """
        denied = str(self.sandbox.options["zingle_denied"] or "")
        if str(privilege) in {code.strip() for code in denied.split(",")}:
            raise Refused(privilege)

    def changed(self, rows: int = 1) -> None:
        """Report changed business rows to the journal."""
        changed(self.request, rows)

    def violation(self, sentence: str) -> None:
        """Report what a well-behaved client must never do."""
        violation(self.request, sentence)

    def only_keys(self, body: dict[str, Any], known: frozenset[str], where: str = "") -> None:
        """Report body keys that no source names; the service's own answer to them is unknown."""
        for key in sorted(set(body) - known):
            self.violation(f"unknown body key {where}{key}")
