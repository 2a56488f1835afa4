"""Before the first day is settled: what the org allows, and whether anybody else logs as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.lookup import Lookup
from target_salesforce_activity.plan import DayRules, archived_before
from target_salesforce_activity.reads import Reads
from target_salesforce_activity.rules import chosen_status, task_rules
from target_salesforce_activity.settle import Settler
from target_salesforce_activity.vendor import is_at_work, last_day
from target_salesforce_activity.writes import Writer
from zingle_sync.salesforce import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from target_salesforce_activity.settings import Settings
    from zingle_sync.salesforce import Salesforce

BOTH_WRITE = (
    "Zingle's own Salesforce connector has written Tasks into this org within a day, so that each "
    "conversation would be logged twice: switch it off; where it is off, set "
    "allow_vendor_connector: true until the first run is through."
)


def settler_for(  # noqa: PLR0913 - the parts of a run
    salesforce: Salesforce,
    settings: Settings,
    pool: Executor,
    warn: Callable[[str], object],
    *,
    dry_run: bool,
    learnt: Mapping[str, Any] | None = None,
) -> Settler:
    """Ask the org what its Task allows, and put together what settles days by it.

    Args:
        salesforce: Sends the calls.
        settings: The settings.
        pool: Sends several calls at a time.
        warn: Tells the administrator a sentence.
        dry_run: Whether nothing is written.
        learnt: What an earlier run has learnt of the vendor's connector, and does not ask again.

    Raises:
        ConfigurationError: Naming every problem at once.
    """
    reads = Reads(salesforce, warn)
    describe = salesforce.describe("Task")
    rules, problems = task_rules(
        describe,
        settings,
    )
    keys = tuple(filter(None, (rules.key_field, rules.old_key_field))) if rules else ()
    asks = learnt is None or settings.allow_vendor
    look = reads.first_look(rules.old_key_field if rules else None, keys if asks else ())
    status, problem = chosen_status(settings.status, look.statuses, describe)
    if problem:
        problems += (problem,)
    if is_at_work(look.vendor, salesforce.server_now, keys) and not settings.allow_vendor:
        if dry_run:
            warn(BOTH_WRITE)
        else:
            problems += (BOTH_WRITE,)
    if rules is None or problems:
        raise ConfigurationError(" ".join(problems), problems=problems)
    rules = replace(
        rules,
        fixed={**rules.fixed, **({"Status": status} if status else {})},
        old_key_field=rules.old_key_field if look.has_old_keys else None,
    )
    for warning in rules.warnings:
        warn(warning)
    today = salesforce.server_now.date()
    return Settler(
        lookup=Lookup(reads, rules, settings),
        writer=Writer(salesforce, pool, rules),
        rules=DayRules(
            task=rules,
            settings=settings,
            archived_before=archived_before(today, allowed=settings.allow_archived),
        ),
        dry_run=dry_run,
        warn=reads.say,
        vendor_until=last_day(look.vendor, keys) if asks else (learnt or {}).get("until"),
    )
