"""The target: settings in, SDK plumbing, nothing decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_zingle.settings import CONFIG_SCHEMA, read_settings, setting_problems
from target_zingle.sinks import ContactSink, ContactTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zingle_sync.outcomes import Outcome


class TargetZingle(ContactTarget):
    """Matches and upserts people as Zingle contacts."""

    name = "target-zingle"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_SCHEMA
    default_sink_class = ContactSink

    @property
    @override
    def api_calls(self) -> Mapping[str, int]:
        return {"zingle": self.sync.preparation.calls}

    @property
    @override
    def mapping_hash(self) -> str | None:
        return read_settings(self.config).fingerprint

    @property
    @override
    def facts(self) -> Mapping[str, Any] | None:
        return self.sync.facts

    @property
    @override
    def links(self) -> Mapping[str, str]:
        url = self.config.get("contact_url")
        return {"zingle": url} if url else {}

    @override
    def config_errors(self) -> list[str]:
        return setting_problems(self.config)

    @override
    def prepare(self) -> None:
        self.hold_services()
        self.sync.preparation.prepare()

    @override
    def _write_state_message(self, state: dict[str, Any]) -> None:
        if not self.sync.waiting.holds_state and state != self._emitted_state:
            super()._write_state_message(state)

    @override
    def settled(
        self,
        outcomes: list[Outcome],
        payloads: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().settled(outcomes, {**self.sync.kept(outcomes), **(payloads or {})})
        for service_id, name, lessons in self.sync.learnt():
            self.run.remember(service_id, name, lessons)

    @override
    def process_endofpipe(self) -> None:
        self.drain_all()
        last = self.sync.finish()
        for stream in sorted({outcome.stream for outcome in last}):
            self.settled([outcome for outcome in last if outcome.stream == stream])
        self.sync.preparation.tell_unseen()
        super().process_endofpipe()

    @override
    def finish(self, error: BaseException | None = None) -> None:
        for fact in self.sync.proven():
            self.run.remember(*fact)
        super().finish(error)
        self.sync.preparation.close()
