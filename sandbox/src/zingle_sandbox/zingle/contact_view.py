"""Contacts and channels as v1 shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zingle_sandbox.responses import decode_json

from .definition_views import channel_type_view, channel_types, colored_view, field_view, label_view
from .fields import fields_of, read_value
from .ids import Kind, make_id

if TYPE_CHECKING:
    import sqlite3

    from .call import Call
    from .fields import Field


_HIDDEN = 4  # digits that Contact Privacy hides


def view_contact(call: Call, number: int) -> dict[str, Any]:
    """One contact; the row must exist."""
    return Viewer.of(call).contacts([number])[0]


@dataclass(slots=True)
class Viewer:
    """What rendering needs of a service, read once per call."""

    call: Call
    fields: dict[int, Field]
    field_views: dict[int, dict[str, Any]]
    types: dict[int, sqlite3.Row]
    type_views: dict[int, dict[str, Any]]
    masked: bool
    numbers: str
    dates: str
    ticks: int  # of the times of calendar events, per second

    @classmethod
    def of(cls, call: Call) -> Viewer:
        """Read the definitions of the path's service."""
        fields, types = fields_of(call), channel_types(call)
        return cls(
            call=call,
            fields=fields,
            field_views={number: field_view(field) for number, field in fields.items()},
            types=types,
            type_views={number: channel_type_view(row) for number, row in types.items()},
            masked=bool(call.sandbox.options["zingle_masked_phones"]),
            numbers=call.reading("number_read"),
            dates=call.reading("date_read"),
            ticks=1 if call.reading("calendar_times") == "seconds" else 1000,
        )

    def contacts(self, numbers: list[int]) -> list[dict[str, Any]]:
        """The contacts of these numbers, in this order; numbers without a row are left out."""
        if not numbers:
            return []
        places = ",".join("?" * len(numbers))
        rows = self._by("SELECT * FROM zg_contacts WHERE number IN (%s)", places, numbers)
        channels = self._grouped(
            "SELECT contact AS contact_number, c.* FROM zg_channels c WHERE contact IN (%s)"
            " ORDER BY number",
            places,
            numbers,
        )
        labels = self._grouped(
            "SELECT contact AS contact_number, l.* FROM zg_contact_labels JOIN zg_labels l"
            " ON l.number = label WHERE contact IN (%s) ORDER BY l.number",
            places,
            numbers,
        )
        groups = self._grouped(
            "SELECT contact AS contact_number, g.* FROM zg_contact_groups JOIN zg_groups g"
            " ON g.number = grp WHERE contact IN (%s) ORDER BY g.number",
            places,
            numbers,
        )
        stays = self._grouped(
            "SELECT contact AS contact_number, e.* FROM zg_calendar_events e WHERE contact IN (%s)"
            " ORDER BY starts_at, number",
            places,
            numbers,
        )
        last = [row["last_message"] for row in rows.values() if row["last_message"] is not None]
        messages = (
            self._by(
                "SELECT number, id, body, created_at FROM zg_messages WHERE number IN (%s)",
                ",".join("?" * len(last)),
                last,
            )
            if last
            else {}
        )
        return [
            self._contact(
                rows[number],
                channels.get(number, []),
                {
                    "labels": [label_view(row) for row in labels.get(number, [])],
                    "contact_groups": [colored_view(row) for row in groups.get(number, [])],
                    "calendar_events": list(map(self._calendar_event, stays.get(number, []))),
                },
                messages.get(rows[number]["last_message"]),
            )
            for number in numbers
            if number in rows
        ]

    def channel(self, row: sqlite3.Row) -> dict[str, Any]:
        """A contact channel."""
        kind = self.types[row["type"]]["type_class"]
        value = row["value"]
        if self.masked and kind == "PhoneNumber":
            value = mask(value)
        return {
            "id": row["id"] or make_id(Kind.CHANNEL, row["number"]),
            "display_name": row["display_name"],
            "value": value,
            "formatted_value": formatted(value) if kind == "PhoneNumber" else value,
            "country": row["country"],
            "is_default": bool(row["is_default"]),
            "is_default_for_type": bool(row["is_default_for_type"]),
            "block_inbound": bool(row["block_inbound"]),
            "block_outbound": bool(row["block_outbound"]),
            "is_messageable": not row["block_outbound"],
            "channel_type": self.type_views[row["type"]],
        }

    def _contact(
        self,
        row: sqlite3.Row,
        channels: list[sqlite3.Row],
        lists: dict[str, list[dict[str, Any]]],
        message: sqlite3.Row | None,
    ) -> dict[str, Any]:
        name = " ".join(filter(None, (row["first_name"], row["last_name"])))
        assigned = row["assigned_user"]
        view = {
            "id": row["id"] or make_id(Kind.CONTACT, row["number"]),
            "external_id": row["external_id"],
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "title": row["title"],
            "fullName": name or None,
            "notes": row["notes"],
            "service_id": self.call.service["id"],
            "assigned_to_user_id": None if assigned is None else self._user_id(assigned),
            "assigned_to_team_id": row["assigned_team"],
            "is_messageable": any(not channel["block_outbound"] for channel in channels),
            "is_confirmed": bool(row["is_confirmed"]),
            "is_starred": bool(row["is_starred"]),
            "is_closed": bool(row["is_closed"]),
            "avatar_uri": row["avatar_uri"],
            "optin_status": row["optin_status"],
            "unconfirmed_at": row["unconfirmed_at"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "locked_by_source": row["locked_by_source"],
            "last_message": {
                "id": message and (message["id"] or make_id(Kind.MESSAGE, message["number"])),
                "body": message and message["body"],
                "created_at": message and message["created_at"],
            },
            "channels": [self.channel(channel) for channel in channels],
            "custom_field_values": self._field_values(row),
            **lists,
        }
        if self.call.reading("v1_external_id_key") == "absent":
            del view["external_id"]
        return view

    def _calendar_event(self, row: sqlite3.Row) -> dict[str, Any]:
        """A stay or another date of a contact; the vendor's own app reads it in milliseconds."""
        times = ("starts_at", "ends_at", "created_at", "updated_at")
        return {
            "id": make_id(Kind.CALENDAR_EVENT, row["number"]),
            "type_id": None,
            "title": row["title"],
            "description": row["description"],
            **{key: row[key] and row[key] * self.ticks for key in times},
        }

    def _field_values(self, row: sqlite3.Row) -> list[dict[str, Any]]:
        stored = decode_json(row["fields"])
        values = []
        for number, field in self.fields.items():
            column = field.column
            if column is not None:
                value = row[column]
                if value is None:
                    continue
            elif (key := str(number)) in stored:
                value = stored[key]
            else:
                continue
            option = field.option(value=value) if field.options else None
            values.append(
                {
                    "value": read_value(field, value, numbers=self.numbers, dates=self.dates),
                    "selected_custom_field_option_id": (
                        option.id if option is not None and option.id != option.value else None
                    ),
                    "custom_field": self.field_views[number],
                }
            )
        return values

    def _user_id(self, number: int) -> str | None:
        return self.call.store.value("SELECT id FROM zg_users WHERE number = ?", (number,))  # type: ignore[no-any-return]  # a text column

    def _by(self, sql: str, places: str, numbers: list[int]) -> dict[int, sqlite3.Row]:
        return {row["number"]: row for row in self.call.store.all(sql % places, numbers)}

    def _grouped(self, sql: str, places: str, numbers: list[int]) -> dict[int, list[sqlite3.Row]]:
        groups: dict[int, list[sqlite3.Row]] = {}
        for row in self.call.store.all(sql % places, numbers):
            groups.setdefault(row["contact_number"], []).append(row)
        return groups


def mask(phone: str) -> str:
    """A phone number with its last digits hidden.

    >>> mask("+18585551212")
    '+1858555****'
    """
    return phone[:-_HIDDEN] + "*" * _HIDDEN


def formatted(phone: str) -> str:
    """A phone number as people read it; only North American numbers are regrouped.

    >>> formatted("+18585551212")
    '(858) 555-1212'
    """
    if phone.startswith("+1") and len(phone) == 12:  # noqa: PLR2004 - +1 and ten digits
        return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return phone
