"""Tasks that the vendor's own connector wrote: which those are, and which may become ours. Pure.

The vendor says how they are titled and that each holds a conversation of 24 hours
(https://help.zingle.me/en/articles/3693438-salesforce-integration-faq), not how their text reads:
so that a text counts as theirs which reads like messages, whatever the form. `zingle-sync takeover`
asks the same functions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from target_salesforce_activity.wording import WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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

Standing = Literal["adoptable", "edited"]


def standing_of(task: Mapping[str, Any], key_fields: Collection[str] = ()) -> Standing | None:
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
