"""What the page reads from the two worlds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zingle_sandbox.credentials import ZINGLE_SERVICE_ID
from zingle_sandbox.page.keys import e164, guest_search, person_search
from zingle_sandbox.page.shapes import Guest, Pair, Person, Show, Totals
from zingle_sandbox.zingle.ids import Kind, make_id, read_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from zingle_sandbox.store import Store

_ID_LENGTH = 18
_FEW = 20_000
_PERSON = """
SELECT 'Contact' AS kind, Id, FirstName, LastName, Phone, MobilePhone, HomePhone, Email,
    MailingCity AS city, MailingCountry AS country, IsDeleted, 0 AS IsConverted, SystemModstamp
FROM sf_Contact
"""
_LEAD = """
SELECT 'Lead' AS kind, Id, FirstName, LastName, Phone, MobilePhone, NULL AS HomePhone, Email,
    City AS city, Country AS country, IsDeleted, IsConverted, SystemModstamp
FROM sf_Lead
"""


@dataclass(slots=True)
class World:
    """Reads both worlds of one sandbox.

    Attributes:
        store: the sandbox's database.
        service: number of the service that the page shows.
    """

    store: Store
    service: int = field(init=False)

    def __post_init__(self) -> None:
        """Find the service."""
        self.service = (
            self.store.value("SELECT number FROM zg_services WHERE id = ?", (ZINGLE_SERVICE_ID,))
            or 0
        )

    def totals(self) -> Totals:
        """Count everything that the page names; deleted rows are left out."""
        count = self.store.value
        return Totals(
            contacts=count("SELECT count(*) FROM sf_Contact WHERE IsDeleted = 0"),
            leads=count("SELECT count(*) FROM sf_Lead WHERE IsDeleted = 0"),
            tasks=count("SELECT count(*) FROM sf_Task WHERE IsDeleted = 0"),
            conversation_tasks=count(
                "SELECT count(*) FROM sf_Task WHERE IsDeleted = 0"
                " AND (CallObject LIKE 'zgl:%' OR Zingle_Conversation_Key__c IS NOT NULL)"
            ),
            guests=count("SELECT count(*) FROM zg_contacts WHERE service = ?", (self.service,)),
            linked=self._linked_count(),
            messages=count("SELECT count(*) FROM zg_messages WHERE service = ?", (self.service,)),
        )

    def pairs(self, show: Show, search: str, limit: int) -> list[Pair]:
        """The newest lines of the ledger."""
        found: list[Pair] = []
        if show in {"all", "linked"}:
            found += self._linked(search, limit)
        if show in {"all", "salesforce"}:
            found += self._only_salesforce(search, limit)
        if show in {"all", "zingle"}:
            shown = {pair.guest.number for pair in found if pair.guest}
            found += [
                Pair(None, guest)
                for guest in self._guests("contact.external_id IS NULL", search, limit + len(shown))
                if guest.number not in shown
            ]
        # By the minute: within one run of a job, those that it has linked come first.
        found.sort(
            key=lambda pair: (pair.changed[:16], pair.join == "linked", pair.changed), reverse=True
        )
        return found[:limit]

    def person(self, record_id: str) -> Person | None:
        """The Contact or Lead of an 18-character id."""
        base = _LEAD if record_id.startswith("00Q") else _PERSON
        row = self.store.one(f"{base} WHERE Id = ?", (record_id,))
        return _person(row) if row else None

    def guest(self, contact_id: str) -> Guest | None:
        """The Zingle contact of a UUID."""
        number = read_id(Kind.CONTACT, contact_id)
        if number is None:
            number = self.store.value("SELECT number FROM zg_contacts WHERE id = ?", (contact_id,))
        return self.guest_by_number(number) if number is not None else None

    def guest_by_number(self, number: int) -> Guest | None:
        """The Zingle contact of a row number."""
        found = self._guests("contact.number = ?", "", 1, (number,))
        return found[0] if found else None

    def guest_of(self, person: Person) -> tuple[Guest | None, str]:
        """The guest linked to a person, or one with the same phone or e-mail, and which it is."""
        number = self.store.value(
            "SELECT number FROM zg_contacts WHERE service = ? AND external_id LIKE ?",
            (self.service, f"%{person.id}"),
        )
        if number is not None:
            return self.guest_by_number(number), "linked"
        return self._alike(person)

    def person_of(self, guest: Guest) -> Person | None:
        """The person that a guest is linked to."""
        if not guest.external_id:
            return None
        return self.person(guest.external_id[-_ID_LENGTH:])

    def _linked_count(self) -> int:
        return int(
            self.store.value(
                "SELECT count(*) FROM zg_contacts WHERE service = ? AND external_id IS NOT NULL",
                (self.service,),
            )
        )

    def _linked(self, search: str, limit: int) -> list[Pair]:
        pairs = []
        for guest in self._guests("contact.external_id IS NOT NULL", search, limit):
            person = self.person_of(guest)
            if person is None:
                pairs.append(Pair(None, guest, "linked"))
            else:
                pairs.append(Pair(self._with_tasks(person), guest, "linked"))
        return pairs

    def _with_tasks(self, person: Person) -> Person:
        tasks = self.store.value(
            "SELECT count(*) FROM sf_Task WHERE WhoId = ? AND IsDeleted = 0", (person.id,)
        )
        return _replace_tasks(person, tasks)

    def _only_salesforce(self, search: str, limit: int) -> list[Pair]:
        where, values = person_search(search)
        rows = []
        for base, table in ((_PERSON, "sf_Contact"), (_LEAD, "sf_Lead")):
            rows += self.store.all(
                f"{base} WHERE NOT EXISTS (SELECT 1 FROM zg_contacts"  # noqa: S608 - our own words
                f" WHERE service = ? AND external_id = {table}.Id) {where}"
                " ORDER BY SystemModstamp DESC, Id DESC LIMIT ?",
                (self.service, *values, limit),
            )
        rows.sort(key=lambda row: row["SystemModstamp"], reverse=True)
        pairs = []
        for row in rows[:limit]:
            person = self._with_tasks(_person(row))
            guest, join = self._alike(person)
            pairs.append(Pair(person, guest, join))  # type: ignore[arg-type]  # words of Pair.join
        return pairs

    def _alike(self, person: Person) -> tuple[Guest | None, str]:
        keys = [("PhoneNumber", phone, "same phone") for phone in e164(person)]
        if person.email:
            keys.append(("EmailAddress", person.email.lower(), "same e-mail"))
        for type_class, value, join in keys:
            number = self.store.value(
                "SELECT contact FROM zg_channels WHERE service = ? AND lower(value) = ? AND type ="
                " (SELECT number FROM zg_channel_types"
                "  WHERE service = ? AND type_class = ? LIMIT 1)",
                (self.service, value, self.service, type_class),
            )
            guest = self.guest_by_number(number) if number is not None else None
            if guest is not None and guest.external_id is None:
                return guest, join
        return None, ""

    def _guests(
        self, where: str, search: str, limit: int, values: tuple[Any, ...] = ()
    ) -> list[Guest]:
        condition, more = guest_search(search)
        # A plus sign keeps SQLite from walking all guests by date in search of the few linked ones.
        few = where.endswith("IS NOT NULL") and self._linked_count() < _FEW
        order = "+contact.updated_at" if few else "contact.updated_at"
        rows = self.store.all(
            "SELECT contact.*, message.body AS last_body,"  # noqa: S608 - our own words
            " (SELECT count(*) FROM zg_messages WHERE contact = contact.number) AS messages"
            " FROM zg_contacts AS contact"
            " LEFT JOIN zg_messages AS message ON message.number = contact.last_message"
            f" WHERE contact.service = ? AND {where} {condition}"
            f" ORDER BY {order} DESC, contact.number DESC LIMIT ?",
            (self.service, *values, *more, limit),
        )
        channels = self._channels([row["number"] for row in rows])
        return [_guest(row, channels.get(row["number"], [])) for row in rows]

    def _channels(self, contacts: list[int]) -> dict[int, list[sqlite3.Row]]:
        found: dict[int, list[sqlite3.Row]] = {}
        places = ",".join("?" * len(contacts))
        for row in self.store.all(
            "SELECT channel.*, type.type_class FROM zg_channels AS channel"  # noqa: S608 - our own words
            " JOIN zg_channel_types AS type ON type.number = channel.type"
            f" WHERE channel.contact IN ({places}) ORDER BY channel.number",
            contacts,
        ):
            found.setdefault(row["contact"], []).append(row)
        return found


def _person(row: sqlite3.Row) -> Person:
    return Person(
        id=row["Id"],
        kind=row["kind"],
        name=_name(row["FirstName"], row["LastName"]),
        phones=_present(row["MobilePhone"], row["Phone"], row["HomePhone"]),
        email=row["Email"],
        place=", ".join(_present(row["city"], row["country"])),
        country=row["country"],
        is_deleted=bool(row["IsDeleted"]),
        is_converted=bool(row["IsConverted"]),
        changed=row["SystemModstamp"][:19],
    )


def _replace_tasks(person: Person, tasks: int) -> Person:
    values = {name: getattr(person, name) for name in Person.__slots__}
    return Person(**{**values, "tasks": tasks})


def _guest(row: sqlite3.Row, channels: Iterable[sqlite3.Row]) -> Guest:
    channels = list(channels)
    changed = datetime.fromtimestamp(row["updated_at"], UTC)
    return Guest(
        number=row["number"],
        id=row["id"] or make_id(Kind.CONTACT, row["number"]),
        name=_name(row["first_name"], row["last_name"]),
        channels=tuple((channel["type_class"], channel["value"]) for channel in channels),
        external_id=row["external_id"],
        locked_by=row["locked_by_source"],
        is_blocked=any(channel["block_outbound"] for channel in channels),
        changed=changed.strftime("%Y-%m-%dT%H:%M:%S"),
        last_message=row["last_body"],
        messages=row["messages"],
    )


def _name(first: str | None, last: str | None) -> str:
    return " ".join(_present(first, last))


def _present(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)
