"""Before the first day is settled: what the org allows, and whether anybody else logs as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.lookup import Lookup
from target_salesforce_activity.plan import DayRules, archived_before
from target_salesforce_activity.reads import GRANT, Reads
from target_salesforce_activity.rules import FALLBACK_KEY_FIELD, chosen_status, task_rules
from target_salesforce_activity.settle import Settler
from target_salesforce_activity.vendor import is_at_work, last_day
from target_salesforce_activity.writes import Writer
from zingle_sync.salesforce import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from target_salesforce_activity.settings import Settings
    from zingle_sync.salesforce import Salesforce

# What the sync log remembers of an org: the vendor's connector, so that it is asked about once, and
# the fields of the key, so that Tasks are found again whichever it is one day, or it is hidden.
VENDOR_FACT, KEY_FACT = "vendor_connector", "task_key_field"
NO_TASKS = f"This user can't see Tasks; {GRANT}."
BOTH_WRITE = (
    "Zingle's own Salesforce connector has written Tasks into this org within a day, so that each "
    "conversation would be logged twice: switch it off; where it is off, set "
    "allow_vendor_connector: true until the first run is through."
)


def key_fields_in(learnt: Mapping[tuple[str, str], Any], org: str) -> tuple[str, ...]:
    """The fields that Tasks of an org may keep their key in, as the sync log knows them."""
    known = learnt.get((org, KEY_FACT)) or ()
    return (known,) if isinstance(known, str) else tuple(known)  # Logs from before name one.


def settler_for(  # noqa: PLR0913 - the parts of a run
    salesforce: Salesforce,
    settings: Settings,
    pool: Executor,
    warn: Callable[[str], object],
    *,
    dry_run: bool,
    learnt: Mapping[tuple[str, str], Any],
) -> Settler:
    """Ask the org what its Task allows, and put together what settles days by it.

    Args:
        salesforce: Sends the calls.
        settings: The settings.
        pool: Sends several calls at a time.
        warn: Tells the administrator a sentence.
        dry_run: Whether nothing is written.
        learnt: What earlier runs have learnt, by org and name, and does not have to be asked again.

    Raises:
        ConfigurationError: Naming every problem at once.
    """
    reads = Reads(salesforce, warn)
    try:
        describe = salesforce.describe("Task")
    except NotFoundError:
        raise ConfigurationError(NO_TASKS, problems=(NO_TASKS,)) from None
    org = salesforce.instance_url
    rules, problems = task_rules(describe, settings, key_fields_in(learnt, org))
    keys = (rules.key_field, *rules.old_key_fields) if rules else ()
    known = None if settings.allow_vendor else learnt.get((org, VENDOR_FACT))
    look = reads.first_look(keys[1:], () if known else keys)
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
        old_key_fields=tuple(
            name for name in keys[1:] if look.has_old_keys or name != FALLBACK_KEY_FIELD
        ),
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
        vendor_until=known["until"] if known else last_day(look.vendor, keys),
    )
