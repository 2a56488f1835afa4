"""Calls whose answer is only nice to have."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from zingle_sync.salesforce import LoginError, QueryError, QuotaError, SalesforceError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
logger = logging.getLogger(__name__)


def or_none(ask: Callable[[], T], what: str) -> T | None:
    """The answer, or None when there is none.

    Raises:
        LoginError: If the session is dead: nothing else will be answered either.
        QuotaError: If the quota is used up.
        QueryError: If the text of a query is wrong.
    """
    try:
        return ask()
    except (LoginError, QuotaError, QueryError):
        raise
    except SalesforceError as error:
        logger.info("Going on without %s: %s", what, error)
        return None
