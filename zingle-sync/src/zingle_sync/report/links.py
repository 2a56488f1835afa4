"""Where people look at a record. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

# Contact, Lead, Task, Account and Opportunity.
_PREFIXES = frozenset({"003", "00Q", "00T", "001", "006"})
# What the ids of the two services look like.
SALESFORCE_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
CONTACT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def record_url(links: Mapping[str, str], record_id: str, service_id: str = "") -> str | None:
    """The address of a record; None where it is unknown, or no page that a browser opens.

    Args:
        links: The org's own address as `salesforce`, and as `zingle` a template that names
            `{contact_id}`, and may name `{service_id}` and `{date}`.
        record_id: A Salesforce id, a Zingle contact id, or the key of a conversation's day.
        service_id: The service of the contact.

    >>> record_url({"salesforce": "https://hotel.my.salesforce.com"}, "003Zs00000000GBIAY")
    'https://hotel.my.salesforce.com/003Zs00000000GBIAY'
    """
    if SALESFORCE_ID.fullmatch(record_id):
        org = links.get("salesforce", "")
        known = record_id[:3] in _PREFIXES and org.startswith("https://")
        return f"{org.rstrip('/')}/{record_id}" if known else None
    date = ""
    if record_id.count(":") in {2, 3}:
        service_id, record_id, date = record_id.split(":")[:3]
    template = links.get("zingle", "")
    if not CONTACT_ID.fullmatch(record_id) or not template.startswith("https://"):
        return None
    for name, value in (("contact_id", record_id), ("service_id", service_id), ("date", date)):
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template
