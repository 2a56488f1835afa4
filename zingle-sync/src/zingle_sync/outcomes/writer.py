"""Write to the sync log's database, wait for one that is away, or go on without it."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from zingle_sync.outcomes.database import SyncLogError, why

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

logger = logging.getLogger(__name__)

# A lost connection may come back: a restart, a moved address, a full disk that somebody clears.
_AWAY = (OperationalError, InterfaceError)
_SECONDS_BETWEEN_TRIES = 15.0
# Batches that wait for the database; a longer absence loses the oldest rows of the log.
_MOST_WAITING = 100


class LogWriter:
    """Writes short transactions, in order; keeps a bounded number of them while it can't.

    Where there is no engine `trouble` says why.
    """

    def __init__(self, engine: Engine | None, trouble: str, *, log_personal_data: bool) -> None:
        self.engine = engine
        self._trouble = trouble
        self.log_personal_data = log_personal_data
        self._waiting: deque[Callable[[Connection], None]] = deque()
        self._tried_at = -_SECONDS_BETWEEN_TRIES

    def write(
        self, work: Callable[[Connection], None], *, needed: bool = False, last: bool = False
    ) -> None:
        """Do some work in one short transaction.

        Args:
            work: What to write; it may be carried out later, and must not mind.
            needed: Whether the run must not go on without it.
            last: Whether there is no later chance.

        Raises:
            SyncLogError: If it is needed and can't be written.
        """
        if self.engine is not None:
            if len(self._waiting) >= _MOST_WAITING:
                del self._waiting[1]  # the first one may be the run's own row, which all need
            self._waiting.append(work)
            due = time.monotonic() - self._tried_at >= _SECONDS_BETWEEN_TRIES
            if not (needed or last or due) or self._catch_up(self.engine):
                return
        if needed:
            raise SyncLogError(
                f"{self._trouble}; rejected records would be lost, so the run stops here"
            )

    def _catch_up(self, engine: Engine) -> bool:
        """Carry out what waits; whether all of it was written."""
        refused = False
        while self._waiting:
            trouble = self._tried(engine) and self._tried(engine)  # once more, on a new connection
            if isinstance(trouble, _AWAY):
                self._tried_at = time.monotonic()
                self._say(trouble)
                return False
            self._waiting.popleft()
            if trouble is not None:
                refused = True
                self._say(trouble)
        if not refused and self._trouble:
            logger.warning("The sync log can be written again")
            self._trouble = ""
        self._tried_at = -_SECONDS_BETWEEN_TRIES
        return not refused

    def _tried(self, engine: Engine) -> SQLAlchemyError | None:
        try:
            with engine.begin() as connection:
                self._waiting[0](connection)
        except SQLAlchemyError as error:
            return error
        return None

    def _say(self, error: SQLAlchemyError) -> None:
        if not self._trouble:
            self._trouble = f"the sync log can't be written: {why(error)}"
            logger.warning("%s; the run goes on without a log of its records", self._trouble)
