"""People into contacts, as the connector does it: it matches, links, creates, and gets some wrong.

* Phones are read in the service's country, whatever the person's is, and from one column alone:
  who is known by another number is created a second time.
* E-mails match letter by letter.
* A channel that another contact has is left away, the contact is created all the same.
* Of booleans only true arrives, texts end after 255 characters, compound fields stay empty.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import phonenumbers

from zingle_sandbox import zingle

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from zingle_sandbox.rows import ChannelRow
    from zingle_sandbox.sandbox import Sandbox

_LONGEST = 255
_NAMES = {"First Name": "first_name", "Last Name": "last_name", "Title": "title"}


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one person; `contact` is the number of the contact, None if left out."""

    salesforce_id: str
    what: Literal["created", "linked", "updated", "unchanged", "left_out"]
    contact: int | None = None


class ContactSync:
    """One run over people.

    Args:
        sandbox: both worlds.
        service: the row of the service.
        mapping: pairs of a Salesforce column and a contact field, `phone` or `email`.
        now: when it runs.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        service: sqlite3.Row,
        mapping: Iterable[tuple[str, str]],
        now: datetime,
    ) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store
        self._service = service
        self._mapping = [(column, name) for column, name in mapping]
        self._now = int(now.timestamp())
        self._fields = {
            row["display_name"]: row
            for row in self._store.all(
                "SELECT * FROM zg_fields WHERE service = ?", (service["number"],)
            )
        }
        self._types = {
            {"PhoneNumber": "phone", "EmailAddress": "email"}.get(row["type_class"]): row["number"]
            for row in self._store.all(
                "SELECT * FROM zg_channel_types WHERE service = ?", (service["number"],)
            )
        }

    def run(self, people: Iterable[Mapping[str, Any]]) -> Iterator[Handled]:
        """Sync rows of Contact and Lead, one after the other."""
        for person in people:
            yield self._person(person)

    def _person(self, person: Mapping[str, Any]) -> Handled:
        salesforce_id = person["Id"]
        channels = list(self._channels(person))
        known = self._store.one(
            "SELECT * FROM zg_contacts WHERE service = ? AND external_id = ? ORDER BY number",
            (self._service["number"], salesforce_id),
        )
        if known is not None:
            changed = self._update(known, person, channels)
            return Handled(salesforce_id, "updated" if changed else "unchanged", known["number"])
        if not channels:
            return Handled(salesforce_id, "left_out")
        for channel in channels:
            holder = self._holder(channel)
            if holder is None or holder["external_id"] is not None:
                continue
            if holder["locked_by_source"] is not None:
                return Handled(salesforce_id, "left_out")
            self._store.execute(
                "UPDATE zg_contacts SET external_id = ? WHERE number = ?",
                (salesforce_id, holder["number"]),
            )
            self._update(holder, person, channels)
            return Handled(salesforce_id, "linked", holder["number"])
        return Handled(salesforce_id, "created", self._create(person, channels))

    def _channels(self, person: Mapping[str, Any]) -> Iterator[ChannelRow]:
        for column, name in self._mapping:
            value = person.get(column)
            if not isinstance(value, str) or name not in {"phone", "email"}:
                continue
            if name == "email":
                yield {"type": "email", "value": value.strip()}
            elif (number := self._number(value)) is not None:
                yield {"type": "phone", "value": number, "country": self._service["country"]}

    def _number(self, text: str) -> str | None:
        try:
            number = phonenumbers.parse(text, self._service["country"])
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_valid_number(number):
            return None
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def _holder(self, channel: ChannelRow) -> sqlite3.Row | None:
        value = channel["value"]
        return self._store.one(
            "SELECT c.* FROM zg_channels h JOIN zg_contacts c ON c.number = h.contact"
            " WHERE h.service = ? AND h.type = ? AND lower(h.value) = lower(?) AND h.value = ?",
            (self._service["number"], self._types[channel["type"]], value, value),
        )

    def _create(self, person: Mapping[str, Any], channels: list[ChannelRow]) -> int:
        zingle.insert_contacts(
            self._sandbox,
            [
                {
                    "service_id": self._service["id"],
                    "external_id": person["Id"],
                    "channels": [one for one in channels if self._holder(one) is None],
                    "fields": dict(self._values(person)),
                    "created_at": self._now,
                    "updated_at": self._now,
                }
            ],
        )
        return int(self._store.value("SELECT max(number) FROM zg_contacts"))

    def _update(
        self, contact: sqlite3.Row, person: Mapping[str, Any], channels: list[ChannelRow]
    ) -> bool:
        """Write what the mapping gives into a contact; an empty value changes nothing."""
        columns: dict[str, Any] = {}
        fields = json.loads(contact["fields"])
        for name, value in self._values(person):
            if name in _NAMES:
                columns[_NAMES[name]] = value
            else:
                fields[str(self._fields[name]["number"])] = value
        text = json.dumps(fields, ensure_ascii=False)
        before = {**{column: contact[column] for column in columns}, "fields": contact["fields"]}
        if json.loads(text) == json.loads(contact["fields"]):
            text = contact["fields"]
        new = [one for one in channels if self._holder(one) is None]
        if {**columns, "fields": text} == before and not new:
            return False
        names = "".join(f"{column} = ?, " for column in columns)
        self._store.execute(
            f"UPDATE zg_contacts SET {names}fields = ?, updated_at = ? WHERE number = ?",
            (*columns.values(), text, self._now, contact["number"]),
        )
        self._add(contact["number"], new)
        return True

    def _add(self, contact: int, channels: list[ChannelRow]) -> None:
        for channel in channels:
            self._store.execute(
                "INSERT INTO zg_channels (contact, service, type, value, country, is_default,"
                " is_default_for_type, block_inbound, block_outbound)"
                " VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0)",
                (
                    contact,
                    self._service["number"],
                    self._types[channel["type"]],
                    channel["value"],
                    channel.get("country"),
                ),
            )

    def _values(self, person: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Field names and what is written; compound fields and unknown columns have no value."""
        for column, name in self._mapping:
            field = self._fields.get(name)
            value = None if field is None else person.get(column)
            if field is None or value in {None, ""}:
                continue
            written = _written(value, field["data_type"], json.loads(field["options"]))
            if written is not None:
                yield name, written


def _written(value: object, data_type: str, options: list[str]) -> str | int | float | None:
    match data_type:
        case "boolean":
            return "true" if value else None
        case "date" | "anniversary" | "datetime":
            instant = datetime.fromisoformat(str(value)[:10]).replace(tzinfo=UTC)
            return int(instant.timestamp())
        case "number":
            return float(str(value))
        case _ if options:
            return str(value) if value in options else None
        case _:
            return str(value)[:_LONGEST]
