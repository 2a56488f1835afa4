"""The text of a Task: a conversation day, written so that the same day always reads the same.

Pure. Nothing but the day and the settings may decide about a letter of it. A line that begins with
`[` is a message, one that begins with `|` goes on with the message above: so that no text can pose
as a line of somebody else, also where leading blanks are lost.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import regex

from target_salesforce_activity.languages import TWELVE_HOURS, WORDS, Words
from target_salesforce_activity.text import clean, cut_at, is_blank, one_line, shortened, units
from zingle_sync.identity import country_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from target_salesforce_activity.days import Day, Message

RESERVE = 1_000
MAX_NAME = 120
MAX_URL = 300
FURTHER_LINE = "| "
# So many blanks would push a text to the next line of a narrow page.
_WIDE_BLANKS = re.compile(" {5,}")
_SIGNS = re.compile(r"[\[\]()<>|]")
_NOT_READ = regex.compile(r"[\p{M}\p{C}\u115f\u1160\u3164\uffa0]|^\P{L}+")
# In one word: letters of these look like those of another alphabet.
_TWO_ALPHABETS = regex.compile(
    r"\p{Latin}[\p{M}\p{Cf}]*[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}][\p{M}\p{Cf}]*\p{Latin}"
)
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
    """How a day is written down: each as the setting of that name in `settings` says."""

    message_bodies: Literal["auto", "full", "none"]
    translation: Literal["both", "original", "translated"]
    attachments: Literal["count", "link"]
    deleted_messages: Literal["mark", "omit"]
    language: str
    conversation_url: str | None

    @property
    def words(self) -> Words:
        """The words of the language."""
        return WORDS[self.language]


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
    page = _Page(day, options, budget)
    parts = tuple(page.parts()) or (((), ()),)
    last = len(parts)
    end = ("", options.words.ownership)
    return tuple(
        "\n".join((*page.header(messages, number, last), "", *lines, *end))
        for number, (messages, lines) in enumerate(parts, 1)
    )


def channel_names(messages: Iterable[Message], words: Words) -> str:
    """The channels of messages in a reader's words, each once."""
    names = {
        "PhoneNumber": words.text_message,
        "EmailAddress": words.email,
        "FacebookChannel": "Facebook",
        "TwitterChannel": "Twitter",
        "UserDefinedChannel": words.other_channel,
    }
    channels = (message.channel for message in messages if message.channel)
    return ", ".join(dict.fromkeys(names.get(each, one_line(each)) for each in channels))


def body_of(message: Message, options: TranscriptOptions) -> str:
    """A message's own text, in the language that is wanted; "" where there is nothing to see."""
    body, translated = clean(message.body or ""), clean(message.translated_body or "")
    text = translated if options.translation == "translated" and translated else body
    return "" if is_blank(text) else text


class _Page:
    """A day on its way into lines."""

    def __init__(self, day: Day, options: TranscriptOptions, budget: int) -> None:
        self._day = day
        self._options = options
        self._words = options.words
        self._budget = budget
        self._zone = ZoneInfo(day.time_zone)
        self._quiet = bodies_left_out(day, options)
        self._name = "" if self._quiet else _name(day.contact_name)
        self._guest = self._guests_label()
        country = country_of(day.country)
        known = isinstance(country, str)
        self._twelve = country in TWELVE_HOURS if known else options.language == "en"
        omit = options.deleted_messages == "omit"
        self._shown = [each for each in day.messages if not (each.is_deleted and omit)]

    def _guests_label(self) -> str:
        """The guest's name, unless it could be taken for the hotel's."""
        if is_blank(self._name):
            return self._words.guest
        return f"{self._words.guest} ({self._name})" if _poses(self._name) else self._name

    def header(self, messages: Sequence[Message], number: int, last: int) -> Iterator[str]:
        day, words = self._day, self._words
        channels = shortened(channel_names(messages, words), MAX_NAME)
        opted_out = words.opted_out if day.is_opted_out and not self._quiet else ""
        if who := " · ".join(filter(None, (self._name, channels, opted_out))):
            yield who
        service = _name(day.service_name or "")
        yield " · ".join(filter(None, (service, f"{day.date.isoformat()} ({day.time_zone})")))
        if url := conversation_url(day, self._options):
            yield url
        if number < last:
            yield words.part.format(number=number)
            return
        if last > 1:
            yield words.last_part.format(number=number, last=last)
        total, inbound = len(self._shown), sum(message.inbound for message in self._shown)
        text = words.count_one if total == 1 else words.count_many
        yield text.format(total=total, inbound=inbound, outbound=total - inbound)

    def parts(self) -> Iterator[tuple[list[Message], list[str]]]:
        """The messages and lines of each Task."""
        held: list[Message] = []
        lines: list[str] = []
        used = 0
        for message in self._shown:
            for entry in self._entries(message):
                size = units(entry) + 2
                if lines and used + size > self._budget:
                    yield held, lines
                    held, lines, used = [], [], 0
                held.append(message)
                lines.append(entry)
                used += size
        if lines:
            yield held, lines

    def _entries(self, message: Message) -> Iterator[str]:
        """A message's lines: one entry, or several where it is longer than a whole part."""
        start = f"[{self._clock(message.at)}] {self._speaker(message)}"
        if self._quiet:
            yield start
            return
        rest = self._text(message)
        prefix = f"{start} > "
        while units(prefix + _marked(rest)) + 2 > self._budget:
            end = cut_at(rest, self._budget - units(prefix) - 2, line_cost=units(FURTHER_LINE))
            yield prefix + _marked(rest[:end].rstrip())
            rest = rest[end:].lstrip()
            prefix = f"{start} {self._words.continued} > "
        yield (prefix + _marked(rest)).rstrip()

    def _text(self, message: Message) -> str:
        options, words = self._options, self._words
        if message.is_deleted:
            return words.deleted
        body, translated = body_of(message, options), clean(message.translated_body or "")
        pieces = [_WIDE_BLANKS.sub(" ", body)]
        if options.translation == "both" and not is_blank(translated) and translated != body:
            language = one_line(message.translated_language) or words.translation
            pieces.append(f"({language}: {_WIDE_BLANKS.sub(' ', translated)})")
        pieces.extend(self._attachments(message.attachments))
        if not any(pieces):
            pieces.append(words.no_text)
        if message.is_failed:
            pieces.append(words.not_delivered)
        return "\n".join(piece for piece in pieces if piece)

    def _attachments(self, urls: Sequence[str]) -> Iterator[str]:
        if not urls:
            return
        words = self._words
        if self._options.attachments == "count":
            text = words.attachments_one if len(urls) == 1 else words.attachments_many
            yield text.format(count=len(urls))
            return
        for number, url in enumerate(urls, 1):
            kind = MEDIA_TYPES.get(url.partition("?")[0].rpartition(".")[2].lower())
            label = words.attachment.format(number=number) + (f": {kind}" if kind else "")
            yield f"[{label}] {one_line(url)}"

    def _speaker(self, message: Message) -> str:
        if message.inbound:
            return self._guest
        if message.is_automated:
            return self._words.auto
        sender = "" if self._quiet else _name(message.sender or "")
        return f"{self._words.service} ({sender})" if sender else self._words.service

    def _clock(self, moment: datetime) -> str:
        """The wall-clock time; in the hour that clocks repeat, with the zone's abbreviation."""
        local = moment.astimezone(self._zone)
        half, hour = divmod(local.hour, 12)
        text = f"{local.hour:02d}:{local.minute:02d}"
        if self._twelve:
            text = f"{hour or 12}:{local.minute:02d} {('AM', 'PM')[half]}"
        other = local.replace(fold=1 - local.fold)
        repeated = other.utcoffset() != local.utcoffset() and _exists(other, self._zone)
        return f"{text} {local.tzname()}" if repeated else text


def _marked(text: str) -> str:
    """A message's text, its further lines marked as such."""
    first, *further = text.split("\n")
    return "\n".join((first, *(f"{FURTHER_LINE}{line}".rstrip() for line in further)))


def conversation_url(day: Day, options: TranscriptOptions) -> str | None:
    """Where the conversation can be opened; nothing where the address would be too long."""
    if not options.conversation_url:
        return None
    ids = {"service_id": day.service_id, "contact_id": day.contact_id, "date": day.date.isoformat()}
    quoted = {name: quote(value, safe="") for name, value in ids.items()}
    url = one_line(options.conversation_url.format(**quoted))
    return url if units(url) <= MAX_URL else None


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    back = local.astimezone(ZoneInfo("UTC")).astimezone(zone)
    return back.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)


def _poses(name: str) -> bool:
    """Whether a name begins with a label of the hotel's side, or reads as if it did."""
    if _TWO_ALPHABETS.search(name):
        return True
    name = _as_read(name)
    rests = (name.removeprefix(label) for label in _LABELS if name.startswith(label))
    return any(not (rest[:1].isascii() and rest[:1].isalpha()) for rest in rests)


def _as_read(text: str) -> str:
    """The letters that a reader sees: without case, accents, and signs in front."""
    return _NOT_READ.sub("", unicodedata.normalize("NFKD", text).casefold())


# Labels of the other side, in any language: no guest's name may pass for one of them.
_LABELS = frozenset(
    _as_read(label) for words in WORDS.values() for label in (words.service, words.auto)
)


def _name(text: str) -> str:
    """A name on one line, without the signs that part a transcript's lines."""
    return shortened(one_line(_SIGNS.sub(" ", text)), MAX_NAME)
