"""Read one service: which days changed, all their messages, and how far the bookmark may go.

Two passes over the messages (contract, sections 8 and 13). Pages are offset-based and may shift
while they are read: messages that turn up late have their day read again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_zingle.conversations import (
    DayKey,
    SentMessage,
    conversation_record,
    days_of,
    sent_message,
    timestamp,
)
from tap_zingle.reading import Bookmark, ReadPlan, ReadSettings, plan_reading, read_from
from tap_zingle.walking import Walk
from tap_zingle.zones import ONE_DAY, ZoneHistory
from zingle_sync.zingle.pages import PAGE_SIZE, not_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import date

    from tap_zingle.contacts import ContactBook
    from zingle_sync.zingle import Zingle

__all__ = ["SAFETY_SECONDS", "DayReader"]

logger = logging.getLogger(__name__)

SAFETY_SECONDS = 60
"""How far the bookmark stays behind the start of the run: what is being written right now."""

MANY_CONTACTS = 50
"""Contacts whose messages are read again one by one without asking what the whole list costs."""

LONG_SECONDS = 30 * 86_400
"""Reading more than this (seconds) is remembered day by day."""

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
    settings: ReadSettings
    zones: ZoneHistory
    book: ContactBook
    pool: Executor
    started_at: int
    _early: list[SentMessage] = field(default_factory=list)

    @property
    def service_id(self) -> str:
        """The service's id."""
        return str(self.service["id"])

    def read(self, bookmark: Bookmark) -> Iterator[dict[str, Any] | Bookmark]:
        """Yield the records of all changed days, oldest first, and how far they reach.

        A bookmark is yielded after a whole day; it may be kept once the records before it are.
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
        """Yield the records of single days, whatever the bookmark says."""
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
        for created, row in walk.rows() if walk else self._recorded_since(plan.read_from):
            if created >= border:
                finished = sorted(day for day in days if self._ends(day) <= created)
                given_out = max([given_out, *finished])
                for day in finished:
                    yield from self._day(day, days.pop(day), plan)
                    yield from self._reached(day, until, walk)
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
        if torn:
            logger.info("The list of messages shifted: reading %d days again", len(torn))
            yield from self._records(self._reread(torn))

    def _reached(self, day: date, until: int, walk: Walk | None) -> Iterator[Bookmark]:
        """Yield the bookmark that a day allows, if nothing can have slipped through."""
        if walk and walk.steady and self._ends(day) <= until:
            yield Bookmark(until, day)

    def _walk(self, plan: ReadPlan) -> Walk | None:
        """Return a walk where there is much to read, so that it is worth being resumed."""
        if plan.emit_since is None or self.started_at - plan.read_from > LONG_SECONDS:
            return Walk(self.zingle, self.service_id, plan.read_from)
        return None

    def _recorded_since(self, start: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for row in self.zingle.messages(self.service_id, created_at=not_before(start)):
            created = timestamp(row.get("created_at"))
            if created is not None and created >= start:
                yield created, row

    def _sort_in(self, days: Days, message: SentMessage) -> None:
        day = self.zones.local_date(message.sent_at)
        days[day][message.contact_id][message.id] = message

    def _ends(self, day: date) -> int:
        return self.zones.day_start(day + ONE_DAY)

    def _day(
        self, day: date, contacts: Mapping[str, Mapping[str, SentMessage]], plan: ReadPlan
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a day whose messages are all read."""
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
        """Return the days before the first pass's that changed, with their earliest known bound."""
        touched: dict[DayKey, int | None] = {}
        silent = 0
        rows = self.zingle.messages(self.service_id, sort_fields="updated_at desc,id asc")
        for row in rows:
            updated = timestamp(row.get("updated_at"))
            if updated is None:
                silent += 1
                if silent >= PAGE_SIZE:
                    logger.warning(
                        "Zingle names no updated_at on messages of service %s: "
                        "changes on earlier days can't be seen",
                        self.service_id,
                    )
                    break
                continue
            if updated < since:
                break
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
        """Return all messages of some days, asking once per contact."""
        bounds: dict[str, int] = {}
        for key, created in keys.items():
            bound = read_from(key.day, self.settings, self.zones)
            bound = min(bound, created if created is not None else bound)
            bounds[key.contact_id] = min(bounds.get(key.contact_id, bound), bound)
        if len(bounds) > MANY_CONTACTS and len(bounds) > self._pages_of_messages():
            return self._days_since(min(bounds.values()), keys)
        found: dict[DayKey, list[SentMessage]] = {}
        for days in self.pool.map(self._days_of_contact, bounds, bounds.values()):
            found.update({key: messages for key, messages in days.items() if key in keys})
        return found

    def _pages_of_messages(self) -> int:
        path = f"services/{self.service_id}/messages"
        return -(-self.zingle.page(path, {}, page_size=1).total_records // PAGE_SIZE)

    def _days_since(
        self, start: int, keys: Mapping[DayKey, int | None]
    ) -> dict[DayKey, list[SentMessage]]:
        """Return all messages of some days, read from the whole list where that is cheaper."""
        sent = (each for _, row in self._recorded_since(start) if (each := sent_message(row)))
        wanted = (
            each
            for each in sent
            if DayKey(self.zones.local_date(each.sent_at), each.contact_id) in keys
        )
        return days_of(wanted, self.zones)

    def _days_of_contact(self, contact_id: str, bound: int) -> dict[DayKey, list[SentMessage]]:
        rows = self.zingle.messages(
            self.service_id, contact_id=contact_id, created_at=not_before(bound)
        )
        messages = (sent_message(row) for row in rows)
        return days_of((each for each in messages if each), self.zones)

    def _records(self, days: Mapping[DayKey, Sequence[SentMessage]]) -> Iterator[dict[str, Any]]:
        contacts = self.book.look_up(key.contact_id for key in days)
        for key in sorted(days):
            messages = sorted(days[key], key=lambda each: (each.sent_at, each.id))
            yield conversation_record(
                self.service, key, self.zones.zone_of(key.day), messages, contacts[key.contact_id]
            )
