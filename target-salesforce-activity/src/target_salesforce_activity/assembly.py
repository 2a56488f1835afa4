"""Put the parts together: what the settings say and what the org allows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_salesforce_activity.deciding import DayRules, archived_before
from target_salesforce_activity.looking import Looker
from target_salesforce_activity.reads import Reads
from target_salesforce_activity.rules import TaskRules, first_closed_status, task_rules
from target_salesforce_activity.settings import template_settings
from target_salesforce_activity.settling import Settler
from target_salesforce_activity.transcript import TranscriptOptions
from target_salesforce_activity.writes import Writer
from zingle_sync.salesforce import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from zingle_sync.salesforce import Salesforce

__all__ = ["build_settler"]


def build_settler(
    salesforce: Salesforce, config: Mapping[str, Any], pool: Executor
) -> tuple[Settler, TaskRules]:
    """Ask the org what its Task allows, and return what settles days by it.

    Raises:
        ConfigurationError: Naming every problem at once.
    """
    reads = Reads(salesforce)
    templates = template_settings(config)
    status = config.get("status") or first_closed_status(reads.statuses())
    rules, problems = task_rules(
        salesforce.describe("Task"),
        activity_key_field=config["activity_key_field"],
        extra_fields=tuple(templates.extra_fields),
        owner_id=config.get("owner_id"),
        status=status,
    )
    if rules is None:
        raise ConfigurationError(" ".join(problems), problems=problems)
    if rules.old_key_field and not reads.holds_keys(rules.old_key_field):
        rules = replace(rules, old_key_field=None)
    fields = ("Subject", "Description", *templates.extra_fields)
    looker = Looker(
        reads,
        rules,
        fields,
        sync_to=config["sync_to"],
        unlinked_match=config["unlinked_match"],
    )
    settler = Settler(
        looker=looker,
        writer=Writer(salesforce, pool, rules),
        rules=DayRules(
            task=rules,
            templates=templates,
            log_unlinked=config["on_unmatched"] == "log_unlinked",
            archived_before=archived_before(
                salesforce.server_now.date(), allowed=config["allow_archived_backfill"]
            ),
        ),
        options=TranscriptOptions(
            message_bodies=config["message_bodies"],
            translation=config["translation"],
            attachments=config["attachments"],
            deleted_messages=config["deleted_messages"],
            max_length=rules.description_length,
        ),
        dry_run=bool(config["dry_run"]),
    )
    return settler, rules
