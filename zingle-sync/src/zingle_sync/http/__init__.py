"""One way to send a request, for both worlds; this room knows neither.

How requests travel, what a broken exchange means, how long to wait and when to give up is changed
here. What a service's statuses, codes and bodies mean stays with the service.
"""

from zingle_sync.http.addresses import address_problem, header_problem
from zingle_sync.http.bodies import UnreadableError, body_of, decoded, load
from zingle_sync.http.caller import Caller
from zingle_sync.http.failures import failure_of
from zingle_sync.http.rate import Rate
from zingle_sync.http.request import Request
from zingle_sync.http.retry import (
    LONGEST_WAIT,
    MAX_TRIES,
    Answer,
    Kind,
    backoff,
    date_of,
    retry_after,
)
from zingle_sync.http.wire import Authorization, Wire

__all__ = [
    "LONGEST_WAIT",
    "MAX_TRIES",
    "Answer",
    "Authorization",
    "Caller",
    "Kind",
    "Rate",
    "Request",
    "UnreadableError",
    "Wire",
    "address_problem",
    "backoff",
    "body_of",
    "date_of",
    "decoded",
    "failure_of",
    "header_problem",
    "load",
    "retry_after",
]
