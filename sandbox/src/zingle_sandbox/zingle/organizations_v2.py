"""The services of an organisation, in v2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zingle_sandbox.credentials import ZINGLE_ORGANIZATION_ID
from zingle_sandbox.responses import json_response

from .auth import AuthFailed, is_organization_token
from .contacts_v2 import page_envelope
from .endpoint import listed_ids
from .errors import V2Refused

if TYPE_CHECKING:
    import sqlite3

    from starlette.responses import Response

    from .call import Call


SERVICES_QUERY = frozenset({"sso", "org", "serviceuuid", "query", "page"})


def list_services(call: Call) -> Response:
    """The services that an administrator of the organisation sees: all, or those asked for."""
    _administers(call)
    query = call.query
    rows = [
        row
        for row in _services(call)
        if query.get("org") in {None, ZINGLE_ORGANIZATION_ID}
        and query.get("sso") in {None, "false", "0"}
        and query.get("serviceuuid") in {None, row["id"]}
        and (query.get("query") or "").casefold() in row["display_name"].casefold()
    ]
    return json_response(_paged(call, rows, _service))


def list_of_organization(call: Call) -> Response:
    """The services of one organisation.

    Raises:
        V2Refused: there is no such organisation.
    """
    _administers(call)
    if call.path("organization_id") != ZINGLE_ORGANIZATION_ID:
        raise V2Refused("organization_not_found", {}, status=404)
    rows = _services(call)
    if call.sandbox.options["zingle_organization_services"] == "paged":
        return json_response(_paged(call, rows, _of_organization))
    return json_response([_of_organization(call, row) for row in rows])


def _administers(call: Call) -> None:
    if not call.sandbox.options["zingle_org_admin"] and not is_organization_token(call.request):
        raise AuthFailed("unauthorized", "This login does not administer an organisation")


def _services(call: Call) -> list[sqlite3.Row]:
    return call.store.all("SELECT * FROM zg_services ORDER BY display_name, number")


def _paged(call: Call, rows: list[sqlite3.Row], view: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of call and row
    return page_envelope(call, rows, lambda call, rows: [view(call, row) for row in rows])


def _service(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    seen = call.store.one(
        "SELECT 1 FROM zg_user_services WHERE user = ? AND service = ?",
        (call.login["number"], row["number"]),
    )
    return {
        "id": row["number"],
        "serviceUuid": row["id"],
        "name": row["display_name"],
        "accountName": "Harbor Hotels",
        "org": ZINGLE_ORGANIZATION_ID,
        "sso": False,
        "accessible": seen is not None or is_organization_token(call.request),
    }


def _of_organization(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    options = call.sandbox.options
    suspended = options["zingle_suspended"] or row["id"] in listed_ids(
        call.sandbox, "zingle_suspended_services"
    )
    return {
        "uuid": row["id"],
        "displayName": row["display_name"],
        "serviceCode": f"HH{row['number']:04d}",
        "status": "inactive" if suspended else "active",
    }
