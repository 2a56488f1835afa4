"""From Zingle messages to conversation days: one contact, one local day, complete.

Pure: messages come in as API v1 returns them (contract: timestamps are epoch seconds, where 0 and
null both mean "none"), records go out as the `conversations` schema wants them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tap_zingle.local_days import ZoneHistory, iso_time
from tap_zingle.shapes import Json, a_flag, a_list, a_text, an_object, id_of
from zingle_sync.zingle.pages import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True, order=True)
class DayKey:
    """A conversation day: one contact of one service on one local day."""

    day: date
    contact_id: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent, with what decides its day and order.

    Attributes:
        contact_id: The contact at the other end.
        sent_at: When it was sent (epoch seconds): orders the day.
        created_at: When it was recorded (epoch seconds).
        activity_at: Its last change (epoch seconds).
        content: The message as the record shows it.
    """

    contact_id: str
    sent_at: int
    created_at: int
    activity_at: int
    content: dict[str, Any]

    @property
    def id(self) -> str:
        """The message's own id."""
        return str(self.content["id"])


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What a record tells about the contact, beside its id."""

    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    is_opted_out: bool | None = None


def effective_time(message: Json) -> int | None:
    """When a message was sent (epoch seconds), or `None` while it waits to be sent.

    A scheduled message is recorded long before it is sent (`is_delayed` until then, `executed_at`
    afterwards). It is never sent before it is recorded.
    """
    created = seconds_of(message.get("created_at"))
    executed = seconds_of(message.get("executed_at"))
    if executed is not None:
        return max(executed, created or executed)
    return None if a_flag(message.get("is_delayed")) else created


def activity_time(message: Json) -> int | None:
    """The last time that anything is known to have happened to a message."""
    names = ("created_at", "executed_at", "updated_at", "deleted_by_contact_at")
    return max(filter(None, (seconds_of(message.get(name)) for name in names)), default=None)


def _is_contact(message: Json, end: str) -> bool:
    return (a_text(message.get(f"{end}_type")) or "").lower() == "contact"


def contact_of(message: Json) -> str | None:
    """The contact that a message belongs to; broadcasts to labels or groups have none.

    Messages carry no contact id: it is the id of the end that is a contact.
    """
    for end in ("sender", "recipient"):
        if _is_contact(message, end):
            return id_of(message.get(end))
    return None


def direction_of(message: Json) -> str | None:
    """`inbound` (from the guest) or `outbound`; `None` where nothing tells."""
    direction = (a_text(message.get("communication_direction")) or "").strip().lower()
    if direction in {"inbound", "outbound"}:
        return direction
    if _is_contact(message, "sender"):
        return "inbound"
    return "outbound" if _is_contact(message, "recipient") else None


def user_id(row: Json) -> str | None:
    """The user who sent a message or caused an event, if a user did.

    `triggered_by_user` may be `{}` or an object of nulls, also where a user is named beside it.
    """
    return a_text(row.get("triggered_by_user_id")) or id_of(row.get("triggered_by_user"))


def user_name(message: Json) -> str | None:
    """The name of the user who sent a message, if a user did."""
    names = an_object(message.get("triggered_by_user"))
    parts = (a_text(names.get(part)) for part in ("first_name", "last_name"))
    name = " ".join(part.strip() for part in parts if part and part.strip())
    user = user_id(message)
    return user and (name or a_text(names.get("username")) or user)


def statuses_of(message: Json) -> list[Json]:
    """What became of a message; a bare word is its type."""
    statuses = a_list(message.get("statuses"))
    return [an_object(each) or {"type": a_text(each)} for each in statuses]


def message_channel(message: Json) -> str | None:
    """The class of the channel at the contact's end, else at the service's end."""
    inbound = _is_contact(message, "sender")
    for end in ("sender", "recipient") if inbound else ("recipient", "sender"):
        channel = an_object(an_object(message.get(end)).get("channel"))
        if kind := a_text(channel.get("type_class")):
            return kind
    return None


def channels_of(message: Json) -> tuple[Json, Json]:
    """The channel at the contact's end and the one at the service's; empty where none is named."""
    ends = {
        (a_text(message.get(f"{end}_type")) or "").lower(): an_object(message.get(end))
        for end in ("sender", "recipient")
    }
    contact, service = (an_object(ends.get(kind)) for kind in ("contact", "service"))
    return an_object(contact.get("channel")), an_object(service.get("channel"))


def message_content(message: Json, sent_at: int | None) -> dict[str, Any]:
    """A message as the record shows it."""
    direction = direction_of(message)
    sender = None if direction == "inbound" else user_name(message)
    statuses = {(a_text(each.get("type")) or "").lower() for each in statuses_of(message)}
    return {
        "id": str(message["id"]),
        "at": None if sent_at is None else iso_time(sent_at),
        "direction": direction,
        "sender": sender,
        "channel": message_channel(message),
        "body": a_text(message.get("body")),
        "translated_body": a_text(message.get("translated_body")),
        "language": a_text(message.get("body_language_code")),
        "translated_language": a_text(message.get("translated_body_language_code")),
        "attachments": [
            url for each in a_list(message.get("attachments")) if (url := a_text(each))
        ],
        "is_automated": direction != "inbound" and sender is None,
        "is_failed": "failed" in statuses,
        "is_deleted_by_contact": seconds_of(message.get("deleted_by_contact_at")) is not None,
    }


def sent_message(message: Json) -> SentMessage | None:
    """A message of a person's conversation, or `None` for one that is not part of it."""
    contact_id = contact_of(message)
    sent_at = effective_time(message)
    if contact_id is None or sent_at is None:
        return None
    return SentMessage(
        contact_id=contact_id,
        sent_at=sent_at,
        created_at=seconds_of(message.get("created_at")) or sent_at,
        activity_at=activity_time(message) or sent_at,
        content=message_content(message, sent_at),
    )


def days_of(messages: Iterable[SentMessage], zones: ZoneHistory) -> dict[DayKey, list[SentMessage]]:
    """Sort messages into conversation days, each message once, in the order of sending."""
    once = {message.id: message for message in messages}
    days: dict[DayKey, list[SentMessage]] = defaultdict(list)
    for message in sorted(once.values(), key=lambda each: (each.sent_at, each.id)):
        days[DayKey(zones.local_date(message.sent_at), message.contact_id)].append(message)
    return dict(days)


def service_features(service: Json) -> list[str]:
    """The feature codes of a service; they come as text or as small objects.

    In whatever shape hipaa is named it is among them: it keeps texts private.
    """
    given = service.get("features")
    features = {"hipaa"} if any("hipaa" in text.lower() for text in _texts_in(given)) else set()
    for feature in a_list(given):
        names = an_object(feature)
        code = (
            a_text(feature) or names.get("code") or names.get("name") or names.get("display_name")
        )
        if text := a_text(code):
            features.add(text.lower())
    return sorted(features)


def _texts_in(value: object) -> Iterator[str]:
    """Texts anywhere in a value, and names of what is not set to false."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if a_flag(each) is not False:
                yield str(name)
                yield from _texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts_in(each)
    else:
        yield a_text(value) or ""


def service_country(service: Json) -> str | None:
    """The country of a service's address."""
    return a_text(an_object(service.get("service_address")).get("country"))


def contact_details(contact: Json, external_id_field: str | None = None) -> ContactDetails:
    """What a record tells about a contact.

    Args:
        contact: Contact as API v1 returns it.
        external_id_field: Display name of the contact field that holds the external id, where it
            is not stored natively (`external_id_storage: custom_field`).
    """
    values: dict[str | None, list[str]] = defaultdict(list)
    channels = [an_object(each) for each in a_list(contact.get("channels"))]
    for channel in channels:
        kind = an_object(channel.get("channel_type")).get("type_class") or channel.get("type_class")
        if value := a_text(channel.get("value")):
            values[a_text(kind)].append(value)
    external_id = (
        contact.get("external_id")
        if external_id_field is None
        else field_value(contact, external_id_field)
    )
    blocked = [a_flag(channel.get("block_outbound")) for channel in channels]
    return ContactDetails(
        external_id=a_text(external_id) or None,
        first_name=a_text(contact.get("first_name")),
        last_name=a_text(contact.get("last_name")),
        phones=tuple(values["PhoneNumber"]),
        emails=tuple(values["EmailAddress"]),
        is_opted_out=(bool(blocked) and all(blocked)) or _opted_out(contact.get("optin_status")),
    )


def _opted_out(status: object) -> bool:
    """Whether a status such as `opted-out` says so; it is written in several ways."""
    letters = "".join(each for each in (a_text(status) or "").lower() if each.isalpha())
    return letters in {"optedout", "optout", "unsubscribed"}


def field_value(contact: Json, display_name: str) -> object:
    """The value of the contact field of that name, compared without case."""
    for row in map(an_object, a_list(contact.get("custom_field_values"))):
        name = a_text(an_object(row.get("custom_field")).get("display_name")) or ""
        if name.casefold() == display_name.casefold():
            return row.get("value")
    return None


def conversation_record(
    service: Json,
    key: DayKey,
    zone: str,
    messages: Sequence[SentMessage],
    details: ContactDetails,
) -> dict[str, Any]:
    """The record of one conversation day.

    Args:
        service: Service as API v1 returns it.
        key: The contact and the day.
        zone: IANA name of the zone that rules that day.
        messages: All messages of the day, in order, at least one.
        details: What is known of the contact.
    """
    contents = [message.content for message in messages]
    inbound = sum(content["direction"] == "inbound" for content in contents)
    return {
        "key": f"{service['id']}:{key.contact_id}:{key.day.isoformat()}",
        "service_id": service["id"],
        "service_name": a_text(service.get("display_name")) or a_text(service.get("business_name")),
        "service_features": service_features(service),
        "service_country": service_country(service),
        "time_zone": zone,
        "contact_id": key.contact_id,
        "contact_external_id": details.external_id,
        "first_name": details.first_name,
        "last_name": details.last_name,
        "phones": list(details.phones),
        "emails": list(details.emails),
        "is_opted_out": details.is_opted_out,
        "date": key.day.isoformat(),
        "started_at": iso_time(messages[0].sent_at),
        "last_activity_at": iso_time(max(message.activity_at for message in messages)),
        "message_count": len(contents),
        "inbound_count": inbound,
        "outbound_count": len(contents) - inbound,
        "automated_count": sum(content["is_automated"] for content in contents),
        "participants": list(dict.fromkeys(filter(None, (each["sender"] for each in contents)))),
        "messages": contents,
    }


def parse_key(value: str) -> tuple[str, DayKey]:
    """The service and the day of a record key; a part number behind it is ignored.

    >>> parse_key("s:c:2026-03-02:2")
    ('s', DayKey(day=datetime.date(2026, 3, 2), contact_id='c'))

    Raises:
        ValueError: If it is not `{service_id}:{contact_id}:{YYYY-MM-DD}`.
    """
    service_id, contact_id, day, *_ = [*value.removeprefix("zgl:").split(":"), "", "", ""]
    try:
        key = DayKey(date.fromisoformat(day if service_id and contact_id else ""), contact_id)
    except ValueError as error:
        message = f"{value!r} is not a key of the form service_id:contact_id:YYYY-MM-DD"
        raise ValueError(message) from error
    return service_id, key
