"""The vendor's Activities: which days are logged, and from when ours may start. Pure.

Which Task is the vendor's, and which may become ours, is target-salesforce-activity's rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.vendor import VENDOR_FIELDS, VENDOR_TITLE, home_of, standing_of
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

SHOWN = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LoggedDay:
    """A person's day with several Tasks."""

    person: str
    day: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activities:
    """What the vendor's connector has logged.

    Attributes:
        untouched: Its Tasks that nobody edited since.
        edited: Its Tasks that somebody edited.
        others: Tasks of the same title that are not its own: ours, or typed by hand.
        people: How many people have any of its Tasks.
        days: How many of its Tasks there are by day, the newest first.
        repeated: Persons' days with several of its Tasks.
        adoptable: How many Tasks `adopt_tasks` would make ours: one for a person and day.
        first: The day of its first Task.
        last: The day of its latest Task.
        start: The first day that ours may log without logging anything twice.
    """

    untouched: int
    edited: int
    others: int
    people: int
    days: tuple[tuple[str, int], ...]
    repeated: tuple[LoggedDay, ...]
    adoptable: int
    first: str | None
    last: str | None
    start: date


def query_of(key_fields: Sequence[str]) -> str:
    """The SOQL for all Tasks of the vendor's title that are not deleted."""
    columns = dict.fromkeys((*VENDOR_FIELDS, "LastModifiedDate", *key_fields))
    return (
        f"SELECT {', '.join(columns)} FROM Task WHERE Subject = '{VENDOR_TITLE}' "  # noqa: S608 - SOQL of our own words
        "AND IsDeleted = false ORDER BY CreatedDate, Id"
    )


def logged(
    rows: Sequence[Mapping[str, Any]],
    key_fields: Collection[str],
    *,
    zone: ZoneInfo,
    today: date,
    connected: bool,
) -> Activities:
    """What the vendor's connector has logged, and what follows for ours.

    Args:
        rows: As `query_of` reads them.
        key_fields: The fields that may hold a key of ours.
        zone: The service's.
        today: There.
        connected: Whether the connector may write again today.
    """
    standings = [(row, standing_of(row, key_fields)) for row in rows]
    theirs = [row for row, standing in standings if standing is not None]
    untouched = [row for row, standing in standings if standing == "adoptable"]
    by_day: dict[tuple[str, str], list[str]] = {}
    for row in theirs:
        by_day.setdefault((str(row["WhoId"] or ""), str(row["ActivityDate"])), []).append(row["Id"])
    days = sorted(row["ActivityDate"] for row in theirs if row["ActivityDate"])
    return Activities(
        untouched=len(untouched),
        edited=len(theirs) - len(untouched),
        others=len(rows) - len(theirs),
        people=len({row["WhoId"] for row in theirs if row["WhoId"]}),
        days=tuple(sorted(Counter(days).items(), reverse=True)),
        repeated=tuple(
            LoggedDay(person, day, tuple(ids))
            for (person, day), ids in sorted(by_day.items(), key=lambda entry: entry[0][::-1])
            if len(ids) > 1
        ),
        adoptable=len({(row["WhoId"], home_of(row, zone)) for row in untouched if row["WhoId"]}),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        start=_start(theirs, untouched, zone, today, connected=connected),
    )


def _start(
    theirs: Sequence[Mapping[str, Any]],
    untouched: Sequence[Mapping[str, Any]],
    zone: ZoneInfo,
    today: date,
    *,
    connected: bool,
) -> date:
    """The day after the last one of which the vendor's rows may hold a message.

    A row of theirs holds 24 hours and is dated by its beginning, so that what counts is when it
    was written last, too; where somebody edited it since, nobody knows, and the day after counts.
    While the connector is at work it may write until the end of today.
    """
    written = [row["LastModifiedDate"] or row["CreatedDate"] for row in untouched]
    covered = [moment_of(str(moment)).astimezone(zone).date() for moment in written]
    ids = {row["Id"] for row in untouched}
    for row in theirs:
        if row["ActivityDate"]:
            day = date.fromisoformat(row["ActivityDate"])
            covered.append(day if row["Id"] in ids else min(day + _DAY, max(day, today)))
    if connected:
        covered.append(today)
    return max(covered) + _DAY if covered else today
