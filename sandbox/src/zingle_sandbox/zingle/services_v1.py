"""Services, accounts, users, time zones and the login itself, in v1. Read only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import json_response

from .channels_view import service_channel_view
from .definition_views import (
    channel_type_view,
    channel_types,
    field_view,
    group_view,
    label_view,
    team_view,
    template_view,
)
from .endpoint import v1_status
from .errors import Refused
from .fields import fields_of
from .ids import Kind, make_id
from .listing import PAGING, Where, read_page

if TYPE_CHECKING:
    from starlette.responses import Response

    from .call import Call


_FILTERS = {
    "account_id": "account_id",
    "display_name": "display_name",
    "address": "address",
    "city": "city",
    "state": "state",
    "country": "country",
    "postal_code": "postal_code",
    "channel_value": "phone_number",
}
SERVICES_QUERY = PAGING | set(_FILTERS)
_SORTABLE = {
    "id": "number",
    "display_name": "display_name",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
# The published example of the list of services lacks them; that of a single service has them.
_LEFT_OUT_OF_LISTS = frozenset({"templates", "automations"})


def who_am_i(call: Call) -> Response:
    """The login: `status` and `auth`, no `result`."""
    user = call.login
    return json_response(
        {
            "status": v1_status(200),
            "auth": {
                "id": user["id"],
                "email": user["email"],
                "first_name": user["first_name"],
                "last_name": user["last_name"],
                "title": user["title"],
                "authorization_class": user["authorization_class"],
            },
        }
    )


def list_services(call: Call) -> Response:
    """The services that the login sees."""
    where = Where()
    where.add(
        "number IN (SELECT service FROM zg_user_services WHERE user = ?)", call.login["number"]
    )
    for key, column in _FILTERS.items():
        if (text := call.query.get(key)) is not None:
            where.add(f"{column} GLOB ?", text.replace("[", "[[]").replace("?", "[?]"))
    page = read_page(call, "zg_services", where, _SORTABLE, named="display_name")
    result = []
    for number in page.numbers:
        call.service = call.store.one("SELECT * FROM zg_services WHERE number = ?", (number,))
        view = service_view(call)
        if call.reading("service_list") == "short":
            view = {key: view[key] for key in view if key not in _LEFT_OUT_OF_LISTS}
        result.append(view)
    return json_response({"status": page.status, "result": result})


def get_service(call: Call) -> Response:
    """One service with its definitions embedded."""
    return json_response({"status": v1_status(200), "result": service_view(call)})


def service_view(call: Call) -> dict[str, Any]:
    """The service of the call, whole."""
    service = call.service
    number = (service["number"],)
    labels = call.store.all("SELECT * FROM zg_labels WHERE service = ? ORDER BY number", number)
    groups = call.store.all("SELECT * FROM zg_groups WHERE service = ? ORDER BY number", number)
    templates = call.store.all(
        "SELECT * FROM zg_templates WHERE service = ? ORDER BY number", number
    )
    teams = call.store.all("SELECT * FROM zg_teams WHERE service = ? ORDER BY number", number)
    automations = call.store.all(
        "SELECT * FROM zg_automations WHERE service = ? ORDER BY number", number
    )
    return {
        "id": service["id"],
        "display_name": service["display_name"],
        "business_name": service["business_name"],
        "time_zone": service["time_zone"],
        "account": {
            "id": service["account_id"],
            "display_name": "Harbor Hotels",
            "term_months": 1,
            "current_term_start_date": service["created_at"],
            "current_term_end_date": None,
            "created_at": service["created_at"],
            "updated_at": service["updated_at"],
        },
        "plan": {
            "id": make_id(Kind.PLAN, 1),
            "code": "sandbox",
            "display_name": "Sandbox",
            "monthly_or_unit_price": 0,
            "setup_price": 0,
            "term_months": 1,
            "is_printer_plan": False,
        },
        "channels": [service_channel_view(call)] if service["phone_number"] else [],
        "channel_types": [channel_type_view(row) for row in channel_types(call).values()],
        "contact_labels": [label_view(row) for row in labels],
        "contact_groups": [group_view(row) for row in groups],
        "teams": [team_view(row, service["created_at"]) for row in teams],
        "printers": [],
        "calendar_event_types": [],
        "contact_custom_fields": [field_view(field) for field in fields_of(call).values()],
        "features": json.loads(service["features"]),
        "templates": [template_view(row) for row in templates],
        "automations": [
            {
                "id": row["id"],
                "display_name": row["display_name"],
                "type": row["type"],
                "status": "active",
                "is_global": False,
                "created_at": service["created_at"],
            }
            for row in automations
        ],
        "settings": [],
        "service_address": {
            "address": service["address"],
            "city": service["city"],
            "state": service["state"],
            "country": service["country"],
            "postal_code": service["postal_code"],
        },
        "created_at": service["created_at"],
        "updated_at": service["updated_at"],
    }


def list_channel_types(call: Call) -> Response:
    """The channel types of a service."""
    where = Where()
    where.add("service = ?", call.service_number)
    page = read_page(
        call,
        "zg_channel_types",
        where,
        {"id": "number", "type_class": "type_class", "display_name": "display_name"},
        named="display_name",
    )
    types = channel_types(call)
    result = [channel_type_view(types[number]) for number in page.numbers]
    return json_response({"status": page.status, "result": result})


def get_channel_type(call: Call) -> Response:
    """One channel type of a service."""
    for row in channel_types(call).values():
        if row["id"] == call.path("channel_type_id"):
            return json_response({"status": v1_status(200), "result": channel_type_view(row)})
    raise Refused(4000)
