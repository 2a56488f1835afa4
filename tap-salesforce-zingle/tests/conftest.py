"""Run the tap inside of the test process, without ever sleeping."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import pytest

from tap_salesforce_zingle.tap import TapSalesforceZingle
from zingle_sync.salesforce import Salesforce
from zingle_sync.salesforce.calls import Caller
from zingle_sync.salesforce.flows import Connection, connection_from


@dataclass
class Run:
    """What one run of the tap did."""

    messages: list[dict[str, Any]]
    error: Exception | None
    calls: int

    @property
    def state(self) -> dict[str, Any]:
        """The last STATE that was written."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else {}

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of a stream."""
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def schema(self, stream: str) -> dict[str, Any]:
        """The SCHEMA message of a stream."""
        return next(
            message
            for message in self.messages
            if message["type"] == "SCHEMA" and message["stream"] == stream
        )


@dataclass
class RunTap:
    """Runs the tap."""

    sleeps: list[float] = field(default_factory=list)

    def __call__(
        self,
        config: Mapping[str, Any],
        *,
        state: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
    ) -> Run:
        """Run it once; an error of the run is kept, not raised."""
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        error: Exception | None = None
        tap = TapSalesforceZingle.__new__(TapSalesforceZingle)
        with redirect_stdout(output):
            try:
                tap.__init__(  # type: ignore[misc]  # to have the tap even when it does not begin
                    config=copy.deepcopy(dict(config)),
                    state=copy.deepcopy(state),
                    catalog=copy.deepcopy(catalog),
                )
                tap.sync_all()
            except Exception as raised:  # noqa: BLE001 - handed to the test
                error = raised
        output.flush()
        lines = output.buffer.getvalue().splitlines()  # type: ignore[attr-defined]  # BytesIO
        return Run([json.loads(line) for line in lines], error, tap.client.calls)


@pytest.fixture
def run_tap(monkeypatch: pytest.MonkeyPatch) -> RunTap:
    """Runs the tap; `sleeps` lists the pauses that it would have made."""
    runner = RunTap()

    def from_settings(settings: Mapping[str, Any]) -> Salesforce:
        read = connection_from(settings)
        assert isinstance(read, Connection), read
        return Salesforce(Caller(read, sleep=runner.sleeps.append, jitter=lambda: 1.0))

    monkeypatch.setattr(Salesforce, "from_settings", from_settings)
    return runner


@pytest.fixture
def discover() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Gives the tap's catalog."""

    def catalog(config: Mapping[str, Any]) -> dict[str, Any]:
        return TapSalesforceZingle(config=dict(config)).catalog_dict

    return catalog
