"""The catalog, stream by stream: a change of a schema is a reviewed difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

from tap_zingle.schemas import SCHEMAS
from tap_zingle.tap import TapZingle

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

CONFIG = {"username": "u", "password": "p", "start_date": "2026-01-01"}


@pytest.mark.parametrize("stream", sorted(SCHEMAS))
def test_catalog_entry(stream: str, snapshot: SnapshotAssertion) -> None:
    """A stream's catalog entry is as it was reviewed."""
    entries = {
        entry["tap_stream_id"]: entry for entry in TapZingle(config=CONFIG).catalog_dict["streams"]
    }
    entry = {
        **entries[stream],
        "metadata": sorted(entries[stream]["metadata"], key=lambda each: each["breadcrumb"]),
    }

    assert entry == snapshot.use_extension(JSONSnapshotExtension)
