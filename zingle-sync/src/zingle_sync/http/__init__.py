"""One way to send a request, for both worlds; this room knows neither.

How requests travel, what a broken exchange means, how long to wait and when to give up is changed
here. What a service's statuses, codes and bodies mean stays with the service.
"""

from zingle_sync.http.caller import Caller
from zingle_sync.http.failures import failure_of
from zingle_sync.http.rate import Rate
from zingle_sync.http.request import Request
from zingle_sync.http.retry import LONGEST_WAIT, MAX_TRIES, Answer, Kind, backoff, retry_after
from zingle_sync.http.wire import Wire, body_of

__all__ = [
    "LONGEST_WAIT",
    "MAX_TRIES",
    "Answer",
    "Caller",
    "Kind",
    "Rate",
    "Request",
    "Wire",
    "backoff",
    "body_of",
    "failure_of",
    "retry_after",
]
