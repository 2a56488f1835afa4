"""One run of the connector: people that changed within 24 hours, then conversations."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from zingle_sandbox import salesforce
from zingle_sandbox.connector.contacts import ContactSync
from zingle_sandbox.connector.conversations import log_conversations
from zingle_sandbox.credentials import ZINGLE_SERVICE_ID
from zingle_sandbox.zingle import SALESFORCE_CONNECTOR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Container
    from datetime import datetime

    from zingle_sandbox.sandbox import Sandbox

_CONTACTS = (
    'SELECT p.*, a.Name AS "Account.Name" FROM sf_Contact p'
    " LEFT JOIN sf_Account a ON a.Id = p.AccountId"
    " WHERE p.IsDeleted = 0 AND p.SystemModstamp >= ? ORDER BY p.Id"
)
_LEADS = (
    "SELECT * FROM sf_Lead WHERE IsDeleted = 0 AND IsConverted = 0 AND SystemModstamp >= ?"
    " ORDER BY Id"
)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one run did.

    Attributes:
        status: the connector's; only `connected` works.
        contacts: how many people were created, linked, updated, unchanged, left_out.
        tasks: how many Tasks were created and updated.
    """

    status: str
    contacts: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)


def tick(sandbox: Sandbox, *, everybody: bool = False) -> Tick:
    """Let the connector of the seeded service work once, at the time of the sandbox's clock.

    Args:
        sandbox: both worlds.
        everybody: all people, as at the first activation, not those changed in the last 24 hours.
    """
    now = sandbox.clock.now()
    with sandbox.store.transaction():
        status = _status(sandbox)
        if status != "connected":
            return Tick(status)
        since = None if everybody else now - timedelta(hours=24)
        contacts = sync_people(sandbox, now, since=since)
        tasks = log_messages(sandbox, now)
        sandbox.store.execute(
            "UPDATE zg_integrations SET received_at = ? WHERE code = ?",
            (int(now.timestamp()), SALESFORCE_CONNECTOR.code),
        )
    return Tick(status, contacts, tasks)


def sync_people(
    sandbox: Sandbox,
    now: datetime,
    *,
    since: datetime | None = None,
    only: Container[str] | None = None,
) -> dict[str, int]:
    """Take people into the seeded service, by the mapping that its settings hold.

    Args:
        sandbox: both worlds.
        now: the time of the run.
        since: those whose stamp is not older; None: all.
        only: their ids; None: all.

    Returns:
        How many were created, linked, updated, unchanged, left_out.
    """
    mapping = sandbox.store.value(
        "SELECT mapping FROM zg_integrations WHERE code = ?", (SALESFORCE_CONNECTOR.code,)
    )
    sync = ContactSync(sandbox, _service(sandbox), json.loads(mapping), now)
    stamp = "" if since is None else f"{since:%Y-%m-%dT%H:%M:%S}"
    people = [
        dict(row)
        for query in (_CONTACTS, _LEADS)
        for row in sandbox.store.all(query, (stamp,))
        if only is None or row["Id"] in only
    ]
    return dict(Counter(handled.what for handled in sync.run(people)))


def connector_user(sandbox: Sandbox) -> str:
    """Who writes the Tasks: the org's integration user, or a user that the connector has alone."""
    if sandbox.options["salesforce_connector_user"] == "integration":
        return salesforce.USER_ID
    salesforce.add_connector_user(sandbox)
    return salesforce.CONNECTOR_USER_ID


def log_messages(sandbox: Sandbox, now: datetime) -> dict[str, int]:
    """Log the seeded service's conversations; how many Tasks were created and updated."""
    return log_conversations(sandbox, _service(sandbox), now, connector_user(sandbox))


def _service(sandbox: Sandbox) -> sqlite3.Row:
    found = sandbox.store.one("SELECT * FROM zg_services WHERE id = ?", (ZINGLE_SERVICE_ID,))
    if found is None:
        raise LookupError("the seeded service is gone")
    return found


def _status(sandbox: Sandbox) -> str:
    told = sandbox.options["zingle_integration"]
    return str(
        told
        or sandbox.store.value(
            "SELECT status FROM zg_integrations WHERE code = ?", (SALESFORCE_CONNECTOR.code,)
        )
        or "absent"
    )
