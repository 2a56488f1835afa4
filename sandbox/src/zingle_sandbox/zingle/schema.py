"""The tables of the Zingle side: one store that both API versions read and write.

A column `id` holds a UUID that somebody chose; where it is null, `ids.make_id` computes it from
the row's number. AUTOINCREMENT, since the id of a deleted record must never come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


_TABLES = """
CREATE TABLE IF NOT EXISTS zg_services (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL,
    display_name TEXT NOT NULL, business_name TEXT NOT NULL, time_zone TEXT NOT NULL,
    country TEXT NOT NULL, city TEXT, state TEXT, postal_code TEXT, address TEXT,
    phone_number TEXT, features TEXT NOT NULL, has_optin INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_channel_types (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL,
    type_class TEXT NOT NULL, display_name TEXT NOT NULL, v2_type TEXT, is_global INTEGER NOT NULL,
    UNIQUE (service, id)
);
CREATE TABLE IF NOT EXISTS zg_fields (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL,
    display_name TEXT NOT NULL, code TEXT, data_type TEXT NOT NULL, is_global INTEGER NOT NULL,
    options TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    UNIQUE (service, id)
);
CREATE TABLE IF NOT EXISTS zg_labels (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL, background_color TEXT NOT NULL, text_color TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_groups (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL, background_color TEXT NOT NULL, text_color TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_users (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE,
    password TEXT, title TEXT, email TEXT, first_name TEXT, last_name TEXT, phone_number TEXT,
    account_id TEXT NOT NULL, authorization_class TEXT NOT NULL, is_verified INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_user_services (
    user INTEGER NOT NULL, service INTEGER NOT NULL, PRIMARY KEY (user, service)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zg_contacts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT,
    service INTEGER NOT NULL, external_id TEXT,
    first_name TEXT, last_name TEXT, title TEXT, notes TEXT, is_confirmed INTEGER NOT NULL,
    is_starred INTEGER NOT NULL, is_closed INTEGER NOT NULL, is_unread INTEGER NOT NULL,
    unconfirmed_at INTEGER, assigned_user INTEGER, assigned_team TEXT, avatar_uri TEXT,
    optin_status TEXT, locked_by_source TEXT, created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, last_message INTEGER, last_message_at INTEGER,
    fields TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_channels (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT,
    contact INTEGER NOT NULL, service INTEGER NOT NULL,
    type INTEGER NOT NULL, value TEXT NOT NULL, country TEXT, display_name TEXT,
    is_default INTEGER NOT NULL, is_default_for_type INTEGER NOT NULL,
    block_inbound INTEGER NOT NULL, block_outbound INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_contact_labels (
    contact INTEGER NOT NULL, label INTEGER NOT NULL, PRIMARY KEY (contact, label)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zg_contact_groups (
    contact INTEGER NOT NULL, grp INTEGER NOT NULL, PRIMARY KEY (contact, grp)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zg_messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT,
    service INTEGER NOT NULL, contact INTEGER NOT NULL,
    channel INTEGER, direction INTEGER NOT NULL, body TEXT NOT NULL, template_id TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER, read_at INTEGER,
    deleted_by_contact_at INTEGER, user INTEGER, is_delayed INTEGER NOT NULL, execute_at INTEGER,
    executed_at INTEGER, language TEXT, translated_body TEXT, translated_language TEXT,
    attachments TEXT, failed_at INTEGER
);
CREATE TABLE IF NOT EXISTS zg_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, service INTEGER NOT NULL, contact INTEGER NOT NULL,
    event_type TEXT NOT NULL, body TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    user INTEGER, automation INTEGER, message INTEGER
);
CREATE TABLE IF NOT EXISTS zg_automations (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL, type TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_integrations (
    service INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    configuration TEXT NOT NULL, mapping TEXT NOT NULL, received_at INTEGER,
    PRIMARY KEY (service, code)
);
CREATE TABLE IF NOT EXISTS zg_templates (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL, body TEXT NOT NULL, type TEXT NOT NULL, subject TEXT
);
CREATE TABLE IF NOT EXISTS zg_teams (
    number INTEGER PRIMARY KEY, service INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL, emoji TEXT, user_ids TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_calendar_events (
    number INTEGER PRIMARY KEY, contact INTEGER NOT NULL, title TEXT, description TEXT,
    starts_at INTEGER, ends_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS zg_calendar_events_contact ON zg_calendar_events (contact);
CREATE TABLE IF NOT EXISTS zg_connector_rows (
    contact INTEGER PRIMARY KEY, task TEXT NOT NULL, since INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS zg_forgotten_tokens (digest TEXT PRIMARY KEY) WITHOUT ROWID;
"""

# Table to its indexes; bulk loads into an empty table drop them first and build them after.
BULK_INDEXES: dict[str, dict[str, str]] = {
    "zg_contacts": {
        "zg_contacts_id": "(id) WHERE id IS NOT NULL",
        "zg_contacts_created": "(service, created_at)",
        "zg_contacts_updated": "(service, updated_at)",
        "zg_contacts_external": "(service, external_id) WHERE external_id IS NOT NULL",
    },
    "zg_channels": {
        "zg_channels_contact": "(contact)",
        "zg_channels_value": "(service, type, lower(value))",
    },
    "zg_contact_labels": {"zg_contact_labels_label": "(label)"},
    "zg_messages": {
        "zg_messages_id": "(id) WHERE id IS NOT NULL",
        "zg_messages_created": "(service, created_at)",
        "zg_messages_updated": "(service, updated_at)",
        "zg_messages_contact": "(contact, created_at)",
    },
    "zg_events": {
        "zg_events_created": "(service, created_at)",
        "zg_events_contact": "(contact, created_at)",
    },
}


def create_tables(conn: sqlite3.Connection) -> None:
    """Create every Zingle table and index that does not exist yet."""
    conn.executescript(_TABLES)
    for table, indexes in BULK_INDEXES.items():
        for name, columns in indexes.items():
            conn.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} {columns}")
