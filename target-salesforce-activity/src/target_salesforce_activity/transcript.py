"""The text of a Task: a conversation day, written so that the same day always reads the same.

Pure. Nothing but the day and the settings may decide about a letter of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from target_salesforce_activity.text import clean, cut_at, one_line, shortened, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from target_salesforce_activity.days import Day, Message


MOVED = "(moved)"
OWNERSHIP = "Written by zingle-sync: changes made here are overwritten."
RESERVE = 1_000
MAX_NAME = 120
INDENT = "    "

CHANNEL_NAMES = {
    "PhoneNumber": "text message",
    "EmailAddress": "e-mail",
    "FacebookChannel": "Facebook",
    "TwitterChannel": "Twitter",
    "UserDefinedChannel": "other channel",
}
MEDIA_TYPES = {
    "gif": "image/gif",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "vcf": "text/vcard",
    "webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class TranscriptOptions:
    """How a day is written down.

    Attributes:
        message_bodies: `auto` leaves the texts out where the service has the hipaa feature.
        translation: Which text of a translated message to show.
        attachments: Show how many there are, or their links.
        deleted_messages: Mark what the guest deleted, or leave it out.
    """

    message_bodies: Literal["auto", "full", "none"]
    translation: Literal["both", "original", "translated"]
    attachments: Literal["count", "link"]
    deleted_messages: Literal["mark", "omit"]


def bodies_left_out(day: Day, options: TranscriptOptions) -> bool:
    """Whether the texts of a day's messages stay out of Salesforce."""
    return options.message_bodies == "none" or (options.message_bodies == "auto" and day.is_private)


def render(day: Day, options: TranscriptOptions, max_length: int) -> tuple[str, ...]:
    """The descriptions of the day's Tasks, usually one.

    Parts are filled greedily from the first message on, so that earlier parts keep their borders
    while the day grows. Only the last part tells how many there are and counts the messages.
    `max_length` is that of the org's Task.Description.

    Raises:
        ValueError: If the description field is too short for any transcript.
    """
    budget = max_length - min(RESERVE, max_length // 2)
    if budget < RESERVE:
        raise ValueError("Task.Description is too short for a transcript")
    shown = tuple(
        message
        for message in day.messages
        if not (message.is_deleted and options.deleted_messages == "omit")
    )
    zone = ZoneInfo(day.time_zone)
    quiet = bodies_left_out(day, options)
    parts = tuple(_parts(shown, zone, options, quiet=quiet, budget=budget)) or (((), ()),)
    last = len(parts)
    return tuple(
        "\n".join(
            (
                *_header(day, messages, number, last, quiet=quiet),
                *(_counts(shown) if number == last else ()),
                "",
                *lines,
                "",
                OWNERSHIP,
            )
        )
        for number, (messages, lines) in enumerate(parts, 1)
    )


def _header(
    day: Day, messages: Sequence[Message], number: int, last: int, *, quiet: bool
) -> Iterator[str]:
    channels = ", ".join(
        dict.fromkeys(
            CHANNEL_NAMES.get(message.channel, clean(message.channel))
            for message in messages
            if message.channel
        )
    )
    name = "" if quiet else _name(day.contact_name)
    who = " · ".join(filter(None, (name, _name(channels))))
    if who:
        yield who
    service = _name(day.service_name or "")
    yield " · ".join(filter(None, (service, f"{day.date.isoformat()} ({day.time_zone})")))
    yield f"Zingle contact {day.contact_id}"
    if last > 1:
        yield f"(part {number} of {last})" if number == last else f"(part {number})"


def _counts(messages: Sequence[Message]) -> Iterator[str]:
    inbound = sum(message.inbound for message in messages)
    total = len(messages)
    noun = "message" if total == 1 else "messages"
    yield f"{total} {noun}: {inbound} in, {total - inbound} out"


def _parts(
    messages: Sequence[Message],
    zone: ZoneInfo,
    options: TranscriptOptions,
    *,
    quiet: bool,
    budget: int,
) -> Iterator[tuple[list[Message], list[str]]]:
    held: list[Message] = []
    lines: list[str] = []
    used = 0
    for message in messages:
        for entry in _entries(message, zone, options, quiet=quiet, budget=budget):
            size = units(entry) + 2
            if lines and used + size > budget:
                yield held, lines
                held, lines, used = [], [], 0
            held.append(message)
            lines.append(entry)
            used += size
    if lines:
        yield held, lines


def _entries(
    message: Message, zone: ZoneInfo, options: TranscriptOptions, *, quiet: bool, budget: int
) -> Iterator[str]:
    """A message's lines: one entry, or several where it is longer than a whole part."""
    start = f"[{_clock(message.at, zone)}] {_speaker(message, quiet=quiet)}"
    if quiet:
        yield start
        return
    rest = _text(message, options).replace("\n", "\n" + INDENT)
    prefix = f"{start} > "
    while units(prefix + rest) + 2 > budget:
        cut = cut_at(rest, budget - units(prefix) - 2)
        yield prefix + rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
        prefix = f"{start} (continued) > "
    yield (prefix + rest).rstrip()


def _text(message: Message, options: TranscriptOptions) -> str:
    if message.is_deleted:
        return "[deleted by contact]"
    body, translated = clean(message.body or ""), clean(message.translated_body or "")
    pieces = []
    if options.translation == "translated" and translated:
        pieces.append(translated)
    else:
        pieces.append(body)
        if options.translation == "both" and translated and translated != body:
            pieces.append(
                f"  ({clean(message.translated_language or 'translation')}: {translated})"
            )
    pieces.extend(_attachments(message.attachments, options))
    if message.is_failed:
        pieces.append("[not delivered]")
    return "\n".join(piece for piece in pieces if piece)


def _attachments(urls: Sequence[str], options: TranscriptOptions) -> Iterator[str]:
    if not urls:
        return
    if options.attachments == "count":
        yield "[1 attachment]" if len(urls) == 1 else f"[{len(urls)} attachments]"
        return
    for number, url in enumerate(urls, 1):
        ending = url.partition("?")[0].rpartition(".")[2].lower()
        kind = MEDIA_TYPES.get(ending)
        label = f"attachment {number}: {kind}" if kind else f"attachment {number}"
        yield f"[{label}] {clean(url)}"


def _speaker(message: Message, *, quiet: bool) -> str:
    if message.inbound:
        return "Guest"
    if message.is_automated:
        return "Auto"
    sender = "" if quiet else _name(message.sender or "")
    return f"Service ({sender})" if sender else "Service"


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    """The wall-clock time; in the hour that clocks repeat, with the zone's abbreviation."""
    local = moment.astimezone(zone)
    half, hour = divmod(local.hour, 12)
    text = f"{hour or 12}:{local.minute:02d} {('AM', 'PM')[half]}"
    other = local.replace(fold=1 - local.fold)
    repeated = other.utcoffset() != local.utcoffset() and _exists(other, zone)
    return f"{text} {local.tzname()}" if repeated else text


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    back = local.astimezone(ZoneInfo("UTC")).astimezone(zone)
    return back.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)


def _name(text: str) -> str:
    return shortened(one_line(text), MAX_NAME)
