"""A simulated Salesforce org: log-in, describe, SOQL, row writes, composite, Bulk API 2.0.

Source: the REST API, Bulk API 2.0 and SOQL guides, the Object Reference, and public recordings of
real orgs. Where those leave something open, `PROFILES` has the readings; see
`docs/api-assumptions.md`.
"""

from __future__ import annotations

from zingle_sandbox.salesforce.app import not_found, routes
from zingle_sandbox.salesforce.base import add_connector_user, insert_base
from zingle_sandbox.salesforce.catalogue.ids import make_id
from zingle_sandbox.salesforce.org.options import OPTIONS, PROFILES
from zingle_sandbox.salesforce.org.sessions import expire_token
from zingle_sandbox.salesforce.org.storage import (
    CONNECTOR_USER_ID,
    OTHER_USER_ID,
    USER_ID,
    create_tables,
    insert_rows,
)
from zingle_sandbox.salesforce.writes.life import (
    convert_lead,
    delete_rows,
    merge,
    undelete,
    update_rows,
)

__all__ = [
    "CONNECTOR_USER_ID",
    "OPTIONS",
    "OTHER_USER_ID",
    "PROFILES",
    "USER_ID",
    "add_connector_user",
    "convert_lead",
    "create_tables",
    "delete_rows",
    "expire_token",
    "insert_base",
    "insert_rows",
    "make_id",
    "merge",
    "not_found",
    "routes",
    "undelete",
    "update_rows",
]
