"""One conversation day, as the target reads it from a record.

Pure. The record may come from tap-zingle or from any tap that fills the same schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


REQUIRED_PROPERTIES = frozenset({"service_id", "contact_id", "date", "messages"})


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the day.

    Attributes:
        at: When it was sent, in UTC.
        inbound: Whether the guest wrote it.
        sender: Name of the user who wrote it, for a person's outbound message.
        channel: Class of the channel, such as `PhoneNumber`.
        translated_body: The translation that Zingle shows, in `translated_language`.
        attachments: URLs.
        is_automated: Whether an automation or template sent it.
    """

    id: str
    at: datetime
    inbound: bool
    sender: str | None = None
    channel: str | None = None
    body: str | None = None
    translated_body: str | None = None
    translated_language: str | None = None
    attachments: tuple[str, ...] = ()
    is_automated: bool = False
    is_failed: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """All messages of one contact of one service on one local day, in order."""

    service_id: str
    contact_id: str
    date: date
    messages: tuple[Message, ...]
    service_name: str | None = None
    features: frozenset[str] = frozenset()
    time_zone: str = "UTC"
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def source_key(self) -> str:
        """The record's key: `{service_id}:{contact_id}:{date}`."""
        return f"{self.service_id}:{self.contact_id}:{self.date.isoformat()}"

    @property
    def contact_name(self) -> str:
        """First and last name, as far as they are known."""
        return " ".join(filter(None, (self.first_name, self.last_name)))


def is_conversation_schema(schema: Mapping[str, Any]) -> bool:
    """Whether a stream of that JSON Schema holds conversation days."""
    return set(schema.get("properties", {})) >= REQUIRED_PROPERTIES


def day_from_record(record: Mapping[str, Any]) -> Day:
    """The day of a record, each message once, in the order of sending.

    Raises:
        ValueError: If a required value is missing or of another kind; names properties only.
    """
    messages = {
        message.id: message
        for message in (_message(row) for row in _rows(record.get("messages"), "messages"))
    }
    return Day(
        service_id=_text(record, "service_id"),
        contact_id=_text(record, "contact_id"),
        date=_date(record.get("date")),
        messages=tuple(sorted(messages.values(), key=lambda each: (each.at, each.id))),
        service_name=record.get("service_name"),
        features=frozenset(str(item).lower() for item in record.get("service_features") or ()),
        time_zone=_zone(record.get("time_zone") or "UTC"),
        external_id=record.get("contact_external_id"),
        first_name=record.get("first_name"),
        last_name=record.get("last_name"),
        phones=tuple(str(item) for item in record.get("phones") or () if item),
        emails=tuple(str(item) for item in record.get("emails") or () if item),
    )


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        id=_text(row, "id"),
        at=_instant(row.get("at")),
        inbound=row.get("direction") == "inbound",
        sender=row.get("sender") or None,
        channel=row.get("channel") or None,
        body=row.get("body"),
        translated_body=row.get("translated_body"),
        translated_language=row.get("translated_language"),
        attachments=tuple(str(url) for url in row.get("attachments") or () if url),
        is_automated=bool(row.get("is_automated")),
        is_failed=bool(row.get("is_failed")),
        is_deleted=bool(row.get("is_deleted_by_contact")),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or value == "":
        raise ValueError(f"{name} is missing")
    return str(value)


def _rows(value: object, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError(f"{name} is not a list of objects")
    return value


def _date(value: object) -> date:
    try:
        return moment_of(str(value)[:10]).date()
    except ValueError:
        raise ValueError("date is not a date") from None


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("time_zone is not an IANA zone") from None


def _instant(value: object) -> datetime:
    try:
        return moment_of(str(value))
    except ValueError:
        raise ValueError("at is not a time") from None
