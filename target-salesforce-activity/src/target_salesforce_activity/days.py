"""One conversation day, as the target reads it from a record. Pure.

The record may come from tap-zingle or from any tap that fills the same properties. Nothing is
guessed here: a value that is not understood makes the record invalid, with the path to it.
A new property of the input is read here, and stands in the README's table.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zingle_sync.texts import clean_tree, read_flag
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

REQUIRED_PROPERTIES = frozenset({"service_id", "contact_id", "date", "messages"})
# The years that a date of Salesforce may have.
FIRST_YEAR, LAST_YEAR = 1700, 4000
LONGEST_ID = 1_000
SHORTEST_TEXT = 3
# What messengers call the two ways; the last two are Twilio's.
DIRECTIONS = {
    **dict.fromkeys(("inbound", "incoming"), True),
    **dict.fromkeys(("outbound", "outgoing", "outbound-api", "outbound-reply"), False),
}


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
    """All messages of one contact of one service on one local day, in order.

    Attributes:
        is_private: Whether the service says that its texts are health data.
        country: The service's, as it says it.
    """

    service_id: str
    contact_id: str
    date: date
    messages: tuple[Message, ...]
    service_name: str | None = None
    is_private: bool = False
    time_zone: str = "UTC"
    country: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    is_opted_out: bool = False

    @property
    def source_key(self) -> str:
        """The record's key: `{service_id}:{contact_id}:{date}`."""
        return source_key(self.service_id, self.contact_id, self.date.isoformat())

    @property
    def contact_name(self) -> str:
        """First and last name, as far as they are known."""
        return " ".join(filter(None, (self.first_name, self.last_name)))


def private_texts(day: Day) -> frozenset[str]:
    """What a log must not repeat: names, numbers, addresses, and the lines of messages."""
    people = (day.contact_name, day.first_name, day.last_name, *day.phones, *day.emails)
    texts = [*people, *(message.sender for message in day.messages)]
    for message in day.messages:
        texts += (message.body or "").splitlines() + (message.translated_body or "").splitlines()
    return frozenset(text.strip() for text in texts if text and len(text.strip()) >= SHORTEST_TEXT)


class InvalidDayError(ValueError):
    """A record is no conversation day; names the path of the value, never the value."""


def source_key(*parts: object) -> str:
    """Ids and date in one text that no others make: colons inside of them are escaped.

    >>> source_key("s", "c", "2026-03-02"), source_key("a:b", "c"), source_key("a", "b:c")
    ('s:c:2026-03-02', 'a%3Ab:c', 'a:b%3Ac')
    """
    return ":".join(str(part).replace("%", "%25").replace(":", "%3A") for part in parts)


def key_of(record: object) -> str:
    """The key of a record that may be no day at all, for the sync log."""
    values = record if isinstance(record, dict) else {}
    parts = [values.get(name) for name in ("service_id", "contact_id", "date")]
    fits = [isinstance(part, str | int) and len(str(part)) < LONGEST_ID for part in parts]
    return source_key(*(part if fit else "?" for part, fit in zip(parts, fits, strict=True)))


def is_conversation_schema(schema: Mapping[str, Any]) -> bool:
    """Whether a stream of that JSON Schema holds conversation days."""
    return set(schema.get("properties", {})) >= REQUIRED_PROPERTIES


def day_from_record(record: object) -> Day:
    """The day of a record, each message once, in the order of sending.

    Raises:
        InvalidDayError: If a required value is missing, or one is not understood.
    """
    values = _Values(record, "")
    messages = {message.id: message for message in _messages(values)}
    return Day(
        service_id=values.id("service_id"),
        contact_id=values.id("contact_id"),
        date=_date(values),
        messages=tuple(sorted(messages.values(), key=lambda each: (each.at, each.id))),
        service_name=values.text("service_name"),
        is_private=_is_private(values),
        time_zone=_zone(values),
        country=values.text("service_country"),
        external_id=values.text("contact_external_id"),
        first_name=values.text("first_name"),
        last_name=values.text("last_name"),
        phones=values.texts("phones"),
        emails=values.texts("emails"),
        is_opted_out=values.flag("is_opted_out"),
    )


class _Values:
    """An object of the input; every reader gives a value, nothing, or an error with the path."""

    def __init__(self, row: object, path: str) -> None:
        self.path = path
        if not isinstance(row, dict):
            self.refuse("", "is not an object")
        self._row: Mapping[str, Any] = row

    def refuse(self, name: str, problem: str) -> NoReturn:
        raise InvalidDayError(
            f"{self.path}{name} {problem}".strip() if self.path or name else f"the record {problem}"
        )

    def raw(self, name: str) -> object:
        return self._row.get(name)

    def text(self, name: str) -> str | None:
        value = self.raw(name)
        if value is not None and not isinstance(value, str):
            self.refuse(name, "is not a text")
        return value or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None or not value.strip():
            self.refuse(name, "is missing")
        return value

    def id(self, name: str) -> str:
        value = self.raw(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        text = self.needed(name)
        if len(text) > LONGEST_ID or not text.isprintable():
            self.refuse(name, "is not an id")
        return text

    def listed(self, name: str) -> object:
        """A list, also where flattening has written it as JSON; anything else as it came."""
        value = self.raw(name)
        if not isinstance(value, str) or not value.startswith("["):
            return value
        try:
            return clean_tree(json.loads(value))
        except (RecursionError, ValueError):
            return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.listed(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.refuse(name, "is not a list of texts")
        for place, item in enumerate(value):
            if item is not None and not isinstance(item, str):
                self.refuse(f"{name}[{place}]", "is not a text")
        return tuple(item for item in value if item)

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        try:
            return value is not None and read_flag(value)
        except ValueError:
            self.refuse(name, "is neither true nor false")


def _messages(values: _Values) -> Iterator[Message]:
    rows = values.listed("messages")
    if not isinstance(rows, list):
        values.refuse("messages", "is not a list of objects")
    for place, row in enumerate(rows):
        yield _message(_Values(row, f"messages[{place}]."))


def _message(values: _Values) -> Message:
    direction = values.needed("direction").strip().lower()
    if direction not in DIRECTIONS:
        values.refuse("direction", "is neither inbound nor outbound")
    return Message(
        id=values.id("id"),
        at=_at(values),
        inbound=DIRECTIONS[direction],
        sender=values.text("sender"),
        channel=values.text("channel"),
        body=values.text("body"),
        translated_body=values.text("translated_body"),
        translated_language=values.text("translated_language"),
        attachments=values.texts("attachments"),
        is_automated=values.flag("is_automated"),
        is_failed=values.flag("is_failed"),
        is_deleted=values.flag("is_deleted_by_contact"),
    )


def _at(values: _Values) -> datetime:
    text = values.needed("at")
    try:
        moment = moment_of(text)
    except ValueError:
        values.refuse("at", "is not an ISO 8601 time")
    _check_year(values, "at", moment.year)
    return moment


def _date(values: _Values) -> date:
    text = values.needed("date").strip()
    try:
        moment_of(text)
        # The day as it is written: an offset behind a time does not move it.
        day = moment_of(re.split("[Tt ]", text)[0]).date()
    except ValueError:
        values.refuse("date", "is not an ISO 8601 date")
    _check_year(values, "date", day.year)
    return day


def _check_year(values: _Values, name: str, year: int) -> None:
    if not FIRST_YEAR <= year < LAST_YEAR:
        values.refuse(name, f"is not in the years {FIRST_YEAR} to {LAST_YEAR}")


def _zone(values: _Values) -> str:
    name = values.text("time_zone") or "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        values.refuse("time_zone", "is not an IANA zone")


def _is_private(values: _Values) -> bool:
    """Whether the features name hipaa, in whatever form they come: in doubt, texts stay out."""
    features = values.raw("service_features")
    try:
        text = json.dumps(features, default=str, ensure_ascii=False)
    except (RecursionError, ValueError):
        return True
    if "hipaa" in "".join(filter(str.isalpha, unicodedata.normalize("NFKC", text).lower())):
        return True
    if features is not None and not isinstance(features, str):
        values.texts("service_features")
    return False
