"""The target: settings in, SDK plumbing, nothing decided here."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_zingle.connecting import setting_problems
from target_zingle.routing import read_routes
from target_zingle.run import ContactSync
from target_zingle.settings import SETTINGS
from target_zingle.sinks import ContactSink
from zingle_sync.singer import SafeTarget

if TYPE_CHECKING:
    from collections.abc import Mapping


class TargetZingle(SafeTarget):
    """Matches and upserts people as Zingle contacts."""

    name = "target-zingle"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": SETTINGS,
        "additionalProperties": True,
    }
    default_sink_class = ContactSink

    @cached_property
    def sync(self) -> ContactSync:
        """The run's work on contacts."""
        return ContactSync(self.config)

    @property
    @override
    def api_calls(self) -> Mapping[str, int]:
        return {"zingle": self.sync.calls}

    @property
    @override
    def mapping_hash(self) -> str | None:
        return self.sync.mapping_hash

    @property
    @override
    def facts(self) -> Mapping[str, Any] | None:
        return self.sync.facts

    @override
    def config_errors(self) -> list[str]:
        return [*setting_problems(self.config), *read_routes(self.config)[1]]

    @override
    def prepare(self) -> None:
        self.sync.prepare()

    @override
    def _write_state_message(self, state: dict[str, Any]) -> None:
        if not self.sync.holds_state and state != self._emitted_state:
            super()._write_state_message(state)

    @override
    def process_endofpipe(self) -> None:
        self.drain_all()
        self.settled(*self.sync.finish())
        super().process_endofpipe()

    @override
    def finish(self, error: BaseException | None = None) -> None:
        super().finish(error)
        self.sync.close()
