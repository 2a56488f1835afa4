"""One chunk of a seed's contacts, as rows of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from zingle_sandbox.credentials import ZINGLE_SERVICE_ID
from zingle_sandbox.odd_texts import storable

if TYPE_CHECKING:
    from zingle_sandbox.rows import ContactRow

    from .lookups import Cache, Definitions


_encode = msgspec.json.Encoder().encode
_CONTACT = f"INSERT INTO zg_contacts VALUES ({','.join('?' * 23)})"
_CHANNEL = f"INSERT INTO zg_channels VALUES ({','.join('?' * 12)})"


def insert_contact_chunk(cache: Cache, first: int, chunk: list[ContactRow]) -> None:
    """Insert contacts with their channels, field values, labels and groups, from number `first`."""
    contacts: list[tuple[Any, ...]] = []
    channels: list[tuple[Any, ...]] = []
    labels: list[tuple[int, int]] = []
    groups: list[tuple[int, int]] = []
    stays: list[tuple[Any, ...]] = []
    for number, row in enumerate(chunk, first):
        names = cache.service(row.get("service_id", ZINGLE_SERVICE_ID))
        contacts.append(_contact(cache, names, number, row))
        channels += _channels(names, number, row)
        labels += [(number, names.labels[name]) for name in row.get("labels", ())]
        groups += [(number, names.groups[name]) for name in _groups_of(row)]
        stays += _calendar_events(cache, number, row)
    cache.connection.executemany(_CONTACT, contacts)
    cache.connection.executemany(_CHANNEL, channels)
    cache.connection.executemany("INSERT INTO zg_contact_labels VALUES (?,?)", labels)
    cache.connection.executemany("INSERT INTO zg_contact_groups VALUES (?,?)", groups)
    cache.connection.executemany("INSERT INTO zg_calendar_events VALUES (?,?,?,?,?,?,?,?)", stays)


def _contact(cache: Cache, names: Definitions, number: int, row: ContactRow) -> tuple[Any, ...]:
    columns: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, given in row.get("fields", {}).items():
        value = storable(given) if isinstance(given, str) else given
        if name in names.name_fields:
            columns[names.name_fields[name]] = value
        else:
            fields[names.fields[name]] = value
    is_confirmed = row.get("is_confirmed", True)
    created_at = row.get("created_at", int(cache.now))
    return (
        number,
        row.get("id"),
        names.service,
        row.get("external_id"),
        columns.get("first_name"),
        columns.get("last_name"),
        columns.get("title"),
        storable(row.get("notes") or "") or None,
        is_confirmed,
        row.get("is_starred", False),
        row.get("is_closed", False),
        False,
        None if is_confirmed else created_at,
        cache.user(row.get("assigned_to_user_id")),
        names.teams[row.get("assigned_to_team")],
        None,
        row.get("optin_status"),
        row.get("locked_by_source"),
        created_at,
        row.get("updated_at", created_at),
        None,
        None,
        _encode(fields).decode() if fields else "{}",
    )


def _calendar_events(cache: Cache, number: int, row: ContactRow) -> list[tuple[Any, ...]]:
    created_at = row.get("created_at", int(cache.now))
    keys = ("title", "description", "starts_at", "ends_at")
    return [
        (None, number, *(each.get(key) for key in keys), created_at, created_at)
        for each in row.get("calendar_events", ())
    ]


def _groups_of(row: ContactRow) -> list[str]:
    """Group names, which the shared row type does not have."""
    return cast("list[str]", row.get("groups", []))


def _channels(names: Definitions, number: int, row: ContactRow) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for position, channel in enumerate(row.get("channels", ())):
        kind = channel["type"]
        rows.append(
            (
                None,
                channel.get("id"),
                number,
                names.service,
                names.channel_types[kind],
                channel["value"],
                channel.get("country"),
                channel.get("display_name"),
                channel.get("is_default", position == 0),
                channel.get("is_default_for_type", kind not in seen),
                channel.get("block_inbound", False),
                channel.get("block_outbound", False),
            )
        )
        seen.add(kind)
    return rows
