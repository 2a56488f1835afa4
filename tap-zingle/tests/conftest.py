"""The tap, run in this process against a sandbox."""

from __future__ import annotations

import copy
import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tap_zingle.tap import TapZingle
from zingle_sandbox.zingle import insert_contacts, insert_messages

if TYPE_CHECKING:
    from zingle_sandbox.testing import RunningSandbox

Line = dict[str, Any]


@dataclass(repr=False)
class Tap:
    """`tap-zingle`, and the Zingle that it reads."""

    sandbox: RunningSandbox
    state: Line | None = None
    config: Line = field(default_factory=dict)
    catalog: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The sandbox's time, in epoch seconds."""
        return int(self.sandbox.sandbox.clock.timestamp())

    @property
    def activity_until(self) -> str | None:
        """How far the conversations of the first service are known, by the kept state."""
        (part, *_) = (self.state or {})["bookmarks"]["conversations"]["partitions"]
        return part.get("activity_until")

    def wait(self, seconds: float) -> None:
        """Let time pass in the sandbox."""
        self.sandbox.sandbox.clock.advance(seconds)

    def guest(self, **fields: Any) -> str:
        """Add a contact."""
        return insert_contacts(self.sandbox.sandbox, [{"channels": [], **fields}])[0]

    def message(self, contact_id: str, **fields: Any) -> str:
        """Add a message, by default one of now."""
        row = {
            "contact_id": contact_id,
            "direction": "inbound",
            "body": "Hello",
            "created_at": self.now,
            **fields,
        }
        return insert_messages(self.sandbox.sandbox, [row])[0]

    def read(self, *streams: str, **config: Any) -> list[Line]:
        """Run the tap from the kept state and return the records; the new state is kept."""
        wanted = streams or ("conversations",)
        tap = TapZingle(
            config={
                **self.sandbox.zingle_settings(),
                "start_date": "2026-01-01",
                "requests_per_second": 0,
                **self.config,
                **config,
            },
            state=copy.deepcopy(self.state),
        )
        tap.services.zingle._caller.sleep = _no_wait
        for stream in tap.streams.values():
            stream.selected = stream.name in wanted
            stream.forced_replication_method = self.catalog.get(stream.name)
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        try:
            with redirect_stdout(output):
                tap.sync_all()
        finally:
            output.flush()
            text = output.buffer.getvalue().decode()  # type: ignore[attr-defined] # a BytesIO
            self.lines = [json.loads(line) for line in text.splitlines()]
            for line in self.lines:
                if line["type"] == "STATE":
                    self.state = line["value"]
        return [line["record"] for line in self.lines if line["type"] == "RECORD"]

    def calls(self, contains: str = "") -> int:
        """How many calls since the journal was cleared have that in their path."""
        return sum(
            contains in f"{call.path}?{call.query}"
            for call in self.sandbox.journal()
            if call.system == "zingle" and not call.is_token
        )


def _no_wait(_: float) -> None:
    """Tests don't sleep."""


@pytest.fixture
def tap(sandbox: RunningSandbox) -> Tap:
    """The tap on an empty Zingle whose clock stands still."""
    sandbox.sandbox.clock.freeze()
    return Tap(sandbox)


@pytest.fixture(scope="session")
def tap_of() -> type[Tap]:
    """For tests that need a sandbox of their own for each example."""
    return Tap
