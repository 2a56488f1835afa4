"""Sends a request until there is a value, a refusal, or no more tries."""

from __future__ import annotations

import logging
import random
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeVar

import requests

from zingle_sync.http.failures import failure_of
from zingle_sync.http.retry import Answer, GiveUp, Kind, LogIn, Retry, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from zingle_sync.http.request import Request
    from zingle_sync.http.wire import Wire

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Caller(ABC):
    """One service's way of calling: each service says what its answers mean and what to raise.

    Args:
        wire: Sends single requests.
        sleep: Waits for that many seconds between two tries.
        jitter: Gives random numbers from 0 to 1.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.wire = wire
        self.sleep = sleep
        self.jitter = jitter

    def call(self, request: Request, read: Callable[[requests.Response], T | Answer]) -> T:
        """Send a request, again where that helps and is safe.

        `read` takes the value out of a response, or what is wrong with it.

        Raises:
            Exception: The service's own error, if there is no value in the end.
        """
        attempt, logged_in_again = 1, False
        while True:
            authorization = self.before()
            got = self.wire.send(request, authorization)
            result = got if isinstance(got, Answer) else _whole(got, read)
            if not isinstance(result, Answer):
                return result
            decision = decide(
                attempt,
                Kind.FINAL if result.final else self.kind_of(result),
                repeatable=request.repeatable,
                logged_in_again=logged_in_again,
                asked=result.retry_after,
                jitter=self.jitter(),
            )
            match decision:
                case Retry(delay):
                    logger.debug("%s: try %d failed, next in %.1f s", request.what, attempt, delay)
                    self.sleep(delay)
                    attempt += 1
                case LogIn() if self.renew(authorization):
                    logged_in_again = True
                case LogIn():
                    raise self.error(request, result, attempt, outcome_unknown=False)
                case GiveUp(outcome_unknown):
                    raise self.error(request, result, attempt, outcome_unknown=outcome_unknown)

    def before(self) -> str | None:
        """What happens before each try: waiting, counting, logging in.

        Returns:
            The Authorization header, None for none.
        """
        return None

    def renew(self, refused: str | None) -> bool:  # noqa: ARG002 - for those that can
        """Log in again after a header was refused; False if there is no other to try."""
        return False

    @abstractmethod
    def kind_of(self, answer: Answer) -> Kind:
        """What an answer means for another try."""

    @abstractmethod
    def error(
        self, request: Request, answer: Answer, attempt: int, *, outcome_unknown: bool
    ) -> Exception:
        """What to raise when there is no further try."""


def _whole(
    response: requests.Response, read: Callable[[requests.Response], T | Answer]
) -> T | Answer:
    try:
        return read(response)
    except requests.exceptions.RequestException as error:
        response.close()
        return failure_of(error)
