"""GET /v1/services/{id}/contacts: filters, sorts and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zingle_sandbox.responses import json_response

from .after_read import was_read
from .contact_view import Viewer
from .definition_views import channel_types
from .errors import Refused
from .ids import Kind, read_id
from .listing import PAGING, Where, read_page, time_range

if TYPE_CHECKING:
    from starlette.responses import Response

    from .call import Call


SORTABLE = {
    "id": "number",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "is_confirmed": "is_confirmed",
    "is_starred": "is_starred",
    "is_closed": "is_closed",
    "last_message_created_at": "last_message_at",
    "unconfirmed_at": "unconfirmed_at",
    "locked_by_source": "locked_by_source",
    "last_name": "last_name",
    "first_name": "first_name",
    "optin_status": "optin_status",
}
_FLAGS = ("is_confirmed", "is_starred", "is_closed")
_PLAIN = ("locked_by_source", "optin_status", "assigned_to_team_id")
QUERY = PAGING | {
    *_FLAGS,
    *_PLAIN,
    "channel_value",
    "channel_type_id",
    "external_id",
    "label_id",
    "contact_group_id",
    "assigned_to_user_id",
    "is_unassigned",
    "query",
    "search_message_bodies",
    "last_message_created_at",
}
_FEW = 5


def list_contacts(call: Call) -> Response:
    """One page of the service's contacts."""
    call.need(3018)
    where = _where(call)
    page = read_page(call, "zg_contacts", where, SORTABLE)
    result = Viewer.of(call).contacts(page.numbers)
    if where.selective and page.total <= _FEW:
        was_read(call, page.numbers)
    return json_response({"status": page.status, "result": result})


def _where(call: Call) -> Where:
    where = Where()
    external_id = call.query.get("external_id")
    if call.reading("external_id_filter") == "ignored":
        external_id = None
    if call.query.get("channel_value") is not None or call.query.get("channel_type_id") is not None:
        _channel(call, where)
    _members(call, where)
    walks = not where.selective
    if external_id is not None:
        where.add("external_id = ?", external_id, selective=True)
    _state(call, where)
    if (text := call.query.get("query")) is not None:
        _search(call, where, text)
    # Where something else than the external id finds the rows, SQLite must not walk the service.
    where.add(f"{'' if walks else '+'}service = ?", call.service_number)
    return where


def _members(call: Call, where: Where) -> None:
    """Filters by label and by group."""
    for key, table, column, kind in (
        ("label_id", "zg_contact_labels", "label", Kind.LABEL),
        ("contact_group_id", "zg_contact_groups", "grp", Kind.GROUP),
    ):
        if (value := call.query.get(key)) is not None:
            where.add(
                f"number IN (SELECT contact FROM {table} WHERE {column} = ?)",
                read_id(kind, value) or 0,
                selective=True,
            )


def _state(call: Call, where: Where) -> None:
    """Filters by flag, assignment, lock, opt-in and last message."""
    query = call.query
    for flag in _FLAGS:
        if (text := query.get(flag)) is not None:
            where.add(f"{flag} = ?", {"true": 1, "1": 1, "false": 0, "0": 0}.get(text, -1))
    for key in _PLAIN:
        if (text := query.get(key)) is not None:
            where.add(f"{key.replace('_to_team_id', '_team')} = ?", text)
    if (user := query.get("assigned_to_user_id")) is not None:
        where.add("assigned_user = (SELECT number FROM zg_users WHERE id = ?)", user)
    if query.get("is_unassigned") == "true":
        where.add("assigned_user IS NULL AND assigned_team IS NULL")
    if (text := query.get("last_message_created_at")) is not None:
        for operator, bound in time_range(call, text):
            where.add(f"last_message_at {operator} ?", bound)


def _channel(call: Call, where: Where) -> None:
    value, type_id = call.query.get("channel_value"), call.query.get("channel_type_id")
    if value is None or type_id is None:
        raise Refused(5000)
    kind = next((row for row in channel_types(call).values() if row["id"] == type_id), None)
    if kind is None:
        raise Refused(2605)
    if "*" in value:
        pattern = value.replace("[", "[[]").replace("?", "[?]")
        matches, parameters = "value GLOB ?", [pattern]
    elif call.reading("email_case") == "insensitive":
        matches, parameters = "lower(value) = lower(?)", [value]
    else:
        matches, parameters = "lower(value) = lower(?) AND +value = ?", [value, value]
    where.add(
        f"number IN (SELECT contact FROM zg_channels WHERE service = ? AND type = ? AND {matches})",
        call.service_number,
        kind["number"],
        *parameters,
        selective=True,
    )


def _search(call: Call, where: Where, text: str) -> None:
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    condition = (
        "(coalesce(first_name, '') || ' ' || coalesce(last_name, '') LIKE ? ESCAPE '\\'"
        " OR number IN (SELECT contact FROM zg_channels WHERE value LIKE ? ESCAPE '\\')"
    )
    parameters = [like, like]
    if call.query.get("search_message_bodies") == "true":
        condition += " OR number IN (SELECT contact FROM zg_messages WHERE body LIKE ? ESCAPE '\\')"
        parameters.append(like)
    where.add(condition + ")", *parameters)
