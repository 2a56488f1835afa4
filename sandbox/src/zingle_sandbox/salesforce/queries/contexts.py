"""What a query is compiled against: the org as its user sees it, and its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zingle_sandbox.salesforce.catalogue.times import sf_datetime
from zingle_sandbox.salesforce.org.calls import ApiError, Org
from zingle_sandbox.salesforce.soql.errors import SoqlError
from zingle_sandbox.salesforce.soql.parser import MOST_LEVELS, parse
from zingle_sandbox.salesforce.soql.plan import Plan, plan
from zingle_sandbox.salesforce.soql.scope import Context

if TYPE_CHECKING:
    from zingle_sandbox.salesforce.soql.ast import Query

RECYCLE_BIN_DAYS = 15


def context_of(org: Org, user_id: str, *, everything: bool) -> Context:
    """What the user's queries are compiled against."""
    now = org.sandbox.clock.now()
    zone = org.sandbox.store.value("SELECT TimeZoneSidKey FROM sf_User WHERE Id = ?", (user_id,))
    return Context(
        objects=org.objects,
        now=now,
        zone=ZoneInfo(zone or "UTC"),
        user_id=user_id,
        everything=everything,
        purged_before=sf_datetime(now - timedelta(days=RECYCLE_BIN_DAYS)),
    )


def compile_query(context: Context, text: str, levels: int = MOST_LEVELS) -> tuple[Query, Plan]:
    """Parse and plan.

    Raises:
        ApiError: 400; the query is refused.
    """
    try:
        tree = parse(text, levels)
        return tree, plan(context, tree)
    except SoqlError as error:
        raise ApiError(400, error.code, error.laid_out(text)) from error
