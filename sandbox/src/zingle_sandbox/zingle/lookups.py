"""Names and ids to record numbers, for seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .constants import NAME_FIELDS
from .ids import Kind, read_id

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions of one service, by the names that people use; KeyError for unknown ones.

    `fields` maps a display name to the key under which the contact's JSON holds the value;
    `name_fields` the display names of the global fields to their column.
    """

    service: int
    fields: dict[str, str]
    name_fields: dict[str, str]
    channel_types: dict[str, int]
    labels: dict[str, int]
    groups: dict[str, int]
    teams: dict[str | None, str | None]
    automations: dict[str | None, int | None]


@dataclass(slots=True)
class Cache:
    """What one bulk insert has looked up so far."""

    connection: sqlite3.Connection
    now: float
    _services: dict[str, Definitions] = field(default_factory=dict)
    _users: dict[str | None, int | None] | None = None

    def service(self, service_id: str) -> Definitions:
        """The definitions of a service.

        Raises:
            KeyError: no such service.
        """
        if service_id not in self._services:
            self._services[service_id] = _read_definitions(self.connection, service_id)
        return self._services[service_id]

    def user(self, user_id: str | None) -> int | None:
        """The number of a user, None for None.

        Raises:
            KeyError: no such user.
        """
        if self._users is None:
            self._users = {None: None}
            self._users.update(self.connection.execute("SELECT id, number FROM zg_users"))
        return self._users[user_id]

    def record(self, kind: Kind, table: str, record_id: str) -> int:
        """The number of the contact or message with this id.

        Raises:
            KeyError: no such record; computed ids are trusted.
        """
        number = read_id(kind, record_id)
        if number is None:
            row = self.connection.execute(
                f"SELECT number FROM {table} WHERE id = ?",
                (record_id,),
            ).fetchone()
            if row is None:
                raise KeyError(record_id)
            number = int(row[0])
        return number


def _read_definitions(connection: sqlite3.Connection, service_id: str) -> Definitions:
    row = connection.execute(
        "SELECT number FROM zg_services WHERE id = ?", (service_id,)
    ).fetchone()
    if row is None:
        raise KeyError(service_id)
    service = int(row[0])

    def by_name(table: str) -> dict[str, int]:
        rows = connection.execute(
            f"SELECT display_name, number FROM {table} WHERE service = ?",
            (service,),
        )
        return dict(rows.fetchall())

    fields = connection.execute(
        "SELECT id, display_name, number FROM zg_fields WHERE service = ?", (service,)
    ).fetchall()
    types = connection.execute(
        "SELECT type_class, display_name, number FROM zg_channel_types WHERE service = ?",
        (service,),
    ).fetchall()
    teams = connection.execute(
        "SELECT display_name, id FROM zg_teams WHERE service = ?", (service,)
    ).fetchall()
    shorthand = {"PhoneNumber": "phone", "EmailAddress": "email"}
    return Definitions(
        service=service,
        fields={row["display_name"]: str(row["number"]) for row in fields},
        name_fields={
            row["display_name"]: NAME_FIELDS[row["id"]]
            for row in fields
            if row["id"] in NAME_FIELDS
        },
        channel_types={shorthand.get(row[0], row[1]): row[2] for row in types},
        labels=by_name("zg_labels"),
        groups=by_name("zg_groups"),
        teams={None: None, **dict(teams)},
        automations={None: None} | by_name("zg_automations"),
    )
