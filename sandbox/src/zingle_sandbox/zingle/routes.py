"""The Zingle side's HTTP surface, one line per path."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from zingle_sandbox.responses import json_response

from . import (
    channels_v1,
    contacts_list,
    contacts_v1,
    contacts_v2,
    definitions_v1,
    integrations_v2,
    messages_v1,
    organizations_v2,
    others_v2,
    services_v1,
)
from .auth import refresh_token
from .counts import forget_counts
from .endpoint import not_built, route, wrong_methods
from .listing import PAGING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from zingle_sandbox.sandbox import Sandbox


_S1 = "/v1/services/{service_id}"
_C1 = f"{_S1}/contacts/{{contact_id}}"
_S2 = "/v2/services/{service_id}"
_ALL = ["GET", "POST", "PUT", "DELETE"]

# What the documentation names and neither plugin calls.
_NOT_BUILT = (
    ("/v1/contacts", ["GET"]),
    ("/v1/accounts/{account_id}/contacts", ["GET"]),
    ("/v1/accounts", ["GET"]),
    ("/v1/accounts/{account_id}", ["GET"]),
    ("/v1/accounts/{account_id}/users/{user_id}", ["GET"]),
    ("/v1/accounts/{account_id}/plans", ["GET"]),
    ("/v1/time-zones", ["GET"]),
    ("/v1/contact_services", ["GET"]),
    ("/v1/services", ["POST"]),
    (_S1, ["PUT", "DELETE"]),
    (f"{_S1}/channel-types", ["POST"]),
    (f"{_S1}/channel-types/{{type_id}}", ["PUT", "DELETE"]),
    (f"{_S1}/settings/{{rest:path}}", _ALL),
    (f"{_S1}/channels", _ALL),
    (f"{_S1}/channels/{{rest:path}}", _ALL),
    (f"{_S1}/templates", _ALL),
    (f"{_S1}/templates/{{rest:path}}", _ALL),
    (f"{_S1}/automations", _ALL),
    (f"{_S1}/automations/{{rest:path}}", _ALL),
    (f"{_S1}/contact-groups", ["POST"]),
    (f"{_S1}/contact-groups/{{group_id}}", ["GET", "PUT", "DELETE"]),
    (f"{_S1}/contact-custom-fields/{{field_id}}", ["PUT", "DELETE"]),
    (f"{_S1}/contact-labels/{{label_id}}", ["GET", "PUT", "DELETE"]),
    (f"{_S1}/events", ["POST"]),
    (f"{_S1}/events/{{event_id}}", ["GET"]),
    (f"{_S1}/messages", ["POST"]),
    (f"{_S1}/messages/read", ["POST"]),
    (f"{_S1}/messages/{{message_id}}/{{rest:path}}", ["POST"]),
    (f"{_S1}/notifications", ["POST"]),
    (f"{_C1}/avatar", ["PUT", "DELETE"]),
    (f"{_C1}/automations/{{automation_id}}", ["POST"]),
    (f"{_C1}/stop-automation", ["POST"]),
    (f"{_C1}/assign", ["POST"]),
    (f"{_C1}/unassign", ["POST"]),
    ("/v1/available-phone-numbers/{rest:path}", ["GET"]),
    (f"{_S2}/csv-import/{{rest:path}}", ["POST"]),
    (f"{_S2}/webhooks", _ALL),
    (f"{_S2}/webhooks/{{webhook_id}}", _ALL),
    (f"{_S2}/messages", _ALL),
    ("/v2/analytics/{rest:path}", _ALL),
    ("/v2/calendar/{rest:path}", ["GET"]),
    ("/v2/service-collections", _ALL),
    ("/v2/service-collections/{rest:path}", _ALL),
    *(
        (f"{_S2}/{family}{rest}", _ALL)
        for family in (
            "segments",
            "templates",
            "message-categories",
            "service-collections",
            "collections",
            "calendar",
            "calendar-events",
            "integrations",
            "reports",
            "automations",
            "workflows",
            "teams",
            "blocked-channels",
            "bulk-import",
            "settings",
        )
        for rest in ("", "/{rest:path}")
    ),
    (f"{_S2}/contacts/ref/{{external_id:path}}", ["PUT", "DELETE"]),
    (f"{_S2}/tags", ["GET", "POST"]),
    (f"{_S2}/tags/{{tag_id}}", ["GET", "PUT", "DELETE"]),
    (f"{_S2}/contact-fields", ["GET", "POST"]),
    (f"{_S2}/contact-fields/{{field_id}}", ["GET", "PUT", "DELETE"]),
    (f"{_S2}/events", ["GET"]),
    (f"{_S2}/contact-log", ["GET"]),
    ("/v2/organizations", _ALL),
    ("/v2/organizations/{rest:path}", _ALL),
    ("/v2/users/account-access", _ALL),
    ("/v2/oauth/exchange", ["POST"]),
    ("/v2/provision", ["POST"]),
    ("/v2/notification/{rest:path}", ["PUT"]),
)


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """Every path of v1 and v2, the busiest first."""
    sandbox.on_reset.append(partial(forget_counts, sandbox))
    made = [
        *_contacts_v1(sandbox),
        *_contacts_v2(sandbox),
        *_messages_v1(sandbox),
        *_services_v1(sandbox),
        *_definitions_v1(sandbox),
        *_others_v2(sandbox),
        *_organizations_v2(sandbox),
    ]
    made += [not_built(path, methods) for path, methods in _NOT_BUILT]
    taken: dict[str, set[str]] = {}
    for known in made:
        taken.setdefault(known.path, set()).update(known.methods or ())
    return [*made, *(wrong_methods(path, methods) for path, methods in taken.items())]


def _contacts_v1(sandbox: Sandbox) -> list[Route]:
    contacts = f"{_S1}/contacts"
    channels, label = f"{_C1}/channels", f"{_C1}/labels/{{label_id}}"
    channel, value = f"{channels}/{{channel_id}}", f"{_C1}/custom-field-values/{{field_id}}"
    existing, listed = frozenset({"return_existing"}), contacts_list.QUERY
    return [
        route(sandbox, "GET", contacts, contacts_list.list_contacts, query=listed),
        route(sandbox, "POST", contacts, contacts_v1.create_contact, query=existing),
        route(sandbox, "GET", _C1, contacts_v1.get_contact),
        route(sandbox, "PUT", _C1, contacts_v1.update_contact),
        route(sandbox, "DELETE", _C1, contacts_v1.remove_contact),
        route(sandbox, "POST", channels, channels_v1.create_channel),
        route(sandbox, "GET", channel, channels_v1.get_channel),
        route(sandbox, "PUT", channel, channels_v1.update_channel),
        route(sandbox, "DELETE", channel, channels_v1.remove_channel),
        route(sandbox, "POST", value, contacts_v1.set_value),
        route(sandbox, "POST", label, contacts_v1.attach_label, takes_body=False),
        route(sandbox, "DELETE", label, contacts_v1.detach_label),
    ]


def _contacts_v2(sandbox: Sandbox) -> list[Route]:
    contacts = f"{_S2}/contacts"
    one, reference = f"{contacts}/{{contact_id}}", f"{contacts}/ref/{{external_id:path}}"
    listed = frozenset({"mentions", "page"})
    return [
        route(sandbox, "GET", contacts, contacts_v2.list_contacts, query=listed),
        route(sandbox, "POST", contacts, contacts_v2.create_contact),
        not_built(f"{contacts}/export", ["GET"]),
        route(sandbox, "GET", reference, contacts_v2.get_by_reference),
        route(sandbox, "GET", one, contacts_v2.get_contact),
        route(sandbox, "PUT", one, contacts_v2.put_contact),
        route(sandbox, "PATCH", one, contacts_v2.patch_contact),
        route(sandbox, "DELETE", one, contacts_v2.remove_contact),
    ]


def _messages_v1(sandbox: Sandbox) -> list[Route]:
    messages, events = f"{_S1}/messages", f"{_S1}/events"
    message = f"{messages}/{{message_id}}"
    listed = messages_v1.MESSAGES_QUERY
    return [
        route(sandbox, "GET", messages, messages_v1.list_messages, query=listed),
        route(sandbox, "GET", message, messages_v1.get_message),
        route(sandbox, "DELETE", message, messages_v1.delete_message),
        route(sandbox, "GET", events, messages_v1.list_events, query=messages_v1.EVENTS_QUERY),
    ]


def _services_v1(sandbox: Sandbox) -> list[Route]:
    types = f"{_S1}/channel-types"
    listed = services_v1.SERVICES_QUERY
    return [
        route(sandbox, "GET", "/v1/", services_v1.who_am_i),
        route(sandbox, "GET", "/v1", services_v1.who_am_i),
        route(sandbox, "GET", "/v1/services", services_v1.list_services, query=listed),
        route(sandbox, "GET", _S1, services_v1.get_service),
        route(sandbox, "GET", types, services_v1.list_channel_types, query=PAGING),
        route(sandbox, "GET", f"{types}/{{channel_type_id}}", services_v1.get_channel_type),
    ]


def _definitions_v1(sandbox: Sandbox) -> list[Route]:
    fields, labels, groups = (
        f"{_S1}/contact-custom-fields",
        f"{_S1}/contact-labels",
        f"{_S1}/contact-groups",
    )
    field = f"{fields}/{{field_id}}"
    return [
        route(sandbox, "GET", fields, definitions_v1.list_fields, query=PAGING),
        route(sandbox, "POST", fields, definitions_v1.create_field),
        route(sandbox, "GET", field, definitions_v1.get_field),
        route(sandbox, "GET", labels, definitions_v1.list_labels, query=PAGING),
        route(sandbox, "POST", labels, definitions_v1.create_label),
        route(sandbox, "GET", groups, definitions_v1.list_groups, query=PAGING),
    ]


def _others_v2(sandbox: Sandbox) -> list[Route]:
    privilege = frozenset({"privilege"})
    return [
        route(sandbox, "POST", "/v2/token", others_v2.new_token, query=privilege, takes_body=False),
        _refresh(sandbox),
        route(sandbox, "GET", "/v2/users/me", others_v2.me),
        route(sandbox, "GET", f"{_S2}/users", others_v2.list_users),
    ]


def _organizations_v2(sandbox: Sandbox) -> list[Route]:
    integrations = f"{_S2}/integrations"
    one = f"{integrations}/{{code}}"
    of_organization = "/v2/organizations/{organization_id}/services"
    listed = organizations_v2.SERVICES_QUERY
    return [
        route(sandbox, "GET", "/v2/services", organizations_v2.list_services, query=listed),
        route(
            sandbox,
            "GET",
            of_organization,
            organizations_v2.list_of_organization,
            query=frozenset({"page"}),
        ),
        route(sandbox, "GET", integrations, integrations_v2.list_integrations),
        route(sandbox, "GET", one, integrations_v2.get_integration),
        route(sandbox, "GET", f"{one}/field-mapping", integrations_v2.get_mapping),
    ]


def _refresh(sandbox: Sandbox) -> Route:
    """Refreshing takes the token itself as the log-in, and says 400 where it cannot."""

    async def refresh(request: Request) -> Response:
        await request.body()
        token = refresh_token(sandbox, request)
        return Response(status_code=400) if token is None else json_response({"token": token})

    return Route("/v2/token/refresh", refresh, methods=["GET"], include_in_schema=False)
