"""What would a first load and a backfill cost? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = 500
QUERY_ROWS = 2000
COLLECTION = 200
TASK_KILOBYTES = 2
# Usual latency of one call, in seconds, measured nowhere but assumed everywhere.
_SECONDS_A_CALL = 0.2
# Real conversations: several messages a day and person. A lower number costs more Tasks.
_MESSAGES_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of reading everything once.

    Attributes:
        people: Rows read from Salesforce.
        creates_at_most: Contacts that would be created if nobody matched.
        zingle_calls: Calls to Zingle, at most.
        salesforce_calls: Calls to Salesforce, at most.
        tasks: Tasks that would be created, about.
        task_megabytes: Storage that these take.
        minutes: How long both take, about.
    """

    people: int
    creates_at_most: int
    zingle_calls: int
    salesforce_calls: int
    tasks: int
    task_megabytes: int
    minutes: int


def estimate(facts: Mapping[str, int], *, requests_per_second: float, workers: int) -> Estimate:
    """Estimate a first load and a backfill.

    Args:
        facts: Counts: `salesforce rows of <object>`, `zingle contacts of <service>`, `zingle
            messages of <service>`.
        requests_per_second: The limit that the settings give, 0 for none.
        workers: Calls to Zingle at the same time.
    """
    people = _sum(facts, "salesforce rows of ")
    contacts, messages = _sum(facts, "zingle contacts of "), _sum(facts, "zingle messages of ")
    tasks = ceil(messages / _MESSAGES_A_DAY)
    zingle_calls = ceil(contacts / PAGE) + 2 + people + ceil(messages / PAGE)
    salesforce_calls = ceil(people / QUERY_ROWS) + 4 + 3 * ceil(tasks / COLLECTION)
    rate = workers / _SECONDS_A_CALL
    if requests_per_second:
        rate = min(rate, requests_per_second)
    return Estimate(
        people=people,
        creates_at_most=people,
        zingle_calls=zingle_calls,
        salesforce_calls=salesforce_calls,
        tasks=tasks,
        task_megabytes=ceil(tasks * TASK_KILOBYTES / 1024),
        minutes=ceil((zingle_calls / rate + salesforce_calls) / 60),
    )


def _sum(facts: Mapping[str, int], prefix: str) -> int:
    return sum(count for name, count in facts.items() if name.startswith(prefix))
