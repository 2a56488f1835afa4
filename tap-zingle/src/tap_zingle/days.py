"""Read one service's conversation days: which changed, and all messages of each.

Change here how days are found and made complete; what a day's record looks like is decided in
`conversations`. Two passes over the messages (contract, sections 8 and 13): what changed on earlier
days, and what was recorded since. A day is given out when all its messages are proved to be read,
and not before; a bookmark covers what is proved, and no more.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

from tap_zingle.bookmarks import (
    SAFETY_SECONDS,
    SECONDS_PER_DAY,
    Bookmark,
    ReadPlan,
    oldest_kept_day,
    plan_reading,
)
from tap_zingle.conversations import (
    DayKey,
    SentMessage,
    conversation_record,
    days_of,
    sent_message,
)
from tap_zingle.local_days import ONE_DAY, ZoneHistory
from tap_zingle.rows import TimedList
from zingle_sync.zingle import TransientError
from zingle_sync.zingle.errors import GoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import date

    from tap_zingle.contacts import ContactBook
    from tap_zingle.settings import Settings
    from zingle_sync.zingle import Zingle

logger = logging.getLogger(__name__)

# Contacts whose messages are read again one by one without asking what the whole list costs.
MANY_CONTACTS = 50

# Reading more than this (seconds) is remembered day by day.
LONG_SECONDS = 30 * SECONDS_PER_DAY

Days = dict["date", dict[str, dict[str, SentMessage]]]
Bounds = dict[DayKey, int]


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
    _longest_delay: int = 0
    _early: list[SentMessage] = field(default_factory=list)
    _unproved: bool = False

    def read(self, bookmark: Bookmark) -> Iterator[dict[str, Any] | Bookmark]:
        """The records of all changed days, oldest first, and how far they reach.

        A bookmark comes after a whole day; it may be kept once the records before it are.
        """
        oldest = max(self.settings.start_date, self._oldest_kept_day())
        plan = plan_reading(bookmark, self.settings, self.zones, oldest)
        self._longest_delay = bookmark.longest_delay
        yield from self._records(self._reread(self._touched(plan)))
        # What changed on earlier days is looked for again, as long as it was not surely found.
        until = bookmark.activity_until if self._unproved else self.started_at - SAFETY_SECONDS
        messages = self._messages()
        yield from self._recent(plan, until, messages)
        if messages.proved:
            yield Bookmark(until, None, self._longest_delay)
        if self._unproved or not messages.proved:
            messages.doubt()
        self._tell_delay(bookmark.longest_delay)

    def read_days(self, keys: Iterable[DayKey]) -> Iterator[dict[str, Any]]:
        """The records of single days, whatever the bookmark says.

        Raises:
            zingle_sync.zingle.TransientError: If some could not be proved complete.
        """
        oldest = self._oldest_kept_day()
        bounds = {key: 0 for key in keys if key.day >= oldest}
        if left_out := len(set(keys)) - len(bounds):
            logger.warning(
                "Service %s: %d of the days asked for begin before %s; Zingle no longer keeps all "
                "their messages (message_retention_days), so they are not read",
                self.service["id"],
                left_out,
                oldest,
            )
        yield from self._records(self._reread(bounds))
        if self._unproved:
            raise TransientError("some of the days asked for changed whenever they were read")

    @property
    def _end(self) -> int:
        """Up to when (epoch seconds) messages are read, or new ones would be read without end."""
        return self.started_at + SAFETY_SECONDS

    def _messages(self) -> TimedList:
        return TimedList(self.zingle, str(self.service["id"]), "messages")

    def _oldest_kept_day(self) -> date:
        return oldest_kept_day(self.started_at, self.settings.message_retention_days, self.zones)

    # Days from the bookmark's day on

    def _recent(
        self, plan: ReadPlan, until: int | None, messages: TimedList
    ) -> Iterator[dict[str, Any] | Bookmark]:
        days: Days = defaultdict(lambda: defaultdict(dict))
        for early in self._early:
            self._sort_in(days, early)
        border = 0
        for created, row in messages.recorded(plan.read_from, self._end):
            if not messages.proved:
                break
            if created >= border:
                for day in sorted(day for day in days if self._ends(day) <= created):
                    yield from self._day(day, days.pop(day), plan)
                    over = self._ends(day) <= self.started_at - SAFETY_SECONDS
                    if until is not None and over and self._resumable(plan):
                        yield Bookmark(until, day, self._longest_delay)
                border = min(map(self._ends, days), default=created + 1)
            message = sent_message(row)
            if message is not None:
                border = min(border, self._ends(self._sort_in(days, message)))
        if messages.proved:
            for day in sorted(days):
                yield from self._day(day, days[day], plan)

    def _resumable(self, plan: ReadPlan) -> bool:
        """Whether there is so much to read that it is worth being resumed."""
        long = self.started_at - self.zones.day_start(plan.first_day) > LONG_SECONDS
        return plan.emit_since is None or long

    def _sort_in(self, days: Days, message: SentMessage) -> date:
        self._learn_delay(message)
        day = self.zones.local_date(message.sent_at)
        days[day][message.contact_id][message.id] = message
        return day

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

    # Earlier days that were touched since, and messages recorded before all that is read

    def _touched(self, plan: ReadPlan) -> Bounds:
        """The earlier days that changed, and from when on all their messages were recorded."""
        touched: Bounds = {}
        changes = self._messages()
        if plan.learns_delays:
            rows = changes.scheduled_since(self.zones.day_start(plan.first_day - ONE_DAY))
        elif plan.late_since is not None:
            rows = changes.changed_since(plan.late_since)
        else:
            return touched
        for message in filter(None, map(sent_message, rows)):
            self._learn_delay(message)
            day = self.zones.local_date(message.sent_at)
            if day >= plan.first_day:
                if message.created_at < plan.read_from:
                    self._early.append(message)
            elif day >= plan.oldest_day and not plan.learns_delays:
                key = DayKey(day, message.contact_id)
                bound = min(message.created_at, self.zones.day_start(day) - plan.window)
                touched[key] = min(bound, touched.get(key, bound))
        self._unproved = not changes.proved
        return touched

    def _learn_delay(self, message: SentMessage) -> None:
        self._longest_delay = max(self._longest_delay, message.sent_at - message.created_at)

    def _tell_delay(self, known: int) -> None:
        """Warn of a delay that was not known before, and that the settings do not expect."""
        delay, expected = self._longest_delay, self.settings.scheduled_days
        if delay > max(known, expected * SECONDS_PER_DAY):
            days = -(-delay // SECONDS_PER_DAY)
            logger.warning(
                "Service %s: a message was sent %.1f days after it was recorded, and "
                "scheduled_days is %d: from now on messages of the last %d days are read; "
                "set scheduled_days to %d if that is usual",
                self.service["id"],
                delay / SECONDS_PER_DAY,
                expected,
                days,
                days,
            )

    # Single days

    def _reread(self, bounds: Bounds) -> dict[DayKey, list[SentMessage]]:
        """All messages of some days, asking once per contact."""
        contacts: dict[str, int] = {}
        for key, bound in bounds.items():
            contacts[key.contact_id] = min(bound, contacts.get(key.contact_id, bound))
        if len(contacts) > MANY_CONTACTS and len(contacts) > self._messages().pages:
            return self._days_since(min(contacts.values()), bounds)
        days: dict[DayKey, list[SentMessage]] = {}
        for some in self.pool.map(self._days_since, contacts.values(), repeat(bounds), contacts):
            days.update(some)
        return days

    def _days_since(
        self, start: int, keys: Bounds, contact_id: str | None = None
    ) -> dict[DayKey, list[SentMessage]]:
        """All messages of those of the days that are proved to be complete."""
        messages = self._messages()
        filters = {} if contact_id is None else {"contact_id": contact_id}
        rows = messages.recorded(start, self._end, **filters)
        wanted = (
            each
            for _, row in rows
            if (each := sent_message(row))
            and DayKey(self.zones.local_date(each.sent_at), each.contact_id) in keys
        )
        try:
            days = days_of(wanted, self.zones)
        except GoneError:
            # Not every instance lists what a contact that was deleted has said.
            logger.warning(
                "Service %s: contact %s no longer exists: its earlier days stay as they are",
                self.service["id"],
                contact_id,
            )
            return {}
        if not messages.proved:
            self._unproved = True
            return {}
        return days

    def _records(self, days: Mapping[DayKey, Sequence[SentMessage]]) -> Iterator[dict[str, Any]]:
        contacts = self.book.look_up(key.contact_id for key in days)
        for key in sorted(days):
            messages = sorted(days[key], key=lambda each: (each.sent_at, each.id))
            yield conversation_record(
                self.service, key, self.zones.zone_of(key.day), messages, contacts[key.contact_id]
            )
