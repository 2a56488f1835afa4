"""Addresses of the API and the ids in them. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from zingle_sync.zingle.errors import GoneError

_UUID_LENGTH = 36


def root_of(api_url: str) -> str:
    """The address from which v1 and v2 are derived.

    >>> root_of("https://api.zingle.me/v1/")
    'https://api.zingle.me'
    """
    root = api_url.rstrip("/")
    for version in ("/v1", "/v2"):
        root = root.removesuffix(version)
    return root.rstrip("/")


def segment(value: str) -> str:
    """An id as one segment of a path.

    Raises:
        GoneError: It is `.` or `..`, which would lead to another path, and is nobody's id.
    """
    if value in {".", ".."}:
        raise GoneError("an id of nothing but dots names nothing")
    return quote(value, safe="")


def contacts_path(service_id: str) -> str:
    """A service's contacts, below `/v1/` or `/v2/`."""
    return f"services/{segment(service_id)}/contacts"


def contact_path(service_id: str, contact_id: str, *, version: str = "v1") -> str:
    """One contact, from the root."""
    return f"/{version}/{contacts_path(service_id)}/{segment(contact_id)}"


def id_in(location: str | None, asked: str) -> str | None:
    """The contact id at the end of a Location that is a contact's on our own host, else None.

    Gateways redirect, too: to a log-in, to the same path with a slash, or to the list.

    Args:
        location: The header.
        asked: Whole address of the request.
    """
    if not location:
        return None
    try:
        target = urlsplit(urljoin(asked, location))
    except ValueError:
        return None
    found = re.fullmatch(r".*/contacts/([^/]+)/?", target.path)
    if found is None or target.netloc != urlsplit(asked).netloc:
        return None
    return unquote(found[1])


def record_id(payload: object) -> str | None:
    """The id of a v2 record: `uuid` if present, else `id` if it is a UUID (contract, U11)."""
    if not isinstance(payload, dict):
        return None
    for key in ("uuid", "id"):
        value = payload.get(key)
        if isinstance(value, str) and len(value) == _UUID_LENGTH:
            return value
    return None
