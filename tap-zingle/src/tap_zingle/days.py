"""Read one service's conversation days: which changed, and all messages of each.

Change here how days are found and made complete; what a day's record looks like is decided in
`conversations`. Two passes over the messages (contract, sections 8 and 13). Pages are offsets and
may shift while they are read: messages that turn up late have their day read again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_zingle.bookmarks import (
    SAFETY_SECONDS,
    SECONDS_PER_DAY,
    Bookmark,
    ReadPlan,
    plan_reading,
    read_from,
)
from tap_zingle.conversations import (
    DayKey,
    SentMessage,
    conversation_record,
    days_of,
    sent_message,
)
from tap_zingle.messages_since import MessagesSince
from tap_zingle.rows import TimedList
from tap_zingle.zones import ONE_DAY, ZoneHistory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import date

    from tap_zingle.contacts import ContactBook
    from tap_zingle.settings import Settings
    from zingle_sync.zingle import Zingle

# Contacts whose messages are read again one by one without asking what the whole list costs.
MANY_CONTACTS = 50

# Reading more than this (seconds) is remembered day by day.
LONG_SECONDS = 30 * SECONDS_PER_DAY

Days = dict["date", dict[str, dict[str, SentMessage]]]


@dataclass
class DayReader:
    """Reads the conversation days of one service.

    Attributes:
        zingle: Sends the calls.
        service: Service as API v1 returns it.
        settings: What is to be read.
        zones: The service's time zones.
        book: Knows the contacts.
        pool: Reads several contacts' messages at a time.
        started_at: Zingle's time at the start of the run (epoch seconds).
    """

    zingle: Zingle
    service: Mapping[str, Any]
    settings: Settings
    zones: ZoneHistory
    book: ContactBook
    pool: Executor
    started_at: int
    _early: list[SentMessage] = field(default_factory=list)

    @property
    def messages(self) -> TimedList:
        """The list of the service's messages."""
        return TimedList(self.zingle, str(self.service["id"]), "messages")

    def read(self, bookmark: Bookmark) -> Iterator[dict[str, Any] | Bookmark]:
        """The records of all changed days, oldest first, and how far they reach.

        A bookmark comes after a whole day; it may be kept once the records before it are.
        """
        plan = plan_reading(bookmark, self.settings, self.zones)
        until = self.started_at - SAFETY_SECONDS
        self._early = []
        if plan.late_since is not None:
            touched = self._touched(plan, plan.late_since)
            yield from self._records(self._reread(touched))
        yield from self._recent(plan, until)
        yield Bookmark(until)

    def read_days(self, keys: Iterable[DayKey]) -> Iterator[dict[str, Any]]:
        """The records of single days, whatever the bookmark says."""
        yield from self._records(self._reread(dict.fromkeys(keys)))

    # First pass: days from the bookmark's day on

    def _recent(self, plan: ReadPlan, until: int) -> Iterator[dict[str, Any] | Bookmark]:
        days: Days = defaultdict(lambda: defaultdict(dict))
        given_out = plan.first_day - ONE_DAY
        torn: dict[DayKey, int | None] = {}
        for early in self._early:
            self._sort_in(days, early)
        border = 0
        walk = self._walk(plan)
        for created, row in walk.rows() if walk else self.messages.recorded_since(plan.read_from):
            if created >= border:
                finished = sorted(day for day in days if self._ends(day) <= created)
                given_out = max([given_out, *finished])
                for day in finished:
                    yield from self._day(day, days.pop(day), plan)
                    if walk and walk.steady and self._ends(day) <= until:
                        yield Bookmark(until, day)
                border = min(map(self._ends, days), default=created + 1)
            message = sent_message(row)
            if message is None:
                continue
            day = self.zones.local_date(message.sent_at)
            if day > given_out:
                self._sort_in(days, message)
                border = min(border, self._ends(day))
            elif day >= plan.first_day:
                torn[DayKey(day, message.contact_id)] = message.created_at
        for day in sorted(days):
            yield from self._day(day, days[day], plan)
        yield from self._records(self._reread(torn))

    def _walk(self, plan: ReadPlan) -> MessagesSince | None:
        """A walk where there is much to read, so that it is worth being resumed."""
        if plan.emit_since is None or self.started_at - plan.read_from > LONG_SECONDS:
            return MessagesSince(self.messages, plan.read_from)
        return None

    def _sort_in(self, days: Days, message: SentMessage) -> None:
        day = self.zones.local_date(message.sent_at)
        days[day][message.contact_id][message.id] = message

    def _ends(self, day: date) -> int:
        return self.zones.day_start(day + ONE_DAY)

    def _day(
        self, day: date, contacts: Mapping[str, Mapping[str, SentMessage]], plan: ReadPlan
    ) -> Iterator[dict[str, Any]]:
        """The records of a day whose messages are all read."""
        if day < plan.first_day:
            return
        changed = {
            DayKey(day, contact_id): list(messages.values())
            for contact_id, messages in contacts.items()
            if plan.emit_since is None
            or any(each.activity_at >= plan.emit_since for each in messages.values())
        }
        if changed:
            yield from self._records(changed)

    # Second pass: earlier days that were touched since

    def _touched(self, plan: ReadPlan, since: int) -> dict[DayKey, int | None]:
        """The days before the first pass's that changed, with their earliest known bound."""
        touched: dict[DayKey, int | None] = {}
        for row in self.messages.changed_since(since):
            message = sent_message(row)
            if message is None:
                continue
            day = self.zones.local_date(message.sent_at)
            if plan.oldest_day <= day < plan.first_day:
                key = DayKey(day, message.contact_id)
                known = touched.get(key)
                touched[key] = min(known or message.created_at, message.created_at)
            elif day >= plan.first_day and message.created_at < plan.read_from:
                self._early.append(message)
        return touched

    # Single days

    def _reread(self, keys: Mapping[DayKey, int | None]) -> dict[DayKey, list[SentMessage]]:
        """All messages of some days, asking once per contact."""
        bounds: dict[str, int] = {}
        for key, created in keys.items():
            bound = read_from(key.day, self.settings, self.zones)
            bound = min(bound, created if created is not None else bound)
            bounds[key.contact_id] = min(bounds.get(key.contact_id, bound), bound)
        if len(bounds) > MANY_CONTACTS and len(bounds) > self.messages.pages:
            return self._days_since(min(bounds.values()), keys)
        found: dict[DayKey, list[SentMessage]] = {}
        for days in self.pool.map(self._days_of_contact, bounds, bounds.values()):
            found.update({key: messages for key, messages in days.items() if key in keys})
        return found

    def _days_since(
        self, start: int, keys: Mapping[DayKey, int | None]
    ) -> dict[DayKey, list[SentMessage]]:
        """All messages of some days, read from the whole list where that is cheaper."""
        sent = (
            each for _, row in self.messages.recorded_since(start) if (each := sent_message(row))
        )
        wanted = (
            each
            for each in sent
            if DayKey(self.zones.local_date(each.sent_at), each.contact_id) in keys
        )
        return days_of(wanted, self.zones)

    def _days_of_contact(self, contact_id: str, bound: int) -> dict[DayKey, list[SentMessage]]:
        rows = self.messages.recorded_since(bound, contact_id=contact_id)
        messages = (sent_message(row) for _, row in rows)
        return days_of((each for each in messages if each), self.zones)

    def _records(self, days: Mapping[DayKey, Sequence[SentMessage]]) -> Iterator[dict[str, Any]]:
        contacts = self.book.look_up(key.contact_id for key in days)
        for key in sorted(days):
            messages = sorted(days[key], key=lambda each: (each.sent_at, each.id))
            yield conversation_record(
                self.service, key, self.zones.zone_of(key.day), messages, contacts[key.contact_id]
            )
