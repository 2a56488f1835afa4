"""The Zingle connection's settings, declared once for every plugin that uses it."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

from zingle_sync.http import address_problem, header_problem

if TYPE_CHECKING:
    from collections.abc import Mapping


def _text(title: str, description: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "title": title, "description": description}


def _secret(title: str, description: str) -> dict[str, Any]:
    return {**_text(title, description), "secret": True, "writeOnly": True}


CONNECTION_SETTINGS: dict[str, dict[str, Any]] = {
    "api_url": {
        "type": "string",
        "title": "API address",
        "description": "Root address of the Zingle API; v1 and v2 are derived from it.",
        "default": "https://api.zingle.me",
    },
    "username": _text("Username", "Log-in of the API user, with `password`."),
    "password": _secret("Password", "Password of the API user."),
    "token": _secret(
        "Token",
        "A JSON Web Token instead of, or besides, username and password: refreshed at half of its "
        "life, and with username and password replaced when it ends. Or a token of the "
        "organisation, which is made anew when it has expired.",
    ),
    "concurrency": {
        "type": "integer",
        "title": "Concurrency",
        "description": "Number of workers that call Zingle at the same time.",
        "default": 4,
        "minimum": 1,
        "maximum": 64,
    },
    "requests_per_second": {
        "type": "number",
        "title": "Requests per second",
        "description": (
            "Most calls per second, 0 for no limit. Lowered for a while when Zingle answers 429."
        ),
        "default": 10,
        "minimum": 0,
    },
    "request_timeout": {
        "type": "integer",
        "title": "Request timeout",
        "description": "Seconds until a call without an answer is given up.",
        "default": 60,
        "minimum": 1,
    },
    "external_id_storage": {
        "type": "string",
        "title": "External id storage",
        "description": (
            "Where a contact keeps the Salesforce record's id: Zingle's own external id, "
            "or a contact field."
        ),
        "default": "native",
        "enum": ["native", "custom_field"],
    },
    "external_id_field": {
        "type": "string",
        "title": "External id field",
        "description": "Name of the contact field used by `external_id_storage: custom_field`.",
        "default": "Salesforce ID",
    },
}

# What belongs together: one group per way to log in.
LOGIN_GROUPS: tuple[tuple[str, ...], ...] = (("username", "password"), ("token",))


def with_defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The connection settings without what a copied text brings along.

    Absent and empty ones have the defaults declared above.
    """
    given: dict[str, Any] = {}
    for name, declared in CONNECTION_SETTINGS.items():
        value = settings.get(name)
        if isinstance(value, str):
            value = value.strip("\r\n") if name == "password" else value.strip()
        given[name] = declared.get("default") if value in (None, "") else value
    return given


def problems_in(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with connection settings, as sentences that show no secret.

    Args:
        given: As `with_defaults` gives them.
    """
    problems = [
        f"{name} must be {'a number' if is_number else 'a text: put it in quotes'}."
        for name, declared in CONNECTION_SETTINGS.items()
        for is_number in [declared["type"] in ("integer", "number")]
        if given[name] is not None
        and not (_reads_as_number(given[name]) if is_number else isinstance(given[name], str))
    ]
    if problems:
        return problems
    if address := address_problem(given["api_url"]):
        problems.append(f"api_url {address}.")
    if given["token"] and (token := header_problem(given["token"])):
        problems.append(f"token {token}.")
    problems += [
        f"{name} holds a line break or another control character; copy it again."
        for name in ("username", "password")
        if any(unicodedata.category(char) == "Cc" for char in given[name] or "")
    ]
    if not given["token"] and not (given["username"] and given["password"]):
        problems.append("set username and password, or token, for Zingle")
    return problems


def _reads_as_number(value: object) -> bool:
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False
