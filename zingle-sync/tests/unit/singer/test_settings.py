"""How settings are declared."""

import pytest
from singer_sdk import typing as th

from zingle_sync.salesforce import CONNECTION_SETTINGS as SALESFORCE
from zingle_sync.singer.settings import RUN_SETTINGS, SYNC_LOG_SETTINGS, Setting, declared
from zingle_sync.zingle import CONNECTION_SETTINGS as ZINGLE


@pytest.mark.parametrize("group", [SALESFORCE, ZINGLE, RUN_SETTINGS, SYNC_LOG_SETTINGS])
def test_plain_declarations_keep_their_schema(group: dict[str, dict[str, object]]) -> None:
    """A shared setting in a property list has the very JSON Schema that the library declares."""
    assert th.PropertiesList(*declared(group)).to_dict()["properties"] == group


def test_a_setting_with_a_default_takes_no_null() -> None:
    """Null would hide the default, and the code reads the setting as it is declared."""
    schema = th.PropertiesList(
        Setting("sync_to", th.StringType, default="both", title="Sync to"),
        Setting("owner_id", th.StringType),
        Setting("start_date", th.DateType, required=True),
    ).to_dict()

    assert schema["required"] == ["start_date"]
    assert schema["properties"] == {
        "sync_to": {"type": "string", "title": "Sync to", "default": "both"},
        "owner_id": {"type": ["string", "null"]},
        "start_date": {"type": ["string"], "format": "date"},
    }
