"""The demo conversations: 4,000 messages over ten local days, many of them around midnight."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zingle_sandbox.seeds.chance import happens, pick
from zingle_sandbox.seeds.phrases import BY_LANGUAGE, ENGLISH, PENDING, SCHEDULED

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from zingle_sandbox.rows import MessageRow
    from zingle_sandbox.seeds.people import Person
    from zingle_sandbox.seeds.phrases import Exchange

MESSAGES = 4_000
DAYS = 10
PENDING_MESSAGES = 20
_ATTACHMENT = "https://media.zingle-demo.net/{number:06d}.jpg"


def make_messages(  # noqa: PLR0913 - each is a choice of the seed
    guests: Sequence[tuple[str, Person]],
    *,
    zone: str,
    anchor: date,
    staff: Sequence[str],
    chance: random.Random,
    count: int = MESSAGES,
    days: int = DAYS,
) -> list[MessageRow]:
    """Every message of a seed, oldest first.

    Args:
        guests: contact id and person of those who text.
        zone: IANA time zone of the service, whose midnights count.
        anchor: today; the messages belong to the local days before it.
        staff: ids of the users who answer.
        chance: seeded.
        count: how many messages.
        days: over how many days.

    Returns:
        `count` rows; the last `PENDING_MESSAGES` of them are scheduled and not yet sent.
    """
    writer = _Writer(ZoneInfo(zone), anchor, staff, chance, days)
    rows: list[MessageRow] = []
    while len(rows) < count - PENDING_MESSAGES:
        contact_id, person = guests[chance.randrange(len(guests))]
        rows += writer.burst(contact_id, person)
    del rows[count - PENDING_MESSAGES :]
    rows += [writer.pending(contact_id) for contact_id, _ in guests[:PENDING_MESSAGES]]
    rows.sort(key=lambda row: row["created_at"])
    return rows


class _Writer:
    """Writes bursts of messages: a guest and the staff text back and forth for a while."""

    def __init__(
        self,
        zone: ZoneInfo,
        anchor: date,
        staff: Sequence[str],
        chance: random.Random,
        days: int,
    ) -> None:
        self._days = days
        self._zone = zone
        self._anchor = anchor
        self._staff = staff
        self._chance = chance
        self._written = 0

    def burst(self, contact_id: str, person: Person) -> list[MessageRow]:
        """From 2 to 14 messages of one guest within a few hours."""
        chance = self._chance
        at = self._start()
        exchanges = ENGLISH
        language = None
        if person.culture.language in BY_LANGUAGE and happens(chance, 60):
            language = person.culture.language
            exchanges = BY_LANGUAGE[language]
        rows: list[MessageRow] = []
        for _ in range(chance.randrange(1, 8)):
            exchange = exchanges[chance.randrange(len(exchanges))]
            rows.append(self._inbound(contact_id, exchange, language, at))
            at += chance.randrange(10, 900)
            rows.append(self._outbound(contact_id, exchange, language, at))
            at += chance.randrange(20, 1500)
        if happens(chance, 12):
            rows.append(self._scheduled(contact_id, at))
        latest = self._local(self._anchor, 0, 0) - 1
        return [row for row in rows if _effective(row) <= latest]

    def pending(self, contact_id: str) -> MessageRow:
        """A scheduled message whose time has not come."""
        created = self._local(self._anchor - timedelta(days=1), 15, self._chance.randrange(60))
        return {
            "contact_id": contact_id,
            "direction": "outbound",
            "body": PENDING,
            "created_at": created,
            "updated_at": created,
            "is_delayed": True,
            "execute_at": self._local(self._anchor + timedelta(days=1), 10, 0),
            "executed_at": None,
        }

    def _local(self, day: date, hour: int, minute: int, second: int = 0) -> int:
        local = datetime.combine(day, time(hour, minute, second), self._zone)
        return int(local.timestamp())

    def _start(self) -> int:
        """Mostly evenings, a third of them shortly before or right at the local midnight."""
        chance = self._chance
        day = self._anchor - timedelta(days=chance.randrange(1, self._days + 1))
        minute, second = chance.randrange(60), chance.randrange(60)
        match pick(
            chance, {"last second": 2, "first second": 2, "before": 30, "after": 8, "day": 58}
        ):
            case "last second":
                return self._local(day, 23, 59, 59)
            case "first second":
                return self._local(day, 0, 0)
            case "before":
                return self._local(day, 23, minute, second)
            case "after":
                return self._local(day, 0, minute, second)
            case _:
                return self._local(day, chance.randrange(7, 23), minute, second)

    def _inbound(
        self, contact_id: str, exchange: Exchange, language: str | None, at: int
    ) -> MessageRow:
        chance = self._chance
        self._written += 1
        row: MessageRow = {
            "contact_id": contact_id,
            "direction": "inbound",
            "body": exchange.asks,
            "created_at": at,
            "updated_at": at,
            "read_at": at + chance.randrange(5, 600),
        }
        if language is not None:
            row["body_language_code"] = language
            row["translated_body"] = exchange.asks_english
            row["translated_body_language_code"] = "en"
        if happens(chance, 5):
            row["attachments"] = [_ATTACHMENT.format(number=self._written)]
        if happens(chance, 1.5):
            row["deleted_by_contact_at"] = row["updated_at"] = at + chance.randrange(60, 3600)
        return row

    def _outbound(
        self, contact_id: str, exchange: Exchange, language: str | None, at: int
    ) -> MessageRow:
        chance = self._chance
        self._written += 1
        row: MessageRow = {
            "contact_id": contact_id,
            "direction": "outbound",
            "body": exchange.answers_english or exchange.answers,
            "created_at": at,
            "updated_at": at,
        }
        if self._staff and happens(chance, 85):  # the rest is automated
            row["triggered_by_user_id"] = self._staff[chance.randrange(len(self._staff))]
        if language is not None:
            row["body_language_code"] = "en"
            row["translated_body"] = exchange.answers
            row["translated_body_language_code"] = language
        if happens(chance, 1):
            row["failed"] = True
        return row

    def _scheduled(self, contact_id: str, at: int) -> MessageRow:
        """Written a day or more before it was sent."""
        created = at - self._chance.randrange(6 * 3600, 60 * 3600)
        return {
            "contact_id": contact_id,
            "direction": "outbound",
            "body": SCHEDULED[self._chance.randrange(len(SCHEDULED))],
            "created_at": created,
            "updated_at": at,
            "is_delayed": False,
            "execute_at": at,
            "executed_at": at,
        }


def _effective(row: MessageRow) -> int:
    """When the message was sent."""
    executed = row.get("executed_at")
    return row["created_at"] if executed is None else executed
