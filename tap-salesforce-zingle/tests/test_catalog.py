"""The catalog of each stream, as a reviewed file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from zingle_sandbox.testing import RunningSandbox

QUERIES = [
    {
        "name": "guests",
        "soql": "SELECT Id, Account.Name, MailingAddress, (SELECT Id, Subject FROM Tasks) FROM Contact",
    },
    {
        "name": "sources",
        "soql": "SELECT LeadSource, COUNT(Id) n, MAX(CreatedDate) FROM Lead GROUP BY LeadSource",
    },
]


@pytest.mark.parametrize("stream", ["contacts", "leads", "guests", "sources"])
def test_catalog(
    demo_sandbox: RunningSandbox,
    discover: Callable[..., dict[str, Any]],
    snapshot: SnapshotAssertion,
    stream: str,
) -> None:
    """A change of a stream's schema, keys or selection is a change of a file."""
    catalog = discover({**demo_sandbox.salesforce_settings(), "custom_queries": QUERIES})
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)

    assert entry == snapshot(extension_class=JSONSnapshotExtension)
