"""What would a first load and a backfill cost? Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = 500
QUERY_ROWS = 2000
COLLECTION = 200
# A closed Task takes 2 KB of data storage (Salesforce help, "Data and File Storage Allocations").
TASK_KILOBYTES = 2
# A guess at the latency of one call, in seconds: no public source tells either service's.
SECONDS_A_CALL = 0.2
# Real conversations: several messages a day and person. A lower number costs more Tasks.
MESSAGES_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of reading everything once; calls and creates at most, Tasks and time about."""

    people: int
    creates_at_most: int
    zingle_calls: int
    salesforce_calls: int
    tasks: int
    task_megabytes: int
    minutes: int


def estimate(facts: Mapping[str, int], pace: Sequence[tuple[float, int]]) -> Estimate:
    """Estimate a first load and a backfill.

    Args:
        facts: Counts: `salesforce rows of <object>`, `zingle contacts of <service>`, `zingle
            messages of <service>`.
        pace: Calls per second (0: no limit) and workers of each target that writes contacts.
    """
    people, contacts, messages = (
        sum(count for name, count in facts.items() if name.startswith(f"{what} of "))
        for what in ("salesforce rows", "zingle contacts", "zingle messages")
    )
    tasks = ceil(messages / MESSAGES_A_DAY)
    zingle_calls = ceil(contacts / PAGE) + 2 + people + ceil(messages / PAGE)
    salesforce_calls = ceil(people / QUERY_ROWS) + 4 + 3 * ceil(tasks / COLLECTION)
    rates = [min(workers / SECONDS_A_CALL, limit or math.inf) for limit, workers in pace]
    rate = min(rates, default=1 / SECONDS_A_CALL)
    return Estimate(
        people=people,
        creates_at_most=people,
        zingle_calls=zingle_calls,
        salesforce_calls=salesforce_calls,
        tasks=tasks,
        task_megabytes=ceil(tasks * TASK_KILOBYTES / 1024),
        minutes=ceil((zingle_calls / rate + salesforce_calls) / 60),
    )
