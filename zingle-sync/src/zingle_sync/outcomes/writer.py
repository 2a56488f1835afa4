"""Write to the sync log's database, or go on without it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from zingle_sync.outcomes.database import SyncLogError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

logger = logging.getLogger(__name__)


class LogWriter:
    """Writes short transactions; swallows what may be lost once the database fails."""

    def __init__(self, engine: Engine | None, trouble: str, *, log_personal_data: bool) -> None:
        """Write to an engine, or say `trouble` where there is none."""
        self._engine = engine
        self._trouble = trouble
        self.log_personal_data = log_personal_data

    def write(self, work: Callable[[Connection], None], *, needed: bool = False) -> None:
        """Do some work in one short transaction.

        Args:
            work: What to write.
            needed: Whether the run must not go on without it.

        Raises:
            SyncLogError: If it is needed and can't be written.
        """
        if self._engine is not None:
            try:
                with self._engine.begin() as connection:
                    work(connection)
            except SQLAlchemyError as error:
                cause = getattr(error, "orig", None) or error
                self._engine = None
                self._trouble = (
                    f"the sync log can't be written: {(str(cause) or 'no reason').splitlines()[0]}"
                )
                logger.warning("%s; the run goes on without a log of its records", self._trouble)
            else:
                return
        if needed:
            raise SyncLogError(
                f"{self._trouble}; rejected records would be lost, so the run stops here"
            )
