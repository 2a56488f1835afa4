"""Tasks that the vendor's own connector wrote: which those are, and which may become ours. Pure.

The vendor says how they are titled and that each holds a conversation of 24 hours
(https://help.zingle.me/en/articles/3693438-salesforce-integration-faq), not how their text reads:
so that a text counts as theirs which reads like messages, whatever the form. `zingle-sync takeover`
asks the same functions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from target_salesforce_activity.languages import WORDS
from zingle_sync.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    Row = Mapping[str, Any]

VENDOR_TITLE = "Zingle Conversation"
# What the rule looks at, besides the fields that may hold a key of ours.
VENDOR_FIELDS = (
    "Id",
    "Subject",
    "Description",
    "WhoId",
    "ActivityDate",
    "CreatedDate",
    "CreatedById",
    "LastModifiedById",
)
_OURS = frozenset(words.ownership for words in WORDS.values())
_CLOCK = r"(?:[01]?\d|2[0-3])[:.h][0-5]\d(?!\d)"
_MONTHS_AND_DAYS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|today|at"
)
# A line of a message: it begins with a time, maybe after its date; or with who wrote, and when in
# brackets; or with which side wrote.
_MESSAGE = re.compile(
    rf"""^[^\w\n]*+(?:
        (?:(?:[\d.,/-]{{1,12}}+|\d{{0,2}}(?:{_MONTHS_AND_DAYS})[a-z]*+[.,]*+)[^\S\n]++){{0,6}}
        (?:\d{{4}}-\d\d-\d\dt)?{_CLOCK}
      | [^\n:>\[(]{{1,80}}[\[(][^\n\])]{{0,40}}?(?<!\d){_CLOCK}
      | (?:agent|auto(?:mation)?|contact|customer|guest|hotel|in(?:bound|coming)|out(?:bound|going)
        |received|sent|service|staff|user)\b[^\n:>]{{0,60}}[:>]
    )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
# Texts are looked at so far.
_LOOKED_AT = 4_000

# Theirs holds 24 hours in a row: who has begun none for longer is off, or has nothing to say.
_LIVELY = timedelta(hours=24)

Standing = Literal["adoptable", "edited"]


class Place(NamedTuple):
    """Person and date of a day of ours, and the zone in which the day is counted."""

    who_id: str
    day: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Adoption:
    """The vendor's Tasks of one of our days.

    Attributes:
        task: The row that becomes ours, if one may.
        left: Ids of those that stay beside it.
    """

    task: Row | None = None
    left: tuple[str, ...] = ()


def standing_of(task: Row, key_fields: Collection[str] = ()) -> Standing | None:
    """What a Task is to a new owner of the vendor's Tasks.

    Args:
        task: A row with `VENDOR_FIELDS` and the fields that may hold a key of ours.
        key_fields: Those fields, as far as this user may read them.

    Returns:
        `adoptable` for a Task of the vendor's connector, `edited` for one that somebody else has
        edited since, None for any other: titled otherwise, keyed (ours, or a telephone system's),
        written by an earlier set-up of ours, or with a text that no software wrote.
    """
    title = str(task.get("Subject") or "").strip().rstrip(".").casefold()
    if title != VENDOR_TITLE.casefold() or any(task.get(name) for name in key_fields):
        return None
    text = str(task.get("Description") or "").strip()
    if text and not reads_as_messages(text):
        return None
    return "adoptable" if task["LastModifiedById"] == task["CreatedById"] else "edited"


def reads_as_messages(text: str) -> bool:
    r"""Whether a text lists messages, and is none of ours.

    >>> reads_as_messages("03/02/2026 9:41 AM Jane Doe: two towels, please")
    True
    >>> reads_as_messages("Rang about the towels, sent Ana up. Back before 9:41.")
    False
    """
    if text.strip().rpartition("\n")[2].strip() in _OURS:
        return False
    return bool(_MESSAGE.search(text[:_LOOKED_AT]))


def is_at_work(tasks: Iterable[Row], now: datetime, key_fields: Collection[str] = ()) -> bool:
    """Whether the vendor's connector writes now: it has begun a Task within a day.

    Args:
        tasks: The newest rows that may be the vendor's.
        now: Salesforce's time.
        key_fields: Fields that may hold a key of ours.
    """
    begun = (moment_of(task["CreatedDate"]) for task in tasks if standing_of(task, key_fields))
    return any(moment > now - _LIVELY for moment in begun)


def last_day(tasks: Iterable[Row], key_fields: Collection[str] = ()) -> str | None:
    """The last day that the vendor has logged, of these rows."""
    days = (task["ActivityDate"] for task in tasks if standing_of(task, key_fields))
    return max(filter(None, days), default=None)


def home_of(task: Row, zone: ZoneInfo) -> str | None:
    """The local day that a Task of the vendor's tells of.

    Its ActivityDate; but where the Task was begun on the day before, as one of the evening is that
    is dated in UTC, that day: nobody has written yet on a day that is still to come.
    """
    dated = task["ActivityDate"]
    begun = moment_of(task["CreatedDate"]).astimezone(zone).date()
    is_next_day = dated and date.fromisoformat(dated) == begun + timedelta(days=1)
    return begun.isoformat() if is_next_day else dated


def adoptions(
    days: Mapping[str, Place],
    tasks: Iterable[Row],
    key_fields: Collection[str] = (),
    refused: Collection[str] = (),
) -> dict[str, Adoption]:
    """Which Task of the vendor's each new day of ours takes: the oldest, and each only once.

    Args:
        days: Our days, by key.
        tasks: Rows that may be the vendor's.
        key_fields: Fields that may hold a key of ours.
        refused: Ids of Tasks that this user may not change.
    """
    theirs: dict[str, list[Row]] = defaultdict(list)
    for task in sorted(tasks, key=lambda row: (row["CreatedDate"], row["Id"])):
        if standing_of(task, key_fields):
            theirs[task["WhoId"]].append(task)
    taken: dict[str, Row] = {}
    told: set[str] = set()

    def near(place: Place) -> list[Row]:
        some = (task for task in theirs[place.who_id] if task["Id"] not in told)
        return [task for task in some if home_of(task, place.zone) == place.day]

    for key, place in sorted(days.items()):
        free = (
            task
            for task in near(place)
            if task["Id"] not in refused and standing_of(task, key_fields) == "adoptable"
        )
        if oldest := next(free, None):
            taken[key] = oldest
            told.add(oldest["Id"])
    found = {}
    for key, place in sorted(days.items()):
        # Those that stay are told once, by the first day that they stand beside.
        left = tuple(task["Id"] for task in near(place))
        told.update(left)
        found[key] = Adoption(taken.get(key), left)
    return found
