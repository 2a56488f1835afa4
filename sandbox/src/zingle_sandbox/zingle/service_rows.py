"""Adding a service row and everything that is defined inside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from zingle_sandbox.credentials import ZINGLE_ACCOUNT_ID

from .constants import (
    EMAIL_TYPE_ID,
    FACEBOOK_TYPE_ID,
    FIRST_NAME_FIELD_ID,
    LAST_NAME_FIELD_ID,
    PHONE_TYPE_ID,
    TITLE_FIELD_ID,
    TITLE_OPTIONS,
)
from .ids import Kind, make_id
from .seed_rows import ChannelTypeSeed, FieldSeed, LabelSeed

if TYPE_CHECKING:
    import sqlite3

    from .seed_rows import IntegrationSeed, ServiceSeed, TeamSeed, TemplateSeed, UserSeed


def insert_service(connection: sqlite3.Connection, service: ServiceSeed) -> int:
    """Add one service with its definitions and users; return its number."""
    number = _insert_row(connection, service)
    for type_id, seed in (
        (PHONE_TYPE_ID, ChannelTypeSeed("Phone Number", "PhoneNumber", "phone_number")),
        (EMAIL_TYPE_ID, ChannelTypeSeed("Email Address", "EmailAddress", "email_address")),
        (FACEBOOK_TYPE_ID, ChannelTypeSeed("Facebook", "FacebookChannel", "facebook_messenger")),
    ):
        _insert_channel_type(connection, number, seed, type_id)
    for extra in service.channel_types:
        _insert_channel_type(connection, number, extra, None)
    created_at = service.created_at
    for field_id, field in (
        (FIRST_NAME_FIELD_ID, FieldSeed("First Name", "string", (), "first_name", is_global=True)),
        (LAST_NAME_FIELD_ID, FieldSeed("Last Name", "string", (), "last_name", is_global=True)),
        (TITLE_FIELD_ID, FieldSeed("Title", "string", TITLE_OPTIONS, "title", is_global=True)),
    ):
        insert_field(connection, number, field, created_at=created_at, field_id=field_id)
    for field in service.fields:
        insert_field(connection, number, field, created_at=created_at)
    for label in service.labels:
        insert_label(connection, number, label)
    for group in service.groups:
        _insert_group(connection, number, group)
    for name in service.automations:
        _insert_automation(connection, number, name)
    for template in service.templates:
        _insert_template(connection, number, template)
    _insert_people_and_integrations(connection, number, service)
    return number


def _insert_people_and_integrations(
    connection: sqlite3.Connection, number: int, service: ServiceSeed
) -> None:
    for integration in service.integrations:
        insert_integration(connection, number, integration)
    for user in service.users:
        insert_user(connection, user)
    for team in service.teams:
        _insert_team(connection, number, team)
    connection.execute(
        "INSERT OR IGNORE INTO zg_user_services SELECT number, ? FROM zg_users", (number,)
    )


def _insert_row(connection: sqlite3.Connection, service: ServiceSeed) -> int:
    cursor = connection.execute(
        "INSERT INTO zg_services (id, account_id, display_name, business_name, time_zone,"
        " country, city, state, postal_code, phone_number, features, has_optin, created_at,"
        " updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            service.id,
            ZINGLE_ACCOUNT_ID,
            service.display_name,
            service.display_name,
            service.time_zone,
            service.country,
            service.city,
            service.state,
            service.postal_code,
            service.phone_number,
            json.dumps(service.features),
            service.has_optin,
            service.created_at,
            service.created_at,
        ),
    )
    return int(cursor.lastrowid or 0)


def _next(connection: sqlite3.Connection, table: str) -> int:
    row = connection.execute(
        f"SELECT coalesce(max(number), 0) + 1 FROM {table}"
    ).fetchone()  # our names
    return int(row[0])


def _insert_channel_type(
    connection: sqlite3.Connection, service: int, seed: ChannelTypeSeed, type_id: str | None
) -> None:
    number = _next(connection, "zg_channel_types")
    connection.execute(
        "INSERT INTO zg_channel_types VALUES (?,?,?,?,?,?,?)",
        (
            number,
            service,
            type_id or make_id(Kind.CHANNEL_TYPE, number),
            seed.type_class,
            seed.display_name,
            seed.v2_type,
            type_id is not None,
        ),
    )


def insert_field(
    connection: sqlite3.Connection,
    service: int,
    field: FieldSeed,
    *,
    created_at: int,
    field_id: str | None = None,
) -> int:
    """Add a contact field; return its number. `code` defaults to the name in snake case."""
    number = _next(connection, "zg_fields")
    code = (
        field.code
        if field.code is not None
        else re.sub(r"\W+", "_", field.display_name.strip().lower())
    )
    connection.execute(
        "INSERT INTO zg_fields VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            number,
            service,
            field_id or make_id(Kind.FIELD, number),
            field.display_name,
            code,
            field.data_type,
            field.is_global,
            json.dumps(field.options, ensure_ascii=False),
            created_at,
            created_at,
        ),
    )
    return number


def insert_label(connection: sqlite3.Connection, service: int, label: LabelSeed) -> int:
    """Add a contact label; return its number."""
    number = _next(connection, "zg_labels")
    connection.execute(
        "INSERT INTO zg_labels VALUES (?,?,?,?,?,?)",
        (number, service, make_id(Kind.LABEL, number), *label),
    )
    return number


def _insert_group(connection: sqlite3.Connection, service: int, group: LabelSeed) -> None:
    number = _next(connection, "zg_groups")
    connection.execute(
        "INSERT INTO zg_groups VALUES (?,?,?,?,?,?)",
        (number, service, make_id(Kind.GROUP, number), *group),
    )


def _insert_automation(connection: sqlite3.Connection, service: int, name: str) -> None:
    number = _next(connection, "zg_automations")
    connection.execute(
        "INSERT INTO zg_automations VALUES (?,?,?,?,?)",
        (number, service, make_id(Kind.AUTOMATION, number), name, "ContactCreated"),
    )


def insert_integration(
    connection: sqlite3.Connection, service: int, integration: IntegrationSeed
) -> None:
    """Add an integration, or set it anew."""
    connection.execute(
        "INSERT OR REPLACE INTO zg_integrations VALUES (?,?,?,?,?,?,?)",
        (
            service,
            integration.code,
            integration.name,
            integration.status,
            json.dumps([setting._asdict() for setting in integration.configuration]),
            json.dumps(integration.mapping),
            None,
        ),
    )


def _insert_template(connection: sqlite3.Connection, service: int, template: TemplateSeed) -> None:
    number = _next(connection, "zg_templates")
    connection.execute(
        "INSERT INTO zg_templates VALUES (?,?,?,?,?,?,?)",
        (number, service, make_id(Kind.TEMPLATE, number), *template),
    )


def _insert_team(connection: sqlite3.Connection, service: int, team: TeamSeed) -> None:
    number = _next(connection, "zg_teams")
    known = dict(connection.execute("SELECT username, id FROM zg_users"))
    users = [known[username] for username in team.users]
    connection.execute(
        "INSERT INTO zg_teams VALUES (?,?,?,?,?,?)",
        (
            number,
            service,
            make_id(Kind.TEAM, number),
            team.display_name,
            team.emoji,
            json.dumps(users),
        ),
    )


def insert_user(
    connection: sqlite3.Connection, user: UserSeed, *, user_id: str | None = None
) -> int:
    """Add a user of the account, once per username; return the number."""
    known = connection.execute(
        "SELECT number FROM zg_users WHERE username = ?", (user.username,)
    ).fetchone()
    if known is not None:
        return int(known[0])
    number = _next(connection, "zg_users")
    connection.execute(
        "INSERT INTO zg_users VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            number,
            user_id or make_id(Kind.USER, number),
            user.username,
            user.password,
            user.title,
            user.username,
            user.first_name,
            user.last_name,
            None,
            ZINGLE_ACCOUNT_ID,
            user.authorization_class,
            user.is_verified,
        ),
    )
    return number
