"""Contacts in v2: create, read, replace, delete, and the way to them by external id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from zingle_sandbox.responses import json_response

from .after_read import was_read
from .contact_store import delete_contact, insert_contact, load, save
from .contact_view_v2 import view_contacts
from .contact_write_v2 import write_contact
from .endpoint import location
from .errors import Refused, V2Refused
from .ids import Kind, make_id

if TYPE_CHECKING:
    import sqlite3

    from .call import Call

# What an instance without PATCH answers: status and code.
_NO_PATCH = {404: "not_found", 405: "method_not_allowed", 501: "not_implemented"}


def list_contacts(call: Call) -> Response:
    """The contacts of a service, in one of the three shapes that the sources leave open."""
    call.need(3018)
    condition = {"read": " AND NOT is_unread", "unread": " AND is_unread"}.get(
        call.query.get("mentions") or "", ""
    )
    numbers = [
        row[0]
        for row in call.store.all(
            f"SELECT number FROM zg_contacts WHERE service = ?{condition} ORDER BY number",
            (call.service_number,),
        )
    ]
    match call.reading("v2_list"):
        case "array_capped":
            cap = int(call.sandbox.options["zingle_v2_cap"] or 0)
            return json_response(view_contacts(call, numbers[:cap]))
        case "paged":
            return json_response(page_envelope(call, numbers, view_contacts))
        case _:
            return json_response(view_contacts(call, numbers))


def page_envelope(call: Call, rows: list[Any], view: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of call and rows
    """The paged envelope of v2, with links to this page and the next one."""
    per_page = int(call.sandbox.options["zingle_v2_page_size"] or 0)
    text = call.query.get("page") or "1"
    page = int(text) if text.isdigit() and int(text) > 0 else 1
    last = max(1, -(-len(rows) // per_page))
    address = location(call, call.request.url.path)

    def link(number: int) -> dict[str, str]:
        return {"href": f"{address}?{urlencode({**call.query.values, 'page': number})}"}

    return {
        "total": len(rows),
        "currentPage": page,
        "perPage": per_page,
        "lastPage": last,
        "items": view(call, rows[(page - 1) * per_page : page * per_page]),
        "_links": {"self": link(page)} | ({"next": link(page + 1)} if page < last else {}),
    }


def get_contact(call: Call) -> Response:
    """One contact."""
    call.need(3018)
    return _show(call, call.contact_number())


def create_contact(call: Call) -> Response:
    """Create a contact; what a known externalId does, the profile decides.

    Raises:
        V2Refused: nothing to tell the contact by, or the externalId exists.
    """
    body = call.body
    named = any(body.get(key) for key in ("firstName", "lastName", "externalId"))
    if not named and not body.get("channels") and not body.get("contactFields"):
        raise V2Refused("validation_error", {"contact": "A name, id, channel or field is needed"})
    holder = _holder(call, body.get("externalId"))
    if holder is not None:
        match call.reading("v2_duplicate_external"):
            case "error":
                raise V2Refused("contact_external_id_exists", {"externalId": "It is taken"})
            case "upsert":
                call.need(3017)
                return _put(call, load(call, holder["number"]))
            case _:
                pass
    call.need(3016)
    contact = insert_contact(call)
    write_contact(call, contact, replace=False)
    if call.reading("v2_create_locks") == "yes":
        contact["locked_by_source"] = "api"
    return _saved(call, contact)


def put_contact(call: Call) -> Response:
    """Change or replace a contact, as the profile says."""
    call.need(3017)
    contact = load(call, call.contact_number())
    _refuse_taken(call, contact)
    return _put(call, contact)


def _refuse_taken(call: Call, contact: dict[str, Any]) -> None:
    """Refuse an external id that another contact has, unless the profile lets both have it.

    Raises:
        V2Refused: it is taken.
    """
    holder = _holder(call, call.body.get("externalId"))
    taken = holder is not None and holder["number"] != contact["number"]
    if taken and call.reading("v2_duplicate_external") != "duplicate":
        raise V2Refused("contact_external_id_exists", {"externalId": "It is taken"})


def patch_contact(call: Call) -> Response:
    """Change what the body names, as the option `zingle_v2_patch` says.

    * `merge`: channels of the body are added; `replaces_channels`: they take the place of all.
    * `ignored`: answers as if it had.
    * `absent`: older instances know no PATCH, whichever the contact, and say so with the status of
      the option `zingle_v2_patch_absent`.
    """
    reading = call.sandbox.options["zingle_v2_patch"]
    if reading == "absent":
        status = int(call.sandbox.options["zingle_v2_patch_absent"] or 0)
        raise V2Refused(_NO_PATCH[status], {}, status=status)
    call.need(3017)
    contact = load(call, call.contact_number())
    if reading == "ignored":
        return json_response({}, headers={"Location": _address(call, contact["number"])})
    _refuse_taken(call, contact)
    write_contact(call, contact, replace=False, keep_channels=reading == "merge")
    _lock_if_told(call, contact)
    return _saved(call, contact)


def remove_contact(call: Call) -> Response:
    """Delete a contact."""
    call.need(3015)
    delete_contact(call, call.contact_number())
    call.changed()
    return Response(status_code=200)


def get_by_reference(call: Call) -> Response:
    """The way to a contact by its external id: a redirect, or the contact itself."""
    call.need(3018)
    number = _referenced(call)
    if call.reading("ref_hit") == "200":
        return _show(call, number)
    return _redirect(call, number)


def _show(call: Call, number: int) -> Response:
    answer = json_response(view_contacts(call, [number])[0])
    was_read(call, [number])
    return answer


def _put(call: Call, contact: dict[str, Any]) -> Response:
    write_contact(call, contact, replace=call.reading("v2_put") == "replace")
    _lock_if_told(call, contact)
    return _saved(call, contact)


def _lock_if_told(call: Call, contact: dict[str, Any]) -> None:
    if call.sandbox.options["zingle_v2_put_locks"]:
        contact["locked_by_source"] = contact["locked_by_source"] or "api"


def _saved(call: Call, contact: dict[str, Any]) -> Response:
    save(call, contact)
    call.changed()
    return json_response({}, headers={"Location": _address(call, contact["number"])})


def _address(call: Call, number: int) -> str:
    contact_id = call.store.value("SELECT id FROM zg_contacts WHERE number = ?", (number,))
    name = contact_id or make_id(Kind.CONTACT, number)
    return location(call, f"/v2/services/{call.service['id']}/contacts/{quote(name)}")


def _redirect(call: Call, number: int) -> Response:
    address = _address(call, number)
    if call.reading("ref_hit") == "307_relative":
        address = address[address.index("/v2/") :]
    return Response(status_code=307, headers={"Location": address})


def _holder(call: Call, external_id: object) -> sqlite3.Row | None:
    if not isinstance(external_id, str) or not external_id:
        return None
    return call.store.one(
        "SELECT number FROM zg_contacts WHERE service = ? AND external_id = ? ORDER BY number",
        (call.service_number, external_id),
    )


def _referenced(call: Call) -> int:
    holder = _holder(call, call.path("external_id"))
    if holder is None:
        raise Refused(3000)
    return int(holder["number"])
