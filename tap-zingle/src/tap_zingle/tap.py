"""The tap: settings in, streams out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from typing_extensions import override

from tap_zingle.services import Services
from tap_zingle.settings import CONFIG_SCHEMA, config_problems, is_by_key
from tap_zingle.streams import STREAMS
from zingle_sync.outcomes.values import NAMED_RECORDS
from zingle_sync.singer.tap import SafeTap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum


class TapZingle(SafeTap):
    """Singer tap for Zingle conversations."""

    name = "tap-zingle"
    config_jsonschema = CONFIG_SCHEMA
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        *SafeTap.capabilities,
        PluginCapabilities.BATCH,
        TapCapabilities.ACTIVATE_VERSION,
    ]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if is_by_key(self.config):
            # Some days are not all of them: the state that comes first tells the target so.
            self.state.setdefault("bookmarks", {})[NAMED_RECORDS] = {}
        else:
            self.state.get("bookmarks", {}).pop(NAMED_RECORDS, None)

    @cached_property
    def services(self) -> Services:
        """What the streams share."""
        return Services(self.config)

    @override
    def config_errors(self) -> list[str]:
        return config_problems(self.config)

    @override
    def discover_streams(self) -> list[Stream]:
        # The schemas are fixed, so that nothing is called.
        return [stream(self, self.services) for stream in STREAMS]

    @property
    @override
    def api_calls(self) -> Mapping[str, int]:
        return {"zingle": self.services.zingle.calls}
